"""Something for every merge field, to show a text or count its parts where nobody's own is at hand."""

from typing import Any, get_args

from ritorno.core.messages.blocks import GalleryName
from ritorno.core.messages.fields import Exact
from ritorno.core.messages.merge_fields import unit_of


def sample(currency: str, language: str) -> dict[str, Any]:
    """By noun, as `fields_of` has them; brand and links apart."""
    name = "רולטור" if language == "he" else "walker"
    return {
        "customer": {"first_name": "דנה" if language == "he" else "Dana", "traits": {}, "stage": "returning",
                     "group": "regulars", "orders": 3},
        "segments": {},
        "beneficiary": {"label": "אבא" if language == "he" else "Dad", "role": "child"},
        "visit": {"branch": "איילון" if language == "he" else "Ayalon", "is_today": True, "date": "1.3.2026"},
        "access": {"until": "21.3.2026", "url": "https://example.com/a/x"},
        "referral": {"code": Exact("DANA10"), "url": "https://example.com/f/x/DANA10", "value": "50",
                     "for_friend": "30", "unit": unit_of(currency, language)},
        "reward": {"value": "50", "unit": unit_of(currency, language), "code": Exact("ABCD2346"), "until": "21.6.2026"},
        "points": {"booked": True, "earned": 120, "balance": 480},
        "offer": {"value": "50", "unit": unit_of(currency, language),
                  "percent": None, "min_basket": "150", "until": "4.3.2026", "expires_at": "4.3.2026 14:05",
                  "hours_left": 3, "code": Exact("ABCD2345")},
        "product": {"name": name, "safe_name": name, "category": name, "sku": "X",
                    "video_url": "https://example.com/v"},
        "category": {"name": name},
        "match": {"name": name, "url": "https://example.com/m"},
        "renewal": {"date": "1.3.2027"},
        "cart": {"id": "1", "items": 2, "url": "https://example.com/c"},
        "blocks": dict.fromkeys(get_args(GalleryName), name),
    }  # fmt: skip

"""What a text may say: the merge fields there are (docs/reference/texts.md), whoever fills them."""

from collections.abc import Iterator, Sequence

FIELDS = frozenset(
    {
        "brand.name", "brand.sender", "brand.reply_to", "brand.address",
        "customer.first_name", "customer.stage", "customer.group", "customer.orders",
        "beneficiary.label", "beneficiary.role",
        "visit.branch", "visit.is_today", "visit.date",
        "access.until", "access.url",
        "referral.code", "referral.url", "referral.value", "referral.for_friend", "referral.unit",
        "reward.value", "reward.unit", "reward.code", "reward.until",
        "points.booked", "points.earned", "points.balance",
        "offer.value", "offer.unit", "offer.percent", "offer.min_basket", "offer.until", "offer.expires_at",
        "offer.hours_left", "offer.code",
        "product.name", "product.safe_name", "product.category", "product.video_url",
        "category.name",
        "match.name", "match.url",
        "renewal.date",
        "cart.id", "cart.items", "cart.url",
        "link", "optout",
    }
)  # fmt: skip
# Of these every name is a field: traits, the way's links, segments, galleries.
_OPEN = (("customer", "traits"), ("links",), ("segments",), ("blocks",))
KNOWN = (*sorted(FIELDS), "customer.traits.NAME", "links.NAME", "segments.KEY", "blocks.GALLERY")
ASKED = frozenset(name.split(".", maxsplit=1)[0] for name in FIELDS if "." in name)  # may stand alone: {% if visit %}


class Exact(str):
    """A code: no mark is put around it, lest it be copied along."""

    __slots__ = ()


def unknown(paths: Sequence[Sequence[object]]) -> Iterator[str]:
    """Of the names that a text speaks of, those that nobody fills."""
    for path in paths:
        name = ".".join(map(str, path))
        if name not in FIELDS and name not in ASKED and not _is_open(path):
            yield name


def _is_open(path: Sequence[object]) -> bool:
    return any(len(path) == len(head) + 1 and tuple(path[:-1]) == head for head in _OPEN)

"""Why a product is shown to this customer, in words that are kept with the message (PB3-06)."""

from ritorno.core.messages.text import Text

BEST_SELLER = Text("מהנמכרים ביותר", "A best seller")
NEW = Text("חדש אצלנו", "New here")
SIMILAR = Text("אהוב על לקוחות דומים", "Popular with similar customers")
VIEWED = Text("נצפה לאחרונה", "Viewed lately")
AGAIN = Text("נקנה בעבר", "Bought before")


def share(percent: int, of: str) -> Text:
    """Bought by so many per cent of the buyers of the product of that name."""
    return Text(f"נקנה על ידי {percent}% מקוני {of}", f"Bought by {percent}% of {of} buyers")


def completes(name: str) -> Text:
    return Text(f"משלים: {name}", f"Completes {name}") if name else Text("מוצר משלים", "Completes what you bought")


def matches(name: str) -> Text:
    return Text(f"מתאים לקנייה: {name}", f"Matches {name}") if name else Text("מתאים לקנייה", "Matches what you bought")


def together(name: str) -> Text:
    if not name:
        return Text("נקנה יחד עם מה שנקנה", "Often bought with what you bought")
    return Text(f"נקנה יחד עם {name}", f"Often bought with {name}")


def unknown_category(category: str) -> Text:
    """Of a category that the customer has not bought of."""
    return Text(f"עוד לא הכרת: {category}", f"New to you: {category}")

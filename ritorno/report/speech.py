"""How the page speaks: sentences with their values isolated, so that a number keeps its order inside a Hebrew line."""

from datetime import datetime
from string import Formatter

from ritorno.core.instants import Instant, Span, to_datetime
from ritorno.core.money import digits_of, format_amount
from ritorno.core.words.catalogue import say as say_core
from ritorno.report.figures import Figures
from ritorno.report.markup import Markup, el, join
from ritorno.report.words import WORDS

_MONTHS = {
    "he": ("ינואר", "פברואר", "מרץ", "אפריל", "מאי", "יוני", "יולי", "אוגוסט", "ספטמבר", "אוקטובר", "נובמבר", "דצמבר"),
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ),
}  # fmt: skip
_ROUND_FROM = 100  # major units: above, people want no agorot


class Speech:
    """The language, currency and wall clock of one page."""

    def __init__(self, figures: Figures) -> None:
        self.language = figures.language
        self.currency = figures.currency
        self._tz = figures.tz

    @property
    def direction(self) -> str:
        return "rtl" if self.language == "he" else "ltr"

    def say(self, key: str, **values: Markup | str | int) -> Markup:
        """The sentence of that key; what is put into it is escaped and isolated."""
        parts: list[Markup | str] = []
        for text, name, _, _ in Formatter().parse(WORDS[self.language][key]):
            parts.append(text)
            if name is not None:
                value = values[name]
                parts.append(value if isinstance(value, Markup) else el("bdi", self.plain(value)))
        return join(parts)

    def plain(self, value: str | int) -> str:
        return f"{value:,}" if isinstance(value, int) else value

    def count(self, count: int, noun: str) -> Markup:
        """ "1 customer", "12 customers"."""
        return self.say(f"{noun}_one") if count == 1 else self.say(f"{noun}_many", count=count)

    def number(self, value: int) -> Markup:
        return ltr(f"{value:,}")

    def percent(self, share: float, digits: int = 1) -> Markup:
        return ltr(percent(share, digits))

    def decimal(self, value: float, digits: int = 1) -> Markup:
        return ltr(f"{value:.{digits}f}")

    def money(self, minor: int) -> Markup:
        return el("bdi", self.plain_money(minor))

    def plain_money(self, minor: int) -> str:
        """In whole units from a hundred of them on."""
        unit = 10 ** digits_of(self.currency)
        if abs(minor) >= _ROUND_FROM * unit:
            minor = (abs(minor) + unit // 2) // unit * unit * (1 if minor > 0 else -1)
        return format_amount(minor, self.currency, self.language)

    def money_range(self, low: int, high: int) -> Markup:
        if self.plain_money(low) == self.plain_money(high):
            return self.money(low)
        return ltr(f"{self.plain_money(low)} – {self.plain_money(high)}")

    def times(self, multiple: float) -> Markup:
        """ "×7.4"; after the Hebrew word for it, the bare number."""
        return ltr(f"{multiple:.1f}" if self.language == "he" else f"×{multiple:.1f}")

    def date(self, instant: Instant) -> Markup:
        moment = self._local(instant)
        month = _MONTHS[self.language][moment.month - 1]
        text = (
            f"{moment.day} ב{month} {moment.year}" if self.language == "he" else f"{moment.day} {month} {moment.year}"
        )
        return el("bdi", text)

    def month(self, instant: Instant) -> Markup:
        moment = self._local(instant)
        return el("bdi", f"{_MONTHS[self.language][moment.month - 1]} {moment.year}")

    def iso(self, instant: Instant) -> str:
        return self._local(instant).isoformat(timespec="minutes")

    def _local(self, instant: Instant) -> datetime:
        return to_datetime(instant, self._tz)

    def span(self, span: Span) -> str:
        return say_core(self.language, span.unit.value, count=span.count)


def percent(share: float, digits: int = 1) -> str:
    """ "6.2%"; what is there but too small to show is "<0.1%"."""
    least = 10 ** -(digits + 2)
    if 0 < share < least / 2:
        return f"<{least:.{digits}%}"
    return f"{share:.{digits}%}"


def ltr(text: str) -> Markup:
    """A number with its sign, isolated and left to right."""
    return el("bdi", text, dir="ltr")

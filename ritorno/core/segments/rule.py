"""The rule tree: what a segment, an entry condition or an exit asks of a customer.

A rule is data (JSON or YAML, `{"is": "all", "rules": [...]}`). It is read twice: `live.py` answers it for one customer
and says when the answer next changes; `whole/expressions.py` answers it for everyone. What each leaf means is written
in docs/reference/rules.md; a missing value is false at the leaf, and `Not` may turn it.
"""

from datetime import datetime
from typing import Literal

import msgspec

from ritorno.core.events import Channel, Purpose, SoldVia
from ritorno.core.instants import Span

Compare = Literal["=", "!=", "<", "<=", ">", ">=", "in", "contains", "between", "set"]
Scalar = str | int | float | bool
Value = Scalar | tuple[Scalar, ...] | None
OneOrMore = str | tuple[str, ...] | None
Axis = Literal["r", "f", "m"]
FactName = Literal[
    "orders", "spend", "average", "ever", "omnichannel", "last_sold_via", "last_branch", "largest", "first_total",
    "categories", "places", "gap_last", "gap_median", "gap_trend", "pace", "late_for_pace", "streak", "loyalty",
    "buyer", "stage", "value_tier", "value_year", "value_ever",
    "engagement", "engagement_sms", "engagement_email", "engagement_whatsapp", "age",
]  # fmt: skip
Moment = Literal["last_order", "first_order", "joined", "last_message", "last_open", "last_click"]


class Leaf(msgspec.Struct, frozen=True, tag_field="is", forbid_unknown_fields=True, omit_defaults=True):
    pass


class All(Leaf, frozen=True, tag="all"):
    rules: tuple["Rule", ...]


class Any(Leaf, frozen=True, tag="any"):
    rules: tuple["Rule", ...]


class Not(Leaf, frozen=True, tag="not"):
    rule: "Rule"


# --- who it is -----------------------------------------------------------------------------------


class TraitIs(Leaf, frozen=True, tag="trait"):
    """A trait compared with a value; `source`: as told by that source, `told_within`: told so recently.

    A list is compared element by element (= and contains: it holds the value). Dates are text, `2026-03-01`.
    """

    trait: str
    op: Compare
    value: Value = None
    source: str | None = None
    told_within: Span | None = None


class Anniversary(Leaf, frozen=True, tag="anniversary"):
    """The yearly return of a date trait: from `days_before` the day, for `days` days, each from midnight."""

    trait: str = "birth_date"
    days_before: int = 0
    days: int = 1


class Consented(Leaf, frozen=True, tag="consent"):
    channel: Channel
    purpose: Purpose = Purpose.MARKETING


class Reachable(Leaf, frozen=True, tag="reachable"):
    """Consent for one of the channels, and an address there that may be written to."""

    channels: tuple[Channel, ...]


class Share(Leaf, frozen=True, tag="share"):
    """A random but lasting share of customers: those whose hash under `name` falls in [start, end) of 0 to 1."""

    name: str
    start: float
    end: float


class BuysFor(Leaf, frozen=True, tag="buys_for"):
    """Buys for somebody else, as told: to whom she is one of the roles, who is that beneficiary (SEG-19)."""

    role: OneOrMore = None
    beneficiary: OneOrMore = None


class Inferred(Leaf, frozen=True, tag="inferred"):
    """A trait that was not told and that purchases let expect, with at least that confidence (core/inferences.py)."""

    trait: str
    value: Scalar = True
    confidence: float = 0.5


# --- scores --------------------------------------------------------------------------------------


class CellIs(Leaf, frozen=True, tag="cell"):
    """Cells by pattern: `333`, `3**`; `*` is any digit (PB4-09)."""

    cells: tuple[str, ...]


class GroupIs(Leaf, frozen=True, tag="group"):
    groups: tuple[str, ...]


class ScoreIs(Leaf, frozen=True, tag="score"):
    axis: Axis
    values: tuple[int, ...]


class ScoreMoved(Leaf, frozen=True, tag="moved"):
    """A score moved to `to` (from `before`, if given) within the span (SCO-08)."""

    axis: Axis
    to: int
    before: int | None = None
    within: Span | None = None


class WasIn(Leaf, frozen=True, tag="was"):
    """Stood in one of the groups or cells at some instant of the span that ends now; now counts too."""

    within: Span
    groups: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()


# --- what it counts ------------------------------------------------------------------------------


class FactIs(Leaf, frozen=True, tag="fact"):
    """A fact compared; gaps, pace, streak, loyalty and `ever` may be asked of one product or category alone."""

    fact: FactName
    op: Compare
    value: Value
    sku: str | None = None
    category: str | None = None


class Elapsed(Leaf, frozen=True, tag="elapsed"):
    """So long since a moment, or since the date in a trait: `at_least` and `below` are spans on the wall clock."""

    since: Moment | None = None
    trait: str | None = None
    at_least: Span | None = None
    below: Span | None = None


class Fresh(Leaf, frozen=True, tag="fresh"):
    """In the cool-down of something bought: the longest of its categories' (SCO-10)."""


class Where(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A property of an event compared with a value, as a trait is."""

    property: str
    op: Compare
    value: Value = None


class Timed(Leaf, frozen=True, kw_only=True):
    """When it may have happened. An event is in the window from `older_than` after it until `within` after it, half
    open; `since` and `until` are instants it must not be before, must be before."""

    within: Span | None = None
    older_than: Span | None = None
    since: datetime | None = None
    until: datetime | None = None


class Bought(Timed, frozen=True, tag="bought", kw_only=True):
    """Orders that count and fit every filter, measured: `at_least` ≤ measure ≤ `at_most`.

    sku, category, maker and prices must fit on one line. `lines`, `quantity` and `spend` count the lines that fit;
    spend is the order's net without a line filter, and quantity × unit price of the lines with one. Money in minor
    units.
    """

    measure: Literal["orders", "lines", "quantity", "spend", "average"] = "orders"
    at_least: float | int | None = None  # 1 when neither bound is given
    at_most: float | int | None = None
    sku: OneOrMore = None
    category: OneOrMore = None
    maker: OneOrMore = None
    price_from: int | None = None
    price_to: int | None = None
    total_from: int | None = None
    total_to: int | None = None
    sold_via: SoldVia | None = None
    branch: OneOrMore = None


class Did(Timed, frozen=True, tag="did", kw_only=True):
    """Events of a name that fit every filter, measured: `at_least` ≤ measure ≤ `at_most`.

    `sum` and `average` are of a number property. What a machine did (a proxy that opens mail) counts only when asked.
    """

    event: str
    where: tuple[Where, ...] = ()
    measure: Literal["times", "sum", "average"] = "times"
    property: str | None = None
    at_least: float | int | None = None  # 1 when neither bound is given
    at_most: float | int | None = None
    machines: bool = False


class Then(Leaf, frozen=True, tag="then"):
    """`first` happened and `then` followed later and within the span – or, with `never`, did not in all of it.

    Of `then` only the filters are asked; the window of `first` says which firsts count.
    """

    first: Bought | Did
    then: Bought | Did
    within: Span
    never: bool = False


class LastMessages(Leaf, frozen=True, tag="last_messages"):
    """Of the last `count` marketing messages delivered by a channel all, any or none were opened or clicked; false with
    fewer. A click is an open too. `strict`: what a machine opened is not opened (ENG-01)."""

    count: int
    how: Literal["all", "any", "none"]
    did: Literal["opened", "clicked"]
    channel: Channel = Channel.EMAIL
    strict: bool = True


class Interest(Leaf, frozen=True, tag="interest"):
    """So many things fed the interest within the span (its own `fades_after` if none is given: 90 days, if not defined
    otherwise). `state` asks instead: `active`, fed within `fades_after`; `fading`, fed ever, but not within it."""

    interest: str
    at_least: int = 1
    within: Span | None = None
    state: Literal["active", "fading"] | None = None


class NeedServed(Leaf, frozen=True, tag="need"):
    """Something that answers the need was bought, within the span if one is given (core/needs.py)."""

    need: str
    within: Span | None = None


# --- where it stands -----------------------------------------------------------------------------


class InSegment(Leaf, frozen=True, tag="segment"):
    segment: str


class InPlaybook(Leaf, frozen=True, tag="playbook"):
    """In a playbook now, or ever (entered within the span)."""

    playbook: str
    when: Literal["now", "ever"] = "now"
    within: Span | None = None


Rule = (
    All | Any | Not | TraitIs | Anniversary | Consented | Reachable | Share | CellIs | GroupIs | ScoreIs | ScoreMoved
    | WasIn | FactIs | Elapsed | Fresh | Bought | Did | Then | LastMessages | Interest | InSegment | InPlaybook
    | BuysFor | Inferred | NeedServed
)  # fmt: skip

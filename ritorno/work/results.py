"""A playbook's results as values: amounts in minor units, costs of messages in thousandths of them."""

import msgspec

from ritorno.core.ids import PlaybookKey
from ritorno.core.lift import Difference, Profit


class ArmResult(msgspec.Struct, frozen=True):
    """One arm: customers, those of them who bought within their span, their net revenue in minor units."""

    customers: int
    bought: int
    revenue: int


class VersionResult(msgspec.Struct, frozen=True):
    """One version in one arm: entries, those still within their span, and who is through it – customers of
    whom it was the first version; `margin` of the revenue."""

    version: int
    arm: str
    entered: int
    maturing: int
    customers: int
    bought: int
    revenue: int
    margin: int


class StepResult(msgspec.Struct, frozen=True):
    """The messages of one step in one arm by one channel ("": not chosen yet); of one version. `delivered` is None
    while the channel's provider tells of none."""

    version: int
    step: str
    arm: str
    channel: str
    states: dict[str, int]
    sent: int
    delivered: int | None
    clicked: int
    codes: int
    redeemed: int
    offers: int
    cost: int


class AfterResult(msgspec.Struct, frozen=True):
    """Who got a step's message – the holdout: would have got it –, and who of them then bought within their span."""

    step: str
    arm: str
    customers: int
    bought: int
    revenue: int
    margin: int


class SplitResult(msgspec.Struct, frozen=True):
    """One arm of a split step against the first: spend per head after it, with the interval of the difference (None for
    the first itself, and while there is no interval)."""

    step: str
    arm: str
    customers: int
    bought: int
    revenue: int
    against: str
    spend: Difference | None
    share: Difference | None


class Results(msgspec.Struct, frozen=True):
    """`entered` and `held_out` count entries, the arms customers whose span is over. `maturing` are entries whose span
    still runs, `in_both` customers who by a merge were in both arms. `delivered` is None while no provider has told of
    any delivery; nothing is said of opens, which an SMS does not have (PB2-05). `liability`: codes that may still be
    redeemed. `spend` per head (capped at `cap`, None: not), `share` of buyers and `profit` are None until there is an
    interval. `so_far`: treated and holdout, everyone who entered, as far as they are."""

    playbook: PlaybookKey
    entered: int
    held_out: int
    maturing: int
    in_both: int
    states: dict[str, int]
    reasons: dict[str, int]
    sent: int
    delivered: int | None
    clicked: int
    codes: int
    redeemed: int
    offers_redeemed: int
    liability: int
    cost: int
    treated: ArmResult
    holdout: ArmResult
    cap: int | None
    spend: Difference | None
    share: Difference | None
    profit: Profit | None
    sample_ratio: float
    days_until_conclusive: float | None
    declined: dict[str, int] = {}
    so_far: tuple[ArmResult, ArmResult] | None = None
    costs: dict[str, int] = {}  # of the messages that left, by channel
    versions: tuple[VersionResult, ...] = ()
    steps: tuple[StepResult, ...] = ()
    after: tuple[AfterResult, ...] = ()
    splits: tuple[SplitResult, ...] = ()

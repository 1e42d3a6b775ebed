"""The compiled, immutable definitions of one brand: what `react` and `judge` know of the world."""

import hashlib
from collections.abc import Iterable, Iterator
from functools import cached_property
from zoneinfo import ZoneInfo

import msgspec

from ritorno.core.audiences import AudienceDefinition
from ritorno.core.calendar import SendWindow
from ritorno.core.catalogue import EMPTY, Catalogue
from ritorno.core.ids import BrandId, PlaybookKey, SegmentKey
from ritorno.core.incentives import Incentives
from ritorno.core.inferences import Inference, standing
from ritorno.core.instants import HOUR, Span, days, hours, zone
from ritorno.core.interests import InterestDefinition, ProductType
from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.trigger import BecameTrue, watch_key
from ritorno.core.journeys.way import Words
from ritorno.core.needs import Need
from ritorno.core.pace import NO_PACES, Paces
from ritorno.core.points_terms import Terms as PointsTerms
from ritorno.core.referral import Terms as ReferralTerms
from ritorno.core.scores.cuts import Scheme
from ritorno.core.segments.inputs import inputs_of
from ritorno.core.segments.rule import Rule
from ritorno.core.traits import TraitDefinition, TraitRules


class Brand(msgspec.Struct, frozen=True):
    """`link_base` is the public address of pages and short links; `part_cost` what an SMS part costs, `email_cost`
    and `whatsapp_cost` a message, in thousandths of a minor unit."""

    id: BrandId
    key: str
    name: str
    timezone: str = "Asia/Jerusalem"
    currency: str = "ILS"
    language: str = "he"
    region: str = "IL"
    sender: str = ""
    reply_to: str = ""
    address: str = ""
    link_base: str = "http://127.0.0.1:8000"
    part_cost: int = 12_000
    email_cost: int = 1_000
    whatsapp_cost: int = 20_000
    margin: float = 0.4  # of net revenue, for profit
    strict_traits: bool = False  # no traits but those that are defined


class Policy(msgspec.Struct, frozen=True):
    """Caps per customer over all channels (0: no cap), and when marketing may leave (product.md §4, ISR-07, ISR-08,
    ORC-16)."""

    a_day: int = 1
    a_week: int = 3
    a_week_stars: int = 2
    send_window: SendWindow = SendWindow()
    most_closed: int = 6 * HOUR  # of a short code's life
    keeps_behaviour: Span = days(400)
    silent_after: int | None = 6 * HOUR  # of the till's opening hours without a receipt; None: never mind
    cycle: float = 30  # days that a product lasts, where its category says nothing else
    cycles: dict[str, float] = {}  # days, by category
    cooldowns: dict[str, Span] = {}  # how long the buyer of a category is fresh; else the scheme's R3 cut (SCO-10)
    product_types: dict[str, ProductType] = {}  # by category: digital, physical, service (SEG-16)
    reply_quiet: Span | None = hours(24)  # no marketing so long after a customer replied (PB1-03)
    quiet_tags: tuple[str, ...] = ("sunset",)  # no marketing at all to who has one of them (COM-27)
    tiers: tuple[int, int] | None = None  # net spend of 12 months, in minor units, from which a customer is A, B
    points: PointsTerms | None = None  # on which orders earn points (PB1-07); None: no points
    incentives: Incentives | None = None  # most that one customer is given in codes (SEG-23); None: no limit
    referral: ReferralTerms | None = None  # what recommending brings (COM-21); None: nothing
    whatsapp_a_day: int = 0  # customers WhatsApp lets us begin with in 24 hours, its tier (ISR-16); 0: no limit
    whatsapp_falls_back: bool = False  # beyond it a step's next way is taken, instead of the next day


class Segment(msgspec.Struct, frozen=True):
    key: SegmentKey
    version: int
    name: Words
    rule: Rule


def _watched(playbooks: Iterable[Playbook]) -> Iterator[Segment]:
    """The rules that playbooks wait to become true, as segments that nobody sees."""
    for playbook in playbooks:
        if isinstance(playbook.trigger, BecameTrue):
            yield Segment(watch_key(playbook.key), playbook.version, playbook.name, playbook.trigger.rule)


class Plan(msgspec.Struct, frozen=True, dict=True):
    """`running` may be entered; `versions` holds every version that somebody may still be in; `paused` ones are
    entered by nobody and their messages wait; `stopped` holds everything."""

    brand: Brand
    scheme: Scheme
    policy: Policy = Policy()
    segments: tuple[Segment, ...] = ()
    running: tuple[Playbook, ...] = ()
    versions: dict[tuple[PlaybookKey, int], Playbook] = {}
    paused: frozenset[PlaybookKey] = frozenset()
    stopped: bool = False
    silent: frozenset[str] = frozenset()  # sources that should have been heard by now (ORC-11)
    traits: tuple[TraitDefinition, ...] = ()
    interests: tuple[InterestDefinition, ...] = ()
    audiences: tuple[AudienceDefinition, ...] = ()
    catalogue: Catalogue = EMPTY
    paces: Paces = NO_PACES
    needs: tuple[Need, ...] = ()
    inferences: tuple[Inference, ...] = ()
    enrolls_moved: bool = False  # whom the last change moves is treated as having moved (SCO-12)
    version: int = 0  # of the brand's plan as the database counts it; 0: of no database

    @cached_property
    def tz(self) -> ZoneInfo:
        return zone(self.brand.timezone)

    @cached_property
    def rules(self) -> dict[SegmentKey, Rule]:
        """The rule of each segment."""
        return {each.key: each.rule for each in self.segments}

    @cached_property
    def watched(self) -> tuple[Segment, ...]:
        """The segments, and behind them the rules that playbooks wait to become true."""
        return (*self.segments, *_watched(self.running))

    @cached_property
    def trait_rules(self) -> TraitRules:
        """What may be told of which trait."""
        return TraitRules(self.traits, self.brand.strict_traits)

    @cached_property
    def interests_by_key(self) -> dict[str, InterestDefinition]:
        return {each.key: each for each in self.interests}

    @cached_property
    def needs_by_key(self) -> dict[str, Need]:
        return {each.key: each for each in self.needs}

    @cached_property
    def standing_inferences(self) -> tuple[Inference, ...]:
        """Those that may be drawn, the surest first."""
        return standing(self.inferences, self.trait_rules)

    @cached_property
    def opened(self) -> dict[object, Rule]:
        """What leaves that stand for others stand for; filled as they are asked (segments/opened.py)."""
        return {}

    @cached_property
    def inputs(self) -> tuple[frozenset[str], ...]:
        """What each answer is read from, in the order of `watched`."""
        return tuple(inputs_of(each.rule, self.rules) for each in self.watched)

    @cached_property
    def fingerprint(self) -> int:
        """Of everything that a segment's answer depends on besides the customer; never 0."""
        defined = (
            self.brand.timezone, self.brand.margin, self.scheme, self.policy, self.watched, self.interests, self.needs,
            self.standing_inferences,
        )  # fmt: skip
        digest = hashlib.blake2b(msgspec.msgpack.encode(defined, order="deterministic"), digest_size=7).digest()
        return int.from_bytes(digest, "big") or 1

    @cached_property
    def _successors(self) -> dict[tuple[PlaybookKey, int], Playbook]:
        """By the version that is left: the running one that takes over its enrollments."""
        return {(each.key, version): each for each in self.running for version in each.takes_over}

    @cached_property
    def yielded_to(self) -> frozenset[PlaybookKey]:
        """The playbooks for whose end messages of others may wait."""
        return frozenset(rival.to for each in self.versions.values() for rival in each.yields)

    def successor(self, key: PlaybookKey, version: int) -> Playbook | None:
        """The version in which those in this one go on, if one is running that takes them over."""
        return self._successors.get((key, version))

    def playbook(self, key: PlaybookKey, version: int) -> Playbook | None:
        return self.versions.get((key, version))


def with_playbooks(plan: Plan, *playbooks: Playbook) -> Plan:
    """The plan with these playbooks running."""
    versions = plan.versions | {(each.key, each.version): each for each in playbooks}
    return msgspec.structs.replace(plan, running=(*plan.running, *playbooks), versions=versions)

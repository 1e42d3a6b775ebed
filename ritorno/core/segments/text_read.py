"""The leaves of a rule read from text; part of `text.py`."""

from collections.abc import Callable
from typing import Any

from ritorno.core.events import Purpose, Role
from ritorno.core.instants import DAY, Unit
from ritorno.core.segments.check_spans import longest
from ritorno.core.segments.check_values import CHOICES, FACTS
from ritorno.core.segments.rule import (
    Anniversary,
    BuysFor,
    CellIs,
    Consented,
    Elapsed,
    FactIs,
    Fresh,
    GroupIs,
    Inferred,
    InPlaybook,
    InSegment,
    Interest,
    LastMessages,
    NeedServed,
    OneOrMore,
    Reachable,
    Rule,
    ScoreIs,
    ScoreMoved,
    Share,
    TraitIs,
    WasIn,
)  # fmt: skip
from ritorno.core.segments.text_tokens import Cursor, RuleTextError
from ritorno.core.segments.text_values import channel, comparison, within

MOMENTS = ("last_order", "first_order", "joined", "last_message", "last_open", "last_click")


def _trait(at: Cursor) -> Rule:
    trait = at.name("the name of a trait")
    op, value = comparison(at)
    source, told_within = None, None
    while at.take("told"):
        if at.take("by"):
            source = at.name("a source")
        else:
            at.need("within")
            told_within = at.span()
    return TraitIs(trait, op, value, source, told_within)


def _anniversary(at: Cursor) -> Rule:
    trait = at.name("a date trait") if at.take("of") else "birth_date"
    before = 0
    if at.next.kind == "word" and at.next.value[:1].isdigit():
        before = _days(at)
        at.need("before")
    return Anniversary(trait, before, _days(at) if at.take("for") else 1)


def _days(at: Cursor) -> int:
    token, span = at.next, at.span()
    if span.unit not in (Unit.DAYS, Unit.WEEKS):
        raise RuleTextError(f"column {token.column}: expected days, not {span}")
    return longest(span) // DAY


def _consent(at: Cursor) -> Rule:
    at.take("to")
    to = channel(at)
    purposes = [each.value for each in Purpose]
    return Consented(to, Purpose(at.one_of("a purpose", purposes)) if at.take("for") else Purpose.MARKETING)


def _reachable(at: Cursor) -> Rule:
    at.take("by")
    return Reachable(at.several(lambda: channel(at)))


def _share(at: Cursor) -> Rule:
    name = at.name("the share's name")
    start = at.number()
    at.need("to")
    return Share(name, float(start), float(at.number()))


def _cell(at: Cursor) -> str:
    token = at.next
    if token.kind != "word" or len(token.value) != 3 or set(token.value) - set("123*"):
        raise at.refusal("a cell: three of 1, 2, 3 or *")
    return at.name("a cell")


def _groups(at: Cursor) -> tuple[str, ...]:
    return at.several(lambda: at.name("the key of a group"))


def _was(at: Cursor) -> Rule:
    at.take("in")
    groups: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    if at.take("group"):
        groups = _groups(at)
        at.take("or")
    if at.take("cell"):
        cells = at.several(lambda: _cell(at))
    elif not groups:
        raise at.refusal("group or cell", ("group", "cell"))
    at.need("within")
    return WasIn(at.span(), groups, cells)


def _axis(axis: Any) -> Callable[[Cursor], Rule]:
    def read(at: Cursor) -> Rule:
        if at.take("moved"):
            before = None if at.sees("to") else at.whole("the score it moved from, or to")
            at.need("to")
            return ScoreMoved(axis, at.whole("a score"), before, within(at))
        if at.take("="):
            return ScoreIs(axis, (at.whole("a score"),))
        if not at.sees("in"):
            raise at.refusal("=, in or moved", ("in", "moved"))
        at.need("in")
        at.need("(")
        values = at.several(lambda: at.whole("a score"))
        at.need(")")
        return ScoreIs(axis, values)

    return read


def _fact(fact: Any) -> Callable[[Cursor], Rule]:
    def read(at: Cursor) -> Rule:
        of: dict[str, str] = {}
        while at.take("of"):
            what = at.one_of("sku or category", ("sku", "category"))
            of[what] = at.name(f"a {what}")
        op, value = comparison(at, CHOICES.get(fact, ()))
        return FactIs(fact, op, value, **of)

    return read


def _elapsed(at: Cursor) -> Rule:
    at.take("since")
    since: Any = None
    trait = at.name("a date trait") if at.take("trait") else None
    if trait is None:
        since = at.one_of(f"trait, or one of {', '.join(MOMENTS)}", MOMENTS)
    low = at.span() if at.take("at", "least") else None
    return Elapsed(since, trait, low, at.span() if at.take("below") else None)


def _last_messages(at: Cursor) -> Rule:
    count = at.whole("how many messages")
    by = channel(at)
    at.need("messages")
    how: Any = at.one_of("all, any or none", ("all", "any", "none"))
    did: Any = at.one_of("opened or clicked", ("opened", "clicked"))
    return LastMessages(count, how, did, by, strict=not at.take("with", "machines"))


def _interest(at: Cursor) -> Rule:
    key = at.name("the key of an interest")
    if at.sees("active") or at.sees("fading"):
        state: Any = at.one_of("active or fading", ("active", "fading"))
        return Interest(key, state=state)
    least = at.whole("how many times it was fed") if at.take("at", "least") else 1
    return Interest(key, least, within(at))


def _buys_for(at: Cursor) -> Rule:
    at.need("for")
    at.need("others")
    roles = [each.value for each in Role]
    role = _one_or_more(at.several(lambda: at.one_of("what she is to them", roles))) if at.take("as") else None
    named = _one_or_more(at.several(lambda: at.name("a beneficiary"))) if at.take("named") else None
    return BuysFor(role, named)


def _one_or_more(told: tuple[str, ...]) -> OneOrMore:
    return told[0] if len(told) == 1 else told


def _inferred(at: Cursor) -> Rule:
    trait = at.name("the name of a trait")
    value = at.value() if at.take("=") else True
    return Inferred(trait, value, float(at.number()) if at.take("confidence") else 0.5)


def _playbook(at: Cursor) -> Rule:
    key = at.name("the key of a playbook")
    when: Any = at.one_of("now or ever", ("now", "ever")) if at.sees("now") or at.sees("ever") else "now"
    return InPlaybook(key, when, within(at))


LEAVES: dict[str, Callable[[Cursor], Rule]] = {
    "trait": _trait,
    "anniversary": _anniversary,
    "consent": _consent,
    "reachable": _reachable,
    "share": _share,
    "cell": lambda at: CellIs(at.several(lambda: _cell(at))),
    "group": lambda at: GroupIs(_groups(at)),
    **{axis: _axis(axis) for axis in ("r", "f", "m")},
    "was": _was,
    **{fact: _fact(fact) for fact in FACTS},
    "elapsed": _elapsed,
    "fresh": lambda _: Fresh(),
    "last": _last_messages,
    "interest": _interest,
    "buys": _buys_for,
    "inferred": _inferred,
    "need": lambda at: NeedServed(at.name("the key of a need"), within(at)),
    "segment": lambda at: InSegment(at.name("the key of a segment")),
    "playbook": _playbook,
}

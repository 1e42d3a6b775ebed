"""Segments: read a rule as it is given, save one, take one away, list them with what there is to tidy (SEG-09,
SEG-11)."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psycopg

from ritorno.core.ids import CustomerId, SegmentKey
from ritorno.core.instants import Instant
from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.rules import rules_of
from ritorno.core.journeys.trigger import JoinedSegment
from ritorno.core.journeys.way import Words
from ritorno.core.near import meant
from ritorno.core.plan import Plan, Segment
from ritorno.core.react import react
from ritorno.core.segments.check import RuleError, check, segments_named
from ritorno.core.segments.codec import from_json, from_yaml
from ritorno.core.segments.rule import Rule
from ritorno.core.segments.text import from_text
from ritorno.core.view import view_of
from ritorno.core.words.rules_tree import Explained, explain, speech_of
from ritorno.store import customers, definitions, replans, segments
from ritorno.store.transaction import transaction
from ritorno.work.group_names import said_groups
from ritorno.work.plans import body_of

MANY = 30  # more segments than anybody can keep in mind
SAME = 0.9  # of those in either of two segments, the share in both from which they say the same
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,59}")
_WORD = re.compile(r"[\w.\-]+")


class NoSegment(LookupError):  # noqa: N818 - the name says the state
    """There is no such segment; the message names what comes near."""


class SegmentInUse(ValueError):  # noqa: N818 - the name says the state
    """A segment cannot go while others ask for it; the message names them."""


class Listed(msgspec.Struct, frozen=True):
    """A segment as it stands. `since` is when it was first saved, `changed_at` when somebody last came in;
    `used_by` the playbooks and segments that ask for it; `like` the segments that hold nearly the same customers, each
    with the share of those in either that is in both."""

    segment: Segment
    members: int
    since: Instant
    saved_at: Instant
    saved_by: str
    changed_at: Instant | None
    used_by: tuple[str, ...]
    like: dict[str, float]


def named(plan: Plan, key: str) -> Segment:
    """Raises NoSegment."""
    for segment in plan.segments:
        if segment.key == key:
            return segment
    raise NoSegment(f"there is no segment {key!r}{meant(key, plan.rules)}")


def told_rule(plan: Plan, told: str) -> Rule:
    """A rule as people give it: the key of a saved one, a file (.json, .yaml), or text; checked against the plan.

    Raises RuleError naming the place, NoSegment for a word that is no rule.
    """
    rule = plan.rules.get(SegmentKey(told)) or _read(plan, told)
    check(rule, plan)
    return rule


def _read(plan: Plan, told: str) -> Rule:
    suffix = Path(told).suffix if len(told) < 1000 else ""
    if suffix in (".json", ".yaml", ".yml"):
        try:
            text = Path(told).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise RuleError(f"{told} cannot be read: {error}") from error
        return from_json(text) if suffix == ".json" else from_yaml(text)
    try:
        return from_text(told)
    except RuleError as error:
        if _WORD.fullmatch(told):
            raise NoSegment(f"{told!r} is neither a segment nor a rule{meant(told, plan.rules)}") from error
        raise


def save(
    connection: psycopg.Connection, plan: Plan, key: str, rule: Rule, now: Instant, by: str, *,
    he: str | None = None, en: str | None = None,
) -> Segment:  # fmt: skip
    """A new version that takes effect; everyone is then to be settled under it. The same once more saves nothing.

    Names that are not given stay, or are those of the other language, or the key. Raises RuleError.
    """
    if not _KEY.fullmatch(key):
        raise RuleError(f"{key!r} cannot be a segment's key; write a letter, then letters, digits, _ and -, at most 60")
    check(rule, plan, key=key)
    old = next((segment for segment in plan.segments if segment.key == key), None)
    known = old.name if old else Words(he or en or key, en or he or key)
    name = Words((he if he is not None else known.he).strip(), (en if en is not None else known.en).strip())
    if not name.he or not name.en:
        raise RuleError(f"the name of {key} is empty; give it some letters")
    if old is not None and (old.rule, old.name) == (rule, name):
        return old
    segment = Segment(SegmentKey(key), 0, name, rule)
    with transaction(connection):
        version = definitions.save(
            connection, plan.brand.id, "segment", key, body_of(segment), status="active", at=now, by=by
        )
        replans.ask(connection, plan.brand.id, f"segment {key} v{version}", keys=[key])
        definitions.audit(connection, plan.brand.id, now, by, "segment", {"segment": key, "version": version})
    return msgspec.structs.replace(segment, version=version)


def remove(connection: psycopg.Connection, plan: Plan, key: str, now: Instant, by: str) -> Segment:
    """Retire it: whoever is in it leaves; its versions are kept. Raises NoSegment, SegmentInUse."""
    segment = named(plan, key)
    users = list(used_by(plan, key))
    if users:
        raise SegmentInUse(f"{key} is asked for by {', '.join(users)}; change or pause those first")
    with transaction(connection):
        definitions.set_status(connection, plan.brand.id, "segment", key, segment.version, "retired")
        replans.ask(connection, plan.brand.id, f"segment {key} removed", keys=[key])
        definitions.audit(connection, plan.brand.id, now, by, "segment-removed", {"segment": key})
    return segment


def used_by(plan: Plan, key: str) -> Iterator[str]:
    """The segments and the playbooks, running or paused, that ask for it."""
    for segment in plan.segments:
        if key in segments_named(segment.rule):
            yield f"segment {segment.key}"
    paused = [each for each in plan.versions.values() if each.key in plan.paused]
    yield from dict.fromkeys(f"playbook {each.key}" for each in (*plan.running, *paused) if _asks(each, key))


def _asks(playbook: Playbook, key: str) -> bool:
    trigger = playbook.trigger
    if isinstance(trigger, JoinedSegment) and trigger.segment == key:
        return True
    return any(key in segments_named(rule) for _, rule in rules_of(playbook))


def listed(connection: psycopg.Connection, plan: Plan) -> list[Listed]:
    """Every segment that stands, by key. Memberships are counted, not worked out anew."""
    saved: dict[str, list[definitions.Definition]] = {}
    for each in definitions.read(connection, plan.brand.id, "segment"):
        saved.setdefault(each.key, []).append(each)
    standings = segments.standings(connection, plan.brand.id)
    shares = segments.overlaps(connection, plan.brand.id, sum(each.members for each in standings.values()))
    found = []
    for segment in sorted(plan.segments, key=lambda each: each.key):
        standing, key = standings.get(segment.key), segment.key
        found.append(
            Listed(
                segment=segment,
                members=standing.members if standing else 0,
                since=saved[key][0].saved_at,
                saved_at=saved[key][-1].saved_at,
                saved_by=saved[key][-1].saved_by,
                changed_at=standing.changed_at if standing else None,
                used_by=tuple(used_by(plan, key)),
                like={
                    str(other if one == key else one): share
                    for (one, other), share in shares.items()
                    if share >= SAME and key in (one, other)
                },
            )
        )
    return found


def explained(
    connection: psycopg.Connection, plan: Plan, customer: CustomerId, rules: list[Rule], now: Instant, language: str
) -> list[Explained]:
    """What the customer answers to each of the rules, part by part. What is due is done first, though a worker may not
    have come to it yet. Raises LookupError for a customer that there is not."""
    kept = customers.read(connection, plan.brand.id, customer)
    if kept is None:
        raise LookupError(f"there is no customer {customer}")
    document = react(kept, (), plan, now).customer
    view = view_of(document, plan, now)
    speech = speech_of(plan, language, said_groups(connection, plan, language))
    return [explain(rule, view, speech) for rule in rules]

"""Answers as lines to read, in Hebrew or English: why, why not, proof. Every line stands by itself."""

from collections.abc import Mapping

from ritorno.core.instants import Instant, say_instant
from ritorno.core.plan import Plan
from ritorno.core.words.answers import say
from ritorno.core.words.causes import say_cause
from ritorno.core.words.playbook import rule_sayer
from ritorno.core.words.reasons import say_reason
from ritorno.core.words.rules import say_leaf
from ritorno.core.words.steps import say_trigger
from ritorno.store import consents
from ritorno.work.proof import Proof
from ritorno.work.why import Fact, Why, WhyNot

Groups = Mapping[str, str]  # the names of the groups by key


def say_fact(fact: Fact, language: str, groups: Groups) -> str:
    """One dated fact, without its date."""
    values = dict(fact.values)
    if "reason" in values:
        values["reason"] = say_reason(values["reason"], language)
    if "cause" in values:
        values["cause"] = say_cause(values["cause"], language)
    if fact.code == "group":
        values = {name: groups.get(key, key) for name, key in values.items()}
    if "arm" in values:
        values["arm"] = say(language, values["arm"])
    return say(language, fact.code, **values)


def say_why(told: Why, plan: Plan, language: str, groups: Groups) -> list[str]:
    """Each fact with its instant, in order of time."""
    return [
        f"{_at(fact.at, plan)}  {f'[{fact.about}] ' if fact.about else ''}{say_fact(fact, language, groups)}"
        for fact in told.facts
    ]


def say_why_not(told: WhyNot, plan: Plan, language: str, groups: Groups) -> list[str]:
    """What is not so, what stands against it, what has been declined, and what time alone will do."""
    if told.is_open:
        return [say(language, "is_open")]
    leaves = (say_leaf(one.leaf, language, groups, plan.brand.currency, wanted=one.wanted) for one in told.unmet)
    lines = [say(language, "unmet", leaf=leaf) for leaf in leaves]
    trigger = say_trigger(told.trigger, language, rule_sayer(language, groups, plan.brand.currency))
    if told.in_segment:
        lines.append(say(language, "inside", trigger=trigger))
    if told.refusal:
        lines.append(say(language, "against", reason=say_reason(told.refusal, language)))
    lines += [f"{_at(fact.at, plan)}  {say_fact(fact, language, groups)}" for fact in told.declined]
    if told.may_change_at is None:
        lines.append(say(language, "never_changes"))
    else:
        lines.append(say(language, "changes", at=_at(told.may_change_at, plan)))
    return [*lines, _would(told, plan, language, trigger)]


def _would(told: WhyNot, plan: Plan, language: str, trigger: str) -> str:
    if told.would_at is None:
        return say(language, "would_never", trigger=trigger)
    at = _at(told.would_at, plan)
    if told.would == "enrolled":
        return say(language, "would_enrolled", at=at)
    return say(language, "would_declined", at=at, reason=say_reason(told.would.removeprefix("declined: "), language))


def say_proof(told: Proof, plan: Plan, language: str) -> list[str]:
    """The record whole, what has been told since, and whether another message would be permitted."""
    if told.permit is None:
        return [say(language, "no_permit")]
    lines = _permit(told.permit, plan, language)
    for row in told.since:
        key = "since_given" if row.given else "since_withdrawn"
        lines.append(say(language, key, at=_at(row.at, plan), source=row.source, proof=row.proof))
    return [*lines, say(language, "stands" if told.stands else "stands_not")]


def _permit(row: consents.Row, plan: Plan, language: str) -> list[str]:
    values = {"channel": row.channel, "purpose": row.purpose, "source": row.source, "proof": row.proof}
    lines = [say(language, "permit", at=_at(row.at, plan), received=_at(row.received_at, plan), **values)]
    if row.wording or row.wording_version:
        lines.append(say(language, "wording", wording=row.wording, version=row.wording_version).rstrip())
    else:
        lines.append(say(language, "no_wording"))
    return [*lines, say(language, "evidence", evidence=row.evidence)] if row.evidence else lines


def _at(instant: Instant, plan: Plan) -> str:
    return say_instant(instant, plan.tz)[:19].replace("T", " ")

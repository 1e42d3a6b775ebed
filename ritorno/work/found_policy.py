"""What a `shop.toml` says beyond cuts: `[policy]`, `[collections.KEY]`, `[playbooks.KEY]`, in the words of its owner.

[policy]
tiers = ["1600", "480"]                                   # net spend of 12 months from which a customer is A, is B
cooldowns = {shoes = "14d"}
points = {rate = "1/10", multipliers = {333 = 2}, lives = "12mo"}
referral = {for_referrer = "50", for_friend = "50", min_order = "150", min_basket = "150"}
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from ritorno.core.events import SoldVia
from ritorno.core.instants import Span, add_span, days, parse_instant, parse_span, zone
from ritorno.core.journeys.journey import Playbook
from ritorno.core.money import parse_amount
from ritorno.core.plan import Policy
from ritorno.core.points import Rate
from ritorno.core.points_terms import Multiplier
from ritorno.core.points_terms import Terms as PointsTerms
from ritorno.core.referral import Terms as ReferralTerms
from ritorno.core.scores.cells import CELLS, Cell
from ritorno.playbooks import library
from ritorno.store.access import Collection
from ritorno.work.activate import adjusted

Table = Mapping[str, Any]
_MONEY = ("for_referrer", "for_friend", "min_order", "min_basket")
_SPANS = ("returns", "lives")


def told_policy(policy: Policy, told: Table, currency: str) -> Policy:
    """`policy` with what the table `[policy]` says of it. Raises ValueError naming the setting."""
    readers: dict[str, Callable[[Any], Any]] = {
        "a_day": int,
        "a_week": int,
        "a_week_stars": int,
        "whatsapp_a_day": int,
        "cycle": float,
        "keeps_behaviour": _span,
        "cooldowns": lambda said: {name: _span(span) for name, span in said.items()},
        "cycles": lambda said: {name: float(count) for name, count in said.items()},
        "tiers": lambda said: _tiers(said, currency),
        "points": lambda said: _points(said, currency),
        "referral": lambda said: _referral(said, currency),
    }
    _known(told, readers, "policy")
    return replace(policy, **{name: _read(f"policy.{name}", readers[name], said) for name, said in told.items()})


def told_collections(told: Table, timezone: str) -> list[Collection]:
    """Each with the end of its last day of early access. Raises ValueError naming the collection."""
    tz, found = zone(timezone), []
    for key, said in told.items():
        missing = [name for name in ("name", "url", "until") if not isinstance(said, dict) or name not in said]
        if missing:
            raise ValueError(
                f"collections.{key}: {missing[0]} is missing; give name, url and until, such as 2026-03-20"
            )
        until = _read(f"collections.{key}.until", lambda day: parse_instant(str(day), tz), said["until"])
        found.append(Collection(key, str(said["name"]), str(said["url"]), add_span(until, days(1), tz)))
    return found


def told_playbook(key: str, told: Table) -> Playbook:
    """The ready playbook with the shop's own parameters. Raises ValueError (PlaybookError) naming the parameter."""
    return adjusted(library.load(key), parameters=dict(told.get(key, {})))


def _read(where: str, reader: Callable[[Any], Any], said: Any) -> Any:
    try:
        return reader(said)
    except (TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"{where}: {error}") from error


def _known(told: Table, known: Mapping[str, object] | tuple[str, ...], where: str) -> None:
    unknown = sorted(told.keys() - set(known))
    if unknown:
        raise ValueError(f"there is no setting {where}.{unknown[0]}; there are: {', '.join(sorted(known))}")


def _span(said: Any) -> Span:
    return days(said) if isinstance(said, int) else parse_span(str(said))


def _tiers(said: Any, currency: str) -> tuple[int, int]:
    if not isinstance(said, list) or len(said) != 2:
        raise ValueError('give two amounts, where A begins and where B begins: ["1600", "480"]')
    high, low = (parse_amount(str(amount), currency) for amount in said)
    return high, low


def _points(said: Table, currency: str) -> PointsTerms:
    _known(said, ("rate", "multipliers", "lives"), "points")
    points, has_amount, amount = str(said.get("rate", "")).partition("/")
    if not has_amount or not points.strip().isdigit():
        raise ValueError("rate says what an order earns: 1/10 is a point for every 10 paid")
    lives = _span(said["lives"]) if "lives" in said else None
    times = tuple(_multiplier(who, float(each)) for who, each in said.get("multipliers", {}).items())
    return PointsTerms(Rate(int(points), parse_amount(amount, currency)), times, lives)


def _multiplier(who: str, times: float) -> Multiplier:
    if who in CELLS:
        return Multiplier(round(times * 100), cells=(Cell(who),))
    if who in list(SoldVia):
        return Multiplier(round(times * 100), sold_via=(SoldVia(who),))
    raise ValueError(f"multipliers.{who}: it is neither a cell, such as 333, nor a place of sale (online, pos, phone)")


def _referral(said: Table, currency: str) -> ReferralTerms:
    _known(said, (*_MONEY, *_SPANS), "referral")
    missing = [name for name in _MONEY[:2] if name not in said]
    if missing:
        raise ValueError(f"{missing[0]} is missing: what is it worth to them?")
    money: dict[str, Any] = {name: parse_amount(str(said[name]), currency) for name in _MONEY if name in said}
    spans: dict[str, Any] = {name: _span(said[name]) for name in _SPANS if name in said}
    return ReferralTerms(**money, **spans)

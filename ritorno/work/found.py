"""Found: make a brand from what its owner says, with cuts to start from and the ready playbooks as drafts."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from ritorno.core.calendar import EVERY_DAY, SendWindow
from ritorno.core.ids import BrandId
from ritorno.core.instants import Instant, days, months, parse_span, zone
from ritorno.core.journeys.journey import Playbook
from ritorno.core.money import digits_of, parse_amount
from ritorno.core.plan import Brand, Plan, Policy
from ritorno.core.policies import check_policy
from ritorno.core.rest_days import CITIES
from ritorno.core.scores.cuts import Scheme, check
from ritorno.playbooks import library
from ritorno.store import access, definitions, replans
from ritorno.store.transaction import transaction
from ritorno.work.found_policy import told_collections, told_playbook, told_policy
from ritorno.work.plans import body_of

LANGUAGES = ("he", "en")
_BRAND_FIELDS = {field.name for field in msgspec.structs.fields(Brand)} - {"id", "key"}
_KNOWN = _BRAND_FIELDS | {"key", "name_en", "cuts", "policy", "city", "clock", "collections", "playbooks"}


class ShopError(ValueError):
    """A shop file or option that cannot be right; the message names it and what would be."""


def read_shop(path: Path) -> dict[str, Any]:
    """What a `shop.toml` says. Raises ShopError naming the line or the key."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ShopError(f"{path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ShopError(f"{path} is not TOML in UTF-8: {error}") from error
    unknown = sorted(told.keys() - _KNOWN)
    if unknown:
        raise ShopError(f"{path}: there is no setting {unknown[0]!r}; there are: {', '.join(sorted(_KNOWN))}")
    return told


def found(connection: psycopg.Connection, key: str, told: Mapping[str, Any], now: Instant, by: str = "init") -> BrandId:
    """Make the brand, or change the settings of one there is; its policy and playbooks then stay. Raises ShopError."""
    settings = _settings(told)
    scheme = _scheme(told.get("cuts", {}), settings["currency"], settings["timezone"])
    policy = _policy(told, settings, scheme)
    playbooks = _playbooks(told.get("playbooks", {}))
    collections = _collections(told.get("collections", {}), settings["timezone"])
    with transaction(connection):
        is_new = definitions.find_brand(connection, key) is None
        brand = definitions.save_brand(connection, key, settings)
        if is_new:
            definitions.save(connection, brand, "scheme", "rfm", body_of(scheme), status="active", at=now, by=by)
            definitions.save(connection, brand, "policy", "policy", body_of(policy), status="active", at=now, by=by)
            for one in playbooks:
                definitions.save(connection, brand, "playbook", one.key, body_of(one), status="draft", at=now, by=by)
        elif "cuts" in told:
            save_scheme(connection, brand, scheme, now, by)
        for collection in collections:
            access.save_collection(connection, brand, collection)
        definitions.audit(connection, brand, now, by, "init", settings)
    return brand


def save_scheme(
    connection: psycopg.Connection, brand: BrandId, scheme: Scheme, now: Instant, by: str, *, as_moves: bool = False
) -> int:
    """A new version of the cuts takes effect, and everyone is to be settled under it; the version."""
    version = definitions.save(connection, brand, "scheme", "rfm", body_of(scheme), status="active", at=now, by=by)
    replans.ask(connection, brand, f"cuts v{version}", as_moves=as_moves)
    return version


def _settings(told: Mapping[str, Any]) -> dict[str, Any]:
    settings = {name: told[name] for name in _BRAND_FIELDS if name in told}
    settings.setdefault("name", "My shop")
    settings.setdefault("timezone", "Asia/Jerusalem")
    settings.setdefault("currency", "ILS")
    settings.setdefault("language", "he" if settings["timezone"] == "Asia/Jerusalem" else "en")
    settings.setdefault("sender", str(told.get("name_en", settings["name"])))
    try:
        zone(settings["timezone"])
        digits_of(settings["currency"])
        msgspec.convert({**settings, "id": 0, "key": ""}, Brand)
    except (ValueError, msgspec.ValidationError) as error:
        raise ShopError(str(error)) from error
    if settings["language"] not in LANGUAGES:
        raise ShopError(f"language is {settings['language']!r}; it is one of {', '.join(LANGUAGES)}")
    return settings


def _scheme(cuts: Mapping[str, Any], currency: str, timezone: str) -> Scheme:
    try:
        fresh, warm = cuts.get("recency", (30, 90))
        twice, thrice = cuts.get("orders", (2, 3))
        some, much = (parse_amount(str(amount), currency) for amount in cuts.get("spend", (400, 1200)))
        window = days(int(cuts["window_days"])) if "window_days" in cuts else months(24)
        spans = [parse_span(f"{cut}d") if isinstance(cut, int) else parse_span(str(cut)) for cut in (fresh, warm)]
        scheme = Scheme(
            recency=(spans[0], spans[1]), orders=(int(twice), int(thrice)), spend=(some, much), window=window
        )
        check(scheme, zone(timezone))
    except (TypeError, ValueError) as error:
        raise ShopError(f"cuts: {error}") from error
    return scheme


def _policy(told: Mapping[str, Any], settings: Mapping[str, Any], scheme: Scheme) -> Policy:
    """With what the shop says of it, if the brand can have that."""
    policy = Policy(send_window=_send_window(told))
    try:
        policy = told_policy(policy, told.get("policy", {}), settings["currency"])
        check_policy(policy, Plan(msgspec.convert({**settings, "id": 0, "key": ""}, Brand), scheme))
    except ValueError as error:
        raise ShopError(str(error)) from error
    return policy


def _send_window(told: Mapping[str, Any]) -> SendWindow:
    """Shabbat and holidays for a shop in Israel; plain days elsewhere, unless its city says otherwise."""
    if told.get("timezone", "Asia/Jerusalem") != "Asia/Jerusalem":
        return SendWindow(week=EVERY_DAY, city=None, memorials=())
    city = told.get("city")
    if city is not None and city not in CITIES:
        raise ShopError(f"city is {city!r}; Shabbat times are known for {', '.join(sorted(CITIES))}")
    return SendWindow(city=CITIES[city]) if city else SendWindow()


def _playbooks(told: Mapping[str, Any]) -> list[Playbook]:
    """Every ready one, with the shop's own parameters."""
    unknown = sorted(told.keys() - set(library.ready()))
    if unknown:
        raise ShopError(f"there is no playbook {unknown[0]!r}; there are: {', '.join(library.ready())}")
    try:
        return [told_playbook(key, told) for key in library.ready()]
    except ValueError as error:
        raise ShopError(str(error)) from error


def _collections(told: Mapping[str, Any], timezone: str) -> list[access.Collection]:
    try:
        return told_collections(told, timezone)
    except ValueError as error:
        raise ShopError(str(error)) from error

"""Who may be written to, and what proves it (ISR-01): rows of consents.csv with words, source and evidence."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ritorno.demo.chance import Chance, Flags, Ints
from ritorno.demo.made import Consents
from ritorno.demo.people import HOUSE_NUMBER, Person, Record, e164

WITHDRAWN_SHARE = 0.02
UNPROVEN_SHARE = 0.03
WORDING_VERSION = "2024-02"
_HOW = {"sms": "במסרון", "whatsapp": "בוואטסאפ", "email": "בדואר אלקטרוני"}
Row = tuple[str, ...]


class Asks(NamedTuple):
    """In whose name consent is asked for, and which share of people gave it, provably and to this day."""

    shop: str
    proven: Mapping[str, float]

    def words(self, channel: str) -> str:
        return f"אני מאשר/ת לקבל מ{self.shop} דברי פרסומת {_HOW[channel]}. אפשר להסיר בכל עת."


def make_consents(chance: Chance, asks: Asks, people: Sequence[Person], across: int) -> tuple[list[Row], Consents]:
    """Rows, and what they amount to; shares are of all `people`, `across` doubles withdrew at the other place."""
    count = len(people)
    has_mobile = np.array([any(_is_mobile(one) for one in person.records) for person in people])
    has_mail = np.array([any(one.email for one in person.records) for person in people])
    proven = {
        "sms": _some(chance, has_mobile, asks.proven["sms"]),
        "email": _some(chance, has_mail, asks.proven["email"]),
    }
    proven["whatsapp"] = _some(chance, proven["sms"], asks.proven["whatsapp"])
    rest = has_mobile & ~proven["sms"]
    withdrawn = _some(chance, rest, WITHDRAWN_SHARE)
    doubles = np.array([len(person.records) == 2 for person in people])
    elsewhere = np.zeros(count, dtype=np.bool_)
    elsewhere[chance.some(np.flatnonzero(rest & doubles & ~withdrawn), across)] = True
    unproven = _some(chance, rest & ~withdrawn & ~elsewhere, UNPROVEN_SHARE)
    rows: list[Row] = []
    seed = chance.integers(0, 1_000_000, count)
    for index, person in enumerate(people):
        for channel in ("sms", "whatsapp", "email"):
            if proven[channel][index]:
                rows.append(given_row(asks, _holder(person, channel, int(seed[index])), channel, int(seed[index])))
        if withdrawn[index]:
            held = _holder(person, "sms", int(seed[index]))
            rows += [given_row(asks, held, "sms", int(seed[index])), _taken_back(held, "sms", int(seed[index]))]
        if elsewhere[index]:
            assert person.site is not None
            assert person.till is not None
            given = given_row(asks, person.site, "sms", int(seed[index]))
            rows += [given, _taken_back(person.till, "sms", int(seed[index]), after=given[7])]
        if unproven[index]:
            rows.append(claimed_row(_holder(person, "sms", int(seed[index]))))
    totals = {channel: int(np.count_nonzero(proven[channel])) for channel in proven}
    return rows, Consents(
        totals, int(np.count_nonzero(withdrawn)), int(np.count_nonzero(elsewhere)), int(np.count_nonzero(unproven))
    )


def _some(chance: Chance, among: Flags, share: float) -> Flags:
    """`share` of everyone, chosen among those who can be reached so."""
    found = np.zeros(len(among), dtype=np.bool_)
    reachable: Ints = np.flatnonzero(among)
    found[chance.some(reachable, round(share * len(among)))] = True
    return found


def _is_mobile(record: Record) -> bool:
    return record.phone != HOUSE_NUMBER and e164(record.phone).startswith("+9725")


def _holder(person: Person, channel: str, seed: int) -> Record:
    """The record that holds the consent: one that has the address."""
    able = [one for one in person.records if (one.email if channel == "email" else _is_mobile(one))]
    return able[seed % len(able)]


def given_row(asks: Asks, record: Record, channel: str, seed: int, behalf: str = "") -> Row:
    """An explicit act at the till or on the site's form; one in twenty came in by an import that kept the words."""
    at = record.joined_at
    if seed % 20 == 0:
        source, evidence = "import", f"club_members_2024.xlsx, row {seed % 9000 + 2}"
    elif record.customer_id and not (record.club_card and seed % 2):
        source, evidence = "form", f"IP 203.0.113.{seed % 254 + 1}"
    else:
        source, evidence = "till", f"branch {record.home_branch}, till {seed % 3 + 1}, employee {seed % 40 + 101}"
    words = asks.words(channel)
    evidence += f"; {behalf}" if behalf else ""
    return (*_who(record), channel, "marketing", "yes", at, source, words, WORDING_VERSION, evidence)


def _taken_back(record: Record, channel: str, seed: int, after: str = "") -> Row:
    """A withdrawal some hours or weeks after the act, never later than the clock."""
    began = np.datetime64(max(record.joined_at, after).replace(" ", "T"), "s")
    left = (np.datetime64("2026-03-01T10:00:00", "s") - began).astype(np.int64)
    at = began + np.timedelta64(max(int(left) * (seed % 90 + 5) // 100, 1), "s")
    source = "till" if record.club_card else "form"
    return (*_who(record), channel, "marketing", "no", str(at).replace("T", " "), source, "", "", "asked to stop")


def claimed_row(record: Record) -> Row:
    """A list that says yes and cannot prove it: no words, no version, no evidence (counts as no consent)."""
    return (*_who(record), "sms", "marketing", "yes", record.joined_at, "import", "", "", "")


def _who(record: Record) -> tuple[str, str, str, str]:
    return record.customer_id, record.email, record.phone, record.club_card

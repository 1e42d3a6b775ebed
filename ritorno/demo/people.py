"""The people of the chain «אלמוג» and the records that till and site keep of them.

A till knows a club card and a phone as it was typed; the site knows a login, an e-mail and a phone; a member is known
to both by one record. Dirt is planted here: doubles, family phones, a house number, phone-only people, land lines.
"""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec
import numpy as np

from ritorno.demo.chance import Chance, Flags, Ints
from ritorno.demo.made import Double, SharedPhone
from ritorno.demo.names import (
    BRANCHES,
    CITIES,
    CITY_WEIGHTS,
    FAMILIES,
    LANGUAGE_WEIGHTS,
    LANGUAGES,
    MAIL_HOSTS,
    MEN,
    WOMEN,
)
from ritorno.demo.purchases import CLOCK, ONLINE, POS, Times

HOUSE_NUMBER = "0500000000"
_MOBILE_PREFIXES = ("50", "52", "53", "54", "55", "58")
_LAND_PREFIXES = ("02", "03", "04", "08", "09")
_STRIDE, _START = 3_456_787, 4_680_135  # coprime to 6,000,000: every index its own number


class Record(msgspec.Struct, frozen=True):
    """What one system keeps of a person: a row of customers.csv, and the head of each of its orders."""

    customer_id: str = ""
    email: str = ""
    phone: str = ""
    club_card: str = ""
    first_name: str = ""
    last_name: str = ""
    birth_date: str = ""
    gender: str = ""
    city: str = ""
    language: str = "he"
    joined_at: str = ""
    home_branch: str = ""
    shoe_size: str = ""

    @property
    def key(self) -> str:
        """The name by which the planted truth calls its owner."""
        return self.club_card or self.customer_id or e164(self.phone)


class Person(msgspec.Struct, frozen=True):
    """A person; `till` and `site` are the same record for a member, and None where that place does not know them."""

    till: Record | None
    site: Record | None

    def record(self, place: int) -> Record:
        """The record that an order at this place of sale carries."""
        found = (self.site or self.till) if place == ONLINE else (self.till or self.site)
        assert found is not None
        return found

    @property
    def records(self) -> tuple[Record, ...]:
        both = [one for one in (self.till, self.site) if one is not None]
        return tuple(both[:1] if len(both) == 2 and both[0] is both[1] else both)


class Kinds(NamedTuple):
    """What each person is, arrays of shape (people,)."""

    at_till: Flags
    at_site: Flags
    double: Flags
    house_number: Flags
    phone_only: Flags
    land_line: Flags
    mail_only: Flags
    family: Ints  # the number of the shared phone, −1 for none


class Planted(NamedTuple):
    people: tuple[Person, ...]
    doubles: tuple[Double, ...]
    shared_phones: tuple[SharedPhone, ...]
    house_number: SharedPhone


class Dirt(msgspec.Struct, frozen=True):
    """How many of each; counts of people, but `families` counts phones."""

    doubles: int
    house_number: int
    phone_only: int
    land_lines: int
    mail_only: int
    families: int


def mobile(index: int) -> str:
    """The national number of person `index`: ten digits, of a range that no carrier gives out (05x-1…)."""
    where = (index * _STRIDE + _START) % 6_000_000
    return f"0{_MOBILE_PREFIXES[where // 1_000_000]}1{where % 1_000_000:06d}"


def land_line(index: int) -> str:
    where = (index * _STRIDE + _START) % 5_000_000
    return f"{_LAND_PREFIXES[where // 1_000_000]}1{where % 1_000_000:06d}"


def e164(phone: str) -> str:
    """A spelling of these files as E.164; empty for no phone."""
    digits = "".join(one for one in phone if one.isdigit())
    return "" if not digits else f"+{digits}" if digits.startswith("972") else f"+972{digits.removeprefix('0')}"


def spelled(national: str, way: int) -> str:
    """A national number in one of the four spellings that tills and sites type (ISR-10)."""
    area, rest = (national[1:3], national[3:]) if len(national) == 10 else (national[1:2], national[2:])
    spellings = (f"0{area}-{rest}", f"+972 {area} {rest[:3]} {rest[3:]}", f"972{area}{rest}", national)
    return spellings[way % 4]


def choose_kinds(chance: Chance, till: Flags, site: Flags, dirt: Dirt) -> Kinds:
    """Who carries which dirt; no person carries two kinds. `till`, `site`: where each buys."""
    count = len(till)
    taken = np.zeros(count, dtype=np.bool_)

    def some(among: Flags, wanted: int) -> Flags:
        found = np.zeros(count, dtype=np.bool_)
        found[chance.some(np.flatnonzero(among & ~taken), wanted)] = True
        taken[found] = True
        return found

    only_till, only_site = till & ~site, site & ~till
    double = some(till & site, dirt.doubles)
    house = some(only_till, dirt.house_number)
    phone_only = some(only_till, dirt.phone_only)
    lines = some(only_till, dirt.land_lines)
    mail_only = some(only_site, dirt.mail_only)
    relatives = _relatives(
        np.flatnonzero(some(only_till, dirt.families)), np.flatnonzero(some(only_site, dirt.families))
    )
    family = np.full(count, -1)
    family[relatives] = np.arange(len(relatives)) // 2
    return Kinds(till, site, double, house, phone_only, lines, mail_only, family)


def _relatives(till: Ints, site: Ints) -> Ints:
    """Neighbours share a phone: a third of the pairs both at the till, a third both at the site, a third at either."""
    alike = 2 * (min(len(till), len(site)) // 3)
    rest = min(len(till), len(site)) - alike
    mixed = np.column_stack([till[alike : alike + rest], site[alike : alike + rest]]).ravel()
    return np.concatenate([till[:alike], site[:alike], mixed])


def make_people(chance: Chance, kinds: Kinds, till_from: Times, site_from: Times) -> Planted:
    """Everyone with their records; `till_from`, `site_from` are the first order there (the clock where none)."""
    count = len(kinds.at_till)
    faces = make_faces(chance, kinds.family)
    cards = iter(range(1, count + 1))
    logins = iter(range(1, count + 1))
    ways = chance.integers(0, 4, count)
    nameless = chance.uniform(count)
    carded_mail = (chance.uniform(count) < 0.6) & ~(kinds.double | kinds.house_number | kinds.phone_only)
    before = chance.integers(3, 43_200, count)  # minutes between joining the site and the first order there
    people = []
    for index, face in enumerate(faces):
        till = site = None
        phone = _phone(kinds, index)
        till_face = msgspec.structs.replace(
            face,
            phone=HOUSE_NUMBER if kinds.house_number[index] else spelled(phone, int(ways[index])),
            joined_at=said(till_from[index] - np.timedelta64(2, "m")),
        )
        site_face = msgspec.structs.replace(
            face,
            phone="" if kinds.mail_only[index] else spelled(phone, int(ways[index]) + 1),
            joined_at=said(site_from[index] - np.timedelta64(int(before[index]), "m")),
        )
        if kinds.at_site[index]:
            site = msgspec.structs.replace(site_face, customer_id=f"S{100_000 + next(logins)}")
        if kinds.at_till[index]:
            card = "" if kinds.phone_only[index] else f"C{700_000 + next(cards)}"
            till = msgspec.structs.replace(till_face, club_card=card, email=face.email if carded_mail[index] else "")
            if kinds.double[index]:
                till = _as_typed(till, float(nameless[index]))
        if site is not None and till is not None and not kinds.double[index]:
            joined = min(site.joined_at, till.joined_at)
            till = site = msgspec.structs.replace(site, club_card=till.club_card, joined_at=joined)
        people.append(Person(till, site))
    return _planted(people, kinds)


def _phone(kinds: Kinds, index: int) -> str:
    """The national number; relatives share that of their family."""
    if kinds.land_line[index]:
        return land_line(index)
    family = int(kinds.family[index])
    return mobile(index if family < 0 else 3_000_000 + family)


class Ages(NamedTuple):
    """Who the people are: born in these days since 1970, a share of them told; which speak what, by LANGUAGES."""

    born: tuple[int, int] = (-11_000, 13_000)
    told: float = 0.7
    languages: tuple[int, ...] = LANGUAGE_WEIGHTS


ALL_AGES = Ages()


def make_faces(chance: Chance, family: Ints, ages: Ages = ALL_AGES) -> list[Record]:
    """Names, mail and traits; relatives have one family name and different first names."""
    count = len(family)
    woman = chance.uniform(count) < 0.64
    first, last, born = chance.uniform(count), chance.uniform(count), chance.integers(*ages.born, count)
    told_birth, host = chance.uniform(count) < ages.told, chance.integers(0, len(MAIL_HOSTS), count)
    city, branch = chance.weighted(CITY_WEIGHTS, count), chance.weighted((30, 20, 16, 14, 10, 10), count)
    language, size = chance.weighted(ages.languages, count), chance.integers(0, 8, count)
    seen: dict[int, str] = {}
    found = []
    for i in range(count):
        names = WOMEN if woman[i] else MEN
        place = int(first[i] * len(names))
        if seen.get(int(family[i])) == names[place][0]:
            place = (place + 1) % len(names)
        name, handle = names[place]
        surname = FAMILIES[int((last[i] if family[i] < 0 else last[int(family[i])]) * len(FAMILIES))]
        if family[i] >= 0:
            seen[int(family[i])] = name
        birth = str(np.datetime64("1970-01-01") + np.timedelta64(int(born[i]), "D")) if told_birth[i] else ""
        found.append(
            Record(
                email=f"{handle}{i + 1}@{MAIL_HOSTS[int(host[i])]}",
                first_name=name,
                last_name=surname,
                birth_date=birth,
                gender="f" if woman[i] else "m",
                city=CITIES[int(city[i])],
                language=LANGUAGES[int(language[i])],
                home_branch=BRANCHES[int(branch[i])],
                shoe_size=str((36 if woman[i] else 40) + int(size[i]) % 6),
            )
        )
    return found


def _as_typed(record: Record, chance: float) -> Record:
    """A till's record of a double: now and then without the family name, or without any."""
    if chance < 0.05:
        return msgspec.structs.replace(record, first_name="", last_name="", gender="", birth_date="")
    return msgspec.structs.replace(record, last_name="") if chance < 0.15 else record


def _planted(people: list[Person], kinds: Kinds) -> Planted:
    doubles = []
    for index in np.flatnonzero(kinds.double):
        till, site = people[index].till, people[index].site
        assert till is not None
        assert site is not None
        doubles.append(Double(till.club_card, site.customer_id, e164(till.phone)))
    families: dict[int, list[Record]] = {}
    for index in np.flatnonzero(kinds.family >= 0):
        families.setdefault(int(kinds.family[index]), []).extend(people[index].records)
    shared = tuple(_shared(records) for _, records in sorted(families.items()))
    house = _shared(one for index in np.flatnonzero(kinds.house_number) for one in people[index].records)
    return Planted(tuple(people), tuple(doubles), shared, house)


def _shared(records: Iterable[Record]) -> SharedPhone:
    held = list(records)
    return SharedPhone(e164(held[0].phone) if held else e164(HOUSE_NUMBER), tuple(one.key for one in held))


def make_prospects(chance: Chance, count: int, phone_only: int, first_index: int) -> tuple[Person, ...]:
    """People who joined and have not bought: `phone_only` of them at a till, the others at the site."""
    faces = make_faces(chance, np.full(count, -1))
    joined = CLOCK - chance.integers(60, 60 * 24 * 500, count) * np.timedelta64(1, "m")
    phoned = chance.uniform(count) < 0.8
    ways = chance.integers(0, 4, count)
    found = []
    for i, face in enumerate(faces):
        phone = spelled(mobile(first_index + i), int(ways[i]))
        mail = face.email.replace("@", ".p@")
        face = msgspec.structs.replace(face, joined_at=said(joined[i]), phone=phone, email=mail, shoe_size="")
        if i < phone_only:
            found.append(Person(msgspec.structs.replace(face, email=""), None))
        else:
            kept = phone if phoned[i] else ""
            found.append(Person(None, msgspec.structs.replace(face, phone=kept, customer_id=f"S{200_001 + i}")))
    return tuple(found)


def said(at: np.datetime64) -> str:
    """An instant as the files write it."""
    return str(at.astype("datetime64[s]")).replace("T", " ")


def places_of(place: Ints, buyer: Ints, buyers: int) -> tuple[Flags, Flags]:
    """Who is known to the till (who orders by phone is, unless the site knows them) and who to the site."""
    till = np.bincount(buyer[place == POS], minlength=buyers) > 0
    site = np.bincount(buyer[place == ONLINE], minlength=buyers) > 0
    return till | ~site, site

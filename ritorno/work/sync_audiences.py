"""Tell the ad platforms who is in which ad audience, and who no longer (PB4-02).

    queued (20 s are gathered) → who is in by our rules, and by which hashes → against what the platform was told
        → one batch to add, one to remove, COMMIT → platform → receipt written

What a platform is told is worked out when the time has come, from how things stand then: a purchase and its return
within the 20 seconds are nothing, and looking at somebody again who has not changed sends nothing. Batches of one ad
audience go one after the other. A crash between telling and writing the receipt tells it again, which changes nothing
there.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import psycopg

from ritorno.ads.base import AdPlatform, PlatformDown, PlatformRefused, Receipt, Upload
from ritorno.core.ad_identifiers import FRESH, Changes, Hashed, Platform, changes, wanted
from ritorno.core.audience_leaving import Blocked, blocked, outward_name
from ritorno.core.audiences import AudienceDefinition, definition_of
from ritorno.core.ids import AudienceKey, BrandId, CustomerId
from ritorno.core.instants import HOUR, MINUTE, Instant
from ritorno.core.plan import Plan
from ritorno.store import audience_batches, audience_told, audiences, customers
from ritorno.store.audience_batches import Batch
from ritorno.store.audience_told import Members
from ritorno.store.audiences import Place
from ritorno.store.transaction import transaction

MOST = 5_000  # customers at once: a batch is made in half a second
_BATCHES = 20  # told in one round
_AGAIN = (MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR)  # after a platform that could not be asked

Platforms = Mapping[Platform, AdPlatform]


class Wanted(NamedTuple):
    """What a platform is to be told of one ad audience."""

    audience: AudienceKey
    add: Members
    remove: Members
    queued_at: Instant


def sync(connection: psycopg.Connection, plan: Plan, platforms: Platforms, now: Instant, worker: int) -> int:
    """One round: work out what is due, tell what is ready; how many customers and batches that were. Nothing leaves
    while the brand is stopped."""
    due_at = audiences.next_due(connection, plan.brand.id)
    if plan.stopped or due_at is None or due_at > now:
        return 0
    done = sum(prepare(connection, plan, platform, now) for platform in platforms)
    for _ in range(_BATCHES):
        with transaction(connection):
            batch = audience_batches.claim(connection, plan.brand.id, platforms, now, worker)
        if batch is None:
            break
        tell(connection, plan, platforms, batch, now)
        done += 1
    return done


def prepare(connection: psycopg.Connection, plan: Plan, platform: Platform, now: Instant) -> int:
    """Make batches of what is due; of how many customers that is."""
    brand = plan.brand.id
    if not audiences.is_due(connection, brand, platform, now):
        return 0
    with transaction(connection):
        if not audiences.lock(connection, brand, platform):
            return 0  # another worker is at it
        places = audiences.claim(connection, brand, platform, now, MOST)
        for each in work_out(connection, plan, platform, places, now):
            _write(connection, brand, platform, each, now)
    return len(places)


def work_out(
    connection: psycopg.Connection, plan: Plan, platform: Platform, places: Mapping[Place, Instant], now: Instant
) -> list[Wanted]:
    """What the platform is to be told of these places, by ad audience. Reads only."""
    brand = plan.brand.id
    asked = list(places)
    people = {one.id: one for one in customers.read_some(connection, brand, {customer for _, customer in asked})}
    members = audiences.members_among(connection, brand, asked)
    held = audience_told.held(connection, brand, platform, asked)
    leaving = _leaving({audience for audience, _ in asked}, plan, platform)
    found: dict[AudienceKey, list[tuple[CustomerId, Changes]]] = defaultdict(list)
    for place in asked:
        audience, customer = place
        definition = leaving.get(audience)
        person = people.get(customer) if place in members else None
        wants = frozenset[Hashed]() if definition is None else wanted(person, platform, definition.consent)
        found[audience].append((customer, changes(wants, held.get(place, {}), now)))
    since: dict[AudienceKey, Instant] = {}
    for (audience, _), queued_at in places.items():
        since[audience] = min(since.get(audience, queued_at), queued_at)
    return [_wanted(audience, found[audience], since[audience]) for audience in sorted(found)]


def _leaving(keys: Iterable[AudienceKey], plan: Plan, platform: Platform) -> dict[AudienceKey, AudienceDefinition]:
    """Those of them that are for this platform and of which something may leave."""
    return {
        key: definition
        for key, definition, why in standing(keys, plan)
        if why is None and platform in definition.platforms
    }


def standing(keys: Iterable[AudienceKey], plan: Plan) -> list[tuple[AudienceKey, AudienceDefinition, Blocked | None]]:
    """Each with its definition, and why nothing of it leaves (None: it does)."""
    pairs = [(key, definition_of(key, plan.audiences)) for key in keys]
    return [(key, definition, blocked(key, definition, plan)) for key, definition in pairs]


def _wanted(audience: AudienceKey, found: Sequence[tuple[CustomerId, Changes]], queued_at: Instant) -> Wanted:
    add = [(customer, sorted(each.add)) for customer, each in found if each.add]
    remove = [(customer, sorted(each.remove)) for customer, each in found if each.remove]
    return Wanted(audience, sorted(add), sorted(remove), queued_at)


def _write(connection: psycopg.Connection, brand: BrandId, platform: Platform, each: Wanted, now: Instant) -> None:
    """The batches, and what the platform will have after them. What somebody else there is known by too (a household's
    phone, a merged customer's) is not taken away."""
    audience_told.tell(connection, brand, platform, each.audience, each.add, now)
    shared = audience_told.untell(connection, brand, platform, each.audience, each.remove)
    remove = [(customer, [one for one in ones if one not in shared]) for customer, ones in each.remove]
    for action, members in (("add", each.add), ("remove", [one for one in remove if one[1]])):
        if members:
            audience_batches.add(connection, brand, platform, each.audience, action, members, each.queued_at, now)


def tell(connection: psycopg.Connection, plan: Plan, platforms: Platforms, batch: Batch, now: Instant) -> None:
    """Tell one batch that is this worker's, outside any transaction, and write what came back."""
    try:
        receipt = _apply(connection, plan, platforms[batch.platform], batch)
    except PlatformDown as error:
        until = Instant(now + _AGAIN[min(batch.tries, len(_AGAIN)) - 1])
        with transaction(connection):
            audience_batches.wait(connection, batch.id, until, str(error))
        return
    except PlatformRefused as error:
        with transaction(connection):
            _take_back(connection, plan.brand.id, batch, now)
            audience_batches.fail(connection, batch.id, str(error))
        return
    told = {"ids": receipt.ids, "received": receipt.received, "invalid": receipt.invalid}
    with transaction(connection):
        audience_batches.settle(connection, batch.id, told)


def _apply(connection: psycopg.Connection, plan: Plan, platform: AdPlatform, batch: Batch) -> Receipt:
    home = audience_told.home(connection, plan.brand.id, batch.platform, batch.audience)
    if home is None:
        name = name_of(connection, plan, batch.audience)
        home = platform.create(name)
        with transaction(connection):
            audience_told.keep_home(connection, plan.brand.id, batch.platform, batch.audience, home, name)
    return platform.apply(upload_of(home, batch.action, batch.content, batch.id))


def upload_of(home: str, action: str, content: Members, number: int) -> Upload:
    return Upload(home, action, [ones for _, ones in content], number)


def name_of(connection: psycopg.Connection, plan: Plan, audience: AudienceKey) -> str:
    """What the platforms call it (ISR-17)."""
    number = audiences.number_of(connection, plan.brand.id, audience)
    definition = definition_of(audience, plan.audiences)
    return outward_name(number, audience, definition, plan.brand.language, plan.catalogue.sensitive).name


def _take_back(connection: psycopg.Connection, brand: BrandId, batch: Batch, now: Instant) -> None:
    """What was refused is not there, or still there: the next night tries again."""
    if batch.action == "add":
        audience_told.untell(connection, brand, batch.platform, batch.audience, batch.content)
    else:
        audience_told.tell(connection, brand, batch.platform, batch.audience, batch.content, now)


def recover(connection: psycopg.Connection, plan: Plan) -> int:
    """What workers that are gone were telling waits again; how many batches."""
    with transaction(connection):
        return audience_batches.release_orphans(connection, plan.brand.id)


def refresh(connection: psycopg.Connection, plan: Plan, now: Instant) -> int:
    """Queue whom a platform would soon drop for not having been told of again (Google: 540 days)."""
    with transaction(connection):
        return audience_told.look_at_stale(connection, plan.brand.id, Instant(now - FRESH), now, MOST)

"""Call webhooks: what steps want told to other systems, signed, tried again three times, then a dead letter (ORC-20).

    claim one call, COMMIT → the endpoint → write what it answered

A crash in between sends it again under the same id. After a failure its endpoint rests, so that one that hangs does not
hold up the others. Nothing leaves while the brand is stopped; to an endpoint that is `dry` nothing leaves at all.
"""

from collections.abc import Callable

import psycopg

from ritorno.channels.webhook import Answer, headers_for
from ritorno.core.instants import MINUTE, Instant
from ritorno.core.plan import Plan
from ritorno.core.webhooks import endpoint_problem, next_try
from ritorno.store import definitions, webhooks
from ritorno.store.sealed import SealBroken, seal, unseal
from ritorno.store.transaction import transaction
from ritorno.store.webhooks import Endpoint, Kept

_MOST = 50  # calls in one round
_REST = MINUTE
_GONE = 410
_LONGEST = 500  # letters of what went wrong

Post = Callable[[str, str, dict[str, str], bool], Answer]


class EndpointError(ValueError):
    """An endpoint that cannot be kept; the message says why."""


class NoEndpoint(LookupError):  # noqa: N818 - the name says the state
    """There is no such endpoint; the message names those there are."""


def call_webhooks(
    connection: psycopg.Connection, plan: Plan, key: str, post: Post, now: Instant, real_now: Instant, worker: int
) -> int:
    """One round; how many calls were tried. `key` opens the secrets; `now` is the brand's time, `real_now` the
    machine's, which signatures carry."""
    if plan.stopped:
        return 0
    for done in range(_MOST):
        with transaction(connection):
            kept = webhooks.claim(connection, plan.brand.id, now, worker)
        if kept is None:
            return done
        endpoint = webhooks.endpoint(connection, plan.brand.id, kept.call.endpoint)
        answer = _try(kept, endpoint, key, post, real_now)
        with transaction(connection):
            _settle(connection, plan, kept, endpoint, answer, now)
    return _MOST


def _try(kept: Kept, endpoint: Endpoint | None, key: str, post: Post, real_now: Instant) -> Answer | None:
    """None: nothing was sent, nor is to be."""
    if endpoint is None or endpoint.disabled or endpoint.dry:
        return None
    try:
        secret = unseal(key, endpoint.secret)
    except SealBroken as error:
        return Answer(0, str(error))
    call = kept.call
    return post(
        endpoint.url, call.body, headers_for(call.webhook_id, call.body, secret, real_now), endpoint.allow_private
    )


def _settle(
    connection: psycopg.Connection,
    plan: Plan,
    kept: Kept,
    endpoint: Endpoint | None,
    answer: Answer | None,
    now: Instant,
) -> None:
    brand, call = plan.brand.id, kept.call
    if endpoint is None or endpoint.disabled:
        why = (
            f"no endpoint {call.endpoint!r}"
            if endpoint is None
            else f"{call.endpoint} is disabled: {endpoint.disabled}"
        )
        webhooks.settle(connection, brand, call.id, "dead", now, None, why)
    elif answer is None:
        webhooks.settle(connection, brand, call.id, "dry", now, None, "")
    elif answer.is_taken:
        webhooks.settle(connection, brand, call.id, "sent", now, answer.status, "")
        webhooks.rest(connection, brand, call.endpoint, Instant(0))
    else:
        _failed(connection, plan, kept, answer, now)


def _failed(connection: psycopg.Connection, plan: Plan, kept: Kept, answer: Answer, now: Instant) -> None:
    brand, call = plan.brand.id, kept.call
    again_at = None if answer.status == _GONE else next_try(kept.tries, now)
    state = "dead" if again_at is None else "waiting"
    error = (answer.error or f"answered {answer.status}")[:_LONGEST]
    webhooks.settle(connection, brand, call.id, state, again_at or now, answer.status or None, error)
    if answer.status == _GONE:
        webhooks.disable(connection, brand, call.endpoint, "it answered 410 Gone")
    else:
        webhooks.rest(connection, brand, call.endpoint, Instant(now + _REST))


def recover(connection: psycopg.Connection, plan: Plan) -> int:
    """What workers that are gone were sending waits again; how many calls."""
    with transaction(connection):
        return webhooks.release_orphans(connection, plan.brand.id)


def keep_endpoint(
    connection: psycopg.Connection, plan: Plan, key: str, endpoint: Endpoint, secret: str, now: Instant, by: str
) -> None:
    """Make or change an endpoint; its secret is sealed with the installation's `key`. Raises EndpointError."""
    if wrong := endpoint_problem(endpoint.key, endpoint.url, allow_private=endpoint.allow_private):
        raise EndpointError(wrong)
    sealed = endpoint._replace(secret=seal(key, secret))
    with transaction(connection):
        webhooks.save_endpoint(connection, plan.brand.id, sealed, now, by)
        told = {"endpoint": endpoint.key, "url": endpoint.url, "dry": endpoint.dry, "private": endpoint.allow_private}
        definitions.audit(connection, plan.brand.id, now, by, "webhook endpoint", told)


def disable_endpoint(connection: psycopg.Connection, plan: Plan, key: str, now: Instant, by: str) -> Endpoint:
    """Nothing is sent there any more, until it is given again. Raises NoEndpoint."""
    with transaction(connection):
        found = webhooks.endpoint(connection, plan.brand.id, key)
        if found is None:
            known = ", ".join(one.key for one in webhooks.endpoints(connection, plan.brand.id)) or "none yet"
            raise NoEndpoint(f"there is no endpoint {key!r}; there are {known}")
        webhooks.disable(connection, plan.brand.id, key, f"by {by}")
        definitions.audit(connection, plan.brand.id, now, by, "disable webhook endpoint", {"endpoint": key})
    return found


def try_again(connection: psycopg.Connection, plan: Plan, calls: list[int] | None, now: Instant, by: str) -> int:
    """Dead letters (these, or all) are tried again; how many."""
    with transaction(connection):
        found = webhooks.again(connection, plan.brand.id, now, calls)
        definitions.audit(connection, plan.brand.id, now, by, "try webhooks again", {"calls": found})
    return found

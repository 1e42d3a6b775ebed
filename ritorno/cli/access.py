"""`ritorno access …`: collections that some may see before everyone, and who may."""

import click

from ritorno.cli.app import Refused, answer, brand_option, cli, console, installation, json_option
from ritorno.core.ids import CustomerId
from ritorno.core.instants import Instant, add_span, days, parse_instant, say_instant
from ritorno.core.plan import Plan
from ritorno.store import access, definitions
from ritorno.store.transaction import transaction
from ritorno.web.pages.paper import web_address
from ritorno.wiring import App, chance
from ritorno.work import let_into as work
from ritorno.work.find_customer import NotFound, find


@cli.group("access")
def access_group() -> None:
    """Early access: collections, who may come in before everyone, until when."""


@access_group.command("collection")
@click.argument("key")
@click.option("--name", required=True, help="As customers read it.")
@click.option("--url", required=True, help="Where it is in your store.")
@click.option("--until", required=True, metavar="DAY", help="The last day of early access: 2026-03-20.")
@brand_option
@json_option
def access_collection(key: str, name: str, url: str, until: str, brand: str, as_json: bool) -> None:
    """Define the collection KEY, or change it: nobody gets in before others after that day."""
    if not web_address(url):
        raise Refused(f"--url {url}: write a web address, for example https://shop.example/ss26")
    with installation() as app:
        plan = app.plan(brand)
        ends = _end_of(until, plan)
        with transaction(app.connection()) as connection:
            access.save_collection(connection, plan.brand.id, access.Collection(key, name, url, ends))
            _audit(app, plan, "collection", {"key": key, "until": say_instant(ends, plan.tz)})
    if as_json:
        answer({"key": key, "name": name, "url": url, "until": say_instant(ends, plan.tz)})
    else:
        console.print(f"{key}: early access ends {say_instant(ends, plan.tz)}", highlight=False)


@access_group.command("grant")
@click.argument("customer")
@click.argument("collection")
@click.option("--until", metavar="DAY", help="This customer's last day; left out: the collection's.")
@brand_option
@json_option
def access_grant(customer: str, collection: str, until: str | None, brand: str, as_json: bool) -> None:
    """Let CUSTOMER into COLLECTION; prints the personal link. Who had it taken back gets a new one."""
    with installation() as app:
        plan = app.plan(brand)
        who, now = _find(app, plan, customer), app.now(plan.brand.id)
        ends = None if until is None else _end_of(until, plan)
        made = app.session.run(lambda c: work.let_into(c, plan, who, collection, now, chance, ends, again=True))
        if made is None:
            known = ", ".join(each.key for each in access.collections(app.connection(), plan.brand.id)) or "none yet"
            raise Refused(f"{collection} is no collection, or its early access is over; there are: {known}")
        with transaction(app.connection()):
            _audit(app, plan, "access_granted", {"customer": str(who), "collection": collection})
    link = work.link(plan, made)
    if as_json:
        answer(
            {"customer": str(who), "collection": collection, "link": link, "until": say_instant(made.until, plan.tz)}
        )
    else:
        console.print(link, highlight=False)


@access_group.command("revoke")
@click.argument("customer")
@click.argument("collection")
@brand_option
@json_option
def access_revoke(customer: str, collection: str, brand: str, as_json: bool) -> None:
    """Take CUSTOMER's access to COLLECTION back, at once."""
    with installation() as app:
        plan = app.plan(brand)
        who, now = _find(app, plan, customer), app.now(plan.brand.id)
        with transaction(app.connection()) as connection:
            done = access.revoke(connection, plan.brand.id, collection, who, now)
            _audit(app, plan, "access_revoked", {"customer": str(who), "collection": collection})
    if not done:
        raise Refused(f"customer {who} has no access to {collection}")
    if as_json:
        answer({"customer": str(who), "collection": collection, "revoked": True})
    else:
        console.print("Taken back; the link opens nothing any more.")


@access_group.command("show")
@brand_option
@json_option
def access_show(brand: str, as_json: bool) -> None:
    """Every collection, until when, and how many may come in."""
    with installation() as app:
        plan = app.plan(brand)
        found = access.collections(app.connection(), plan.brand.id)
        grants = {each.key: access.granted(app.connection(), plan.brand.id, each.key) for each in found}
    told = [
        {
            "key": each.key,
            "name": each.name,
            "url": each.url,
            "until": say_instant(each.until, plan.tz),
            "granted": sum(grant.revoked_at is None for grant in grants[each.key]),
            "revoked": sum(grant.revoked_at is not None for grant in grants[each.key]),
        }
        for each in found
    ]
    if as_json:
        answer({"collections": told})
        return
    for one in told:
        console.print(f"{one['key']} until {one['until']}: {one['granted']} may come in", highlight=False)
    if not told:
        console.print("There is no collection yet. Define one with: ritorno access collection KEY …")


def _end_of(day: str, plan: Plan) -> Instant:
    """The instant at which a day is over."""
    try:
        return add_span(parse_instant(day, plan.tz), days(1), plan.tz)
    except ValueError as error:
        raise Refused(str(error)) from error


def _find(app: App, plan: Plan, customer: str) -> CustomerId:
    try:
        return find(app.connection(), plan, customer)
    except NotFound as error:
        raise Refused(str(error)) from error


def _audit(app: App, plan: Plan, action: str, detail: dict[str, str]) -> None:
    definitions.audit(app.connection(), plan.brand.id, app.now(plan.brand.id), "cli", action, detail)

"""`ritorno playbook preview|texts`: what a step says to one customer; what is to be known of a playbook's texts."""

from pathlib import Path
from typing import Any

import click
import msgspec

from ritorno.cli.app import Refused, answer, brand_option, console, installation, json_option
from ritorno.cli.playbooks import current_of, playbook
from ritorno.core.journeys.journey import send_named
from ritorno.core.messages.cautions import cautions
from ritorno.core.messages.lint import sender_faults
from ritorno.core.messages.printing import TextError
from ritorno.core.messages.subjects import SubjectArm, winner
from ritorno.core.money import decimal_text
from ritorno.core.plan import Plan
from ritorno.store import customers, said
from ritorno.work.find_customer import NotFound, find
from ritorno.work.preview import Previewed, lacking_of, preview


@playbook.command("preview")
@click.argument("key")
@click.argument("step")
@click.argument("customer")
@click.option("--every", is_flag=True, help="Also in every language, gender and tone that the texts have.")
@click.option("--html", type=click.Path(path_type=Path), metavar="FILE", help="Write the e-mail's page to FILE.")
@brand_option
@json_option
def preview_command(
    key: str, step: str, customer: str, every: bool, html: Path | None, brand: str, as_json: bool
) -> None:  # fmt: skip
    """What STEP of playbook KEY would say to CUSTOMER now; nothing is sent."""
    with installation() as app:
        plan = app.plan(brand)
        one, _ = current_of(app, plan, key)
        try:
            send = send_named(one, step)
            document = customers.read(app.connection(), plan.brand.id, find(app.connection(), plan, customer))
            assert document is not None
            found = preview(app.connection(), plan, one, send, document, app.now(plan.brand.id), every=every)
        except (NotFound, TextError, ValueError) as error:
            raise Refused(str(error)) from error
    if html is not None:
        _write(found, html)
    if as_json:
        answer({"messages": [_told(each, plan) for each in found]})
        return
    for each in found:
        _say(each, plan)


def _write(found: list[Previewed], path: Path) -> None:
    page = next((each.content.html for each in found if each.content and each.content.html), None)
    if page is None:
        raise Refused("none of these messages is an e-mail that can be written; leave out --html")
    path.write_text(page, encoding="utf-8")


def _cost(each: Previewed, plan: Plan) -> str:
    """Of one message, in the brand's currency."""
    assert each.content is not None
    rates = {"sms": plan.brand.part_cost * each.content.parts, "email": plan.brand.email_cost}
    return decimal_text(round(rates.get(each.way.channel.value, plan.brand.whatsapp_cost) / 1000), plan.brand.currency)


def _told(each: Previewed, plan: Plan) -> dict[str, Any]:
    row: dict[str, Any] = {"channel": each.way.channel.value, "lacks": each.lacks}
    if each.reader is not None:
        row["reader"] = msgspec.to_builtins(each.reader)
    if each.content is not None:
        plain = msgspec.to_builtins(each.content)
        row |= {name: plain.get(name) for name in ("language", "variant", "subject", "text", "missed", "products")}
        row |= {"parts": each.content.parts, "cost": _cost(each, plan)}
    return row


def _say(each: Previewed, plan: Plan) -> None:
    content = each.content
    if content is None:
        console.print(f"{each.way.channel.value}: not sent, this customer has no {each.lacks}", highlight=False)
        return
    variant = f" {content.variant}" if content.variant else ""
    parts = f", {content.parts} parts" if each.way.channel.value == "sms" else ""
    head = f"{each.way.channel.value} · {content.language}{variant}{parts}, {_cost(each, plan)} {plan.brand.currency}"
    for line in (head, *filter(None, (content.subject, content.text)), ""):
        console.print(line, highlight=False, markup=False, soft_wrap=True)


@playbook.command("texts")
@click.argument("key")
@click.option("--recipients", type=click.IntRange(0), default=100, help="Try the texts on so many who entered it last.")
@brand_option
@json_option
def texts_command(key: str, recipients: int, brand: str, as_json: bool) -> None:
    """What is unwise in the texts of KEY, what recipients lack, who missed a language or tone, which subjects are
    clicked."""
    with installation() as app:
        plan = app.plan(brand)
        one, _ = current_of(app, plan, key)
        lacks, asked = lacking_of(app.connection(), plan, one, app.now(plan.brand.id), recipients)
        missed = said.missed(app.connection(), plan.brand.id, one.key)
        counted = said.subjects(app.connection(), plan.brand.id, one.key, one.version)
    sensitive = {each.category for each in plan.catalogue.products.values() if each.sensitive}
    unwise = [
        f"{send.name} {each}" for send in one.sends.values() for way in send.ways for each in cautions(way, sensitive)
    ]
    brand_of = plan.brand.sender, plan.brand.reply_to, plan.brand.address
    unwise += [
        f"{send.name} {each}"
        for send in one.sends.values()
        for way in send.ways
        for each in sender_faults(way, *brand_of)
    ]
    steps = {step: [SubjectArm(*row[1:]) for row in counted if row[0] == step] for step, *_ in counted}
    if as_json:
        subjects = {step: {"arms": msgspec.to_builtins(arms), "winner": winner(arms)} for step, arms in steps.items()}
        fell = [{"step": step, "what": what, "messages": count} for step, what, count in missed]
        rows = [msgspec.to_builtins(each) | {"share": round(each.lack / each.asked, 4)} for each in lacks]
        answer({"cautions": unwise, "recipients": asked, "lacking": rows, "missed": fell, "subjects": subjects})
        return
    lines = [*unwise, *(f"{each.step} {each.channel}: {each.lack / each.asked:.0%} of {each.asked} lack {each.field}"
                        for each in lacks)]  # fmt: skip
    lines += [*(f"{step}: {count} messages missed {what}" for step, what, count in missed)]
    for step, arms in steps.items():
        lines += [f"{step}: subject {arm.key}: {arm.clicked} of {arm.sent} clicked" for arm in arms]
        lines.append(f"{step}: the better subject is {winner(arms) or 'not yet to be told'}")
    for line in lines or ["Nothing to say about these texts."]:
        console.print(line, highlight=False, markup=False, soft_wrap=True)

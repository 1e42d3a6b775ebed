"""How many personal e-mails one core renders in a second: product gallery, coupon, conditions, both parts.

Ten thousand customers of the fixture shop, Hebrew and English by turns, a tenth with names that run against their text.
Of each the whole content is made: fields from the document, texts merged and escaped, HTML and plain text, links. What
a version needs once – MJML to HTML, its styles inlined – is counted apart. Short messages (SMS with parts) beside it.
"""

import argparse
from collections.abc import Iterator
from time import perf_counter, process_time
from typing import NamedTuple

import msgspec

from benchmarks.measure import finish, machine, peak_mib
from ritorno.core.customer import About, Customer, Enrollment, Order, Trait
from ritorno.core.events import Channel, Line, SoldVia
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.ids import CustomerId, EventId, MessageId, PlaybookKey
from ritorno.core.instants import DAY, Instant
from ritorno.core.journeys.step import Send
from ritorno.core.journeys.way import Way
from ritorno.core.messages.blocks import Button, Coupon, Divider, Gallery, Heading, Image, Paragraph, Tile
from ritorno.core.messages.content import Links, Wanted, render
from ritorno.core.messages.message import Message
from ritorno.core.messages.text import Text
from ritorno.core.offers import Offer, issue
from ritorno.core.plan import Plan
from ritorno.core.segments.rule import FactIs
from ritorno.core.view import View, view_of
from ritorno.testing import at, shop

TARGET = 1_000  # e-mails a second and core
NOW = at("2026-03-03T14:05")
KEY = PlaybookKey("P")
NAMES = ("דנה", "רות", "יוסי", "אבי", "Dana", "מיכל", "עומר", "נועה", "שיר", "גיל")
EMAIL = Way(
    Channel.EMAIL,
    subject=Text("{{ customer.first_name }}, {{ offer.value }} {{ offer.unit }} מחכים לך", "{{ offer.value }} for you"),
    blocks=(
        Heading(text=Text("מה הולך טוב עם {{ product.name }}?", "What goes well with your {{ product.name }}?")),
        Image(url="https://p.example/hero.png", alt=Text("הקולקציה", "The collection"), link="page"),
        Paragraph(text=Text("[HI] בחרנו פריטים שמשלימים את הרכישה שלך מ{{ visit.branch }}.",
                            "[HI] a few things that complete your purchase at {{ visit.branch }}.")),
        Paragraph(text=Text("תודה שחזרת אלינו", "Thank you for coming back"), only_if=FactIs("orders", ">=", 2)),
        Gallery(of="complements", title=Text("במיוחד בשבילך", "For you")),
        Coupon(text=Text("{{ offer.value }} {{ offer.unit }} מתנה", "{{ offer.unit }} {{ offer.value }} off")),
        Button(text=Text("למימוש ההטבה", "Use it now")),
        Divider(),
    ),
)  # fmt: skip
SMS = Way(
    Channel.SMS,
    Text("[AD] [HI] חסרת לנו. {{ offer.value }} {{ offer.unit }} מתנה, ל-24 שעות בלבד: {{ link }} [OUT]",
         "[AD] [HI] we missed you. {{ offer.unit }} {{ offer.value }} off for 24 hours only: {{ link }} [OUT]"),
)  # fmt: skip
TILES = tuple(
    Tile(f"S{n}", f"ספל זכוכית {n}", 4_990 + n, f"https://p.example/{n}.png", f"https://shop.example/{n}",
         Text("אהוב על מי שקנו כמוך", "Loved by buyers like you"))
    for n in range(6)
)  # fmt: skip


class Rate(NamedTuple):
    first_ms: float  # the first message of a version: everything is compiled
    a_second: float
    letters: int  # of all that was made


def people(count: int) -> Iterator[Customer]:
    for n in range(count):
        when = Instant(NOW - (n % 60) * DAY)
        lines = (Line("X", "מכונת קפה 5", "קפה", 1, 90_000),)
        orders = [
            Order(each, "till", f"{place}", 90_000, 90_000, SoldVia.POS, "איילון", "ILS", 0, 0, False, lines, each,
                  EventId(place))
            for place, each in enumerate((Instant(when - 90 * DAY), when)[n % 2 :])
        ]  # fmt: skip
        traits = {
            "first_name": Trait(Instant(1), EventId(1), NAMES[n % len(NAMES)], "x"),
            "language": Trait(Instant(1), EventId(1), ("he", "en")[n % 2], "x"),
        }
        about = About(orders[-1].key, "X", "קפה")
        passage = Enrollment(n, KEY, 1, "k", when, "treated", 0, NOW, NOW, 1, about=about)
        yield Customer(CustomerId(n), traits=traits, orders=orders, enrollments=[passage])


def rate(way: Way, plan: Plan, everyone: list[Customer]) -> Rate:
    """Documents are at hand, as they are in `deliver`; everything else is made."""
    code = issue(Offer(5_000, 15_000), "KQ7MX2PD", NOW, plan.tz)
    address = normalise(Kind.EMAIL, "dana@dana.co.il")
    step = Send("s", (way,), with_offer=True)
    galleries = {"complements": TILES}

    def one(customer: Customer) -> int:
        view: View = view_of(customer, plan, NOW)
        message = Message(MessageId(customer.id), customer.id, customer.id, KEY, 1, "s", "treated", NOW, NOW)
        links = Links("https://s.example", lambda: "x" * 11, way.links)
        content = render(Wanted(message, step, way, address), view, code, galleries, links)
        return len(content.html) + len(content.text)

    begun = perf_counter()
    one(everyone[0])
    first = perf_counter() - begun
    for customer in everyone[:100]:  # every shape once
        one(customer)
    begun = process_time()  # of one core: what else runs on the machine does not count
    letters = sum(one(customer) for customer in everyone)
    return Rate(first * 1_000, len(everyone) / (process_time() - begun), letters)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the customers")
    quick = parser.parse_args().quick
    plan = shop()
    plan = msgspec.structs.replace(
        plan, brand=msgspec.structs.replace(plan.brand, name="אלמוג", reply_to="a@b.example")
    )
    everyone = list(people(1_000 if quick else 10_000))
    emails, texts = rate(EMAIL, plan, everyone), rate(SMS, plan, everyone)
    finish(
        {
            "benchmark": "render",
            "customers": len(everyone),
            "emails_a_second": round(emails.a_second),
            "first_email_ms": round(emails.first_ms, 1),
            "email_kib": round(emails.letters / len(everyone) / 1024, 1),
            "sms_a_second": round(texts.a_second),
            "ratio_to_target": round(emails.a_second / TARGET, 2),
            "peak_mib": round(peak_mib()),
            "quick": quick,
            "machine": machine(),
        }
    )


if __name__ == "__main__":
    main()

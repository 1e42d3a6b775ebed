"""What comes between entering a journey and its last message – through inbox, worker, outbox and provider: another
version, a merge, a consent taken back, a return, Shabbat, a code that died, stock that is gone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from ritorno.core.customer import Customer
from ritorno.core.events import Body, Channel, ConsentTold, Custom, OrderTold, RefundTold, SoldVia, happened
from ritorno.core.identifiers import Identifier, Kind, normalise
from ritorno.core.instants import Instant, Span, days, hours
from ritorno.core.journeys.journey import Entry, Exits, Playbook
from ritorno.core.journeys.step import Audience, Count, Give, Send, Wait
from ritorno.core.journeys.trigger import Happened
from ritorno.core.offers import Offer
from ritorno.settings import Settings
from ritorno.store import customers, identifiers, messages, products
from ritorno.store.transaction import transaction
from ritorno.testing import at
from ritorno.work.accept import accept
from ritorno.work.activate import activate
from ritorno.work.unmerge import unmerge
from tests.core.plans import email, journey, sms
from tests.web.shop import Shop, open_shop

PHONE, MAIL = normalise(Kind.PHONE, "054-2223344"), normalise(Kind.EMAIL, "rina@x.co.il")
SENT = list[tuple[str, int, str, tuple[str, ...]]]  # (step, version, state, reasons)

THANKS = journey(
    "thanks", Happened("order"),
    Give("points", 30), Audience("in", "buyers", "exclude"), Count("n", "thanked"), Wait("two-days", days(2)),
    Send("thanks", (sms("[AD] #{{ offer.code }}# {{ link }} [OUT]"),), with_offer=True),
    Wait("later", hours(20), since="thanks"), Send("remember", (sms(),), same_code=True),
    exits=Exits(purchase=False, refund=True, after=days(20)), entry=Entry("order"), offer=Offer(5_000, lives=days(1)),
)  # fmt: skip


class Street(Shop):
    """The shop, and people told of by any identifiers."""

    def tells(self, when: str, body: Body, *who: Identifier) -> None:
        self.tells_together(when, (body, who or (PHONE,)))

    def tells_together(self, when: str, *told: tuple[Body, tuple[Identifier, ...]]) -> None:
        """Before any worker looks."""
        self.live_until(when)
        events = []
        for body, who in told:
            self._count += 1
            events.append(
                happened("shop", f"b{self._count}", body, occurred_at=at(when), received_at=at(when), identifiers=who)
            )
        accept(self.app.connection(), self.brand, events)
        self.react()

    def runs(self, playbook: Playbook, *, take_over: bool = False) -> None:
        now = self.app.now(self.brand)
        activate(self.app.connection(), self.plan, playbook, now, "test", take_over=take_over)

    def of(self, who: Identifier = PHONE) -> Customer:
        held = identifiers.look_up(self.app.connection(), self.brand, [who])[who]
        found = customers.read(self.app.connection(), self.brand, held.customer)
        assert found is not None
        return found

    def sent(self, who: Identifier = PHONE) -> SENT:
        kept = messages.of_customer(self.app.connection(), self.brand, self.of(who).id)
        return [
            (one.message.step, one.message.version, one.state.value, tuple(code for _, code, _ in one.reasons))
            for one in kept
        ]


@pytest.fixture
def street(database: str, tmp_path: Path) -> Iterator[Street]:
    with open_shop(Settings(tmp_path, database)) as shop:
        street = Street.__new__(Street)
        street.__dict__.update(shop.__dict__)
        street.clock("2026-03-01T09:00")
        yield street


def order(number: str, shekels: int = 100) -> OrderTold:
    return OrderTold(number, shekels * 100, "ILS", SoldVia.ONLINE)


def consent(channel: Channel = Channel.SMS, *, given: bool = True) -> ConsentTold:
    return ConsentTold(channel, given=given, source="form", wording="כן")


def buys(street: Street, when: str, playbook: Playbook = THANKS) -> None:
    street.runs(playbook)
    street.tells("2026-03-01T09:30", consent())
    street.tells(when, order("1"))


def test_another_version_in_the_middle_is_not_theirs_or_takes_them_over(street: Street) -> None:
    """Monday's buyer stands in her wait when the text changes: she finishes in her version, or goes on in the new."""
    buys(street, "2026-03-02T12:00")
    (way,) = THANKS.sends["thanks"].ways
    changed = [replace(each, ways=(way, email())) if isinstance(each, Send) and each.name == "thanks" else each
               for each in THANKS.steps]  # fmt: skip
    street.runs(replace(THANKS, steps=tuple(changed)))
    street.live_until("2026-03-04T12:00")
    assert street.sent() == [("thanks", 1, "sent", ())]
    street.runs(replace(THANKS, steps=tuple(changed), holdout=0.000001), take_over=True)
    street.live_until("2026-03-06T09:00")
    assert street.sent() == [("thanks", 1, "sent", ()), ("remember", 3, "sent", ())]
    assert street.of().counters.get("thanked") is None
    assert street.of().traits["thanked"].value == 1


def test_a_consent_taken_back_over_shabbat_holds_when_shabbat_is_over(street: Street) -> None:
    buys(street, "2026-03-04T17:00")  # due on Friday 17:00, held over Shabbat
    street.tells("2026-03-07T21:00", consent(given=False))
    street.live_until("2026-03-10T12:00")
    assert street.sent() == [("thanks", 1, "dropped", ("send_window", "no_consent"))]


def test_a_return_over_shabbat_ends_it_and_takes_its_count_back(street: Street) -> None:
    buys(street, "2026-03-04T17:00")
    street.tells("2026-03-07T21:00", RefundTold("1", "r1", None))
    street.live_until("2026-03-10T12:00")
    assert street.sent() == [("thanks", 1, "dropped", ("send_window", "refunded"))]
    assert street.of().traits["thanked"].value == 0
    assert street.of().audiences == {}


def test_no_one_is_reminded_of_a_code_that_died_over_shabbat(street: Street) -> None:
    """The code leaves on Thursday at 17:00 for a day; the reminder is due on Friday at 13:00, when it is closed."""
    slow = replace(THANKS, offer=Offer(5_000, lives=Span(60, THANKS.offer.lives.unit.HOURS)))  # type: ignore[union-attr]
    wait = next(each for each in slow.steps if each.name == "later")
    slow = replace(slow, steps=tuple(replace(wait, span=hours(26)) if each is wait else each for each in slow.steps))
    buys(street, "2026-03-03T17:00", slow)
    street.live_until("2026-03-10T12:00")
    assert street.sent() == [("thanks", 1, "sent", ()), ("remember", 1, "dropped", ("send_window", "no_longer_true"))]


def test_a_letter_that_names_what_is_no_longer_there_is_dropped(street: Street) -> None:
    """In stock when she entered, gone when it is due: nothing is promised."""
    says = sms("[AD] {{ blocks.new_and_unseen }} {{ link }} [OUT]")
    shows = journey("shows", Happened("order"), Wait("w", days(1)), Send("see", (says,)), exits=Exits(purchase=False),
                    entry=Entry("event"))  # fmt: skip
    lamp = products.Product(
        "LAMP", "מנורה", "home", 9_900, created_at=at("2026-02-20"), url="https://shop.example/lamp"
    )
    for stays, when, state in ((True, "2026-03-02", "sent"), (False, "2026-03-09", "dropped")):
        with transaction(street.app.connection()) as connection:
            products.keep(connection, street.brand, [lamp])
        if stays:
            buys(street, f"{when}T12:00", shows)
        else:
            street.tells(f"{when}T12:00", order("2"))
            with transaction(street.app.connection()) as connection:
                products.keep(connection, street.brand, [lamp._replace(in_stock=False)])
        street.live_until(f"{when[:-2]}{int(when[-2:]) + 1:02d}T13:00")
        assert street.sent()[-1][2] == state
    assert street.sent()[-1][3] == ("no_data",)


def two_become_one(street: Street) -> int:
    """Each has bought; then one visit names both, and an order of hers comes in the same breath. The merge's number."""
    street.runs(THANKS)
    street.tells("2026-03-01T09:30", consent())
    street.tells("2026-03-02T12:00", order("1"), PHONE)
    street.tells("2026-03-02T13:00", order("2"), MAIL)
    both = Custom("visit"), (PHONE, MAIL)
    street.tells_together("2026-03-05T10:00", both, (order("3"), (MAIL,)))
    (merge,) = street.app.connection().execute("SELECT id FROM merge WHERE kind = 'merge'").fetchall()
    return int(merge[0])


def test_two_become_one_in_the_middle_and_everything_stands_once(street: Street) -> None:
    two_become_one(street)
    one = street.of()
    assert one.traits["thanked"].value == 3
    assert [entry.points for entry in one.points] == [30, 30, 30]  # type: ignore[union-attr]
    assert_listed(street, one)
    street.live_until("2026-03-12T12:00")
    assert_listed(street, street.of())


def test_and_apart_again_each_has_its_own(street: Street) -> None:
    merge = two_become_one(street)
    unmerge(street.app.connection(), street.plan, merge, street.app.now(street.brand))
    mine, theirs = street.of(PHONE), street.of(MAIL)
    assert [order.order_id for order in mine.orders] == ["1"]
    assert [order.order_id for order in theirs.orders] == ["2", "3"]
    assert (mine.traits["thanked"].value, theirs.traits["thanked"].value) == (1, 2)
    for one in (mine, theirs):
        assert_listed(street, one)


def assert_listed(street: Street, one: Customer) -> None:
    """The list that platforms are told of is the document's."""
    rows = street.app.connection().execute("SELECT audience FROM audience_member WHERE customer_id = %s", [one.id])
    assert [row[0] for row in rows] == list(one.audiences)


def test_what_was_due_before_anything_came_between_is_not_undone(street: Street) -> None:
    buys(street, "2026-03-02T12:00")
    street.live_until("2026-03-04T12:00")
    street.tells("2026-03-04T13:00", RefundTold("1", "r1", None))
    street.live_until("2026-03-10T12:00")
    assert street.sent() == [("thanks", 1, "sent", ())]
    assert Instant(street.of().contacts[0].at) == at("2026-03-04T12:00")

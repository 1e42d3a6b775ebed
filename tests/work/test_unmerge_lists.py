"""A merge taken back in a living shop: rows, messages and documents of both are as if it had never been (DAT-03)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ritorno.core.events import Body, Channel, ConsentTold, Custom, OrderTold, RefundTold, SoldVia, happened
from ritorno.core.identifiers import Identifier, Kind, normalise
from ritorno.core.ids import CustomerId
from ritorno.core.plan import Segment
from ritorno.core.segments.rule import Bought
from ritorno.playbooks.library import load
from ritorno.settings import Settings
from ritorno.store import customers, definitions, identifiers, messages
from ritorno.testing import at
from ritorno.work.accept import accept
from ritorno.work.plans import body_of
from ritorno.work.unmerge import CannotUnmerge, unmerge
from tests.web.shop import DANI, Shop, open_shop

PHONE = normalise(Kind.PHONE, DANI)
MAIL = normalise(Kind.EMAIL, "rina@x.co.il")
DEVICE = normalise(Kind.DEVICE, "d-1")
CARD = normalise(Kind.CLUB_CARD, "17", namespace="club")
_LISTS = {
    "customer": "SELECT document, due_at, cell, orders, spend, last_at, merged_into FROM customer WHERE id = %s",
    "membership": "SELECT segment, since FROM membership WHERE customer_id = %s ORDER BY 1",
    "enrollment": "SELECT id, arm, entered_at, ended_at, why FROM enrollment WHERE customer_id = %s ORDER BY 1",
    "purchase": "SELECT id, net FROM purchase WHERE customer_id = %s ORDER BY 1",
    "consent": "SELECT event_id, given FROM consent WHERE customer_id = %s ORDER BY 1",
    "identifier": "SELECT kind, value FROM identifier WHERE customer_id = %s ORDER BY 1, 2",
    "message": "SELECT id, state FROM message WHERE customer_id = %s ORDER BY 1",
}


class Town(Shop):
    """The shop, and people told of by any identifiers."""

    def tells(self, body: Body, when: str, *who: Identifier, source: str = "shop", known: str = "") -> None:
        self._count += 1
        received = at(known or when)
        self.clock(received)
        event = happened(source, f"e{self._count}", body, occurred_at=at(when), received_at=received, identifiers=who)
        accept(self.app.connection(), self.brand, [event])
        self.react()

    def buys(self, when: str, shekels: int, *who: Identifier, order: str = "", source: str = "web") -> None:
        told = OrderTold(order or f"o{self._count + 1}", shekels * 100, "ILS", SoldVia.ONLINE)
        self.tells(told, when, *who, source=source)

    def who(self, identifier: Identifier) -> CustomerId:
        return identifiers.look_up(self.app.connection(), self.brand, [identifier])[identifier].customer

    def rows(self, customer: CustomerId) -> dict[str, Any]:
        connection = self.app.connection()
        return {name: connection.execute(query, [customer]).fetchall() for name, query in _LISTS.items()}

    def merges(self, kind: str) -> list[int]:
        return [each.id for each in identifiers.merges(self.app.connection(), self.brand) if each.record.kind == kind]

    def unmerge(self, merge: int) -> tuple[CustomerId, CustomerId]:
        now = self.app.now(self.brand)
        return unmerge(self.app.connection(), self.plan, merge, now)


@pytest.fixture
def town(database: str, tmp_path: Path) -> Iterator[Town]:
    with open_shop(Settings(tmp_path, database), playbook=load("PB2", frozenset({"reminder"}))) as shop:
        town = Town.__new__(Town)
        town.__dict__.update(shop.__dict__)
        frequent = Segment("often", 1, load("PB2").name, Bought(at_least=2))  # type: ignore[arg-type]
        definitions.save(
            town.app.connection(), town.brand, "segment", "often", body_of(frequent), status="active",
            at=at("2026-01-01"), by="t",
        )  # fmt: skip
        yield town


def consents(town: Town, *who: Identifier, channel: Channel = Channel.EMAIL) -> None:
    town.tells(ConsentTold(channel, given=True, source="form", wording="כן"), "2025-06-01", *who)


def rina_and_dani(town: Town) -> tuple[CustomerId, CustomerId]:
    """Both at risk on Friday 2026-03-06 16:00 and 16:05: both rescues wait for Sunday 08:00."""
    consents(town, PHONE, CARD, channel=Channel.SMS)
    consents(town, MAIL, channel=Channel.EMAIL)
    for who, minute in ((PHONE, "00"), (MAIL, "05")):
        for day in ("2025-09-20T12", "2025-11-01T12", "2025-12-06T16"):
            town.buys(f"{day}:{minute}", 800, who)
    town.live_until("2026-03-06T17:00")
    return town.who(PHONE), town.who(MAIL)


@pytest.mark.parametrize("link", [(MAIL, PHONE), (CARD, MAIL)])
def test_dat_03_whom_the_link_does_not_name_is_restored_byte_for_byte_with_every_row(
    town: Town, link: tuple[Identifier, ...]
) -> None:
    """A visit names both. The stronger identifier says whose it was: the e-mail Rina's, the card Dani's."""
    dani, rina = rina_and_dani(town)
    named, unnamed = (rina, dani) if CARD not in link else (dani, rina)
    before, told = town.rows(unnamed), town.rows(named)
    assert [state for _, state in before["message"]] == ["held"]
    town.tells(Custom("visit"), "2026-03-06T18:00", *link)
    assert town.who(MAIL) == town.who(PHONE)
    as_one = kept_of(town, town.who(PHONE))
    assert sorted(each.state for each in as_one) == ["dropped", "held"], "one customer is in one rescue"

    (merge,) = town.merges("merge")
    assert set(town.unmerge(merge)) == {dani, rina}
    assert waiting(town.rows(unnamed)) == waiting(before)
    differs = [name for name, rows in waiting(town.rows(named)).items() if rows != waiting(told)[name]]
    assert differs == ["customer"], "the document knows of the visit"


def waiting(rows: dict[str, Any]) -> dict[str, Any]:
    """Messages that wait do so in one of two states."""
    rows["message"] = [(number, "waits" if state in ("queued", "held") else state) for number, state in rows["message"]]
    return rows


def test_messages_dropped_because_two_were_taken_for_one_are_judged_anew_and_leave(town: Town) -> None:
    dani, rina = rina_and_dani(town)
    town.tells(Custom("visit"), "2026-03-06T18:00", MAIL, PHONE)
    town.unmerge(town.merges("merge")[0])
    town.live_until("2026-03-08T08:00")
    for customer in (dani, rina):
        (kept,) = messages.of_customer(town.app.connection(), town.brand, customer)
        assert (kept.state, kept.sent_at) == ("sent", at("2026-03-08T08:00"))
    dropped = [each for each in kept_of(town, dani, rina) if "unmerged" in [reason[1] for reason in each.reasons]]
    assert [reason[1] for reason in dropped[0].reasons][-2:] == ["bought", "unmerged"], "both are kept"


def kept_of(town: Town, *who: CustomerId) -> list[messages.Kept]:
    return [kept for one in who for kept in messages.of_customer(town.app.connection(), town.brand, one)]


def test_what_left_while_they_were_one_is_its_sides_and_never_sent_again(town: Town) -> None:
    dani, rina = rina_and_dani(town)
    town.tells(Custom("visit"), "2026-03-06T18:00", MAIL, PHONE)
    town.live_until("2026-03-08T09:00")
    (sent,) = [each for each in kept_of(town, town.who(PHONE)) if each.sent_at is not None]
    town.unmerge(town.merges("merge")[0])
    town.live_until("2026-03-20")
    owner = sent.message.customer
    document = customers.read(town.app.connection(), town.brand, owner)
    assert document is not None
    assert sent.message.id in [contact.message for contact in document.contacts]
    rescues = [each for each in kept_of(town, dani, rina) if each.message.step == "rescue"]
    assert len(rescues) == 2
    assert [each.sent_at for each in rescues if each.message.id == sent.message.id] == [sent.sent_at]


def test_a_refund_told_while_they_were_one_is_of_whose_order_it_is(town: Town) -> None:
    _, rina = rina_and_dani(town)
    town.buys("2026-03-06T17:30", 400, MAIL, order="w9")
    town.tells(Custom("visit"), "2026-03-06T18:00", MAIL, PHONE)
    town.tells(RefundTold("w9", "r1"), "2026-03-06T19:00", PHONE, source="web")
    town.unmerge(town.merges("merge")[0])
    document = customers.read(town.app.connection(), town.brand, rina)
    assert document is not None
    assert [order.net for order in document.orders if order.order_id == "w9"] == [0]
    nets = town.app.connection().execute("SELECT customer_id, net FROM purchase WHERE order_id = 'w9'").fetchall()
    assert nets == [(rina, 0)]
    assert document.scores.orders == 3


def test_identifiers_learned_since_follow_their_side(town: Town) -> None:
    dani, rina = rina_and_dani(town)
    town.tells(Custom("visit"), "2026-03-06T18:00", MAIL, PHONE)
    town.tells(Custom("visit"), "2026-03-06T19:00", MAIL, DEVICE)
    town.unmerge(town.merges("merge")[0])
    assert (town.who(PHONE), town.who(MAIL), town.who(DEVICE)) == (dani, rina, rina)


def test_an_attachment_taken_back_after_more_was_learned_through_it(town: Town) -> None:
    """E-mail came to be known by the phone, a device by the e-mail: both are the other's again."""
    town.buys("2026-01-05", 900, PHONE)
    town.buys("2026-01-20", 700, MAIL, PHONE)
    town.buys("2026-02-01", 100, MAIL, DEVICE)
    town.buys("2026-02-02", 50, DEVICE)
    town.buys("2026-02-03", 800, PHONE)
    first = town.merges("attach")[0]
    survivor, other = town.unmerge(first)
    assert (town.who(PHONE), town.who(MAIL), town.who(DEVICE)) == (survivor, other, other)
    spent = {
        one: [order.net for order in document.orders]
        for one in (survivor, other)
        if (document := customers.read(town.app.connection(), town.brand, one)) is not None
    }
    assert spent == {survivor: [90_000, 80_000], other: [70_000, 10_000, 5_000]}
    assert [row[0] for row in town.rows(other)["membership"]] == ["often"]
    assert len(town.rows(other)["purchase"]) == 3
    with pytest.raises(CannotUnmerge, match="no longer known as customer"):
        town.unmerge(town.merges("attach")[1])


def test_later_merges_are_taken_back_first(town: Town) -> None:
    town.buys("2026-01-05", 900, PHONE)
    town.buys("2026-01-06", 900, MAIL)
    town.buys("2026-01-07", 900, DEVICE)
    town.tells(Custom("visit"), "2026-01-08", PHONE, MAIL)
    town.tells(Custom("visit"), "2026-01-09", PHONE, DEVICE)
    first, second = town.merges("merge")
    with pytest.raises(CannotUnmerge, match=f"take back merge {second} first"):
        town.unmerge(first)
    town.unmerge(second)
    town.unmerge(first)
    assert len({town.who(each) for each in (PHONE, MAIL, DEVICE)}) == 3
    for each in (PHONE, MAIL, DEVICE):
        assert len(town.rows(town.who(each))["purchase"]) == 1


def test_taken_back_it_is_in_the_audit_and_kept_apart(town: Town) -> None:
    dani, rina = rina_and_dani(town)
    town.tells(Custom("visit"), "2026-03-06T18:00", MAIL, PHONE)
    (merge,) = town.merges("merge")
    town.unmerge(merge)
    town.tells(Custom("visit"), "2026-03-06T19:00", MAIL, PHONE)
    assert (town.who(PHONE), town.who(MAIL)) == (dani, rina)
    rows = town.app.connection().execute("SELECT who, action, detail FROM audit WHERE action = 'unmerge'").fetchall()
    assert [(who, detail["merge"]) for who, _, detail in rows] == [("cli", merge)]
    with pytest.raises(CannotUnmerge, match="taken back already"):
        town.unmerge(merge)


def test_who_cannot_be_told_anew_is_left_as_they_are(town: Town) -> None:
    """Events that retention has dropped would take their orders with them."""
    town.buys("2026-01-05", 900, PHONE)
    town.buys("2026-01-20", 700, MAIL, PHONE)
    town.app.connection().execute("DELETE FROM event WHERE occurred_at < %s", [at("2026-01-06")])
    before = town.rows(town.who(PHONE))
    with pytest.raises(CannotUnmerge, match="1 of their orders are older than the events that are kept"):
        town.unmerge(town.merges("attach")[0])
    assert town.rows(town.who(PHONE)) == before

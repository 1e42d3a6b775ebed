"""A shop's files of orders become scored customers, each order once."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg
import pytest

from ritorno.core.customer import Customer, encode_customer
from ritorno.core.decisions import HouseFlagged, ScoreMoved
from ritorno.core.events import OrderTold, RefundTold, SoldVia, happened
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.sources.columns import MappingError
from ritorno.store import customers, decisions
from ritorno.store.connection import Session
from ritorno.testing import at
from ritorno.work import import_batches
from ritorno.work.accept import accept
from ritorno.work.find_customer import find
from ritorno.work.found import found
from ritorno.work.import_asked import Asked, Counts, NothingAcceptable
from ritorno.work.import_orders import import_orders
from ritorno.work.plans import Plans
from ritorno.work.react import react_to_inbox
from ritorno.work.unmerge import unmerge

NOW = at("2026-03-01T10:00")
HEADER = (
    "order_id", "occurred_at", "customer_id", "email", "phone", "club_card", "first_name", "sold_via", "branch",
    "total", "discount", "status", "sku", "quantity", "unit_price", "refund_of",
)  # fmt: skip
Cells = dict[str, object]


class Shop:
    """A brand in a fresh database; `imports` rows as a file of orders."""

    def __init__(self, session: Session, plan: Plan, home: Path) -> None:
        self.session = session
        self.plan = plan
        self.home = home
        self.files = 0

    @property
    def connection(self) -> psycopg.Connection:
        return self.session.connection()

    def file(self, rows: Sequence[Cells]) -> Path:
        self.files += 1
        path = self.home / f"orders-{self.files}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, HEADER, restval="")
            writer.writeheader()
            writer.writerows(rows)
        return path

    def imports(self, *rows: Cells, now: Instant = NOW, source: str = "files") -> Counts:
        return self.takes(Asked(self.file(rows), source=source), now)

    def takes(self, asked: Asked, now: Instant = NOW) -> Counts:
        return import_orders(self.session, self.plan, asked, now, home=self.home)

    def customer(self, who: str) -> Customer:
        document = customers.read(self.connection, self.plan.brand.id, find(self.connection, self.plan, who))
        assert document is not None
        return document

    def everybody(self) -> list[Customer]:
        return list(customers.read_all(self.connection, self.plan.brand.id))

    def asks(self, sql: str) -> list[tuple[object, ...]]:
        return self.connection.execute(sql).fetchall()


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[Shop]:
    with Session(database, autocommit=True) as session:
        found(session.connection(), "default", {"name": "אלמוג"}, at("2024-01-01"))
        yield Shop(session, Plans().named(session.connection(), "default"), tmp_path)


def order(number: object, when: str, total: object, **more: object) -> Cells:
    return {"order_id": number, "occurred_at": when, "total": total, **more}


def dana(number: object, when: str, total: object, **more: object) -> Cells:
    return order(number, when, total, **{"phone": "052-123 4567", **more})


def test_every_purchase_is_kept_and_counted(shop: Shop) -> None:
    """DAT-01: last, F and M are recomputed from what was told."""
    counts = shop.imports(
        dana("o1", "2026-01-05", 200), dana("o2", "2026-02-01", "300.00"), dana("o3", "20.2.2026 14:05", "₪ 700")
    )
    assert (counts.rows, counts.added, counts.customers_new, counts.rejected) == (3, 3, 1, 0)
    scores = shop.customer("0521234567").scores
    assert (scores.cell, scores.orders, scores.spend, scores.last_at) == (333, 3, 120_000, at("2026-02-20T14:05"))
    assert shop.asks("SELECT count(*) FROM event") == [(3,)]
    assert shop.asks("SELECT orders, spend, cell FROM customer") == [(3, 120_000, 333)]


def test_till_and_site_are_one_customer_by_phone(shop: Shop) -> None:
    """DAT-02, DAT-03: one file, two places of sale; the evidence is kept, and the way back."""
    shop.imports(
        dana(1, "2026-02-01 10:00", 800, club_card="C1", sold_via="קופה", branch="איילון"),
        dana(2, "2026-02-02 10:00", 800, club_card="C1", sold_via="pos"),
        dana(3, "2026-02-03 10:00", 800, club_card="C1", sold_via="till"),
        order(4, "2026-02-04 10:00", 300, email="dana@x.co.il", phone="+972521234567", sold_via="אתר"),
    )
    (document,) = shop.everybody()
    assert [each.sold_via for each in document.orders] == [SoldVia.POS] * 3 + [SoldVia.ONLINE]
    assert document.scores.spend == 270_000
    ((merge, evidence),) = shop.asks("SELECT id, evidence FROM merge")
    assert evidence == "phone match"
    unmerge(shop.connection, shop.plan, int(str(merge)), NOW)
    assert sorted(each.scores.spend for each in shop.everybody()) == [30_000, 240_000]


def test_a_second_run_adds_nothing(shop: Shop) -> None:
    """DAT-08."""
    rows = [dana(number, f"2026-02-{number:02d}", 100, club_card=f"C{number % 4}") for number in range(1, 20)]
    rows += [order("anonymous", "2026-02-05", 40)]
    first = shop.imports(*rows)
    before = [encode_customer(each) for each in shop.everybody()], shop.asks("SELECT * FROM purchase ORDER BY id")
    second = shop.imports(*rows, now=at("2026-03-05"))
    assert (first.added, first.anonymous, second.added, second.repeated) == (20, 1, 0, 20)
    assert before == ([encode_customer(each) for each in shop.everybody()],
                      shop.asks("SELECT * FROM purchase ORDER BY id"))  # fmt: skip
    assert shop.asks("SELECT count(*) FROM event") == [(20,)]


def test_a_changed_row_describes_the_same_order_anew(shop: Shop) -> None:
    shop.imports(dana("o1", "2026-02-01", 200), dana("o2", "2026-02-02", 300))
    counts = shop.imports(dana("o1", "2026-02-01", 250), dana("o2", "2026-02-02", 300), now=at("2026-03-02"))
    assert (counts.added, counts.repeated) == (1, 1)
    assert [each.total for each in shop.customer("0521234567").orders] == [25_000, 30_000]
    assert shop.asks("SELECT sum(net)::bigint FROM purchase") == [(55_000,)]


def test_a_receipt_that_also_came_through_the_live_door_counts_once(shop: Shop) -> None:
    """DAT-08: the same source and receipt number are the same order."""
    body = OrderTold("R881", 20_000, "ILS", SoldVia.POS)
    live = happened("pos", "R881", body, occurred_at=at("2026-02-01T10:00"), received_at=at("2026-02-01T10:00"),
                    identifiers=(normalise(Kind.PHONE, "0521234567"),))  # fmt: skip
    accept(shop.connection, shop.plan.brand.id, [live])
    react_to_inbox(shop.connection, shop.plan, at("2026-02-01T10:00"))
    shop.imports(dana("R880", "2026-01-31 09:00", 100), dana("R881", "2026-02-01 10:00", 200), source="pos")
    assert [(each.order_id, each.net) for each in shop.customer("0521234567").orders] == [
        ("R880", 10_000), ("R881", 20_000)
    ]  # fmt: skip


def test_rows_of_one_order_belong_together_wherever_they_stand(shop: Shop) -> None:
    """DAT-10: one row a line; the total is the order's, or the sum of its lines."""
    shop.imports(
        dana("o1", "2026-02-01", "", sku="A1", quantity=2, unit_price="10.50"),
        dana("o2", "2026-02-02", 50, sku="B1", quantity=1, unit_price=60, discount=10),
        dana("o1", "2026-02-01", "", sku="A2", quantity="0.350", unit_price=100, phone=""),
    )
    first, second = shop.customer("0521234567").orders
    assert [(line.sku, line.quantity, line.unit_price) for line in first.lines] == [
        ("A1", 2, 1050),
        ("A2", 0.35, 10_000),
    ]
    assert (first.total, second.total, second.discount) == (5600, 5000, 1000)
    assert shop.asks("SELECT sku, sum(units) FROM sale GROUP BY 1 ORDER BY 1") == [("A1", 2), ("A2", 0.35), ("B1", 1)]


def test_a_receipt_that_stands_in_the_file_twice_counts_once(shop: Shop) -> None:
    """Two equal lines of one receipt stay two; the receipt sent again does not make four."""
    lines = [
        dana("o1", "2026-02-01", 40, sku="A1", unit_price=20),
        dana("o1", "2026-02-01", 40, sku="A1", unit_price=20),
    ]
    counts = shop.imports(*lines, dana("o2", "2026-02-02", 10), *lines, dana("o2", "2026-02-02", 10))
    assert (counts.added, counts.repeated) == (2, 2)
    first, second = shop.customer("0521234567").orders
    assert (len(first.lines), first.total, second.total) == (2, 4000, 1000)


def test_refunds_and_cancellations_are_taken_off(shop: Shop) -> None:
    """ISR-12: net of refunds, full and partial; the refund follows its order, whoever it names."""
    shop.imports(
        dana("o1", "2026-02-01", 200), dana("o2", "2026-02-02", 300), dana("o3", "2026-02-03", 400, status="בוטל"),
        order("r1", "2026-02-05", "-50", refund_of="o1"), order("r2", "2026-02-06", "", refund_of="o2"),
        order("guest", "2026-02-06", 100), order("r3", "2026-02-07", 30, refund_of="guest"),
    )  # fmt: skip
    assert [each.net for each in shop.customer("0521234567").orders] == [15_000, 0, 0]
    assert shop.asks("SELECT net FROM purchase WHERE order_id = 'guest'") == [(7000,)]
    counts = shop.imports(order("r4", "2026-02-08", 20, refund_of="o1"))
    assert (counts.added, counts.anonymous) == (1, 0)
    assert shop.customer("0521234567").orders[0].net == 13_000


def test_bad_rows_are_listed_and_the_rest_goes_on(shop: Shop) -> None:
    rows = [dana(number, "2026-02-01", 100) for number in range(70)]
    rows += [dana(f"t{number}", "yesterday", 100) for number in range(10)]
    rows += [dana(f"m{number}", "2026-02-01", "ten") for number in range(10)]
    rows += [order(f"p{number}", "2026-02-01", 10, phone="12") for number in range(9)]
    rows += [dana("", "2026-02-01", 100)]
    path = shop.file(rows)
    counts = shop.takes(Asked(path))
    assert (counts.added, counts.rejected) == (70, 30)
    with path.with_name(f"{path.name}.rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        told = list(csv.DictReader(file))
    assert [row["row"] for row in told] == [str(number) for number in range(72, 102)]
    assert {row["field"] for row in told} == {"occurred_at", "total", "phone", "order_id"}
    assert told[0]["reason"].startswith("'yesterday' is not a time; write for example")
    assert told[0]["order_id"] == "t0"


def test_an_order_with_one_bad_line_is_rejected_whole(shop: Shop) -> None:
    path = shop.file(
        [
            dana("o1", "2026-02-01", 100, sku="A", unit_price=40),
            dana("o2", "2026-02-01", 100),
            dana("o1", "2026-02-01", 100, sku="B", unit_price="sixty"),
        ]
    )
    counts = shop.takes(Asked(path))
    assert (counts.added, counts.rejected) == (1, 2)
    with path.with_name(f"{path.name}.rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        told = [(row["row"], row["field"], row["reason"]) for row in csv.DictReader(file)]
    assert told[0] == ("2", "order_id", "its order is rejected: unit_price in row 4")
    assert told[1][:2] == ("4", "unit_price")


def test_rows_that_tell_different_totals_are_rejected_with_both(shop: Shop) -> None:
    with pytest.raises(NothingAcceptable, match="none of the 2 rows"):
        shop.imports(dana("o1", "2026-02-01", 100, sku="A"), dana("o1", "2026-02-01", "120.50", sku="B"))
    rejects = next(shop.home.glob("*.rejected.csv")).read_text(encoding="utf-8-sig")
    assert "different totals (100.0 and 120.5)" in rejects
    assert shop.asks("SELECT count(*) FROM event") == [(0,)]


def test_an_unreadable_phone_costs_the_phone_and_not_the_order(shop: Shop) -> None:
    counts = shop.imports(order("o1", "2026-02-01", 100, phone="05-oops", email="dana@dana.co.il"))
    assert (counts.added, counts.rejected, counts.unreadable) == (1, 0, 1)
    assert [str(known.identifier) for known in shop.customer("dana@dana.co.il").identifiers] == [
        "email:dana@dana.co.il"
    ]


def test_amounts_of_another_currency_are_not_mixed_in(shop: Shop) -> None:
    path = shop.home / "usd.csv"
    path.write_text(
        "order_id,date,phone,total,currency\n1,2026-02-01,0521234567,10,USD\n2,2026-02-01,0521234567,10,NIS\n"
    )
    counts = shop.takes(Asked(path))
    assert (counts.added, counts.rejected) == (1, 1)


def test_the_hour_that_the_clock_skips_and_the_one_it_repeats(shop: Shop) -> None:
    """ISR-13: the brand's wall clock; 2026-03-27 02:30 does not exist, 2025-10-26 01:30 comes twice."""
    shop.imports(
        dana(1, "2026-03-27 02:30", 1), dana(2, "2025-10-26 01:30", 1), dana(3, "2025-07-01T10:00:00Z", 1),
        dana(4, "2025-07-01 10:00", 1), now=at("2026-04-01"),
    )  # fmt: skip
    times = {each.order_id: each.occurred_at for each in shop.customer("0521234567").orders}
    assert times == {
        "1": at("2026-03-27T03:00"), "2": at("2025-10-26T01:30+03:00"), "3": at("2025-07-01T13:00"),
        "4": at("2025-07-01T10:00"),
    }  # fmt: skip


def test_a_house_account_never_becomes_a_customer(shop: Shop) -> None:
    """ISR-11: fifty receipts in a day, or more than twenty cards, are nobody's; no 333 arises, now or at the till."""
    busy = [order(f"b{n}", f"2026-02-01 {9 + n // 60:02d}:{n % 60:02d}", 50, customer_id="1001") for n in range(60)]
    spread = [order(f"s{n}", f"2026-01-{n + 1:02d}", 50, customer_id="1002", club_card=f"C{n}") for n in range(25)]
    counts = shop.imports(*busy, *spread, dana("o1", "2026-02-01", 100))
    assert (counts.anonymous, counts.house_accounts, counts.customers_new) == (85, 2, 1)
    assert [each.scores.cell for each in shop.everybody() if not each.house] == [311]
    assert shop.asks("SELECT count(*), sum(net)::bigint FROM purchase WHERE customer_id IS NULL") == [(85, 425_000)]
    counts = shop.imports(order("b99", "2026-02-20", 50, customer_id="1001"))
    assert counts.customers_new == 0
    assert shop.asks("SELECT customer_id FROM purchase WHERE order_id = 'b99'") == [(None,)]


def test_a_customer_who_turns_out_to_be_a_house_account_loses_its_orders(shop: Shop) -> None:
    """ISR-11."""
    shop.imports(*[order(n, f"2026-01-{n:02d}", 500, customer_id="1001") for n in range(1, 9)])
    (before,) = shop.everybody()
    assert before.scores.cell == 233
    busy = [order(f"b{n}", f"2026-02-01 {9 + n // 60:02d}:{n % 60:02d}", 50, customer_id="1001") for n in range(60)]
    shop.imports(*busy)
    (after,) = shop.everybody()
    assert (after.house, after.scores.cell, after.orders) == (True, 0, [])
    assert shop.asks("SELECT count(*) FROM purchase WHERE customer_id IS NOT NULL") == [(0,)]
    told = decisions.of_customer(shop.connection, shop.plan.brand.id, after.id)
    assert any(isinstance(each, HouseFlagged) for each in told)


def test_a_shared_phone_is_evidence_for_nobody(shop: Shop) -> None:
    """ISR-10: a phone of more than twenty cards, and an obviously made-up one."""
    rows = [order(n, f"2026-02-01 10:{n:02d}", 50, phone="052-7654321", club_card=f"C{n}") for n in range(25)]
    rows += [order(f"h{n}", "2026-02-02", 50, phone="0500000000", email=f"p{n}@mail.co.il") for n in range(30)]
    counts = shop.imports(*rows, order("alone", "2026-02-03", 50, phone="0527654321"))
    assert (counts.customers_new, counts.anonymous) == (55, 1)
    assert shop.asks("SELECT shared FROM identifier WHERE value = '+972527654321'") == [(True,)]


def test_a_family_that_shares_a_phone_stays_apart(shop: Shop) -> None:
    shop.imports(
        order(1, "2026-02-01", 50, phone="0527654321", email="yossi@a.co.il", first_name="יוסי"),
        order(2, "2026-02-02", 50, phone="0527654321", email="ruth@a.co.il", first_name="רות"),
    )
    assert len(shop.everybody()) == 2


def test_an_import_moves_known_customers_silently_and_says_why(shop: Shop) -> None:
    """History never triggers a playbook; a first score is no move, a changed one has the cause `import`."""
    shop.imports(dana("o1", "2026-02-01", 100))
    (who,) = shop.everybody()
    assert list(decisions.of_customer(shop.connection, shop.plan.brand.id, who.id)) == []
    shop.imports(dana("o2", "2026-02-10", 5000), now=at("2026-03-02"))
    moved = [each for each in decisions.of_customer(shop.connection, shop.plan.brand.id, who.id)
             if isinstance(each, ScoreMoved) and each.at == at("2026-03-02")]  # fmt: skip
    assert {(each.axis, each.before, each.after, each.cause) for each in moved} == {
        ("f", 1, 2, "import"), ("m", 1, 3, "import")
    }  # fmt: skip
    assert shop.asks("SELECT count(*) FROM message") == [(0,)]


def test_orders_that_show_two_customers_to_be_one_merge_them(shop: Shop) -> None:
    """DAT-03: customers of the database go through the same records as live."""
    shop.imports(order(1, "2026-01-01", 100, email="dana@dana.co.il"), dana(2, "2026-01-02", 200))
    assert len(shop.everybody()) == 2
    counts = shop.imports(dana(3, "2026-01-03", 300, email="dana@dana.co.il"), now=at("2026-03-02"))
    assert counts.merged == 1
    (one,) = shop.everybody()
    assert [each.net for each in one.orders] == [10_000, 20_000, 30_000]
    assert shop.asks("SELECT count(DISTINCT customer_id) FROM purchase") == [(1,)]
    assert shop.asks("SELECT kind FROM merge") == [("merge",)]


def test_newcomers_taken_in_fast_are_the_same_as_one_after_the_other(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fast way for people nobody knew, and the careful way, write the same."""
    rows = [
        dana("a1", "2026-01-05 10:00", 200, sold_via="pos", club_card="C1", first_name="Dana", sku="X", unit_price=200),
        order("a2", "2026-01-06 10:00", 300, email="dana@x.co.il", phone="0521234567", first_name="דנה"),
        order("a3", "2026-01-07 10:00", 300, email="dana@x.co.il", customer_id="S1"),
        order("b1", "2026-01-05 11:00", 20, phone="0527654321", club_card="C2", status="cancelled"),
        order("b2", "2026-01-08 11:00", 20, phone="0527654321", club_card="C3"),
        order("c1", "2026-01-09", 20, email="rina@mail.co.il"), order("c2", "2026-01-10", 5, refund_of="c1"),
        order("d1", "2026-01-09", 20), order("e1", "2026-01-11", 20, phone="0500000000"),
    ]  # fmt: skip
    kept = dict.fromkeys(("event", "purchase", "identifier", "seen", "sale", "membership", "customer"), "*")
    kept["merge"] = "survivor, other, kind, at, evidence, event_id, identifiers"
    state = {}
    for way in ("fast", "careful"):
        shop.imports(*rows)
        state[way] = {
            table: sorted(map(repr, shop.asks(f"SELECT {what} FROM {table}"))) for table, what in kept.items()
        }
        for table in kept:
            shop.connection.execute(f"DELETE FROM {table}")

        def refuse(*_: object) -> None:
            raise psycopg.errors.UniqueViolation

        monkeypatch.setattr(import_batches, "take_newcomers", refuse)
    assert state["fast"] == state["careful"]


def test_columns_told_by_hand_are_kept_for_the_source(shop: Shop) -> None:
    path = shop.home / "till.csv"
    path.write_text("Beleg;Wann;Tel;Summe\n1;1.3.2026 09:00;0521234567;12,50\n", encoding="utf-8")
    told = {"order_id": "Beleg", "occurred_at": "Wann", "phone": "Tel", "total": "Summe"}
    with pytest.raises(MappingError, match=r"no column was found for order_id.*The file has: Beleg"):
        shop.takes(Asked(path, source="till"))
    assert shop.takes(Asked(path, source="till", mapping=told)).added == 1
    assert shop.takes(Asked(path, source="till")).repeated == 1
    with pytest.raises(MappingError):
        shop.takes(Asked(path, source="other"))
    assert [each.sold_via for each in shop.customer("0521234567").orders] == [SoldVia.POS]


def test_a_file_without_rows_or_without_a_good_one_says_so(shop: Shop) -> None:
    with pytest.raises(NothingAcceptable, match="a header and no rows"):
        shop.imports()
    with pytest.raises(NothingAcceptable, match=r"none of the 1 rows.*rejected.csv"):
        shop.imports(dana("o1", "never", 1))


def test_nothing_is_left_behind_in_the_data_folder(shop: Shop) -> None:
    shop.imports(dana("o1", "2026-02-01", 100))
    left = shop.home / "imports" / "run-7"
    left.mkdir(parents=True)
    (left / "lock").touch()
    shop.imports(dana("o2", "2026-02-01", 100))
    assert list((shop.home / "imports").iterdir()) == []


def test_dat_08_a_refund_that_came_before_the_file_with_its_sale_reaches_the_customer(shop: Shop) -> None:
    """A return slip names the receipt alone, and is told at once; the sale comes with the evening's file."""
    early = happened("pos", "slip", RefundTold("881", "r1", 10_000), occurred_at=NOW, received_at=NOW)
    accept(shop.connection, shop.plan.brand.id, [early])
    react_to_inbox(shop.connection, shop.plan, NOW)
    sale: Cells = {"order_id": "881", "occurred_at": "2026-02-27 12:00", "phone": "052-1234567", "total": "300"}
    shop.imports(sale, source="pos")
    (order,) = shop.customer("052-1234567").orders
    assert (order.total, order.net) == (30_000, 20_000)
    assert shop.customer("052-1234567").scores.spend == 20_000
    rows = shop.connection.execute("SELECT net FROM purchase").fetchall()
    owners = shop.connection.execute("SELECT count(*) FROM event WHERE customer_id IS NULL").fetchall()
    left = shop.connection.execute("SELECT count(*) FROM loose_event").fetchall()
    assert (rows, owners, left) == ([(20_000,)], [(0,)], [(0,)])
    shop.imports(sale, source="pos")
    assert shop.customer("052-1234567").orders == [order], "once"


def test_seg_19_a_file_may_say_for_whom_an_order_was(shop: Shop) -> None:
    """A phone in any spelling is the reference that relations use; an empty cell is the buyer's own order."""
    path = shop.home / "for-whom.csv"
    path.write_text(
        "order_id,occurred_at,phone,total,עבור\n1,2026-02-01,052-1234567,50,050-7654321\n"
        "2,2026-02-02,052-1234567,60,\n3,2026-02-03,052-1234567,70,M-17\n",
        encoding="utf-8",
    )
    assert shop.takes(Asked(path)).added == 3
    told = {each.order_id: each.beneficiary for each in shop.customer("052-1234567").orders}
    assert told == {"1": "phone:+972507654321", "2": "", "3": "M-17"}
    assert shop.takes(Asked(path)).added == 0

"""`ritorno needs`, `inferences`, `relations`, and what of them the card shows (SEG-18, SEG-19, COM-30)."""

from pathlib import Path

import psycopg
import pytest

from ritorno.core.events import Body, Line, OrderTold, RelationTold, Role, SoldVia, TraitsTold, happened
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.plan import Plan
from ritorno.store import definitions
from ritorno.store.connection import connect
from ritorno.testing import at
from ritorno.work.accept import accept
from ritorno.work.plans import Plans
from ritorno.work.react import react_to_inbox
from ritorno.work.replan import replan
from tests.cli.conftest import NOW, Run, Told

LATER = at("2026-03-02T10:00")
C, D = "052-1234561", "052-1234562"


@pytest.fixture
def connection(database: str):  # type: ignore[no-untyped-def]
    with connect(database, autocommit=True) as opened:
        yield opened


def tells(connection: psycopg.Connection, plan: Plan, body: Body, when: str, phone: str = C) -> None:
    who = (normalise(Kind.PHONE, phone),)
    told = happened("shop", f"{when} {phone}", body, occurred_at=at(when), received_at=at(when), identifiers=who)
    accept(connection, plan.brand.id, [told])
    _react(connection, plan)


def _react(connection: psycopg.Connection, plan: Plan) -> None:
    standing = Plans().named(connection, plan.brand.key)
    while react_to_inbox(connection, standing, LATER).events:
        pass


def buys(connection: psycopg.Connection, plan: Plan, when: str, sku: str, category: str) -> None:
    line = Line(sku, category=category, unit_price=5_000)
    tells(connection, plan, OrderTold(f"o {when}", 5_000, "ILS", SoldVia.ONLINE, lines=(line,)), when)


def refused(run: Run, *arguments: str) -> str:
    return " ".join(run(*arguments, code=1).split())


def test_seg_18_what_she_bought_for_a_need_is_on_the_card_and_in_a_segment(
    run: Run, told: Told, connection: psycopg.Connection, plan: Plan
) -> None:
    made = told("needs", "define", "comfort", "--he", "יובש ונוחות", "--en", "Dryness", "--category", "ספיגה")
    assert made == {
        "key": "comfort", "name": {"he": "יובש ונוחות", "en": "Dryness"}, "categories": ["ספיגה"], "skus": [],
        "version": 1,
    }  # fmt: skip
    told("segments", "save", "dry", "need comfort", "--he", "נענו", "--en", "Served")
    assert told("customer", "show", C)["needs"] == []
    buys(connection, plan, "2026-02-25T10:00", "P1", "ספיגה")
    (need,) = told("customer", "show", C)["needs"]
    assert (need["need"], need["orders"], need["words"]) == ("comfort", 1, "צורך שנענה: יובש ונוחות (קניות: 1)")
    assert "צורך שנענה: יובש ונוחות" in run("customer", "show", C)
    replan(connection, Plans().named(connection, "default"), NOW)
    assert "dry" in told("customer", "show", C)["segments"]
    assert told("needs", "define", "comfort", "--sku", "P2")["version"] == 2
    assert told("needs", "define", "comfort")["version"] == 2
    assert "category ספיגה" in run("needs", "list")
    assert told("needs", "list")["needs"][0]["skus"] == ["P2"]
    assert "segment dry asks for it; change that rule first" in refused(run, "needs", "retire", "comfort")
    assert "did you mean comfort?" in refused(run, "needs", "retire", "comfrt")
    told("segments", "remove", "dry")
    assert told("needs", "retire", "comfort") == {"retired": "comfort"}
    assert told("customer", "show", C)["needs"] == []


def test_a_need_that_nothing_answers_is_refused(run: Run) -> None:
    assert "nothing answers it; name categories or products" in refused(run, "needs", "define", "comfort")
    assert "a key is a letter" in refused(run, "needs", "define", "1x", "--sku", "A")


def test_com_30_diapers_let_expect_an_infant_and_a_told_no_wins(
    run: Run, told: Told, connection: psycopg.Connection, plan: Plan
) -> None:
    run("traits", "define", "has_infant", "--kind", "yes_no", "--he", "יש תינוק", "--en", "Has an infant")
    made = told("inferences", "define", "diapers", "--when", 'bought sku "D1"', "--trait", "has_infant",
                "--confidence", "0.9")  # fmt: skip
    assert (made["when"], made["value"], made["drawn"], made["version"]) == ('bought sku "D1"', True, True, 1)
    buys(connection, plan, "2026-02-25T10:00", "D1", "תינוקות")
    card = told("customer", "show", C)
    assert "has_infant" not in card["traits"]
    assert card["inferred"] == [
        {"trait": "has_infant", "value": True, "confidence": 0.9, "because": "diapers",
         "words": "משוער: יש תינוק: כן (ודאות 90%)"},
    ]  # fmt: skip
    assert "estimated: Has an infant: yes (confidence 90%)" in run("customer", "show", C, "--language", "en")
    tells(connection, plan, TraitsTold({"has_infant": False}), "2026-02-26T10:00")
    card = told("customer", "show", C)
    assert (card["traits"]["has_infant"], card["inferred"]) == (False, [])


def test_com_30_a_sensitive_trait_is_inferred_only_where_somebody_approved(run: Run, told: Told) -> None:
    run("traits", "define", "expecting", "--kind", "yes_no", "--sensitive")
    asked = ("inferences", "define", "folic", "--when", 'bought sku "F1"', "--trait", "expecting")
    assert "expecting is sensitive, so it is not inferred unless somebody approves" in refused(run, *asked)
    assert told(*asked, "--approve", "Noa")["approved_by"] == "Noa"
    assert told("inferences", "define", "folic")["approved_by"] == "Noa"
    assert "expecting is sensitive" in refused(run, "inferences", "define", "folic", "--confidence", "0.8")
    run("traits", "define", "late", "--kind", "yes_no")
    run("inferences", "define", "later", "--when", "bought", "--trait", "late")
    run("traits", "define", "late", "--sensitive")
    drawn = {each["key"]: each["drawn"] for each in told("inferences", "list")["inferences"]}
    assert drawn == {"folic": True, "later": False}
    assert "nobody: not drawn" in run("inferences", "list")


def test_an_inference_is_refused_by_what_would_be_right(run: Run, told: Told) -> None:
    def define(*arguments: str) -> str:
        return refused(run, "inferences", "define", "x", *arguments)

    assert "says of whom (--when RULE) it infers what (--trait NAME)" in define("--trait", "t")
    assert "column" in define("--when", "bough sku A", "--trait", "t")
    assert "drawn from what was bought and done alone" in define("--when", "trait city = a", "--trait", "t")
    assert "drawn from what was bought and done alone" in define("--when", "not segment a", "--trait", "t")
    assert "did sum_of" not in define("--when", "did a within 900d", "--trait", "t")
    run("traits", "define", "n", "--kind", "number")
    assert "--value" in define("--when", "bought", "--trait", "n", "--value", "many")
    assert "write a number" in define("--when", "bought", "--trait", "n")
    assert told("inferences", "define", "x", "--when", "bought", "--trait", "n", "--value", "3")["value"] == 3
    run("segments", "save", "three", "inferred n = 3", "--he", "א", "--en", "B")
    assert "segment three asks for it" in refused(run, "inferences", "retire", "x")
    run("inferences", "define", "y", "--when", "bought", "--trait", "n", "--value", "4")
    assert told("inferences", "retire", "x") == {"retired": "x"}
    assert "no inference 'x' is defined" in refused(run, "inferences", "retire", "x")


def test_seg_19_each_side_of_a_relation_is_on_the_others_card(
    run: Run, told: Told, connection: psycopg.Connection, plan: Plan
) -> None:
    said = told("relations", "tell", C, D, "--role", "child", "--he", "אבא", "--en", "your father")
    assert (said["beneficiary"], said["ended"]) == ("phone:+972521234562", False)
    _react(connection, plan)
    rina, moshe = told("customer", "show", C), told("customer", "show", D)
    (relation,) = rina["buys_for"]
    assert (relation["role"], relation["label"]["en"], relation["customer"]) == (
        "child",
        "your father",
        moshe["customer"],
    )
    assert moshe["bought_for_by"] == [{"customer": rina["customer"], "role": "child"}]
    assert moshe["buys_for"] == rina["bought_for_by"] == []
    assert "קונה בשביל אבא, בתור בן או בת" in run("customer", "show", C)
    assert "buys for this one, as a son or daughter" in run("customer", "show", D, "--language", "en")
    assert told("relations", "list", D)["bought_for_by"] == moshe["bought_for_by"]
    assert "קונה בשביל אבא" in run("relations", "list", C)
    assert "קונה בשבילו" in run("relations", "list", D)
    definitions.set_clock(connection, plan.brand.id, LATER)
    run("relations", "tell", C, D, "--role", "child", "--ended")
    _react(connection, plan)
    assert told("relations", "list", D) == {"buys_for": [], "bought_for_by": []}


def test_a_beneficiary_may_be_known_by_a_number_of_the_shop(
    told: Told, connection: psycopg.Connection, plan: Plan
) -> None:
    tells(connection, plan, RelationTold("M-17", Role.CAREGIVER), "2026-02-01T10:00")
    assert told("relations", "list", C)["buys_for"][0]["customer"] is None
    card = (normalise(Kind.PHONE, D), normalise(Kind.SHOP_ID, "M-17", namespace="shop"))
    event = happened("shop", "m", TraitsTold({}), occurred_at=NOW, received_at=NOW, identifiers=card)
    accept(connection, plan.brand.id, [event])
    _react(connection, plan)
    assert told("relations", "list", C)["buys_for"][0]["customer"] == told("customer", "show", D)["customer"]
    assert [each["role"] for each in told("relations", "list", D)["bought_for_by"]] == ["caregiver"]


def test_a_relation_is_refused_by_what_would_be_right(run: Run) -> None:
    assert "is the customer's own; name somebody else" in refused(run, "relations", "tell", C, C, "--role", "child")
    assert "the beneficiary is empty" in refused(run, "relations", "tell", C, " ", "--role", "child")
    assert "nobody is known by" in refused(run, "relations", "tell", "052-9999999", D, "--role", "child")
    assert "nobody is known by" in refused(run, "relations", "list", "052-9999999")


def test_many_relations_are_told_by_a_file(
    run: Run, told: Told, connection: psycopg.Connection, plan: Plan, tmp_path: Path
) -> None:
    path = tmp_path / "relations.csv"
    path.write_text(
        f"customer,beneficiary,role,he,ended\n{C},{D},child,אבא,\n{D},ruth,caregiver,,no\n052-9,x,child,,\n"
        f"{C},x,dauhgter,,\n{C},x,child,,perhaps\n",
        encoding="utf-8",
    )
    found = told("relations", "import", str(path))
    assert found["told"] == 2
    assert [each["row"] for each in found["rejected"]] == [4, 5, 6]
    reasons = " ".join(each["reason"] for each in found["rejected"])
    assert "nobody is known by '052-9'" in reasons
    assert "role is 'dauhgter'; write one of child, parent" in reasons
    assert "ended is 'perhaps'; write yes or no" in reasons
    _react(connection, plan)
    assert told("relations", "list", C)["buys_for"][0]["label"]["he"] == "אבא"
    assert told("relations", "list", D)["buys_for"][0]["beneficiary"] == "ruth"
    assert "row 4: nobody is known by" in run("relations", "import", str(path))
    path.write_text("customer,role\n", encoding="utf-8")
    assert "there is no column beneficiary" in refused(run, "relations", "import", str(path))
    path.write_bytes(b"customer,beneficiary,role\n\xff\xfe,,\n")
    assert "cannot be read as CSV in UTF-8" in refused(run, "relations", "import", str(path))

"""`ritorno import` as people type it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ritorno.cli import imports
from ritorno.cli.app import cli

Run = Callable[..., Result]
assert imports.import_group.name in cli.commands


@pytest.fixture
def run(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("RITORNO_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(cli, arguments)

    assert invoke("init", "--name", "אלמוג").exit_code == 0
    return invoke


def test_orders_come_in_and_the_last_line_says_what_became_of_them(run: Run, tmp_path: Path) -> None:
    rows = ('מספר קבלה;תאריך;טלפון;סה"כ;סניף', "1;1.2.2026 10:00;052-1234567;99.90;איילון", "2;גם;052-1234567;1;איילון")
    (tmp_path / "till.csv").write_bytes("\n".join(rows).encode("cp1255"))
    done = run("import", "orders", "till.csv", "--source", "pos", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout.strip().splitlines()[-1])
    assert (told["rows"], told["orders"], told["rejected"], told["customers"]) == (2, 1, 1, {"new": 1, "known": 0})
    assert told["rejects"] == "till.csv.rejected.csv"
    scores = json.loads(run("rfm", "--json").stdout.strip().splitlines()[-1])
    assert scores["customers"] == 1


def test_the_mapping_is_shown_with_three_rows_and_nothing_is_imported(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Order ID,Date,Phone,Total,Note\n7,2026-02-01,0521234567,5,hello\n")
    shown = run("import", "orders", "a.csv", "--show-mapping")
    assert shown.exit_code == 0
    assert "order_id" in shown.stdout
    assert "Order ID" in shown.stdout
    assert "0521234567" in shown.stdout
    told = json.loads(run("import", "orders", "a.csv", "--show-mapping", "--json").stdout)
    assert told["fields"]["occurred_at"] == "Date"
    assert told["others"] == ["Note"]
    assert told["samples"]["Order ID"][0] == "7"
    assert json.loads(run("import", "orders", "a.csv", "--json").stdout)["orders"] == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nothing.csv",), "does not exist"),
        (("bare.csv",), "no column was found for order_id"),
        (("bare.csv", "--map", "order=a"), "write FIELD=COLUMN"),
        (("bare.csv", "bare.csv", "--rejects", "r.csv"), "--rejects names one file"),
        (("bare.csv", "--as-of", "yesterday"), "is not a time"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    (tmp_path / "bare.csv").write_text("a,b\n1,2\n")
    refused = run("import", "orders", *arguments)
    assert refused.exit_code == 1
    assert told in refused.output
    assert "Traceback" not in refused.output


def test_customers_products_and_consents_come_in_by_the_same_options(run: Run, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("phone,city\n0521234567,Haifa\n")
    (tmp_path / "p.csv").write_text("sku,name,price\nA,Apple,1\n")
    (tmp_path / "k.csv").write_text("phone,channel,given\n0521234567,sms,yes\n")
    told = {kind: json.loads(run("import", kind, f"{kind[0] if kind != 'consents' else 'k'}.csv", "--json").stdout)
            for kind in ("customers", "products", "consents")}  # fmt: skip
    assert told["customers"]["events"] == 1
    assert told["products"]["products"] == 1
    assert (told["consents"]["consents"], told["consents"]["unproven"]) == (1, 1)
    assert "claims without proof" in run("import", "consents", "k.csv").output


LOOK = '{"id": "v1", "event": "product_viewed", "at": "2026-02-14", "phone": "0521234567", "properties": {"sku": "A1"}}'


def test_events_come_in_once_and_a_bad_line_refuses_the_whole_file_by_its_number(run: Run, tmp_path: Path) -> None:
    (tmp_path / "e.jsonl").write_text(f"{LOOK}\n{LOOK.replace('v1', 'v2')}\n", encoding="utf-8")
    told = json.loads(run("import", "events", "e.jsonl", "--source", "site", "--json").stdout.strip().splitlines()[-1])
    assert (told["kind"], told["rows"], told["events"], told["customers"]["new"]) == ("events", 2, 2, 1)
    again = run("import", "events", "e.jsonl", "--source", "site")
    assert "2  told before" in again.stdout
    (tmp_path / "bad.jsonl").write_text(f"{LOOK.replace('v1', 'v3')}\n{LOOK.replace('0521234567', '')}\n")
    refused = run("import", "events", "bad.jsonl")
    assert refused.exit_code == 1
    assert "bad.jsonl line 2: nothing tells whose event this is" in " ".join(refused.output.split())
    (tmp_path / "bad.jsonl").write_text(LOOK.replace("v1", "v3"))
    assert json.loads(run("import", "events", "bad.jsonl", "--json").stdout)["events"] == 1, "nothing was half done"
    missing = run("import", "events", "none.jsonl")
    assert missing.exit_code == 1
    assert "none.jsonl: No such file or directory; give a file that can be read" in " ".join(missing.output.split())

"""`ritorno segments count|members|sample|overlap|breakdown`: asked of everyone, fresh to the last reaction."""

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ritorno.cli import cli
from ritorno.core.events import SoldVia, TraitsTold
from ritorno.settings import Settings
from tests.web.shop import Shop, open_shop

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
Asked = Callable[..., dict[str, Any]]
CITIES = ("חיפה", "חיפה", "יפו", "=1+1")


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[Shop]:
    """Four customers; two bought at the till in January, one has bought twice."""
    with open_shop(Settings(tmp_path / "home", database)) as opened:
        for number, city in enumerate(CITIES):
            opened.buy("2025-11-01T10:00", 300, phone=phone(number))
            opened.tell(TraitsTold({"city": city, "first_name": f"n{number}"}), "2025-11-02T10:00", phone=phone(number))
        opened.buy("2026-01-10T10:00", 500, phone=phone(0), via=SoldVia.POS)
        opened.buy("2026-01-20T10:00", 500, phone=phone(2), via=SoldVia.POS)
        opened.clock("2026-02-01T10:00")
        yield opened


def phone(number: int) -> str:
    return f"052-22200{number:02}"


@pytest.fixture
def asked(shop: Shop, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Asked:
    monkeypatch.setenv("RITORNO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DATABASE_URL", database)

    def runs(*arguments: str) -> dict[str, Any]:
        result = CliRunner().invoke(cli, ["segments", *arguments, "--json"])
        assert result.exit_code == 0, result.output
        told: dict[str, Any] = json.loads(result.output.splitlines()[-1])
        return told

    return runs


def test_seg_10_a_rule_is_counted_now_and_as_it_stood(asked: Asked) -> None:
    told = asked("count", 'bought sold_via pos within 30d and trait city = "חיפה"')
    assert (told["customers"], told["of"], told["as_of"]) == (1, 4, "2026-02-01T10:00:00+02:00")
    assert asked("count", "bought sold_via pos", "--as-of", "2026-01-15")["customers"] == 1
    several = asked("count", "bought sold_via pos", "everyone", "bought at least 3")
    assert [row["customers"] for row in several["counts"]] == [2, 4, 0]


def test_what_has_just_been_told_is_counted(shop: Shop, asked: Asked) -> None:
    assert asked("count", "bought sold_via pos")["customers"] == 2
    shop.buy("2026-02-01T11:00", 90, phone=phone(3), via=SoldVia.POS)
    assert asked("count", "bought sold_via pos")["customers"] == 3


def test_members_come_page_by_page_and_whole_to_a_file(asked: Asked, tmp_path: Path) -> None:
    first = asked("members", "everyone", "--most", "3")
    rest = asked("members", "everyone", "--most", "3", "--after", first["after"])
    ids = [int(row["customer"]) for row in first["customers"] + rest["customers"]]
    assert (ids, rest["after"]) == (sorted(set(ids)), None)
    assert len(ids) == 4
    out = tmp_path / "everyone.csv"
    assert asked("members", "everyone", "--out", str(out))["customers"] == 4
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["phone"] for row in rows} == {f"+9725222200{number:02}" for number in range(4)}
    assert not list(tmp_path.glob("*.part"))


def test_a_sample_is_the_same_every_time(asked: Asked) -> None:
    one = asked("sample", "everyone", "--most", "2")
    assert one == asked("sample", "everyone", "--most", "2")
    assert len(one["customers"]) == 2


def test_overlaps_and_breakdowns(asked: Asked) -> None:
    told = asked("overlap", "bought sold_via pos", 'trait city = "חיפה"')
    (pair,) = told["overlaps"]
    assert (pair["both"], pair["either"]) == (1, 3)
    cities = asked("breakdown", "everyone", "--by", "trait:city")["parts"]
    assert {part["value"]: part["customers"] for part in cities} == {"חיפה": 2, "יפו": 1, "=1+1": 1}
    assert asked("breakdown", "everyone", "--by", "group")["customers"] == 4
    assert asked("breakdown", "everyone", "--by", "fact:orders")["parts"][0]["value"] in ("1", "2")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["count", "groop risk"], "group"),
        (["breakdown", "everyone", "--by", "colour"], "trait:NAME"),
        (["breakdown", "everyone", "--by", "fact:colour"], "there is no fact 'colour'"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(shop: Shop, asked: Asked, arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(cli, ["segments", *arguments])
    assert result.exit_code == 1
    assert said in result.output

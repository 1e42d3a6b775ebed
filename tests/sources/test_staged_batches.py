"""Batches of whole people, cut and sorted in pieces."""

from pathlib import Path

import pytest

from ritorno.core.instants import zone
from ritorno.sources import staged_batches
from ritorno.sources.columns import map_columns
from ritorno.sources.files import open_sheet
from ritorno.sources.ready import Batch, OrderRow, open_ready, read_batch, read_people
from ritorno.sources.staged_batches import make_batches, own_refunds
from ritorno.sources.staged_orders import Reading, stage_orders
from ritorno.sources.staged_people import mark_known, stage_people
from ritorno.sources.staging import Staging

READING = Reading(zone("Asia/Jerusalem"), "ILS", "IL")


def batches(folder: Path, size: int) -> list[tuple[Batch, list[OrderRow], int]]:
    """Ninety people with three orders each, some linked by a phone, thirty receipts of nobody."""
    rows = ["order_id,date,phone,email,total"]
    for number in range(90):
        rows += [
            f"a{number},2026-01-0{1 + number % 9},05212345{number:02d},,10",
            f"b{number},2026-01-02,,p{number}@m.co.il,5",
        ]
        rows.append(f"c{number},2026-01-03,05212345{number:02d},p{number}@m.co.il,7")
    rows += [f"n{number},2026-01-05,,,1" for number in range(30)]
    path = folder / "orders.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    sheet = open_sheet(path, folder)
    staging = Staging(folder)
    stage_orders(staging, sheet, map_columns("orders", sheet.columns).fields, READING)
    own_refunds(staging)
    stage_people(staging, "owned", READING.tz)
    mark_known(staging, [])
    found = make_batches(staging, size)
    staging.close()
    with open_ready(staging.path) as ready:
        return [(each, read_batch(ready, each), len(read_people(ready, each))) for each in found]


@pytest.mark.parametrize("most", [10**9, 5_000])
def test_people_stay_whole_in_whatever_pieces_the_file_is_sorted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(staged_batches, "SORTED", most)
    found = batches(tmp_path, size=20)
    owners: dict[object, set[int]] = {}
    for number, (batch, rows, people) in enumerate(found):
        assert len(rows) == batch.orders
        assert people == len({row[1] for row in rows})
        persons = [row[0] for row in rows]
        assert [p for i, p in enumerate(persons) if i == 0 or persons[i - 1] != p] == list(dict.fromkeys(persons))
        for place, row in enumerate(rows):
            owners.setdefault(row[0], set()).add(number)
            if place and rows[place - 1][0] == row[0] and row[0] is not None:
                assert rows[place - 1][3] <= row[3]
    orders = [row[2] for _, rows, _ in found for row in rows]
    assert len(orders) == len(set(orders)) == 300
    assert all(len(numbers) == 1 for person, numbers in owners.items() if person is not None)
    assert len(owners) == 91
    assert {batch.kind for batch, _, _ in found} == {"fresh", "nobody"}

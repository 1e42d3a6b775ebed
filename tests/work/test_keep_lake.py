"""The lake says of everyone what their documents say, whatever happens to those who keep it."""

import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ritorno.store import changed
from ritorno.store.connection import connect
from ritorno.store.transaction import transaction
from ritorno.whole import merge_parts
from ritorno.whole.lake import GRACE
from ritorno.whole.manifest import ManifestMoved, NoLake
from ritorno.whole.tables import engine, tables_of
from ritorno.work.keep_lake import keep_lake, rebuild
from tests.work.lakes import NOW, Beside, answered, buyer

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")


@pytest.fixture
def beside(database: str, tmp_path: Path) -> Iterator[Beside]:
    with connect(database, autocommit=True) as connection:
        yield Beside(connection, tmp_path / "lake")


def folders(beside: Beside) -> set[str]:
    return {path.name for path in (Path(beside.url) / str(beside.brand)).iterdir() if path.is_dir()}


def test_a_new_brand_s_lake_says_of_everyone_what_the_documents_say(beside: Beside) -> None:
    beside.save(*(buyer(beside.plan, number, 100, 250) for number in range(1, 8)), buyer(beside.plan, 9))
    with pytest.raises(NoLake, match="ritorno lake build"):
        answered(beside.lake)
    beside.keep()
    assert beside.said() == beside.true()
    assert len(beside.said()["customers"]) == 8
    assert changed.waiting(beside.connection, beside.brand) == 0


def test_an_empty_brand_s_lake_is_empty(beside: Beside) -> None:
    beside.keep()
    assert set(map(len, beside.said().values())) == {0}


def test_what_changes_is_in_after_a_turn_and_hides_what_was(beside: Beside) -> None:
    beside.save(*(buyer(beside.plan, number, 100) for number in range(1, 8)))
    beside.keep()
    beside.save(buyer(beside.plan, 3, 100, 900), buyer(beside.plan, 12, 40))
    assert changed.waiting(beside.connection, beside.brand) == 2
    assert beside.turn().customers == 2
    beside.save(buyer(beside.plan, 3, 70))
    assert beside.turn().customers == 1
    assert beside.said() == beside.true()
    assert beside.lake.standing().changes == 3


def test_whoever_is_merged_away_or_is_nobody_s_account_has_no_rows_any_more(beside: Beside) -> None:
    beside.save(*(buyer(beside.plan, number, 100) for number in range(1, 5)))
    beside.keep()
    beside.merge_away(2, into=1)
    house = buyer(beside.plan, 3, 100)
    house.house = True
    beside.save(house)
    beside.keep()
    assert beside.said() == beside.true()
    assert [row[0] for row in beside.said()["customers"]] == [1, 4]
    beside.compact()
    assert beside.said() == beside.true()


def test_a_turn_takes_in_whole_batches_until_it_has_enough(beside: Beside, monkeypatch: pytest.MonkeyPatch) -> None:
    beside.keep()
    for number in range(1, 7):
        beside.save(buyer(beside.plan, number, 100))
    monkeypatch.setattr("ritorno.work.keep_lake.MOST", 4)
    assert [(kept.customers, kept.is_unfinished) for kept in (beside.turn(), beside.turn(), beside.turn())] == [
        (4, True), (2, False), (0, False),
    ]  # fmt: skip
    assert beside.said() == beside.true()


def test_a_lake_is_built_in_pieces_and_goes_on_where_it_was(beside: Beside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ritorno.work.keep_lake.PIECE", 4)
    monkeypatch.setattr("ritorno.work.keep_lake._BATCH", 2)
    beside.save(*(buyer(beside.plan, number, 100) for number in range(1, 11)))
    assert beside.turn().built == 4
    beside.save(buyer(beside.plan, 2, 800))  # who has been read already
    assert (beside.turn().built, beside.turn().built) == (4, 2)
    beside.keep()
    assert beside.said() == beside.true()
    assert [part.first for part in beside.lake.standing().base] == [1, 5, 9]


def test_a_lake_that_is_built_anew_stands_until_then_and_is_kept_up(
    beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ritorno.work.keep_lake.PIECE", 4)
    monkeypatch.setattr("ritorno.work.keep_lake._BATCH", 2)
    beside.save(*(buyer(beside.plan, number, 100) for number in range(1, 11)))
    beside.keep()
    rebuild(beside.connection, beside.url, beside.plan, NOW)
    beside.turn()
    beside.save(buyer(beside.plan, 1, 5), buyer(beside.plan, 10, 6))
    beside.turn()
    assert beside.said() == beside.true()
    beside.keep()
    assert beside.lake.standing().building is None
    assert beside.said() == beside.true()


@pytest.mark.parametrize("loss", ["folder", "manifest", "older", "another"])
def test_a_lake_that_is_lost_or_not_this_database_s_is_built_anew(beside: Beside, loss: str) -> None:
    beside.save(*(buyer(beside.plan, number, 100) for number in range(1, 5)))
    beside.keep()
    folder, kept = Path(beside.url) / str(beside.brand), Path(beside.url) / "copy"
    if loss == "folder":
        shutil.rmtree(folder)
    elif loss == "manifest":
        (folder / "manifest.json").write_bytes(b"{")
    elif loss == "older":
        shutil.copytree(folder, kept)
    else:
        beside.connection.execute("TRUNCATE customer, changed, lake")
        beside._there.clear()
    beside.save(buyer(beside.plan, 2, 500))
    beside.keep()
    if loss == "older":
        shutil.rmtree(folder)
        kept.rename(folder)
        beside.keep()
    assert beside.said() == beside.true()


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_on_either_side_of_the_manifest_nothing_is_lost_and_nothing_is_half_seen(
    beside: Beside, database: str, moment: str
) -> None:
    beside.save(*(buyer(beside.plan, number, 100) for number in range(1, 5)))
    beside.keep()
    beside.save(buyer(beside.plan, 2, 700), buyer(beside.plan, 8, 1))
    before = beside.said()
    for _ in range(2):
        keeper = [sys.executable, "-m", "tests.work.keep_until_killed", database, beside.url, moment]
        died = subprocess.run(keeper, check=False)
        assert died.returncode == -signal.SIGKILL
    assert beside.said() == (before if moment == "before" else beside.true())
    assert changed.waiting(beside.connection, beside.brand) == 2
    left = folders(beside)
    base = beside.lake.standing().base
    beside.turn(tidy=True)
    assert beside.said() == beside.true()
    assert beside.lake.standing().base == base, "the lake was not built anew"
    assert folders(beside) == {part.name for part in beside.lake.standing().parts}
    if moment == "before":
        assert left - folders(beside), "what the killed one left is swept"


def test_of_two_keepers_at_once_one_has_the_turn(beside: Beside, database: str) -> None:
    beside.save(buyer(beside.plan, 1, 100))
    with connect(database, autocommit=True) as other, transaction(other):
        assert changed.begin_turn(other, beside.brand)
        assert not beside.turn().was_free
    assert beside.turn().was_free


def test_a_keeper_that_lost_its_turn_without_knowing_writes_nothing(beside: Beside) -> None:
    beside.keep()
    stale = beside.lake.standing()
    beside.save(buyer(beside.plan, 1, 100))
    beside.keep()
    with pytest.raises(ManifestMoved):
        beside.lake.replace(stale, replace(stale, next=99))
    assert beside.said() == beside.true()


@pytest.mark.slow
def test_two_keepers_and_a_writer_at_once(beside: Beside, database: str) -> None:
    stop = threading.Event()

    def keep_on() -> None:
        with connect(database, autocommit=True) as connection:
            while not stop.is_set():
                keep_lake(connection, beside.url, beside.plan, NOW, beside.machine)

    keepers = [threading.Thread(target=keep_on) for _ in range(2)]
    for keeper in keepers:
        keeper.start()
    for round_ in range(30):
        beside.save(*(buyer(beside.plan, 1 + (round_ * 7 + each) % 20, 10 + round_) for each in range(3)))
    stop.set()
    for keeper in keepers:
        keeper.join()
    beside.keep()
    assert beside.said() == beside.true()


def test_many_small_parts_are_folded_into_few(beside: Beside) -> None:
    beside.save(*(buyer(beside.plan, number, 100) for number in range(1, 8)))
    beside.keep()
    for round_ in range(merge_parts.MOST_DELTAS + 1):
        beside.save(buyer(beside.plan, 1 + round_ % 5, 10 * round_ + 10))
        beside.turn()
    beside.turn()
    assert len(beside.lake.standing().deltas) == 1
    assert beside.said() == beside.true()


def test_a_lake_merged_into_its_base_says_what_it_said(beside: Beside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ritorno.work.keep_lake.PIECE", 4)
    monkeypatch.setattr("ritorno.work.keep_lake._BATCH", 2)
    monkeypatch.setattr("ritorno.whole.merge_parts.PIECE", 4)
    beside.save(*(buyer(beside.plan, number, 100) for number in range(10, 20)))
    beside.keep()
    beside.save(*(buyer(beside.plan, number, 5) for number in (1, 2, 11, 19, 21, 22, 23, 24, 25, 26, 27)))
    for number in range(14, 18):  # all of one part of the base
        beside.merge_away(number, into=11)
    beside.turn()
    said = beside.said()
    assert said == beside.true()
    beside.compact()
    manifest = beside.lake.standing()
    assert beside.said() == said
    assert manifest.deltas == ()
    assert max(part.customers for part in manifest.base) < 2 * 4
    assert [part.first for part in manifest.base] == sorted(part.first for part in manifest.base)


def test_who_reads_while_parts_are_merged_reads_what_stood(beside: Beside) -> None:
    beside.save(*(buyer(beside.plan, number, 100) for number in range(1, 8)))
    beside.keep()
    beside.save(buyer(beside.plan, 2, 7))
    beside.keep()
    reader = engine("duckdb")
    tables = tables_of(beside.lake, reader)
    beside.compact()
    assert len(beside.lake.standing().retired) == 2
    beside.save(buyer(beside.plan, 5, 8))
    beside.keep()
    assert reader.to_pyarrow(tables.orders.net.sum()).as_py() == 6 * 10_000 + 700
    beside.machine = type(beside.machine)(beside.machine + GRACE)
    beside.turn()
    assert folders(beside) == {part.name for part in beside.lake.standing().parts}
    assert beside.said() == beside.true()


CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("save"), st.integers(1, 9), st.sampled_from([(), (100,), (5, 900), (60_000,)])),
        st.tuples(st.just("merge away"), st.integers(1, 9), st.integers(1, 9)),
        st.tuples(st.sampled_from(["turn", "turn", "turn", "compact", "rebuild", "crash"]), st.just(0), st.just(0)),
    ),
    max_size=25,
)


@pytest.fixture(scope="module")
def many(module_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[Beside]]:
    """A fresh brand of one database for each example."""
    with connect(module_database, autocommit=True) as connection:
        yield (Beside(connection, tmp_path_factory.mktemp("lake"), number) for number in range(1, 10_000))


@given(changes=CHANGES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_changes_in_whatever_order_the_lake_is_as_if_built_now(
    many: Iterator[Beside], changes: list[tuple[str, int, object]]
) -> None:
    beside = next(many)
    with pytest.MonkeyPatch.context() as patch:
        for place, size in (("work.keep_lake.PIECE", 3), ("work.keep_lake._BATCH", 2), ("whole.merge_parts.PIECE", 3),
                            ("whole.merge_parts.MOST_DELTAS", 3), ("whole.merge_parts._FEW", 4)):  # fmt: skip
            patch.setattr(f"ritorno.{place}", size)
        for what, number, more in changes:
            _change(beside, what, number, more)
        beside.keep()
        kept = beside.said()
        assert kept == beside.true()
        rebuild(beside.connection, beside.url, beside.plan, NOW)
        beside.keep()
        assert beside.said() == kept


def _change(beside: Beside, what: str, number: int, more: object) -> None:
    match what:
        case "save":
            assert isinstance(more, tuple)
            beside.save(buyer(beside.plan, number, *more))
        case "merge away":
            assert isinstance(more, int)
            beside.merge_away(number, more)
        case "compact":
            beside.keep()
            beside.compact()
        case "rebuild":
            rebuild(beside.connection, beside.url, beside.plan, NOW)
        case "crash":  # at the commit, with the manifest written
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("ritorno.store.changed.set_mark", _interrupt)
                with pytest.raises(InterruptedError):
                    beside.turn()
        case _:
            beside.turn()


def _interrupt(*_: object) -> None:
    raise InterruptedError

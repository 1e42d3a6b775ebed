"""A model in a file: what is read is what was written; readers have the old one or the new one, never half of one."""

import os
from pathlib import Path

import msgspec
import numpy as np
import pytest

from ritorno.core.instants import DAY, Instant
from ritorno.whole import affinity_file
from ritorno.whole.affinity import Affinity, Bought, Shape, fit, recommend
from ritorno.whole.affinity_file import NoAffinity, Standing, read, write

NOW = Instant(1_000 * DAY)


def model(*skus: str) -> Affinity:
    lines = [(who, sku, NOW - who * DAY, 1) for who in range(1, 8) for sku in skus]
    who, items, at, units = (list(column) for column in zip(*lines, strict=True))
    return fit(who, items, at, units, NOW, Shape(least=1, neighbours=7))


def test_what_is_read_recommends_as_what_was_written(tmp_path: Path) -> None:
    path, one = tmp_path / "new folder" / "affinity.npz", model("א", "b", "c")
    write(one, path)
    back = read(path)
    owned = [Bought("b", Instant(NOW - DAY))]
    assert recommend(back, owned, (), 9, NOW) == recommend(one, owned, (), 9, NOW)
    assert (back.as_of, back.customers, back.shape) == (one.as_of, one.customers, one.shape)
    assert [each.name for each in path.parent.iterdir()] == ["affinity.npz"]


def test_a_model_of_nothing_is_a_model(tmp_path: Path) -> None:
    write(fit([], [], [], [], NOW), tmp_path / "a.npz")
    assert recommend(read(tmp_path / "a.npz"), [], (), 9, NOW) == []


def test_without_a_file_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NoAffinity, match=r"a\.npz: no model has been fitted yet; fit the model anew"):
        read(tmp_path / "a.npz")


def test_what_is_cut_short_changed_or_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    write(model("a", "b"), path)
    whole = path.read_bytes()
    for broken in (b"", b"no archive", whole[: len(whole) // 2]):
        path.write_bytes(broken)
        with pytest.raises(NoAffinity, match=r"cannot be read \(.*\); fit the model anew"):
            read(path)


@pytest.mark.parametrize("part", ["items", "together.shape", "by_item.indices"])
def test_parts_that_do_not_fit_one_another_are_refused(tmp_path: Path, part: str) -> None:
    path = tmp_path / "a.npz"
    write(model("a", "b"), path)
    with np.load(path) as told:
        parts = dict(told)
    wrong = {
        "items": parts["items"][:1],
        "together.shape": np.array([9, 9]),
        "by_item.indices": parts["by_item.indices"] + 100,
    }
    np.savez(path, **(parts | {part: wrong[part]}))
    with pytest.raises(NoAffinity, match="cannot be read"):
        read(path)


def test_a_file_of_another_layout_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.npz"
    write(model("a"), path)
    monkeypatch.setattr(affinity_file, "LAYOUT", 2)
    with pytest.raises(NoAffinity, match="is of layout 1, this is 2; fit the model anew"):
        read(path)


def test_a_write_that_fails_leaves_the_old_model_and_no_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.npz"
    write(model("old"), path)

    def full(descriptor: int) -> None:
        raise OSError(28, "no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        write(model("new"), path)
    assert read(path).items.tolist() == ["old"]
    assert [each.name for each in tmp_path.iterdir()] == ["a.npz"]


def test_what_a_killed_writer_left_is_removed_by_the_next(tmp_path: Path) -> None:
    left = tmp_path / ".a.npz.4711"
    left.write_bytes(b"half of a model")
    write(model("a"), tmp_path / "a.npz")
    assert [each.name for each in tmp_path.iterdir()] == ["a.npz"]


def test_a_server_reads_once_and_again_when_the_job_has_replaced_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    standing = Standing(path)
    with pytest.raises(NoAffinity, match="no model has been fitted yet"):
        standing.model()
    write(model("old"), path)
    first = standing.model()
    assert standing.model() is first
    write(model("new"), path)
    assert standing.model().items.tolist() == ["new"]


def test_a_server_keeps_what_it_has_when_the_file_is_gone_or_broken(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    write(model("old"), path)
    standing = Standing(path)
    first = standing.model()
    path.write_bytes(b"broken")
    assert standing.model() is first
    path.unlink()
    assert standing.model() is first


def test_the_shape_of_a_model_is_plain_data() -> None:
    assert msgspec.json.decode(msgspec.json.encode(Shape(kept=7)), type=Shape) == Shape(kept=7)

"""A model as bytes: what is read is what was written, and anything else is refused with what to do."""

from io import BytesIO

import msgspec
import numpy as np
import pytest

from ritorno.core.instants import DAY, Instant
from ritorno.whole import affinity_packed
from ritorno.whole.affinity import Affinity, Bought, Shape, recommend
from ritorno.whole.affinity_fit import fit
from ritorno.whole.affinity_packed import NoAffinity, pack, unpack

NOW = Instant(1_000 * DAY)


def model(*skus: str) -> Affinity:
    lines = [(who, sku, NOW - who * DAY, 1) for who in range(1, 8) for sku in skus]
    who, items, at, units = (list(column) for column in zip(*lines, strict=True))
    return fit(who, items, at, units, NOW, Shape(least=1, neighbours=7))


def test_what_is_read_recommends_as_what_was_written() -> None:
    one = model("א", "b", "c")
    back = unpack(pack(one))
    owned = [Bought("b", Instant(NOW - DAY))]
    assert recommend(back, owned, (), 9, NOW) == recommend(one, owned, (), 9, NOW)
    assert (back.as_of, back.customers, back.shape) == (one.as_of, one.customers, one.shape)


def test_a_model_of_nothing_is_a_model() -> None:
    assert recommend(unpack(pack(fit([], [], [], [], NOW))), [], (), 9, NOW) == []


def test_what_is_cut_short_or_something_else_is_refused_with_what_to_do() -> None:
    whole = pack(model("a", "b"))
    for broken in (b"", b"no archive", whole[: len(whole) // 2]):
        with pytest.raises(NoAffinity, match=r"cannot be read \(.*\); fit it anew: ritorno recommend fit"):
            unpack(broken)


@pytest.mark.parametrize("part", ["items", "together.shape", "by_item.indices"])
def test_parts_that_do_not_fit_one_another_are_refused(part: str) -> None:
    with np.load(BytesIO(pack(model("a", "b")))) as told:
        parts = dict(told)
    wrong = {
        "items": parts["items"][:1],
        "together.shape": np.array([9, 9]),
        "by_item.indices": parts["by_item.indices"] + 100,
    }
    changed = BytesIO()
    np.savez(changed, **(parts | {part: wrong[part]}))
    with pytest.raises(NoAffinity, match="cannot be read"):
        unpack(changed.getvalue())


def test_a_model_of_another_layout_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = pack(model("a"))
    monkeypatch.setattr(affinity_packed, "LAYOUT", 2)
    with pytest.raises(NoAffinity, match="is of layout 1, this is 2; fit it anew"):
        unpack(packed)


def test_the_shape_of_a_model_is_plain_data() -> None:
    assert msgspec.json.decode(msgspec.json.encode(Shape(kept=7)), type=Shape) == Shape(kept=7)

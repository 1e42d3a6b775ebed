"""Recommendations learnt from everyone: who is alike, what lies together, what sells; with the reason kept."""

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.instants import DAY, Instant
from ritorno.whole.affinity import (
    Affinity,
    Because,
    Bought,
    Shape,
    Share,
    Weights,
    buyers_of,
    complements,
    largest,
    recommend,
    share_of_buyers,
)
from ritorno.whole.affinity_fit import fit

NOW = Instant(1_000 * DAY)
ANY = Shape(least=1)
Line = tuple[int, str, int, int]  # customer, sku, days ago, units


def learn(lines: Iterable[Line], shape: Shape = ANY) -> Affinity:
    rows = list(lines)
    return fit(
        [who for who, *_ in rows],
        [sku for _, sku, *_ in rows],
        [NOW - ago * DAY for _, _, ago, _ in rows],
        [units for *_, units in rows],
        NOW,
        shape,
    )


def bought(*skus: str, ago: int = 1) -> list[Bought]:
    return [Bought(sku, Instant(NOW - ago * DAY)) for sku in skus]


def shown(
    model: Affinity, owned: list[Bought], most: int = 10, seen: Iterable[str] = (), again: bool = False
) -> list[str]:
    return [one.sku for one in recommend(model, owned, frozenset(seen), most, NOW, again=again)]


def two_crowds() -> list[Line]:
    """Thirty buy a machine, capsules and cups; thirty shoes, socks and a belt; every other one of all a bag."""
    lines: list[Line] = []
    for who in range(60):
        goods = ("machine", "capsules", "cups") if who < 30 else ("shoes", "socks", "belt")
        lines += [(who, sku, who % 7 + 1, 1) for sku in (goods if who % 2 else (*goods, "bag"))]
    return lines


def test_customers_like_you_recommend_what_they_bought() -> None:
    model = learn(two_crowds())
    first = recommend(model, bought("machine", "capsules"), (), 1, NOW)[0]
    assert first.sku == "cups"
    assert first.because == Because("similar_customers")


def test_what_lies_in_one_basket_oftener_than_by_chance_is_recommended_with_what_it_was_bought_with() -> None:
    model = learn(two_crowds(), Shape(least=1, new=Weights(similar=0.0, popular=0.1, together=1.0)))
    first = recommend(model, bought("socks"), (), 2, NOW)
    assert [one.sku for one in first] == ["belt", "shoes"]
    assert {one.because for one in first} == {Because("bought_with", "socks")}


def test_pb2_10_whoever_bought_nothing_gets_best_sellers_counted_by_customers_lately() -> None:
    lines = [(who, "steady", 400, 1) for who in range(9)] + [(who, "of late", 2, 1) for who in range(5)]
    lines += [(1, "by one", ago, 50) for ago in range(1, 20)]
    found = recommend(learn(lines), [], (), 10, NOW)
    assert [one.sku for one in found] == ["of late", "by one", "steady"]
    assert {one.because for one in found} == {Because("best_seller")}


def test_what_is_owned_comes_again_only_where_it_is_asked_for() -> None:
    model = learn(two_crowds())
    mine = bought("capsules", "capsules", ago=2) + bought("machine", ago=300)
    assert not {"capsules", "machine"} & set(shown(model, mine))
    first = recommend(model, mine, (), 1, NOW, again=True)[0]
    assert (first.sku, first.because) == ("capsules", Because("bought_before"))


def test_pb2_10_what_was_seen_is_not_shown() -> None:
    model = learn(two_crowds())
    assert "cups" not in shown(model, bought("machine"), seen={"cups", "no such thing"})


def test_complements_are_partners_beyond_chance_and_of_nothing_unknown() -> None:
    model = learn(two_crowds())
    assert [one.sku for one in complements(model, "machine", 9)] == ["capsules", "cups"]
    assert complements(model, "machine", 9)[0].score == pytest.approx(1.0)
    assert complements(model, "unknown", 9) == []


def test_a_pair_seen_twice_by_accident_is_no_complement() -> None:
    lines = two_crowds() + [(70 + n, sku, 1, 1) for n in range(2) for sku in ("rare", "rarer")]
    assert complements(learn(lines), "rare", 9) == []


def test_a_basket_of_everything_says_nothing_of_what_lies_together() -> None:
    lines = [(who, f"sku {n:03}", 1, 1) for who in range(5) for n in range(201)]
    assert learn(lines).together.nnz == 0
    few = [(who, sku, who + 1, 1) for who, sku, *_ in lines if sku < "sku 004"]
    alone = [(10 + n, f"sku {n:03}", 1, 1) for n in range(100)]
    assert learn(few + alone).together.nnz > 0


def test_what_was_given_back_or_is_still_to_come_or_is_rare_teaches_nothing() -> None:
    model = learn([(1, "kept", 1, 1), (2, "back", 1, -1), (3, "none", 1, 0), (4, "later", -1, 1)])
    assert model.items.tolist() == ["kept"]
    assert learn([(who, "twice", 1, 1) for who in (1, 2)], Shape(least=3)).items.tolist() == []


def test_units_of_one_basket_count_once_and_two_lines_of_an_item_too() -> None:
    once = learn([(who, "a", 1, 1) for who in range(5)] + [(9, "b", 1, 1)])
    often = learn([(who, "a", 1, 1) for who in range(5)] + [(9, "b", 1, 99), (9, "b", 1, 3)])
    assert once.popular.tolist() == often.popular.tolist()
    assert learn([(9, "b", 1, 99), (9, "b", 1, 3)], Shape(least=2)).items.tolist() == []


def test_a_shop_without_orders_recommends_nothing() -> None:
    model = learn([])
    assert shown(model, bought("x"), seen={"y"}) == []
    assert complements(model, "x", 3) == []


def test_others_are_compared_with_those_who_bought_last() -> None:
    lines = [(1, "old", 300, 1), (1, "mine", 300, 1), (2, "new", 2, 1), (2, "mine", 2, 1), (3, "x", 5, 1)]
    model = learn(lines, Shape(least=1, panel=1))
    assert model.recent.shape == (1, 4)
    assert shown(model, bought("mine"))[0] == "new"
    assert model.customers == 3


def test_partners_of_an_item_are_bounded() -> None:
    lines = [(who, f"s{n}", who + 1, 1) for who in range(5) for n in range(8)] + [
        (50 + n, f"o{n}", 1, 1) for n in range(90)
    ]
    assert np.diff(learn(lines, Shape(least=1, kept=3)).together.indptr).max() == 3


def test_columns_of_unequal_length_and_fewer_than_none_are_refused() -> None:
    with pytest.raises(ValueError, match=r"columns of unequal length: .*'items': 2"):
        fit([1], ["a", "b"], [1], [1], NOW)
    with pytest.raises(ValueError, match="most is -1; give"):
        recommend(learn([]), [], (), -1, NOW)


skus = st.sampled_from("abcdefgh")
made = st.lists(st.tuples(st.integers(0, 9), skus, st.integers(0, 50), st.integers(1, 3)), max_size=60)


@given(made, st.lists(st.tuples(skus, st.integers(-3, 90))), st.frozensets(skus), st.integers(0, 9), st.booleans())
def test_never_what_is_owned_or_seen_the_best_first_and_each_once(
    lines: list[Line], mine: list[tuple[str, int]], seen: frozenset[str], most: int, again: bool
) -> None:
    owned = [Bought(sku, Instant(NOW - ago * DAY)) for sku, ago in mine]
    found = recommend(learn(lines), owned, seen, most, NOW, again=again)
    names = [one.sku for one in found]
    assert len(names) == len(set(names)) <= most
    assert not seen & set(names)
    assert again or not {one.sku for one in owned} & set(names)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert all(one.because.sku is None or one.because.sku in dict(mine) for one in found)


@given(made, st.randoms(use_true_random=False), st.lists(skus, unique=True))
def test_the_same_purchases_in_any_order_give_the_same_recommendations(
    lines: list[Line], chance: object, mine: list[str]
) -> None:
    shuffled = list(lines)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = learn(lines), learn(shuffled)
    assert recommend(one, bought(*mine), (), 9, NOW) == recommend(other, bought(*mine), (), 9, NOW)


@given(st.lists(st.integers(-2, 4)), st.integers(0, 6))
def test_the_largest_are_those_of_a_plain_sort(values: list[int], most: int) -> None:
    plain = sorted((-value, at) for at, value in enumerate(values) if value > 0)[:most]
    assert largest(np.array(values, np.float32), most).tolist() == [at for _, at in plain]


def test_pb3_06_of_twenty_buyers_of_a_machine_twelve_bought_capsules() -> None:
    lines = [(who, "machine", 1) for who in range(20)]
    lines += [(who, "capsules", 2) for who in range(12)] + [(who, "cups", 3) for who in range(8)] + [(99, "rare", 1)]
    who, items, at = (list(column) for column in zip(*lines, strict=True))
    model = fit(who, items, [NOW - day * DAY for day in at], [1] * len(lines), NOW, Shape(least=1))

    def share(owned: list[str], sku: str) -> Share | None:
        return share_of_buyers(model, buyers_of(model, owned), sku)

    assert share(["rare", "machine"], "capsules") == Share("machine", 0.6, 20)
    assert share(["machine"], "cups") == Share("machine", 0.4, 20)
    assert share(["machine"], "rare") is None
    assert share(["capsules"], "cups") is None, "twelve buyers are too few to speak of"
    assert share(["machine"], "unknown") is None
    assert share(["unknown", "machine"], "machine") is None


def test_pb3_06_the_item_whose_buyers_bought_it_most_is_spoken_of() -> None:
    lines = [(who, "a", 1) for who in range(40)] + [(who, "b", 2) for who in range(20, 50)]
    lines += [(who, "c", 3) for who in range(10, 40)]
    who, items, at = (list(column) for column in zip(*lines, strict=True))
    model = fit(who, items, [NOW - day * DAY for day in at], [1] * len(lines), NOW, Shape(least=1))
    assert share_of_buyers(model, buyers_of(model, ["b", "a"]), "c") == Share("a", 0.75, 40)
    assert share_of_buyers(model, buyers_of(model, ["b"]), "c") == Share("b", 20 / 30, 30)

"""What completes what, as the shop declares it, and a choice that holds both what is used up and what stays (PB3-08).

A product names SKUs or categories that complete it, that are not for its owners (`excludes`) or that suit them
(`fits`). A name that no product has is a category's.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from ritorno.core.offering import Goods, GoodsRule, Shelf


class Declared(NamedTuple):
    """One product's row of the catalogue, as far as it speaks of others."""

    sku: str
    complements: Sequence[str] = ()
    excludes: Sequence[str] = ()
    fits: Sequence[str] = ()


class Relations(NamedTuple):
    """By SKU, in the order declared; `rules` are those of `core/offering.py`."""

    complements: Mapping[str, tuple[Goods, ...]] = {}
    fits: Mapping[str, tuple[Goods, ...]] = {}
    rules: Mapping[str, tuple[GoodsRule, ...]] = {}

    def rules_of(self, shelf: Shelf) -> list[GoodsRule]:
        """Those that speak of owners of what this customer owns."""
        return [rule for sku in sorted(shelf.owned) for rule in self.rules.get(sku, ())]


NO_RELATIONS = Relations()


def relations_of(declared: Iterable[Declared], skus: Collection[str]) -> Relations:
    """The relations that products declare; `skus` are all that there are."""

    def goods(names: Sequence[str]) -> tuple[Goods, ...]:
        return tuple(Goods("sku" if name in skus else "category", name) for name in dict.fromkeys(names) if name)

    complements, fits, rules = {}, {}, {}
    for each in declared:
        complements[each.sku], fits[each.sku] = goods(each.complements), goods(each.fits)
        owned = Goods("sku", each.sku)
        against = [GoodsRule(owned, "excludes", other) for other in goods(each.excludes)]
        rules[each.sku] = (*against, *(GoodsRule(owned, "fits", other) for other in fits[each.sku]))
    return Relations(complements, fits, rules)


def both_kinds(ranked: Sequence[str], is_used_up: Callable[[str], bool], most: int) -> list[str]:
    """The first `most`, but for a place to the best of what is used up, and one to the best of what stays, where there
    are two places and such a product at all. In the order of rank."""
    chosen, behind = list(ranked[:most]), ranked[most:]
    for kind in (True, False):
        spare = next((sku for sku in behind if is_used_up(sku) is kind), None)
        if spare is not None and most > 1 and not any(is_used_up(sku) is kind for sku in chosen):
            chosen[-1] = spare
    return chosen


def in_turns(shelves: Iterable[Sequence[str]]) -> list[str]:
    """The first of each shelf, then the second of each, and so on; each once."""
    rows = [list(each) for each in shelves]
    longest = max(map(len, rows), default=0)
    return list(dict.fromkeys(row[place] for place in range(longest) for row in rows if place < len(row)))

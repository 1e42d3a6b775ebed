"""What the rules know of products: the flags that journeys turn on (DAT-11). Loaded with the plan."""

from collections.abc import Mapping
from functools import cached_property

import msgspec


class Product(msgspec.Struct, frozen=True, omit_defaults=True):
    """`days_per_unit`: how long one unit lasts, None where nothing is known; `label` is what a message may call a
    sensitive product (ORC-22)."""

    sku: str
    name: str = ""
    category: str = ""
    consumable: bool = False
    days_per_unit: float | None = None
    technical: bool = False
    video_url: str = ""
    sensitive: bool = False
    label: str = ""


class Catalogue(msgspec.Struct, frozen=True, dict=True):
    """The products by SKU. One that no file has told of has no flag set."""

    products: Mapping[str, Product] = {}

    def product(self, sku: str) -> Product:
        return self.products.get(sku) or Product(sku)

    @cached_property
    def sensitive(self) -> frozenset[str]:
        """The categories with a sensitive product in them, and the SKUs of such products (ORC-22)."""
        told = [each for each in self.products.values() if each.sensitive]
        return frozenset(name for each in told for name in (each.category, each.sku)) - {""}


EMPTY = Catalogue()

"""A product of a made-up shop, with every flag that journeys and recommendations turn on, as a row of products.csv."""

from collections.abc import Iterable

import msgspec


class Product(msgspec.Struct, frozen=True):
    """One SKU; `price` in agorot with VAT; `complements`, `excludes` and `fits` are SKUs, `fits` also categories.

    `days_per_unit` 0: nobody has told how long a unit lasts. `label` is what a message may call a sensitive product.
    """

    sku: str
    name: str
    category: str
    price: int
    in_stock: bool
    created_at: str
    site: str
    days_per_unit: int = 0
    complements: tuple[str, ...] = ()
    consumable: bool = False
    technical: bool = False
    video_url: str = ""
    sensitive: bool = False
    label: str = ""
    excludes: tuple[str, ...] = ()
    fits: tuple[str, ...] = ()
    cooldown: int = 0

    def row(self) -> tuple[str, ...]:
        """As a row of products.csv, by PRODUCT_COLUMNS; several SKUs stand apart by `;`."""
        return (
            self.sku,
            self.name,
            str(self.category),
            f"{self.price // 100}.{self.price % 100:02d}",
            _yes_no(self.in_stock),
            self.created_at,
            f"{self.site}/p/{self.sku}",
            "",  # a shop that is made up has no pictures
            _yes_no(self.consumable),
            str(self.days_per_unit or ""),
            _yes_no(self.technical),
            ";".join(self.complements),
            self.video_url,
            _yes_no(self.sensitive),
            self.label,
            ";".join(self.excludes),
            ";".join(self.fits),
            str(self.cooldown or ""),
        )


def cooldowns_of(catalogue: Iterable[Product]) -> dict[str, int]:
    """Days by category, the longest of its products."""
    found: dict[str, int] = {}
    for one in catalogue:
        found[str(one.category)] = max(one.cooldown, found.get(str(one.category), 0))
    return found


def _yes_no(claim: bool) -> str:
    return "yes" if claim else "no"

"""What an e-mail is built of, as data; and the products that its galleries show (requirements COM-14, ENG-13)."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from ritorno.core.messages.text import Text
from ritorno.core.segments.rule import Rule

MOST_PRODUCTS = 6  # more make it hard to choose (PB2-11)

GalleryName = Literal[
    "similar_customers", "complements", "match", "upsell", "recently_viewed", "best_sellers", "new_and_unseen"
]


class Tile(msgspec.Struct, frozen=True):
    """A product as shown: `price` in minor units of the brand's currency, None not to show one; `why` it is shown to
    this customer, kept with the message."""

    sku: str
    name: str
    price: int | None = None
    image_url: str = ""
    url: str = ""
    why: Text = Text("", "")


Galleries = Mapping[str, tuple[Tile, ...]]  # the products to show one customer, by GalleryName


class Block(msgspec.Struct, frozen=True, tag_field="block", forbid_unknown_fields=True, omit_defaults=True):
    """`only_if`: shown to those for whom it holds as the message leaves (ENG-13)."""

    only_if: Rule | None = None


class Heading(Block, frozen=True, tag="heading", kw_only=True):
    text: Text


class Paragraph(Block, frozen=True, tag="text", kw_only=True):
    """Words with merge fields; `<b> <i> <em> <strong> <br> <a>` stay, any other markup is taken out."""

    text: Text


class Image(Block, frozen=True, tag="image", kw_only=True):
    """`alt` is what is read where no image is shown; `link` as of a Button, "" for none."""

    url: str
    alt: Text
    link: str = ""


class Button(Block, frozen=True, tag="button", kw_only=True):
    """`link`: "page" for the personal page of the message, or the name of one of the way's links. A `secondary` one is
    no call to act: one button of a message is the main one."""

    text: Text
    link: str = "page"
    secondary: bool = False


class Gallery(Block, frozen=True, tag="gallery", kw_only=True):
    """Products chosen for the customer: `of` by name; where it has none, `fallback`; where that has none either, the
    block is left out."""

    of: GalleryName
    fallback: GalleryName | None = "best_sellers"
    most: int = MOST_PRODUCTS
    title: Text | None = None


class Coupon(Block, frozen=True, tag="coupon", kw_only=True):
    """The code of the offer, with what it is worth and until when."""

    text: Text | None = None


class Divider(Block, frozen=True, tag="divider", kw_only=True):
    pass


class Footer(Block, frozen=True, tag="footer", kw_only=True):
    """Who writes, where to answer, how to refuse; stands at the end by itself where no block says it."""

    text: Text | None = None


AnyBlock = Heading | Paragraph | Image | Button | Gallery | Coupon | Divider | Footer


def shown(gallery: Gallery, galleries: Galleries) -> tuple[str, tuple[Tile, ...]]:
    """(which gallery, its products) that the block shows: its own, else its fallback's; ("", ()) for neither."""
    for name in (gallery.of, gallery.fallback):
        if name is not None and galleries.get(name):
            return name, galleries[name][: gallery.most]
    return "", ()

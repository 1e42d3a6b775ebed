"""What may not be activated: faults of the texts of one way to say it, each with its language and what to do.

ENG-02 short variants, ISR-03 message classes, ISR-04 what every advertising message says, PB2-14 urgency that is true,
PB3-04 image steps, PB1-09 e-mail. What is only unwise is said by cautions.py.
"""

import re
from collections.abc import Iterator
from typing import get_args

from ritorno.core.events import Channel
from ritorno.core.instants import Span, Unit
from ritorno.core.journeys.step import Send
from ritorno.core.journeys.way import Way
from ritorno.core.messages.blocks import Button, Coupon, Gallery, GalleryName, Image
from ritorno.core.messages.printing import TextError
from ritorno.core.messages.reader import texts_of
from ritorno.core.messages.render import advertising_word, asked, expand, problems
from ritorno.core.messages.text import Variant
from ritorno.core.offers import Offer

SHORT = 50  # words
_GALLERIES = frozenset(get_args(GalleryName))
_SELLS = ("offer.", "₪", "NIS", "מתנה", "הנחה", "מבצע", "קופון", "discount", "% off", "coupon", "on sale", "buy now")
_PRICES = re.compile(r"₪|\bNIS\b|\$|€|offer\.|\d\s?%")
_LASTS = re.compile(r"(\d+)[ \-\u05be]?(שעות|hours?\b|ימים|days?\b)")
_CLAIMED = frozenset({24, 48, 72})  # hours that nobody says but of a deadline
_REPLY = ("השיבו הסר", "להשיב הסר", "STOP", "stop")
_NAME = re.compile(r"[a-z][a-z0-9_-]*")
_FIELD = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_SENDER = re.compile(r"[A-Za-z0-9]{1,11}")
_NUMBER = re.compile(r"\+?[0-9]{3,15}")


def faults(way: Way, step: Send, offer: Offer | None) -> Iterator[str]:
    """Everything that is wrong with the texts of a way of that step; `offer` is the playbook's."""
    yield from (f"{way.channel}: {each}" for each in (*_shape(way), *_links(way), *_blocks(way, step)))
    for path, text in texts_of(way):
        for variant in text.every():
            where = f"{way.channel} {_said_to(variant)}{'' if path == 'text' else f' {path}'}"
            yield from (f"{where}: {each}" for each in _text(variant, step, offer))
    if way.channel is not Channel.EMAIL and step.message_class == "marketing":
        for variant in way.text.every():
            yield from (f"{way.channel} {_said_to(variant)}: {each}" for each in _advertising(variant, way.channel))


def _said_to(variant: Variant) -> str:
    told = (variant.language, variant.gender if variant.gender != "neutral" else "", variant.tone)
    return "/".join(filter(None, told))


def _shape(way: Way) -> Iterator[str]:
    if way.channel is Channel.EMAIL:
        if way.subject is None and not way.subjects:
            yield "an e-mail has a subject"
        if not way.blocks and not way.text.he:
            yield "write a text, or the blocks it is built of"
        return
    if way.blocks:
        yield "blocks are for e-mail; write a text"
    if way.subject is not None or way.subjects:
        yield "only an e-mail has a subject"
    if not way.text.he:
        yield "write a text"


def _links(way: Way) -> Iterator[str]:
    for name, target in way.links.items():
        if not _NAME.fullmatch(name) or name in ("page", "opt_out"):
            yield f"links: {name!r} is no name for a link; write small letters, such as digital-courses"
        if not target.startswith(("https://", "http://", "{{")):
            yield f"links.{name}: {target!r} leads nowhere; write https://… or a field such as product.video_url"
    for name in {block.link for block in way.blocks if isinstance(block, Button | Image) and block.link}:
        if name != "page" and name not in way.links:
            yield f"there is no link {name!r}; tell it in links, or write page"
    spoken = {field for _, text in texts_of(way) for each in text.every() for field in _fields(each)}
    for name in sorted(field.removeprefix("links.") for field in spoken if field.startswith("links.")):
        if name not in way.links:
            yield f"there is no link {name!r}; tell it in links"
    for name in sorted(field.removeprefix("blocks.") for field in spoken if field.startswith("blocks.")):
        if name not in _GALLERIES:
            yield f"there is no gallery {name!r}; there are {', '.join(sorted(_GALLERIES))}"


def _fields(variant: Variant) -> frozenset[str]:
    """What a text speaks of; a broken one is said elsewhere."""
    try:
        return asked(variant.text, variant.language)
    except TextError:
        return frozenset()


def _blocks(way: Way, step: Send) -> Iterator[str]:
    for block in way.blocks:
        if isinstance(block, Image) and not block.url.startswith(("https://", "http://")):
            yield f"image: {block.url!r} is no address of the web; it begins with https://"
        if isinstance(block, Coupon) and not step.with_offer:
            yield "a coupon, but the step is not with_offer"
        if step.image and isinstance(block, Coupon | Gallery):
            yield "an image step does not sell: no coupon, and no products with their prices"
        if isinstance(block, Gallery) and block.most < 1:
            yield f"gallery: most is {block.most}; it shows 1 product or more"
    for language in ("he", "en") if way.short else ():
        told = sum(_words(text.plain(language)) for path, text in texts_of(way) if not path.startswith("subject"))
        if told > SHORT:
            yield f"a short message has {SHORT} words at most; this has {told} in {language}"


def _words(text: str) -> int:
    """A field counts as one word; the marks that every message begins and ends with do not."""
    bare = re.sub(r"\[(AD|HI|OUT)\]", " ", text)
    return len(_FIELD.sub(lambda found: " x " if found[0].startswith("{{") else " ", bare).split())


def _text(variant: Variant, step: Send, offer: Offer | None) -> Iterator[str]:
    text = variant.text
    yield from problems(text, variant.language)
    if not step.with_offer and "offer." in text:
        yield "speaks of an offer, but the step is not with_offer"
    if step.message_class == "service" and (sells := next((word for word in _SELLS if word in text), None)):
        yield f"a service message may not sell ({sells!r}); make it marketing"
    if step.image and (priced := _PRICES.search(text)):
        yield f"an image step does not sell: no price, no code ({priced[0]!r})"
    yield from _promises(text, step, offer)


def _promises(text: str, step: Send, offer: Offer | None) -> Iterator[str]:
    """Urgency must be true, and what is promised what the offer gives (PB2-14)."""
    lives = offer.lives if offer else None
    for count, unit in _LASTS.findall(_FIELD.sub(" ", text)):
        told = Span(int(count), Unit.HOURS if unit.startswith(("שע", "hour")) else Unit.DAYS)
        claims = step.with_offer or (told.unit is Unit.HOURS and told.count in _CLAIMED)
        if claims and (lives is None or _hours(told) != _hours(lives)):
            yield f"says '{count} {unit}', but the code lives {lives}"
    if offer is not None and step.with_offer:
        number = r"\{\{\s*offer\.value\s*\}\}"
        if re.search(number + r"\s?%", text) and offer.kind != "per_cent":
            yield f"says a per cent, but the offer is {offer.kind}"
        if re.search(rf"{number}\s?(₪|NIS)|(₪|NIS)\s?{number}", text) and offer.kind != "fixed":
            yield f"says a sum of money, but the offer is {offer.kind}"


def _hours(span: Span) -> float:
    """In hours, so that 24 hours are a day; months and longer are nobody's deadline."""
    hours = {Unit.SECONDS: 1 / 3600, Unit.MINUTES: 1 / 60, Unit.HOURS: 1, Unit.DAYS: 24, Unit.WEEKS: 168}
    return span.count * hours.get(span.unit, 720)


def _advertising(variant: Variant, channel: Channel) -> Iterator[str]:
    whole, word = expand(variant.text, variant.language), advertising_word(variant.language)
    replies = channel is Channel.WHATSAPP and any(each in whole for each in _REPLY)
    if "{{ optout }}" not in whole and not replies:
        yield "no way to refuse; add [OUT]"
    if not re.match(rf"{word}\b", whole) or "{{ brand.name }}" not in whole:
        yield f"must begin with {word} and the sender's name; begin with [AD]"


def sender_faults(way: Way, sender: str, reply_to: str, address: str) -> Iterator[str]:
    """What the brand lacks to send that way (ISR-04, ISR-06). `sender` is the name or number that an SMS comes from."""
    if way.channel is Channel.EMAIL and not (reply_to or address):
        yield "an e-mail says where to answer; set the brand's reply_to or address"
    if way.channel is not Channel.SMS or not sender:
        return
    if not (_SENDER.fullmatch(sender) or _NUMBER.fullmatch(sender)):
        yield f"the sender {sender!r} is refused by operators; write 1 to 11 Latin letters and digits, or a number"
    elif not _NUMBER.fullmatch(sender):
        for variant in way.text.every():
            if "{{ optout }}" not in expand(variant.text, variant.language):
                yield f"{_said_to(variant)}: {sender!r} takes no replies, so the text needs a link to refuse; add [OUT]"

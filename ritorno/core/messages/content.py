"""The content of one message: from its way, the customer as she is now, and what is offered to her."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import msgspec

from ritorno.core.events import Channel
from ritorno.core.identifiers import Identifier
from ritorno.core.instants import add_span, days
from ritorno.core.journeys.step import Send
from ritorno.core.journeys.way import Way
from ritorno.core.messages.blocks import Galleries, Gallery, Tile
from ritorno.core.messages.letter import Desk, write
from ritorno.core.messages.merge_fields import Fields, fields_of
from ritorno.core.messages.message import Content, Message
from ritorno.core.messages.printing import NoData, TextError
from ritorno.core.messages.promised import NOTHING, Access, Promised, Referral, promised_fields
from ritorno.core.messages.reader import language_for, reader_of, subject_for, texts_of
from ritorno.core.messages.render import asked, merge, with_advertising_word
from ritorno.core.messages.sms_parts import count_parts
from ritorno.core.messages.text import Chosen, Reader, choose
from ritorno.core.offers import CODE_LENGTH, Code, Offer, issue
from ritorno.core.segments.live import ask
from ritorno.core.segments.rule import Rule
from ritorno.core.view import View


class Links(Mapping[str, str]):
    """The personal addresses of one message: each name is one link, made when it is first spoken of."""

    def __init__(self, base: str, token: Callable[[], str], targets: Mapping[str, str]) -> None:
        self._base, self._token, self._targets = base, token, targets
        self.fields: Fields = {}
        self.language = "he"
        self.tokens: dict[str, str] = {}
        self.leads_to: dict[str, str] = {}

    def lead(self, name: str, target: str = "") -> str:
        """The address of that name; `target` may have fields of its own. Raises NoData, TextError."""
        if name not in self.tokens:
            if target:
                self.leads_to[name] = merge(target, self.language, self.fields)
            self.tokens[name] = self._token()
        return f"{self._base}/r/{self.tokens[name]}"

    def __getitem__(self, name: str) -> str:
        return self.lead(name, self._targets[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._targets)

    def __len__(self) -> int:
        return len(self._targets)


class Wanted(msgspec.Struct, frozen=True):
    """What is to be rendered: a message, the way that it goes and the step that it is of."""

    message: Message
    step: Send
    way: Way
    address: Identifier


def render(
    wanted: Wanted, view: View, code: Code | None, galleries: Galleries, links: Links, promised: Promised = NOTHING,
    *, reader: Reader | None = None,
) -> Content:  # fmt: skip
    """The content as it leaves at the view's instant; `links` holds the addresses it was made with. `reader`: as if the
    customer were addressed like that.

    Where the customer is let into a collection and the way names no `link` of its own, the link leads there.

    Raises NoData for a field that this customer has nothing of, TextError for a text that cannot be rendered.
    """
    way, brand = wanted.way, view.plan.brand
    holds = partial(_holds, view)
    asks = reader or reader_of(view.customer, way, brand.language, holds)
    language = language_for(way, asks, brand.language)
    spoken_to = msgspec.structs.replace(asks, language=language)
    fields = fields_of(view, wanted.message.enrollment, language, galleries, code)
    fields |= promised_fields(promised, brand.currency, language, view.tz)
    links.fields, links.language = fields, language
    fields |= {"optout": links.lead("opt_out"), "links": links}
    fields["link"] = links["link"] if "link" in way.links else _personal(links, promised)
    arm, subject = subject_for(way, _experiment(wanted.message), view.customer.id)
    said = choose(way.text, spoken_to, language)
    titled = choose(subject, spoken_to, language) if subject is not None else None
    content = Content(
        channel=way.channel,
        address=wanted.address.value,
        language=language,
        text="",
        subject=_subject(titled.text, language, fields, wanted.step) if titled else "",
        variant=_variant(said if way.text.he else titled or said),
        missed=_missed(asks, language, said, titled),
        subject_arm=arm,
        refuse_at=fields["optout"],
    )
    desk = Desk(spoken_to, brand.currency, fields, galleries, links.lead, holds, way.links)
    return msgspec.structs.replace(content, **_said(way, said.text, desk), links=dict(links.leads_to))


def _said(way: Way, text: str, desk: Desk) -> dict[str, Any]:
    """The words of the message: both parts of an e-mail, or a text and how many parts of an SMS it takes."""
    if way.channel is Channel.EMAIL:
        letter = write(way.blocks, text, desk)
        return {"text": letter.text, "html": letter.html, "products": letter.products}
    words = merge(text, desk.reader.language, desk.fields)
    return {"text": words, "parts": count_parts(words).parts if way.channel is Channel.SMS else 1}


def _personal(links: Links, promised: Promised) -> str:
    return links.lead("page") if promised.access is None else links.lead("link", promised.access.url)


def _holds(view: View, rule: Rule) -> bool:
    return ask(rule, view)[0]


def _experiment(message: Message) -> str:
    return f"{message.playbook}@{message.version}/{message.step}/subject"


def _subject(text: str, language: str, fields: Fields, step: Send) -> str:
    """One line; an advertising message's begins with the word the law asks for, once (PB1-09, ISR-04)."""
    told = " ".join(merge(text, language, fields).split())
    return with_advertising_word(told, language) if step.message_class == "marketing" else told


def _variant(said: Chosen) -> str:
    """As f/formal; empty for the words that are for everybody."""
    return "/".join(filter(None, (said.gender if said.gender != "neutral" else "", said.tone)))


def _missed(asks: Reader, language: str, *said: Chosen | None) -> tuple[str, ...]:
    """What the reader should have had and did not get, each once (SEG-22)."""
    missed = [] if language == asks.language else [f"language {asks.language}"]
    return tuple(dict.fromkeys((*missed, *(each for one in said if one is not None for each in one.missed))))


def galleries_asked(way: Way) -> frozenset[str]:
    """The galleries that a way may show, by name: those of its blocks, and those that its texts speak of."""
    names: set[str] = {
        name for block in way.blocks if isinstance(block, Gallery) for name in (block.of, block.fallback) if name
    }
    for _, text in texts_of(way):
        for variant in text.every():
            for field in asked(variant.text, variant.language):
                noun, _, name = field.partition(".")
                if noun == "match":
                    names |= {"match", "complements"}
                elif noun == "blocks" and name:
                    names |= {name, "best_sellers"}
    return frozenset(names)


_SURE = frozenset(
    {"brand.name", "link", "optout", "offer.value", "offer.unit", "offer.min_basket", "offer.until", "offer.expires_at",
     "offer.hours_left", "offer.code"}
)  # fmt: skip


def may_lack(way: Way) -> bool:
    """May a customer have nothing of what the way says, where there is an offer?"""
    texts = (variant for _, text in texts_of(way) for variant in text.every())
    return bool(way.links) or any(not asked(each.text.replace("[HI]", ""), each.language) <= _SURE for each in texts)


_EXAMPLE = Tile("example", "x", url="https://example.com")


def lacking(wanted: Wanted, view: View, offer: Offer | None, galleries: Galleries | None = None) -> str:
    """The first field that the message would say and this customer has nothing for; "" for none.

    Codes are taken for granted, and products without `galleries`: `offer` is the playbook's. Raises TextError for a
    text that is broken.
    """
    if not may_lack(wanted.way):
        return ""
    code = issue(offer, "X" * CODE_LENGTH, view.now, view.tz) if offer is not None and wanted.step.with_offer else None
    if galleries is None:
        galleries = dict.fromkeys(galleries_asked(wanted.way), (_EXAMPLE,))
    try:
        render(wanted, view, code, galleries, _unused_links(wanted, view), taken_for_granted(wanted, view))
    except NoData as error:
        return error.field
    return ""


def taken_for_granted(wanted: Wanted, view: View) -> Promised:
    """What records keep, as it may be: for who is held out, and where nothing may be written. Whether this customer has
    it is known when the message leaves."""
    plan = view.plan
    playbook = plan.playbook(wanted.message.playbook, wanted.message.version)
    lets_in = playbook is not None and (named := playbook.parameters.get("collection")) is not None and named.value
    access = Access(add_span(view.now, days(20), view.tz), plan.brand.link_base) if lets_in else None
    if plan.policy.referral is None:
        return Promised(access)
    code = "X" * CODE_LENGTH
    return Promised(access, Referral(code, plan.brand.link_base, 1, 1), issue(Offer(1), code, view.now, view.tz))


def _unused_links(wanted: Wanted, view: View) -> Links:
    """Addresses as long as they will be."""
    return Links(view.plan.brand.link_base, lambda: "x" * 11, wanted.way.links)


def gaps(recipients: list[tuple[Wanted, View]], code: Code | None, galleries: Galleries) -> dict[str, int]:
    """For how many of these recipients the way lacks which field, by name (ENG-14); "": those who lack none."""
    counts: dict[str, int] = {}
    for wanted, view in recipients:
        try:
            render(wanted, view, code, galleries, _unused_links(wanted, view))
        except TextError as error:
            lacking = getattr(error, "field", str(error))
        else:
            lacking = ""
        counts[lacking] = counts.get(lacking, 0) + 1
    return counts

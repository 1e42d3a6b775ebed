"""What may not be activated, and what is only unwise."""

from typing import Any

import msgspec
import pytest

from ritorno.core.events import Channel
from ritorno.core.instants import Span, Unit
from ritorno.core.journeys.step import Send
from ritorno.core.journeys.way import Way
from ritorno.core.messages.blocks import Button, Coupon, Gallery, Heading, Image, Paragraph
from ritorno.core.messages.cautions import cautions
from ritorno.core.messages.lint import faults, sender_faults
from ritorno.core.messages.text import Text, Variant
from ritorno.core.offers import Offer

DAY = Offer(5000, 15000, Span(24, Unit.HOURS))


def both(he: str, en: str = "[AD] hello {{ link }} [OUT]") -> Text:
    return Text(he, en)


def sms(he: str = "[AD] שלום {{ link }} [OUT]", **more: Any) -> Way:
    return Way(Channel.SMS, both(he), **more)


def email(*blocks: Any, **more: Any) -> Way:
    return Way(Channel.EMAIL, blocks=blocks, **{"subject": Text("שלום", "Hello"), **more})


def found(way: Way, offer: Offer | None = None, **step: Any) -> list[str]:
    return list(faults(way, Send("s", (way,), **step), offer))


def test_what_is_well_said_has_no_fault() -> None:
    assert found(sms()) == []
    assert found(sms("[AD] {{ links.sale }} {{ blocks.match }} [OUT]", links={"sale": "{{ product.video_url }}"})) == []
    assert found(Way(Channel.EMAIL, both("[HI] שלום {{ link }}", "[HI] hello"), Text("שלום", "Hello"))) == []
    assert found(email(Heading(text=Text("א", "a")), Button(text=Text("ב", "b"), link="sale"), Coupon(),
                       Image(url="https://a.example/x.png", alt=Text("", ""), link="page"),
                       links={"sale": "https://a.example"}), DAY, with_offer=True) == []  # fmt: skip


@pytest.mark.parametrize(
    ("way", "step", "said"),
    [
        (sms("[AD] {{ customer.shoe }} [OUT]"), {}, "sms he: there is no field 'customer.shoe'"),
        (sms("[AD] {{ link [OUT]"), {}, "sms he: '[AD] {{ link [OUT]'"),
        (sms("[AD] {{ offer.value }} [OUT]"), {}, "speaks of an offer, but the step is not with_offer"),
        (sms("[AD] {{ link }}"), {}, "sms he: no way to refuse; add [OUT]"),
        (sms("שלום {{ link }} [OUT]"), {}, "must begin with פרסומת and the sender's name; begin with [AD]"),
        (sms("פרסומת: {{ link }} [OUT]"), {}, "must begin with פרסומת"),
        (sms("[AD] 48 שעות בלבד {{ link }} [OUT]"), {}, "says '48 שעות', but the code lives 24 hours"),
        (sms("[AD] 3 ימים {{ link }} [OUT]"), {"with_offer": True}, "says '3 ימים', but the code lives 24 hours"),
        (sms("[AD] {{ offer.value }}% {{ link }} [OUT]"), {"with_offer": True}, "a per cent, but the offer is fixed"),
        (sms("{{ brand.name }}: הנחה"), {"message_class": "service"}, "a service message may not sell ('הנחה')"),
        (sms("[AD] רק 50 ₪ {{ link }} [OUT]"), {"image": True}, "an image step does not sell: no price, no code ('₪')"),
        (sms("[AD] {{ offer.code }} [OUT]"), {"image": True, "with_offer": True}, "no price, no code ('offer.')"),
        (email(Gallery(of="match")), {"image": True}, "an image step does not sell: no coupon"),
        (email(Coupon()), {}, "a coupon, but the step is not with_offer"),
        (email(Gallery(of="match", most=0)), {}, "gallery: most is 0"),
        (email(Image(url="a.png", alt=Text("", ""))), {}, "image: 'a.png' is no address of the web"),
        (email(Button(text=Text("א", "a"), link="sale")), {}, "no link 'sale'; tell it in links, or write page"),
        (email(Paragraph(text=Text("{{ links.x }}", "{{ links.x }}"))), {}, "there is no link 'x'; tell it in links"),
        (sms("[AD] {{ blocks.all }} [OUT]"), {}, "there is no gallery 'all'; there are best_sellers"),
        (sms(links={"page": "https://a.example"}), {}, "'page' is no name for a link"),
        (sms(links={"x": "a.example"}), {}, "links.x: 'a.example' leads nowhere"),
        (email(), {}, "email: write a text, or the blocks it is built of"),
        (Way(Channel.EMAIL, both("א")), {}, "email: an e-mail has a subject"),
        (sms(blocks=(Coupon(),)), {}, "sms: blocks are for e-mail"),
        (sms(subject=Text("א", "a")), {}, "sms: only an e-mail has a subject"),
        (Way(Channel.SMS), {}, "sms: write a text"),
    ],
)  # fmt: skip
def test_each_fault_is_said_with_what_to_do(way: Way, step: dict[str, Any], said: str) -> None:
    """ISR-03, ISR-04, PB2-14, PB3-04, ORC-17."""
    told = found(way, DAY, **step)
    assert any(said in each for each in told), told


def test_isr_03_a_service_message_with_a_code_is_refused() -> None:
    told = found(
        sms("{{ brand.name }}: {{ product.name }}, {{ offer.code }}"), DAY, message_class="service", with_offer=True
    )
    assert any("a service message may not sell ('offer.')" in each for each in told)


def test_pb2_14_what_is_promised_is_what_the_code_gives() -> None:
    for lives, words in ((Span(24, Unit.HOURS), "24 שעות"), (Span(1), "24 שעות"), (Span(7), "7 ימים"),
                         (Span(24, Unit.HOURS), "1 day")):  # fmt: skip
        assert found(sms(f"[AD] {words} {{{{ link }}}} [OUT]"), Offer(100, 0, lives), with_offer=True) == []
    assert found(sms("[AD] 24 שעות {{ link }} [OUT]"), Offer(100, 0, Span(72, Unit.HOURS)), with_offer=True) == [
        "sms he: says '24 שעות', but the code lives 72 hours"
    ]
    assert found(sms("[AD] 24 שעות {{ link }} [OUT]"), Offer(100, 0, Span(2, Unit.MONTHS)), with_offer=True)
    assert found(sms("[AD] משלוח תוך 3 ימים {{ link }} [OUT]")) == []
    ten = Offer(1000, kind="per_cent")
    assert found(sms("[AD] {{ offer.value }}% {{ link }} [OUT]"), ten, with_offer=True) == []
    assert found(sms("[AD] {{ offer.value }} ₪ {{ link }} [OUT]"), ten, with_offer=True) == [
        "sms he: says a sum of money, but the offer is per_cent"
    ]


def test_eng_02_a_short_message_has_fifty_words_at_most() -> None:
    fifty = "[AD] [HI] " + "מילה " * 49 + "{{ link }}{% if visit %}{% endif %} [OUT]"
    assert found(sms(fifty, short=True)) == []
    assert found(sms(fifty.replace("[HI]", "[HI] עוד"), short=True)) == [
        "sms: a short message has 50 words at most; this has 51 in he"
    ]
    assert found(sms("[AD] " + "מילה " * 90 + "[OUT]")) == []


def test_every_variant_is_looked_at() -> None:
    formal = Variant("[AD] {{ nobody }} [OUT]", "he", "f", "formal")
    way = Way(Channel.SMS, msgspec.structs.replace(both("[AD] {{ link }} [OUT]"), variants=(formal,)))
    assert found(way)[0].startswith("sms he/f/formal: there is no field 'nobody'")


def test_a_whatsapp_message_may_be_refused_by_a_reply() -> None:
    """PB1's own words."""
    he = "פרסומת · {{ brand.name }} [HI] תודה. להסרה: השיבו הסר"
    assert found(Way(Channel.WHATSAPP, both(he, "Ad · {{ brand.name }} [HI] thanks. Reply STOP to opt out"))) == []
    assert found(sms(he)) == ["sms he: no way to refuse; add [OUT]"]


@pytest.mark.parametrize(
    ("sender", "said"),
    [
        ("ShopX", "takes no replies, so the text needs a link to refuse; add [OUT]"),
        ("מותג", "is refused by operators"),
        ("A" * 12, "is refused by operators"),
        ("Shop X", "is refused by operators"),
    ],
)
def test_isr_06_a_sender_of_letters_cannot_be_answered(sender: str, said: str) -> None:
    way = Way(Channel.SMS, Text("[AD] השיבו הסר", "[AD] {{ link }} [OUT]"))
    assert any(said in each for each in sender_faults(way, sender, "", "")), sender


def test_isr_04_who_writes_can_be_answered() -> None:
    assert list(sender_faults(sms(), "ShopX", "", "")) == []
    assert list(sender_faults(Way(Channel.SMS, both("[AD] הסר")), "0501234567", "", "")) == []
    assert list(sender_faults(sms(), "", "", "")) == []
    assert list(sender_faults(email(), "", "", "")) == [
        "an e-mail says where to answer; set the brand's reply_to or address"
    ]
    assert list(sender_faults(email(), "", "a@b.example", "")) == []


@pytest.mark.parametrize(
    ("way", "said"),
    [
        (email(*(Button(text=Text("א", "a")) for _ in range(3))), "one primary action: 3 buttons are the main one"),
        (email(Gallery(of="match", most=9)), "9 products make it hard to choose; show 6 at most"),
        (email(Heading(text=Text("א", "a", ar="ا"))), "told in ar, other parts are not"),
        (
            email(subject=Text("ספיגה במבצע", "a")),
            "email he subject: 'ספיגה' is sensitive and shows on a locked screen",
        ),
        (email(subject=Text("א" * 61, "a")), "about 61 letters; telephones show 60 at most"),
        (email(subject=Text("א", "Act now")), "'Act now' reads like junk mail"),
        (sms("[AD] ספיגה {{ link }} [OUT]"), "sms he text: 'ספיגה' is sensitive"),
        (sms("[AD] 50 ₪ {{ link }} [OUT]"), "shekel_sign (₪) may show badly"),
        (Way(Channel.SMS, Text("א", "x" * 100 + " ₪")), "shekel_sign (₪): 1 parts less without"),
    ],
)
def test_what_is_unwise_is_said(way: Way, said: str) -> None:
    """PB2-11, ORC-22, SEG-22, ENG-03, ISR-09."""
    told = list(cautions(way, ("ספיגה", "")))
    assert any(said in each for each in told), told


def test_what_is_wise_is_not_commented_on() -> None:
    assert list(cautions(sms("[AD] שלום {{ link }} [OUT]"))) == []
    long_field = "{{ offer.expires_at | default: 'a long time from now, and then some' }} {% if visit %}{% endif %}"
    assert list(cautions(email(Button(text=Text("א", "a")), subject=Text(long_field, "a")))) == []
    assert list(cautions(email(Paragraph(text=Text("ספיגה", "a")), Button(text=Text("א", "a")),
                               Button(text=Text("א", "a"), secondary=True)), ("ספיגה",))) == []  # fmt: skip

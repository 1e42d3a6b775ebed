"""What one customer gets: every field of the library's texts, in her language, tone and gender; nothing half said."""

from typing import Any

import msgspec
import pytest

from ritorno.core.catalogue import Catalogue, Product
from ritorno.core.customer import About, Customer, Did, Enrollment, Order, Relation, Trait
from ritorno.core.events import Channel, Line, Role, SoldVia, TraitValue
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.ids import CustomerId, EventId, MessageId, PlaybookKey
from ritorno.core.instants import DAY, Instant, days
from ritorno.core.journeys.journey import Parameter, Playbook
from ritorno.core.journeys.step import Send
from ritorno.core.journeys.trigger import Moved
from ritorno.core.journeys.way import ToneFor, Way, Words
from ritorno.core.messages.blocks import Galleries, Heading, Paragraph, Tile
from ritorno.core.messages.content import (
    Links,
    Wanted,
    galleries_asked,
    gaps,
    lacking,
    may_lack,
    render,
    taken_for_granted,
)
from ritorno.core.messages.fields import FIELDS
from ritorno.core.messages.merge_fields import fields_of, of_brand
from ritorno.core.messages.message import Content, Message
from ritorno.core.messages.printing import FIRST_STRONG, POP, NoData
from ritorno.core.messages.render import merge
from ritorno.core.messages.sample_fields import sample
from ritorno.core.messages.sms_parts import count_parts
from ritorno.core.messages.text import Text, Variant
from ritorno.core.offers import Code, Offer, issue
from ritorno.core.plan import Plan
from ritorno.core.points import Earned, Given, Rate
from ritorno.core.referral import Terms
from ritorno.core.segments.rule import CellIs, FactIs
from ritorno.core.view import view_of
from ritorno.testing import at, shop
from tests.core.plans import journey

NOW = at("2026-03-03T14:05")
PHONE = normalise(Kind.PHONE, "0521234567")
EMAIL = normalise(Kind.EMAIL, "dana@dana.co.il")
PADS = Product("PAD", "מוצר ספיגה לילה", "ספיגה", sensitive=True, label="המוצר הקבוע")
ROLL = Product("ROLL", "רולטור 5", "הליכונים", video_url="https://shop.example/v/5")
ACCESS = {"access_days": Parameter(20, Words("ימים", "days"))}
COLLECTION = {"collection": Parameter("SS26", Words("קולקציה", "collection"))}


def trait(value: TraitValue) -> Trait:
    return Trait(Instant(1), EventId(1), value, "x")


def order(sku: str, *, days_ago: int = 0, branch: str = "איילון", **more: Any) -> Order:
    when = Instant(NOW - days_ago * DAY)
    lines = (Line(sku, sku, "", 1, 30_000), Line("CHEAP", "x", "", 1, 100))
    told = Order(when, "till", "7", 30_100, 30_100, SoldVia.POS, branch, "ILS", 0, 0, False, lines, when, EventId(1))
    return msgspec.structs.replace(told, **more)


def plan_with(*playbooks: Playbook) -> Plan:
    plan = shop(*playbooks)
    brand = msgspec.structs.replace(
        plan.brand, name="אלמוג", reply_to="hi@almog.example", link_base="https://s.example"
    )
    return msgspec.structs.replace(plan, brand=brand, catalogue=Catalogue({"PAD": PADS, "ROLL": ROLL}))


class Case:
    """Dana, what she bought, and the passage that a message of hers belongs to."""

    def __init__(
        self, *orders: Order, about: About | None = None, parameters: Any = None, **traits: TraitValue
    ) -> None:
        self.playbook = journey("P", Moved("r", 1), Send("s", ()), parameters=parameters or {})
        self.plan = plan_with(self.playbook)
        own = About(orders[-1].key) if orders and about is None else about or About()
        self.passage = Enrollment(
            9, PlaybookKey("P"), 1, "k", Instant(NOW - DAY), "treated", 0, NOW, NOW, 1, about=own
        )  # fmt: skip
        told = {name: trait(value) for name, value in ({"first_name": "דנה"} | traits).items()}
        self.customer = Customer(CustomerId(1), traits=told, orders=list(orders), enrollments=[self.passage])

    def wanted(self, way: Way, **step: Any) -> Wanted:
        message = Message(
            MessageId(5), CustomerId(1), 9, PlaybookKey("P"), 1, "s", "treated", NOW, NOW
        )  # fmt: skip
        return Wanted(message, Send("s", (way,), **step), way, EMAIL if way.channel is Channel.EMAIL else PHONE)

    def gets(
        self, way: Way | str, code: Code | None = None, galleries: Galleries | None = None, **step: Any
    ) -> Content:
        said = Way(Channel.SMS, Text(way, way)) if isinstance(way, str) else way
        view = view_of(self.customer, self.plan, NOW)
        return render(self.wanted(said, **step), view, code, galleries or {}, self.links(said))

    def links(self, way: Way) -> Links:
        names = iter(f"token{number:06}" for number in range(100))
        return Links("https://s.example", lambda: next(names), way.links)


VISIT = (
    "תודה על הביקור{% if visit.is_today %} היום{% endif %} בסניף {{ visit.branch }}. הקולקציה פתוחה עבורך "
    "עד {{ access.until }}: {{ link }}{% if points.booked %} כפל: {{ points.earned }}.{% endif %}"
)


def test_pb1_05_a_visit_of_yesterday_is_not_called_todays() -> None:
    today, yesterday = Case(order("X"), parameters=ACCESS), Case(order("X", days_ago=1), parameters=ACCESS)
    assert today.gets(VISIT).text.startswith("תודה על הביקור היום בסניף איילון. הקולקציה פתוחה עבורך עד 22.3.2026:")
    assert yesterday.gets(VISIT).text.startswith("תודה על הביקור בסניף איילון.")


def test_pb1_06_a_playbook_that_lets_into_a_collection_speaks_of_it_only_where_somebody_was_let_in() -> None:
    case = Case(order("X"), parameters=ACCESS | COLLECTION)
    said = "{% if access.until %}{{ access.until }}{% else %}-{% endif %}"
    assert case.gets(said).text == "-"


def test_pb1_07_points_are_mentioned_once_they_are_booked() -> None:
    case = Case(order("X"), parameters=ACCESS)
    assert "כפל" not in case.gets(VISIT).text
    case.customer.points = (
        Earned("till", "7", NOW, NOW, 30_100, Rate(1, 1000)), Earned("till", "8", NOW, NOW, 99_900, Rate(1, 1000)),
        Given("9/double/0", NOW, NOW, 30), Given("other", NOW, NOW, 500), Given("9/late/0", NOW, Instant(NOW + 1), 5),
    )  # fmt: skip
    assert case.gets(VISIT).text.endswith("כפל: 60.")
    assert case.gets("{{ points.balance }}").text == "664"


@pytest.mark.parametrize(
    "field",
    ["visit.branch", "access.until", "offer.value", "product.name", "category.name", "match.name", "renewal.date",
     "cart.items", "points.earned", "beneficiary.label", "blocks.match", "customer.traits.shoe", "segments.vip"],
)  # fmt: skip
def test_eng_14_what_a_customer_has_nothing_of_stops_the_message(field: str) -> None:
    with pytest.raises(NoData) as caught:
        Case().gets(f"{{{{ {field} }}}}")
    assert caught.value.field == field


def test_orc_22_a_sensitive_product_is_called_neutrally_in_every_text() -> None:
    case = Case(order("PAD"))
    assert case.gets("{{ product.name }} {{ product.safe_name }}").text == "המוצר הקבוע המוצר הקבוע"
    with pytest.raises(NoData, match=r"category\.name"):
        case.gets("{{ category.name }}")
    case.plan = msgspec.structs.replace(
        case.plan, catalogue=Catalogue({"PAD": msgspec.structs.replace(PADS, label="")})
    )
    assert case.gets("{{ product.safe_name }}").text == "המוצר שלך"
    with pytest.raises(NoData):
        Case(order("PAD"), about=About(category="ספיגה")).gets("{{ category.name }}")


def test_a_product_is_the_enrollments_else_the_dearest_of_its_order() -> None:
    told = "{{ product.name }}, {{ category.name }}"
    assert Case(order("ROLL")).gets(told).text == "רולטור 5, הליכונים"
    assert Case(about=About(sku="ROLL")).gets(told).text == "רולטור 5, הליכונים"
    assert Case(order("X"), about=About("till\x007", "CHEAP")).gets("{{ product.name }}").text == (
        f"{FIRST_STRONG}x{POP}"
    )
    assert Case(about=About(category="קפה")).gets("{{ category.name }}").text == "קפה"
    assert (
        Case(order("X", lines=()), about=About("till\x007")).gets("[{{ product.name | default: '-' }}]").text == "[-]"
    )


def test_technical_a_named_link_leads_where_the_product_says() -> None:
    text = Text("{{ brand.name }}: {{ product.name }}: {{ link }}", "x")
    way = Way(Channel.SMS, text, links={"link": "{{ product.video_url }}", "sale": "https://shop.example/s"})
    case = Case(order("ROLL"))
    content = case.gets(way, message_class="service")
    assert content.links == {"link": "https://shop.example/v/5"}
    assert "רולטור 5: https://s.example/r/token" in content.text
    with pytest.raises(NoData, match=r"product\.video_url"):
        Case(order("PAD")).gets(way)
    assert sorted(case.links(way)) == ["link", "sale"]
    assert len(case.links(way)) == 2


def test_seg_16_each_named_link_is_one_address_however_often_it_is_said() -> None:
    text = Text("{{ links.sale }} {{ links.sale }} {{ link }}", "x")
    content = Case().gets(Way(Channel.SMS, text, links={"sale": "https://shop.example/s"}))
    first, second, page = content.text.split()
    assert first == second != page
    assert content.links == {"sale": "https://shop.example/s"}


def test_what_is_bought_for_another_says_for_whom() -> None:
    text = "הגיע הזמן: {{ product.safe_name }}{% if beneficiary %} עבור {{ beneficiary.label }}{% endif %}"
    assert Case(order("PAD")).gets(text).text == "הגיע הזמן: המוצר הקבוע"
    case = Case(order("PAD", beneficiary="moshe"))
    case.customer.relations = {"moshe": Relation(NOW, EventId(1), "moshe", Role.CHILD, "אבא", "Dad")}
    assert case.gets(text).text == "הגיע הזמן: המוצר הקבוע עבור אבא"


def test_renewal_cart_match_and_access_are_said() -> None:
    case = Case(order("X"), about=About("till\x007", thing="c1"), access_until="2026-03-09")
    added = {"cart_id": "c1", "cart_url": "https://shop.example/c/1"}
    case.customer.did = [Did(NOW, EventId(n), "cart_item_added", {**added, "sku": str(n)}) for n in (1, 2)]
    text = "{{ renewal.date }} {{ cart.items }} {{ cart.url }} {{ access.until }} {{ match.name }} {{ blocks.match }}"
    galleries = {"match": (Tile("A", "גרב"), Tile("B", "נעל"))}
    assert case.gets(text, galleries=galleries).text == ("3.3.2027 2 https://shop.example/c/1 9.3.2026 גרב גרב, נעל")
    case.customer.did = [Did(NOW, EventId(1), "cart_item_added", {"cart_id": "c1"})]
    assert case.gets("{{ cart.id }}{{ cart.url | default: '' }}").text == "c1"
    with pytest.raises(NoData, match=r"access\.until"):
        Case(access_until="2026-03-02").gets("{{ access.until }}")
    assert case.gets("{{ match.name }}", galleries={"complements": galleries["match"]}).text == "גרב"


@pytest.mark.parametrize(
    ("offer", "said"),
    [
        (Offer(5000, 15000), "50 ₪ 150 4.3.2026 4.3.2026 14:05 24 ABCD2345"),
        (Offer(1000, 0, days(7), kind="per_cent"), "10 % 0 10.3.2026 10.3.2026 14:05 168 ABCD2345"),
    ],
)
def test_an_offer_says_its_number_its_unit_and_its_end(offer: Offer, said: str) -> None:
    case = Case()
    code = issue(offer, "ABCD2345", NOW, case.plan.tz)
    text = ("{{ offer.value }} {{ offer.unit }} {{ offer.min_basket }} {{ offer.until }} {{ offer.expires_at }} "
            "{{ offer.hours_left }} {{ offer.code }}")  # fmt: skip
    assert case.gets(text, code, with_offer=True).text == said
    per_cent = "{{ offer.percent | default: '-' }}"
    assert case.gets(per_cent, code).text == ("10" if offer.kind == "per_cent" else "-")
    shipping = issue(Offer(kind="free_shipping"), "ABCD2345", NOW, case.plan.tz)
    assert case.gets("[{{ offer.unit | default: '' }}]", shipping).text == "[]"


def test_eng_13_a_text_differs_by_stage_segment_and_trait() -> None:
    text = ("{% if customer.stage == 'first_time' %}א{% elsif customer.orders > 1 %}ב{% endif %}"
            "{% if segments.vip %}ג{% endif %}{% if customer.traits.city == 'חיפה' %}ד{% endif %}-")  # fmt: skip
    assert Case(order("X")).gets(text).text == "א-"
    assert Case(order("X", days_ago=40), order("X", order_id="8")).gets(text).text == "ב-"
    vip = Case(order("X"), city="חיפה")
    vip.customer.memberships = {"vip": NOW}  # type: ignore[dict-item]
    assert vip.gets(text).text == "אגד-"
    assert Case().gets(text).text == "-"


def test_seg_20_a_woman_of_78_is_spoken_to_formally_and_in_her_gender() -> None:
    variants = (Variant("{{ customer.first_name }} היקרה, נשמח לראותך", "he", "f", "formal"),)
    old = FactIs("age", ">=", 70)
    way = Way(Channel.SMS, Text("היי", "Hi", variants=variants), tones=(ToneFor("formal", old),))
    ruth = Case(first_name="רות", gender="female", birth_date="1948-01-01", role="customer")
    content = ruth.gets(way)
    assert (content.text, content.variant, content.missed) == ("רות היקרה, נשמח לראותך", "f/formal", ())
    man = Case(gender="male", birth_date="1948-01-01").gets(way)
    assert (man.text, man.variant, man.missed) == ("היי", "", ("tone formal", "gender m"))


@pytest.mark.parametrize(
    ("language", "text", "missed"),
    [("he", "שלום", ()), ("ar", "مرحبا", ()), ("en", "Hello", ()), ("ru", "שלום", ("language ru",))],
)
def test_seg_22_each_reads_her_language_and_what_is_missing_is_kept(
    language: str, text: str, missed: tuple[str, ...]
) -> None:
    way = Way(Channel.EMAIL, Text("שלום", "Hello", ar="مرحبا"), Text("א", "a", ar="ا"))
    content = Case(language=language).gets(way)
    assert (text in content.html, text in content.text, content.missed) == (True, True, missed)


def test_isr_15_an_e_mail_has_two_parts_that_say_the_same_and_its_direction() -> None:
    way = Way(
        Channel.EMAIL, Text("[HI] 50 ₪ מתנה: {{ link }} [OUT]", "[HI] hello"), Text("{{ customer.first_name }}", "a")
    )
    content = Case(first_name="Dana").gets(way)
    assert '<html lang="he" dir="rtl"' in content.html
    assert "<bdi>Dana</bdi>, 50 ₪" in content.html
    assert f"{FIRST_STRONG}Dana{POP}, 50 ₪" in content.text
    assert content.subject == f"פרסומת: {FIRST_STRONG}Dana{POP}"
    assert content.address == "dana@dana.co.il"


def test_pb1_09_a_subject_is_one_line_and_only_advertising_says_so() -> None:
    way = Way(Channel.EMAIL, Text("א", "a"), Text("תודה\nרבה", "a"))
    assert Case().gets(way).subject == "פרסומת: תודה רבה"
    assert Case().gets(way, message_class="service").subject == "תודה רבה"


def test_eng_03_which_subject_it_was_is_kept() -> None:
    way = Way(
        Channel.EMAIL, subjects={"bold": Text("ב", "b"), "calm": Text("ק", "c")}, blocks=(Heading(text=Text("א", "a")),)
    )
    content = Case().gets(way)
    assert content.subject == {"bold": "פרסומת: ב", "calm": "פרסומת: ק"}[content.subject_arm]


def test_eng_13_a_block_is_shown_by_a_rule() -> None:
    blocks = (Paragraph(text=Text("חדש", "a"), only_if=CellIs(("311",))), Paragraph(text=Text("כולם", "b")))
    content = Case().gets(Way(Channel.EMAIL, subject=Text("א", "a"), blocks=blocks))
    assert "כולם" in content.text
    assert "חדש" not in content.text


def test_isr_09_parts_are_of_the_merged_text() -> None:
    content = Case(first_name="א" * 60).gets("[AD] [HI] {{ link }}")
    assert content.parts == count_parts(content.text).parts == 2


def test_eng_14_of_given_recipients_it_is_told_how_many_lack_what() -> None:
    way = Way(Channel.SMS, Text("{{ customer.first_name }} {{ visit.branch }}", "x"))
    cases = [Case(order("X")), Case(), Case(first_name=""), Case(order("X"), first_name="")]
    told = gaps([(each.wanted(way), view_of(each.customer, each.plan, NOW)) for each in cases], None, {})
    assert told == {"": 1, "visit.branch": 1, "customer.first_name": 2}
    broken = Way(Channel.SMS, Text("{{ x", "x"))
    view = view_of(cases[0].customer, cases[0].plan, NOW)
    assert next(iter(gaps([(cases[0].wanted(broken), view)], None, {}))).startswith("'{{ x'")


def test_only_the_galleries_that_a_message_may_show_are_asked_for() -> None:
    said = Way(Channel.SMS, Text("{{ blocks.complements }} {{ match.name }}", "{{ link }}"))
    assert galleries_asked(said) == {"complements", "best_sellers", "match"}
    assert galleries_asked(Way(Channel.SMS, Text("{{ link }}", "x"))) == frozenset()


def test_only_what_a_customer_may_lack_is_tried_before_a_code_is_spent() -> None:
    assert not may_lack(Way(Channel.SMS, Text("[AD] [HI] {{ offer.value }} {{ link }} [OUT]", "x")))
    assert may_lack(Way(Channel.SMS, Text("{{ product.name }}", "x")))


def test_eng_14_what_a_customer_lacks_is_known_before_anything_is_spent() -> None:
    """By the rules alone: codes and products are taken for granted."""
    offer = Offer(5000)
    said = Way(Channel.SMS, Text("{{ offer.value }} {{ visit.branch }} {{ blocks.match }} {{ match.name }}", "x"))
    case, other = Case(), Case(order("X"))
    assert lacking(case.wanted(said, with_offer=True), view_of(case.customer, case.plan, NOW), offer) == "visit.branch"
    assert lacking(other.wanted(said, with_offer=True), view_of(other.customer, other.plan, NOW), offer) == ""
    plain = Way(Channel.SMS, Text("[AD] {{ link }} [OUT]", "x"))
    assert lacking(case.wanted(plain), view_of(case.customer, case.plan, NOW), None) == ""


def test_what_is_promised_is_taken_for_granted_where_nothing_may_be_written() -> None:
    named = {"collection": Parameter("spring", Words("אביב", "spring"))}
    text = Way(Channel.SMS, Text("{{ access.until }} {{ access.url }}", "x"))
    case, other = Case(parameters=named), Case()
    told = taken_for_granted(case.wanted(text), view_of(case.customer, case.plan, NOW))
    assert told.access is not None
    assert told.referral is None
    assert lacking(case.wanted(text), view_of(case.customer, case.plan, NOW), None) == ""
    assert lacking(other.wanted(text), view_of(other.customer, other.plan, NOW), None) == "access.until"
    friends = Way(Channel.SMS, Text("{{ referral.code }} {{ reward.code }}", "x"))
    assert lacking(case.wanted(friends), view_of(case.customer, case.plan, NOW), None) == "referral.code"
    policy = msgspec.structs.replace(case.plan.policy, referral=Terms(1, 1))
    case.plan = msgspec.structs.replace(case.plan, policy=policy)
    assert lacking(case.wanted(friends), view_of(case.customer, case.plan, NOW), None) == ""


def test_a_sample_has_every_field_there_is() -> None:
    told = sample("ILS", "he")
    nouns = {"link": "https://s.example/r/x", "optout": "https://s.example/r/x", "brand": of_brand(plan_with().brand)}
    for field in FIELDS - {"brand.sender", "brand.address", "offer.percent"}:
        assert merge(f"{{{{ {field} }}}}", "he", told | nouns), field


def test_a_message_of_no_passage_speaks_of_nothing_it_was_about() -> None:
    case = Case(order("X"))
    told = fields_of(view_of(case.customer, case.plan, NOW), 0, "he", {}, None)
    assert "product" not in told
    assert told["visit"]["branch"] == "איילון"

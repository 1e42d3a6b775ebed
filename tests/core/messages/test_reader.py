"""Who reads, in which language, and which subject they get (SEG-20, SEG-22, ENG-03)."""

from collections import Counter

from ritorno.core.customer import Customer, Trait
from ritorno.core.events import Channel, TraitValue
from ritorno.core.ids import CustomerId, EventId
from ritorno.core.instants import Instant
from ritorno.core.journeys.way import ToneFor, Way
from ritorno.core.messages.blocks import Divider, Heading
from ritorno.core.messages.reader import language_for, languages_of, reader_of, readers_of, subject_for, texts_of
from ritorno.core.messages.text import Reader, Text, Variant
from ritorno.core.segments.rule import CellIs, Rule

OLD = CellIs(("333",))


def person(**traits: TraitValue) -> Customer:
    told = {name: Trait(Instant(1), EventId(1), value, "x") for name, value in traits.items()}
    return Customer(CustomerId(1), traits=told)


def holds(rule: Rule) -> bool:
    return rule == OLD


SMS = Way(Channel.SMS, Text("a", "b"))


def test_a_reader_is_known_by_traits_and_the_ways_own_rules_go_before() -> None:
    ruth = person(language="ru-RU", gender="female", tone="warm")
    assert reader_of(ruth, SMS, "he", holds) == Reader("ru", "f", "warm")
    assert reader_of(person(gender="male"), SMS, "en", holds) == Reader("en", "m", "")
    assert reader_of(person(gender="other", language=7, tone="loud"), SMS, "he", holds) == Reader("he")
    ruled = Way(Channel.SMS, Text("a", "b"), tones=(ToneFor("short", CellIs(("111",))), ToneFor("formal", OLD)))
    assert reader_of(ruth, ruled, "he", holds).tone == "formal"
    assert [path for path, _ in ruled.rules()] == ["tones[0].only_if", "tones[1].only_if"]


def test_seg_22_a_message_speaks_one_language_that_all_of_it_is_told_in() -> None:
    way = Way(
        Channel.EMAIL, subject=Text("a", "b", ar="c", ru="d"), subjects={"x": Text("a", "b", ar="c", ru="d")},
        blocks=(Heading(text=Text("a", "b", ar="c")), Divider()),
    )  # fmt: skip
    assert languages_of(way) == ("he", "en", "ar")
    assert [path for path, _ in texts_of(way)] == ["subject", "subjects.x", "blocks[0].text"]
    assert language_for(way, Reader("ar"), "en") == "ar"
    assert language_for(way, Reader("ru"), "en") == "en"
    assert language_for(way, Reader("ru"), "fr") == "he"
    assert languages_of(Way(Channel.EMAIL)) == ("he", "en")


def test_eng_03_two_subjects_are_told_apart_by_hash_half_and_half() -> None:
    way = Way(Channel.EMAIL, Text("a", "b"), subjects={"bold": Text("x", "x"), "calm": Text("y", "y")})
    arms = [subject_for(way, "P@1/s/subject", CustomerId(number))[0] for number in range(1000)]
    assert arms == [subject_for(way, "P@1/s/subject", CustomerId(number))[0] for number in range(1000)]
    assert 440 < Counter(arms)["bold"] < 560
    assert subject_for(way, "P@1/s/subject", CustomerId(1))[1] in way.subjects.values()
    assert subject_for(SMS, "P@1/s/subject", CustomerId(1)) == ("", None)


def test_seg_20_all_that_have_words_of_their_own_can_be_shown() -> None:
    variants = (Variant("x", "he", "f", "formal"), Variant("y", "he", "m", "formal"), Variant("z", "fr"))
    way = Way(Channel.EMAIL, Text("a", "b", variants=variants), subject=Text("a", "b"))
    assert readers_of(way) == (Reader("he"), Reader("en"), Reader("he", "f", "formal"), Reader("he", "m", "formal"))

"""Who reads a message, as far as words go; and which language and subject of a way that reader gets."""

from collections.abc import Callable, Iterator

from ritorno.core.customer import Customer
from ritorno.core.experiments import choose as choose_arm
from ritorno.core.ids import CustomerId
from ritorno.core.journeys.way import Way
from ritorno.core.messages.text import Gender, Reader, Text, Tone
from ritorno.core.segments.rule import Rule

_GENDERS: dict[object, Gender] = {"female": "f", "f": "f", "male": "m", "m": "m"}
_TONES: dict[object, Tone] = {"formal": "formal", "warm": "warm", "short": "short"}


def reader_of(customer: Customer, way: Way, brand_language: str, holds: Callable[[Rule], bool]) -> Reader:
    """From the traits `language`, `gender` and `tone`, and the way's own rules for tones, which go before."""
    told = {name: trait.value for name, trait in customer.traits.items() if name in ("language", "gender", "tone")}
    language = told.get("language")
    ruled = next((each.tone for each in way.tones if holds(each.only_if)), None)
    return Reader(
        language.lower()[:2] if isinstance(language, str) and language else brand_language,
        _GENDERS.get(told.get("gender"), "neutral"),
        _TONES.get(told.get("tone"), "") if ruled is None else ruled,
    )


def texts_of(way: Way) -> Iterator[tuple[str, Text]]:
    """Every text of a way with its path."""
    if way.text.he or way.text.en:
        yield "text", way.text
    if way.subject is not None:
        yield "subject", way.subject
    yield from ((f"subjects.{key}", text) for key, text in way.subjects.items())
    for index, block in enumerate(way.blocks):
        for name in ("text", "alt", "title"):
            told = getattr(block, name, None)
            if told is not None and (told.he or told.en):
                yield f"blocks[{index}].{name}", told


def languages_of(way: Way) -> tuple[str, ...]:
    """Those in which everything can be said; the house's own always."""
    each = [text.languages() for _, text in texts_of(way)]
    return tuple(language for language in (each[0] if each else ("he", "en")) if all(language in one for one in each))


def language_for(way: Way, reader: Reader, brand_language: str) -> str:
    """A message speaks one language: the reader's if all of it is told in it, else the brand's, else Hebrew."""
    told = languages_of(way)
    return next((each for each in (reader.language, brand_language) if each in told), "he")


def subject_for(way: Way, experiment: str, customer: CustomerId) -> tuple[str, Text | None]:
    """(which of several, the subject): by hash, the same customer the same one always (ENG-03)."""
    if not way.subjects:
        return "", way.subject
    key = choose_arm(experiment, customer, dict.fromkeys(way.subjects, 1.0))
    return key, way.subjects[key]


def readers_of(way: Way) -> tuple[Reader, ...]:
    """Everybody whom the way has words of their own for: each language, gender and tone of its texts (SEG-20)."""
    told = (each for _, text in texts_of(way) for each in text.every())
    spoken = frozenset(languages_of(way))
    readers = (Reader(each.language, each.gender, each.tone) for each in told if each.language in spoken)
    return tuple(dict.fromkeys(readers))

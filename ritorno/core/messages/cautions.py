"""What is allowed and unwise in a message: said to its author, and nothing is changed by itself.

PB2-11 one main action and few products, ORC-22 sensitive words, ISR-09 what makes an SMS dear, ENG-03 subjects, SEG-22
languages that are told by half, ENG-14 fields that some lack.
"""

import re
from collections.abc import Collection, Iterator

from ritorno.core.events import Channel
from ritorno.core.journeys.way import Way
from ritorno.core.messages.blocks import MOST_PRODUCTS, Button, Gallery
from ritorno.core.messages.reader import languages_of, texts_of
from ritorno.core.messages.render import expand
from ritorno.core.messages.sms_parts import warnings

_FILLED = "x" * 6  # about as long as what is merged
LONGEST_SUBJECT = 60  # letters that a telephone shows
_SHOUTS = re.compile(r"!{2,}|\b[A-Z]{4,}\b.*\b[A-Z]{4,}\b|(?i:\bfree!|100% free|act now)|חינם!|מהרו")


def cautions(way: Way, sensitive: Collection[str] = ()) -> Iterator[str]:
    """What its author should know; `sensitive` are words that no lock screen should show (names of categories)."""
    yield from (f"{way.channel}: {each}" for each in (*_choice(way), *_languages(way)))
    for path, text in texts_of(way):
        seen_locked = way.channel is not Channel.EMAIL or path.startswith("subject")
        for variant in text.every():
            where = f"{way.channel} {variant.language} {path}"
            if seen_locked:
                for word in sorted(word for word in sensitive if word and word in variant.text):
                    yield f"{where}: {word!r} is sensitive and shows on a locked screen; say it neutrally"
            if path.startswith("subject"):
                yield from (f"{where}: {each}" for each in _subject(variant.text))
            if way.channel is Channel.SMS:
                yield from (f"{where}: {each}" for each in _dear(expand(variant.text, variant.language)))


def _choice(way: Way) -> Iterator[str]:
    main = [block for block in way.blocks if isinstance(block, Button) and not block.secondary]
    if len(main) > 1:
        yield f"one primary action: {len(main)} buttons are the main one; make the others secondary"
    shown = sum(block.most for block in way.blocks if isinstance(block, Gallery))
    if shown > MOST_PRODUCTS:
        yield f"{shown} products make it hard to choose; show {MOST_PRODUCTS} at most"


def _languages(way: Way) -> Iterator[str]:
    """Languages in which some of it is told are lost as long as the rest is not."""
    whole = frozenset(languages_of(way))
    for path, text in texts_of(way):
        for language in text.languages():
            if language not in whole:
                yield f"{path} is told in {language}, other parts are not: nobody will read it in {language}"


def _subject(text: str) -> Iterator[str]:
    about = len(re.sub(r"\{%.*?%\}", "", re.sub(r"\{\{.*?\}\}", _FILLED, text)))
    if about > LONGEST_SUBJECT:
        yield f"about {about} letters; telephones show {LONGEST_SUBJECT} at most"
    if found := _SHOUTS.search(text):
        yield f"{found[0]!r} reads like junk mail"


def _dear(text: str) -> Iterator[str]:
    for each in warnings(re.sub(r"\{\{.*?\}\}", "x", text)):
        yield (
            f"{each.what.value} ({each.letters}): {each.parts_saved} parts less without"
            if each.parts_saved
            else (f"{each.what.value} ({each.letters}) may show badly, or make the text longer than it looks")
        )

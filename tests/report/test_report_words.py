"""Both languages say the same things with the same values."""

from string import Formatter

import pytest

from ritorno.core.scores.cells import GROUPS, PROSPECTS
from ritorno.report.group_words import GROUP_WORDS
from ritorno.report.words import WORDS


def test_hebrew_and_english_have_the_same_sentences() -> None:
    assert WORDS["he"].keys() == WORDS["en"].keys()
    assert all(text.strip() for words in WORDS.values() for text in words.values())


@pytest.mark.parametrize("key", sorted(WORDS["en"]))
def test_a_sentence_takes_the_same_values_in_both_languages(key: str) -> None:
    values = [{name for _, name, _, _ in Formatter().parse(WORDS[language][key]) if name} for language in ("he", "en")]
    assert values[0] == values[1]


def test_every_group_says_what_it_means_and_what_to_do_in_both_languages() -> None:
    keys = {str(group.key) for group in (*GROUPS, PROSPECTS)}
    for words in GROUP_WORDS.values():
        assert words.keys() == keys
        assert all(about.meaning and about.use for about in words.values())


def test_hebrew_is_written_in_hebrew_letters() -> None:
    with_values_only = {"from_to", "f1", "f2"}
    foreign = [
        key
        for key, text in WORDS["he"].items()
        if key not in with_values_only and not any("א" <= c <= "ת" for c in text)
    ]
    assert foreign == []

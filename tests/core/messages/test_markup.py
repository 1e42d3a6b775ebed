"""Words with a little markup, safe and plain."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.messages.markup import address, clean, linked, plain
from ritorno.core.messages.printing import FIRST_STRONG, POP, TextError


def test_little_markup_stays_and_the_rest_is_taken_out() -> None:
    told = '<b>a</b> <i>b</i> <script>alert(1)</script><img src=x onerror=y><a href="javascript:z" onclick="q">c</a>'
    assert clean(told) == "<b>a</b> <i>b</i> <a>c</a>"
    assert clean("M&amp;S and M&S") == "M&amp;S and M&amp;S"
    assert clean("nothing") == "nothing"


def test_bare_addresses_become_links_and_those_of_a_link_stay() -> None:
    assert linked("see https://a.example/r/x.\nbye") == (
        'see <a href="https://a.example/r/x">https://a.example/r/x</a>.<br>bye'
    )
    told = '<a href="https://a.example/x">https://a.example/x</a>'
    assert linked(told) == told


def test_plain_text_says_the_same() -> None:
    assert plain('<b>a</b><br>b <a href="https://a.example">c</a> <bdi>Dana</bdi> &lt;d&gt;') == (
        f"a\nb c (https://a.example) {FIRST_STRONG}Dana{POP} <d>"
    )
    assert plain('<a href="https://a.example">https://a.example</a>') == "https://a.example"
    assert plain("M&amp;S") == "M&S"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//a.example", "a.example", ""])
def test_an_address_is_of_the_web(url: str) -> None:
    with pytest.raises(TextError, match="begins with https://"):
        address(url)


def test_an_address_is_escaped_for_its_attribute() -> None:
    assert address('https://a.example/?a=1&b="') == "https://a.example/?a=1&amp;b=&quot;"


@given(st.text())
def test_no_value_becomes_markup_and_plain_gives_it_back(value: str) -> None:
    if "\r" in value or "\x00" in value:
        return
    escaped = html.escape(value)
    assert plain(clean(escaped)) == value
    assert "<" not in clean(escaped)

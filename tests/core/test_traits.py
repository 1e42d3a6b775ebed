"""What a brand has defined of its custom fields, and what it takes in (SEG-12)."""

import pytest

from ritorno.core.journeys.way import Words
from ritorno.core.messages.render import problems as text_problems
from ritorno.core.standard_traits import STANDARD
from ritorno.core.trait_values import Choice, TraitError, TraitKind
from ritorno.core.traits import TraitDefinition, TraitRules, key_problem, problems

SIZE = TraitDefinition("walker_size", TraitKind.NUMBER, Words("מידת הליכון", "Walker size"))
FROM_CRM = TraitDefinition("credit", TraitKind.NUMBER, Words("אשראי", "Credit"), told_by=("crm", "operator"))
RULES = TraitRules((SIZE, FROM_CRM))


def test_seg_12_a_defined_trait_is_read_in_its_kind_and_any_other_as_it_is_told() -> None:
    assert RULES.read("walker_size", "38", "files") == 38
    assert RULES.read("shoe", "38", "files") == "38"
    with pytest.raises(TraitError, match="write a number"):
        RULES.read("walker_size", "large", "files")


def test_a_strict_brand_takes_only_what_it_has_defined_and_the_names_it_speaks_with() -> None:
    strict = TraitRules((SIZE,), strict=True)
    assert strict.read("walker_size", 38) == 38
    assert strict.read("first_name", "דנה") == "דנה"
    with pytest.raises(TraitError, match=r"there is no trait 'shoe', .*ritorno traits define shoe --kind text"):
        strict.read("shoe", 38)


def test_only_the_word_of_the_source_of_truth_counts() -> None:
    assert RULES.read("credit", 100, "crm") == 100
    with pytest.raises(TraitError, match="is told by crm or operator and not by files"):
        RULES.read("credit", 100, "files")


@pytest.mark.parametrize("heading", ["walker_size", "Walker Size", "מידת הליכון", "WALKER-SIZE", " מידת  הליכון"])
def test_a_column_headed_as_the_trait_is_called_tells_it(heading: str) -> None:
    assert RULES.headed(heading) is SIZE


def test_a_column_headed_otherwise_tells_none_of_them() -> None:
    assert RULES.headed("shoe") is None


@pytest.mark.parametrize("key", ["walker_model", "דגם", "_x", "2x", "a b", "a.b", "a-b", "", "x" * 61, "nil", "empty",
                                 "true", "contains", "if", "else", "size", "first"])  # fmt: skip
def test_a_trait_that_can_be_defined_can_stand_in_a_text(key: str) -> None:
    if key_problem(key) is None:
        assert text_problems(f"{{{{ customer.traits.{key} }}}}", "he") == []
    else:
        assert key in repr(key_problem(key))


def _wrong(definition: TraitDefinition, *others: TraitDefinition) -> str:
    return "; ".join(problems(definition, others))


def test_what_is_wrong_with_a_definition_is_told_at_once() -> None:
    name = Words("דגם", "Model")
    light, dark = Choice("light", Words("קל", "Light")), Choice("dark", Words("קל", "Dark"))
    assert "cannot be the name" in _wrong(TraitDefinition("a b", TraitKind.TEXT, name))
    assert "a name in both" in _wrong(TraitDefinition("m", TraitKind.TEXT, Words("", "Model")))
    assert "a text has no choices" in _wrong(TraitDefinition("m", TraitKind.TEXT, name, (light,)))
    assert "needs at least one --choice" in _wrong(TraitDefinition("m", TraitKind.CHOICE, name))
    assert "'קל' would be both" in _wrong(TraitDefinition("m", TraitKind.CHOICE, name, (light, dark)))
    nameless = Choice(" ", Words("ריק", "Empty"))
    assert "a choice has no key" in _wrong(TraitDefinition("m", TraitKind.LIST, name, (nameless,)))
    many = tuple(Choice(f"k{n}", Words(f"א{n}", f"n{n}")) for n in range(501))
    assert "has 501 choices; at most 500" in _wrong(TraitDefinition("m", TraitKind.LIST, name, many))
    same = TraitDefinition("size", TraitKind.TEXT, Words("מידה", "walker size"))
    assert "'walker size' is how the trait 'walker_size' is called" in _wrong(same, SIZE, same)


def test_seg_13_seg_14_the_standard_traits_can_be_defined_as_they_are() -> None:
    assert [each for each in STANDARD.values() if problems(each, tuple(STANDARD.values()))] == []
    assert STANDARD["gender"].read("נקבה") == "female"
    assert STANDARD["has_children"].read("כן") is True

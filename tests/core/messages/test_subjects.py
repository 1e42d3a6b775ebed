"""Which subject is the better one, by clicks (ENG-03)."""

import pytest

from ritorno.core.messages.subjects import SubjectArm, winner


@pytest.mark.parametrize(
    ("arms", "best"),
    [
        ([("bold", 500, 60), ("calm", 500, 20)], "bold"),
        ([("bold", 500, 60), ("calm", 500, 55)], None),
        ([("bold", 500, 60), ("calm", 500, 20), ("dull", 500, 58)], None),
        ([("bold", 5, 1), ("calm", 0, 0)], None),
        ([("bold", 500, 60)], None),
        ([], None),
    ],
)
def test_eng_03_a_subject_wins_when_it_is_clicked_oftener_beyond_chance(
    arms: list[tuple[str, int, int]], best: str | None
) -> None:
    assert winner([SubjectArm(*arm) for arm in arms]) == best

"""Every case that is written, on Spark too: one session, and one question for the cases of one plan and instant."""

from collections.abc import Iterator
from itertools import groupby

import pytest

from tests.parity.engines import Engine, started
from tests.parity.test_parity_cases import CASES, Case, _together

pytestmark = [
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning"),  # of PySpark's use of pandas
    pytest.mark.xdist_group("pyspark"),  # one Java for all that Spark is asked
]
MOST = 25  # rules in one question: of more, Spark plans longer than it would for two


@pytest.fixture(scope="module")
def spark() -> Iterator[Engine]:
    with started("pyspark") as engine:
        yield engine


@pytest.mark.parametrize("file", sorted({case.file for case in CASES}))
def test_whole_on_spark(file: str, spark: Engine) -> None:
    wrong = []
    for cases in _questions(file):
        people = list({case.customer.id: case.customer for case in cases}.values())
        found = spark.answers([case.rule for case in cases], people, cases[0].plan, cases[0].now)
        for case, answers in zip(cases, found, strict=True):
            answer, change = answers[case.customer.id]
            if answer is not case.answer or change <= case.now or (case.until is not None and change > case.until):
                wrong.append((case.says, answer, change))
    assert wrong == []


def _questions(file: str) -> Iterator[list[Case]]:
    for _, group in groupby(sorted((case for case in CASES if case.file == file), key=_together), key=_together):
        cases = list(group)
        yield from (cases[start : start + MOST] for start in range(0, len(cases), MOST))

"""Permission as records: who gave what, by which act, and what undoes it (ISR-01, ISR-05)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.consent import ConsentRecord, Proof, in_force, record, refusal
from ritorno.core.events import Channel, ConsentTold, Purpose, happened
from ritorno.core.ids import EventId
from ritorno.core.instants import Instant
from tests.core.histories import CONSENTS, folded, naive_consent


def told(*acts: str) -> list[ConsentRecord]:
    """Records of SMS marketing in order: `form`, `import`, `claimed` (an import without words), `stop`."""
    bodies = {
        "form": ConsentTold(Channel.SMS, given=True, source="form", wording="כן"),
        "import": ConsentTold(Channel.SMS, given=True, source="import", wording_version="v3"),
        "claimed": ConsentTold(Channel.SMS, given=True, source="import"),
        "stop": ConsentTold(Channel.SMS, given=False, source="reply"),
    }
    return [record(bodies[act], Instant(index), EventId(index)) for index, act in enumerate(acts)]


@pytest.mark.parametrize(
    ("acts", "permit"),
    [
        (("form",), 0),
        (("import",), 0),
        (("claimed",), None),
        (("form", "stop"), None),
        (("form", "stop", "import"), None),
        (("stop", "import"), None),
        (("form", "stop", "form"), 2),
        (("form", "stop", "form", "import"), 2),
        (("form", "claimed"), 0),
        ((), None),
    ],
)
def test_isr_05_only_a_new_act_of_their_own_undoes_a_withdrawal(acts: tuple[str, ...], permit: int | None) -> None:
    found = in_force(told(*acts), Channel.SMS, Purpose.MARKETING)
    assert (found and found.event) == permit


def test_isr_01_an_import_without_words_is_no_consent_and_the_row_that_permits_is_named() -> None:
    claimed, given = told("claimed", "import")
    assert (claimed.proof, given.proof) == (Proof.UNPROVEN, Proof.IMPORTED)
    assert in_force([claimed, given], Channel.SMS, Purpose.MARKETING) is given
    assert in_force([claimed, given], Channel.EMAIL, Purpose.MARKETING) is None
    assert in_force([claimed, given], Channel.SMS, Purpose.SERVICE) is None


def test_a_refusal_stands_until_it_is_taken_back() -> None:
    assert refusal(told("form"), Channel.SMS, Purpose.MARKETING) is None
    stopped = refusal(told("form", "stop", "import"), Channel.SMS, Purpose.MARKETING)
    assert stopped is not None
    assert stopped.event == 1
    assert refusal(told("stop", "form"), Channel.SMS, Purpose.MARKETING) is None
    assert refusal(told("stop"), Channel.EMAIL, Purpose.MARKETING) is None


@given(st.lists(CONSENTS, max_size=6), st.sampled_from(Channel))
def test_isr_01_the_ledger_says_what_a_plain_reading_says(acts: list[ConsentTold], channel: Channel) -> None:
    when = [Instant(index) for index in range(len(acts))]
    customer = folded(
        [happened("s", f"{at}", act, occurred_at=at, received_at=at) for at, act in zip(when, acts, strict=True)]
    )
    assert (in_force(customer.consents, channel, Purpose.MARKETING) is not None) is naive_consent(customer, channel)

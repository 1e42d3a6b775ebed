"""Arms by hash: always the same, about as many as asked, independent of each other."""

from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.experiments import arm, share
from ritorno.core.ids import CustomerId

PEOPLE = [CustomerId(number) for number in range(10_000)]


def test_pb2_01_about_a_tenth_is_held_out_and_always_the_same_ones() -> None:
    held_out = {customer for customer in PEOPLE if arm("PB2", customer, 0.1) == "holdout"}
    assert 900 < len(held_out) < 1_100
    assert held_out == {customer for customer in reversed(PEOPLE) if arm("PB2", customer, 0.1) == "holdout"}
    both = {customer for customer in held_out if arm("PB3", customer, 0.1) == "holdout"}
    assert 60 < len(both) < 140, "another playbook holds out others"


@given(st.text(max_size=8), st.integers(0, 2**63 - 1), st.floats(0, 1))
def test_who_is_held_out_of_little_is_held_out_of_more(name: str, number: int, more: float) -> None:
    customer = CustomerId(number)
    assert 0 <= share(name, customer) < 1
    assert arm(name, customer, 0) == "treated"
    assert arm(name, customer, 1) == "holdout"
    if arm(name, customer, more / 2) == "holdout":
        assert arm(name, customer, more) == "holdout"

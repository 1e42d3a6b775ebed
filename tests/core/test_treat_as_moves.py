"""SCO-12: new cuts enroll nobody, unless what they move is to be treated as moves."""

from msgspec.structs import replace

from ritorno.core.decisions import Enrolled, GroupMoved
from ritorno.core.instants import days
from ritorno.core.react import Reaction, Replanned, react
from ritorno.playbooks.library import load
from ritorno.testing import Person, at, held_out_of, shop

PLAN = shop(held_out_of(load("PB2"), 0))
NARROWER = replace(PLAN, scheme=replace(PLAN.scheme, version=2, recency=(days(30), days(60))))
NOW = at("2026-03-02T10:00")


def recut(*, as_moves: bool) -> Reaction:
    """Dani, a star 80 days ago, under cuts by which 60 days make him a customer at risk."""
    dani = Person(PLAN).consents("sms")
    for when in ("2025-10-01T10:00", "2025-11-01T10:00", "2025-12-12T10:00"):
        dani.buys(when, 800)
    return react(dani.lives_until("2026-03-02T10:00").customer, (Replanned(NOW, "cuts v2", as_moves),), NARROWER, NOW)


def test_sco_12_new_cuts_move_customers_into_groups_and_into_no_playbook() -> None:
    reaction = recut(as_moves=False)
    (moved,) = [each for each in reaction.decisions if isinstance(each, GroupMoved)]
    assert (moved.before, moved.after, moved.cause) == ("cooling", "risk", "cuts v2")
    assert reaction.customer.enrollments == []


def test_sco_12_treated_as_moves_they_trigger_playbooks_like_any_other() -> None:
    (entered,) = [each for each in recut(as_moves=True).decisions if isinstance(each, Enrolled)]
    assert (entered.playbook, entered.cause, entered.at) == ("PB2", "cuts v2", NOW)

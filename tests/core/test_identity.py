"""Who is this? New, known, several who are one – or nobody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.identifiers import Identifier, Kind, normalise
from ritorno.core.identity import Anonymous, Evidence, Merge, New, Person, Recognised, contradict, resolve
from ritorno.core.ids import CustomerId

PHONE = normalise(Kind.PHONE, "052-123 4567")
MAIL = normalise(Kind.EMAIL, "dana@x.co.il")
OTHER_MAIL = normalise(Kind.EMAIL, "avi@x.co.il")
CARD, OTHER_CARD = (normalise(Kind.CLUB_CARD, value, namespace="club") for value in ("1001", "1002"))
LOGIN, OTHER_LOGIN = (normalise(Kind.SHOP_ID, value, namespace="web") for value in ("17", "18"))
ONE, TWO, THREE = CustomerId(1), CustomerId(2), CustomerId(3)


def people(*known: tuple[CustomerId, str, tuple[Identifier, ...]]):  # type: ignore[no-untyped-def]
    """(who holds what, the people) of those known."""
    holders = {identifier: customer for customer, _, identifiers in known for identifier in identifiers}
    return holders, {customer: Person(customer, frozenset(told), name) for customer, name, told in known}


def test_nobody_known_is_somebody_new() -> None:
    assert resolve((PHONE, MAIL), "", {}, {}) == New((MAIL, PHONE))


def test_dat_03_the_phone_of_the_till_and_the_site_is_one_customer() -> None:
    holders, known = people((ONE, "", (PHONE,)), (TWO, "", (MAIL,)))
    assert resolve((normalise(Kind.PHONE, "+972521234567"), LOGIN), "", holders, known) == Recognised(
        ONE, Evidence(Kind.PHONE, "+972521234567"), (LOGIN,)
    )
    found = resolve((MAIL, PHONE), "Dana", holders, known)
    assert found == Merge(ONE, (TWO,), Evidence(Kind.PHONE, "+972521234567"))
    assert isinstance(found, Merge)
    assert str(found.evidence) == "phone match"


def test_three_who_are_one_become_the_oldest() -> None:
    holders, known = people((THREE, "", (PHONE,)), (TWO, "", (MAIL,)), (ONE, "", (CARD,)))
    assert resolve((MAIL, PHONE, CARD), "", holders, known) == Merge(
        ONE, (TWO, THREE), Evidence(Kind.PHONE, "+972521234567")
    )


def test_isr_10_who_gives_nothing_or_only_what_is_shared_or_made_up_stays_anonymous() -> None:
    assert resolve((), "", {}, {}) == Anonymous("no identifier")
    made_up = normalise(Kind.PHONE, "0500000000")
    assert resolve((made_up,), "", {}, {}) == Anonymous("only shared or made-up identifiers")
    assert isinstance(resolve((PHONE,), "", {}, {}, shared=frozenset({PHONE})), Anonymous)
    assert resolve((PHONE, MAIL), "", {PHONE: ONE}, {}, shared=frozenset({PHONE})) == New((MAIL,))


def test_isr_10_a_phone_that_a_family_shares_makes_nobody_one() -> None:
    """Different e-mails with different first names behind one number: the number turned out to be shared."""
    holders, known = people((ONE, "Dana", (PHONE, MAIL)))
    assert resolve((PHONE, OTHER_MAIL), "Avi", holders, known) == New((OTHER_MAIL,), shared=(PHONE,))
    assert isinstance(resolve((PHONE, OTHER_MAIL), "DANA ", holders, known), Recognised), "the same name, a new e-mail"
    assert isinstance(resolve((PHONE, MAIL), "Avi", holders, known), Recognised), "he uses her e-mail as well"
    with_card = people((ONE, "Dana", (PHONE, MAIL, CARD)))
    assert isinstance(resolve((PHONE, CARD, OTHER_MAIL), "D.", *with_card), Recognised), "one card is one person's"


@pytest.mark.parametrize(("mine", "theirs"), [(CARD, OTHER_CARD), (LOGIN, OTHER_LOGIN)])
def test_two_cards_of_one_club_or_two_logins_of_one_shop_are_two_people(mine: Identifier, theirs: Identifier) -> None:
    holders, known = people((ONE, "", (PHONE, mine)))
    assert resolve((PHONE, theirs), "", holders, known) == New((theirs,), shared=(PHONE,))
    both = people((ONE, "", (PHONE, mine, theirs)))
    assert isinstance(resolve((PHONE, theirs), "", *both), Recognised), "who has two of them may show either"
    elsewhere = normalise(mine.kind, "5", namespace="another")
    assert isinstance(resolve((PHONE, elsewhere), "", holders, known), Recognised)


def test_people_who_contradict_each_other_are_not_merged() -> None:
    holders, known = people((ONE, "", (MAIL, CARD)), (TWO, "", (PHONE, OTHER_CARD)))
    assert resolve((MAIL, PHONE), "", holders, known) == Recognised(ONE, Evidence(Kind.EMAIL, "dana@x.co.il"))


def test_dat_03_whom_an_operator_has_parted_stay_apart() -> None:
    holders, known = people((ONE, "", (MAIL,)), (TWO, "", (PHONE,)))
    apart = frozenset({frozenset({ONE, TWO})})
    found = resolve((MAIL, PHONE), "", holders, known, apart=apart)
    assert found == Recognised(ONE, Evidence(Kind.EMAIL, "dana@x.co.il"))


IDENTIFIERS = st.frozensets(st.sampled_from([PHONE, MAIL, OTHER_MAIL, CARD, OTHER_CARD, LOGIN, OTHER_LOGIN]))
NAMES = st.sampled_from(["", "Dana", "dana", "ז׳אן", "ז'אן"])


@given(IDENTIFIERS, NAMES, IDENTIFIERS, NAMES)
def test_to_contradict_is_mutual_and_nobody_contradicts_themselves(
    mine: frozenset[Identifier], my_name: str, theirs: frozenset[Identifier], their_name: str
) -> None:
    one, other = Person(ONE, mine, my_name), Person(TWO, theirs, their_name)
    assert contradict(one, other) is contradict(other, one)
    assert not contradict(one, Person(THREE, mine, my_name))


@given(st.lists(st.sampled_from([PHONE, MAIL, CARD, LOGIN]), min_size=1, unique=True), st.data())
def test_the_order_in_which_identifiers_are_told_decides_nothing(told: list[Identifier], data: st.DataObject) -> None:
    owners = {identifier: data.draw(st.sampled_from([ONE, TWO])) for identifier in told[:2]}
    known = {
        customer: Person(customer, frozenset(one for one in owners if owners[one] == customer))
        for customer in owners.values()
    }
    shuffled = data.draw(st.permutations(told))
    assert resolve(tuple(told), "", owners, known) == resolve(tuple(shuffled), "", owners, known)


def test_an_identifier_is_said_with_its_namespace() -> None:
    assert [str(one) for one in (MAIL, CARD)] == ["email:dana@x.co.il", "club_card:club:1001"]

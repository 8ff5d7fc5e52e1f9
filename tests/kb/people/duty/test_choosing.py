"""Who gets a task: the law that nobody is left out and nobody unfit is chosen, and the order that people are asked in.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.people.duty.choosing import Away, Holder, Matter, Staff, Way, choose, is_away, keep_or_choose, superior

DAY = date(2026, 12, 1)
MATTER = Matter(DAY + timedelta(days=10))
EVERYBODY = frozenset({"li", "wang", "zhao", "head", "dep", "km", "root"})


def staff(**fields: object) -> Staff:
    given_: dict[str, object] = {"standing": EVERYBODY, "editors": frozenset({"li", "wang"}),
                                 "approvers": frozenset({"zhao"}), "deputies": ("dep",), "head": "head",
                                 "managers": frozenset({"km"}), "admins": frozenset({"root"}), **fields}
    return Staff(**given_)  # type: ignore[arg-type]


def away(*logins: str, days: int = 20, substitute: str = "") -> dict[str, Away]:
    return {login: Away(DAY + timedelta(days=days), substitute) for login in logins}


@pytest.mark.parametrize(("fields", "person", "way"), [
    ({"confirmer": "wang", "author": "li"}, "wang", Way.CONFIRMER),
    ({"author": "wang"}, "wang", Way.AUTHOR),
    ({"author": "gone"}, "li", Way.EDITOR),
    ({"load": {"li": 3, "wang": 1}}, "wang", Way.EDITOR),
    ({"editors": frozenset()}, "zhao", Way.APPROVER),
    ({"editors": frozenset(), "approvers": frozenset()}, "dep", Way.DEPUTY),
    ({"editors": frozenset(), "approvers": frozenset(), "deputies": ()}, "head", Way.HEAD),
    ({"editors": frozenset(), "approvers": frozenset(), "deputies": (), "head": ""}, "km", Way.MANAGER),
    ({"standing": frozenset({"root"})}, "root", Way.ADMIN),
    ({"confirmer": "km"}, "li", Way.EDITOR),  # a manager stood in once; the department answers for it
])
def test_people_are_asked_in_this_order(fields: dict[str, object], person: str, way: Way) -> None:
    assert choose(staff(**fields), MATTER) == Holder(person, way)


def test_who_is_away_until_it_is_due_is_stood_in_for_by_whom_they_named() -> None:
    found = choose(staff(confirmer="wang", away=away("wang", substitute="zhao")), MATTER)
    assert found == Holder("zhao", Way.SUBSTITUTE, "wang")


def test_who_is_back_before_it_is_due_gets_it_all_the_same_unless_it_is_serious() -> None:
    known = staff(confirmer="wang", away=away("wang", days=5, substitute="li"))
    assert choose(known, MATTER) == Holder("wang", Way.CONFIRMER)
    assert choose(known, Matter(MATTER.due_on, is_serious=True)) == Holder("li", Way.SUBSTITUTE, "wang")


def test_a_substitute_who_is_away_is_stood_in_for_in_turn_and_a_circle_ends() -> None:
    chain = {**away("wang", substitute="li"), **away("li", substitute="zhao")}
    assert choose(staff(confirmer="wang", away=chain), MATTER) == Holder("zhao", Way.SUBSTITUTE, "wang")
    circle = {**away("wang", substitute="li"), **away("li", substitute="wang")}
    assert choose(staff(confirmer="wang", away=circle), MATTER) == Holder("zhao", Way.APPROVER)


def test_where_all_are_away_the_first_back_has_it() -> None:
    all_away = {login: Away(DAY + timedelta(days=30 - n)) for n, login in enumerate(sorted(EVERYBODY - {"root"}))}
    assert choose(staff(away=all_away), MATTER) == Holder("zhao", Way.APPROVER)


def test_a_task_comes_back_to_whoever_was_away() -> None:
    held = Holder("zhao", Way.SUBSTITUTE, "wang")
    assert keep_or_choose(held, staff(), MATTER) == Holder("wang", Way.BACK)
    assert keep_or_choose(held, staff(away=away("wang")), MATTER) == held


def test_a_manager_gives_a_task_back_as_soon_as_the_department_has_somebody() -> None:
    held = Holder("km", Way.MANAGER)
    assert keep_or_choose(held, staff(), MATTER) == Holder("li", Way.EDITOR)
    assert keep_or_choose(held, staff(editors=frozenset(), approvers=frozenset(), deputies=(), head=""), MATTER) == held
    assert keep_or_choose(Holder("km", Way.DELEGATE), staff(), MATTER) == Holder("km", Way.DELEGATE)


def test_what_is_late_is_brought_before_the_head_and_then_a_manager_and_never_before_its_own_person() -> None:
    assert superior(1, "li", staff(), MATTER) == "head"
    assert superior(1, "head", staff(), MATTER) == "dep"
    assert superior(1, "li", staff(away=away("head")), MATTER) == "dep"
    assert superior(1, "li", staff(head="", deputies=()), MATTER) == "km"
    assert superior(2, "li", staff(), MATTER) == "km"
    assert superior(2, "km", staff(), MATTER) == "root"


logins = st.sampled_from(sorted(EVERYBODY))
groups = st.frozensets(logins)
absent = st.dictionaries(logins, st.builds(Away, st.dates(DAY, DAY + timedelta(days=30)), logins | st.just("")))
world = st.builds(Staff, groups, logins | st.just(""), logins | st.just(""), groups, groups,
                  st.lists(logins, max_size=2, unique=True).map(tuple), logins | st.just(""), groups, groups, absent,
                  st.dictionaries(logins, st.integers(0, 9)))
matters = st.builds(Matter, st.dates(DAY, DAY + timedelta(days=30)), st.booleans())
holders = st.builds(Holder, logins, st.sampled_from(Way), logins | st.just(""))


@given(world, matters)
def test_somebody_fit_is_chosen_while_there_is_one(known: Staff, matter: Matter) -> None:
    found = choose(known, matter)
    fit = {login for login in EVERYBODY if known.may_have(login)} | (known.admins & known.standing)
    assert (found is None) == (not fit)
    if found is not None:
        assert found.person in fit and found.person in known.standing
        here = {login for login in EVERYBODY if known.may_have(login) and not is_away(known, login, matter)}
        assert found.person in here or not here


@given(holders, world, matters)
def test_who_keeps_a_task_is_fit_and_asking_twice_changes_nothing(held: Holder, known: Staff, matter: Matter) -> None:
    found = keep_or_choose(held, known, matter)
    assert keep_or_choose(found, known, matter) == found
    if any(known.may_have(login) for login in EVERYBODY):
        assert known.may_have(found.person)
    elif known.admins & known.standing:
        assert found.person in known.standing
    assert found.in_place_of != found.person or found == held


@given(st.sampled_from((1, 2)), logins, world, matters)
def test_nobody_is_their_own_superior(level: int, person: str, known: Staff, matter: Matter) -> None:
    found = superior(level, person, known, matter)
    assert found != person
    assert not found or found in known.standing

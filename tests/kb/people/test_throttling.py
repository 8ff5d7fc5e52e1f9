"""Throttling: guessing is slow from one place and from many, and nobody elsewhere is locked out by it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from kb.actor import OPERATOR
from kb.db import Database
from kb.errors import Denied, KbError
from kb.models import SignInAttempt
from kb.people import credentials
from kb.people.throttling import OF_AN_ACCOUNT, OF_AN_ADDRESS
from kb.record import audit
from tests.conftest import NOW
from tests.kb.people.accounts import ELSEWHERE, HOME, PASSWORD, added, guessed_cheaply, signed_in

WRONG = "a wrong password"
TRIES = 3


def outcome(database: Database, login: str = "wang", password: str = WRONG, *, address: str = HOME, minutes: float = 0,
            tries: int = TRIES) -> str:
    """in, sign_in (wrong), or throttled."""
    try:
        signed_in(database, login, password, address=address, minutes=minutes, tries=tries)
    except Denied as error:
        return error.code
    return "in"


def guess(database: Database, times: int, login: str = "wang", *, address: str = HOME, minutes: float = 0) -> None:
    for _ in range(times):
        assert outcome(database, login, address=address, minutes=minutes) == "sign_in"


def guess_from_everywhere(database: Database, *, minutes: float = 0) -> None:
    """As many failures for one account as tell that it is guessed at from many addresses."""
    for n in range(OF_AN_ACCOUNT):
        guess(database, TRIES, address=f"198.51.100.{n}", minutes=minutes)


def test_fault_33_guesses_at_an_account_from_one_address_have_to_wait(database: Database) -> None:
    added(database)
    guess(database, TRIES)
    with pytest.raises(Denied) as caught:
        signed_in(database, minutes=5, tries=TRIES)
    assert (caught.value.code, caught.value.facts["retry_after_s"]) == ("throttled", 600)
    assert "10 minutes" in caught.value.message and "kb user unlock" in caught.value.message
    assert outcome(database, password=PASSWORD, minutes=14.9) == "throttled"
    assert outcome(database, password=PASSWORD, minutes=15) == "in"


def test_guesses_from_elsewhere_do_not_lock_the_owner_out(database: Database) -> None:
    added(database, "manager")
    guess(database, TRIES, "manager", address=ELSEWHERE)
    assert outcome(database, "manager", PASSWORD, address=ELSEWHERE) == "throttled"
    assert outcome(database, "manager", PASSWORD) == "in"


def test_s5_an_offices_failures_do_not_lock_out_its_right_passwords(database: Database) -> None:
    logins = [added(database, f"agent{n}") for n in range(8)]
    for login in logins[:7]:
        guess(database, TRIES - 1, login)  # 14 in all, from the address that all share
    guess(database, 1, "agent0")
    assert outcome(database, "agent0", PASSWORD) == "throttled"
    assert [outcome(database, login, PASSWORD) for login in logins[1:]] == ["in"] * 7


def test_successful_sign_ins_never_throttle_an_office_behind_one_address(database: Database) -> None:
    added(database)
    for _ in range(OF_AN_ADDRESS + 2):
        assert outcome(database, password=PASSWORD, tries=1) == "in"


def test_fault_33_one_password_over_many_accounts_has_to_wait_by_address(database: Database) -> None:
    added(database)
    for n in range(OF_AN_ADDRESS * TRIES):
        assert outcome(database, f"guess{n}") == "sign_in"
    assert outcome(database, "guess-more") == "throttled"
    assert outcome(database, password=PASSWORD) == "throttled"
    assert outcome(database, password=PASSWORD, address=ELSEWHERE) == "in"
    assert outcome(database, password=PASSWORD, minutes=15) == "in"


def test_fault_33_an_account_guessed_at_from_everywhere_bears_less_and_opens_where_nobody_guessed(
        database: Database) -> None:
    added(database)
    guessed_cheaply(database)
    for n in range(OF_AN_ACCOUNT * 9 // 8 + 1):  # of 9 tries each: 11 addresses with 8 failures are 88, 12 are 96
        for _ in range(8):
            outcome(database, address=f"198.51.100.{n}", tries=9)
    assert outcome(database, address="198.51.100.0", tries=9) == "throttled"  # 8 of 9, and no ninth
    found = [outcome(database, address="203.0.113.7", tries=9) for _ in range(4)]
    assert found == ["sign_in"] * 3 + ["throttled"]
    assert outcome(database, address="203.0.113.7", minutes=59, tries=9) == "throttled"  # by now any other would go on
    assert outcome(database, password=PASSWORD, minutes=59, tries=9) == "in"
    assert outcome(database, password=PASSWORD, address="203.0.113.7", minutes=60, tries=9) == "in"


def test_however_long_it_is_guessed_at_the_owner_signs_in(database: Database) -> None:
    added(database)
    guessed_cheaply(database)
    for hour in range(3):
        guess_from_everywhere(database, minutes=60 * hour)
        assert outcome(database, password=PASSWORD, minutes=60 * hour) == "in"
        guess(database, 2, minutes=60 * hour)  # and may mistype
        assert outcome(database, password=PASSWORD, minutes=60 * hour) == "in"


def test_one_address_alone_cannot_have_an_account_bear_less(database: Database) -> None:
    added(database)
    guessed_cheaply(database)
    for minutes in range(60):
        for _ in range(4):
            outcome(database, address=ELSEWHERE, minutes=minutes, tries=9)
    found = [outcome(database, minutes=60, tries=9) for _ in range(10)]
    assert found == ["sign_in"] * 9 + ["throttled"]


def test_a_right_password_clears_its_own_account_at_its_own_address_and_nothing_else(database: Database) -> None:
    added(database)
    added(database, "attacker")
    guess(database, TRIES)
    assert outcome(database, "attacker", PASSWORD) == "in"
    assert outcome(database, password=PASSWORD) == "throttled"
    guess(database, TRIES, address=ELSEWHERE)
    assert outcome(database, password=PASSWORD, address="203.0.113.7") == "in"
    assert outcome(database, password=PASSWORD, address=ELSEWHERE) == "throttled"
    guess(database, TRIES - 1, "attacker")
    assert outcome(database, "attacker", PASSWORD) == "in"
    guess(database, TRIES, "attacker")


def test_an_attackers_own_account_does_not_clear_the_address(database: Database) -> None:
    added(database, "attacker")
    for n in range(OF_AN_ADDRESS * TRIES):
        assert outcome(database, f"guess{n}") == "sign_in"
        if n % 10 == 0:
            assert outcome(database, "attacker", PASSWORD) == "in"
    assert outcome(database, "guess-more") == "throttled"


def test_trying_while_one_has_to_wait_makes_no_wait_longer(database: Database) -> None:
    added(database)
    guess(database, TRIES)
    for minute in range(1, 15):
        assert outcome(database, minutes=minute) == "throttled"
    assert outcome(database, password=PASSWORD, minutes=15) == "in"


@pytest.mark.parametrize(("first", "second", "is_one"), [
    ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", True), ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
    ("::ffff:192.0.2.7", "192.0.2.7", True), ("fe80::1%eth0", "fe80::1", True), ("192.0.2.7", "192.0.2.8", False),
    ("", "", True), ("no address", "no address", True),
])
def test_a_network_of_ipv6_addresses_counts_as_one(database: Database, first: str, second: str, is_one: bool) -> None:
    added(database)
    guess(database, TRIES, address=first)
    assert outcome(database, password=PASSWORD, address=second) == ("throttled" if is_one else "in")


def test_an_account_that_is_none_waits_like_one_that_is(database: Database) -> None:
    added(database)
    for login in ("nobody", "wang"):
        assert [outcome(database, login) for _ in range(4)] == ["sign_in"] * 3 + ["throttled"]
    assert outcome(database, "WANG") == "throttled"  # no way round by another spelling


def test_s5_unlocking_lets_an_account_in_at_once_and_is_audited(database: Database) -> None:
    added(database)
    added(database, "li")
    for login in ("wang", "li"):
        guess(database, TRIES, login)
    guess(database, TRIES, address=ELSEWHERE)
    with database.transaction() as session:
        assert credentials.unlock_user(session, OPERATOR, "wang", now=NOW) == 2 * TRIES
        last = audit.tail(session, 1)[0]
    assert (last.action, last.subject, last.after) == ("unlock_user", "user:wang", {"failures": 2 * TRIES})
    assert outcome(database, password=PASSWORD) == outcome(database, password=PASSWORD, address=ELSEWHERE) == "in"
    assert outcome(database, "li", PASSWORD) == "throttled"


def test_unlocking_an_address_lets_its_people_in_and_keeps_the_address_out_of_the_log(database: Database) -> None:
    added(database)
    for n in range(OF_AN_ADDRESS * TRIES):
        outcome(database, f"guess{n}")
    assert outcome(database, password=PASSWORD) == "throttled"
    with database.transaction() as session:
        assert credentials.unlock_address(session, OPERATOR, HOME, now=NOW) == OF_AN_ADDRESS * TRIES
        last = audit.tail(session, 1)[0]
    assert HOME not in f"{last.subject} {last.after}"
    assert outcome(database, password=PASSWORD) == "in"


def test_guesses_sent_at_once_are_counted_one_by_one(database: Database) -> None:
    added(database)
    gate = threading.Barrier(6)
    found: list[str] = []

    def act() -> None:
        gate.wait()
        try:
            found.append(outcome(database))
        except KbError as error:
            found.append(error.code)

    threads = [threading.Thread(target=act) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == ["sign_in"] * TRIES + ["throttled"] * TRIES


def test_what_is_older_than_counts_is_not_kept_and_names_nobody(database: Database) -> None:
    added(database)
    guess(database, 2)
    guess(database, 1, minutes=60)
    with database.reading() as session:
        rows = session.execute(select(SignInAttempt.key, SignInAttempt.at)).all()
    assert [at for _, at in rows] == [NOW + timedelta(hours=1)] * 2
    assert not [key for key, _ in rows if "wang" in key or HOME in key or len(key) != 64]

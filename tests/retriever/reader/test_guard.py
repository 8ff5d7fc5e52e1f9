"""An endpoint that fails is left alone for a while, and is sent no more than it may cost."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from retriever.errors import ReaderDown
from retriever.reader.guard import Breaker, Spending


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(failures=3, pause_seconds=10, clock=clock)


def fail(breaker: Breaker, code: str = "timeout") -> str:
    """One call that fails so; the code of what the caller sees."""
    with pytest.raises(ReaderDown) as caught, breaker.passing():
        raise ReaderDown(code, "it failed")
    return caught.value.code


def succeed(breaker: Breaker) -> None:
    with breaker.passing():
        pass


def test_failures_in_a_row_make_a_pause(breaker: Breaker, clock: Clock) -> None:
    assert [fail(breaker) for _ in range(4)] == ["timeout", "timeout", "timeout", "resting"]
    clock.now += 9.9
    assert fail(breaker) == "resting"


def test_failures_with_a_success_between_them_make_none(breaker: Breaker) -> None:
    for _ in range(4):
        assert [fail(breaker), fail(breaker)] == ["timeout", "timeout"]
        succeed(breaker)


def test_after_the_pause_one_may_try_and_the_others_wait_for_it(breaker: Breaker, clock: Clock) -> None:
    for _ in range(3):
        fail(breaker)
    clock.now += 10
    with breaker.passing():
        assert fail(breaker) == "resting"
    succeed(breaker)
    assert [fail(breaker), fail(breaker)] == ["timeout", "timeout"]


def test_a_try_that_fails_begins_another_pause(breaker: Breaker, clock: Clock) -> None:
    for _ in range(3):
        fail(breaker)
    clock.now += 10
    assert [fail(breaker), fail(breaker)] == ["timeout", "resting"]
    clock.now += 10
    succeed(breaker)
    succeed(breaker)


def test_an_endpoint_that_asks_for_a_pause_gets_one_at_once(breaker: Breaker) -> None:
    assert [fail(breaker, "rate_limited"), fail(breaker)] == ["rate_limited", "resting"]


def test_what_may_not_be_spent_is_no_failure_of_the_endpoint(breaker: Breaker, clock: Clock) -> None:
    assert [fail(breaker, "over_budget") for _ in range(9)] == ["over_budget"] * 9
    for _ in range(3):
        fail(breaker)
    clock.now += 10
    assert fail(breaker, "over_budget") == "over_budget"
    succeed(breaker)


def test_no_more_is_spent_in_an_hour_than_may_be(clock: Clock) -> None:
    spending = Spending(100, clock)

    def is_taken(chars: int) -> bool:
        return taken(lambda: spending.take(chars))

    assert is_taken(60)
    clock.now += 1800
    assert is_taken(40)
    assert not is_taken(1)
    clock.now += 1799
    assert not is_taken(1)
    clock.now += 1
    assert is_taken(60)
    assert not is_taken(1)


def test_what_is_more_than_an_hours_worth_is_never_sent_and_costs_nothing(clock: Clock) -> None:
    spending = Spending(100, clock)
    assert not taken(lambda: spending.take(101))
    assert taken(lambda: spending.take(100))


def taken(take: Callable[[], None]) -> bool:
    try:
        take()
    except ReaderDown as down:
        assert down.code == "over_budget"
        return False
    return True

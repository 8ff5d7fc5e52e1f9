"""A check has its time of work, however busy the machine, and an end in any case."""

from __future__ import annotations

from time import perf_counter, process_time

from retriever.checking.allowance import Allowance


def after(passed: float, worked: float) -> Allowance:
    return Allowance(5.0, 20.0, perf_counter() - passed, process_time() - worked)


def test_it_ends_when_the_work_is_done_that_an_idle_machine_would_have_done() -> None:
    assert after(0, 0).is_left() and after(4, 8).is_left()
    assert not after(6, 11).is_left()


def test_on_a_busy_machine_it_lasts_as_long_as_its_work_but_no_longer_than_its_patience() -> None:
    assert after(6, 3).is_left() and after(19, 3).is_left()
    assert not after(19, 11).is_left() and not after(21, 3).is_left()


def test_a_share_of_it_ends_in_its_own_time() -> None:
    assert after(2, 3).is_left(share=0.5) and after(9, 3).is_left(share=0.5)
    assert not after(3, 6).is_left(share=0.5) and not after(11, 3).is_left(share=0.5)


def test_no_time_is_none() -> None:
    assert not Allowance(0.0, 20.0, perf_counter() - 1, process_time() - 1).is_left()

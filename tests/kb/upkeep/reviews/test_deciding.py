"""When a review is due, chased, put off and repeated: days that are worked, and limits that hold."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.errors import Conflict, Invalid
from kb.upkeep.calendar import WorkingCalendar
from kb.upkeep.reviews.deciding import (
    AGAIN,
    REVIEW_DATE,
    Chase,
    Reason,
    Reviewing,
    chase_of,
    check_snooze,
    days_between,
    due_day,
    is_clean,
    level_of,
    unjudged,
)
from kb.upkeep.reviews.settings import ReviewSettings
from kb.upkeep.signals.signal import Severity

SETTINGS = ReviewSettings()
MONDAY = date(2026, 11, 30)
PLAIN = WorkingCalendar()
# the first week of October is free, the Saturday after it is worked
OCTOBER = WorkingCalendar({date(2026, 10, day): False for day in range(1, 8)} | {date(2026, 10, 10): True})
SERIOUS, WARNING, DATE = (Reason("basis", Severity.SERIOUS, signal="s1"), Reason("contact", Severity.WARNING,
                          signal="s2"), Reason(REVIEW_DATE, Severity.INFO))


def due(*reasons: Reason, risk: str = "normal", review_on: date | None = None, today: date = MONDAY,
        calendar: WorkingCalendar = PLAIN) -> date:
    return due_day(reasons, risk, review_on=review_on, today=today, calendar=calendar, settings=SETTINGS)


def test_the_gravest_reason_says_how_long_it_may_take_in_working_days() -> None:
    assert due(SERIOUS, WARNING) == date(2026, 12, 2)
    assert due(WARNING) == date(2026, 12, 14)
    assert due(WARNING, risk="high") == date(2026, 12, 7)
    assert due(WARNING, risk="low") == date(2026, 12, 21)


def test_a_holiday_is_not_counted_and_a_weekend_day_that_is_worked_is() -> None:
    assert due(SERIOUS, today=date(2026, 9, 30), calendar=OCTOBER) == date(2026, 10, 9)
    assert due(SERIOUS, today=date(2026, 10, 9), calendar=OCTOBER) == date(2026, 10, 12)  # over Saturday the 10th


def test_where_its_date_alone_asks_it_is_due_then_or_on_the_working_day_before() -> None:
    assert due(DATE, review_on=date(2026, 12, 16)) == date(2026, 12, 16)
    assert due(DATE, review_on=date(2026, 12, 20)) == date(2026, 12, 18)
    assert due(Reason(REVIEW_DATE, Severity.WARNING), review_on=MONDAY) == date(2026, 12, 14)
    assert due(DATE, WARNING, review_on=date(2026, 12, 16)) == date(2026, 12, 14)


def test_its_person_is_reminded_before_and_on_the_day() -> None:
    day = date(2026, 12, 14)

    def chased(today: date) -> Chase | None:
        return chase_of(day, today=today, calendar=PLAIN, settings=SETTINGS)

    assert [chased(date(2026, 12, n)) for n in (9, 10, 13, 14, 20)] == [
        None, Chase.SOON, Chase.SOON, Chase.TODAY, Chase.TODAY]


def test_what_is_late_is_brought_before_the_head_and_then_a_manager() -> None:
    friday = date(2026, 12, 11)

    def level(today: date) -> int:
        return level_of(friday, today=today, calendar=PLAIN, settings=SETTINGS)

    assert [level(friday + timedelta(days=n)) for n in (0, 2, 3, 6, 7)] == [0, 0, 1, 1, 2]


def test_a_task_is_put_off_for_days_and_times_that_are_limited_and_a_serious_one_never() -> None:
    def snooze(until: date, severity: Severity = Severity.WARNING, snoozes: int = 0) -> None:
        check_snooze(until, severity=severity, snoozes=snoozes, today=MONDAY, calendar=PLAIN, settings=SETTINGS)

    snooze(date(2026, 12, 14))
    for wrong in (MONDAY, date(2026, 12, 15)):
        with pytest.raises(Invalid):
            snooze(wrong)
    with pytest.raises(Conflict):
        snooze(date(2026, 12, 7), Severity.SERIOUS)
    with pytest.raises(Conflict):
        snooze(date(2026, 12, 7), snoozes=SETTINGS.snoozes)


def test_signals_bring_the_next_review_forward_and_a_clean_record_puts_it_off() -> None:
    assert days_between(Reviewing(365, "normal"), SETTINGS) == 365
    assert days_between(Reviewing(365, "high"), SETTINGS) == 182
    assert days_between(Reviewing(365, "normal", signals=2), SETTINGS) == 234
    assert days_between(Reviewing(365, "normal", clean=2), SETTINGS) == 548
    assert days_between(Reviewing(365, "normal", signals=1, clean=2), SETTINGS) == 292


@given(st.integers(1, 3650), st.sampled_from(("low", "normal", "high")), st.integers(0, 40), st.integers(0, 40))
def test_the_time_between_reviews_stays_within_its_limits_and_follows_the_record(base: int, risk: str, signals: int,
                                                                                 clean: int) -> None:
    found = days_between(Reviewing(base, risk, signals, clean), SETTINGS)
    assert min(base, SETTINGS.shortest_days) <= found <= max(base, SETTINGS.longest_days)
    assert days_between(Reviewing(base, risk, signals + 1, clean), SETTINGS) <= found
    assert days_between(Reviewing(base, risk, signals, clean + 1), SETTINGS) >= found
    assert days_between(Reviewing(base, "high", signals, clean), SETTINGS) <= found or risk == "high"


def test_what_a_review_found_harmless_asks_again_only_when_it_is_worse_or_new() -> None:
    worse = Reason("contact", Severity.SERIOUS, signal="s2")
    assert unjudged((WARNING, DATE), (WARNING, DATE)) == (DATE,)
    assert unjudged((worse,), (WARNING,)) == (worse,)
    assert unjudged((Reason("contact", Severity.WARNING, signal="s3"),), (WARNING,))


def test_a_review_is_clean_if_only_a_date_asked_for_it_and_the_text_was_right() -> None:
    assert is_clean("confirmed", (DATE, Reason(AGAIN, Severity.INFO)))
    assert not is_clean("confirmed", (DATE, WARNING))
    assert not is_clean("revised", (DATE,))


@given(st.sets(st.sampled_from((SERIOUS, WARNING, DATE)), min_size=1), st.sampled_from(("low", "normal", "high")),
       st.dates(MONDAY - timedelta(days=40), MONDAY + timedelta(days=90)) | st.none(),
       st.dates(date(2026, 9, 1), date(2026, 12, 31)))
def test_a_day_is_worked_and_comes_after_today(reasons: set[Reason], risk: str, review_on: date | None, today: date
                                               ) -> None:
    found = due(*reasons, risk=risk, review_on=review_on, today=today, calendar=OCTOBER)
    assert found > today and OCTOBER.is_working(found)


def test_settings_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(Invalid, match=r"review\.head_days"):
        ReviewSettings(head_days=6, manager_days=5)

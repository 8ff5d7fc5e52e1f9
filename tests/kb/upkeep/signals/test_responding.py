"""How a department answers signals: in time, late, not at all, one kind and not another, or only for show."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.upkeep.signals.health import weekly
from kb.upkeep.signals.responding import DAYS, Handled, Way, response_of
from tests.kb.factories import at

NOW = 100.0


def handled(kind: str = "date", *, raised: float = 0, cleared: float | None = None, key: str = "",
            severity: str = "warning") -> Handled:
    return Handled("a", kind, key, severity, at(raised), at(cleared) if cleared is not None else None)


def in_time(count: int, kind: str = "date") -> list[Handled]:
    return [handled(kind, cleared=5, key=str(n)) for n in range(count)]


def late(count: int, kind: str = "date") -> list[Handled]:
    return [handled(kind, cleared=60, key=f"late{n}") for n in range(count)]


def ignored(count: int, kind: str = "date") -> list[Handled]:
    return [handled(kind, key=f"left{n}") for n in range(count)]


@pytest.mark.parametrize(("signals", "way"), [
    (in_time(4), Way.FEW), (in_time(5), Way.WELL), ([*in_time(4), *late(1)], Way.WELL),
    ([*in_time(3), *late(2)], Way.MIXED), ([*in_time(2), *late(3)], Way.DELAYED), (ignored(6), Way.DELAYED),
    ([*in_time(5), *ignored(4, "reference")], Way.SELECTIVE),
])
def test_the_way_follows_from_the_shares(signals: list[Handled], way: Way) -> None:
    assert response_of(signals, at(NOW)).way is way


def test_what_comes_back_soon_was_only_put_away() -> None:
    again = [handled(raised=30 * n, cleared=30 * n + 5, key="again") for n in range(3)]
    found = response_of([*again, *in_time(2)], at(NOW))
    assert (found.came_back, found.way) == (2, Way.COPING)
    later = [handled(raised=45 * n, cleared=45 * n + 5, key="again") for n in range(2)]
    assert response_of(later, at(NOW)).came_back == 0  # after more than thirty days it is a new matter


def test_what_is_not_due_yet_counts_for_nothing() -> None:
    found = response_of([handled(raised=NOW - 1), *in_time(5)], at(NOW))
    assert (found.waiting, found.counted, found.share_on_time, found.days) == (1, 5, 1.0, 5.0)
    assert response_of([], at(NOW)).share_on_time is None


def test_a_signal_is_in_time_up_to_the_last_day_of_its_severity() -> None:
    for severity, days in DAYS.items():
        on_day, after = (handled(cleared=days + more, severity=severity) for more in (0, 0.01))
        assert [response_of([one], at(NOW)).on_time for one in (on_day, after)] == [1, 0]


SPANS = st.lists(st.builds(
    lambda start, length: handled(raised=start, cleared=None if length is None else start + length),
    st.floats(0, 90), st.none() | st.floats(0, 60)), max_size=20)


@given(SPANS)
def test_weeks_add_up(spans: list[Handled]) -> None:
    weeks = weekly(spans, at(NOW))
    assert len(weeks) == 12 and weeks[-1].ends_at == at(NOW)
    for before, week in pairwise(weeks):
        assert week.open == before.open + week.raised - week.cleared
        assert week.ends_at - before.ends_at == timedelta(weeks=1)


@given(SPANS)
def test_every_signal_is_counted_once(spans: list[Handled]) -> None:
    found = response_of(spans, at(NOW))
    assert found.counted + found.waiting == len(spans)

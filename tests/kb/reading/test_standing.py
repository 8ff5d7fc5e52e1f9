"""What a revision's banner says, for every way a revision can stand."""

from __future__ import annotations

import pytest

from kb.reading.standing import Row, Standing, Status, standing_of
from tests.kb.factories import at


def row(number: int, begin: int, end: int | None, published: int, superseded: int | None = None) -> Row:
    return Row(number, at(begin), None if end is None else at(end), at(published),
               None if superseded is None else at(superseded))


ONE = [row(1, 0, None, 0)]
CUT = [row(1, 0, None, 0, 10), row(1, 0, 30, 10), row(2, 30, None, 10)]  # 2 was approved ahead, for day 30
CLOSED = [row(1, 0, None, 0, 10), row(2, 0, None, 10)]
ENDED = [row(1, 0, 20, 0)]


@pytest.mark.parametrize(("number", "rows", "retired", "day", "expected"), [
    (1, ONE, None, 5, Standing(Status.IN_FORCE, since=at(0))),
    (1, ONE, None, -5, Standing(Status.SCHEDULED, since=at(0))),
    (1, ENDED, None, 19, Standing(Status.IN_FORCE, since=at(0), until=at(20))),
    (1, ENDED, None, 20, Standing(Status.EXPIRED, since=at(20))),
    (1, CUT, None, 29, Standing(Status.IN_FORCE, since=at(0), until=at(30), by=2)),
    (1, CUT, None, 30, Standing(Status.SUPERSEDED, since=at(30), by=2)),
    (2, CUT, None, 29, Standing(Status.SCHEDULED, since=at(30))),
    (2, CUT, None, 30, Standing(Status.IN_FORCE, since=at(30))),
    (1, CLOSED, None, 11, Standing(Status.SUPERSEDED, since=at(10), by=2)),
    (3, CLOSED, None, 11, Standing(Status.UNPUBLISHED)),
    (1, [row(1, 0, None, 0, 40)], 40, 50, Standing(Status.RETIRED, since=at(40))),
    (1, [row(1, 0, 20, 0, 40)], 40, 50, Standing(Status.EXPIRED, since=at(20))),
    (1, [row(1, 0, 45, 0, 40)], 40, 50, Standing(Status.RETIRED, since=at(40))),
    (1, [row(1, 0, None, 0, 10), row(2, 0, None, 10, 40)], 40, 50, Standing(Status.SUPERSEDED, since=at(10), by=2)),
    (2, [row(1, 0, None, 0, 10), row(2, 0, None, 10, 40)], 40, 50, Standing(Status.RETIRED, since=at(40))),
    # replaced in the instant of its own publication, as imports of several revisions at once do
    (1, [row(1, 0, None, 0, 0), row(2, 0, None, 0)], None, 1, Standing(Status.SUPERSEDED, since=at(0), by=2)),
])
def test_a_revision_stands_as_its_rows_say(number: int, rows: list[Row], retired: int | None, day: int,
                                           expected: Standing) -> None:
    assert standing_of(number, rows, retired_at=None if retired is None else at(retired), now=at(day)) == expected

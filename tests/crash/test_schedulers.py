"""Three schedulers, killed and started again at random: every job once per due time, and nobody told twice."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from kb.settings import Settings
from tests.crash.schedulers import live_through

SPRING, AUTUMN = datetime(2026, 3, 5, tzinfo=UTC), datetime(2026, 10, 27, tzinfo=UTC)  # clocks change; a month ends


@pytest.mark.parametrize(("backend", "start"), [("sqlite", SPRING), ("postgresql", AUTUMN)])
@pytest.mark.usefixtures("database")
def test_fault_67_schedulers_that_are_killed_run_each_due_time_once(settings: Settings, tmp_path: Path,
                                                                    start: datetime) -> None:
    url = "" if settings.database_url.startswith("sqlite") else settings.database_url
    found = live_through(tmp_path, url, start=start, seconds=9, seed=7)
    assert (found.missing, found.doubled, found.strange, found.met) == ([], [], [], [])
    assert found.runs > 40 and found.kills > 10

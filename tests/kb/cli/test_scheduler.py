"""``kb scheduler`` and ``kb calendar``: what they print, what is wrong use, a process that runs until it is stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kb.db import Database
from kb.models import JobRun
from kb.settings import Settings
from tests.kb.cli.test_acts import As, person
from tests.kb.cli.test_cli import Run, initialised, kb, one_line, parsed

__all__ = ["initialised", "kb", "person"]  # fixtures

ROOT = Path(__file__).parents[3]


def test_a_job_is_done_now_and_stands_in_the_history(initialised: Run) -> None:
    assert initialised("scheduler", "run", "prune", "--now")[:2] == (0, "prune: done: 0 rows removed\n")
    found = parsed(initialised("scheduler", "run", "facts", "--now", "--json")[1])
    assert (found["outcome"], found["asked_by"], found["detail"]) == ("done", "operator", "0 texts read")
    page = parsed(initialised("scheduler", "runs", "-n", "1", "--json")[1])
    assert [run["job"] for run in page["runs"]] == ["facts"]
    rest = parsed(initialised("scheduler", "runs", "--json", "--after", page["next"])[1])
    assert [run["job"] for run in rest["runs"]] == ["prune"] and rest["next"] is None
    assert initialised("scheduler", "runs", "--failed")[:2] == (1, "")
    assert "prune" in initialised("scheduler", "runs", "prune")[1]


def test_status_tells_of_the_next_run_and_of_a_pause(initialised: Run) -> None:
    jobs = {job["job"]: job for job in parsed(initialised("scheduler", "status", "--json")[1])}
    assert jobs["prune"]["schedule"] == "0 3 * * *" and jobs["prune"]["next_at"] and jobs["prune"]["last"] is None
    assert initialised("scheduler", "pause", "prune")[:2] == (0, "prune is paused\n")
    assert "paused by operator" in initialised("scheduler", "status")[1]
    assert initialised("scheduler", "pause", "prune")[0] == 1
    assert initialised("scheduler", "resume", "prune")[:2] == (0, "prune goes on\n")


@pytest.mark.parametrize("words", [
    ("run", "prune"), ("run", "--now"), ("runs", "nothing"), ("runs", "-n", "0"), ("runs", "-n", "x"),
    ("runs", "--after", "yesterday"), ("stop",),
])
def test_wrong_use_is_one_line(initialised: Run, words: tuple[str, ...]) -> None:
    code, output, errors = initialised("scheduler", *words)
    assert (code, output) == (2, "") and one_line(errors)


def test_a_job_that_there_is_not_is_named(initialised: Run) -> None:
    code, _, errors = initialised("scheduler", "pause", "nothing")
    assert code == 1 and "nothing" in errors and "prune" in errors


def test_a_process_runs_the_jobs_until_it_is_told_to_stop(database: Database, settings: Settings) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "KB__DATA__DIR": str(settings.data_dir),
                   "KB__DATABASE__URL": settings.database_url, "KB_LANG": "en"}
    process = subprocess.Popen([sys.executable, "-m", "kb", "scheduler", "run"], cwd=settings.root, env=environment,
                               stdout=subprocess.PIPE, text=True)
    end = time.monotonic() + 90
    wanted = {"prune", "facts", "audit_checkpoint", "notices"}
    while not wanted <= finished(database) and time.monotonic() < end:
        time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0 and "jobs run by the clock" in output
    assert wanted <= finished(database)


def finished(database: Database) -> set[str]:
    with database.reading() as session:
        return {run.job for run in session.query(JobRun) if run.finished_at}


def test_a_due_date_is_reckoned_in_working_days(initialised: Run) -> None:
    assert initialised("calendar", "due", "5", "--after", "2026-09-28")[:2] == (0, "2026-10-10\n")
    assert initialised("calendar", "due", "-1", "--after", "2026-10-08")[1] == "2026-09-30\n"
    code, output, errors = initialised("calendar", "due", "1", "--after", "2028-12-29")
    assert (code, output) == (0, "2029-01-01\n") and "2028, 2029" in errors
    assert parsed(initialised("calendar", "due", "0", "--after", "2026-10-01", "--json")[1])["due"] == "2026-10-08"
    for wrong in (("due", "99999"), ("due", "1", "--after", "tomorrow"), ("list", "1066")):
        assert initialised("calendar", *wrong)[0] == 2
    assert "2026-10-01  free     国庆节" in initialised("calendar", "list", "2026")[1]
    assert "not known" in initialised("calendar", "list", "2028")[2]


def test_a_manager_sets_days_and_imports_a_year(person: As, initialised: Run, tmp_path: Path) -> None:
    assert person("km", "calendar", "set", "free", "2028-05-08", "--to", "2028-05-09", "--name", "检修")[:2] == (
        0, "days set: 2\n")
    assert "2028-05-09  free     检修  (set by hand)" in initialised("calendar", "list", "2028")[1]
    assert person("km", "calendar", "unset", "2028-05-08")[:2] == (0, "days given back to their year's plan: 1\n")
    assert person("km", "calendar", "unset", "2028-05-08")[0] == 2
    assert person("li", "calendar", "set", "free", "2028-05-08")[0] == 1
    (tmp_path / "plan.yaml").write_text("years: [{year: 2028, source: 某通知}]", encoding="utf-8")
    assert person("km", "calendar", "import", str(tmp_path / "plan.yaml"))[:2] == (0, "2028: taken\n")
    assert parsed(initialised("calendar", "list", "2028", "--json")[1])["source"] == "某通知"
    assert person("km", "calendar", "import", str(tmp_path / "none.yaml"))[0] == 2

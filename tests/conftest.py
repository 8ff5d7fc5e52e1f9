"""Shared fixtures: a migrated database in a temporary folder. Under CI=true a skipped test is a failed one.

It is a SQLite file, and in the folders whose conftest says so PostgreSQL as well: a server of the tests' own, or the
one that KB_TEST_PG_URL names (a role that may create databases). All of them lie in memory where that has room:
thousands are made, synced at every commit and removed, which a disk takes minutes for. TMPDIR names another place.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from kb.db import Database, Session
from kb.migrations import migrate
from kb.models import Department
from kb.record.journal import KNOWN
from kb.settings import Settings, load_settings
from retriever.embedding.local import default_model_dir, ensure_model
from tests.postgres import Postgres, running
from tests.statements import compile_once

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
os.environ["KB_LANG"] = "en"  # whatever the locale of whoever runs the tests
MEMORY, ROOM = Path("/dev/shm"), 4 << 30  # of a container it may be too small

# the longest files: first, so that at the end no process works for minutes while the other has nothing left
LONGEST = ("tests/web/api/test_fuzz.py", "tests/web/server/test_serving.py", "tests/web/test_walk.py",
           "tests/web/api/test_walk.py", "tests/stateful/test_year.py", "tests/stateful/test_writing.py")


class Everybody(set[Any]):
    """All there are."""

    def __contains__(self, _one: object) -> bool:
        return True


def take_for_granted(session: Session, *_: object) -> None:
    """Tests arrange things with actors made by hand: that these have accounts need not be looked up. Where it matters,
    a test says so (``forget_everybody``)."""
    session.info[KNOWN] = Everybody()


def pytest_configure() -> None:
    """Before any test asks for a folder, and any process is started that inherits this."""
    if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)
    compile_once()
    event.listen(Session, "after_transaction_create", take_for_granted)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.nodeid.partition("::")[0], len(order)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where everything is installed, what cannot run is broken: a skip must not pass for a success there."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome, report.longrepr = "failed", f"skipped although CI=true: {reason}"
    return report


@pytest.fixture
def backend() -> str:
    """Which database the test runs on."""
    return "sqlite"


@pytest.fixture
def settings(tmp_path: Path, backend: str, request: pytest.FixtureRequest) -> Iterator[Settings]:
    url = ""
    if backend == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        url = server.copy_of(request.getfixturevalue("migrated_template"))
    yield load_settings(tmp_path, {}, data={"dir": str(tmp_path / "data")}, database={"url": url})
    if url:
        server.drop(url)


def prepare(settings: Settings) -> None:
    """Migrate, and add the one department that most tests write for."""
    database = Database(settings)
    migrate(database)
    with database.transaction() as session:
        session.add(Department(code="hrss", name_zh="市人社局", name_en="HRSS", phone="0540-8810100"))
    database.close()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with one department, made once: copying it is faster than migrating for every test."""
    folder = tmp_path_factory.mktemp("migrated")
    prepare(load_settings(folder, {}, data={"dir": str(folder)}))
    return folder / "kb.sqlite3"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The server that tests make databases on."""
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_template(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same as ``migrated`` on PostgreSQL: the name of a database to copy."""
    folder = tmp_path_factory.mktemp("template")
    url = postgres.create()
    prepare(load_settings(folder, {}, data={"dir": str(folder)}, database={"url": url}))
    return postgres.name_of(url)


@pytest.fixture
def database(settings: Settings, backend: str, request: pytest.FixtureRequest) -> Iterator[Database]:
    if backend == "sqlite":
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        shutil.copy(request.getfixturevalue("migrated"), settings.data_dir / "kb.sqlite3")
    database = Database(settings)
    yield database
    database.close()


@pytest.fixture(scope="session")
def model_folder(request: pytest.FixtureRequest) -> Path:
    """The installation's model when there is one, else one in pytest's cache (15 seconds, the first time)."""
    data = Path(__file__).parents[1] / "data"
    if (default_model_dir(data) / "recipe.json").is_file():
        return ensure_model(data)
    assert request.config.cache is not None
    return ensure_model(request.config.cache.mkdir("kb-model"))

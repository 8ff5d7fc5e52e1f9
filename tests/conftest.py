"""Shared fixtures: a migrated SQLite file in a temporary folder."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kb.db import Database
from kb.migrations import migrate
from kb.models import Department
from kb.settings import Settings, load_settings

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(tmp_path, {}, data={"dir": str(tmp_path / "data")})


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    database = Database(settings)
    migrate(database)
    with database.transaction() as session:
        session.add(Department(code="hrss", name_zh="市人社局", name_en="HRSS", phone="0540-8810100"))
    yield database
    database.close()

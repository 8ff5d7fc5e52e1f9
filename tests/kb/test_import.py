"""Imports: idempotent, all-or-nothing an article, every refusal with its reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb import live, setup
from kb.db import Database
from kb.importers import import_paths
from kb.permissions import CITIZEN, SYSTEM
from kb.settings import Settings
from tests.conftest import NOW

SAMPLE = Path(__file__).parents[2] / "articles"


def test_fault_21_the_sample_imports_whole_and_twice_changes_nothing(database: Database, settings: Settings) -> None:
    first = setup.init(database, settings, now=NOW, sample=SAMPLE)
    assert first.failed == []
    assert first.created >= 30
    second = setup.init(database, settings, now=NOW, sample=SAMPLE)
    assert (second.created, second.unchanged, second.failed) == (0, first.created, [])


@pytest.mark.parametrize(("content", "reason"), [
    ("---\ntitle: [\n---\nx", "line"),
    ("no title", "title"),
    ("---\ntitle: x\neffective_from: 2026-13-45\n---\nx", "date"),
    ("---\ntitle: x\neffective_from: 2026-02-01\neffective_to: 2026-01-01\n---\nx", "effective_to"),
    ("---\ntitle: x\nowner: nowhere\n---\nx", "unknown department"),
    ("---\ntitle: x\n---\n", "no text"),
    ("---\ntitle: x\nstate: published\n---\nx", "state"),
])
def test_a_bad_file_is_reported_and_stores_nothing(
    database: Database, settings: Settings, tmp_path: Path, content: str, reason: str
) -> None:
    folder = tmp_path / "hrss"
    folder.mkdir()
    (folder / "card.md").write_text(content, encoding="utf-8")
    report = import_paths(database, settings, SYSTEM, [folder], now=NOW, approver=SYSTEM)
    assert report.created == 0
    assert reason in report.failed[0][1]


def test_fault_22_without_publishing_an_import_lands_as_draft(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "card.md").write_text("# 补卡\n\n免费。", encoding="utf-8")
    report = import_paths(database, settings, SYSTEM, [tmp_path / "card.md"], now=NOW, department="hrss")
    assert report.created == 1
    with database.reading() as session:
        assert live.live_by_slug(session, CITIZEN, live.Moment(NOW, NOW), "card") is None

"""An import that is killed is continued by running it again: nothing twice, nothing by halves, the report adds up."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from kb.actor import OPERATOR, Role
from kb.content import transfer
from kb.db import Database
from kb.models import Article, OutboxEvent, Publication, Revision, Signature
from kb.people import people
from kb.record import audit
from kb.settings import Settings
from tests.conftest import NOW

ROOT = Path(__file__).parents[4]
ARTICLES = 1_200
KILLED_AT = (1, 200, 720, 1_100)  # articles stored when the process is killed
_PATIENCE = 120  # seconds until a run that stores nothing counts as failed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Articles, every fourth with an older revision."""
    place = tmp_path / "in/hrss"
    place.mkdir(parents=True)
    for n in range(ARTICLES):
        front = f"title: 条目{n}\nowner: hrss\nauthor: hrss-editor\neffective_from: 2026-01-01\nreview_by: 2027-01-01"
        if n % 4 == 0:
            (place / f"art-{n}.r1.md").write_text(
                f"---\n{front}\nrevision: 1\npublished_at: 2026-01-02\n---\n\n旧 {n}", encoding="utf-8")
        (place / f"art-{n}.md").write_text(
            f"---\n{front}\nrevision: {2 if n % 4 == 0 else 1}\npublished_at: 2026-02-02\n---\n\n# 新\n\n{n}",
            encoding="utf-8")
    return place.parent


def start(folder: Path, settings: Settings) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "KB__DATA__DIR": str(settings.data_dir), "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-m", "kb", "import", str(folder), "--publish", "--approver", "km", "--json"],
        cwd=folder.parent, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def kill_at(process: subprocess.Popen[bytes], settings: Settings, articles: int) -> None:
    """SIGKILL as soon as so many articles are stored."""
    watcher = sqlite3.connect(settings.data_dir / "kb.sqlite3", isolation_level=None, timeout=30)
    until = time.monotonic() + _PATIENCE
    while watcher.execute("SELECT count(*) FROM article").fetchone()[0] < articles:
        assert process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() < until, "the import stores nothing"
        time.sleep(0.002)
    watcher.close()
    process.kill()
    process.wait()


def check_whole(database: Database) -> int:
    """How many articles are stored; each must be complete."""
    with database.reading() as session:
        counts = {row[0]: row[1] for row in session.execute(
            select(Article.slug, func.count(Revision.id)).join(Revision, Revision.article_id == Article.id)
            .group_by(Article.slug))}
        assert all(count == (2 if int(slug[4:]) % 4 == 0 else 1) for slug, count in counts.items())
        revisions = sum(counts.values())
        assert session.scalar(select(func.count()).select_from(Signature)) == revisions
        assert session.scalar(select(func.count()).select_from(OutboxEvent).where(
            OutboxEvent.topic == "article")) == revisions
        published = session.scalar(select(func.count(Publication.revision_id.distinct())))
        assert (published, session.scalar(select(func.count()).select_from(Article))) == (revisions, len(counts))
        assert audit.verify(session).broken_at is None
        assert session.scalar(text("PRAGMA integrity_check")) == "ok"
    return len(counts)


@pytest.mark.only_on("sqlite")
def test_fault_20_an_import_killed_anywhere_is_continued(database: Database, settings: Settings, folder: Path,
                                                         tmp_path: Path) -> None:
    with database.transaction() as session:
        people.create_user(session, OPERATOR, login="km", name="", grants=[(Role.KNOWLEDGE_MANAGER, None)],
                           password=None, now=NOW)
    stored = [0]
    for articles in KILLED_AT:
        kill_at(start(folder, settings), settings, articles)
        stored.append(check_whole(database))
        assert stored[-1] >= max(articles, stored[-2])
    assert stored[-1] < ARTICLES, "no run was killed before its end"
    last = start(folder, settings)
    output, errors = last.communicate()
    report = json.loads(output)
    files = ARTICLES + ARTICLES // 4
    done_before = sum(2 if n % 4 == 0 else 1 for n in range(ARTICLES)) - report["created"]
    assert (last.returncode, report["failed"], report["files"]) == (0, [], files), errors
    assert (report["unchanged"], report["created"] > 0) == (done_before, True)
    assert check_whole(database) == ARTICLES
    written = transfer.export(database, settings, OPERATOR, tmp_path / "out")
    assert (written.articles, written.revisions) == (ARTICLES, files)

"""kill -9 at random points of publishing and indexing: nothing acknowledged is lost, nothing half done is seen."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from kb.actor import CITIZEN
from kb.clock import utc_now
from kb.db import Database
from kb.migrations import migrate
from kb.models import Article, AuditEntry, OutboxEvent, Revision, State
from kb.record import audit
from retriever.factory import build
from retriever.indexing.rebuild import compare_with_database
from retriever.records import AskRequest
from tests.crash.child import settings_of, state_of, text_of, work_until_killed
from tests.retriever.factories import department

ROUNDS, KILLS = 5, 10  # stores, and kills of each
LONGEST = 0.35  # seconds that a process lives after it is ready
SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["tests.crash.child"])


def killed(folder: Path, seed: int, seconds: float) -> list[str]:
    """Let a process work for so long, kill it, and return what it had acknowledged."""
    here, there = SERVER.Pipe(duplex=False)
    process = SERVER.Process(target=work_until_killed, args=(folder, seed, there), daemon=True)
    process.start()
    there.close()
    assert here.recv() == "ready"
    time.sleep(seconds)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    told = received(here)
    process.join()
    assert process.exitcode == -signal.SIGKILL
    return told


def received(pipe: Connection) -> list[str]:
    """Everything that was sent whole before the other end died."""
    lines: list[str] = []
    try:
        while True:
            lines.append(pipe.recv())
    except EOFError:
        return lines


def check_acknowledged(database: Database, told: list[str]) -> None:
    """What was acknowledged is there: the revision or a newer one, the retirement."""
    for line in told:
        verb, slug, *number = line.split()
        newest, is_retired = state_of(database, slug)
        assert is_retired if verb == "retire" else newest >= int(number[0]), line


def check_whole(session: Session) -> None:
    """Every stored revision is published wholly, with its publication, its audit entry and its event."""
    acts = {(e.action, e.subject) for e in session.scalars(select(AuditEntry))}
    events = list(session.scalars(select(OutboxEvent.article_id)))
    revisions = list(session.scalars(select(Revision).options(selectinload(Revision.publications))))
    for revision in revisions:
        assert revision.state == State.PUBLISHED
        assert revision.publications
        assert ("publish", f"revision:{revision.id}") in acts
        assert revision.article_id in events
    retired = list(session.scalars(select(Article).where(Article.retired_at.is_not(None))))
    assert all(("retire", f"article:{a.id}") in acts for a in retired)
    assert len(events) == len(revisions) + len(retired)
    assert audit.verify(session).broken_at is None


def check_answers(database: Database, folder: Path) -> None:
    """The first questions after the restart are answered from the newest revisions, and by no retired article."""
    with database.reading() as session:
        slugs = list(session.scalars(select(Article.slug).order_by(Article.created_at.desc(), Article.slug)))
    retriever, now = build(settings_of(folder), database), utc_now()
    for slug in slugs[:2]:
        newest, is_retired = state_of(database, slug)
        answer = retriever.ask(AskRequest(f"{slug}规定须带什么"), CITIZEN, now=now)
        assert set(answer.degraded) <= {"reading_cut"}  # other tests may keep the machine busy
        own = [c for c in answer.citations if c.slug == slug]
        assert not (own and is_retired)
        for citation in own:
            assert citation.revision == newest
            assert text_of(slug, newest)[citation.start:citation.end] == citation.quote
        hits = [h for h in retriever.search(slug, CITIZEN, now=now).hits if h.slug == slug]
        assert {h.revision for h in hits} == (set() if is_retired else {newest})
    assert retriever.lag() == 0
    assert compare_with_database(database, retriever._current.parts.engine) == []
    retriever.close()


def index_verify(folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "KB__DATA__DIR": str(folder / "data"), "KB__EMBEDDING__PROVIDER": "none"}
    return subprocess.run([sys.executable, "-m", "kb", "index", "verify"], cwd=folder, env=environment, text=True,
                          capture_output=True, check=False)


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_fault_56_and_57_killed_anywhere_nothing_acknowledged_is_lost_and_nothing_is_half_done(
        tmp_path: Path, seed: int) -> None:
    database = Database(settings_of(tmp_path))
    migrate(database)
    department(database, "hrss")
    chance = random.Random(seed)
    done = 0
    for kill in range(KILLS):
        seconds = chance.uniform(0, LONGEST) * (1 if done else kill + 1)  # a slow machine has done nothing yet
        sys.stdout.write(f"seed {seed}, kill {kill}: after {seconds * 1000:.1f} ms\n")
        told = killed(tmp_path, 100 * seed + kill, seconds)
        done += len(told)
        check_answers(database, tmp_path)
        check_acknowledged(database, told)
        with database.reading() as session:
            check_whole(session)
    database.close()
    assert done
    verdict = index_verify(tmp_path)
    assert (verdict.returncode, verdict.stdout) == (0, "index and database agree\n"), verdict.stderr

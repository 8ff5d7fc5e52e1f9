"""Questions go after half a year, answers after five years, ended sessions at once; what is left can be explained."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import selectinload

from kb.actor import OPERATOR
from kb.db import Database
from kb.errors import Denied, Invalid
from kb.models import (
    AnswerRow,
    AuditEntry,
    Notice,
    NoticeDelivery,
    Revision,
    SignalEvidence,
    SignalRow,
    SignInAttempt,
    User,
    Webhook,
    WebSession,
)
from kb.record import answers, audit
from kb.settings import RetentionSettings, load_settings
from kb.upkeep import retention
from kb.upkeep.retention import Pruned
from tests.conftest import NOW
from tests.kb.factories import AGENT, finding_of, published, revision_text

KEPT = RetentionSettings()
SECRET = "孩子在滨海路小学上学怎么转学籍"


def asked(database: Database, *days: float, revision: str | None = None) -> None:
    """An answer given so many days ago, each with its citation."""
    revision_id = revision or published(database, revision_text("工本费 20 元。"), slug=f"card{len(days)}")
    with database.transaction() as session:
        for n, day in enumerate(days):
            answers.record(session, answers.AnswerRecord(
                id=f"a{day}-{n}", asked_at=NOW - timedelta(days=day), user_id=None, audience="public", lang="zh",
                question=f"{SECRET}{n}", as_of=NOW - timedelta(days=day), known_at=NOW - timedelta(days=day),
                abstained=False, reason=None, confidence=0.9, sentences=({"text": "工本费 20 元。", "citations": [1]},),
                citations=(answers.CitedSpan(1, revision_id, 0, 9, "工本费 20 元。"),), stages={"words": 1.5},
            ), keep_question=True)


def pruned(database: Database, kept: RetentionSettings = KEPT, *, now: datetime = NOW,
           is_trial: bool = False) -> Pruned:
    return retention.prune(database, OPERATOR, kept, now=now, origin="test", is_trial=is_trial)


def count(database: Database, table: str) -> int:
    with database.reading() as session:
        return int(session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def questions(database: Database) -> dict[str, str]:
    with database.reading() as session:
        return {row[0]: row[1] for row in session.execute(select(AnswerRow.id, AnswerRow.question))}


def test_a_question_is_kept_180_days_and_its_answer_longer(database: Database) -> None:
    asked(database, 0, 179, 181, 1_000)
    done = pruned(database)
    assert (done.questions, done.answers) == (2, 0)
    assert questions(database) == {"a0-0": f"{SECRET}0", "a179-1": f"{SECRET}1", "a181-2": "", "a1000-3": ""}


@pytest.mark.only_on("sqlite")
def test_a_question_is_gone_from_every_row_and_from_the_file(database: Database) -> None:
    asked(database, *[200] * 300)
    file = Path(database.engine.url.database or "")
    with database.reading() as session:
        session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    pruned(database)
    with database.reading() as session:
        names = session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")).all()
        rows = [repr(row) for name in names for row in session.execute(text(f'SELECT * FROM "{name}"'))]
    assert not [row for row in rows if SECRET in row]
    database.close()  # brings the log into the file
    assert SECRET.encode() not in b"".join(p.read_bytes() for p in file.parent.glob("kb.sqlite3*"))


def test_an_answer_without_its_question_is_replayable_by_its_citations(database: Database) -> None:
    asked(database, 300)
    pruned(database)
    with database.reading() as session:
        row = session.scalars(select(AnswerRow).options(selectinload(AnswerRow.citations))).one()
        cited = row.citations[0]
        source = session.get_one(Revision, cited.revision_id).source
    assert (row.question, row.as_of, row.known_at) == ("", NOW - timedelta(days=300), NOW - timedelta(days=300))
    assert source[cited.start:cited.end] == cited.quote == row.sentences[0]["text"]
    assert (row.confidence, row.stages) == (0.9, {"words": 1.5})


def test_a_whole_answer_goes_after_five_years_with_its_citations(database: Database) -> None:
    asked(database, 10, 1_820, 1_830, 4_000)
    done = pruned(database)
    assert (done.answers, done.citations, done.questions) == (2, 2, 1)
    assert sorted(questions(database)) == ["a10-0", "a1820-1"]
    assert count(database, "answer_citation") == 2


def test_five_years_before_a_leap_day_is_the_28th(database: Database) -> None:
    due = pruned(database, now=datetime(2028, 2, 29, 4, tzinfo=UTC), is_trial=True)
    assert due.answers_before == datetime(2023, 2, 28, 4, tzinfo=UTC)


def test_a_trial_counts_what_would_go_and_leaves_it(database: Database) -> None:
    asked(database, 10, 200, 4_000)
    sessions_and_attempts(database)
    due, entries = pruned(database, is_trial=True), count(database, "audit_entry")
    assert (due.questions, due.answers, due.citations, due.sessions, due.attempts) == (1, 1, 1, 2, 1)
    assert questions(database) == {"a10-0": f"{SECRET}0", "a200-1": f"{SECRET}1", "a4000-2": f"{SECRET}2"}
    assert count(database, "audit_entry") == entries
    assert pruned(database) == due


def sessions_and_attempts(database: Database) -> None:
    """One session that is open, one expired, one ended; a failed sign-in of now and one of last week."""
    with database.transaction() as session:
        session.add(User(id="u1", login="li", name="li", created_at=NOW))
        session.flush()
        for name, hours, ended in (("open", 1, None), ("expired", -1, None), ("ended", 1, NOW - timedelta(hours=2))):
            session.add(WebSession(id_sha256=name, user_id="u1", created_at=NOW - timedelta(hours=9),
                                   expires_at=NOW + timedelta(hours=hours), revoked_at=ended))
        session.add_all(SignInAttempt(key="k", at=NOW - timedelta(minutes=m)) for m in (1, 10_000))


def test_sessions_that_are_over_and_old_failed_sign_ins_go(database: Database) -> None:
    sessions_and_attempts(database)
    done = pruned(database)
    assert (done.sessions, done.attempts) == (2, 1)
    with database.reading() as session:
        assert session.scalars(select(WebSession.id_sha256)).all() == ["open"]
        assert session.scalars(select(SignInAttempt.at)).all() == [NOW - timedelta(minutes=1)]


def test_a_run_is_one_entry_of_counts_without_texts_and_the_log_holds(database: Database) -> None:
    asked(database, *[300] * 5, 2_000)
    before = count(database, "audit_entry")
    pruned(database)
    with database.reading() as session:
        entry = audit.tail(session, 1)[0]
        assert finding_of(session) is None
    assert count(database, "audit_entry") == before + 1
    assert (entry.action, entry.actor, entry.origin) == ("prune", "operator", "test")
    assert entry.after == {
        "questions_before": (NOW - timedelta(days=180)).isoformat(), "questions": 5,
        "answers_before": datetime(2021, 11, 24, 4, tzinfo=UTC).isoformat(), "answers": 1, "citations": 1,
        "sessions": 0, "attempts": 0, "events": 0, "runs": 0, "requests": 0, "files": 0, "notes": 0,
        "notices": 0, "deliveries": 0, "signals": 0}


def test_a_second_run_finds_nothing_and_notes_nothing(database: Database) -> None:
    asked(database, 200, 3_000)
    assert not pruned(database).is_empty
    entries = count(database, "audit_entry")
    assert pruned(database).is_empty
    assert count(database, "audit_entry") == entries


def test_more_than_a_batch_goes_each_batch_in_a_transaction_of_its_own(
        database: Database) -> None:
    asked(database, *[200] * 20, *[3_000] * 16)
    shown: list[tuple[int, int]] = []
    done = retention.prune(database, OPERATOR, KEPT, now=NOW, origin="test", batch=7,
                           show=lambda done, of: shown.append((done, of)))
    assert (done.questions, done.answers) == (20, 16)
    assert [n for n, _ in shown] == [0, 7, 14, 16, 23, 30, 36] and {of for _, of in shown} == {36}
    assert set(questions(database).values()) == {""}


def test_what_a_run_removed_before_it_was_ended_is_noted(database: Database) -> None:
    asked(database, *[200] * 20)

    def stop(done: int, _of: int) -> None:
        if done == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        retention.prune(database, OPERATOR, KEPT, now=NOW, origin="test", batch=5, show=stop)
    with database.reading() as session:
        noted = session.scalars(select(AuditEntry.after).where(AuditEntry.action == "prune")).one()
        left = session.scalar(select(func.count()).select_from(AnswerRow).where(AnswerRow.question != ""))
    assert noted is not None and (noted["questions"], left) == (10, 10)
    assert pruned(database).questions == 10


def test_only_who_operates_may_prune(database: Database) -> None:
    asked(database, 200)
    with pytest.raises(Denied):
        retention.prune(database, AGENT, KEPT, now=NOW, origin="test")
    assert SECRET in next(iter(questions(database).values()))


def test_a_question_is_not_to_be_kept_longer_than_its_answer(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="answer_years") as caught:
        load_settings(tmp_path, {"KB__RETENTION__QUESTION_DAYS": "400", "KB__RETENTION__ANSWER_YEARS": "1"})
    assert caught.value.facts["key"] == "retention.question_days"


def _signal(database: Database, *, raised: float, cleared: float | None) -> str:
    """A signal that was raised and cleared so many days ago, with evidence in a text."""
    revision_id = published(database, revision_text("工本费 30 元。"), slug=f"s{raised}-{cleared or 'open'}")
    with database.transaction() as session:
        row = SignalRow(id=str(uuid.uuid4()), article_id=session.get_one(Revision, revision_id).article_id,
                        kind="review", key="", severity="info", audience="public", facts={}, evidence=[],
                        raised_at=NOW - timedelta(days=raised), cleared_why="",
                        cleared_at=None if cleared is None else NOW - timedelta(days=cleared))
        session.add(row)
        session.flush()
        session.add(SignalEvidence(signal_id=row.id, revision_id=revision_id))
        return row.id


def test_a_signal_is_kept_a_while_after_it_was_cleared_and_an_open_one_always(database: Database) -> None:
    kept = [_signal(database, raised=3_000, cleared=None), _signal(database, raised=3_000, cleared=1_094)]
    for days in (1_096, 1_500, 2_000):
        _signal(database, raised=3_000, cleared=days)
    assert pruned(database, is_trial=True).signals == 3
    assert retention.prune(database, OPERATOR, KEPT, now=NOW, origin="test", batch=2).signals == 3
    assert pruned(database).signals == 0
    with database.reading() as session:
        assert set(session.scalars(select(SignalRow.id))) == set(session.scalars(select(SignalEvidence.signal_id)))
        assert set(session.scalars(select(SignalRow.id))) == set(kept)


def test_what_was_sent_goes_before_its_notice_and_what_waits_never(database: Database) -> None:
    with database.transaction() as session:
        session.add(User(id="u", login="li", name="li", created_at=NOW))
        session.add(Webhook(id="w", name="oa", url="https://example.org/", secret="x", kinds=[], made_by="km",
                            made_at=NOW))
        session.flush()
        for n, (told, state, ended) in enumerate((
                (500, "waiting", None), (500, "dead", 480), (500, "sent", 499), (300, "dead", 290), (200, "sent", 91),
                (200, "sent", 89))):
            row = Notice(user_id="u", key=f"k{n}", kind="task", message={}, link="/", is_hidden=False,
                         told_at=NOW - timedelta(days=told))
            session.add(row)
            session.flush()
            at = NOW if ended is None else NOW - timedelta(days=ended)
            more = {"key": f"k{n}", "state": state, "next_at": at, "ended_at": None if ended is None else at}
            session.add_all([NoticeDelivery(notice_id=row.id, **more), NoticeDelivery(webhook_id="w", **more)])
    due = pruned(database, is_trial=True)
    assert (due.notices, due.deliveries) == (2, 5)  # sent: two of each; given up: a webhook's of long ago
    done = pruned(database)
    assert (done.notices, done.deliveries) == (2, 5)
    with database.reading() as session:
        assert list(session.scalars(select(Notice.key).order_by(Notice.id))) == ["k0", "k3", "k4", "k5"]
        left = session.execute(select(NoticeDelivery.key, NoticeDelivery.state).order_by(NoticeDelivery.id)).all()
        assert [tuple(row) for row in left] == [
            ("k0", "waiting"), ("k0", "waiting"), ("k3", "dead"), ("k3", "dead"), ("k5", "sent"), ("k5", "sent")]

"""Old words: brought back as a draft, or erased by law by two persons, while the log still holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from kb.actor import CITIZEN, OPERATOR, Actor, Role
from kb.articles import feed
from kb.articles.acts import signatures
from kb.articles.acts.redaction import MARKER, agree_redaction, ask_redaction
from kb.articles.live import Moment, live_by_slug
from kb.articles.publication import publish
from kb.articles.writing import drafts, submission
from kb.articles.writing.rollback import rollback
from kb.db import Database
from kb.errors import Conflict, Denied, Invalid, InvalidTransition, NotFound
from kb.models import AnswerCitation, AnswerRow, OutboxEvent, PassageRow, Revision
from kb.reading import opening
from kb.record.answers import AnswerRecord, CitedSpan, record
from tests.kb.factories import (
    ADMIN,
    AGENT,
    MANAGER,
    approver,
    at,
    editor,
    finding_of,
    published,
    revision_text,
    submitted,
)

DONE: dict[str, Any] = {"now": at(9), "origin": "test"}
SECRET = "王某住北港路五号。"


def act(database: Database, do: Callable[..., Any], actor: Actor, revision_id: str, **more: Any) -> Any:
    with database.transaction() as session:
        return do(session, actor, session.get_one(Revision, revision_id), **{**DONE, **more})


def erased(database: Database, revision_id: str) -> None:
    act(database, ask_redaction, ADMIN, revision_id, reason="法院裁定")
    act(database, agree_redaction, MANAGER, revision_id)


def answered(database: Database, revision_id: str) -> None:
    """An answer that quoted the revision, and said something else too."""
    with database.transaction() as session:
        record(session, AnswerRecord(
            id="a", asked_at=at(2), user_id=None, audience="public", lang="zh", question="q", as_of=at(2),
            known_at=at(2), abstained=False, reason=None, confidence=0.9,
            sentences=({"text": SECRET, "citations": [1]}, {"text": "别的。", "citations": [2]}),
            citations=(CitedSpan(1, revision_id, 0, len(SECRET), SECRET),)), keep_question=True)


def test_the_words_are_gone_everywhere_and_hash_and_signatures_stay(database: Database) -> None:
    revision_id = published(database, revision_text(SECRET, summary=SECRET, keywords=("王某",), title="王某补卡"))
    with database.transaction() as session:
        before = session.get_one(Revision, revision_id).sha256
        feed.record_passages(session, session.get_one(Revision, revision_id).article_id,
                             {revision_id: [feed.PassageSpan(0, 0, 9, (), SECRET)]})
    answered(database, revision_id)
    act(database, ask_redaction, ADMIN, revision_id, reason="法院裁定")
    with database.reading() as session:
        assert session.get_one(Revision, revision_id).source == SECRET  # asked for, and not yet done
    act(database, agree_redaction, MANAGER, revision_id)
    with database.reading() as session:
        row = session.get_one(Revision, revision_id)
        assert (row.source, row.summary, row.keywords, row.sha256) == (MARKER["zh"], "", [], before)
        page = opening.open_revision(session, AGENT, "card", 1, now=at(9))
        assert page.redacted_at == at(9) and SECRET not in repr(page) and "王某" not in repr(page)
        assert page.approvers == ("hrss-approver",)
        assert live_by_slug(session, AGENT, Moment(at(9), at(9)), "card") is None
        assert feed.indexed_revisions(session, [row.article_id])[row.article_id] == []
        assert feed.published_titles(session) == []
        assert session.scalars(select(PassageRow.text)).all() == []
        assert session.scalars(select(AnswerCitation.quote)).all() == [MARKER["zh"]]
        assert [s["text"] for s in session.scalars(select(AnswerRow.sentences)).one()] == [MARKER["zh"], "别的。"]
        assert session.scalars(select(OutboxEvent.kind).order_by(OutboxEvent.id.desc()).limit(1)).one() == "redacted"
        assert finding_of(session) is None


def test_it_takes_an_administrator_and_a_manager_who_are_two_persons(database: Database) -> None:
    revision_id = published(database, revision_text(SECRET))
    for who in (MANAGER, approver(), editor(), AGENT, OPERATOR, CITIZEN):
        with pytest.raises(Denied):
            act(database, ask_redaction, who, revision_id, reason="x")
    with pytest.raises(Invalid, match="by which law"):
        act(database, ask_redaction, ADMIN, revision_id, reason=" ")
    with pytest.raises(InvalidTransition, match="nobody has asked"):
        act(database, agree_redaction, MANAGER, revision_id)
    one = Actor("u-1", "one", frozenset({Role.ADMIN, Role.KNOWLEDGE_MANAGER}))
    act(database, ask_redaction, one, revision_id, reason="x")
    for who in (one, ADMIN, approver(), OPERATOR):
        with pytest.raises(Denied):
            act(database, agree_redaction, who, revision_id)
    with pytest.raises(Conflict, match="asked for already"):
        act(database, ask_redaction, ADMIN, revision_id, reason="x")
    with pytest.raises((Conflict, IntegrityError)), database.transaction() as session:
        session.execute(text("UPDATE redaction SET agreed_by = asked_by"))
    act(database, agree_redaction, MANAGER, revision_id)
    for do, who, more in ((ask_redaction, ADMIN, {"reason": "x"}), (agree_redaction, MANAGER, {})):
        with pytest.raises(InvalidTransition, match="erased already"):
            act(database, do, who, revision_id, **more)


@pytest.mark.parametrize(("statement", "reason"), [
    ("UPDATE revision SET source = '别的'", "is not as the erasure"),
    ("UPDATE revision SET audience = 'agent'", "is not as the erasure"),
    ("UPDATE revision SET redacted_at = NULL", "is not as the erasure"),
])
def test_after_an_erasure_tampering_is_still_found(database: Database, statement: str, reason: str) -> None:
    erased(database, published(database, revision_text(SECRET)))
    with database.engine.begin() as connection:
        connection.execute(text(statement))
    with database.reading() as session:
        found = finding_of(session)
    assert found is not None and reason in str(found.reason)


def test_an_erasure_that_no_entry_tells_of_is_found(database: Database) -> None:
    published(database, revision_text(SECRET))
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE revision SET redacted_at = '2026-01-02 00:00:00.000000'"))
    with database.reading() as session:
        found = finding_of(session)
    assert found is not None and "no entry tells of" in str(found.reason)


def test_erased_words_begin_no_draft(database: Database) -> None:
    erased(database, published(database, revision_text(SECRET)))
    with pytest.raises(InvalidTransition, match="were erased"), database.transaction() as session:
        drafts.edit(session, editor(), "card", **DONE)


# --- rolling back


def test_an_old_text_comes_back_as_a_draft_and_needs_its_signatures(database: Database) -> None:
    published(database, revision_text("十元。", effective_to=at(5), review_by=at(4), keywords=("甲",)))
    published(database, revision_text("二十元。", review_by=at(90)), number=2, day=3)
    with database.transaction() as session:
        draft = rollback(session, editor(), "card", 1, **DONE)
        assert (draft.base, draft.text.source, draft.text.keywords, draft.text.change_note) == (
            2, "十元。", ("甲",), "恢复第1版")
        assert (draft.text.effective_from, draft.text.effective_to, draft.text.review_by) == (at(9), None, at(90))
        revision = submission.submit(session, editor(), draft.id, seen=1, **DONE)
        assert (revision.number, signatures.waiting_for(session, revision)) == (3, ["hrss"])
        signatures.sign(session, approver(), revision, shown=revision.sha256, **DONE)
        publish(session, approver(), revision, **DONE)
        found = [live_by_slug(session, CITIZEN, Moment(at(day), at(20)), "card") for day in (8, 9)]
        assert [live.source for live in found if live] == ["二十元。", "十元。"]
        assert finding_of(session) is None


def test_a_rollback_makes_nothing_public_again_and_takes_no_text_that_was_not_published(database: Database) -> None:
    published(database, revision_text("公开"))
    published(database, revision_text("内部", audience="agent"), number=2, day=3)
    submitted(database, revision_text("未签"), day=4)
    with database.transaction() as session:
        assert rollback(session, editor(), "card", 1, **DONE).text.audience == "agent"
    for number, error in ((2, InvalidTransition), (3, NotFound), (9, NotFound)):
        with pytest.raises(error), database.transaction() as session:
            rollback(session, editor(), "card", number, **DONE)
    for who in (approver("x", "fund"), ADMIN, AGENT, OPERATOR, editor("x", "fund")):
        with pytest.raises(Denied), database.transaction() as session:
            rollback(session, who, "card", 1, **DONE)

"""Comments on a revision: anchored to its text, read by those who review it, carried to the draft that answers them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from kb.actor import Actor, Role
from kb.articles import comments
from kb.articles.acts.redaction import agree_redaction, ask_redaction
from kb.articles.acts.signatures import reject
from kb.articles.acts.workflow import Move, check_move
from kb.articles.comments import Comment, add_comment, ask_for_changes, comments_in_draft, comments_on, resolve_comment
from kb.articles.owners import revision_by_number
from kb.articles.writing import drafts
from kb.db import Database
from kb.errors import Denied, Invalid, InvalidTransition, NotFound
from kb.models import ReviewComment, Revision, Signature
from tests.kb.factories import ADMIN, AGENT, MANAGER, add_department, approver, at, editor, revision_text, submitted

TEXT = "补领工本费25元。\n\n当场取卡。"
QUOTE = "25元"


def comment(database: Database, actor: Actor, body: str = "依据是哪个文件？", *, first: int = 5, past: int = 8
            ) -> Comment:
    with database.transaction() as session:
        return add_comment(session, actor, "card", 1, body, first=first, past=past, now=at(1), origin="test")


def read(database: Database, viewer: Actor) -> list[Comment]:
    with database.reading() as session:
        return comments_on(session, viewer, revision_by_number(session, MANAGER, "card", 1))


def test_a_comment_stands_at_its_stretch_of_the_text(database: Database) -> None:
    submitted(database, revision_text(TEXT))
    comment(database, approver(), "第二处", first=14, past=16)
    comment(database, approver())
    assert [(c.quote, c.body, c.author, c.is_open) for c in read(database, editor())] == [
        (QUOTE, "依据是哪个文件？", "hrss-approver", True), (TEXT[14:16], "第二处", "hrss-approver", True)]


@pytest.mark.parametrize(("first", "past"), [(-1, 3), (3, 3), (5, 2), (0, 500), (3, 0)])
def test_a_stretch_that_is_not_in_the_text_is_refused(database: Database, first: int, past: int) -> None:
    submitted(database, revision_text(TEXT))
    with pytest.raises(Invalid, match="stretch"):
        comment(database, approver(), first=first, past=past)


@pytest.mark.parametrize("body", ["", "  \n ", "x" * 2_001, "a\x00b", "a\u202eb", "a\ud800b", "a\x1b[31mb"])
def test_fault_10_a_comment_without_words_or_with_unseen_ones_is_refused(database: Database, body: str) -> None:
    submitted(database, revision_text(TEXT))
    with pytest.raises(Invalid):
        comment(database, approver(), body)


def test_fault_28_comments_are_for_those_who_write_or_sign_for_the_text(database: Database) -> None:
    add_department(database, "fund")
    submitted(database, revision_text(TEXT))
    made = comment(database, approver())
    stranger = approver("fund-approver", "fund")
    for viewer in (AGENT, stranger, Actor("", "", frozenset({Role.CITIZEN}))):
        assert read(database, viewer) == []
        with pytest.raises((NotFound, Denied)):
            comment(database, viewer)
        with database.transaction() as session, pytest.raises((NotFound, Denied)):
            resolve_comment(session, viewer, made.id, now=at(2), origin="test")
    assert len(read(database, editor())) == len(read(database, MANAGER)) == 1


def test_its_author_notes_a_comment_as_done_once(database: Database) -> None:
    submitted(database, revision_text(TEXT))
    made = comment(database, approver())
    with database.transaction() as session:
        resolve_comment(session, editor(), made.id, now=at(2), origin="test")
    assert (read(database, editor())[0].resolved_by, read(database, editor())[0].is_open) == ("hrss-editor", False)
    with database.transaction() as session, pytest.raises(InvalidTransition):
        resolve_comment(session, editor(), made.id, now=at(2), origin="test")


def test_changes_are_asked_for_with_ones_own_comments_as_the_reason(database: Database) -> None:
    revision_id = submitted(database, revision_text(TEXT))
    with database.transaction() as session, pytest.raises(Invalid, match="comment"):
        revision = session.get_one(Revision, revision_id)
        ask_for_changes(session, approver(), revision, shown=revision.sha256, now=at(2), origin="test")
    comment(database, MANAGER, "别人的意见")
    comment(database, approver())
    with database.transaction() as session:
        revision = session.get_one(Revision, revision_id)
        ask_for_changes(session, approver(), revision, shown=revision.sha256, now=at(2), origin="test")
    with database.reading() as session:
        signature = session.scalars(select(Signature)).one()
        assert (signature.decision, signature.reason) == ("rejected", "1. 依据是哪个文件？")


def test_open_comments_come_along_to_where_their_words_stand_in_the_draft(database: Database) -> None:
    revision_id = submitted(database, revision_text(TEXT))
    for body, first, past in (("费用", 5, 8), ("删去", 14, 16), ("已改", 0, 2), ("全文", 0, 0)):
        comment(database, approver(), body, first=first, past=past)
    with database.transaction() as session:
        revision = session.get_one(Revision, revision_id)
        ask_for_changes(session, approver(), revision, shown=revision.sha256, now=at(2), origin="test")
        done = session.scalars(select(ReviewComment).where(ReviewComment.body == "已改")).one()
        resolve_comment(session, editor(), done.id, now=at(2), origin="test")
    with database.transaction() as session:
        draft = drafts.edit(session, editor(), "card", number=1, now=at(3), origin="test")
        new = "社会保障卡补领，工本费25元。"
        drafts.save(session, editor(), draft.id, revision_text(new), seen=draft.version, now=at(3), origin="test")
    with database.reading() as session:
        found = {c.body: c for c in comments_in_draft(session, editor(), draft.id)}
        assert found.keys() == {"费用", "删去", "全文"}
        assert new[found["费用"].first:found["费用"].past] == QUOTE
        assert found["删去"].first is None and (found["全文"].first, found["全文"].past) == (0, 0)
        with pytest.raises(NotFound):
            comments_in_draft(session, AGENT, draft.id)


def test_comments_go_with_the_words_that_a_law_erases(database: Database) -> None:
    revision_id = submitted(database, revision_text(TEXT))
    comment(database, approver(), "某人的姓名在这里")
    with database.transaction() as session:
        revision = session.get_one(Revision, revision_id)
        ask_redaction(session, ADMIN, revision, reason="法院决定", now=at(2), origin="test")
        agree_redaction(session, MANAGER, revision, now=at(3), origin="test")
    assert read(database, MANAGER) == []
    with pytest.raises(InvalidTransition):
        comment(database, approver(), first=0, past=1)


def test_a_revision_takes_so_many_comments_and_no_more(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    submitted(database, revision_text(TEXT))
    monkeypatch.setattr(comments, "_MOST", 1)
    comment(database, approver())
    with pytest.raises(Exception, match="has 1 comments"):
        comment(database, approver())


def test_a_comment_on_the_whole_text_marks_nothing_in_it(database: Database) -> None:
    submitted(database, revision_text(TEXT))
    made = [comment(database, approver(), "全文", first=0, past=0), comment(database, approver())]
    assert comments.places(made, TEXT) == ((len(TEXT) + 1, len(TEXT) + 1), (5, 8))


def test_who_comments_is_not_told_as_who_decided(database: Database) -> None:
    revision_id = submitted(database, revision_text(TEXT))
    with database.transaction() as session:
        revision = session.get_one(Revision, revision_id)
        reject(session, approver(), revision, shown=revision.sha256, reason="不对", now=at(1), origin="test")
    comment(database, MANAGER)
    with database.transaction() as session, pytest.raises(InvalidTransition, match="by hrss-approver"):
        check_move(session, session.get_one(Revision, revision_id), Move.PUBLISH)


def test_many_long_comments_make_a_reason_that_still_fits(database: Database) -> None:
    revision_id = submitted(database, revision_text(TEXT))
    for n in range(30):
        comment(database, approver(), f"第{n}条" + "改" * 1_900)
    with database.transaction() as session:
        revision = session.get_one(Revision, revision_id)
        ask_for_changes(session, approver(), revision, shown=revision.sha256, now=at(2), origin="test")
    with database.reading() as session:
        reason = session.scalars(select(Signature.reason)).one()
    assert len(reason) <= 2_000 and reason.startswith("1. 第0条") and "\n20. 第19条" in reason

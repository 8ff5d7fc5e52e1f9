"""A slug that somebody else left: taken over where it holds nothing of theirs, given up with its last draft."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from kb.actor import Actor
from kb.articles.acts import signatures, workflow
from kb.articles.acts.moving import list_moves, move
from kb.articles.owners import revision_by_number
from kb.articles.revisions import history
from kb.articles.writing import drafts, submission
from kb.db import Database
from kb.errors import Conflict, Denied, NotFound
from kb.models import Article, Revision, Transfer
from tests.kb.factories import MANAGER, add_department, approver, at, editor, published, revision_text, submitted

DONE: dict[str, Any] = {"now": at(9), "origin": "test"}
SECRET = "内部口径：先不答复，等通知。"
THEIRS = editor("zhao", "fund")


@pytest.fixture(autouse=True)
def departments(database: Database) -> None:
    for code in ("fund", "tax"):
        add_department(database, code)


def begun(database: Database, who: Actor, owner: str) -> str:
    with database.transaction() as session:
        return drafts.start(session, who, "card", revision_text("草稿", owner=owner), **DONE).id


def moved(database: Database, who: Actor, to: str, **more: Any) -> Any:
    with database.transaction() as session:
        return move(session, who, "card", to=to, **{**DONE, **more})


def taken_back(database: Database, way: str) -> None:
    """An internal text of hrss under the slug, which it withdrew or its approver rejected."""
    revision_id = submitted(database, revision_text(SECRET, audience="agent"))
    with database.transaction() as session:
        row = session.get_one(Revision, revision_id)
        if way == "withdraw":
            workflow.withdraw(session, editor(), row, reason="x", **DONE)
        else:
            signatures.reject(session, approver(), row, shown=row.sha256, reason="不对", **DONE)


@pytest.mark.parametrize("way", ["withdraw", "reject"])
def test_a_slug_that_holds_another_departments_unpublished_text_is_not_claimed(database: Database, way: str) -> None:
    taken_back(database, way)
    with pytest.raises(Conflict, match=r"another department.*ask a knowledge manager") as refused:
        begun(database, THEIRS, "fund")
    assert SECRET not in str(refused.value) and "hrss" not in str(refused.value)
    with database.transaction() as session:
        assert drafts.edit(session, editor(), "card", number=1, **DONE).text.source == SECRET  # its own takes it up
        assert session.scalars(select(Article.owner)).one() == "hrss"


@pytest.mark.parametrize("way", ["withdraw", "reject"])
def test_what_was_never_published_stays_with_whom_it_was_written_for_when_the_article_goes(database: Database, way: str
                                                                                          ) -> None:
    taken_back(database, way)
    moved(database, approver(), "fund")
    moved(database, approver("xu", "fund"), "fund")
    with database.transaction() as session:
        for read in (lambda: drafts.edit(session, THEIRS, "card", number=1, **DONE),
                     lambda: revision_by_number(session, THEIRS, "card", 1),
                     lambda: history(session, approver("xu", "fund"), "card", now=at(9))):
            with pytest.raises(NotFound):
                read()
        for who in (editor(), MANAGER):
            assert revision_by_number(session, who, "card", 1).source == SECRET


def test_a_slug_that_nothing_stands_under_is_taken_over_and_what_it_was_on_its_way_to_ends(database: Database) -> None:
    published(database, slug="other")
    begun(database, editor(), "hrss")
    moved(database, approver(), "tax")
    with database.transaction() as session:  # an article without drafts, as releases before left them
        article = session.scalars(select(Article).where(Article.slug == "card")).one()
        for draft in drafts.list_drafts(session, editor(), slug="card"):
            session.execute(drafts.Draft.__table__.delete().where(drafts.Draft.id == draft.id))
    begun(database, THEIRS, "fund")
    with database.reading() as session:
        assert session.get_one(Article, article.id).owner == "fund"
        assert list_moves(session, approver("sun", "tax")) == []
    with pytest.raises(NotFound):  # the former owner's signature gives away nothing of the new one's
        moved(database, approver("sun", "tax"), "tax")
    assert moved(database, approver("xu", "fund"), "tax").waiting_for == ("tax",)
    assert moved(database, approver("sun", "tax"), "tax").waiting_for == ()


def test_a_move_that_a_former_owner_opened_is_begun_anew_whatever_left_it_open(database: Database) -> None:
    published(database)
    moved(database, approver(), "tax")
    with database.transaction() as session:
        session.scalars(select(Article)).one().owner = "fund"
    with database.reading() as session:
        assert list_moves(session, approver("sun", "tax")) == list_moves(session, MANAGER) == []
    assert moved(database, approver("sun", "tax"), "tax").waiting_for == ("fund",)
    with database.reading() as session:
        assert session.scalars(select(Article.owner)).one() == "fund"
    moved(database, approver("xu", "fund"), "tax")
    moved(database, approver("sun", "tax"), "hrss")
    assert moved(database, approver(), "hrss").waiting_for == ()
    with database.reading() as session:  # nor does one that was opened before come back with its owner
        assert session.scalars(select(Transfer.id).where(Transfer.closed_at.is_(None))).all() == []


@pytest.mark.parametrize("is_done", [False, True])
def test_the_only_draft_of_an_article_that_was_on_its_way_can_be_discarded(database: Database, is_done: bool) -> None:
    draft = begun(database, editor(), "hrss")
    moved(database, approver(), "fund")
    who = editor()
    if is_done:
        moved(database, approver("xu", "fund"), "fund")
        who = THEIRS
        with database.transaction() as session:
            drafts.take_over(session, who, draft, seen=1, **DONE)
    with database.transaction() as session:
        drafts.discard(session, who, draft, seen=2 if is_done else 1, **DONE)
    with database.reading() as session:
        assert session.scalars(select(Article)).all() == session.scalars(select(Transfer)).all() == []
    begun(database, editor("sun", "tax"), "tax")


@pytest.mark.parametrize("who", [approver(), approver("both", "hrss", "fund")])
def test_fault_25_who_signs_for_the_department_may_take_a_draft_over_and_signs_it_no_more(database: Database, who: Actor
                                                                                         ) -> None:
    draft = begun(database, editor(), "hrss")
    with pytest.raises(NotFound), database.transaction() as session:
        drafts.take_over(session, approver("sun", "tax"), draft, seen=1, **DONE)
    with database.transaction() as session:
        assert drafts.take_over(session, who, draft, seen=1, **DONE).author == who.name
        row = submission.submit(session, who, draft, seen=2, **DONE)
        with pytest.raises(Denied, match="wrote in this text"):
            signatures.sign(session, who, row, shown=row.sha256, department="hrss", **DONE)

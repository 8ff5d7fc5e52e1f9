"""An article changes hands by two signatures, and everything that hangs on it goes along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from kb.actor import CITIZEN, OPERATOR, Actor, Role
from kb.articles import feed
from kb.articles.acts import reviews, signatures
from kb.articles.acts.moving import drop_move, list_moves, move
from kb.articles.live import Moment, live_articles, live_by_slug
from kb.articles.publication import publish
from kb.articles.writing import drafts, submission
from kb.db import Database
from kb.errors import Conflict, Denied, Invalid, InvalidTransition, NotFound
from kb.models import Article, OutboxEvent, Revision
from kb.settings import Settings
from tests.kb.articles.test_races import at_once
from tests.kb.factories import (
    ADMIN,
    AGENT,
    MANAGER,
    add_department,
    approver,
    at,
    editor,
    finding_of,
    published,
    revision_text,
    submitted,
)

DONE: dict[str, Any] = {"now": at(9), "origin": "test"}
OURS, THEIRS = approver("wu"), approver("xu", "fund")


@pytest.fixture(autouse=True)
def departments(database: Database) -> None:
    for code in ("fund", "tax"):
        add_department(database, code)


def act(database: Database, do: Callable[..., Any], actor: Actor, **more: Any) -> Any:
    with database.transaction() as session:
        return do(session, actor, "card", **{**DONE, **more})


def owner(database: Database) -> str:
    with database.reading() as session:
        return session.scalars(select(Article.owner)).one()


@pytest.mark.parametrize("order", [(OURS, THEIRS), (THEIRS, OURS)])
def test_until_both_have_signed_the_owner_is_who_it_was(database: Database, order: tuple[Actor, Actor]) -> None:
    published(database)
    found = act(database, move, order[0], to="fund", reason="职能划转")
    assert (len(found.waiting_for), owner(database)) == (1, "hrss")
    with pytest.raises(Denied, match="signed for one department already"):
        act(database, move, order[0], to="fund")
    assert act(database, move, order[1], to="fund").waiting_for == ()
    assert owner(database) == "fund"
    with database.reading() as session:
        assert session.scalars(select(OutboxEvent.kind).order_by(OutboxEvent.id.desc()).limit(1)).one() == "moved"
        live = live_by_slug(session, CITIZEN, Moment(at(9), at(9)), "card")
        assert live is not None and (live.department, live.department_name_zh) == ("fund", "市fund局")
        assert live_articles(session, CITIZEN, Moment(at(9), at(9)), department="hrss") == []
        (indexed,) = feed.indexed_revisions(session, [live.article_id])[live.article_id]
        assert indexed.department == "fund"
        assert session.scalars(select(Revision.owner)).all() == ["hrss"]  # what was signed then stays
        assert finding_of(session) is None
    with pytest.raises(Conflict, match="fund bureau's already"):
        act(database, move, MANAGER, to="fund", reason="x")


def test_a_manager_signs_for_one_side_as_a_substitute_with_a_reason_and_never_for_both(database: Database) -> None:
    published(database)
    with pytest.raises(Invalid, match="for which department"):
        act(database, move, MANAGER, to="fund", reason="休假")
    with pytest.raises(Invalid, match="in place of fund"):
        act(database, move, MANAGER, to="fund", department="fund")
    act(database, move, MANAGER, to="fund", department="fund", reason="休假")
    with pytest.raises(Denied, match="another person's"):
        act(database, move, MANAGER, to="fund", department="hrss", reason="休假")
    both = Actor("u-b", "b", frozenset({Role.APPROVER}), frozenset({(Role.APPROVER, "hrss"), (Role.APPROVER, "fund")}))
    act(database, move, both, to="fund")
    assert owner(database) == "fund"


@pytest.mark.parametrize("who", [editor(), AGENT, ADMIN, OPERATOR, approver("sun", "tax")],
                         ids=["editor", "agent", "admin", "operator", "third department"])
def test_nobody_else_gives_or_takes_an_article(database: Database, who: Actor) -> None:
    published(database)
    act(database, move, OURS, to="fund")
    with pytest.raises(Denied):
        act(database, move, who, to="fund", department="fund", reason="x")
    with pytest.raises((Denied, InvalidTransition)):
        act(database, drop_move, who)
    assert owner(database) == "hrss"


def test_fault_28_what_was_never_published_is_known_to_its_own_department_and_to_where_it_goes(database: Database
                                                                                              ) -> None:
    submitted(database)
    for who in (THEIRS, AGENT):
        with pytest.raises(NotFound, match="no article 'card'"):
            act(database, move, who, to="fund")
        with pytest.raises(NotFound):
            act(database, drop_move, who)
    act(database, move, OURS, to="fund")
    with pytest.raises(NotFound):
        act(database, move, approver("sun", "tax"), to="tax")
    act(database, move, THEIRS, to="fund")
    assert owner(database) == "fund"


def test_an_article_goes_one_way_at_a_time_and_the_matter_can_be_dropped(database: Database) -> None:
    published(database)
    act(database, move, OURS, to="fund", reason="划转")
    with pytest.raises(Conflict, match=r"on its way to fund bureau already.*by wu"):
        act(database, move, approver("li"), to="tax")
    for bad, error in (("nowhere", Invalid), ("hrss", Conflict)):
        with pytest.raises(error):
            act(database, move, OURS, to=bad)
    with database.reading() as session:
        assert [(m.slug, m.waiting_for) for m in list_moves(session, THEIRS)] == [("card", ("fund",))]
        assert list_moves(session, approver("sun", "tax")) == []
        assert [len(list_moves(session, THEIRS, slug=slug)) for slug in ("card", "other")] == [1, 0]
    act(database, drop_move, THEIRS)
    with pytest.raises(InvalidTransition):
        act(database, drop_move, OURS)
    act(database, move, approver("li"), to="tax")
    act(database, move, approver("sun", "tax"), to="tax")
    assert owner(database) == "tax"


def test_texts_in_review_and_drafts_follow_the_new_owners_rule(database: Database) -> None:
    published(database, revision_text("一", co_owners=("fund",)))
    with database.transaction() as session:
        mine = drafts.edit(session, editor(), "card", **DONE).id
    waiting = submitted(database, revision_text("二", co_owners=("fund",)), day=1)
    with database.transaction() as session:
        row = session.get_one(Revision, waiting)
        for signer in (OURS, THEIRS):
            signatures.sign(session, signer, row, shown=row.sha256, **DONE)
        assert row.state == "approved"
    act(database, move, OURS, to="tax")
    act(database, move, approver("sun", "tax"), to="tax")
    with database.transaction() as session:
        row = session.get_one(Revision, waiting)
        assert signatures.waiting_for(session, row) == ["tax"]
        with pytest.raises(Denied):
            publish(session, OURS, row, **DONE)
        with pytest.raises(Conflict, match="waits for signatures of tax"):
            publish(session, approver("sun", "tax"), row, **DONE)
        assert [one.waiting_for for one in reviews.list_in_review(session, approver("sun", "tax"))] == [("tax",)]
        signatures.sign(session, approver("sun", "tax"), row, shown=row.sha256, **DONE)
        publish(session, approver("sun", "tax"), row, **DONE)
        with pytest.raises(NotFound):
            drafts.get(session, editor(), mine)  # hrss writes in it no more
        new = editor("zhao", "tax")
        taken = drafts.take_over(session, new, mine, seen=1, **DONE)
        assert (taken.department, taken.text.owner, taken.text.co_owners) == ("tax", "tax", ("fund",))
        merged = submission.rebase(session, new, mine, seen=2, **DONE).draft
        drafts.save(session, new, mine, replace(merged.text, source="三"), seen=3, **DONE)
        revision = submission.submit(session, new, mine, seen=4, **DONE)
        assert (revision.owner, signatures.waiting_for(session, revision)) == ("tax", ["tax", "fund"])
        assert finding_of(session) is None


def test_an_article_given_to_a_co_owner_is_co_owned_by_it_no_more(database: Database) -> None:
    published(database, revision_text("一", co_owners=("fund",)))
    act(database, move, OURS, to="fund")
    act(database, move, THEIRS, to="fund")
    with database.transaction() as session:
        draft = drafts.edit(session, editor("zhao", "fund"), "card", **DONE)
        assert (draft.text.owner, draft.text.co_owners) == ("fund", ())


@pytest.mark.parametrize("again", range(3))
def test_fault_69_two_who_sign_at_once_for_one_side(database: Database, settings: Settings, again: int) -> None:
    published(database, slug="card")
    assert again >= 0
    act(database, move, OURS, to="fund")
    found = at_once(settings, *((lambda s, who=who: move(s, who, "card", to="fund", **DONE).slug)  # type: ignore[misc]
                                for who in (THEIRS, approver("sun", "fund"))))
    assert sorted(type(result).__name__ for result in found) == ["Conflict", "str"]
    assert owner(database) == "fund"

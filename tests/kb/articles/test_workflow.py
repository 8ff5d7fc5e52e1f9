"""Signing, publishing and retiring: who may, in which state, and who may state times of the past."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import SYSTEM, Actor, Role
from kb.articles.intake import add_revision
from kb.articles.publication import publish, retire
from kb.articles.revisions import BasisText, RevisionText, check_text, content_hash
from kb.articles.workflow import approve
from kb.db import Database
from kb.errors import Conflict, Denied, Invalid, InvalidTransition, KbError
from kb.models import Approval, Article, Publication, Revision
from tests.kb.factories import add_department, at, drafted, published, retired, revision_text

MANAGER = Actor("u-km", "km", frozenset({Role.KNOWLEDGE_MANAGER}))
ADMIN = Actor("u-ad", "root", frozenset({Role.ADMIN}))


def approver(name: str, *departments: str) -> Actor:
    return Actor(f"u-{name}", name, frozenset({Role.APPROVER}), frozenset((Role.APPROVER, d) for d in departments))


def acting(database: Database, revision_id: str, act: Callable[[Session, Revision], None]) -> None:
    with database.transaction() as session:
        act(session, session.get_one(Revision, revision_id))


@pytest.mark.parametrize(("actor", "may"), [
    (approver("zhou", "hrss"), False), (approver("zhou", "fund"), False), (approver("zhou", "hrss", "fund"), True),
    (MANAGER, True), (ADMIN, False), (approver("li", "hrss", "fund"), False),
])
def test_fault_25_a_co_owned_text_is_signed_for_every_department_and_never_by_its_author(
    database: Database, actor: Actor, may: bool
) -> None:
    add_department(database, "fund")
    revision_id = drafted(database, revision_text(co_owners=("fund",), author="li"))
    try:
        acting(database, revision_id, lambda s, r: approve(s, actor, r, now=at(1), origin="test"))
    except Denied:
        assert not may
    else:
        assert may
    with database.reading() as session:
        assert (session.scalars(select(Revision.state)).one() == "approved") is may
        assert session.scalars(select(Approval.approver)).all() == ([actor.name] if may else [])


def test_only_a_draft_is_approved_and_only_what_is_approved_is_published(database: Database) -> None:
    revision_id = drafted(database, revision_text())
    with pytest.raises(InvalidTransition):
        acting(database, revision_id, lambda s, r: publish(s, MANAGER, r, now=at(1), origin="test"))
    acting(database, revision_id, lambda s, r: approve(s, MANAGER, r, now=at(1), origin="test"))
    with pytest.raises(InvalidTransition):
        acting(database, revision_id, lambda s, r: approve(s, MANAGER, r, now=at(1), origin="test"))
    acting(database, revision_id, lambda s, r: publish(s, MANAGER, r, now=at(1), origin="test"))
    with pytest.raises(InvalidTransition):
        acting(database, revision_id, lambda s, r: publish(s, MANAGER, r, now=at(1), origin="test"))


def test_an_older_revision_is_not_published_after_a_newer_one(database: Database) -> None:
    older = drafted(database, revision_text("一"), number=1)
    published(database, revision_text("二"), number=2, day=1)
    acting(database, older, lambda s, r: approve(s, MANAGER, r, now=at(2), origin="test"))
    with pytest.raises(Conflict):
        acting(database, older, lambda s, r: publish(s, MANAGER, r, now=at(2), origin="test"))


def act_in_the_past(session: Session, act: str, slug: str, who: Actor, when: datetime) -> None:
    """One act, done on day 9 and stated to have been done at ``when``."""
    article = session.scalars(select(Article).where(Article.slug == slug)).one()
    revision = session.scalars(select(Revision).where(Revision.article_id == article.id)).one()
    if act == "approve":
        approve(session, who, revision, now=at(9), origin="test", signed={"zhou": when})
    elif act == "publish":
        approve(session, MANAGER, revision, now=at(9), origin="test")
        publish(session, who, revision, now=at(9), origin="test", published_at=when)
    elif act == "retire":
        retire(session, who, article, reason="x", successor=None, now=at(9), origin="test", retired_at=when)
    else:
        add_revision(session, who, f"{slug}-new", revision_text(), number=1, now=at(9), origin="test", created_at=when)


@pytest.mark.parametrize("act", ["approve", "publish", "retire", "add"])
def test_fault_22_times_of_the_past_are_stated_only_by_who_may_import_history(database: Database, act: str) -> None:
    for slug in ("first", "second"):
        drafted(database, revision_text(), slug=slug)
    with database.transaction() as session:
        act_in_the_past(session, act, "first", MANAGER, at(5))
    for who, when, error in ((approver("zhou", "hrss"), at(5), Denied), (MANAGER, at(10), Invalid)):
        with pytest.raises(error), database.transaction() as session:
            act_in_the_past(session, act, "second", who, when)


def test_published_at_a_time_of_the_past_is_live_from_then(database: Database) -> None:
    revision_id = drafted(database, revision_text())
    acting(database, revision_id, lambda s, r: approve(s, MANAGER, r, now=at(9), origin="test"))
    acting(database, revision_id,
           lambda s, r: publish(s, MANAGER, r, now=at(9), origin="test", published_at=at(3)))
    with database.reading() as session:
        assert session.scalars(select(Publication.published_at)).all() == [at(3)]


def test_nothing_is_published_or_retired_before_the_last_publication(database: Database) -> None:
    published(database, day=5)
    revision_id = drafted(database, revision_text("二"), number=2, day=6)
    acting(database, revision_id, lambda s, r: approve(s, MANAGER, r, now=at(9), origin="test"))
    with pytest.raises(Invalid, match="before the last"):
        acting(database, revision_id, lambda s, r: publish(s, MANAGER, r, now=at(9), origin="test",
                                                              published_at=at(4)))
    with pytest.raises(Invalid, match="before the last"):
        retired(database, day=4)


def test_an_article_cannot_be_its_own_successor_by_any_way(database: Database) -> None:
    for slug in ("a", "b", "c"):
        published(database, slug=slug)
    retired(database, "a", day=1, successor="b")
    retired(database, "b", day=2, successor="c")
    for successor in ("a", "c"):
        with pytest.raises(Invalid, match="lead back"):
            retired(database, "c", day=3, successor=successor)
    with pytest.raises(InvalidTransition):
        retired(database, "a", day=4)
    with pytest.raises(Invalid, match="successor or a reason"):
        retired(database, "c", day=4, reason=" ")


@pytest.mark.parametrize("fields", [
    {"title": ""}, {"title": " a"}, {"title": "a\nb"}, {"title": "Ａ"}, {"title": "a\u202eb"}, {"title": "x" * 301},
    {"summary": "a\x00"}, {"summary": "a "}, {"summary": "x" * 2001}, {"category": "a\nb"}, {"category": "x" * 101},
    {"change_note": "\u2066a"}, {"change_note": "a\rb"}, {"author": "x" * 65}, {"keywords": ("",)},
    {"keywords": ("a\u200bb",)}, {"synonyms": ("x" * 101,)}, {"keywords": ("a",) * 201}, {"co_owners": ("",)},
    {"bases": (BasisText("a\u2028b"),)}, {"bases": (BasisText("a", url="x" * 501),)}, {"bases": (BasisText("a"),) * 51},
    {"keywords": ("x" * 100,) * 200}, {"effective_to": at(0)}, {"effective_to": at(-1)},
])
def test_a_text_whose_fields_are_not_clean_or_too_long_is_refused(database: Database, fields: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        drafted(database, revision_text(**fields))
    with database.reading() as session:
        assert session.query(Article).count() == 0


@pytest.mark.parametrize("fields", [
    {"summary": "两行\n\t缩进"}, {"title": "𠮷 \ue000"}, {"keywords": ("a",) * 200}, {"author": ""},
    {"bases": (BasisText("关于（试行）的通知", "滨政发〔2024〕2号"),)}, {"effective_to": at(0.0001)},
])
def test_a_text_that_is_clean_is_taken(fields: dict[str, Any]) -> None:
    check_text(revision_text(**fields))


def test_the_hash_covers_every_field_and_no_time_zone() -> None:
    text = revision_text()
    east = timezone(timedelta(hours=8))
    assert content_hash(text) == content_hash(replace(text, effective_from=text.effective_from.astimezone(east)))
    changed: dict[str, Any] = {
        "title": "b", "source": "b", "lang": "en", "audience": "agent", "owner": "fund", "effective_from": at(1),
        "effective_to": at(9), "review_by": at(9), "summary": "b", "category": "b", "keywords": ("b",),
        "synonyms": ("b",), "co_owners": ("b",), "bases": (BasisText("b"),), "attachments": ({"name": "b"},),
        "change_note": "b", "is_minor": True, "author": "b"}
    assert changed.keys() == RevisionText.__dataclass_fields__.keys()
    hashes = {content_hash(replace(text, **{name: value})) for name, value in changed.items()}
    assert len(hashes | {content_hash(text)}) == len(changed) + 1


def test_a_refusal_leaves_nothing_half_done(database: Database) -> None:
    with pytest.raises(KbError), database.transaction() as session:
        revision, _ = add_revision(session, SYSTEM, "card", revision_text(author="system"), number=1, now=at(1),
                                   origin="test")
        approve(session, SYSTEM, revision, now=at(1), origin="test")
    with database.reading() as session:
        assert session.query(Article).count() == 0

"""The same question as a predicate and as a condition on rows: over a mixed corpus the answers are equal."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from kb.actor import CITIZEN, OPERATOR, SYSTEM, Actor, Role
from kb.articles.revisions import knowable, may_know
from kb.db import Database
from kb.models import Article, CoOwner, Draft, Revision, State, Transfer
from kb.people.permissions import DEPARTMENT_ROLES, Action, can, may_sql
from kb.people.whose import Rows
from tests.kb.factories import add_department, at

DEPARTMENTS = ("hrss", "fund", "tax")
LOGINS = ("li", "li-2", "a_b", "axb")  # one within another, and one that a wildcard would take for another
LOADED: dict[Rows, tuple[Any, ...]] = {
    Article: (), Transfer: (), Draft: (selectinload(Draft.article),),
    Revision: (selectinload(Revision.article), selectinload(Revision.co_owners))}


@pytest.fixture
def corpus(database: Database) -> Database:
    """Articles of each department with texts in every state, of every audience, co-owned or not, by all hands."""
    for code in DEPARTMENTS[1:]:
        add_department(database, code)
    with database.transaction() as session:
        for number, (owner, wrote_for) in enumerate(product(DEPARTMENTS, DEPARTMENTS)):
            article = Article(id=f"a{number}", slug=f"a{number}", owner=owner, created_at=at(0))
            session.add(article)
            session.flush()
            for n, (state, co_owner) in enumerate(product(State, (None, *DEPARTMENTS)), 1):
                author, other = LOGINS[n % 4], LOGINS[(n // 4 + number) % 4]
                row = Revision(id=f"{number}-{n}", article_id=article.id, number=n, state=state, sha256=f"{n:064}",
                               title="题", source="文。", lang="zh", audience=("public", "agent")[n % 2],
                               owner=wrote_for, effective_from=at(0), author=author, created_at=at(0),
                               contributors=sorted({author, other}))
                session.add(row)
                session.flush()
                if co_owner not in (None, wrote_for):
                    session.add(CoOwner(revision_id=row.id, department=co_owner))
            for login in LOGINS:
                session.add(Draft(id=f"d{number}-{login}", article_id=article.id, author=login, fields={}, version=1,
                                  contributors=sorted({login, "li"}), created_at=at(0), updated_at=at(0)))
            if owner != wrote_for:
                session.add(Transfer(article_id=article.id, source=owner, target=wrote_for, reason="", opened_by="li",
                                     opened_at=at(0)))
    return database


def actors() -> Iterator[Actor]:
    """People of every role; of departments' roles for one, for two, by succession, and beside a role for all."""
    yield from (CITIZEN, SYSTEM, OPERATOR)
    for login, role in zip(LOGINS * 2, Role, strict=False):
        if role not in DEPARTMENT_ROLES:
            yield Actor(f"u-{login}", login, frozenset({role}))
    for login in LOGINS:
        for role in (Role.EDITOR, Role.APPROVER):
            yield Actor(f"u-{login}", login, frozenset({role}), frozenset({(role, "hrss")}))
    both = frozenset({(Role.EDITOR, "hrss"), (Role.APPROVER, "fund")})
    yield Actor("u-li", "li", frozenset({Role.EDITOR, Role.APPROVER}), both)
    yield Actor("u-li", "li", frozenset({Role.APPROVER}), frozenset({(Role.APPROVER, "hrss")}),
                frozenset({(Role.APPROVER, "tax")}))
    yield Actor("u-li", "li", frozenset({Role.KNOWLEDGE_MANAGER, Role.EDITOR}), frozenset({(Role.EDITOR, "tax")}))
    yield Actor("u-li", "li", frozenset({Role.AGENT}), both)  # grants of roles that are not held


def test_predicate_and_sql_agree_for_everybody_on_everything(corpus: Database) -> None:
    both: set[tuple[Rows, bool]] = set()
    with corpus.reading() as session:
        for kind, options in LOADED.items():
            rows = session.scalars(select(kind).options(*options)).all()
            for actor, action in product(actors(), Action):
                found = set(session.scalars(select(kind.id).where(may_sql(actor, action, kind))))
                wanted = {row.id for row in rows if can(actor, action, row)}
                assert found == wanted, (kind, actor, action)
                both |= {(kind, True)} if wanted else set()
                both |= {(kind, False)} if len(wanted) < len(rows) else set()
    assert len(both) == 8


def test_it_stays_the_same_question_inside_a_query_over_the_same_tables(corpus: Database) -> None:
    editor = Actor("u-li", "li", frozenset({Role.EDITOR}), frozenset({(Role.EDITOR, "hrss")}))
    for kind in (Draft, Revision):
        with corpus.reading() as session:
            alone = set(session.scalars(select(kind.id).where(may_sql(editor, Action.READ_UNPUBLISHED, kind))))
            query = select(kind.id).join(Article, Article.id == kind.article_id)
            if kind is Revision:
                query = query.outerjoin(CoOwner, CoOwner.revision_id == Revision.id)
            joined = set(session.scalars(query.where(may_sql(editor, Action.READ_UNPUBLISHED, kind))))
        assert joined == alone


def test_fault_28_what_may_be_known_is_the_same_in_a_list_and_one_by_one(corpus: Database) -> None:
    with corpus.reading() as session:
        rows = session.scalars(select(Revision).options(*LOADED[Revision])).all()
        counts = set()
        for actor in actors():
            found = set(session.scalars(select(Revision.id).where(knowable(actor))))
            assert found == {row.id for row in rows if may_know(actor, row)}, actor
            counts.add(len(found))
        assert len(counts) >= 5 and max(counts) == len(rows)

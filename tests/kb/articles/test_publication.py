"""Bitemporal visibility: the SQL predicate against a plain model over random histories."""

from __future__ import annotations

import atexit
import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import CITIZEN, OPERATOR, Actor, Role
from kb.articles import live, publication
from kb.articles.acts import hiding
from kb.articles.acts.redaction import agree_redaction, ask_redaction
from kb.articles.extents import extents
from kb.articles.revisions import RevisionText
from kb.articles.writing.intake import import_history
from kb.clock import parse_instant, zone
from kb.db import Database
from kb.errors import Denied, KbError
from kb.migrations import migrate
from kb.models import Article, Department, Revision
from kb.settings import load_settings

T0 = datetime(2026, 1, 1, tzinfo=UTC)


def at(day: int) -> datetime:
    return T0 + timedelta(days=day)


def text(begin: int, end: int | None = None, audience: str = "public", author: str = "hrss-editor") -> RevisionText:
    return RevisionText(title="补卡", source=f"工本费 {begin} 元。", lang="zh", audience=audience, owner="hrss",
                        effective_from=at(begin), effective_to=None if end is None else at(end), author=author)


def published(database: Database, number: int, words: RevisionText, now: datetime) -> None:
    with database.transaction() as session:
        revision, _ = import_history(session, OPERATOR, "card", words, number=number, now=now, origin="test",
                                   signed={"hrss-approver": now})
        publication.publish(session, OPERATOR, revision, now=now, origin="test")


def seen(database: Database, as_of: datetime, known_at: datetime, viewer: Actor = CITIZEN) -> int | None:
    with database.reading() as session:
        found = live.live_by_slug(session, viewer, live.Moment(as_of, known_at), "card")
        return found.number if found else None


def test_each_revision_answers_for_its_own_dates(database: Database) -> None:
    published(database, 1, text(0), at(0))
    published(database, 2, text(30), at(10))
    assert seen(database, at(29), at(40)) == 1
    assert seen(database, at(30), at(40)) == 2
    assert seen(database, at(35), at(9)) == 1  # what was believed before revision 2 was published


def test_nothing_older_comes_back_when_a_temporary_rule_ends(database: Database) -> None:
    published(database, 1, text(0), at(0))
    published(database, 2, text(30, 60), at(31))
    assert seen(database, at(59), at(99)) == 2
    assert seen(database, at(60), at(99)) is None


def test_a_revision_approved_ahead_keeps_its_date_when_an_urgent_one_is_published(database: Database) -> None:
    published(database, 1, text(0), at(0))
    published(database, 2, text(90), at(5))
    published(database, 3, text(10), at(10))
    assert (seen(database, at(50), at(50)), seen(database, at(90), at(50))) == (3, 2)


def test_fault_61_retired_article_answers_no_more_from_that_instant(database: Database) -> None:
    published(database, 1, text(0), at(0))
    with database.transaction() as session:
        article = session.query(Article).one()
        publication.import_retirement(session, OPERATOR, article, reason="merged", successor=None, now=at(20),
                                      origin="test")
    assert seen(database, at(5), at(20)) is None
    assert seen(database, at(5), at(19)) == 1


def test_agent_only_text_is_never_shown_to_a_citizen(database: Database) -> None:
    published(database, 1, text(0, audience="agent"), at(0))
    agent = Actor("u", "agent", frozenset({Role.AGENT}))
    assert seen(database, at(1), at(1)) is None
    assert seen(database, at(1), at(1), agent) == 1


def test_midnight_of_the_hotline_decides() -> None:
    assert parse_instant("2026-07-01", zone("Asia/Shanghai")) == datetime(2026, 6, 30, 16, tzinfo=UTC)


def test_nobody_approves_their_own_text(database: Database) -> None:
    with pytest.raises(Denied), database.transaction() as session:
        import_history(session, OPERATOR, "card", text(0, author="operator"), number=1, now=at(0), origin="test",
                       signed={"hrss-approver": at(0)})


step = st.tuples(st.integers(0, 12), st.one_of(st.none(), st.integers(1, 8)), st.integers(0, 3),
                 st.sampled_from(("public", "public", "agent")),
                 st.sampled_from(("", "", "hide", "hide and sign", "show", "redact")))
PEOPLE = [Actor(f"u-{name}", name, frozenset({Role.KNOWLEDGE_MANAGER, Role.ADMIN})) for name in ("km", "zhu", "root")]


def disturb(database: Database, what: str, now: datetime) -> None:
    """Take the article, or its newest text, out of sight, or show it again; whatever is refused is left."""
    done: dict[str, Any] = {"now": now, "origin": "test"}
    acts: dict[str, Callable[[Session], Any]] = {
        "hide": lambda s: hiding.hide(s, PEOPLE[0], "card", reason="x", **done),
        "hide and sign": lambda s: (hiding.hide(s, PEOPLE[1], "card", reason="x", **done),
                                    hiding.sign_hiding(s, PEOPLE[0], "card", **done)),
        "show": lambda s: hiding.show(s, PEOPLE[2], "card", **done),
        "redact": lambda s: [redact(s, who, row, **more, **done) for row in [newest(s)] for redact, who, more in (
            (ask_redaction, PEOPLE[2], {"reason": "x"}), (agree_redaction, PEOPLE[0], {}))],
    }
    if what:
        with suppress(KbError), database.transaction() as session:
            acts[what](session)


def newest(session: Session) -> Revision:
    return session.scalars(select(Revision).order_by(Revision.number.desc()).limit(1)).one()


@settings(max_examples=40, deadline=None)
@given(st.lists(step, min_size=1, max_size=6),
       st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), st.none() | st.integers(0, 22)), min_size=8))
def test_sql_predicate_equals_plain_model_over_random_histories(
    steps: list[tuple[int, int | None, int, str, str]], points: list[tuple[int, int, int | None]]
) -> None:
    with TemporaryDirectory() as folder:
        database = Database(load_settings(Path(folder), {}, data={"dir": folder}))
        shutil.copy(template(), Path(folder) / "kb.sqlite3")
        now = 0
        for number, (begin, length, wait, audience, act) in enumerate(steps, 1):
            now += wait
            published(database, number, text(begin, None if length is None else begin + length, audience), at(now))
            disturb(database, act, at(now + 1))
        with database.reading() as session:
            ids = list(session.scalars(select(Article.id)))
            rows = [(rectangle, audience, revision_id) for revision_id, found in extents(session, ids).items()
                    for audience in session.scalars(select(Revision.audience).where(Revision.id == revision_id))
                    for rectangle in found]
            for as_of, known_at, asked_at in points:
                moment = live.Moment(at(as_of), at(known_at), None if asked_at is None else at(asked_at))
                for viewer, narrowed_to in ((CITIZEN, None), (PEOPLE[0], None), (PEOPLE[0], "public")):
                    model = {r for rectangle, audience, r in rows if live.is_answerable(
                        rectangle, audience, viewer, moment, narrowed_to=narrowed_to)}
                    stored = live.live_revisions(session, viewer, moment, [r for _, _, r in rows],
                                                 narrowed_to=narrowed_to)
                    assert set(stored) == model
                    assert len(model) <= 1
        database.close()


@cache
def template() -> Path:
    """A migrated database with one department, copied for every example."""
    folder = mkdtemp()
    database = Database(load_settings(Path(folder), {}, data={"dir": folder}))
    migrate(database)
    with database.transaction() as session:
        session.add(Department(code="hrss", name_zh="局", name_en="B", phone=""))
    database.close()
    atexit.register(shutil.rmtree, folder)
    return Path(folder) / "kb.sqlite3"

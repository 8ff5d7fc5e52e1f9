"""What is to be reviewed, by the date kept with what is live: the same as by the dates that count."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from kb.actor import OPERATOR
from kb.articles.acts.confirming import confirm
from kb.articles.live import NEVER, REVIEW_BY
from kb.db import Database
from kb.errors import Invalid, InvalidTransition
from kb.models import Publication, Revision
from kb.reading import editing, narrowing
from kb.reading.narrowing import Filter
from tests.kb.factories import MANAGER, at, editor, published, retired, revision_text, submitted

NOW = at(100)


def overdue(database: Database, review: str = "overdue", department: str = "") -> list[str]:
    with database.reading() as session:
        found = editing.desk(session, MANAGER, Filter(review=review, department=department), now=NOW, limit=100)
    return [entry.slug for entry in found.items]


def kept(database: Database, slug: str) -> datetime | None:
    """The date kept with what is live of an article."""
    with database.reading() as session:
        return session.scalars(select(Publication.review_by).join(Revision, Revision.id == Publication.revision_id)
                               .where(Publication.superseded_at.is_(None), Revision.title == slug)).one()


def put(database: Database, slug: str, day: int | None, **fields: object) -> None:
    published(database, revision_text(title=slug, review_by=at(day) if day is not None else None, **fields), slug=slug)


def confirmed(database: Database, slug: str, day: int, on: int) -> None:
    with database.transaction() as session:
        confirm(session, editor(), slug, review_by=at(day), now=at(on), origin="test")


def test_a_date_is_kept_put_off_and_taken_along_by_a_minor_edit(database: Database) -> None:
    put(database, "due", 90)
    put(database, "put-off", 90)
    put(database, "none", None)
    confirmed(database, "put-off", 150, on=91)
    assert (kept(database, "due"), kept(database, "put-off"), kept(database, "none")) == (at(90), at(150), NEVER)
    assert overdue(database) == overdue(database, department="hrss") == ["due"]
    assert overdue(database, "soon") == ["due"]
    published(database, revision_text("免费。。", title="put-off", review_by=at(90), is_minor=True), slug="put-off",
              number=2, day=92)
    assert kept(database, "put-off") == at(150) and overdue(database) == ["due"]
    retired(database, "due", day=95)
    assert overdue(database) == []


def test_what_an_older_release_published_is_found_by_the_dates_that_count(database: Database) -> None:
    put(database, "due", 90)
    put(database, "later", 190)
    put(database, "none", None)
    with database.transaction() as session:
        session.execute(update(Publication).values(review_by=None))
    assert overdue(database) == ["due"]


def test_a_house_in_which_nearly_all_is_overdue_is_walked_through(
        database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(6):
        put(database, f"due-{n}", 90)
    put(database, "later", 190)
    few = overdue(database)
    monkeypatch.setattr(narrowing, "_MANY", 3)
    assert overdue(database) == few == [f"due-{n}" for n in range(6)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.tuples(st.sampled_from(("publish", "confirm")), st.none() | st.integers(1, 400)), max_size=5))
def test_whatever_was_done_the_kept_date_is_the_one_that_counts(
        database: Database, acts: list[tuple[str, int | None]]) -> None:
    slug = f"walk-{len(all_slugs(database))}"
    put(database, slug, 60)
    number = 1
    for n, (act, day) in enumerate(acts, 2):
        if act == "publish":
            number += 1
            published(database, revision_text(f"第{n}稿。", title=slug, review_by=at(day) if day else None), slug=slug,
                      number=number, day=n)
        elif day is not None:
            try:
                confirmed(database, slug, day, on=n)
            except (Invalid, InvalidTransition):
                continue
    with database.reading() as session:
        counts = session.scalars(select(REVIEW_BY).join(Publication, Publication.revision_id == Revision.id).where(
            Publication.superseded_at.is_(None), Revision.title == slug)).one()
    assert kept(database, slug) == (counts or NEVER)


def all_slugs(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(Revision.id)))


def test_titles_are_found_as_far_as_the_viewer_may_know_them(database: Database) -> None:
    put(database, "live-one", None)
    submitted(database, revision_text(title="Waiting ONE"), slug="waiting")
    with database.reading() as session:
        for viewer, expected in ((editor(), {"live-one", "waiting"}), (MANAGER, {"waiting"}), (OPERATOR, {"waiting"}),
                                 (editor("x", "fund"), set())):
            assert set(narrowing.titled(session, viewer, "one")) == expected, viewer.name
        assert set(narrowing.titled(session, MANAGER, "one", "hrss")) == {"live-one", "waiting"}
        assert narrowing.titled(session, editor(), "%") == narrowing.titled(session, editor(), "_ne") == ()
    assert timedelta(days=30) == narrowing.SOON

"""A year of a city's life: whatever happens, what must always hold does, each day.

Four eyes, one live text a day, nothing retired or hidden that answers, every article with an owner that stands, every
task with a person who can do it, nothing overdue in silence, no review date passed unnoticed, and a log that holds.
"""

from __future__ import annotations

import random
import shutil
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import func, or_, select

from kb.actor import CITIZEN
from kb.articles.live import REVIEW_BY, Moment, live_articles
from kb.clock import start_of_day
from kb.content.verification import verify
from kb.db import Database
from kb.models import Article, Department, Hiding, Publication, ReviewTask, Revision, Signature, TaskStep
from kb.people.duty.roster import knowing_of, roster_of
from kb.record import audit
from kb.settings import load_settings
from kb.upkeep import calendar
from tests.stateful.city import TZ, City

DAYS = 365
SEEDS = (71,)


@pytest.mark.parametrize("seed", SEEDS)
def test_fault_71_a_year_of_a_city_holds_what_must_hold_each_day(seed: int, migrated: Path, tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {})
    shutil.copy(migrated, settings.make_data_dir() / "kb.sqlite3")
    database = Database(settings)
    city = City(database, random.Random(seed))
    city.found()
    with database.reading() as session:
        days = calendar.load(session)
    for _ in range(DAYS):
        city.minute = 0
        city.tend()
        if days.is_working(city.day):
            live_a_day(city)
        check(city)
        city.day += timedelta(days=1)
    with database.reading() as session:
        assert audit.verify(session).broken_at is None
        assert verify(session).finding is None
    lived = {"edit", "publish", "confirm", "revise", "retire", "snooze", "delegate", "away", "leave", "merge", "split",
             "rename", "raise", "clear", "hide", "hire"}
    assert lived <= {what for what, times in city.done.items() if times}, lived - city.done.keys()
    assert outcomes(database) >= {"confirmed", "revised", "retired", "cleared"}
    database.close()


def live_a_day(city: City) -> None:
    """What happens on a working day, by chance."""
    for do, often in ((city.find_fault, 0.5), (city.edit, 0.35), (city.sign, 0.6), (city.review, 0.8),
                      (city.review, 0.5), (city.go_away, 0.12), (city.leave, 0.05), (city.hide_or_show, 0.04),
                      (city.reorganise, 0.03), (city.follow, 0.3)):
        if city.chance.random() < often:
            do()


def outcomes(database: Database) -> set[str]:
    with database.reading() as session:
        return {found for found in session.scalars(select(ReviewTask.outcome).distinct()) if found}


def check(city: City) -> None:
    """All that must hold at the end of a day."""
    check_signatures(city)
    check_live(city)
    check_owners_and_tasks(city)
    check_dates(city)


def check_signatures(city: City) -> None:
    """Nobody signed what they wrote in; what is published was signed."""
    with city.database.reading() as session:
        rows = session.execute(select(Revision.contributors, Revision.author, Signature.signer).join(
            Signature, Signature.revision_id == Revision.id).where(Signature.signed_at >= city.now - timedelta(days=2)))
        assert not [row for row in rows if row[2] in (row[1], *row[0])]
        unsigned = select(Revision.id).where(Revision.state == "published", ~select(Signature.id).where(
            Signature.revision_id == Revision.id, Signature.decision == "signed").exists())
        assert session.scalars(unsigned).all() == []


def check_live(city: City) -> None:
    """Of an article one text answers on any day, and none of a retired or hidden one."""
    with city.database.reading() as session:
        rows = session.execute(select(Publication.article_id, Publication.effective_from, Publication.effective_to)
                               .where(Publication.superseded_at.is_(None))
                               .order_by(Publication.article_id, Publication.effective_from)).all()
        for first, then in pairwise(rows):
            assert first[0] != then[0] or (first[2] is not None and first[2] <= then[1])
        answered = {one.article_id for one in live_articles(session, CITIZEN, Moment(city.now, city.now), limit=1000)}
        gone = session.scalars(select(Article.id).where(Article.retired_at <= city.now)).all()
        hidden = session.scalars(select(Hiding.article_id).where(
            Hiding.hidden_at <= city.now, or_(Hiding.until.is_(None), Hiding.until > city.now))).all()
        assert not answered & {*gone, *hidden}


def check_owners_and_tasks(city: City) -> None:
    """No article without a department that stands, no task without a person who can do it; none of a retired article.
    """
    with city.database.reading() as session:
        lost = session.scalars(select(Article.slug).join(Department, Department.code == Article.owner).where(
            Department.dissolved_at.is_not(None))).all()
        assert lost == []
        tasks = session.execute(select(ReviewTask, Article.owner, Article.retired_at).join(
            Article, Article.id == ReviewTask.article_id).where(ReviewTask.outcome.is_(None))).all()
        roster, knowing = roster_of(session, today=city.day), knowing_of(session, [t.article_id for t, _, _ in tasks])
        for task, owner, retired_at in tasks:
            staff = roster.staff(owner, knowing[task.article_id])
            assert retired_at is None and task.department == owner
            assert staff.may_have(task.person), (city.day, task.person, task.way, owner)
            assert task.escalated_to != task.person
            assert not task.escalated_to or task.escalated_to in staff.standing


def check_dates(city: City) -> None:
    """Nothing is overdue in silence, no review date passed without a task, and no step was taken twice."""
    with city.database.reading() as session:
        days = calendar.load(session)
        for task in session.scalars(select(ReviewTask).where(ReviewTask.state == "open",
                                                             ReviewTask.due_on < city.day - timedelta(days=1))):
            seen = city.day if days.is_working(city.day) else days.add(city.day, -1)
            late = days.between(task.due_on, seen)
            assert task.level == 2 if late >= 5 and task.opened_at < city.now - timedelta(days=1) else True, task.due_on
        due = session.scalars(
            select(Publication.article_id).join(Revision, Revision.id == Publication.revision_id).where(
                Publication.superseded_at.is_(None), Publication.effective_from <= city.now - timedelta(days=1),
                or_(Publication.effective_to.is_(None), Publication.effective_to > city.now),
                start_of_day(city.day, TZ) > REVIEW_BY)).all()
        with_task = set(session.scalars(select(ReviewTask.article_id).where(ReviewTask.outcome.is_(None))))
        published_today = set(session.scalars(select(Publication.article_id).where(
            Publication.published_at >= start_of_day(city.day, TZ))))
        assert set(due) - published_today <= with_task
        twice = session.execute(select(TaskStep.task_id).where(TaskStep.kind == "escalated").group_by(
            TaskStep.task_id).having(func.count() > 4)).all()
        assert twice == []

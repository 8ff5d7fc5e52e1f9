"""Open tasks find the person whose they are now, whenever something about people or departments changes.

Called by the acts that change it, in their transaction: a role is given or taken, an account shut or opened, somebody
is away or back, a department gets another head, an article another owner. What the calendar alone changes, the daily
job sees. So no task is with somebody who is gone, at no moment.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.models import Article, ReviewTask
from kb.people.duty.choosing import Holder, Matter, Way, keep_or_choose, superior
from kb.people.duty.roster import Knowing, Roster, knowing_of, local_day, parts, roster_of
from kb.people.duty.steps import Step, note_step
from kb.record.journal import record


def reassign(session: Session, actor: Actor, *, logins: Collection[str] = (), departments: Collection[str] = (),
             article_ids: Collection[str] = (), now: datetime, origin: str) -> int:
    """Look again who has the open tasks that are with these people, of these departments, about these articles; how
    many changed hands."""
    wanted: list[ColumnElement[bool]] = [ReviewTask.article_id.in_(part) for part in parts(sorted(article_ids))]
    if logins:
        named = sorted(logins)
        wanted += [ReviewTask.person.in_(named), ReviewTask.in_place_of.in_(named), ReviewTask.escalated_to.in_(named)]
    if departments:
        wanted.append(ReviewTask.department.in_(sorted(departments)))
    return _reassign(session, actor, or_(*wanted), now=now, origin=origin) if wanted else 0


def reassign_all(session: Session, actor: Actor, *, after: str = "", limit: int, now: datetime, origin: str
                 ) -> tuple[int, str]:
    """The same for a batch of all open tasks, by their ids; how many changed hands, and where to go on (empty: the
    end)."""
    ids = session.scalars(select(ReviewTask.id).where(ReviewTask.outcome.is_(None), ReviewTask.id > after)
                          .order_by(ReviewTask.id).limit(limit)).all()
    moved = _reassign(session, actor, ReviewTask.id.in_(ids), now=now, origin=origin) if ids else 0
    return moved, ids[-1] if len(ids) == limit else ""


def matter_of(task: ReviewTask) -> Matter:
    """What must be known of a task to say who can do it in time."""
    return Matter(task.due_on, task.severity == "serious")


def give(session: Session, actor: Actor, task: ReviewTask, to: Holder, *, kind: Step = Step.ASSIGNED, note: str = "",
         now: datetime, origin: str) -> None:
    """Let somebody have the task from now on; who calls has seen to it that they may."""
    before = {"person": task.person, "department": task.department}
    task.person, task.way, task.in_place_of = to.person, to.way, to.in_place_of
    if task.escalated_to == to.person:  # whoever it was brought before does it now
        task.escalated_to = ""
    note_step(session, task, kind, by=actor.name, person=to.person, way=to.way, note=note, now=now)
    session.flush()
    record(session, actor, "assign_review", f"review_task:{task.id}", now=now, origin=origin, before=before,
           after={"person": to.person, "way": to.way, "in_place_of": to.in_place_of})


def _reassign(session: Session, actor: Actor, wanted: ColumnElement[bool], *, now: datetime, origin: str) -> int:
    session.flush()
    tasks = session.scalars(select(ReviewTask).where(ReviewTask.outcome.is_(None), wanted).order_by(ReviewTask.id)
                            .with_for_update().execution_options(populate_existing=True)).all()
    if not tasks:
        return 0
    owners = _owners(session, [task.article_id for task in tasks])
    roster = roster_of(session, today=local_day(session, now), departments=set(owners.values()))
    knowing = knowing_of(session, owners)
    moved = 0
    for task in tasks:
        moved += _settled(session, actor, task, owners[task.article_id], roster, knowing, now=now, origin=origin)
    session.flush()
    return moved


def _settled(session: Session, actor: Actor, task: ReviewTask, owner: str, roster: Roster,
             knowing: Mapping[str, Knowing], *, now: datetime, origin: str) -> bool:
    """See to it that one task is in good hands; whether they are others than before."""
    staff = roster.staff(owner, knowing[task.article_id])
    matter = matter_of(task)
    task.department = owner
    held = Holder(task.person, Way(task.way), task.in_place_of)
    found = keep_or_choose(held, staff, matter)
    if task.level and not (task.escalated_to in staff.standing and task.escalated_to != found.person):
        task.escalated_to = superior(task.level, found.person, staff, matter)
    if found == held:
        return False
    roster.load[held.person] -= 1
    roster.load[found.person] += 1
    give(session, actor, task, found, now=now, origin=origin)
    return True


def _owners(session: Session, article_ids: Sequence[str]) -> dict[str, str]:
    return {row[0]: row[1] for part in parts(sorted(article_ids)) for row in session.execute(
        select(Article.id, Article.owner).where(Article.id.in_(part)))}

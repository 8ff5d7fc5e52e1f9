"""Review tasks, and who is out of the office."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from kb.db import Session
from kb.people.duty import absences
from kb.people.permissions import Action
from kb.reading.tasks import queue
from kb.reading.tasks.entries import entries
from kb.reading.tasks.page import task_page
from kb.reading.tasks.standings import standings
from kb.upkeep.reviews import resolving
from kb.upkeep.reviews import tasks as acts
from web.api.contract import route
from web.api.shapes.tasks import (
    Absence,
    AbsenceFilter,
    Absences,
    Announcing,
    ConfirmedEach,
    ConfirmingEach,
    ConfirmingTask,
    Delegating,
    RetiringArticle,
    RevisionBegun,
    Snoozing,
    Standings,
    Task,
    TaskFilter,
    TaskPage,
    Tasks,
)
from web.api.taking import make_cursor, read_cursor
from web.auth import viewer
from web.error_words import said
from web.errors import problem_of
from web.filters import language
from web.wiring import edge

_ONE = "/review-tasks/<uuid:task_id>"
_ORIGIN = "api"


@route("GET", "/review-tasks", Action.READ_HISTORY, query=TaskFilter, reply=Tasks)
def list_tasks(session: Session, query: TaskFilter) -> dict[str, Any]:
    """What is to be looked at, the gravest first"""
    wanted = queue.Wanted(queue.Whose(query.whose), queue.Standing(query.standing), query.department or "",
                          query.severity or "", query.person or "")
    found = queue.task_queue(session, viewer(), wanted, now=edge().clock(), after=read_cursor(query) or "",
                             limit=query.limit)
    return {"items": [one.as_dict() for one in found.items], "total": found.total,
            "next_cursor": make_cursor(found.next_after, query) if found.next_after else None}


@route("GET", _ONE, Action.READ_HISTORY, reply=TaskPage)
def read_task(session: Session, task_id: UUID) -> dict[str, Any]:
    """One task with its evidence"""
    found = task_page(session, viewer(), str(task_id), now=edge().clock())
    return {"task": found.entry.as_dict(), "signals": [one.as_dict(language()) for one in found.signals],
            "steps": [{"kind": step.kind, "at": step.at.isoformat(), "by": step.by, "person": step.person,
                       "until": step.until.isoformat() if step.until else None, "note": step.note}
                      for step in found.steps],
            "next_on": found.next_on.isoformat() if found.next_on else None}


@route("POST", f"{_ONE}/confirm", Action.CONFIRM, scope="write", body=ConfirmingTask, reply=Task,
       problems={409: "The task is done, or another text is in force than was shown"})
def confirm_task(session: Session, task_id: UUID, body: ConfirmingTask) -> Mapping[str, Any]:
    """State that the text is right, and how it was checked

    The text stays; it is looked at again on the day that its record allows."""
    checked = resolving.Checked(str(task_id), body.sha256.lower(), body.note or "", body.source or "")
    resolving.confirm_task(session, viewer(), checked, next_on=body.next_on, now=edge().clock(), origin=_ORIGIN)
    return _task(session, task_id)


@route("POST", "/review-tasks/confirm", Action.CONFIRM, scope="write", body=ConfirmingEach, reply=ConfirmedEach)
def confirm_tasks(body: ConfirmingEach) -> dict[str, Any]:
    """Confirm several texts, each with its evidence

    What one is refused for stops no other."""
    chosen = [resolving.Checked(one.id, one.sha256.lower(), one.note or "", one.source or "") for one in body.tasks]
    results = resolving.confirm_each(edge().database, viewer(), chosen, now=edge().clock(), origin=_ORIGIN)
    return {"items": [{"id": one.task_id, "error": one.error.code if one.error else None,
                       "detail": said(problem_of(one.error)) if one.error else None} for one in results]}


@route("POST", f"{_ONE}/revise", Action.DRAFT, scope="write", reply=RevisionBegun, problems={409: "The task is done"})
def revise_task(session: Session, task_id: UUID) -> dict[str, Any]:
    """Begin to rewrite the text, or go on with your own draft

    The task is yours, and done when the new text is published."""
    draft = resolving.revise_task(session, viewer(), str(task_id), now=edge().clock(), origin=_ORIGIN)
    return {"task": _task(session, task_id), "draft_id": draft.id}


@route("POST", f"{_ONE}/retire", Action.RETIRE, scope="write", body=RetiringArticle, reply=Task,
       problems={409: "The task is done"})
def retire_task(session: Session, task_id: UUID, body: RetiringArticle) -> Mapping[str, Any]:
    """Retire the article"""
    resolving.retire_task(session, viewer(), str(task_id), reason=body.reason or "", successor=body.successor or "",
                          now=edge().clock(), origin=_ORIGIN)
    return _task(session, task_id)


@route("POST", f"{_ONE}/snooze", Action.READ_HISTORY, scope="write", body=Snoozing, reply=Task,
       problems={409: "The task is done, serious, or was put off often enough"})
def snooze_task(session: Session, task_id: UUID, body: Snoozing) -> Mapping[str, Any]:
    """Put the task off, with the reason"""
    acts.snooze(session, viewer(), str(task_id), until=body.until, reason=body.reason, now=edge().clock(),
                origin=_ORIGIN)
    return _task(session, task_id)


@route("POST", f"{_ONE}/wake", Action.READ_HISTORY, scope="write", reply=Task,
       problems={409: "The task is done, or was not put off"})
def wake_task(session: Session, task_id: UUID) -> Mapping[str, Any]:
    """Take up a task that was put off"""
    acts.wake(session, viewer(), str(task_id), now=edge().clock(), origin=_ORIGIN)
    return _task(session, task_id)


@route("POST", f"{_ONE}/delegate", Action.READ_HISTORY, scope="write", body=Delegating, reply=Task,
       problems={409: "The task is done, they have it already, or are out of the office"})
def delegate_task(session: Session, task_id: UUID, body: Delegating) -> Mapping[str, Any]:
    """Hand the task to somebody who may decide on it, or take it"""
    acts.delegate(session, viewer(), str(task_id), to=body.to, reason=body.reason or "", now=edge().clock(),
                  origin=_ORIGIN)
    return _task(session, task_id)


@route("GET", "/review-tasks/departments", Action.CONFIRM, reply=Standings)
def list_standings(session: Session) -> dict[str, Any]:
    """How the departments stand"""
    return {"items": [one.as_dict() for one in standings(session, viewer(), now=edge().clock())]}


@route("GET", "/absences", Action.KEEP_ABSENCE, query=AbsenceFilter, reply=Absences)
def list_absences(session: Session, query: AbsenceFilter) -> dict[str, Any]:
    """When somebody is out of the office"""
    found = absences.absences_of(session, viewer(), query.person or viewer().name, now=edge().clock())
    return {"items": [one.as_dict() for one in found]}


@route("POST", "/absences", Action.KEEP_ABSENCE, scope="write", body=Announcing, reply=Absence, status=201,
       problems={409: "They are away on such a day already"})
def announce_absence(session: Session, body: Announcing) -> dict[str, Any]:
    """Say when somebody is out of the office

    Tasks that are due before they are back go to the substitute, and come back afterwards."""
    return absences.announce(session, viewer(), body.person or viewer().name, first_day=body.first_day,
                             last_day=body.last_day, substitute=body.substitute or "", now=edge().clock(),
                             origin=_ORIGIN).as_dict()


@route("DELETE", "/absences/<int(max=2147483647):absence_id>", Action.KEEP_ABSENCE, scope="write", reply=Absence)
def end_absence(session: Session, absence_id: int) -> dict[str, Any]:
    """End an absence, or take one back that is to come"""
    return absences.end(session, viewer(), absence_id, now=edge().clock(), origin=_ORIGIN).as_dict()


def _task(session: Session, task_id: UUID) -> dict[str, Any]:
    session.flush()
    return entries(session, [str(task_id)], now=edge().clock())[0].as_dict()

"""The jobs of the clock, for those who keep it; and the calendar of working days, for the staff."""

from __future__ import annotations

from typing import Any

from flask_babel import get_locale

from kb.db import Session
from kb.errors import Conflict
from kb.messages.catalogue import say
from kb.people.permissions import Action
from kb.upkeep import calendar, calendar_editing
from kb.upkeep.jobs import scheduling
from kb.upkeep.jobs.schedule import schedules_of
from kb.upkeep.jobs.scheduling import Outcome
from web.api.contract import route
from web.api.shapes import scheduling as shapes
from web.api.shapes.values import Nothing
from web.api.taking import make_cursor, read_cursor
from web.auth import viewer
from web.wiring import edge

_ORIGIN = "api"


@route("GET", "/jobs", Action.RUN_JOBS, query=Nothing, reply=shapes.Jobs)
def list_jobs(session: Session) -> dict[str, Any]:
    """Every job: when it runs next, how it went"""
    found = scheduling.list_jobs(session, viewer(), schedules_of(edge().settings), now=edge().clock())
    return {"items": [_job(job) for job in found], "next_cursor": None}


@route("PUT", "/jobs", Action.RUN_JOBS, scope="write", body=shapes.JobChange, reply=shapes.JobState)
def set_job(session: Session, body: shapes.JobChange) -> dict[str, Any]:
    """Pause a job, or let it go on; what falls due in a pause is left out"""
    schedules, now = schedules_of(edge().settings), edge().clock()
    act = scheduling.pause if body.is_paused else scheduling.resume
    try:
        act(session, viewer(), body.job, schedules, now=now, origin=_ORIGIN)
    except Conflict as error:
        if error.code not in ("paused", "not_paused"):  # it is so already
            raise
    found = scheduling.list_jobs(session, viewer(), schedules, now=now)
    return next(_job(job) for job in found if job.name == body.job)


@route("GET", "/jobs/runs", Action.RUN_JOBS, query=shapes.RunFilter, reply=shapes.Runs)
def list_runs(session: Session, query: shapes.RunFilter) -> dict[str, Any]:
    """What ran, the latest due first"""
    found = scheduling.list_runs(session, viewer(), job=query.job or "", limit=query.limit,
                                 after=read_cursor(query) or "",
                                 outcome=Outcome(query.outcome) if query.outcome else None)
    page = found[:query.limit]
    return {"items": [_run(run) for run in page],
            "next_cursor": make_cursor(page[-1].position, query) if len(found) > query.limit else None}


@route("POST", "/jobs/runs", Action.RUN_JOBS, scope="write", body=shapes.JobAsked, reply=shapes.Asked)
def ask_run(session: Session, body: shapes.JobAsked) -> dict[str, Any]:
    """Ask that a job is done now, paused or not; it begins within half a minute"""
    try:
        scheduling.ask_run(session, viewer(), body.job, schedules_of(edge().settings), now=edge().clock(),
                           origin=_ORIGIN)
    except Conflict as error:
        if error.code != "asked_already":
            raise
        return {"job": body.job, "is_new": False}
    return {"job": body.job, "is_new": True}


@route("GET", "/calendar", Action.READ_HISTORY, query=shapes.CalendarFilter, reply=shapes.Calendar)
def read_calendar(session: Session, query: shapes.CalendarFilter) -> dict[str, Any]:
    """A year's days that are worked or free otherwise than their weekday, and a due date in working days"""
    today = edge().clock().astimezone(edge().tz).date()
    due = calendar.load(session).add(query.after, query.working_days) if query.after else None
    return _calendar(session, query.year or (query.after or today).year) | {"due": due.isoformat() if due else None}


@route("PUT", "/calendar/days", Action.EDIT_CALENDAR, scope="write", body=shapes.DaysGiven, reply=shapes.Calendar)
def set_days(session: Session, body: shapes.DaysGiven) -> dict[str, Any]:
    """Say that days are worked or free, or give them back to their year's plan"""
    now = edge().clock()
    if body.is_working is None:
        calendar_editing.unset_days(session, viewer(), body.first, body.last, now=now, origin=_ORIGIN)
    else:
        calendar_editing.set_days(session, viewer(), body.first, body.last, is_working=body.is_working,
                                  name=body.name or "", now=now, origin=_ORIGIN)
    return _calendar(session, body.first.year)


@route("PUT", "/calendar/years", Action.EDIT_CALENDAR, scope="write", body=shapes.YearGiven, reply=shapes.Calendar)
def import_year(session: Session, body: shapes.YearGiven) -> dict[str, Any]:
    """Put a year's plan in place of what was known of the year"""
    plan = calendar.plan_of(body.model_dump())
    calendar_editing.import_plans(session, viewer(), [plan], now=edge().clock(), origin=_ORIGIN)
    return _calendar(session, body.year)


def _job(job: scheduling.JobView) -> dict[str, Any]:
    return {"job": job.name, "schedule": job.expression, "next_at": job.next_at.isoformat() if job.next_at else None,
            "is_paused": job.paused_at is not None, "is_running": job.is_running, "is_asked": job.is_asked,
            "failures": job.failures, "last": _run(job.last) if job.last else None}


def _run(run: scheduling.Run) -> dict[str, Any]:
    locale = get_locale()
    return {"job": run.job, "due_at": run.due_at.isoformat(), "asked_by": run.asked_by or None,
            "began_at": run.claimed_at.isoformat() if run.attempts else None,
            "finished_at": run.finished_at.isoformat() if run.finished_at else None, "outcome": run.outcome.value,
            "attempts": run.attempts, "detail": say(run.told, locale.language if locale else "en")}


def _calendar(session: Session, year: int) -> dict[str, Any]:
    plan = next((plan for plan in calendar.plans_of(session) if plan.year == year), None)
    return {"year": year, "source": plan.source if plan else None, "due": None, "days": [
        {"day": day.day.isoformat(), "is_working": day.is_working, "name": day.name, "origin": day.origin.value}
        for day in calendar.days_of(session, year)]}

"""The jobs: what runs when, what ran and how it ended, with one button each to pause and to run now; and the calendar.

Asking for a run only writes a row: whichever process looks next does the job, and the page shows it when it is done.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from kb.errors import Conflict, Invalid
from kb.people.permissions import Action, can, may_anywhere
from kb.upkeep import calendar, calendar_editing
from kb.upkeep.jobs import scheduling
from kb.upkeep.jobs.schedule import schedules_of
from kb.upkeep.jobs.scheduling import Outcome
from web.auth import permits, viewer
from web.error_replies import explained
from web.errors import Problem, problem_of
from web.forms import form_of
from web.scheduling.words import BADGES, OUTCOMES, job_name, times
from web.wiring import edge

pages = Blueprint("scheduling", __name__, template_folder="templates", static_folder="static",
                  static_url_path="/static/scheduling")

_ORIGIN = "web"
_PAGE = 30  # runs
_ACTS: dict[str, Callable[..., object]] = {
    "run": scheduling.ask_run, "pause": scheduling.pause, "resume": scheduling.resume}


@pages.app_template_global()
def clock_screens(here: str) -> list[tuple[str, str, bool, int]]:
    """The screens beside one another that show what the system does by itself."""
    screens = [("jobs", "scheduling.jobs", gettext("Jobs"), Action.RUN_JOBS),
               ("days", "scheduling.days", gettext("Working days"), Action.READ_HISTORY),
               ("webhooks", "outgoing.receivers", gettext("Other systems"), Action.EDIT_WEBHOOKS),
               ("mail", "outgoing.dead_mail", gettext("Mail not sent"), Action.OPERATE)]
    return [(url_for(endpoint), words, name == here, 0) for name, endpoint, words, action in screens
            if may_anywhere(viewer(), action)]


@pages.get("/scheduler")
@permits(Action.RUN_JOBS)
def jobs() -> str:
    """Every job, and what ran lately."""
    return _jobs_page()


@pages.post("/scheduler/<any(run, pause, resume):act>/<name>")
@permits(Action.RUN_JOBS)
def change(act: str, name: str) -> Response:
    """Pause a job, let it go on, or ask for a run."""
    try:
        with edge().database.transaction() as session:
            _ACTS[act](session, viewer(), name, schedules_of(edge().settings), now=edge().clock(), origin=_ORIGIN)
    except Conflict as error:
        problem = problem_of(error)
        return explained(_jobs_page(problem), problem)
    return make_response(redirect(url_for("scheduling.jobs", done=act), code=303))


def _jobs_page(problem: Problem | None = None) -> str:
    schedules, who = schedules_of(edge().settings), viewer()
    job = request.args.get("job", "")
    job = job if job in schedules else ""
    outcome = request.args.get("outcome", "")
    with edge().database.reading() as session:
        found = scheduling.list_jobs(session, who, schedules, now=edge().clock())
        runs = scheduling.list_runs(session, who, job=job, after=request.args.get("after", ""), limit=_PAGE,
                                    outcome=Outcome(outcome) if outcome in list(Outcome) else None)
    return render_template("scheduling/jobs.html", jobs=found, runs=runs[:_PAGE], problem=problem, job=job,
                           outcome=outcome, more=runs[_PAGE - 1].position if len(runs) > _PAGE else "",
                           name=job_name, times=times, outcomes=OUTCOMES, badges=BADGES,
                           done=request.args.get("done", ""), may_edit=may_anywhere(who, Action.EDIT_CALENDAR))


@pages.get("/calendar")
@permits(Action.READ_HISTORY)
def days() -> str:
    """A year of the calendar."""
    return _calendar_page()


@pages.post("/calendar/set")
@permits(Action.EDIT_CALENDAR)
def set_days() -> Response:
    """Say that days are worked or free."""
    return _change_calendar(lambda session, given: calendar_editing.set_days(
        session, viewer(), *_given_days(), is_working=given.get("what") == "working", name=given.get("name", ""),
        now=edge().clock(), origin=_ORIGIN))


@pages.post("/calendar/unset")
@permits(Action.EDIT_CALENDAR)
def unset_days() -> Response:
    """Give a day that was set by hand back to its year's plan."""
    return _change_calendar(lambda session, _given: calendar_editing.unset_days(
        session, viewer(), *_given_days(), now=edge().clock(), origin=_ORIGIN))


@pages.post("/calendar/import")
@permits(Action.EDIT_CALENDAR)
def import_years() -> Response:
    """Take over years that were pasted."""
    return _change_calendar(lambda session, given: calendar_editing.import_plans(
        session, viewer(), calendar.parse_plans(given.get("plan", "").replace("\r\n", "\n")), now=edge().clock(),
        origin=_ORIGIN))


def _change_calendar(act: Callable[[Any, Any], object]) -> Response:
    try:
        with edge().database.transaction() as session:
            act(session, request.form)
    except Invalid as error:
        problem = problem_of(error)
        return explained(_calendar_page(problem), problem)
    return make_response(redirect(url_for("scheduling.days", year=_year(), done="done"), code=303))


def _given_days() -> tuple[date, date]:
    """The first and the last day of a form; the first alone is one day."""
    found = []
    for name in ("first", "last"):
        text = request.form.get(name, "").strip() or (request.form.get("first", "").strip() if name == "last" else "")
        try:
            found.append(date.fromisoformat(text))
        except ValueError as error:
            raise Invalid("bad_date", "{text} is not a day; write 2026-03-01", text=text[:40],
                          fields={name: "not a date"}) from error
    return found[0], found[1]


def _year() -> int:
    """The year that is shown: the one asked for, else that of the day in the form, else this one."""
    given = request.args.get("year", "") or request.form.get("first", "")[:4]
    this = edge().clock().astimezone(edge().tz).year
    year = int(given) if given.isascii() and given.isdigit() and len(given) == 4 else this
    return min(max(year, calendar.FIRST_YEAR), calendar.LAST_YEAR)


def _calendar_page(problem: Problem | None = None) -> str:
    year, who = _year(), viewer()
    with edge().database.reading() as session:
        found = calendar.days_of(session, year)
        plan = next((plan for plan in calendar.plans_of(session) if plan.year == year), None)
    return render_template("scheduling/calendar.html", year=year, days=found, plan=plan, problem=problem,
                           form=form_of(request.form if problem else {"what": "free"}, problem),
                           may_edit=can(who, Action.EDIT_CALENDAR), may_run=may_anywhere(who, Action.RUN_JOBS),
                           done=request.args.get("done", ""), first_year=calendar.FIRST_YEAR,
                           last_year=calendar.LAST_YEAR)

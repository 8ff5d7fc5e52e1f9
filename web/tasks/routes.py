"""Review tasks: queues, one task with its evidence, and what is decided on it.

Every decision is a form of its own; one that is refused changes nothing and is told above the page as it is now, with
what was typed. What is confirmed is the text that was shown: its hash travels with the form.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from flask import Response, make_response, redirect, render_template, request, url_for

from kb.actor import Actor
from kb.db import Session
from kb.errors import Conflict, Invalid, InvalidTransition, NotFound
from kb.people import directory
from kb.people.permissions import Action
from kb.reading.tasks import page as task_pages
from kb.reading.tasks import queue as queues
from kb.reading.tasks.entries import TaskEntry, entries
from kb.reading.tasks.standings import standings
from kb.upkeep.reviews import resolving
from kb.upkeep.reviews import tasks as acts
from kb.upkeep.signals.showing import Signal, signals_of
from web.auth import permits, viewer
from web.error_replies import explained
from web.errors import Problem, problem_of
from web.filters import article_html, language, named
from web.forms import form_of
from web.retiring import check_sure
from web.tasks import words
from web.tasks.batch import confirm_chosen
from web.tasks.blueprint import ORIGIN, day_given, required_day, tasks
from web.wiring import edge


@tasks.get("/tasks")
@permits(Action.READ_HISTORY)
def list_tasks() -> str | Response:
    """The tasks that the address asks for."""
    try:
        return queue_page()
    except Invalid as error:
        problem = problem_of(error)
        return explained(queue_page(wanted=queues.Wanted(), problem=problem), problem)


@tasks.post("/tasks/confirm")
@permits(Action.CONFIRM)
def confirm_all() -> Response:
    """Confirm the chosen texts, each with its evidence; of those that cannot be, say why."""
    return make_response(queue_page(results=confirm_chosen(viewer(), request.form)))


def queue_page(wanted: queues.Wanted | None = None, results: Sequence[resolving.Result] = (), **more: object) -> str:
    """A queue with the reasons of its tasks, and what became of those that were decided on together."""
    chosen, now = wanted or _wanted(), edge().clock()
    with edge().database.reading() as session:
        found = queues.task_queue(session, viewer(), chosen, now=now, after=request.args.get("after", ""))
        counts = queues.counts(session, viewer(), now=now)
        signals = signals_of(session, viewer(), [one.article_id for one in found.items], now=now)
        departments = directory.department_names(session)
        people = task_pages.names_of(session, found.items)
        told = entries(session, [one.task_id for one in results if one.error is None or one.error.code != "no_task"],
                       now=now)
    return render_template("tasks/queue.html", found=found, wanted=chosen, results=results,
                           titles={one.id: one.title for one in told}, counts=counts, signals=signals,
                           people=people, names={one.code: named(one) for one in departments}, words=words,
                           lang=language(), **more)


def _wanted() -> queues.Wanted:
    given = request.args.get
    whose, standing = given("whose", ""), given("standing", "")
    return queues.Wanted(
        queues.Whose(whose) if whose in list(queues.Whose) else queues.Whose.MINE,
        queues.Standing(standing) if standing in list(queues.Standing) else queues.Standing.OPEN,
        given("department", "").strip(), given("severity", "").strip(), given("person", "").strip())


@tasks.get("/tasks/departments")
@permits(Action.CONFIRM)
def departments() -> str:
    """How the departments stand that the visitor may confirm for."""
    with edge().database.reading() as session:
        found = standings(session, viewer(), now=edge().clock())
    return render_template("tasks/departments.html", found=found)


@tasks.get("/tasks/<uuid:task_id>")
@permits(Action.READ_HISTORY)
def task(task_id: UUID) -> str:
    """One task: what asks for it, the text, and the outcomes."""
    return task_page(task_id)


def task_page(task_id: UUID, problem: Problem | None = None, failed: str = "") -> str:
    """The page of a task, with what went wrong in which form."""
    with edge().database.reading() as session:
        found = task_pages.task_page(session, viewer(), str(task_id), now=edge().clock())
        departments = directory.department_names(session)
    marks = _marks(found.entry, found.signals)
    return render_template("tasks/task.html", found=found, entry=found.entry, words=words, lang=language(),
                           html=article_html(found.source, tuple(marks)), marks=marks, problem=problem, failed=failed,
                           form=form_of(request.form, problem), names={one.code: named(one) for one in departments})


def _marks(entry: TaskEntry, signals: tuple[Signal, ...]) -> list[tuple[int, int]]:
    """The stretches of the shown text that evidence is about, each once, in their order."""
    found = {(place.start, place.end) for signal in signals for place in signal.evidence
             if (place.slug, place.number) == (entry.slug, entry.number) and place.start < place.end}
    return sorted(found)


def _decided(task_id: UUID, failed: str, act: Callable[[Session, Actor], str]) -> Response:
    """Do something with a task and lead to where ``act`` says; what was refused is told on the page as it is now."""
    try:
        with edge().database.transaction() as session:
            leads_to = act(session, viewer())
    except (Conflict, Invalid, InvalidTransition, NotFound) as error:
        problem = problem_of(error)
        return explained(task_page(task_id, problem, failed), problem)
    return make_response(redirect(leads_to, code=303))


def _queue_after(done: str) -> str:
    """The queue from which the task was opened, with what was done."""
    return url_for("tasks.list_tasks", whose=request.args.get("whose"), done=done)


@tasks.post("/tasks/<uuid:task_id>/confirm")
@permits(Action.CONFIRM)
def confirm(task_id: UUID) -> Response:
    """State that the text that was shown is right, with the evidence."""
    def act(session: Session, me: Actor) -> str:
        given = request.form.get
        checked = resolving.Checked(str(task_id), given("sha256", ""), given("note", ""), given("source", ""))
        resolving.confirm_task(session, me, checked, next_on=day_given(given("next_on", ""), "next_on"),
                               now=edge().clock(), origin=ORIGIN)
        return _queue_after("confirmed")

    return _decided(task_id, "confirm", act)


@tasks.post("/tasks/<uuid:task_id>/revise")
@permits(Action.DRAFT)
def revise(task_id: UUID) -> Response:
    """Begin to rewrite the text, in the editor."""
    def act(session: Session, me: Actor) -> str:
        draft = resolving.revise_task(session, me, str(task_id), now=edge().clock(), origin=ORIGIN)
        return url_for("editor.draft", draft_id=draft.id)

    return _decided(task_id, "revise", act)


@tasks.post("/tasks/<uuid:task_id>/retire")
@permits(Action.RETIRE)
def retire(task_id: UUID) -> Response:
    """Retire the article, with a reason or a successor."""
    def act(session: Session, me: Actor) -> str:
        check_sure()
        resolving.retire_task(session, me, str(task_id), reason=request.form.get("reason", ""),
                              successor=request.form.get("successor", "").strip(), now=edge().clock(), origin=ORIGIN)
        return _queue_after("retired")

    return _decided(task_id, "retire", act)


@tasks.post("/tasks/<uuid:task_id>/snooze")
@permits(Action.READ_HISTORY)
def snooze(task_id: UUID) -> Response:
    """Put the task off, with the reason."""
    def act(session: Session, me: Actor) -> str:
        acts.snooze(session, me, str(task_id), until=required_day(request.form.get("until", ""), "until"),
                    reason=request.form.get("reason", ""), now=edge().clock(), origin=ORIGIN)
        return _queue_after("snoozed")

    return _decided(task_id, "snooze", act)


@tasks.post("/tasks/<uuid:task_id>/wake")
@permits(Action.READ_HISTORY)
def wake(task_id: UUID) -> Response:
    """Take a task up again that was put off."""
    def act(session: Session, me: Actor) -> str:
        acts.wake(session, me, str(task_id), now=edge().clock(), origin=ORIGIN)
        return url_for("tasks.task", task_id=task_id, whose=request.args.get("whose"), done="woken")

    return _decided(task_id, "wake", act)


@tasks.post("/tasks/<uuid:task_id>/delegate")
@permits(Action.READ_HISTORY)
def delegate(task_id: UUID) -> Response:
    """Hand the task on, or take it."""
    def act(session: Session, me: Actor) -> str:
        to = request.form.get("to", "").strip()
        acts.delegate(session, me, str(task_id), to=to, reason=request.form.get("reason", ""), now=edge().clock(),
                      origin=ORIGIN)
        if to == me.name:
            return url_for("tasks.task", task_id=task_id, whose=request.args.get("whose"), done="taken")
        return _queue_after("delegated")

    return _decided(task_id, "delegate", act)

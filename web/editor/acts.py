"""An article's desk: where its texts stand, what is owed, and what may be done at once by whom.

Every act is a form of its own; each leads back to the desk, which says so, or says there why it was refused.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Response, render_template, request, url_for

from kb.actor import Actor
from kb.articles import owners, publication
from kb.articles.acts import confirming, hiding, urgency, workflow
from kb.articles.acts.reviews import list_in_review
from kb.articles.writing import rollback
from kb.clock import start_of_day
from kb.db import Session
from kb.errors import Conflict, Denied, Invalid, InvalidTransition, NotFound
from kb.people.permissions import Action, can
from kb.reading import coming, editing, handing_in, opening
from web.account.places import see
from web.auth import permits, viewer
from web.editor.blueprint import ORIGIN, editor, names_of, people_of_returned
from web.editor.labels import DONE
from web.error_replies import explained
from web.errors import Problem, problem_of
from web.forms import form_of, served_by
from web.people import introduce_page
from web.retiring import check_sure
from web.wiring import edge

_MAY = (Action.DRAFT, Action.CONFIRM, Action.HIDE, Action.RETIRE, Action.PUBLISH_URGENTLY)


@editor.get("/articles/<slug:slug>")
@permits(Action.READ_HISTORY)
def article(slug: str) -> str:
    """The article's desk."""
    return _desk_page(slug)


@editor.post("/articles/<slug:slug>/confirm")
@permits(Action.CONFIRM)
def confirm(slug: str) -> Response:
    """State that the text in force, as it was shown, is still right, until a day."""
    def act(session: Session, me: Actor) -> None:
        try:
            day = date.fromisoformat(request.form.get("review_by", ""))
        except ValueError as error:
            raise Invalid("bad_date", "review_by: write a day as 2026-03-01", fields={"review_by": "not a date"}
                          ) from error
        confirming.confirm(session, me, slug, review_by=start_of_day(day, edge().tz), note=request.form.get("note", ""),
                           shown=request.form.get("sha256"), now=edge().clock(), origin=ORIGIN)

    return _act(slug, act)


@editor.post("/articles/<slug:slug>/hide")
@permits(Action.HIDE)
def hide(slug: str) -> Response:
    """Take the article out of every answer at once."""
    return _act(slug, lambda session, me: hiding.hide(session, me, slug, reason=request.form.get("reason", ""),
                                                      now=edge().clock(), origin=ORIGIN))


@editor.post("/articles/<slug:slug>/hide/sign")
@permits(Action.HIDE)
def sign_hiding(slug: str) -> Response:
    """Sign that it stays hidden until it is shown again."""
    return _act(slug, lambda session, me: hiding.sign_hiding(session, me, slug, now=edge().clock(), origin=ORIGIN))


@editor.post("/articles/<slug:slug>/show")
@permits(Action.HIDE)
def show(slug: str) -> Response:
    """Let a hidden article be seen again."""
    return _act(slug, lambda session, me: hiding.show(session, me, slug, reason=request.form.get("reason", ""),
                                                      now=edge().clock(), origin=ORIGIN))


@editor.post("/articles/<slug:slug>/r/<number:number>/publish-urgently")
@permits(Action.PUBLISH_URGENTLY)
def publish_urgently(slug: str, number: int) -> Response:
    """Make a text live that cannot wait; the other signatures are owed."""
    def act(session: Session, me: Actor) -> None:
        revision = owners.revision_by_number(session, me, slug, number)
        urgency.publish_urgently(session, me, revision, reason=request.form.get("reason", ""), now=edge().clock(),
                                 origin=ORIGIN)

    return _act(slug, act)


@editor.post("/articles/<slug:slug>/r/<number:number>/withdraw")
@permits(Action.DRAFT)
def withdraw(slug: str, number: int) -> Response:
    """Take a text back that was handed in."""
    def act(session: Session, me: Actor) -> None:
        revision = owners.revision_by_number(session, me, slug, number)
        workflow.withdraw(session, me, revision, reason=request.form.get("reason", ""), now=edge().clock(),
                          origin=ORIGIN)

    return _act(slug, act)


@editor.post("/articles/<slug:slug>/r/<number:number>/call-off")
@permits(Action.DRAFT)
def call_off(slug: str, number: int) -> Response:
    """Begin the draft that keeps a text from coming into force: with the words that apply until its day."""
    begun: list[str] = []
    done = _act(slug, lambda session, me: begun.append(rollback.call_off(
        session, me, slug, number, now=edge().clock(), origin=ORIGIN).id))
    return see(url_for("editor.draft", draft_id=begun[0])) if begun else done


@editor.post("/articles/<slug:slug>/retire")
@permits(Action.RETIRE)
def retire(slug: str) -> Response:
    """Take the article out of every answer for good, naming a reason or the article that takes its place."""
    def act(session: Session, me: Actor) -> None:
        check_sure()
        named = request.form.get("successor", "").strip()
        found = owners.article_for(session, me, Action.RETIRE, slug)
        successor = _successor(session, named) if named else None
        publication.retire(session, me, found, reason=request.form.get("reason", ""), successor=successor,
                           now=edge().clock(), origin=ORIGIN)

    return _act(slug, act)


def _successor(session: Session, named: str) -> Any:
    """The article that is named to take the place of another."""
    try:
        return owners.article_by_slug(session, named)
    except NotFound as error:
        raise Invalid("successor", "there is no article {named}: write the last part of its address", named=named[:120],
                      fields={"successor": "unknown"}) from error


def _act(slug: str, act: Callable[[Session, Actor], Any]) -> Response:
    try:
        with edge().database.transaction() as session:
            act(session, viewer())
    except (Conflict, Denied, Invalid, InvalidTransition, NotFound) as error:
        problem = problem_of(error)
        return explained(_desk_page(slug, problem), problem)
    return see(url_for("editor.article", slug=slug, done=served_by()))


def _desk_page(slug: str, problem: Problem | None = None) -> str:
    """The desk; after a refusal the form that was sent stands open, with the words that were in it."""
    who, now = viewer(), edge().clock()
    with edge().database.reading() as session:
        entry = editing.desk_article(session, who, slug, now=now)
        shown = opening.open_article(session, who, slug, now=now) if entry.number or entry.waiting else None
        waiting = list_in_review(session, who, slug=slug)
        back = handing_in.returned(session, who, slug=slug, limit=1)
        introduce_page(session, shown, *(s.author for s in waiting), *(d.author for d in entry.drafts),
                       *(s.author for s in entry.waiting),
                       *people_of_returned(back))
        return render_template(
            "editor/article.html", entry=entry, page=shown, waiting=waiting, returned=back,
            coming=coming.coming_of(session, slug, now),
            problem=problem, names=names_of(session), sent=form_of(request.form, problem), blank=form_of({}), now=now,
            refused=_form_sent() if problem else "", done=DONE.get(request.args.get("done", "")),
            may={action.value for action in _MAY if can(who, action, entry.department)})


def _form_sent() -> str:
    """Which of the desk's forms was sent: its act, and the revision where that has several."""
    number = (request.view_args or {}).get("number")
    return served_by() if number is None else f"{served_by()}-{number}"

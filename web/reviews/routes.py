"""Reviewing: the queue of what waits, a text in review with what may be decided on it, and what is said of it.

Every decision is a form of its own that carries the hash of the text that was shown; one that came too late, or whose
text is another, changes nothing and is told above the page as it is now. Minor corrections can be signed in one go.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from kb.actor import Actor
from kb.articles import comments, publication
from kb.articles.acts import signatures
from kb.articles.owners import revision_by_number
from kb.errors import Conflict, Invalid, InvalidTransition, KbError, Unavailable
from kb.people.permissions import Action
from kb.reading import opening, queue, reviewing
from kb.reading.reviewing import Review
from web.account.places import same_site
from web.articles.differences import difference
from web.auth import permits, viewer
from web.editor.checking import grouped
from web.error_replies import explained
from web.error_words import said
from web.errors import Problem, problem_of
from web.filters import article_html
from web.forms import form_of
from web.people import introduce, introduce_page
from web.reviews.batch import sign_minor
from web.reviews.known import known_page, release_or_drop
from web.wiring import edge

reviews = Blueprint("reviews", __name__, template_folder="templates", static_folder="static",
                    static_url_path="/static/reviews")

ORIGIN = "web"


@reviews.get("/reviews")
@permits(Action.READ_UNPUBLISHED)
def list_waiting() -> str:
    """What waits for the visitor, for anybody, or to be published."""
    return queue_page()


@reviews.post("/reviews/minor")
@permits(Action.APPROVE)
def sign_all() -> Response:
    """Sign the chosen minor corrections, each as it was shown; of those that cannot be, say why."""
    outcomes = sign_minor(viewer(), request.form.getlist("chosen"))
    return make_response(queue_page(outcomes=outcomes))


def queue_page(**more: object) -> str:
    """The queue that the address asks for."""
    given = request.args.get("whose", "")
    whose = queue.Whose(given) if given in list(queue.Whose) else queue.Whose.MINE
    with edge().database.reading() as session:
        found = queue.queue(session, viewer(), whose=whose, after=request.args.get("after", ""))
        departments, ready = opening.department_names(session), queue.count_ready(session, viewer())
        introduce(session, (one.author for one in (*found.owed, *found.items)))
    return render_template("reviews/queue.html", found=found, whose=whose.value, departments=departments,
                           ready=ready, now=edge().clock(), **more)


@reviews.get("/reviews/<slug:slug>/<number:number>")
@permits(Action.READ_HISTORY)
def text(slug: str, number: int) -> str:
    """A text in review: what it changes, who has signed, what was said of it."""
    found = _found(slug, number)
    with suppress(Unavailable), edge().database.transaction() as session:  # read though nothing can be written
        reviewing.note_look(session, viewer(), found.page.revision_id, now=edge().clock())
    return _shown(found)


def review_page(slug: str, number: int, problem: Problem | None = None) -> str:
    """The page of a text in review, with what went wrong."""
    return _shown(_found(slug, number), problem)


def _found(slug: str, number: int) -> Review:
    base = request.args.get("from", "")
    with edge().database.reading() as session:
        found = reviewing.review(session, viewer(), slug, number, now=edge().clock(),
                                 base=int(base) if base.isdecimal() and len(base) < 7 else None)
        introduce_page(session, found.page, *found.people)
        return found


def _shown(found: Review, problem: Problem | None = None) -> str:
    places = comments.places(found.comments, found.after.source)
    is_side = request.args.get("view") == "side"
    shown = difference(found.before, found.after, found.departments, is_side_by_side=is_side, comments=places) \
        if found.before is not None else None
    html = article_html(found.after.source, places) if shown is None else None
    return render_template("reviews/review.html", found=found, shown=shown, html=html, departments=found.departments,
                           report=found.report, groups=grouped(found.report) if found.report else [], problem=problem,
                           form=form_of(request.form, problem))


def _decided(slug: str, number: int, act: Callable[[Any, Actor, Any], object], *, leads_to: str = "") -> Response:
    """Do something with a revision and lead on; what was refused is told on the page as it is now."""
    try:
        with edge().database.transaction() as session:
            act(session, viewer(), revision_by_number(session, viewer(), slug, number))
    except (Conflict, Invalid, InvalidTransition) as error:
        problem = problem_of(error)
        return explained(review_page(slug, number, problem), problem)
    return make_response(redirect(leads_to or url_for("reviews.text", slug=slug, number=number), code=303))


@reviews.post("/reviews/<slug:slug>/<number:number>/sign")
@permits(Action.APPROVE)
def sign(slug: str, number: int) -> Response:
    """Sign the text that was shown."""
    return _decided(slug, number, lambda session, me, revision: signatures.sign(
        session, me, revision, shown=request.form.get("sha256", ""), department=request.form.get("department") or None,
        reason=request.form.get("reason", ""), now=edge().clock(), origin=ORIGIN),
        leads_to=url_for("reviews.text", slug=slug, number=number, done="signed"))


@reviews.post("/reviews/<slug:slug>/<number:number>/reject")
@permits(Action.APPROVE)
def reject(slug: str, number: int) -> Response:
    """Refuse the text that was shown, with the reason."""
    return _decided(slug, number, lambda session, me, revision: signatures.reject(
        session, me, revision, shown=request.form.get("sha256", ""), department=request.form.get("department") or None,
        reason=request.form.get("reason", ""), now=edge().clock(), origin=ORIGIN))


@reviews.post("/reviews/<slug:slug>/<number:number>/changes")
@permits(Action.APPROVE)
def ask_for_changes(slug: str, number: int) -> Response:
    """Send the text back for what one's comments say."""
    return _decided(slug, number, lambda session, me, revision: comments.ask_for_changes(
        session, me, revision, shown=request.form.get("sha256", ""), department=request.form.get("department") or None,
        now=edge().clock(), origin=ORIGIN))


@reviews.post("/reviews/<slug:slug>/<number:number>/publish")
@permits(Action.PUBLISH)
def publish(slug: str, number: int) -> Response:
    """Publish what all have signed: it is in force from the day that it states."""
    return _decided(slug, number, lambda session, me, revision: publication.publish(
        session, me, revision, now=edge().clock(), origin=ORIGIN),
        leads_to=url_for("articles.revision", slug=slug, number=number))


@reviews.post("/reviews/<slug:slug>/<number:number>/comments")
@permits(Action.READ_UNPUBLISHED)
def comment(slug: str, number: int) -> Response:
    """Say something of words of the text, or of all of it."""
    near = request.form.get("position", "")

    def act(session: Any, me: Actor, revision: Any) -> None:
        first, past = comments.place_of(revision.source, request.form.get("quote", ""),
                                        int(near) if near.isdecimal() and len(near) < 8 else 0)
        comments.add_comment(session, me, slug, number, request.form.get("body", ""), first=first, past=past,
                             now=edge().clock(), origin=ORIGIN)

    return _decided(slug, number, act, leads_to=url_for("reviews.text", slug=slug, number=number, _anchor="comments"))


@reviews.post("/reviews/comments/<int(max=2147483647):comment_id>/resolve")
@permits(Action.DRAFT)
def resolve(comment_id: int) -> Response:
    """Note a comment as done."""
    with edge().database.transaction() as session:
        slug, number = comments.commented_revision(session, comment_id)
        with suppress(InvalidTransition):  # done already: the page says by whom
            comments.resolve_comment(session, viewer(), comment_id, now=edge().clock(), origin=ORIGIN)
    wanted = request.form.get("next")
    return make_response(redirect(same_site(wanted) if wanted else url_for(
        "reviews.text", slug=slug, number=number, _anchor="comments"), code=303))


@reviews.get("/reviews/known")
@permits(Action.RELEASE_KNOWN)
def list_known() -> str:
    """Questions that were proposed for sections of one's departments' articles."""
    return known_page()


@reviews.post("/reviews/known/<known_id>")
@permits(Action.RELEASE_KNOWN)
def decide_known(known_id: str) -> Response:
    """Release a question, or refuse it with a reason."""
    return release_or_drop(known_id)


@reviews.app_template_filter()
def said_of(error: KbError) -> str:
    """What a refused act is told as."""
    return said(problem_of(error))

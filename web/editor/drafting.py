"""One draft: the form in which it is written, saving it, its preview, taking it over and throwing it away.

Saving names the version that the page showed. With script the page saves by itself and is answered in JSON; sent as a
plain form it leads back to the page, or to what may be done where somebody was first. Whatever is refused, the page
that says so holds the words that were sent.
"""

from __future__ import annotations

from uuid import UUID

from flask import Response, make_response, request, url_for
from markupsafe import Markup

from kb.actor import Actor
from kb.articles.revisions import RevisionText, check_source
from kb.articles.writing import drafts, submission
from kb.articles.writing.drafts import DraftView
from kb.articles.writing.merge import check_resolved
from kb.db import Session
from kb.errors import Conflict, Denied, Invalid, NotFound
from kb.people.permissions import Action
from web.account.places import see
from web.auth import form_token, permits, viewer
from web.editor import forms
from web.editor.blueprint import ORIGIN, draft_key, editor, seen_version
from web.editor.pages import ELSEWHERE, draft_page, gone_page, merge_page, rescued
from web.error_replies import explained, json_response, reads_json
from web.errors import Problem, language, problem_of
from web.filters import article_html, moment
from web.wiring import edge


@editor.get("/drafts/<uuid:draft_id>")
@permits(Action.READ_HISTORY)
def draft(draft_id: UUID) -> Response:
    """The form; another's draft is shown to be read, or taken over. What a merge left open is decided first."""
    with edge().database.reading() as session:
        try:
            found = drafts.get(session, viewer(), draft_key(draft_id))
        except NotFound as error:
            return gone_page(error)
        if found.author == viewer().name and (found.undecided or _is_disputed(found.text)):
            return see(url_for("editor.merge", draft_id=draft_id))
        return make_response(draft_page(session, found))


def _is_disputed(text: RevisionText) -> bool:
    try:
        check_resolved(text.source)
    except Invalid:
        return True
    return False


@editor.post("/drafts/<uuid:draft_id>")
@permits(Action.DRAFT)
def save(draft_id: UUID) -> Response:
    """Save what was written, and go on to where the button leads."""
    key, seen, who, then = draft_key(draft_id), seen_version(), viewer(), request.form.get("then", "")
    try:
        with edge().database.transaction() as session:
            found = saved(session, who, key, seen)
            if then == "rebase":
                submission.rebase(session, who, key, seen=found.version, now=edge().clock(), origin=ORIGIN)
    except (Conflict, Denied, NotFound, Invalid) as error:
        return _not_saved(draft_id, error)
    if reads_json():
        return json_response({"version": found.version, "saved_at": moment(found.updated_at),
                              "must_rebase": found.must_rebase})
    return see(url_for("editor.hand_in" if then == "hand_in" else "editor.draft", draft_id=draft_id))


def saved(session: Session, who: Actor, key: str, seen: int) -> DraftView:
    """The draft with what was sent; one that says so already is left alone."""
    before = drafts.get(session, who, key)
    text = forms.text_of(request.form, before.text)
    if text == before.text and before.version == seen and before.author == who.name and not before.undecided:
        return before
    return drafts.save(session, who, key, text, seen=seen, now=edge().clock(), origin=ORIGIN)


def _not_saved(draft_id: UUID, error: Conflict | Denied | NotFound | Invalid) -> Response:
    """What is wrong, and every word that was sent."""
    problem = problem_of(error)
    if reads_json():
        body = problem.as_dict(language()) | {"version": error.facts.get("version")}
        return json_response(body, 412 if problem.code == "draft_changed" else problem.status,
                             "application/problem+json")
    if problem.code == "draft_changed":
        return explained(merge_page(draft_key(draft_id)), problem)
    if problem.code in ELSEWHERE:
        return rescued(draft_id, request.form.get("slug", ""), problem)
    return _shown_again(draft_id, problem, sent=request.form)


def _shown_again(draft_id: UUID, problem: Problem, *, sent: forms.Sent | None = None) -> Response:
    """The draft's page, which says what was refused."""
    with edge().database.reading() as session:
        found = drafts.get(session, viewer(), draft_key(draft_id))
        return explained(draft_page(session, found, problem, sent=sent), problem)


@editor.post("/preview")
@permits(Action.DRAFT)
def preview() -> Markup:
    """The text as the live page shows it; one that no draft may hold is not read at all."""
    source = request.form.get("source", "").replace("\r\n", "\n")
    if source.strip():
        check_source(source, edge().settings.limits)
    return article_html(source)


@editor.get("/session")
@permits(Action.READ)
def present() -> Response:
    """Who is signed in at this browser now, with a token for a page that was opened before."""
    return json_response({"login": viewer().name if viewer().is_signed_in else None, "form_token": form_token()})


@editor.post("/drafts/<uuid:draft_id>/take-over")
@permits(Action.DRAFT)
def take_over(draft_id: UUID) -> Response:
    """Make another's draft one's own; with words that were written for it, they are merged with what it says now."""
    key, has_words = draft_key(draft_id), "source" in request.form
    try:
        with edge().database.transaction() as session:
            found = drafts.get(session, viewer(), key)
            if not (has_words and found.author == viewer().name):  # sent twice: it is theirs, and the words are here
                drafts.take_over(session, viewer(), key, seen=found.version if has_words else seen_version(),
                                 now=edge().clock(), origin=ORIGIN)
    except (Conflict, Denied, NotFound) as error:
        problem = problem_of(error)
        if has_words:
            return rescued(draft_id, request.form.get("slug", ""), problem)
        if not isinstance(error, Conflict):
            raise
        return _shown_again(draft_id, problem)
    if has_words:
        return make_response(merge_page(key))
    return see(url_for("editor.draft", draft_id=draft_id))


@editor.post("/drafts/<uuid:draft_id>/discard")
@permits(Action.DRAFT)
def discard(draft_id: UUID) -> Response:
    """Throw one's own draft away; one that somebody saved meanwhile is shown first."""
    try:
        with edge().database.transaction() as session:
            drafts.discard(session, viewer(), draft_key(draft_id), seen=seen_version(), now=edge().clock(),
                           origin=ORIGIN)
    except Conflict as error:
        return _shown_again(draft_id, problem_of(error))
    return see(url_for("editor.draft_list", gone=1))

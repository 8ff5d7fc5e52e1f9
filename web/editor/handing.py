"""Handing a draft in: what will be asked of whom, the last fields, and the step itself."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from flask import Response, make_response, render_template, request, url_for

from kb.articles.writing import checks, drafts, submission
from kb.articles.writing.drafts import DraftView
from kb.db import Session
from kb.errors import Conflict, Denied, Invalid, InvalidTransition, NotFound
from kb.people.permissions import Action
from kb.reading import coming, handing_in
from web.account.places import see
from web.articles.differences import difference
from web.auth import permits, viewer
from web.editor import forms
from web.editor.blueprint import ORIGIN, draft_key, editor, names_of, seen_version
from web.editor.checking import grouped
from web.editor.kinds import hints_left
from web.editor.labels import CHANGES
from web.editor.pages import gone_page
from web.error_replies import explained
from web.errors import Problem, problem_of
from web.forms import form_of
from web.wiring import edge


@editor.get("/drafts/<uuid:draft_id>/hand-in")
@permits(Action.DRAFT)
def hand_in(draft_id: UUID) -> Response:
    """The last look before a draft is handed in."""
    with edge().database.reading() as session:
        try:
            return make_response(_page(session, drafts.get(session, viewer(), draft_key(draft_id))))
        except NotFound as error:
            return gone_page(error)


@editor.post("/drafts/<uuid:draft_id>/hand-in")
@permits(Action.DRAFT)
def submit(draft_id: UUID) -> Response:
    """Store note, dates and kind, and hand the draft in: all of it, or nothing."""
    key, now = draft_key(draft_id), edge().clock()
    try:
        with edge().database.transaction() as session:
            before = drafts.get(session, viewer(), key)
            text, seen = forms.text_of(request.form, before.text), seen_version()
            if text != before.text:
                seen = drafts.save(session, viewer(), key, text, seen=seen, now=now, origin=ORIGIN).version
            done = submission.submit(session, viewer(), key, seen=seen, now=now, origin=ORIGIN)
    except (Conflict, Denied, Invalid, InvalidTransition) as error:
        problem = problem_of(error)
        with edge().database.reading() as session:
            try:
                found = drafts.get(session, viewer(), key)
            except NotFound:
                return see(url_for("editor.draft_list"))
            return explained(_page(session, found, problem), problem)
    return see(url_for("editor.article", slug=before.slug, handed_in=done.number))


def _page(session: Session, draft: DraftView, problem: Problem | None = None) -> str:
    values = forms.values_of(draft.text)
    for name in ("change_note", "effective_from", "last_day", "review_by"):
        if name in request.form:
            values[name] = request.form[name]
    handing, now = handing_in.handing_in(session, draft), edge().clock()
    report, names = checks.read_check(session, viewer(), draft.id), names_of(session)
    shown = difference(handing.before, draft.text, names) if handing.before else None
    return render_template(
        "editor/hand_in.html", draft=draft, form=form_of(values, problem), problem=problem, names=names, shown=shown,
        seen=draft.version, handing=handing, now=now,
        coming=coming.coming_of(session, draft.slug, now), changes=told_of(handing.changes), report=report,
        groups=grouped(report) if report else [], hints=hints_left(draft.text.source),
        is_minor="is_minor" in request.form if request.form else draft.text.is_minor)


def told_of(changes: Mapping[str, str]) -> dict[str, list[tuple[str, str]]]:
    """What stood and what stands, by kind of change; of a text's shape and its fields no more than that they changed:
    the page shows both as readers see them."""
    return {kind: [_sides(one) for one in change.split("; ")] if kind in CHANGES and kind != "structure" else []
            for kind, change in changes.items()}


def _sides(change: str) -> tuple[str, str]:
    was, _, stands = change.partition(" -> ")
    return was.replace("(none)", ""), stands.replace("(none)", "")

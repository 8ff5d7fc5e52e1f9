"""The merge screen: two texts where both sides changed one, decided place by place and field by field.

Two ways lead to it. Somebody saved the draft while a page of it was open: the page sends what it showed (``was``), what
was written, and both are merged with what is stored now. Or the draft was taken over to a newer published revision, and
both stand in it between marks. Nothing is stored before every place is decided; what is stored meanwhile by others
makes the screen come again.
"""

from __future__ import annotations

from uuid import UUID

from flask import Response, make_response, request, url_for

from kb.articles.writing import drafts
from kb.errors import Conflict, Denied, Invalid, NotFound
from kb.people.permissions import Action
from web.account.places import see
from web.auth import permits, viewer
from web.editor import forms
from web.editor.blueprint import ORIGIN, draft_key, editor
from web.editor.merged import of_draft, of_saves
from web.editor.pages import ELSEWHERE, draft_page, merge_page, merge_screen, rescued
from web.error_replies import explained
from web.errors import problem_of
from web.wiring import edge


@editor.get("/drafts/<uuid:draft_id>/merge")
@permits(Action.DRAFT)
def merge(draft_id: UUID) -> Response:
    """The screen for a draft that was taken over to a newer revision."""
    with edge().database.reading() as session:
        draft = drafts.get(session, viewer(), draft_key(draft_id))
        found = of_draft(draft)
        if not (found.places or found.disputed):
            return see(url_for("editor.draft", draft_id=draft_id, by_hand=1))
        return make_response(merge_screen(session, draft, found, request.args))


@editor.post("/drafts/<uuid:draft_id>/merge")
@permits(Action.DRAFT)
def decide(draft_id: UUID) -> Response:
    """Store the text as it was decided; while something is open, or was stored meanwhile, the screen comes again."""
    key, text = draft_key(draft_id), None
    try:
        with edge().database.transaction() as session:
            draft = drafts.get(session, viewer(), key)
            if request.form.get("onto") != str(draft.version):
                raise Conflict("draft_changed", "the draft is at version {version} now", version=draft.version)
            found = of_saves(forms.shown_before(request.form, draft.text), forms.text_of(request.form, draft.text),
                             draft.text) if "source" in request.form else of_draft(draft)
            text = found.decided(request.form)
            if text is None:
                raise Conflict("undecided", "choose at every place", fields={})
            drafts.save(session, viewer(), key, text, seen=draft.version, now=edge().clock(), origin=ORIGIN)
    except (Conflict, Denied, NotFound) as error:
        problem = problem_of(error)
        if "source" not in request.form:
            if not isinstance(error, Conflict):
                raise
            return see(url_for("editor.merge", draft_id=draft_id, open=1))
        if problem.code in ELSEWHERE:
            return rescued(draft_id, request.form.get("slug", ""), problem)
        return explained(merge_page(key, problem), problem)
    except Invalid as error:
        if text is None:
            raise
        problem = problem_of(error)  # both sides together are more than is taken: the writer goes on with them
        with edge().database.reading() as session:
            page = draft_page(session, drafts.get(session, viewer(), key), problem, sent=forms.values_of(text))
        return explained(page, problem)
    return see(url_for("editor.draft", draft_id=draft_id, merged=1))

"""The pages of a draft that several of its addresses show: its form, the merge screen, and words that found no place.

Whatever is refused, one of them comes back with every word that was sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from uuid import UUID

from flask import Response, render_template, request

from kb.articles.acts.rules import list_categories
from kb.articles.comments import comments_in_draft, places
from kb.articles.writing import drafts
from kb.articles.writing.drafts import DraftView
from kb.db import Session
from kb.errors import NotFound
from kb.markup.language import language
from kb.people.permissions import Action, can
from kb.reading import handing_in, pickers
from web.auth import viewer
from web.editor import forms
from web.editor.blueprint import draft_key, names_of, people_of_returned
from web.editor.merged import Merge, marked_sides, of_saves
from web.error_replies import explained, problem_response, reads_json
from web.errors import Problem, problem_of
from web.filters import article_html
from web.forms import form_of
from web.people import introduce
from web.wiring import edge

# Where somebody was first, the draft is elsewhere: another's, submitted or discarded.
ELSEWHERE = frozenset({"not_author", "draft_gone", "no_draft", "denied"})
_OF_A_CHOICE = ("place-", "field-")


def draft_page(session: Session, found: DraftView, problem: Problem | None = None, *, sent: forms.Sent | None = None,
               ) -> str:
    """The draft's page, with what was sent where that was refused."""
    who, values = viewer(), forms.values_of(found.text)
    may_write = can(who, Action.DRAFT, found.department)
    comments = comments_in_draft(session, who, found.id)
    given = sent if sent is not None else values
    answered = handing_in.answered(session, found)
    introduce(session, (found.author, *(one.author for one in comments),
                        *people_of_returned((answered,) if answered else ())))
    return render_template(
        "editor/draft.html", draft=found, form=form_of(given, problem), problem=problem, is_unsaved=sent is not None,
        seen=given.get("seen", found.version), was=given.get("was") or forms.written_down(values),
        is_own=found.author == who.name and may_write, may_write=may_write, names=names_of(session),
        categories=sorted(list_categories(session), key=lambda one: language(one.name) != found.text.lang),
        comments=comments,
        html=article_html(found.text.source, places(comments, found.text.source)),
        departments=[d for d in pickers.standing_departments(session) if d.code != found.department],
        answered=answered)


def gone_page(error: NotFound) -> Response:
    """Where no draft is that the viewer may see: whoever goes back after handing one in finds the way on from here."""
    problem = problem_of(error)
    return problem_response(problem) if reads_json() else explained(render_template("editor/gone.html"), problem)


def merge_page(key: str, problem: Problem | None = None) -> str:
    """The screen for what was sent and what the draft says now."""
    with edge().database.reading() as session:
        draft = drafts.get(session, viewer(), key)
        mine, was = forms.text_of(request.form, draft.text), forms.shown_before(request.form, draft.text)
        kept = [(name, value) for name, value in request.form.items(multi=True)
                if name not in ("form_token", "onto") and not name.startswith(_OF_A_CHOICE)]
        return merge_screen(session, draft, of_saves(was, mine, draft.text), request.form, kept=kept, problem=problem)


def merge_screen(session: Session, draft: DraftView, found: Merge, sent: Mapping[str, str], *,
                 kept: Sequence[tuple[str, str]] | None = None, problem: Problem | None = None) -> str:
    """The merge screen; with what a page ``kept`` where two saves met, else for a draft on a newer revision."""
    return render_template("editor/merge.html", draft=draft, merge=found, kept=kept or (), is_saves=kept is not None,
                           told=forms.told, sides=marked_sides, names=names_of(session), sent=sent, problem=problem)


def rescued(draft_id: UUID | None, slug: str, problem: Problem) -> Response:
    """The words that were sent, where their draft is elsewhere now, or no draft of them can be begun; and what may be
    done with them."""
    found = None
    with suppress(NotFound), edge().database.reading() as session:
        found = drafts.get(session, viewer(), draft_key(draft_id)) if draft_id else None
        introduce(session, [found.author] if found else ())
    sent = [(name, value) for name, value in request.form.items(multi=True)
            if name not in ("form_token", "onto") and not name.startswith(_OF_A_CHOICE)]
    page = render_template("editor/rescue.html", draft=found, problem=problem, draft_id=draft_id, slug=slug, sent=sent,
                           may_take=found is not None and can(viewer(), Action.DRAFT, found.department))
    return explained(page, problem)

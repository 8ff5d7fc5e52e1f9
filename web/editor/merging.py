"""The merge screen: two texts where both sides changed one, decided place by place and field by field.

Two ways lead to it. Somebody saved the draft while a page of it was open: the page sends what it showed (``was``), what
was written, and both are merged with what is stored now. Or the draft was taken over to a newer published revision, and
both stand in it between marks. Nothing is stored before every place is decided; what is stored meanwhile by others
makes the screen come again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from flask import Response, make_response, render_template, request, url_for

from kb.articles.revisions import RevisionText, fields_of, text_from
from kb.articles.writing import drafts
from kb.articles.writing.choosing import CHOICES, THEIRS, Place, chosen, cut
from kb.articles.writing.drafts import DraftView
from kb.articles.writing.merge import DRAFT_LABELS, merge_texts, merge_values
from kb.errors import Conflict
from kb.people.permissions import Action
from web.account.places import see
from web.auth import permits, viewer
from web.editor import forms
from web.editor.blueprint import ORIGIN, draft_key, editor, names_of
from web.errors import explained, problem_of
from web.wiring import edge

_APART = ("source", "author")  # merged line by line, and told beside the text


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged text: in its source the places to decide stand between marks, of ``disputed`` fields it holds one's own
    values, and here are the other side's."""

    text: RevisionText
    disputed: Mapping[str, Any]

    @property
    def parts(self) -> tuple[str | Place, ...]:
        return cut(self.text.source)

    @property
    def places(self) -> tuple[Place, ...]:
        return tuple(part for part in self.parts if isinstance(part, Place))

    @property
    def ours(self) -> Mapping[str, Any]:
        return fields_of(self.text)

    def decided(self, sent: Mapping[str, str]) -> RevisionText | None:
        """The text with every place and field decided as the page says; None while one is open."""
        choices = {n: sent.get(f"place-{n}", "") for n in range(len(self.places))}
        sides = {name: sent.get(f"field-{name}", "") for name in self.disputed}
        if any(choice not in CHOICES for choice in (*choices.values(), *sides.values())):
            return None
        taken = {name: self.disputed[name] for name, side in sides.items() if side == THEIRS}
        text = text_from({**fields_of(self.text), **taken}, author="")
        return replace(text, source=chosen(self.text.source, choices))


def of_draft(draft: DraftView) -> Merge:
    """What taking a draft over to a newer revision left open."""
    return Merge(draft.text, draft.undecided)


def of_saves(was: RevisionText, mine: RevisionText, stored: RevisionText) -> Merge:
    """What somebody wrote, merged with what was saved since their page showed ``was``."""
    body = merge_texts(was.source, mine.source, stored.source, DRAFT_LABELS)
    base, ours, theirs = (_plain(text) for text in (was, mine, stored))
    fields = merge_values(base, ours, theirs)
    text = text_from({**fields_of(mine), **fields.values}, author="")
    return Merge(replace(text, source=body.text), {name: theirs[name] for name in sorted(fields.conflicts)})


def _plain(text: RevisionText) -> dict[str, Any]:
    return {name: value for name, value in fields_of(text).items() if name not in _APART}


def merge_page(key: str) -> str:
    """The screen for what was sent and what the draft says now."""
    with edge().database.reading() as session:
        draft = drafts.get(session, viewer(), key)
        mine, was = forms.text_of(request.form, draft.text), forms.shown_before(request.form, draft.text)
        kept = [(name, value) for name, value in request.form.items(multi=True)
                if name not in ("form_token", "onto") and not name.startswith(("place-", "field-"))]
        return render_template("editor/merge.html", draft=draft, merge=of_saves(was, mine, draft.text), kept=kept,
                               told=forms.told, names=names_of(session), is_saves=True, sent=request.form)


@editor.get("/drafts/<uuid:draft_id>/merge")
@permits(Action.DRAFT)
def merge(draft_id: UUID) -> Response:
    """The screen for a draft that was taken over to a newer revision."""
    with edge().database.reading() as session:
        draft = drafts.get(session, viewer(), draft_key(draft_id))
        found = of_draft(draft)
        if not (found.places or found.disputed):
            return see(url_for("editor.draft", draft_id=draft_id, by_hand=1))
        return make_response(render_template("editor/merge.html", draft=draft, merge=found, kept=(), told=forms.told,
                                             names=names_of(session), is_saves=False, sent=request.args))


@editor.post("/drafts/<uuid:draft_id>/merge")
@permits(Action.DRAFT)
def decide(draft_id: UUID) -> Response:
    """Store the text as it was decided; while something is open, or was stored meanwhile, the screen comes again."""
    key = draft_key(draft_id)
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
    except Conflict as error:
        problem = problem_of(error)
        if "source" in request.form:
            return explained(merge_page(key), problem)
        return see(url_for("editor.merge", draft_id=draft_id, open=1))
    return see(url_for("editor.draft", draft_id=draft_id, merged=1))

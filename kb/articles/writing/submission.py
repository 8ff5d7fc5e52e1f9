"""From a draft to a revision: submitting, and first merging with what was published meanwhile.

A number, a hash and a revision come with submitting, and only for a text that rests on the newest published revision.
One that does not is rebased: merged with it by three ways, and what both changed differently is left to its author,
in marks that no text is submitted with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime

from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.acts.rules import check_category
from kb.articles.acts.signatures import check_nothing_owed
from kb.articles.file_access import check_attached, hashes_of
from kb.articles.owners import held_article
from kb.articles.revisions import (
    RevisionText,
    check_source,
    check_text,
    fields_of,
    newest_published,
    stored_text,
    text_from,
)
from kb.articles.writing.check_rows import carry_check
from kb.articles.writing.draft_rows import CONFLICTS, origins, owned_text, remove_draft, write_draft
from kb.articles.writing.drafts import DraftView, check_open, get, own_draft
from kb.articles.writing.intake import check_departments, newest_number, store_revision
from kb.articles.writing.merge import DRAFT_LABELS, check_resolved, merge_texts, merge_values
from kb.articles.writing.minor import major_changes
from kb.articles.writing.twins import check_title
from kb.db import settings_of
from kb.errors import Conflict, Invalid
from kb.messages.message import Message
from kb.models import Revision, State
from kb.people.permissions import Action, require
from kb.record.journal import record

_TOLD = 6  # changes that a refusal names


@dataclass(frozen=True, slots=True)
class Rebased:
    """A draft on its new base. ``conflicts`` names the fields in which both sides differ: in the source both stand
    between marks; of the others the draft's value is kept, beside the published one, until it is saved again."""

    draft: DraftView
    conflicts: tuple[str, ...]


def submit(session: Session, actor: Actor, draft_id: str, *, seen: int, now: datetime, origin: str) -> Revision:
    """Hand the draft in: it becomes the article's next revision, in review, with a number and a hash.

    Raises Conflict where the draft rests on a revision that is no longer the newest published one, and Invalid for a
    text that changes nothing or that a merge left marks in.
    """
    draft = own_draft(session, actor, draft_id)
    article = held_article(session, draft.article_id)
    require(actor, Action.DRAFT, article)  # it may have changed hands until it was held
    text = owned_text(draft, article, author=actor.name)
    check_open(article, text.owner)
    check_text(text)
    check_source(text.source, settings_of(session).limits)
    check_category(session, text.category)
    check_departments(session, text.owner, text.co_owners)
    check_resolved(text.source)
    undecided = sorted(draft.fields.get(CONFLICTS, {}))
    if undecided:
        raise Invalid("undecided", "the published revision has another {undecided} than the draft: look at both, and "
                      "save the draft as it is to be", undecided=undecided,
                      fields=dict.fromkeys(undecided, Message("undecided")))
    base = newest_published(session, article.id)
    if draft.base_id != (base.id if base else None):
        raise Conflict("rebase", "revision {number} of {slug} was published after this draft was begun; rebase the "
                       "draft onto it first", number=base.number if base else 0, slug=article.slug)
    former = stored_text(session, base) if base else None
    check_attached(session, actor, text, hashes_of(former), now=now)
    if former is not None and base is not None and _without_note(text) == _without_note(former):
        raise Invalid("unchanged", "the draft says what revision {number} says", number=base.number,
                      fields={"source": "unchanged"})
    if text.is_minor:
        check_nothing_owed(session, article.id)
        _check_minor(base.number if base else 0, former, text)
    check_title(session, article, text.title)
    base_id, contributors = draft.base_id, sorted({*draft.contributors, actor.name})
    remove_draft(session, draft, seen)
    revision = store_revision(session, article, text, number=newest_number(session, article) + 1, state=State.IN_REVIEW,
                              created_at=now, base_id=base_id, contributors=contributors)
    carry_check(session, draft_id, seen, revision.id)
    record(session, actor, "submit", f"revision:{revision.id}", now=now, origin=origin,
           after={"article": article.slug, "number": revision.number, "sha256": revision.sha256,
                  "contributors": contributors})
    return revision


def _check_minor(number: int, former: RevisionText | None, text: RevisionText) -> None:
    """Refuse as minor what changes more than words; raises Invalid, saying what does."""
    if former is None:
        raise Invalid("not_minor", "a first text is no minor edit", fields={"is_minor": "first text"})
    changes = major_changes(former, text)
    if changes:
        told = "; ".join(f"{kind}: {change}" for kind, change in list(changes.items())[:_TOLD])
        raise Invalid("not_minor", "this is more than a minor edit of revision {number} ({told}): take minor out, and "
                      "submit it for all signatures", number=number, told=told,
                      fields={"is_minor": Message("not minor"), **_by_field(changes)}, changes=changes)


def _by_field(changes: Mapping[str, str]) -> dict[str, str]:
    """What is not minor, by the field that it stands in: of the source what is changed in it, kind by kind."""
    known = {field.name for field in fields(RevisionText)}
    found = {"basis" if kind == "bases" else kind: change for kind, change in changes.items() if kind in known}
    words = "; ".join(f"{kind}: {change}" for kind, change in changes.items() if kind not in known)
    return found | ({"source": words} if words else {})


def rebase(session: Session, actor: Actor, draft_id: str, *, seen: int, now: datetime, origin: str) -> Rebased:
    """Merge the draft with the newest published revision, and let it rest on that one.

    Raises Conflict where it does already, or where there is none.
    """
    article = held_article(session, own_draft(session, actor, draft_id).article_id)
    draft = own_draft(session, actor, draft_id)  # as it is now that nobody publishes, moves or erases meanwhile
    newest = newest_published(session, article.id)
    if newest is None or newest.id == draft.base_id:
        raise Conflict("rebased", "the draft rests on the newest published revision already")
    former = session.get(Revision, draft.base_id) if draft.base_id else None
    ours = owned_text(draft, article, author="")
    theirs = replace(stored_text(session, newest), author="", owner=ours.owner)
    base = replace(stored_text(session, former), author="", owner=ours.owner) if former else None
    body = merge_texts(base.source if base else "", ours.source, theirs.source, DRAFT_LABELS)
    mine, published = _values(ours), _values(theirs)
    fields = merge_values(_values(base) if base else dict.fromkeys(mine), mine, published)
    merged = replace(text_from({**fields_of(ours), **fields.values}, author=""), source=body.text)
    conflicts = (*(("source",) if body.conflicts else ()), *sorted(fields.conflicts))
    undecided = {name: published[name] for name in sorted(fields.conflicts)}
    kept = origins(draft, draft.base_id) | ({CONFLICTS: undecided} if undecided else {})
    write_draft(session, draft, seen=seen, now=now, base_id=newest.id, fields=fields_of(merged) | kept)
    record(session, actor, "rebase_draft", f"draft:{draft.id}", now=now, origin=origin,
           after={"article": article.slug, "version": seen + 1, "base": newest.number,
                  "conflicts": list(conflicts)})
    return Rebased(get(session, actor, draft.id), conflicts)


def _values(text: RevisionText) -> dict[str, object]:
    """The fields that are merged as wholes: all but the source and what the draft says of itself."""
    return {name: value for name, value in fields_of(text).items()
            if name not in ("source", "author", "change_note", "is_minor")}


def _without_note(text: RevisionText) -> RevisionText:
    return replace(text, author="", change_note="", is_minor=False)

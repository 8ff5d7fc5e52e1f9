"""From a draft to a revision: submitting, and first merging with what was published meanwhile.

A number, a hash and a revision come with submitting, and only for a text that rests on the newest published revision.
One that does not is rebased: merged with it by three ways, and what both changed differently is left to its author,
in marks that no text is submitted with.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.drafts import CONFLICTS, DraftView, check_open, get, own_draft, remove_draft, write_draft
from kb.articles.intake import check_departments, newest_number, store_revision
from kb.articles.merge import DRAFT_LABELS, check_resolved, merge_texts, merge_values
from kb.articles.owners import article_by_slug
from kb.articles.revisions import RevisionText, check_text, fields_of, newest_published, stored_text, text_from
from kb.errors import Conflict, Invalid
from kb.models import Revision, State
from kb.record import audit


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
    article = article_by_slug(session, draft.article.slug)
    check_open(article, draft.fields["owner"])
    text = text_from(draft.fields, author=actor.name)
    check_text(text)
    check_departments(session, text.owner, text.co_owners)
    check_resolved(text.source)
    undecided = sorted(draft.fields.get(CONFLICTS, {}))
    if undecided:
        raise Invalid("undecided", f"the published revision has another {', '.join(undecided)} than the draft: look at "
                      "both, and save the draft as it is to be", fields=dict.fromkeys(undecided, "undecided"))
    base = newest_published(session, article.id)
    if draft.base_id != (base.id if base else None):
        raise Conflict("rebase", f"revision {base.number if base else 0} of {article.slug} was published after this "
                       "draft was begun; rebase the draft onto it first")
    if base is not None and _without_note(text) == _without_note(stored_text(session, base)):
        raise Invalid("unchanged", f"the draft says what revision {base.number} says", fields={"source": "unchanged"})
    base_id, contributors = draft.base_id, sorted({*draft.contributors, actor.name})
    remove_draft(session, draft, seen)
    revision = store_revision(session, article, text, number=newest_number(session, article) + 1, state=State.IN_REVIEW,
                              created_at=now, base_id=base_id, contributors=contributors)
    audit.append(session, actor, "submit", f"revision:{revision.id}", now=now, origin=origin,
                 after={"article": article.slug, "number": revision.number, "sha256": revision.sha256,
                        "contributors": contributors})
    return revision


def rebase(session: Session, actor: Actor, draft_id: str, *, seen: int, now: datetime, origin: str) -> Rebased:
    """Merge the draft with the newest published revision, and let it rest on that one.

    Raises Conflict where it does already, or where there is none.
    """
    draft = own_draft(session, actor, draft_id)
    newest = newest_published(session, draft.article_id)
    if newest is None or newest.id == draft.base_id:
        raise Conflict("rebased", "the draft rests on the newest published revision already")
    former = session.get(Revision, draft.base_id) if draft.base_id else None
    ours = text_from(draft.fields, author="")
    theirs = replace(stored_text(session, newest), author="", owner=ours.owner)
    base = replace(stored_text(session, former), author="", owner=ours.owner) if former else None
    body = merge_texts(base.source if base else "", ours.source, theirs.source, DRAFT_LABELS)
    mine, published = _values(ours), _values(theirs)
    fields = merge_values(_values(base) if base else dict.fromkeys(mine), mine, published)
    merged = replace(text_from({**fields_of(ours), **fields.values}, author=""), source=body.text)
    conflicts = (*(("source",) if body.conflicts else ()), *sorted(fields.conflicts))
    undecided = {name: published[name] for name in sorted(fields.conflicts)}
    write_draft(session, draft, seen=seen, now=now, base_id=newest.id,
                fields=fields_of(merged) | ({CONFLICTS: undecided} if undecided else {}))
    audit.append(session, actor, "rebase_draft", f"draft:{draft.id}", now=now, origin=origin,
                 after={"article": draft.article.slug, "version": seen + 1, "base": newest.number,
                        "conflicts": list(conflicts)})
    return Rebased(get(session, actor, draft.id), conflicts)


def _values(text: RevisionText) -> dict[str, object]:
    """The fields that are merged as wholes: all but the source and what the draft says of itself."""
    return {name: value for name, value in fields_of(text).items()
            if name not in ("source", "author", "change_note", "is_minor")}


def _without_note(text: RevisionText) -> RevisionText:
    return replace(text, author="", change_note="", is_minor=False)

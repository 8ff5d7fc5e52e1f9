"""Two revisions of one article side by side, for who may read both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.diff import DiffLine, diff_texts
from kb.articles.revisions import RevisionText, text_of, unknown_revision
from kb.markup.shown import without_hidden
from kb.models import Article, Revision
from kb.people.permissions import Action, can
from kb.reading.opening import RevisionEntry, list_revisions


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two revisions of one article with their texts, and the published ones from the first to the second, oldest first.

    Texts are untrusted: to be escaped where they are shown.
    """

    slug: str
    old: RevisionEntry
    new: RevisionEntry
    before: RevisionText
    after: RevisionText
    steps: tuple[RevisionEntry, ...]

    @property
    def lines(self) -> tuple[DiffLine, ...]:
        """What readers see otherwise, line by line."""
        return tuple(diff_texts(self.before.source, self.after.source))


def compare(session: Session, viewer: Actor, slug: str, old: int, new: int, *, now: datetime) -> Comparison:
    """What changed from revision ``old`` to ``new``; raises NotFound unless the viewer may read both."""
    entries = {entry.number: entry for entry in list_revisions(session, viewer, slug, now=now)}
    if old not in entries or new not in entries:
        raise unknown_revision(session, slug, old if old not in entries else new)
    steps = tuple(entries[n] for n in sorted(entries) if old < n <= new and (entries[n].published_at or n == new))
    before, after = (_shown(viewer, text_of_number(session, slug, number)) for number in (old, new))
    return Comparison(slug, entries[old], entries[new], before, after, steps)


def _shown(viewer: Actor, text: RevisionText) -> RevisionText:
    """The text with blanks for what no page shows, but for who writes for its departments."""
    if any(can(viewer, Action.DRAFT, code) for code in (text.owner, *text.co_owners)):
        return text
    return replace(text, source=without_hidden(text.source))


def text_of_number(session: Session, slug: str, number: int) -> RevisionText:
    """The text of a revision of an article; who calls has made sure that the viewer may read it."""
    revision = session.scalars(select(Revision).join(Article, Article.id == Revision.article_id)
                               .where(Article.slug == slug, Revision.number == number)).one()
    session.refresh(revision, ["source", "co_owners", "bases"])  # what a list of revisions leaves out
    return text_of(revision)

"""Which published revision brought each sentence of an article's text, for who may read them all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.markup.comparing.sentences import Sentence, dated
from kb.models import Article, Revision
from kb.reading.opening import RevisionEntry, list_revisions

_MOST = 60  # published revisions looked at, the newest ones: what is older counts as the oldest of these


@dataclass(frozen=True, slots=True)
class Brought:
    """Sentences in a row of one block that one revision brought."""

    entry: RevisionEntry
    sentences: tuple[Sentence, ...]

    @property
    def text(self) -> str:
        """The sentences as they are read: with a blank between those that are not Chinese."""
        return "".join(one.text if one.text[-1] > "\u2e80" else f"{one.text} " for one in self.sentences).strip()


@dataclass(frozen=True, slots=True)
class Blame:
    """A text by what brought it: ``entry`` is the revision that is shown."""

    entry: RevisionEntry
    parts: tuple[Brought, ...]


def blame(session: Session, viewer: Actor, slug: str, *, number: int | None = None, now: datetime) -> Blame | None:
    """The text of a published revision, the newest unless one is named; None where the viewer may know none.

    Raises NotFound when the viewer may know nothing of the article.
    """
    entries = [e for e in reversed(list_revisions(session, viewer, slug, now=now))
               if e.published_at and (number is None or e.number <= number)][-_MOST:]
    if not entries or (number is not None and entries[-1].number != number):
        return None
    sources = {row[0]: row[1] for row in session.execute(
        select(Revision.number, Revision.source).join(Article, Article.id == Revision.article_id)
        .where(Article.slug == slug, Revision.number.in_([e.number for e in entries])))}
    parts: list[Brought] = []
    for one in dated([sources[e.number] for e in entries]):
        entry, last = entries[one.since], parts[-1] if parts else None
        if last and last.entry is entry and last.sentences[-1].block == one.sentence.block:
            parts[-1] = Brought(entry, (*last.sentences, one.sentence))
        else:
            parts.append(Brought(entry, (one.sentence,)))
    return Blame(entries[-1], tuple(parts))

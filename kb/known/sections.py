"""The sections that an article's questions may be kept for: those of its texts in force, ahead, or being written.

Only the revisions that the actor may know count, so that no heading of a hidden text is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.revisions import history
from kb.articles.writing.drafts import list_drafts
from kb.errors import Invalid, NotFound
from kb.markup.headings import JOINT, Path, below_title, named, places
from kb.markup.parse import parse
from kb.models import Article, Revision, State

_SHOWN = 12  # headings that an error names


@dataclass(frozen=True, slots=True)
class Sections:
    """An article and the headings of its sections, in reading order, without the article's title."""

    article: Article
    title: str
    paths: tuple[Path, ...]

    def path(self, section: str | Sequence[str]) -> Path:
        """The section that a name or a path means; Invalid, naming those there are, when there is none."""
        found = named(self.paths, section, self.title) if isinstance(section, str) else \
            below_title(section, self.title)
        if found is None or found not in self.paths:
            wanted = section if isinstance(section, str) else JOINT.join(section)
            raise Invalid("no_section", "{slug} has no section {wanted!r}, or several: name one of {known}",
                          slug=self.article.slug, wanted=wanted[:60], fields={"section": "unknown"},
                          known=[repr(JOINT.join(path)) for path in self.paths[:_SHOWN]])
        return found


def sections_of(session: Session, viewer: Actor, slug: str, *, now: datetime) -> Sections:
    """The article's sections; NotFound when the viewer may not know it."""
    drafts = list_drafts(session, viewer, slug=slug)
    try:
        known = history(session, viewer, slug, now=now)
    except NotFound:
        if not drafts:
            raise
        known = []
    standing = [r for r in known if any(p.superseded_at is None and (p.effective_to is None or p.effective_to > now)
                                        for p in r.publications)]
    open_ = [r for r in known if r.state not in (State.WITHDRAWN, State.REJECTED)]
    chosen = {r.id: r for r in (*standing, *open_[-1:], *known[-1:])} if not (standing or open_) else {
        r.id: r for r in (*standing, *open_[-1:])}
    written = [below_title(place.path, d.text.title) for d in drafts for place in places(parse(d.text.source))]
    article = session.scalars(select(Article).where(Article.slug == slug)).one()
    return Sections(article, known[-1].title if known else drafts[0].text.title,
                    tuple(dict.fromkeys((*paths_of(session, chosen.values()), *written))))


def paths_of(session: Session, revisions: Iterable[Revision]) -> tuple[Path, ...]:
    """The sections of these revisions' texts, each once."""
    titles = {r.id: r.title for r in revisions}
    sources = session.execute(select(Revision.id, Revision.source).where(Revision.id.in_(titles))
                              .order_by(Revision.number))
    return tuple(dict.fromkeys(below_title(place.path, titles[revision_id])
                               for revision_id, source in sources for place in places(parse(source))))

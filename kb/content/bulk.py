"""Publishing many plain texts at once, as imported history: for evaluation sets and benchmarks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from kb.actor import Actor
from kb.articles import publication
from kb.articles.revisions import RevisionText
from kb.articles.writing.intake import article_id, import_history
from kb.db import Database
from kb.models import Department

__all__ = ["BulkText", "article_id", "publish_all"]

_BATCH = 100  # articles in one transaction
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class BulkText:
    """One article of one revision, in force since long ago; ``source`` is stored exactly as given."""

    slug: str
    title: str
    source: str
    lang: str
    department: str


def publish_all(database: Database, actor: Actor, texts: Sequence[BulkText], *, now: datetime,
                progress: Callable[[int, int], None] | None = None) -> None:
    """Publish every text at ``now``, creating the departments they name."""
    with database.transaction() as session:
        for code in sorted({t.department for t in texts}):
            session.add(Department(code=code, name_zh=code, name_en=code, phone=""))
    for start in range(0, len(texts), _BATCH):
        with database.transaction() as session:
            for text in texts[start:start + _BATCH]:
                revision, _ = import_history(
                    session, actor, text.slug, RevisionText(
                        title=text.title, source=text.source, lang=text.lang, owner=text.department, audience="public",
                        effective_from=_LONG_AGO, effective_to=None, review_by=now + timedelta(days=365),
                        author="import"),
                    number=1, now=now, origin="import", signed={actor.name: now})
                publication.publish(session, actor, revision, now=now, origin="import")
        if progress:
            progress(min(start + _BATCH, len(texts)), len(texts))

"""A text that ends soon, or has ended, while none follows it: nobody will answer from it, and nothing stands in its
place. A text that takes over, or the article's retirement, clears it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from kb.messages.message import Message
from kb.models import Article, Publication
from kb.upkeep.signals.live_texts import rows_of, whole
from kb.upkeep.signals.signal import Finding, Looking, Severity, Topic

NEAR = timedelta(days=60)  # a text needs weeks to be written and signed
URGENT = timedelta(days=14)

_Later = aliased(Publication)
# the first text of the article that begins when this one ends, or after
_NEXT = (select(func.min(_Later.effective_from))
         .where(_Later.article_id == Publication.article_id, _Later.superseded_at.is_(None),
                _Later.effective_from >= Publication.effective_to)
         .correlate(Publication).scalar_subquery())


class Ending:
    """End of validity near or passed with no text that follows."""

    kind = "ending"
    topics = frozenset({Topic.ARTICLE, Topic.TIME})

    def find(self, session: Session, looking: Looking, articles: Collection[str] | None) -> Iterator[Finding]:
        """Of each article the last text of those that have come, where it ends."""
        query = (select(Publication.article_id, Publication.revision_id, Publication.effective_to, _NEXT)
                 .join(Article, Article.id == Publication.article_id)
                 .where(Publication.superseded_at.is_(None), Article.retired_at.is_(None),
                        Publication.effective_from <= looking.now, Publication.effective_to <= looking.now + NEAR)
                 .order_by(Publication.article_id, Publication.effective_to.desc(), Publication.id))
        seen: set[str] = set()
        for article_id, revision_id, ends, follows in rows_of(session, query, articles):
            if article_id in seen:
                continue
            seen.add(article_id)
            if follows is None or (follows > ends and follows > looking.now):
                yield self._finding(looking, article_id, revision_id, ends, follows)

    def _finding(self, looking: Looking, article_id: str, revision_id: str, ends: datetime, follows: datetime | None,
                 ) -> Finding:
        is_past = ends <= looking.now
        last = (ends - timedelta.resolution).astimezone(looking.tz).date()
        return Finding(self.kind, article_id,
                       Severity.WARNING if ends <= looking.now + URGENT else Severity.INFO,
                       evidence=(whole(revision_id),),
                       facts={"last": last.isoformat(), "is_past": is_past,
                              "next": follows.astimezone(looking.tz).date().isoformat() if follows else None})

    def explain(self, facts: Mapping[str, Any]) -> Message:
        last = date.fromisoformat(facts["last"])
        if facts["next"]:
            return Message("its last day is {last}, and the next text begins only on {next}", last=last,
                           next=date.fromisoformat(facts["next"]))
        if facts["is_past"]:
            return Message("its last day was {last}, and no text has followed it", last=last)
        return Message("its last day is {last}, and no text follows it", last=last)

"""The page that a text names as its source: gone, or saying something else since the text was published or confirmed.

Only pages of listed hosts are looked at. Whoever answers for the text may say that they looked and it is still right;
that holds until the page changes again, or comes back and goes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from kb.messages.message import Message
from kb.models import Article, Basis, Confirmation, Publication, SourceLink, SourceLinkLook
from kb.upkeep.links.gathering import urls_of
from kb.upkeep.signals.live_texts import live_texts, rows_of
from kb.upkeep.signals.signal import Evidence, Finding, Looking, Severity, Topic

_TOPICS = frozenset({Topic.ARTICLE, Topic.LINKS})
Look = tuple[str, str, datetime]  # the content and the state that were looked at, and when


class LinkDead:
    """Source link dead."""

    kind = "link_dead"
    topics = _TOPICS

    def find(self, session: Session, looking: Looking, articles: Collection[str] | None) -> Iterator[Finding]:
        """One finding for each such page of a text."""
        links = {row.address: row for row in session.scalars(select(SourceLink).where(SourceLink.state == "dead"))}
        looks = _looks(session, links)
        for article_id, revision_id, owner, ordinal, title, address, _ in _resting(session, looking, links, articles):
            row = links[address]
            look = looks.get((row.id, owner))
            is_known = look is not None and look[1] == "dead" and row.failing_since is not None \
                and look[2] >= row.failing_since
            if not is_known and row.failing_since is not None:
                yield Finding(self.kind, article_id, Severity.WARNING, row.id,
                              _evidence(revision_id, ordinal, title, row),
                              {"since": row.failing_since.astimezone(looking.tz).date().isoformat(),
                               "document": title, "why": row.reason})

    def explain(self, facts: Mapping[str, Any]) -> Message:
        return Message("the page of {document} that it names as its source is gone since {since}",
                       document=facts["document"], since=date.fromisoformat(facts["since"]))


class LinkChanged:
    """Source link changed."""

    kind = "link_changed"
    topics = _TOPICS

    def find(self, session: Session, looking: Looking, articles: Collection[str] | None) -> Iterator[Finding]:
        """One finding for each such page of a text."""
        links = {row.address: row for row in session.scalars(select(SourceLink).where(
            SourceLink.changed_at.is_not(None), SourceLink.state.in_(("ok", "failing", "dead"))))}
        looks = _looks(session, links)
        for article_id, revision_id, owner, ordinal, title, address, looked_at in _resting(
                session, looking, links, articles):
            row = links[address]
            look = looks.get((row.id, owner))
            is_known = look is not None and look[0] == row.content_hash
            if row.changed_at is not None and looked_at < row.changed_at and not is_known:
                yield Finding(self.kind, article_id, Severity.INFO, row.id,
                              _evidence(revision_id, ordinal, title, row),
                              {"since": row.changed_at.astimezone(looking.tz).date().isoformat(), "document": title})

    def explain(self, facts: Mapping[str, Any]) -> Message:
        return Message("the page of {document} that it names as its source says something else since {since}",
                       document=facts["document"], since=date.fromisoformat(facts["since"]))


def _resting(session: Session, looking: Looking, links: Collection[str], articles: Collection[str] | None,
             ) -> Iterator[tuple[str, str, str, int, str, str, datetime]]:
    """The texts in force that name one of these addresses, and when each was published or confirmed last."""
    if not links:
        return
    confirmed = (select(func.max(Confirmation.confirmed_at)).where(
        Confirmation.revision_id == Publication.revision_id).correlate(Publication).scalar_subquery())
    urls = urls_of(links, set(session.scalars(select(Basis.url).where(Basis.url != "").distinct())))
    query = live_texts(looking, Article.owner, Basis.ordinal, Basis.title, Basis.url, Publication.published_at,
                       confirmed).join(Basis, and_(Basis.revision_id == Publication.revision_id, Basis.url != ""))
    wanted = None if articles is None else frozenset(articles)
    for article_id, revision_id, owner, ordinal, title, url, published_at, at in rows_of(
            session, query, urls, Basis.url):
        if wanted is None or article_id in wanted:
            yield (article_id, revision_id, owner, ordinal, title, urls[url],
                   published_at if at is None else max(published_at, at))


def _looks(session: Session, links: Mapping[str, SourceLink]) -> dict[tuple[str, str], Look]:
    rows = rows_of(session, select(SourceLinkLook), [row.id for row in links.values()], SourceLinkLook.link_id)
    return {(row.link_id, row.department): (row.content_hash, row.state, row.looked_at) for (row,) in rows}


def _evidence(revision_id: str, ordinal: int, title: str, row: SourceLink) -> tuple[Evidence, ...]:
    return (Evidence(title, revision_id, source=f"basis:{ordinal}"), Evidence(row.address, source=f"link:{row.id}"))

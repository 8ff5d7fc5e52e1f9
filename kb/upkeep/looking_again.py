"""Looking again at once at what an entry is about: what its topic raises and clears of these articles, and no more."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import SYSTEM, Audience
from kb.articles.kept_facts import count_unread, keep_facts
from kb.clock import zone
from kb.db import Database, settings_of
from kb.models import Revision, SignalRow
from kb.record.journal import record
from kb.upkeep.signals.kinds.ledger import ContactUnlisted
from kb.upkeep.signals.kinds.links import LinkChanged, LinkDead
from kb.upkeep.signals.kinds.register import BasisRepealed
from kb.upkeep.signals.live_texts import rows_of
from kb.upkeep.signals.signal import Detector, Finding, Looking, Topic

DETECTORS: tuple[Detector, ...] = (BasisRepealed(), ContactUnlisted(), LinkDead(), LinkChanged())

FEW = 50  # texts that are read while somebody waits

Key = tuple[str, str, str]  # article, kind and key


def look_again(database: Database, topic: Topic, articles: Collection[str] | None, *, now: datetime,
               origin: str) -> int:
    """Raise and clear what this topic can of these articles (ids; None: all); how many signals changed.

    Opens transactions of its own: the entry is committed before. Texts published a moment ago are read first.
    """
    _read_few(database)
    chosen = [detector for detector in DETECTORS if topic in detector.topics]
    with database.reading() as session:
        looking = Looking(now, zone(settings_of(session).hotline.timezone))
        found = {(one.article_id, one.kind, one.key): one for detector in chosen
                 for one in detector.find(session, looking, articles)}
    with database.transaction() as session:
        query = select(SignalRow).where(SignalRow.cleared_at.is_(None),
                                        SignalRow.kind.in_([detector.kind for detector in chosen]))
        known: dict[Key, SignalRow] = {(row.article_id, row.kind, row.key): row for (row,) in rows_of(
            session, query, articles, SignalRow.article_id)}
        gone = [row for key, row in known.items() if key not in found]
        changed = [_put(session, known.get(key), one, now) for key, one in found.items()]
        for row in gone:
            row.cleared_at, row.cleared_why = now, topic.value
        session.flush()
        told = [("raise_signal", row) for row in changed if row is not None] + [("clear_signal", row) for row in gone]
        for action, row in told:
            record(session, SYSTEM, action, f"signal:{row.id}", now=now, origin=origin,
                   after={"article": row.article_id, "kind": row.kind, "severity": row.severity})
    return len(told)


def _read_few(database: Database) -> None:
    """Read what was published a moment ago; where that is many, as after an import, the clock does it, and tells."""
    with database.reading() as session:
        is_few = count_unread(session) <= FEW
    if is_few:
        keep_facts(database)


def _put(session: Session, row: SignalRow | None, one: Finding, now: datetime) -> SignalRow | None:
    """Write what was found; None where it stands already."""
    evidence, facts = [asdict(piece) for piece in one.evidence], dict(one.facts)
    said = (one.severity.value, evidence, facts)
    if row is not None and (row.severity, row.evidence, row.facts) == said:
        return None
    audience = _audience(session, [piece.revision_id for piece in one.evidence if piece.revision_id])
    row = row or SignalRow(id=str(uuid4()), article_id=one.article_id, kind=one.kind, key=one.key, raised_at=now)
    row.severity, row.evidence, row.facts = said
    row.audience = audience
    session.add(row)
    return row


def _audience(session: Session, revision_ids: Sequence[str]) -> str:
    """That of the narrowest text."""
    found = set(session.scalars(select(Revision.audience).where(Revision.id.in_(set(revision_ids)))))
    return (Audience.AGENT if Audience.AGENT.value in found else Audience.PUBLIC).value

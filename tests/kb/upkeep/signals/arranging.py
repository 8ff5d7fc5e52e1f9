"""Arranging signals: texts that are kept as read, scans, and what is open after them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from kb.articles.kept_readings import keep_readings
from kb.db import Database
from kb.models import Article, SignalRow
from kb.upkeep.signals.live_texts import whole
from kb.upkeep.signals.registry import DETECTORS, explained
from kb.upkeep.signals.scanning import Scanned, scan
from kb.upkeep.signals.signal import Finding, Looking
from tests.kb.factories import at, published, revision_text

TZ = ZoneInfo("Asia/Shanghai")
__all__ = ["TZ", "found", "look", "open_signals", "told", "whole", "write"]


def write(database: Database, slug: str, source: str = "免费办理。", *, day: float = 0, number: int = 1,
          **fields: Any) -> str:
    """Publish a text on a day; its id."""
    return published(database, revision_text(source, **{"effective_from": at(day), **fields}), slug=slug,
                     number=number, day=day)


def found(database: Database, kind: str, *, day: float) -> list[Finding]:
    """What the detectors of a kind find on a day."""
    keep_readings(database, tz=TZ)
    with database.reading() as session:
        return [each for d in DETECTORS if d.kind == kind for each in d.find(session, Looking(at(day), TZ), None)]


def told(findings: list[Finding]) -> list[str]:
    """Findings as sentences."""
    return [str(explained(each.kind, each.facts)) for each in findings]


def look(database: Database, *, day: float | None = None, now: datetime | None = None, **more: Any) -> Scanned:
    """Scan everything on a day."""
    keep_readings(database, tz=TZ)
    return scan(database, now=now or at(day or 0), tz=TZ, origin="test", **more)


def open_signals(database: Database) -> set[tuple[str, str, str, str]]:
    """Slug, kind, key and severity of each open signal."""
    with database.reading() as session:
        return {(row[0], row[1], row[2], row[3]) for row in session.execute(
            select(Article.slug, SignalRow.kind, SignalRow.key, SignalRow.severity)
            .join(Article, Article.id == SignalRow.article_id).where(SignalRow.cleared_at.is_(None)))}

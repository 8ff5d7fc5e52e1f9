"""Open signals as an answer needs them: in one statement, for whoever asks, and which of them concern a quote."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.db import Instant
from kb.messages.catalogue import say
from kb.models import SignalRow
from kb.upkeep.signals.live_texts import BATCH
from kb.upkeep.signals.registry import explained
from kb.upkeep.signals.showing import visible
from kb.upkeep.signals.signal import Severity


@dataclass(frozen=True, slots=True)
class OpenSignal:
    """A signal of an article; ``evidence`` is as it is kept, the article's own text first."""

    article_id: str
    kind: str
    severity: str
    facts: Mapping[str, Any]
    since: datetime
    evidence: Sequence[Mapping[str, Any]]

    @property
    def is_serious(self) -> bool:
        """Whether what the article says is certainly wrong, or harmful."""
        return self.severity == Severity.SERIOUS

    def concerns(self, revision_id: str, start: int, end: int) -> bool:
        """Whether it is about this stretch of a revision, or about all of it. What was found in the text in force says
        nothing of another one."""
        first = next((e for e in self.evidence if e["revision_id"]), None)
        if first is None:
            return True
        if first["revision_id"] != revision_id:
            return False
        own = [e for e in self.evidence if e["revision_id"] == revision_id]
        return any(not e["end"] or (e["start"] < end and start < e["end"]) for e in own)

    def as_dict(self, lang: str) -> dict[str, Any]:
        """As a citation has it."""
        return {"kind": self.kind, "severity": self.severity, "text": say(explained(self.kind, self.facts), lang),
                "since": self.since.isoformat()}


@lru_cache(maxsize=64)
def _open_of(viewer: Actor, narrowed_to: str | None) -> Select[tuple[str, str, str, Any, datetime, Any]]:
    """The statement of :func:`open_signals`, which every search needs: to put it together anew took longer than the
    database did."""
    return select(SignalRow.article_id, SignalRow.kind, SignalRow.severity, SignalRow.facts, SignalRow.raised_at,
                  SignalRow.evidence).where(
        SignalRow.article_id.in_(bindparam("ids", expanding=True)), SignalRow.cleared_at.is_(None),
        SignalRow.severity != Severity.INFO,
        visible(viewer, bindparam("now", type_=Instant()), narrowed_to=narrowed_to))


def open_signals(session: Session, viewer: Actor, article_ids: Collection[str], *, now: datetime,
                 narrowed_to: str | None = None) -> dict[str, list[OpenSignal]]:
    """The open signals of these articles (of the first some hundred) that the viewer may see, the gravest first; what
    is merely worth a look says nothing against a quote, and is left to the owner."""
    wanted = sorted(set(article_ids))[:BATCH]
    if not wanted:
        return {}
    rows = session.execute(_open_of(viewer, narrowed_to), {"ids": wanted, "now": now})
    grave = list(Severity)
    found: dict[str, list[OpenSignal]] = {}
    for one in sorted((OpenSignal(*row) for row in rows),
                      key=lambda one: (-grave.index(Severity(one.severity)), one.since, one.kind)):
        found.setdefault(one.article_id, []).append(one)
    return found

"""What the scan found beside what was planted."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.planted.truth import Planted, squeezed
from kb.models import Article, SignalRow

PRECISION, RECALL = 0.95, 0.9  # what every kind is to reach
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Raised:
    """An open signal: its kind, article, and words."""

    kind: str
    slug: str
    severity: str
    words: str


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one kind; ``false`` are the signals that nothing planted calls for, ``missed`` the faults that no
    signal tells."""

    kind: str
    planted: int
    traps: int
    found: int
    false: tuple[tuple[Raised, str], ...]
    missed: tuple[Planted, ...]

    @property
    def precision(self) -> float:
        """Of the articles told of, those with a fault; 1 where none is told."""
        return self.found / (self.found + len(self.false)) if self.found or self.false else 1.0

    @property
    def recall(self) -> float:
        """Of the faults, those told."""
        return self.found / self.planted if self.planted else 1.0

    @property
    def holds(self) -> bool:
        """Whether both bars are reached."""
        return self.precision >= PRECISION and self.recall >= RECALL

    def as_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {"kind": self.kind, "planted": self.planted, "traps": self.traps, "found": self.found,
                "false": len(self.false), "precision": round(self.precision, 3), "recall": round(self.recall, 3),
                "holds": self.holds}


def raised(session: Session) -> list[Raised]:
    """The open signals."""
    rows = session.execute(select(SignalRow.kind, Article.slug, SignalRow.severity, SignalRow.facts, SignalRow.evidence,
                                  SignalRow.key).join(Article, Article.id == SignalRow.article_id)
                           .where(SignalRow.cleared_at.is_(None)).order_by(SignalRow.kind, Article.slug))
    return [Raised(kind, slug, severity, json.dumps([key, facts, [each["quote"] for each in evidence]],
                                                    ensure_ascii=False))
            for kind, slug, severity, facts, evidence, key in rows]


def scored(kinds: Iterable[str], planted: Sequence[Planted], signals: Sequence[Raised]) -> list[Figures]:
    """The figures of every kind. An article counts once a kind, whatever number of signals it has."""
    by_place: dict[tuple[str, str], list[Raised]] = defaultdict(list)
    for signal in signals:
        by_place[signal.kind, signal.slug].append(signal)
    tolerated = {(kind, one.slug) for one in planted for kind in one.tolerated}
    found = []
    for kind in kinds:
        faults = {one.slug: one for one in planted if one.kind == kind and one.is_fault}
        traps = {one.slug: one for one in planted
                 if one.kind == kind and not one.is_fault and kind not in one.tolerated}
        told = {slug for slug, one in faults.items() if _tells(one, by_place.get((kind, slug), ()))}
        other = {one.slug: f"{one.kind}, {one.shape}" for one in planted}
        false = [(own[0], traps[slug].shape if slug in traps else other.get(slug, "ordinary"))
                 for (which, slug), own in by_place.items()
                 if which == kind and slug not in told and (kind, slug) not in tolerated]
        found.append(Figures(kind, len(faults), len(traps), len(told), tuple(false),
                             tuple(one for slug, one in faults.items() if slug not in told)))
    return found


def _tells(fault: Planted, signals: Sequence[Raised]) -> bool:
    quote = squeezed(fault.quote)
    return any(quote in squeezed(signal.words) for signal in signals)


def lines(figures: Sequence[Figures], *, with_all: bool) -> Iterable[str]:
    """The figures as a table, and each false signal and each miss below it."""
    yield f"{'kind':<18}{'planted':>8}{'traps':>7}{'found':>7}{'false':>7}{'precision':>11}{'recall':>8}"
    for one in figures:
        yield (f"{one.kind:<18}{one.planted:>8}{one.traps:>7}{one.found:>7}{len(one.false):>7}{one.precision:>11.3f}"
               f"{one.recall:>8.3f}{'' if one.holds else '  below the bar'}")
    for one in figures if with_all else ():
        for signal, shape in one.false:
            yield f"FALSE {one.kind} {signal.slug} ({shape}, {signal.severity}): {signal.words[:_LONGEST]}"
        for fault in one.missed:
            yield f"MISSED {one.kind} {fault.slug} ({fault.shape}): {fault.quote}"

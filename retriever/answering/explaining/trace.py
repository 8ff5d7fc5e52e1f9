"""What one ask went through, and how its figures and quotes are written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from retriever.answering import evidence
from retriever.answering.reading import PassageRead
from retriever.passages.saying import said
from retriever.question.understanding import Question
from retriever.ranking.order import Ranked
from retriever.records import LiveText, Unit

_EXCERPT = 160


@dataclass(frozen=True, slots=True)
class Trace:
    """What one ask went through. ``proposed`` counts candidates before the authority check, ``allowed`` after it."""

    question: Question
    ranked: Sequence[Ranked]
    pool: evidence.Pool | None
    idf: Mapping[str, float]
    chosen: Sequence[evidence.Chosen]
    values: Mapping[str, float]
    confidence: float
    reason: str | None
    threshold: float
    precision: float  # the share of right answers that the threshold stands for
    stages: Mapping[str, float]
    proposed: int
    allowed: int
    new_topic: bool
    read: Sequence[PassageRead] = ()  # empty where no reader read
    thing: str = ""  # of the question, where the article never names it
    demanded: Sequence[str] = ()  # by the question, where not all of it is told


def excerpt(live: LiveText, unit: Unit) -> str:
    """The beginning of what a unit says."""
    text = said(live.source, live.lang, unit)
    return text if len(text) <= _EXCERPT else text[:_EXCERPT - 1] + "…"


def figure(value: float) -> float:
    """A value as it is told."""
    return round(float(value), 4) + 0.0  # no -0.0


def figures(values: Mapping[str, float]) -> dict[str, float]:
    """Values as they are told, by name."""
    return {name: figure(value) for name, value in values.items()}

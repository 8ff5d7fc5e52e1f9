"""How sure an answer is: what its confidence rests on, what is short of the usual, and a sentence on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from retriever.answering import evidence
from retriever.answering.confidence import judge_of, words_of
from retriever.answering.explaining.candidates import LEAST, REASONS
from retriever.answering.explaining.trace import Trace, figure
from retriever.answering.explaining.words import not_said
from retriever.answering.fitted import Fitted
from retriever.answering.labels import verdict
from retriever.language.analysis import Analyser, normalise
from retriever.question.focus import Focus
from retriever.ranking.model import Logistic, Model

# What confidence rests on in a usual right answer, between the medians of the callers' questions (dev half) and of the
# English dialogues. Lower values are named as what is short.
USUAL: Mapping[str, float] = {"cosine": 0.89, "gap": 0.35, "margin": 0.01, "said": 0.35, "in_dialogue": 0.35}

# The same where a reader read, of what its confidence rests on (reading.margins): the packaged reader's medians over 87
# of 100 callers' questions (dev half, by seed), those whose right passage stood first. What is short of nothing by
# being low (others' chances, lengths) is not among them.
USUAL_READ: Mapping[str, float] = {"passage": 1.3, "unit": 3.1, "said": 1.4, "gap": 1.0, "score": 1.23, "lead": 0.34,
                                   "above": 0.017, "sum": 1.15}


@dataclass(frozen=True, slots=True)
class Judge:
    """What judged an answer: its function of the values, what right answers usually have, and how it names them.

    Two judges use a word for two things (what is said, how far it leads), so a reader's margins are told as margin_….
    """

    function: Logistic
    usual: Mapping[str, float]
    prefix: str

    @classmethod
    def of(cls, trace: Trace, model: Model, fitted: Fitted | None) -> Judge:
        if fitted and trace.read:
            return cls(fitted.confidence, USUAL_READ, "margin_")
        return cls(judge_of(trace.values, model), USUAL, "")

    def told(self, values: Mapping[str, float]) -> dict[str, float]:
        """Values under the names that an explanation has for them."""
        return {self.prefix + name: figure(value) for name, value in values.items()}

    def short(self, values: Mapping[str, float]) -> dict[str, float]:
        """By how much confidence would rise if each feature had its usual value, the most first."""
        now = self.function(values)
        gains = {name: self.function({**values, name: usual}) - now for name, usual in self.usual.items()
                 if name in self.function.weights and values.get(name, 0.0) < usual}
        return self.told(dict(sorted(((n, g) for n, g in gains.items() if g >= LEAST), key=lambda item: -item[1])))

    def strong(self, values: Mapping[str, float]) -> list[str]:
        """The features that are as right answers usually have them."""
        return [self.prefix + name for name, usual in self.usual.items()
                if name in self.function.weights and values.get(name, 0.0) >= usual]


def confidence_told(trace: Trace, focus: Focus, words: Mapping[str, frozenset[str]], analyser: Analyser,
                    judge: Judge) -> dict[str, Any]:
    """The features of confidence, what each brought, what is short of the usual, and a sentence on it."""
    short, weights = judge.short(trace.values), judge.function.weights
    said = frozenset[str]().union(*(words_of(c, analyser) for c in trace.chosen))
    text = normalise(" ".join(_said(c) for c in trace.chosen))
    missing = not_said(words, focus, said, text)
    rival = next((r.allowed.live for r in trace.ranked
                  if r.allowed.live.article_id != trace.ranked[0].allowed.live.article_id), None)
    return {
        "value": figure(trace.confidence), "threshold": figure(trace.threshold),
        "precision": trace.precision, "reason": trace.reason,
        "features": judge.told({name: trace.values.get(name, 0.0) for name in weights}),
        "contributions": judge.told({name: weight * trace.values.get(name, 0.0) for name, weight in weights.items()}),
        "intercept": figure(judge.function.intercept),
        "short": [{"feature": name, "by": by} for name, by in short.items()],
        "missing": missing,
        "unnamed": trace.thing or None,
        "untold": list(trace.demanded),
        "rival": {"slug": rival.slug, "title": rival.title} if rival else None,
        "summary": verdict(trace.reason, trace.confidence, trace.threshold, short=list(short)[:REASONS],
                           strong=judge.strong(trace.values), missing=missing, rival=rival.title if rival else "",
                           unnamed=trace.thing, untold=trace.demanded),
    }


def _said(chosen: evidence.Chosen) -> str:
    """A unit's words with its leads and all that stands above it."""
    source, passage = chosen.ranked.allowed.live.source, chosen.ranked.hit.passage
    spans = (*chosen.unit.leads, (chosen.unit.start, chosen.unit.end))
    return " ".join((passage.title, *passage.heading_path, *(source[a:b] for a, b in spans)))

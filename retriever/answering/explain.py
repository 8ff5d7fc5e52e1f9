"""Why this answer: how a question was read, which passages competed, what each feature brought, and who lost by what.

Ranking and evidence are weighted sums, confidence is a logistic function of one, so everything divides into
contributions that add up. Nothing is told of a passage that did not pass the authority check but how many there were.
How rare a word is counts the texts that the asker may read. Explanations are for staff, who alone need them.
"""

from __future__ import annotations

from typing import Any

from retriever.answering.explaining.candidates import candidates_told
from retriever.answering.explaining.sureness import Judge, confidence_told
from retriever.answering.explaining.trace import Trace
from retriever.answering.explaining.units import units_chosen, units_read
from retriever.answering.explaining.words import terms_searched, words_asked
from retriever.answering.fitted import Fitted
from retriever.language.analysis import Analyser
from retriever.question.focus import Focus
from retriever.ranking.model import Model


def explain(trace: Trace, analyser: Analyser, model: Model, fitted: Fitted | None = None) -> dict[str, Any]:
    """The explanation as one JSON object; docs/api.md describes it."""
    question = trace.question
    focus = Focus.of(question, trace.idf)
    words = words_asked(question, focus, analyser)
    return {
        "lang": question.lang,
        "terms": terms_searched(question, trace.idf, analyser),
        "read_as": [{"said": c.typed, "read": c.corrected} for c in question.read_as],
        "dialogue": {"used": question.is_follow_up, "new_topic": trace.new_topic, "leans_on_it": question.leans,
                     "model_reads": question.vector_text},
        "stages_ms": dict(trace.stages),
        "proposed": trace.proposed,
        "dropped": trace.proposed - trace.allowed,
        "candidates": candidates_told(trace, focus, words, analyser, model),
        "evidence": units_chosen(trace, model),
        "reading": units_read(trace, fitted) if fitted and trace.read else None,
        "confidence": confidence_told(trace, focus, words, analyser,
                                  Judge.of(trace, model, fitted)),
    }

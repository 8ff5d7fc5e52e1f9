"""The answer log: what was asked and answered, with its citations, so that an answer can be explained and replayed.

Personal numbers in questions are masked before anything is stored; a setting keeps the questions out altogether.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Text, cast, insert, or_, select, update
from sqlalchemy.orm import Session

from kb.masking import mask_personal, mask_reference
from kb.models import AnswerCitation, AnswerRow

# Of tables, not of mapped objects: an answer is written while its asker waits.
_ANSWER, _CITATION = insert(AnswerRow.__table__), insert(AnswerCitation.__table__)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class CitedSpan:
    """A citation as it was given: ``quote`` is the revision's source from ``start`` to ``end``."""

    n: int
    revision_id: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """One ask and its answer, as DESIGN §6 wants it kept."""

    id: str
    asked_at: datetime
    user_id: str | None
    audience: str
    lang: str
    question: str
    as_of: datetime
    known_at: datetime
    abstained: bool
    reason: str | None
    confidence: float
    sentences: tuple[dict[str, Any], ...] = ()
    citations: tuple[CitedSpan, ...] = ()
    nearest: tuple[dict[str, Any], ...] = ()
    engine: str = "embedded"
    composer: str = "quote"
    model: str = ""
    degraded: tuple[str, ...] = ()
    took_ms: float = 0.0
    stages: dict[str, Any] = field(default_factory=dict)
    state: str = ""
    choices: tuple[dict[str, Any], ...] = ()
    call_ref: str | None = None
    follows: str | None = None
    shown: dict[str, Any] | None = None


def record(session: Session, answer: AnswerRecord, *, keep_question: bool) -> None:
    """Store the answer and its citations in the caller's transaction."""
    session.execute(_ANSWER, {
        "id": answer.id, "asked_at": answer.asked_at, "user_id": answer.user_id, "audience": answer.audience,
        "lang": answer.lang, "question": mask_personal(answer.question) if keep_question else "",
        "as_of": answer.as_of, "known_at": answer.known_at, "abstained": answer.abstained, "reason": answer.reason,
        "confidence": answer.confidence, "sentences": list(answer.sentences), "nearest": list(answer.nearest),
        "engine": answer.engine, "composer": answer.composer, "model": answer.model,
        "degraded": list(answer.degraded), "took_ms": answer.took_ms, "stages": answer.stages,
        "state": answer.state, "choices": list(answer.choices), 
        "call_ref": mask_reference(answer.call_ref) if answer.call_ref else None,
        "follows": answer.follows, "shown": answer.shown,
    })
    if answer.citations:
        session.execute(_CITATION, [
            {"answer_id": answer.id, "n": c.n, "revision_id": c.revision_id, "start": c.start, "end": c.end,
             "quote": c.quote} for c in answer.citations])


def is_kept(session: Session, answer_id: str) -> bool:
    """Whether there is an answer of this id."""
    return session.scalar(select(AnswerRow.id).where(AnswerRow.id == answer_id)) is not None


def erase_quotes(session: Session, revision_id: str, marker: str) -> int:
    """Put the marker in the place of what answers quoted of this revision, and said by it; in how many answers."""
    numbers: dict[str, set[int]] = {}
    for answer_id, n in session.execute(select(AnswerCitation.answer_id, AnswerCitation.n).where(
            AnswerCitation.revision_id == revision_id)):
        numbers.setdefault(answer_id, set()).add(n)
    session.execute(update(AnswerCitation).where(AnswerCitation.revision_id == revision_id).values(quote=marker)
                    .execution_options(synchronize_session=False))
    for answer_id, cited in numbers.items():
        answer = session.get_one(AnswerRow, answer_id)
        answer.shown = None  # headings of the revision stand in it
        answer.sentences = [{**sentence, "text": marker} if cited & set(sentence.get("citations", ())) else sentence
                            for sentence in answer.sentences]
    session.flush()
    return len(numbers)


def erase_offers(session: Session, revision_id: str, article_id: str, title: str | None, marker: str) -> int:
    """Put the marker in the place of the revision's headings where they were offered, and of its ``title`` (None: it
    stands elsewhere too) where the article was named as near; in how many answers."""
    found = 0
    for answer in session.scalars(select(AnswerRow).where(or_(
            cast(AnswerRow.choices, Text).contains(revision_id), cast(AnswerRow.nearest, Text).contains(article_id)))):
        choices = [{**choice, "heading_path": [marker]} if choice.get("revision_id") == revision_id else choice
                   for choice in answer.choices]
        nearest = [{**near, "title": marker} if (near.get("article_id"), near.get("title")) == (article_id, title)
                   else near for near in answer.nearest]
        if (choices, nearest) != (answer.choices, answer.nearest):
            answer.choices, answer.nearest, answer.shown = choices, nearest, None
            found += 1
    session.flush()
    return found

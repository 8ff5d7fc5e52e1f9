"""The answer log: what was asked and answered, with its citations, so that an answer can be explained and replayed.

Personal numbers in questions are masked before anything is stored; a setting keeps the questions out altogether.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from kb.models import AnswerCitation, AnswerRow

_ASCII = {0xFEE0 + code: code for code in range(0x21, 0x7F)} | {0x3000: 0x20}  # full-width forms, one for one
_SEP = r"[ .-]?"
# Every pattern is linear: no repetition inside a repetition over the same characters.
_PERSONAL = re.compile("|".join((
    r"[A-Za-z0-9_.%+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}",  # e-mail
    rf"(?<!\d)\d{{6}}{_SEP}(?:19|20)\d{{2}}{_SEP}\d{{4}}{_SEP}\d{{3}}[\dXx](?!\d)",  # resident identity number
    rf"(?<!\d)(?:\d{{4}}{_SEP}){{3}}\d{{4}}(?:{_SEP}\d{{1,4}})?(?!\d)",  # bank card in groups of four
    r"\d{13,}[Xx]?",  # any other long number
    rf"(?<!\d)1[3-9]\d{_SEP}\d{{4}}{_SEP}\d{{4}}(?!\d)|(?<=86)1[3-9]\d{{9}}(?!\d)",  # mobile number
)))


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


def mask_personal(text: str) -> str:
    """The text with every letter and digit of e-mails, mobile, identity and card numbers starred out, same length."""
    masked = list(text)
    for found in _PERSONAL.finditer(text.translate(_ASCII)):
        for at in range(*found.span()):
            masked[at] = "*" if masked[at].isalnum() else masked[at]
    return "".join(masked)


def record(session: Session, answer: AnswerRecord, *, keep_question: bool) -> None:
    """Store the answer and its citations in the caller's transaction."""
    session.execute(_ANSWER, {
        "id": answer.id, "asked_at": answer.asked_at, "user_id": answer.user_id, "audience": answer.audience,
        "lang": answer.lang, "question": mask_personal(answer.question) if keep_question else "",
        "as_of": answer.as_of, "known_at": answer.known_at, "abstained": answer.abstained, "reason": answer.reason,
        "confidence": answer.confidence, "sentences": list(answer.sentences), "nearest": list(answer.nearest),
        "engine": answer.engine, "composer": answer.composer, "model": answer.model,
        "degraded": list(answer.degraded), "took_ms": answer.took_ms, "stages": answer.stages,
    })
    if answer.citations:
        session.execute(_CITATION, [
            {"answer_id": answer.id, "n": c.n, "revision_id": c.revision_id, "start": c.start, "end": c.end,
             "quote": c.quote} for c in answer.citations])

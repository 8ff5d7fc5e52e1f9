"""The answer of the contract (DESIGN §9): what is said, where it stands, what else may be meant, and its JSON form.

Frozen; offsets count characters of a revision's Markdown source. ``kb ask --json`` and ``POST /api/v1/ask`` give the
same object. What is for programs of our own alone (revision ids, what was withheld, the hits) is not part of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from retriever.citation import Citation, Differs, Sentence
from retriever.records import Correction, Hit
from retriever.validity import ByDistrict, ReadAsOf, Rule


class State(StrEnum):
    """What an asker gets: an answer, sections to check before anything is said, or an honest "not known"."""

    ANSWERED = "answered"
    CHECK = "check"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Section:
    """The section of a revision that an answer stands in, or may stand in.

    ``text == source[start:end]``; ``marked`` are the spans of the source, in reading order, that answer or probably do.
    The revision holds from ``effective_from`` to ``effective_to``; both are None where the database was not asked.
    """

    article_id: str
    slug: str
    revision: int
    revision_id: str
    title: str
    department: str
    heading_path: tuple[str, ...]
    start: int
    end: int
    text: str
    marked: tuple[tuple[int, int], ...]
    url: str
    effective_from: datetime | None = None
    effective_to: datetime | None = None

    def as_dict(self, *, with_text: bool) -> dict[str, Any]:
        """The section's JSON form; a choice, of which nothing is said elsewhere, has its text."""
        body: dict[str, Any] = {
            "article_id": self.article_id, "slug": self.slug, "revision": self.revision, "title": self.title,
            "department": self.department, "heading_path": list(self.heading_path), "start": self.start,
            "end": self.end, "marked": [list(span) for span in self.marked], "url": self.url,
            "effective_from": self.effective_from.isoformat() if self.effective_from else None,
            "effective_to": self.effective_to.isoformat() if self.effective_to else None,
        }
        return body | {"text": self.text} if with_text else body


@dataclass(frozen=True, slots=True)
class NextStep:
    """A neighbouring section that a caller asks about next.

    ``kind`` is do, papers, time, fee, place, who, allowed, number or other.
    """

    heading_path: tuple[str, ...]
    kind: str
    url: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What of a procedure, list, table or text was not said: of ``total`` only ``said``.

    ``kind`` is steps, items, rows or text (counted in characters). ``members`` are the numbers, from 1, of those said;
    empty for a text.
    """

    kind: str
    said: int
    total: int
    members: tuple[int, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {"kind": self.kind, "said": self.said, "total": self.total, "members": list(self.members)}


@dataclass(frozen=True, slots=True)
class Notice:
    """What stands above everything else: an emergency's configured line and the number to call."""

    kind: str
    text: str
    phone: str


@dataclass(frozen=True, slots=True)
class NearestPassage:
    """The best passage of a near article, as a page shows it."""

    heading_path: tuple[str, ...]
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Nearest:
    """An article near the question, shown when the answer abstains."""

    article_id: str
    slug: str
    title: str
    department: str
    score: float
    passage: NearestPassage | None = None

    def as_dict(self) -> dict[str, Any]:
        """The article's JSON form."""
        return {
            "article_id": self.article_id, "slug": self.slug, "title": self.title, "department": self.department,
            "score": round(self.score, 4),
            "passage": {"heading_path": list(self.passage.heading_path), "text": self.passage.text,
                        "url": self.passage.url} if self.passage else None,
        }


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A text that speaks of the question and does not answer it: one that has ended, or of the other language.

    ``kind`` is ended, with the instant, or language.
    """

    kind: str
    article_id: str
    slug: str
    revision: int
    title: str
    department: str
    lang: str
    heading_path: tuple[str, ...]
    url: str
    ended_at: datetime | None = None

    def as_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {
            "kind": self.kind, "article_id": self.article_id, "slug": self.slug, "revision": self.revision,
            "title": self.title, "department": self.department, "lang": self.lang,
            "heading_path": list(self.heading_path), "url": self.url,
            "ended_at": self.ended_at.isoformat() if self.ended_at else None,
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; :meth:`as_dict` is its JSON form.

    ``choices`` are at most three, most likely first, and only where ``state`` is check. ``withheld`` holds the best
    candidate's sentences and citations when ``abstained`` (evaluation and explain only; never serialised to an asker).
    ``sentences`` are as of ``as_of``; where ``rules`` are told one of them says the same, and all that they cite is
    among the citations.
    """

    answer_id: str
    question: str
    as_of: datetime
    known_at: datetime
    state: State
    reason: str | None
    confidence: float
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    nearest: tuple[Nearest, ...]
    engine: str
    composer: str
    took_ms: float
    reader: str = ""  # "local" or the endpoint's model; empty where nothing was read
    degraded: tuple[str, ...] = ()
    ask_department: dict[str, str] | None = None  # {"code", "name_zh", "name_en", "phone"} when abstained
    notice: Notice | None = None
    section: Section | None = None  # where the answer stands
    choices: tuple[Section, ...] = ()
    next: tuple[NextStep, ...] = ()
    read_as_of: ReadAsOf | None = None
    no_rule_of: ReadAsOf | None = None  # the time that the question names and of which nothing is known: it is of today
    rules: tuple[Rule, ...] = ()  # of the time that the question named, earliest first; none where one held all of it
    by_district: ByDistrict | None = None
    not_known_for: str | None = None  # the place that the question names and no text speaks of
    differs: tuple[Differs, ...] = ()  # what other texts in force say otherwise than what is said or offered
    left_out: LeftOut | None = None  # what of the list, table or text it stands in was not said
    elsewhere: tuple[Elsewhere, ...] = ()  # where nothing is said: what speaks of it and does not answer
    explain: dict[str, Any] | None = None
    withheld: tuple[tuple[Sentence, ...], tuple[Citation, ...]] | None = None
    hits: tuple[Hit, ...] = ()
    read_as: tuple[Correction, ...] = ()  # typing errors, and the words that were also searched
    new_topic: bool = False  # there was a dialogue, and the question was read without it

    @property
    def abstained(self) -> bool:
        """Whether nothing is said: there are sections to check, or nothing is known."""
        return self.state is not State.ANSWERED

    @property
    def all_sentences(self) -> tuple[Sentence, ...]:
        """What is said, and what other rules of the time that the question named say."""
        return tuple(dict.fromkeys((*self.sentences, *(s for rule in self.rules for s in rule.sentences))))

    def as_dict(self) -> dict[str, Any]:
        """The object of DESIGN §9; instants as ISO 8601 in UTC."""
        body: dict[str, Any] = {
            "answer_id": self.answer_id,
            "question": self.question,
            "as_of": self.as_of.isoformat(),
            "known_at": self.known_at.isoformat(),
            "abstained": self.abstained,
            "reason": self.reason,
            "confidence": round(self.confidence, 4),
            "sentences": [s.as_dict() for s in self.sentences],
            "citations": [c.as_dict() for c in self.citations],
            "state": str(self.state),
            "notice": _notice(self.notice),
            "degraded": list(self.degraded),
            "ask_department": self.ask_department,
            "section": self.section.as_dict(with_text=False) if self.section else None,
            "choices": [choice.as_dict(with_text=True) for choice in self.choices],
            "next": [{"heading_path": list(s.heading_path), "kind": s.kind, "url": s.url} for s in self.next],
            "read_as_of": self.read_as_of.as_dict() if self.read_as_of else None,
            "no_rule_of": self.no_rule_of.as_dict() if self.no_rule_of else None,
            "rules": [rule.as_dict() for rule in self.rules],
            "by_district": self.by_district.as_dict() if self.by_district else None,
            "not_known_for": self.not_known_for,
            "left_out": self.left_out.as_dict() if self.left_out else None,
            "differs": [one.as_dict() for one in self.differs],
            "elsewhere": [one.as_dict() for one in self.elsewhere],
            "nearest": [n.as_dict() for n in self.nearest],
            "engine": self.engine,
            "composer": self.composer,
            "reader": self.reader or None,
            "took_ms": round(self.took_ms, 1),
        }
        if self.explain is not None:
            body["explain"] = self.explain
        return body


def _notice(notice: Notice | None) -> dict[str, str] | None:
    return {"kind": notice.kind, "text": notice.text, "phone": notice.phone} if notice else None

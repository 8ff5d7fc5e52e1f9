"""What a detector gives: findings with their evidence; and what a detector is.

A detector only looks. It is given the articles to look at (or none: all of them) and yields every finding that holds
now; the scan compares them with what is open, raises what is new and clears what is gone, each as an event. So a
detector needs no memory, and looking twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from kb.messages.message import Message


class Severity(StrEnum):
    """How much it matters: worth a look, probably wrong, certainly wrong or harmful."""

    INFO = "info"
    WARNING = "warning"
    SERIOUS = "serious"


class Topic(StrEnum):
    """What can raise or clear a kind of signal, so that a change of it is looked at without a whole scan."""

    ARTICLE = "article"  # a text of the article was published, retired, hidden, moved
    TIME = "time"  # the calendar alone
    DEPARTMENT = "department"  # departments and the people in them
    REGISTER = "register"  # the register of basis documents
    LEDGER = "ledger"  # the phone ledger
    LINKS = "links"  # what a link check found
    ANSWERS = "answers"  # what was asked, shown and voted


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something to look at: a stretch of a revision (``quote`` is its source from ``start`` to ``end``), or, where
    there is no text, what ``source`` names (register:ID, ledger:ID, link:ID, answer:ID) with its words as ``quote``.
    """

    quote: str
    revision_id: str | None = None
    start: int = 0
    end: int = 0
    source: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Evidence that an article may be stale. ``kind`` and ``key`` tell it from the article's others: the same finding
    of a later look has the same key, whatever its words (no offsets in it, at most 100 characters).

    ``facts`` are the JSON values that the detector's explanation needs; ``evidence`` begins with the article's own
    text where the finding is about a stretch of it.
    """

    kind: str
    article_id: str
    severity: Severity
    key: str = ""
    evidence: tuple[Evidence, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Looking:
    """What a detector may need to know besides the database: the present, and the hotline's calendar."""

    now: datetime
    tz: ZoneInfo


class Detector(Protocol):
    """One kind of signal; a module of this package each."""

    kind: str
    topics: frozenset[Topic]

    def find(self, session: Session, looking: Looking, articles: Collection[str] | None) -> Iterable[Finding]:
        """Everything that holds now of these articles (ids; None: all), live texts only. For all articles it may take
        statements, not a statement an article: 100,000 are looked at in seconds."""
        ...

    def explain(self, facts: Mapping[str, Any]) -> Message:
        """The reason in words, for whoever may read the evidence; one sentence, said in the reader's language."""
        ...

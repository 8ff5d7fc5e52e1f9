"""What is generated, and what is planted in it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from kb.articles.revisions import BasisText
from kb.registers.document_values import DocumentStatus, DocumentText
from kb.registers.phones import PhoneText

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)  # noon by the hotline's calendar
TZ = "Asia/Shanghai"

# How many of each kind stand among 10,000 articles.
FAULTS: Mapping[str, int] = {
    "review": 33, "ending": 33, "reference": 36, "basis": 34, "date": 40, "owner": 32, "unread": 31, "votes": 31,
    "corrected": 31, "unanswered": 31, "basis_repealed": 34, "contact_unlisted": 34, "link_dead": 32,
    "link_changed": 32, "contradiction": 36,
}
TRAPS: Mapping[str, int] = {
    "review": 150, "ending": 150, "reference": 200, "basis": 150, "date": 424, "owner": 100, "unread": 40, "votes": 60,
    "corrected": 50, "unanswered": 50, "basis_repealed": 200, "contact_unlisted": 200, "link_dead": 70,
    "link_changed": 60, "contradiction": 156,
}
UNPLANTED = frozenset({"drift"})  # copies that part: a text and its later text in company, which nothing here writes
WHOLE = 10_000


def days(count: float) -> datetime:
    """So many days from now; before it for a negative number."""
    return NOW + timedelta(days=count)


@dataclass(slots=True)
class Draft:
    """An article while it is written: its first text, and what follows it."""

    slug: str
    title: str
    lang: str
    owner: str
    place: str
    service: tuple[str, str]
    sections: list[tuple[str, str]]  # heading and body
    effective_from: datetime
    published_at: datetime
    review_by: datetime | None
    effective_to: datetime | None = None
    audience: str = "public"
    summary: str = ""
    bases: list[BasisText] = field(default_factory=list)
    follows: list[Draft] = field(default_factory=list)  # later revisions
    is_first: bool = False  # of those that are compared with each other
    is_taken: bool = False  # something is planted in it, or rests on it

    @property
    def source(self) -> str:
        """The Markdown of the text."""
        return "\n\n".join(f"## {heading}\n\n{body}" for heading, body in self.sections) + "\n"


@dataclass(frozen=True, slots=True)
class Planted:
    """A fault (there must be a signal of the kind) or a trap (there must be none) of one article.

    ``shape`` says in what way; ``quote`` are words that the signal's evidence or facts must name; of the kinds in
    ``tolerated`` a signal is neither right nor wrong, as the same arrangement may give it.
    """

    kind: str
    slug: str
    is_fault: bool
    shape: str
    quote: str = ""
    tolerated: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {"kind": self.kind, "article": self.slug, "fault": self.is_fault, "shape": self.shape,
                "quote": self.quote, "tolerated": list(self.tolerated)}


@dataclass(frozen=True, slots=True)
class Registered:
    """A document of the register, and how it stands since when."""

    text: DocumentText
    status: DocumentStatus = DocumentStatus.IN_FORCE
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A number of the ledger; ``moved_to`` is the department that it went to at last."""

    text: PhoneText
    moved_to: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """What becomes of a page on the net: the behaviour is one of bench/planted/pages.py."""

    address: str
    behaviour: str
    slug: str


@dataclass(frozen=True, slots=True)
class Talk:
    """What callers ask and agents say about an article: the story is one of bench/planted/talks.py."""

    slug: str
    story: str
    count: int
    questions: tuple[str, ...]
    other: str = ""  # the article that agents took in its place


@dataclass(slots=True)
class Corpus:
    """Everything that is generated of one seed."""

    articles: list[Draft] = field(default_factory=list)
    planted: list[Planted] = field(default_factory=list)
    departments: list[dict[str, Any]] = field(default_factory=list)
    people: list[tuple[str, str, str]] = field(default_factory=list)  # login, role, department
    disabled: list[str] = field(default_factory=list)
    dissolved: list[tuple[str, str]] = field(default_factory=list)  # after the import, with who follows
    ledger: list[Listed] = field(default_factory=list)
    register: list[Registered] = field(default_factory=list)
    retired: list[tuple[str, str]] = field(default_factory=list)  # slug and successor
    hidden: list[str] = field(default_factory=list)
    confirmed: list[tuple[str, datetime]] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    talks: list[Talk] = field(default_factory=list)


def squeezed(text: str) -> str:
    """Letters and digits alone, in one form, by which words are found again however they were cut."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())

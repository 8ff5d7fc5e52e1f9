"""What an answer says and what it rests on: sentences, and the quotes of revisions that bear them out.

Offsets count characters of a revision's Markdown source.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kb.markup.shown import without_comments


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote with all a reader needs to check it."""

    n: int
    article_id: str
    slug: str
    revision: int
    title: str
    heading_path: tuple[str, ...]
    quote: str
    start: int
    end: int
    department: str
    effective_from: datetime
    effective_to: datetime | None
    review_by: datetime | None
    signals: tuple[dict[str, Any], ...]
    url: str
    revision_id: str

    def as_dict(self) -> dict[str, Any]:
        """The citation's JSON form."""
        return {
            "n": self.n,
            "article_id": self.article_id,
            "slug": self.slug,
            "revision": self.revision,
            "title": self.title,
            "heading_path": list(self.heading_path),
            "quote": without_comments(self.quote),
            "start": self.start,
            "end": self.end,
            "department": self.department,
            "effective_from": self.effective_from.isoformat(),
            "effective_to": self.effective_to.isoformat() if self.effective_to else None,
            "review_by": self.review_by.isoformat() if self.review_by else None,
            "signals": [dict(s) for s in self.signals],
            "url": self.url,
        }


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer and the numbers of the citations it rests on (never empty)."""

    text: str
    citations: tuple[int, ...]

    def as_dict(self) -> dict[str, Any]:
        """The sentence's JSON form."""
        return {"text": self.text, "citations": list(self.citations)}


@dataclass(frozen=True, slots=True)
class Differs:
    """What another article's text in force says otherwise than what is cited or offered: the quote, and what it says.

    ``text`` is the visible text of ``quote``, a table's row read out; ``citations`` and ``choices`` are the numbers,
    from 1, of what it contradicts. ``kind`` is that of the figures (money, duration, phone …), or stance.
    """

    kind: str
    article_id: str
    slug: str
    revision: int
    revision_id: str
    title: str
    heading_path: tuple[str, ...]
    text: str
    quote: str
    start: int
    end: int
    department: str
    audience: str
    effective_from: datetime
    effective_to: datetime | None
    url: str
    citations: tuple[int, ...] = ()
    choices: tuple[int, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {
            "kind": self.kind, "article_id": self.article_id, "slug": self.slug, "revision": self.revision,
            "title": self.title, "heading_path": list(self.heading_path), "text": self.text,
            "quote": without_comments(self.quote),
            "start": self.start, "end": self.end, "department": self.department,
            "audience": self.audience, "effective_from": self.effective_from.isoformat(),
            "effective_to": self.effective_to.isoformat() if self.effective_to else None, "url": self.url,
            "citations": list(self.citations), "choices": list(self.choices),
        }

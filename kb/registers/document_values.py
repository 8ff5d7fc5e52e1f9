"""What the register says of a document: its text, how it stands, and both as they are read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class DocumentStatus(StrEnum):
    """Whether a document holds as it was issued."""

    IN_FORCE = "in_force"
    AMENDED = "amended"
    REPEALED = "repealed"


@dataclass(frozen=True, slots=True)
class DocumentText:
    """What a row says of the document itself."""

    title: str
    number: str = ""
    issuer: str = ""
    issued_on: date | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    url: str = ""
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {"title": self.title, "number": self.number, "issuer": self.issuer, "issued_on": _iso(self.issued_on),
                "effective_from": _iso(self.effective_from), "effective_to": _iso(self.effective_to),
                "url": self.url, "note": self.note}


@dataclass(frozen=True, slots=True)
class Standing:
    """How the document stands: from ``changed_on`` it is what ``status`` says, by a document of the register (its id)
    or by what the text names."""

    status: DocumentStatus = DocumentStatus.IN_FORCE
    changed_on: date | None = None
    changed_by_id: str | None = None
    changed_by_text: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {"status": self.status.value, "changed_on": _iso(self.changed_on), "changed_by_id": self.changed_by_id,
                "changed_by_text": self.changed_by_text}


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A row as it is read; ``changed_by`` names the document that took its place, or changed it."""

    id: str
    version: int
    text: DocumentText
    standing: Standing
    changed_by: str
    updated_at: datetime
    updated_by: str

    def as_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {"id": self.id, "version": self.version, **self.text.as_dict(), **self.standing.as_dict(),
                "changed_by": self.changed_by, "updated_at": self.updated_at.isoformat(),
                "updated_by": self.updated_by}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What entering a row did: ``created``, ``changed``, or neither where the register says it already."""

    row: DocumentView
    created: bool = False
    changed: bool = False


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """A page of the register; ``total`` counts all that were found."""

    rows: tuple[DocumentView, ...]
    number: int
    pages: int
    total: int


def _iso(value: date | None) -> str | None:
    return value.isoformat() if value else None

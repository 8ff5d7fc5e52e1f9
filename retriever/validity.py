"""When and where an answer holds: the time that its question named, the rules of that time, rules by district.

Intervals are half-open, instants in UTC.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from retriever.citation import Sentence


@dataclass(frozen=True, slots=True)
class ReadAsOf:
    """The time that a question named, in its own words, and what it was read as.

    ``ends_at`` is None where the words leave the end open.
    """

    words: str
    begins_at: datetime
    ends_at: datetime | None

    def is_named_in(self, text: str) -> bool:
        """Whether a text names the year in which it begins."""
        year = (self.begins_at + timedelta(days=1)).year  # it begins at a midnight of the hotline's, in whatever zone
        in_words = "".join("[〇零○]" if digit == "0" else "〇一二三四五六七八九"[int(digit)] for digit in str(year))
        return re.search(rf"(?<!\d){year}(?!\d)|{in_words}年", text) is not None

    def as_dict(self) -> dict[str, str | None]:
        """Its JSON form."""
        return {"words": self.words, "from": self.begins_at.isoformat(),
                "to": self.ends_at.isoformat() if self.ends_at else None}


@dataclass(frozen=True, slots=True)
class Rule:
    """What one revision says on the question, and from when to when it did; ``effective_to`` None is open-ended.

    Revisions that follow each other and say the same are one rule; its sentences are then cited from one of them.
    """

    effective_from: datetime
    effective_to: datetime | None
    sentences: tuple[Sentence, ...]

    def as_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {"from": self.effective_from.isoformat(),
                "to": self.effective_to.isoformat() if self.effective_to else None,
                "sentences": [s.as_dict() for s in self.sentences]}


@dataclass(frozen=True, slots=True)
class ByDistrict:
    """Districts whose rules differ, for a question that names none: what is said is of those ``given``, the ``others``
    have rules of their own. Their names are in the question's language."""

    given: tuple[str, ...]
    others: tuple[str, ...]

    def as_dict(self) -> dict[str, list[str]]:
        """Its JSON form."""
        return {"given": list(self.given), "others": list(self.others)}

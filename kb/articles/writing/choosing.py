"""The places of a merge as a person chooses between them: what stands, and where two sides wrote differently.

The text that a merge left marks in is cut at them again, so that it may be a draft's own, saved days ago. A place whose
marks cannot be told apart any more (somebody wrote among them, or a heading is underlined like a mark) stays as it is,
marks and all: whoever submits it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from kb.articles.writing.merge import DRAFT_LABELS, Labels

OURS, THEIRS, BOTH = "ours", "theirs", "both"
CHOICES = (OURS, THEIRS, BOTH)
_MIDDLE = re.compile(r"(?m)^={7}\r?\n")


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of lines that both sides changed differently, with what stood there before."""

    ours: str
    base: str
    theirs: str

    def chosen(self, choice: str) -> str:
        """The lines that a choice leaves; of both, one's own stand first."""
        return {OURS: self.ours, THEIRS: self.theirs, BOTH: self.ours + self.theirs}[choice]


def cut(text: str, labels: Labels = DRAFT_LABELS) -> tuple[str | Place, ...]:
    """The text as what stands and the places to choose at, in order."""
    found: list[str | Place] = []
    at = 0
    for match in _pattern(labels).finditer(text):
        middle = _MIDDLE.findall(match["rest"])
        if len(middle) != 1:
            continue
        if match.start() > at:
            found.append(text[at:match.start()])
        base, theirs = match["rest"].split(middle[0])
        found.append(Place(match["ours"], base, theirs))
        at = match.end()
    return (*found, text[at:]) if at < len(text) else tuple(found)


def chosen(text: str, choices: Mapping[int, str], labels: Labels = DRAFT_LABELS) -> str:
    """The text with the choice made at each place, counted from 0; a place without one keeps its marks."""
    first, middle, last = (" ".join(label.split()) for label in (labels.ours, labels.base, labels.theirs))
    lines: list[str] = []
    n = 0
    for part in cut(text, labels):
        if isinstance(part, str):
            lines.append(part)
            continue
        if choices.get(n) in CHOICES:
            lines.append(part.chosen(choices[n]))
        else:
            lines.append(f"<<<<<<< {first}\n{part.ours}||||||| {middle}\n{part.base}=======\n{part.theirs}"
                         f">>>>>>> {last}\n")
        n += 1
    return "".join(lines)


def _pattern(labels: Labels) -> re.Pattern[str]:
    first, middle, last = (re.escape(" ".join(label.split())) for label in (labels.ours, labels.base, labels.theirs))
    others = r"(?:(?!<{7} |\|{7} |>{7} ).*\n)*"
    return re.compile(rf"(?m)^<{{7}} {first}\r?\n(?P<ours>{others})\|{{7}} {middle}\r?\n"
                      rf"(?P<rest>{others})>{{7}} {last}(?:\r?\n|\Z)")

"""What a new article begins with: one outline for each kind, with the questions that its sections answer.

An outline's hints stand in 【】 and are to be replaced; :func:`hints_left` finds those that were not.
"""

from __future__ import annotations

import re
from pathlib import Path

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

_FOLDER = Path(__file__).parent / "templates" / "editor" / "kinds"
_HINT = re.compile(r"【[^】\n]{0,60}】")
KINDS: dict[str, tuple[LazyString, LazyString]] = {
    "service": (_l("Service"), _l("Who may, papers, steps, time, fee, place: a matter that people apply for")),
    "rule": (_l("Rule or benefit"), _l("What it says, for whom, how much, from when: a rule that people ask about")),
    "contact": (_l("Place and phone"), _l("Address, opening hours, phone numbers of an office")),
    "internal": (_l("For agents only"), _l("What to ask, what to say, where to send the case")),
    "blank": (_l("Without an outline"), _l("One section to begin with")),
}


def outline(kind: str, lang: str) -> str:
    """The text that an article of this kind begins with."""
    name = kind if kind in KINDS else "blank"
    return (_FOLDER / f"{name}.{'en' if lang == 'en' else 'zh'}.md").read_text(encoding="utf-8")


def hints_left(source: str) -> tuple[str, ...]:
    """The hints of an outline that nobody has replaced yet."""
    known = {hint for path in _FOLDER.glob("*.md") for hint in _HINT.findall(path.read_text(encoding="utf-8"))}
    return tuple(hint for hint in dict.fromkeys(_HINT.findall(source)) if hint in known)

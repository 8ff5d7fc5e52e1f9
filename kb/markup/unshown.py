"""What a parsed source has beside what is shown, for its author to be told of. Pure.

Definitions of links, elements that ask to be hidden, comments that nothing closes.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence

from kb.markup.document import Hidden

_EXCERPT = 80  # characters of what is told of an unclosed comment
_TAG = re.compile(r"<[A-Za-z][^<>]{0,500}>")
_HIDES = re.compile(r"\shidden\b|display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d]*[1-9])",
                    re.IGNORECASE)
# A line that defines a link, in quotes and lists too.
_DEFINITION = re.compile(r"^(?:[ \t>]|[-+*][ \t]|\d{1,9}[.)][ \t])*((?P<label>\[(?!\^)[^\[\]]{1,999}\]):[^\n]*)",
                         re.MULTILINE)

KindAt = Callable[[int], str]  # what shows a place of the source; empty where nothing does


def definitions(source: str, told: Sequence[tuple[int, int]], comments: Sequence[Hidden],
                kind_at: KindAt) -> list[Hidden]:
    """Definitions of links: those that the parser told of, and those that define a name again."""
    spans = list(told)
    known = sorted(spans + [(h.start, h.start + len(h.text)) for h in comments])
    for again in _DEFINITION.finditer(source) if told else ():
        before = bisect_right(known, (again.start(1), len(source))) - 1
        if not kind_at(again.end("label")) and (before < 0 or known[before][1] <= again.start(1)):
            spans.append(again.span(1))
    return [Hidden("definition", a, source[a:b]) for a, b in spans]


def hidden_elements(source: str, kind_at: KindAt) -> list[Hidden]:
    """Elements that ask browsers to hide them; they are shown, as text."""
    return [Hidden("hidden_element", m.start(), m[0]) for m in _TAG.finditer(source)
            if _HIDES.search(m[0]) and kind_at(m.start()) == "text"]


def unclosed_comments(source: str, kind_at: KindAt) -> list[Hidden]:
    """Comments in a line that nothing closes: all of it is shown. After a backslash ``<!--`` is meant as text."""
    begun = (m.start() for m in re.finditer("<!--", source))
    return [Hidden("unclosed_comment", at, source[at:at + _EXCERPT].split("\n")[0]) for at in begun
            if kind_at(at) == "text" and (source[at - 1:at] != "\\" or kind_at(at - 1))]

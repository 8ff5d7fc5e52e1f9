"""A stretch of a source as it may be handed out: its places kept, what no page shows blanked."""

from __future__ import annotations

import re

from kb.markup.parse import parse

_ON_NO_PAGE = frozenset({"comment", "definition"})  # of Hidden; the other kinds are shown, as text
_PRINTED = re.compile(r"\S")


def shown_source(source: str, start: int, end: int) -> str:
    """``source[start:end]``, as long as that, with blanks for comments and link definitions.

    Whoever gets the words of a section or of a passage gets those that the page shows; offsets into them stay true.
    """
    text = source[start:end]
    if "<!--" not in source and "]:" not in source:  # every search hit comes by here: no parsing for nothing
        return text
    for hidden in parse(source).hidden:
        low, high = max(start, hidden.start), min(end, hidden.start + len(hidden.text))
        if hidden.kind in _ON_NO_PAGE and low < high:
            text = text[:low - start] + _PRINTED.sub(" ", source[low:high]) + text[high - start:]
    return text

"""What a page shows and nobody would say: a line of a table of contents, a page's footer."""

from __future__ import annotations

import re

_CONTENTS = re.compile(r"(?:…{2,}+|(?<!\.)\.{4,}+|(?<!·)·{4,}+|(?<!-)-{4,}+)\s{0,9}\d{1,4}")
_ENTRY = 80  # characters of an entry in a table of contents
_LINE = 60  # characters of a footer
_FOOTER = re.compile(r"[-—–·]{0,2}\s*\d{1,4}\s*[-—–·]{1,2}|\d{1,4}\s*/\s*\d{1,4}|目\s*录"
                     r"|第\s*\d{1,4}\s*页(?:\s*[,，/]?\s*共\s*\d{1,4}\s*页)?|"
                     r"page\s+\d{1,4}(?:\s+of\s+\d{1,4})?", re.IGNORECASE)


def is_furniture(text: str) -> bool:
    """Whether a paragraph is a table of contents or a page's footer."""
    *entries, rest = _CONTENTS.split(text)
    if entries and not rest.strip() and all(len(entry) <= _ENTRY for entry in entries):
        return True
    return len(text) <= _LINE and _FOOTER.fullmatch(text.strip()) is not None

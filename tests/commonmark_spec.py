"""The examples of the CommonMark specification, from the npm package that ``make test`` installs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SPECIFICATION = Path(__file__).parents[1] / "node_modules" / "commonmark-spec" / "spec.txt"
_EXAMPLE = re.compile(r"^`{32} example\n(.*?)^\.\n(.*?)^`{32}$|^#{1,6} *(.*?)$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Example:
    """One numbered example: Markdown, and the HTML that a conforming parser makes of it."""

    number: int
    section: str
    markdown: str
    html: str


@cache
def examples() -> tuple[Example, ...]:
    """All examples in order, numbered from one as on spec.commonmark.org."""
    if not SPECIFICATION.is_file():
        raise FileNotFoundError(f"{SPECIFICATION} is missing: run `make test`, which installs it, or `npm ci`")
    text = SPECIFICATION.read_text(encoding="utf-8").split("<!-- END TESTS -->")[0]
    found: list[Example] = []
    section = ""
    for match in _EXAMPLE.finditer(text):
        if match[3] is not None:
            section = match[3]
        else:
            # The specification writes tabs as arrows.
            markdown, html = (part.replace("→", "\t") for part in match.group(1, 2))
            found.append(Example(len(found) + 1, section, markdown, html))
    return tuple(found)

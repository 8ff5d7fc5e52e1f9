"""A question about a section that is empty: its neighbours do not answer for it.

A heading with nothing below it, or with nothing but what it says itself, announces what the text does not hold: a
caller who asks for it is not told the parking fee in place of the entrance fee.
"""

from __future__ import annotations

import re

from kb.markup.parse import parse
from retriever.language.analysis import normalise
from retriever.passages.sections import sections
from retriever.passages.telling import tells
from retriever.records import LiveText

_LONGEST = 80  # characters of a section that may say nothing
_NUMBERING = re.compile(r"^(?:第?[一二三四五六七八九十\d]+[、.．章节条)）]\s*|[(（][一二三四五六七八九十\d]+[)）]\s*)+")
_LIGHT = re.compile(r"\b(?:the|of|and|a|an|for|to|your|is|are)\b|\W+|的")
_SHORTEST = 2


def is_of_an_empty_section(question: str, live: LiveText, told: str) -> bool:
    """Whether the question names the heading of a section of this text that says nothing, and what would be ``told``
    (quotes and their headings) does not speak of it."""
    asked, said = _plain(question), _plain(told)
    document = parse(live.source)
    own = sections(document)
    for n, section in enumerate(own):
        if not section.path or section.path[-1] == live.title:
            continue
        below = own[n + 1].path[:len(section.path)] == section.path if n + 1 < len(own) else False
        text = document.said(section.body, section.end) if section.body < section.end else ""
        if below or len(text) > _LONGEST or (text and tells(text, (live.title, *section.path))):
            continue
        heading = _plain(_NUMBERING.sub("", normalise(section.path[-1])))
        if len(heading) >= _SHORTEST and heading in asked and heading not in said:
            return True
    return False


def _plain(text: str) -> str:
    return _LIGHT.sub("", normalise(text))

"""Text of an article's file that its readers do not see, or see although it asks to be hidden, each with its line.

As a rule it is a leftover: a note among colleagues, a paragraph "until it is announced". An import reports it and goes
on. A comment that is never closed hides whatever follows it: its file is refused. What is left out of pages and index
is decided in kb/markup/parse.py; here it is only reported.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kb.errors import Invalid
from kb.markup.parse import parse
from kb.messages.message import Message
from kb.text import excerpt

_EXCERPT = 60  # characters of what is reported
UNCLOSED = "unclosed_comment"
REASONS = {  # by kind
    "comment": Message("a comment is on no page and in no answer; remove it"),
    "definition": Message("a link definition is not shown itself; write the address at the link"),
    "hidden_element": Message("an element marked hidden is shown as text, its tag too; remove it"),
    UNCLOSED: Message("a comment is not closed; end it with -->"),
}


@dataclass(frozen=True, slots=True)
class HiddenText:
    """A stretch of a file that is hidden or asks to be: its kind, its line in the file, how it begins."""

    kind: str
    line: int
    text: str

    @property
    def reason(self) -> Message:
        """What it is and what to do."""
        return REASONS[self.kind]


def hidden_texts(body: str, *, first_line: int) -> tuple[HiddenText, ...]:
    """What the Markdown hides or asks to hide, in order; ``first_line`` is the body's first line in its file."""
    return tuple(
        HiddenText(found.kind, body.count("\n", 0, found.start) + first_line, excerpt(found.text, _EXCERPT))
        for found in parse(body).hidden)


def refuse_unclosed(found: Iterable[HiddenText]) -> None:
    """Raise Invalid with the line of the first comment that is never closed."""
    unclosed = next((hidden for hidden in found if hidden.kind == UNCLOSED), None)
    if unclosed:
        raise Invalid(UNCLOSED, "line {line}: the comment {text!r} is not closed; remove it, end it with --> in the "
                      "same paragraph, or write \\<!-- where the characters themselves are meant", line=unclosed.line,
                      text=unclosed.text)

"""One thing that a text states and another may state differently."""

from __future__ import annotations

from dataclasses import dataclass

from kb.markup.conflicts.statement import Statement, Text
from kb.markup.facts.fact import Fact

HOLE = "#"  # stands where the figure was


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """A figure, or a clause that takes a stance, with what it is about.

    ``kind`` is the figure's, or stance; ``start`` to ``end`` is its place in the source. ``matter`` is its clause with
    the figure, or the words of stance, taken out; ``context`` what stands around and above; ``above`` title and
    headings.
    """

    kind: str
    start: int
    end: int
    statement: Statement
    clause: tuple[int, int, str]
    matter: str
    context: str
    above: str
    fact: Fact | None = None
    stance: str = ""

    @property
    def said(self) -> str:
        """Its clause, with the names of its row and column."""
        return " ".join((*self.statement.names, self.clause[2]))


def above_of(text: Text, statement: Statement) -> str:
    """Title and headings above a statement."""
    return " › ".join((text.title, *statement.path))


def matter_of(statement: Statement, own: str) -> str:
    """A clause's own words with the names of its row and column."""
    return " ".join(filter(None, (*statement.names, own)))

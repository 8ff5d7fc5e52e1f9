"""The answer of the contract, the same object as `kb ask --json` prints, and its parts."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from web.api.shapes.values import At, Shape


class Sentence(Shape):
    """A sentence of an answer, and the numbers of the citations it rests on."""

    text: str
    citations: Annotated[list[int], Field(min_length=1)]


class Signal(Shape):
    """A piece of evidence that an article may be stale."""

    kind: str
    severity: str
    text: str
    since: At


class Citation(Shape):
    """A quote: the revision's source from start to end, in characters."""

    n: int
    article_id: str
    slug: str
    revision: int
    title: str
    heading_path: list[str]
    quote: str
    start: int
    end: int
    department: str
    effective_from: At
    effective_to: At | None
    review_by: At | None
    signals: list[Signal]
    url: str = Field(description="Opens the revision with the quote marked, for ever")


class Section(Shape):
    """A section of a revision: its text is the revision's source from start to end."""

    article_id: str
    slug: str
    revision: int
    title: str
    department: str
    heading_path: list[str]
    start: int
    end: int
    marked: list[Annotated[list[int], Field(min_length=2, max_length=2)]] = Field(
        description="The parts that answer, [start, end] in characters of the revision's text")
    url: str
    effective_from: At | None
    effective_to: At | None


class Choice(Section):
    """A section that probably answers, with its text."""

    text: str


class Notice(Shape):
    """An emergency's configured line, to stand above everything else."""

    kind: str
    text: str
    phone: str


class NextStep(Shape):
    """A neighbouring section that callers ask about next."""

    heading_path: list[str]
    kind: Literal["do", "papers", "time", "fee", "place", "who", "allowed", "number", "other"]
    url: str


class TimeRead(Shape):
    """The time that a question named, half-open; to is null where its end is open."""

    words: str
    from_: At = Field(alias="from")
    to: At | None


class Rule(Shape):
    """What one revision says, and the dates from which to which it holds, half-open; to is null where it is open."""

    from_: At = Field(alias="from")
    to: At | None
    sentences: Annotated[list[Sentence], Field(min_length=1)]


class ByDistrict(Shape):
    """Districts whose rules differ: what is said is of those given, the others have rules of their own."""

    given: list[str] = Field(description="Empty where state is check; names are in the question's language")
    others: Annotated[list[str], Field(min_length=1)]


class LeftOut(Shape):
    """Of the steps, items, rows or characters of what the answer stands in, only so many were said."""

    kind: Literal["steps", "items", "rows", "text"]
    said: int
    total: int
    members: list[int] = Field(description="The numbers of those said, from 1; none for a text")


class Differs(Shape):
    """What another article's text in force says otherwise: the revision's source from start to end, in characters."""

    kind: str = Field(description="Of the figures (money, duration, phone, ...), or stance")
    article_id: str
    slug: str
    revision: int
    title: str
    heading_path: list[str]
    text: str = Field(description="What the quote says, without its marks; a table's row read out")
    quote: str
    start: int
    end: int
    department: str
    audience: Literal["public", "agent"] = Field(description="agent: not to be told to citizens")
    effective_from: At
    effective_to: At | None
    url: str = Field(description="Opens the revision with the quote marked, for ever")
    citations: list[int] = Field(description="The numbers of the citations that it contradicts")
    choices: list[int] = Field(description="The numbers, from 1, of the choices that it contradicts")


class NearPassage(Shape):
    """An article's best passage, as a page shows it."""

    heading_path: list[str]
    text: str
    url: str


class NearArticle(Shape):
    """An article near the question."""

    article_id: str
    slug: str
    title: str
    department: str
    score: float
    passage: NearPassage | None


class Elsewhere(Shape):
    """A text that speaks of the question and does not answer it."""

    kind: Literal["ended", "language"] = Field(description="It has ended, or is in the other language")
    article_id: str
    slug: str
    revision: int
    title: str
    department: str
    lang: str
    heading_path: list[str]
    url: str
    ended_at: At | None = Field(description="From when on it was in force no more, where it has ended")


class WhomToAsk(Shape):
    """The department to ask where nothing is said."""

    code: str
    name_zh: str
    name_en: str
    phone: str


class Answer(Shape):
    """The cited answer to one question, or an honest abstention; `kb ask --json` prints the same object."""

    answer_id: str
    question: str
    as_of: At
    known_at: At
    abstained: bool = Field(description="True where state is check or unknown")
    reason: str | None
    confidence: Annotated[float, Field(ge=0, le=1)]
    sentences: list[Sentence]
    citations: list[Citation]
    state: Literal["answered", "check", "unknown"] = Field(
        description="check: nothing is said, choices are offered; unknown: not in the knowledge base")
    notice: Notice | None
    degraded: list[str] = Field(description="Parts that were down, and what was left out of a question over its budget")
    ask_department: WhomToAsk | None
    section: Section | None = Field(description="Where the answer stands, whole")
    choices: Annotated[list[Choice], Field(max_length=3)] = Field(
        description="Sections that probably answer, most likely first; only where state is check. Where the rule "
                    "changed within read_as_of, the first one is followed by the same section of other revisions of "
                    "that time")
    next: list[NextStep] = Field(description="In reading order")
    read_as_of: TimeRead | None = Field(description="The time that the question named, and that it is answered for")
    no_rule_of: TimeRead | None = Field(description="A time that the question named and of which nothing is known: it "
                                                    "is answered as of as_of, and offered to be checked at most")
    rules: list[Rule] = Field(description="Where several rules were in force within read_as_of: each, earliest first. "
                                          "sentences are those of one of them, as of as_of")
    by_district: ByDistrict | None
    not_known_for: str | None = Field(description="The place that the question names and that no text speaks of; where "
                                                  "reason is unknown_issuer, a paper of another place; where "
                                                  "reason is unknown_document, the number of a document that no "
                                                  "article states or names as its basis")
    left_out: LeftOut | None
    differs: Annotated[list[Differs], Field(max_length=3)] = Field(
        description="What other articles in force say otherwise on what is cited or offered: to be told with it, and "
                    "to be checked; their departments have been told")
    elsewhere: Annotated[list[Elsewhere], Field(max_length=2)] = Field(
        description="Where nothing is said: what spoke of it and has ended, and what speaks of it in the other "
                    "language")
    nearest: list[NearArticle]
    engine: str
    composer: str
    reader: str | None = Field(description="local, or the endpoint's model; null where nothing was read")
    took_ms: float
    explain: dict[str, Any] = Field({}, description="Where it was asked for: why it was answered so")

"""Open signals of staleness."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from web.api.shapes.values import COUNT, At, Body, Cursor, Department, Page, Shape, Short, Slug

Severity = Literal["info", "warning", "serious"]


class SignalFilter(Body):
    """What narrows the list."""

    department: Department | None = None
    kind: Short | None = Field(None, description="review, ending, reference, basis, date, owner, unread …",
                               examples=["review"])
    severity: Severity | None = None
    article: Slug | None = None
    cursor: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=200), COUNT] = 50


class Evidence(Shape):
    """Words of a revision, from start to end of its text; or, where no text holds it, what ``source`` names. A whole
    revision has no quote."""

    quote: str
    source: str | None = Field(description="basis:N, department:CODE, answer:ID … where it is no stretch of a text")
    slug: str | None
    revision: int | None
    start: int
    end: int


class OpenSignal(Shape):
    """One piece of evidence that an article may be stale."""

    id: str
    article: str
    title: str
    department: str
    kind: str
    severity: Severity
    text: str = Field(description="Why, in the language of the request")
    since: At
    evidence: list[Evidence]


class OpenSignals(Page):
    """A page of open signals."""

    items: list[OpenSignal]

"""A department's desk: what it keeps true, and what came back to it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from web.api.shapes.values import COUNT, At, Body, Cursor, Department, Page, Shape


class DeskFilter(Body):
    """What narrows the list."""

    department: Department | None = None
    state: Literal["live", "scheduled", "waiting", "hidden", "unpublished", "retired", "expired"] | None = None
    review: Literal["overdue", "soon"] | None = Field(None, description="`soon`: due within 30 days")
    draft: Literal["mine", "any"] | None = Field(None, description="Being written: by oneself, or by anybody")
    limit: Annotated[int, Field(ge=1, le=100), COUNT] = 50
    cursor: Cursor | None = None


class Writing(Shape):
    """That somebody is writing."""

    id: str = Field(json_schema_extra={"format": "uuid"})
    author: str
    title: str
    updated_at: At


class WaitingText(Shape):
    """A text that was handed in and waits."""

    revision: int
    state: str
    title: str
    author: str


class DeskArticle(Shape):
    """An article as its department sees it."""

    slug: str
    title: str
    department: str
    state: Literal["live", "scheduled", "waiting", "hidden", "unpublished", "retired", "expired"]
    revision: int | None = Field(description="In force, to come, or the last that was; null before the first")
    audience: str
    effective_from: At | None
    effective_to: At | None
    review_by: At | None
    overdue: bool
    drafts: list[Writing]
    waiting: list[WaitingText]


class Desk(Page):
    """The articles of the departments that one writes or signs for, by slug."""

    items: list[DeskArticle]


class ReturnedFilter(Body):
    """Which part of the list."""

    limit: Annotated[int, Field(ge=1, le=100), COUNT] = 50
    cursor: Cursor | None = None


class ReturnReason(Shape):
    """Who sent a text back, for which department, and why."""

    department: str
    by: str
    reason: str


class ReturnedText(Shape):
    """A text that was rejected or withdrawn, and was not handed in anew."""

    slug: str
    revision: int
    title: str
    state: Literal["rejected", "withdrawn"]
    department: str
    author: str
    at: At
    reasons: list[ReturnReason]
    draft_id: str | None = Field(description="A draft of its article, in which it may be taken up already")


class Returned(Page):
    """What came back to the departments that one writes for, the last first."""

    items: list[ReturnedText]

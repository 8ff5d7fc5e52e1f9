"""What is out of sight: why, since when, by whom, until when."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from web.api.shapes.values import COUNT, At, Body, Cursor, Instant, Page, Reason, Shape, example


class Hiding(Body):
    """Why an article is hidden, and until when."""

    model_config = example(reason="金额有误，正在核对")

    reason: Reason
    until: Instant | None = Field(None, description="At most two days from now, as without it")


class Showing(Body):
    """What was found."""

    reason: Reason | None = None


class HiddenFilter(Body):
    """Which part of the list."""

    limit: Annotated[int, Field(ge=1, le=200), COUNT] = 50
    cursor: Cursor | None = None


class Hidden(Shape):
    """An article that is out of sight."""

    slug: str
    reason: str
    hidden_by: str
    hidden_at: At
    until: At | None = Field(description="Null: until it is shown again")
    signed_by: str | None = Field(description="Who signed besides, so that it lasts")


class HiddenArticles(Page):
    """What is out of sight now; what ends first stands first."""

    items: list[Hidden]


class Shown(Shape):
    """The article is seen again."""

    slug: str
    hidden: bool

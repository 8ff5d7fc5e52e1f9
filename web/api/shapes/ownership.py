"""An article on its way from one department to another."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from web.api.shapes.values import COUNT, At, Body, Cursor, Department, Page, Reason, Shape, Slug, example


class Moving(Body):
    """To which department an article goes, and for which of the two one signs."""

    model_config = example(to="fund", reason="职能划转")

    to: Department = Field(description="The department that is to have it")
    department: Department | None = Field(None, description="For which one signs, where one may for both")
    reason: Reason | None = Field(None, description="Who signs in the place of a department says why")


class MoveFilter(Body):
    """Which moves."""

    slug: Slug | None = Field(None, description="Only of this article")
    limit: Annotated[int, Field(ge=1, le=200), COUNT] = 50
    cursor: Cursor | None = None


class Move(Shape):
    """Who has asked that an article changes hands, and whose signature is waited for."""

    slug: str
    source: str = Field(alias="from")
    to: str
    reason: str
    opened_by: str
    opened_at: At
    waiting_for: list[str]
    done: bool = Field(description="Both have signed: it is the other department's")


class Moves(Page):
    """What is on its way, of the departments that the viewer may sign for; the longest waiting first."""

    items: list[Move]


class DroppedMove(Shape):
    """The article stays where it is."""

    slug: str
    dropped: bool

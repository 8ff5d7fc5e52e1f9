"""What is said of a text in review."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from web.api.shapes.values import COUNT, At, Body, Cursor, Department, Hash, Page, Plain, Reason, Shape, example

_PLACE = Annotated[int, Field(ge=0, le=9_999_999)]


class Commenting(Body):
    """What is said, and of which words: by the words themselves, or by their place in the source; else of all."""

    model_config = example(body="金额与文件不一致，请核对。")

    body: Annotated[Reason, Field(min_length=1)]
    quote: Annotated[Plain, Field(max_length=2_000)] = Field("", description="Words of the text as a reader sees them")
    near: _PLACE = Field(0, description="With `quote`: about how many characters that are no blanks stand before it")
    first: _PLACE = Field(0, description="Without `quote`: where the stretch begins in the source")
    past: _PLACE = Field(0, description="Without `quote`: where it ends, half-open")


class CommentFilter(Body):
    """Which part of the list."""

    limit: Annotated[int, Field(ge=1, le=300), COUNT] = 100
    cursor: Cursor | None = None


class Comment(Shape):
    """A comment; `first` and `past` bound its stretch of the source, both 0 where it is about all of it."""

    id: int
    revision: int
    first: int | None
    past: int | None
    quote: str
    body: str
    author: str
    written_at: At
    resolved_by: str | None
    resolved_at: At | None


class Comments(Page):
    """The comments on a revision, in the order in which they were written."""

    items: list[Comment]


class Resolved(Shape):
    """It is noted as done."""

    id: int
    resolved: bool


class ChangesAsked(Body):
    """The text that was shown, and for which department it is decided."""

    sha256: Hash
    department: Department | None = None

"""What somebody may do with a revision, and why."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from web.api.shapes.values import Body, Login, Shape


class RightsAsked(Body):
    """About whom it is asked."""

    person: Login | None = Field(None, description="Without it oneself; others are told of to knowledge managers and "
                                                   "administrators")


class RightReason(Shape):
    """Why, by a stable word, with the values that a sentence about it needs."""

    id: str
    facts: dict[str, Any]


class Right(Shape):
    """Whether it may be done. Of several hindrances all are told."""

    action: str
    may: bool
    reasons: list[RightReason]


class Rights(Shape):
    """What a person may do with a revision now."""

    slug: str
    revision: int
    person: str
    rights: list[Right]

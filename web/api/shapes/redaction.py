"""The erasure of a revision's words by law."""

from __future__ import annotations

from pydantic import Field

from web.api.shapes.values import Body, Reason, Shape, example


class Redacting(Body):
    """By which law or decision the words are erased."""

    model_config = example(reason="法院裁定")

    reason: Reason


class Redaction(Shape):
    """Where an erasure stands."""

    slug: str
    revision: int
    redacted: bool = Field(description="The words are gone; hash, signatures and dates stay")

"""What a check before submitting found, as it is sent."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from web.api.shapes.values import At, Lang, Shape


class CheckStretch(Shape):
    """A stretch of the live text or of the draft."""

    source: Literal["live", "draft"]
    quote: str = Field(description="What a reader sees of it")
    start: int
    end: int
    heading_path: list[str]


class CheckQuestion(Shape):
    """A question of the answer log."""

    answer_id: str
    text: str = Field(description="Personal numbers masked; empty for who may not read it, and when it was pruned")
    lang: Lang
    asked: int


class CheckFinding(Shape):
    """One thing to look at."""

    kind: Literal["lost", "changed", "gained", "reference", "title", "basis", "reading", "hidden"]
    message: str = Field(description="What was found, as a word for programs")
    said_zh: str
    said_en: str
    facts: dict[str, Any]
    before: list[CheckStretch]
    after: list[CheckStretch]
    question: CheckQuestion | None
    score: float


class CheckCounts(Shape):
    """How many findings there are of each kind."""

    lost: int
    changed: int
    gained: int
    reference: int
    title: int
    basis: int
    reading: int
    hidden: int


class CheckContradiction(Shape):
    """Another article that states it otherwise."""

    article: str = Field(description="The other article's slug")
    title: str
    revision: int
    revision_id: str
    quote: str = Field(description="What it says")
    start: int
    end: int
    own: str = Field(description="What the draft says")
    own_start: int
    own_end: int
    kind: str = Field(description="The kind of figure; stance: what is asked for in one and waived in the other")
    score: float


class Check(Shape):
    """What one check of one version of a draft found, the gravest first. It is advice, and keeps nobody from anything.
    """

    draft_id: str = Field(json_schema_extra={"format": "uuid"})
    version: int
    base: int | None = Field(description="The published revision that it was compared with")
    checked_at: At
    took_ms: float
    questions: int = Field(description="Questions of the log that were looked at")
    is_complete: bool = Field(description="False: time was up before all were read")
    degraded: list[str]
    counts: CheckCounts
    findings: list[CheckFinding]
    contradictions: list[CheckContradiction]


class CheckOf(Shape):
    """The last check of a draft or of a revision; null where there was none, or none that one may read."""

    check: Check | None
    is_current: bool = Field(description="Whether the text is still as it was checked")

"""What is said of answers and search results, and what becomes of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from web.api.shapes.values import COUNT, At, Body, Cursor, Department, Page, Plain, Said, Shape, Slug, example

Verdict = Literal["right", "wrong", "outdated", "incomplete"]
FeedbackState = Literal["open", "accepted", "declined", "mended"]
Target = Literal["answer", "citation", "result", "refusal"]
Note = Annotated[Plain, Field(max_length=500, description="In a few words, without personal data; numbers are masked")]


class Judged(Body):
    """What you think of an answer, or of one of its citations."""

    model_config = example(verdict="outdated", note="窗口已经搬到二楼")

    verdict: Verdict = Field(description="Of a refusal: right, it should not be answered; wrong, an article says it; "
                                         "incomplete, an article is missing")
    note: Note | None = None
    citation: Annotated[int, Field(ge=1, le=999)] | None = Field(None, description="Its number; none: the whole answer")


class JudgedResult(Body):
    """What you think of a passage that a search gave."""

    slug: Slug
    revision: Annotated[int, Field(ge=1, le=999_999)]
    start: Annotated[int, Field(ge=0, le=9_999_999)]
    end: Annotated[int, Field(ge=1, le=9_999_999)]
    q: Annotated[Said, Field(max_length=2_000, description="The words that were searched")]
    verdict: Verdict
    note: Note | None = None


class GivenFeedback(Shape):
    """A verdict as it stands."""

    id: str = Field(json_schema_extra={"format": "uuid"})
    target: Target
    citation: int | None
    verdict: Verdict
    note: str
    state: FeedbackState
    given_at: At


class FeedbackFilter(Body):
    """What narrows the list."""

    state: FeedbackState = "open"
    department: Department | None = None
    article: Slug | None = None
    limit: Annotated[int, Field(ge=1, le=200), COUNT] = 50
    cursor: Cursor | None = None


class OwnFeedbackFilter(Body):
    """How much of the list."""

    limit: Annotated[int, Field(ge=1, le=200), COUNT] = 50
    cursor: Cursor | None = None


class FeedbackItem(Shape):
    """A verdict with what it is about."""

    id: str = Field(json_schema_extra={"format": "uuid"})
    target: Target
    verdict: Verdict
    note: str
    given_by: str
    given_at: At
    state: FeedbackState
    department: str | None = Field(description="Who must mend it; null where a refusal named nobody")
    answer_id: str | None
    question: str = Field(description="Empty once it is no longer kept")
    slug: str | None
    title: str
    revision: int | None
    start: int
    end: int
    quote: str = Field(description="The words that are meant, from start to end of the revision")
    resolved_by: str | None
    resolved_at: At | None
    reply: str


class FeedbackItems(Page):
    """One page of verdicts."""

    items: list[FeedbackItem]


class Resolving(Body):
    """What becomes of a verdict; declining says why."""

    model_config = example(state="accepted", reply="已修改，明天发布")

    state: FeedbackState
    reply: Annotated[Plain, Field(max_length=500)] = ""
    seen: FeedbackState | None = Field(None, description="The state in which you saw it; what stands otherwise is not "
                                                         "overwritten. Needed to turn another's answer round")


class FeedbackResolved(Shape):
    """That it was answered."""

    id: str = Field(json_schema_extra={"format": "uuid"})
    state: FeedbackState

"""Gaps, and calls that were told a text which has been replaced."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from web.api.shapes.values import COUNT, At, Body, Cursor, Department, Page, Plain, Shape, Slug, example

GapState = Literal["open", "drafting", "solved", "dismissed"]
CallbackState = Literal["open", "called", "not_needed"]
Note = Annotated[Plain, Field(max_length=500)]


class GapFilter(Body):
    """What narrows the list of gaps."""

    state: GapState = "open"
    department: Department | None = None
    limit: Annotated[int, Field(ge=1, le=200), COUNT] = 50
    cursor: Cursor | None = None


class Gap(Shape):
    """Questions without an answer that mean the same."""

    id: str = Field(json_schema_extra={"format": "uuid"})
    name: str = Field(description="The most central of its questions; empty once none is kept")
    questions: list[str] = Field(description="Others of them, each wording once")
    asked: int
    first_asked_at: At
    last_asked_at: At
    state: GapState
    department: str | None = Field(description="Whose it seems to be; null: the knowledge managers'")
    slug: str | None = Field(description="The article that it lies nearest to")
    title: str = Field(description="That article's title; empty where there is none")
    answer_id: str
    decided_by: str | None
    decided_at: At | None
    note: str


class Gaps(Page):
    """One page of gaps."""

    items: list[Gap]


class GapDecision(Body):
    """What becomes of a gap; dismissing says why."""

    model_config = example(state="dismissed", note="不属于热线受理范围")

    state: GapState
    note: Note = ""


class CallbackFilter(Body):
    """What narrows the callback list."""

    state: CallbackState | None = None
    department: Department | None = None
    article: Slug | None = None
    limit: Annotated[int, Field(ge=1, le=200), COUNT] = 50
    cursor: Cursor | None = None


class ToldDifference(Shape):
    """What a caller was told, and what holds now."""

    kind: Literal["figure", "denial", "duty", "bound", "dropped", "moved"]
    was: str
    now: str = Field(description="Empty where nothing stands for it")


class Callback(Shape):
    """A call that was told a text which has been replaced."""

    id: str = Field(json_schema_extra={"format": "uuid"})
    answer_id: str
    call_ref: str | None
    asked_at: At
    question: str
    slug: str
    title: str
    department: str
    was_revision: int
    now_revision: int
    differences: list[ToldDifference]
    state: CallbackState
    found_at: At
    done_by: str | None
    done_at: At | None
    note: str


class Callbacks(Page):
    """One page of the callback list."""

    items: list[Callback]


class CallbackDone(Body):
    """What became of a call; not needed says why."""

    model_config = example(state="called", note="已告知新标准")

    state: CallbackState
    note: Note = ""


class StateNow(Shape):
    """How it stands now."""

    id: str = Field(json_schema_extra={"format": "uuid"})
    state: str

"""Asking, searching, completing: what is sent, passages and titles."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from retriever.records import CALL_REF_CHARS
from web.api.shapes.values import (
    COUNT,
    At,
    Audience,
    Body,
    Cursor,
    Department,
    Instant,
    Lang,
    Page,
    Said,
    Shape,
    Short,
    example,
)

_MOST_TURNS = 200  # the most that the setting allows; how many are taken, the setting says
AS_OF = "Valid time: answer by the rules of this instant or day; default now"
KNOWN_AT = "System time: as the knowledge base stood then; default now"
_NARROWS = "Narrows what the viewer may see, never widens it"


class Turn(Shape):
    """An earlier turn of the dialogue."""

    role: Literal["user", "agent"]
    text: Said


class Question(Body):
    """A question in its dialogue."""

    model_config = example(question="社保卡丢了怎么补办", as_of="2026-03-01")

    question: Said = Field(description="At most 2,000 characters, unless limits.question_chars says otherwise")
    as_of: Instant | None = Field(None, description=AS_OF)
    known_at: Instant | None = Field(None, description=KNOWN_AT)
    department: Department | None = Field(None, description="Only articles of this department")
    audience: Audience | None = Field(None, description=_NARROWS)
    lang: Lang | None = Field(None, description="Only articles in this language")
    history: Annotated[list[Turn], Field(max_length=_MOST_TURNS)] | None = Field(
        None, description="Earlier turns, oldest first: at most limits.history_turns (40)")
    explain: bool = Field(False, description="For staff only: why it was answered so")
    read_time: bool = Field(True, description="Whether a time that the question names is the time it is answered for; "
                                              "as_of wins in any case")
    call_ref: Annotated[Short, Field(max_length=CALL_REF_CHARS)] | None = Field(
        None, description="The call, as the hotline numbers it; kept beside the answer, for nothing else")


class Search(Body):
    """Words to search, and what narrows it."""

    q: Said = Field(description="The words, at most 2,000 characters", examples=["公积金 提取"])
    as_of: Instant | None = Field(None, description=AS_OF)
    known_at: Instant | None = Field(None, description=KNOWN_AT)
    department: Department | None = None
    audience: Audience | None = Field(None, description=_NARROWS)
    lang: Lang | None = None
    limit: Annotated[int, Field(ge=1, le=50), COUNT] = 10
    cursor: Cursor | None = None


class Typed(Body):
    """What has been typed so far."""

    q: Said = Field(description="At most 100 characters; Chinese, English or pinyin", examples=["gjj"])
    limit: Annotated[int, Field(ge=1, le=20), COUNT] = 8


class Hit(Shape):
    """A passage of a live revision."""

    article_id: str
    slug: str
    revision: int
    title: str
    department: str
    lang: Lang
    audience: Audience
    heading_path: list[str]
    text: str
    body: str = Field(description="What a page shows of the text, below its headings")
    start: int
    end: int
    score: float
    effective_from: At
    effective_to: At | None
    url: str


class Hits(Page):
    """One page of passages, best first."""

    items: list[Hit]
    took_ms: float
    degraded: list[str]


class Suggestion(Shape):
    """A title that goes with what has been typed, or a known question that the article answers."""

    slug: str
    title: str
    department: str
    question: str | None


class Suggestions(Page):
    """Titles, best first; there is no second page."""

    items: list[Suggestion]

"""Where a figure is used, and one change of it carried into the articles that state it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from kb.markup.facts.sought import LONGEST
from web.api.shapes.values import Body, Plain, Reason, Shape, Slug, example

Figure = Annotated[Plain, Field(min_length=1, max_length=LONGEST, examples=["0540-8811600"],
                                description="One figure as a text has it, with its unit: a phone, a sum, a date …")]
Standing = Literal["live", "scheduled", "waiting", "draft"]


class WhereUsedFilter(Body):
    """What is sought."""

    q: Figure


class Sought(Shape):
    """What was understood: a number is sought by its digits, a sum by its value and unit."""

    kind: str
    value: str
    unit: str


class Place(Shape):
    """A place that states the figure; offsets count characters of the text's source."""

    slug: str
    title: str
    department: str
    standing: Standing
    number: int | None = Field(description="Of the revision; null for a draft")
    draft_id: str | None
    author: str = Field(description="Of a draft; else empty")
    start: int
    end: int
    quote: str
    before: str = Field(description="What stands before it on its line")
    after: str
    shown: list[str] = Field(description="What a reader sees of the three: before, quote, after")
    attribute: str = Field(description="What the figure is of")
    conditions: list[str] = Field(description="Headings, rows and words that say when it holds")


class WhereUsed(Shape):
    """Every place that the asker may read, by article."""

    sought: Sought
    articles: int
    places: list[Place]
    is_cut: bool = Field(description="There are more places")
    is_whole: bool = Field(description="False while published texts wait to be read for the first time")


class Carrying(Body):
    """One figure for another, in every article that states it, or in those that are named."""

    model_config = example(old="0540-8811600", new="0540-8811699", note="号码变更")

    old: Figure
    new: Figure
    slugs: Annotated[list[Slug], Field(max_length=200)] | None = None
    note: Reason = Field("", description="The drafts' change note")


class CarriedDraft(Shape):
    """A draft that states the new figure."""

    slug: str
    title: str
    department: str
    draft_id: str
    places: int


class LeftArticle(Shape):
    """An article that got no draft."""

    slug: str
    title: str
    department: str
    reason: Literal["not_yours", "has_draft", "not_newest"] = Field(
        description="Another department writes it; you have a draft with one of the figures already; its newest "
                    "published text does not state it")


class Carried(Shape):
    """What became of the change; nothing is published by it."""

    old: str
    new: str
    drafts: list[CarriedDraft]
    left: list[LeftArticle]

"""Known questions, and what agents do with an answer."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from web.api.shapes.values import COUNT, At, Body, Cursor, HeadingPath, Lang, Page, Plain, Shape, Short, example

State = Literal["proposed", "released", "dropped"]


class KnownFilter(Body):
    """What narrows the list of known questions."""

    state: State | None = None
    limit: Annotated[int, Field(ge=1, le=200), COUNT] = 50
    cursor: Cursor | None = None


class NewKnown(Body):
    """A question, and the section that answers it."""

    model_config = example(heading_path=["补领"], text="医保卡丢了到哪里补")

    heading_path: HeadingPath = Field(description="With or without the title; none for the text before the first "
                                                  "heading")
    text: Annotated[Plain, Field(max_length=200)]
    release: bool = Field(False, description="At once, by who may release")


class KnownQuestion(Shape):
    """A question that a section is known to answer."""

    id: str = Field(json_schema_extra={"format": "uuid"})
    article_id: str
    slug: str
    heading_path: list[str]
    text: str
    lang: Lang
    state: State
    answer_id: str | None = Field(description="The answer that it was asked for")
    proposer: str
    proposed_at: At
    releaser: str | None
    released_at: At | None
    dropper: str | None
    dropped_at: At | None
    is_orphaned: bool = Field(description="No text in force or ahead has its heading")


class KnownQuestions(Page):
    """One page of known questions."""

    items: list[KnownQuestion]


class SectionUsed(Body):
    """A section as the answer gave it; further members are left alone."""

    model_config = ConfigDict(extra="ignore")

    article_id: Short
    heading_path: HeadingPath


class Used(Body):
    """What an agent did with which section: `section`, or `citation` with its number; one of the two."""

    section: SectionUsed | None = None
    citation: Annotated[int, Field(ge=1, le=999)] | None = None
    action: Literal["opened", "copied", "chosen"]

    @model_validator(mode="after")
    def one_of_the_two(self) -> Used:
        """Refuse both, and neither."""
        if (self.citation is None) == (self.section is None):
            raise PydanticCustomError("bad_value", "send section with its article_id and heading_path, or citation "
                                      "with a number")
        return self


class Noted(Shape):
    """What came of it."""

    known: KnownQuestion | None
    reason: Literal["shown", "not_kept", "personal", "not_yours", "full", "unfit"] | None = Field(
        description="Why there is no known question; one that may tell who called is not proposed")

"""Drafts as those who write see and send them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from web.api.shapes.articles import Basis
from web.api.shapes.values import (
    COUNT,
    At,
    Audience,
    Body,
    Cursor,
    Department,
    Hash,
    Instant,
    Lang,
    Login,
    Page,
    Plain,
    Shape,
    Slug,
    example,
)


def day_of(value: object) -> object:
    try:
        return date.fromisoformat(value) if isinstance(value, str) and value else value or None
    except ValueError as error:
        raise PydanticCustomError("bad_date", "not a day; write 2026-03-01") from error


def _unsaid(schema: dict[str, Any]) -> None:
    """What is left out stays as it is: there is no default to tell of."""
    schema.pop("default", None)


Day = Annotated[date | None, BeforeValidator(day_of)]
Word = Annotated[Plain, Field(min_length=1, max_length=100)]
Words = Annotated[list[Word], Field(max_length=200)]


class BasisGiven(Shape):
    """A document that the article rests on."""

    title: Annotated[Plain, Field(min_length=1, max_length=300)]
    number: Annotated[Plain, Field(max_length=100)] | None = ""
    issuer: Annotated[Plain, Field(max_length=200)] | None = ""
    date: Day = None
    url: Annotated[Plain, Field(max_length=500)] | None = ""


class TextChange(Body):
    """The members of a text to change; those that are not sent stay. Owner, author and state are no members."""

    model_config = example(source="每周三前免费申请。", change_note="写明截止时间")

    title: Annotated[Plain, Field(max_length=300)] = ""
    source: Plain = Field("", description="Markdown, at most limits.article_bytes")
    summary: Annotated[Plain, Field(max_length=2_000)] = ""
    lang: Lang = Field("zh", json_schema_extra=_unsaid, description="Of a new draft without it: as its text reads")
    category: Annotated[Plain, Field(max_length=100)] = ""
    keywords: Words = Field([])
    synonyms: Words = Field([])
    audience: Audience = Field("public", json_schema_extra=_unsaid, description="Of a new draft without it: public")
    co_owners: Annotated[list[Department], Field(max_length=200)] = Field([])
    effective_from: Instant | None = None
    effective_to: Instant | None = Field(None, description="Null: it stays in force")
    review_by: Instant | None = Field(None, description="Null: it is never to be reviewed")
    basis: Annotated[list[BasisGiven], Field(max_length=50)] = Field([])
    change_note: Annotated[Plain, Field(max_length=2_000)] = ""
    is_minor: bool = Field(False, json_schema_extra=_unsaid)


class NewDraft(TextChange):
    """A text, and the article that it is for."""

    model_config = example(
        slug="booth-booking-example", department="hrss", title="招聘会展位申请", source="免费申请。")

    slug: Slug
    department: Department = Field(description="The article's owner")


class TextTaken(Body):
    """Which text to begin with."""

    model_config = example()

    revision: Annotated[int, Field(ge=1, le=999_999)] | None = Field(
        None, description="A rejected, withdrawn or old revision; else the newest published one")


class Rollback(Body):
    """Whose words come back."""

    revision: Annotated[int, Field(ge=1, le=999_999)] = Field(description="An earlier published revision")


class DraftFilter(Body):
    """What narrows the list of drafts."""

    slug: Slug | None = None
    author: Login | None = None
    limit: Annotated[int, Field(ge=1, le=200), COUNT] = 50
    cursor: Cursor | None = None


class ListedDraft(Shape):
    """A draft without its text."""

    id: str = Field(json_schema_extra={"format": "uuid"})
    slug: str
    department: str
    author: str
    version: int
    base: int | None = Field(description="The published revision that it rests on")
    newest: int | None = Field(description="The newest published revision now")
    must_rebase: bool
    title: str
    created_at: At
    updated_at: At


class Drafts(Page):
    """One page of drafts, last saved first."""

    items: list[ListedDraft]


class Attachment(Shape):
    """A file that belongs to a text, by its hash."""

    name: str
    sha256: str


class Text(Shape):
    """A text with everything that is signed."""

    title: str
    source: str = Field(description="Markdown")
    summary: str
    lang: Lang
    category: str
    keywords: list[str]
    synonyms: list[str]
    audience: Audience
    co_owners: list[str]
    effective_from: At
    effective_to: At | None
    review_by: At | None
    basis: list[Basis]
    attachments: list[Attachment]
    change_note: str
    is_minor: bool


class Draft(ListedDraft):
    """A draft with its text; its ETag is its version."""

    text: Text
    undecided: dict[str, Any] = Field(
        description="Fields that a merge left to choose, with what the published revision says; saving chooses")
    conflicts: list[str] = Field([], description="After a merge: fields that both sides changed differently. In the "
                                                 "source both stand between marks; of others the draft's value stayed")


class Discarded(Shape):
    """The draft is gone."""

    id: str
    discarded: bool


class Submitted(Shape):
    """The revision that a draft became."""

    slug: str
    revision: int
    state: str
    sha256: Hash
    url: str

"""Articles and revisions as readers see them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from web.api.shapes.moves import Owed
from web.api.shapes.values import COUNT, At, Audience, Body, Cursor, Department, Lang, Page, Shape


class ArticleFilter(Body):
    """What narrows the list of articles."""

    department: Department | None = None
    lang: Lang | None = Field(None, description="Language of the articles")
    limit: Annotated[int, Field(ge=1, le=200), COUNT] = 50
    cursor: Cursor | None = None


class ListedArticle(Shape):
    """A live article."""

    article_id: str
    slug: str
    revision: int
    title: str
    lang: Lang
    audience: Audience
    department: str
    effective_from: At
    effective_to: At | None
    review_by: At | None
    url: str


class Articles(Page):
    """One page of live articles, ordered by slug."""

    items: list[ListedArticle]


class Standing(Shape):
    """Where a revision stands today."""

    status: Literal["in_force", "scheduled", "expired", "superseded", "retired", "unpublished"]
    since: At | None
    until: At | None
    by: int | None = Field(description="The revision that took or will take its place")


class Decision(Shape):
    """Who signed or rejected a revision, for which department."""

    signer: str
    department: str | None
    decision: Literal["signed", "rejected"]
    reason: str
    at: At


class Paging(Body):
    """Which part of a list."""

    limit: Annotated[int, Field(ge=1, le=200), COUNT] = 200
    cursor: Cursor | None = None


class RevisionEntry(Shape):
    """A line of the changelog."""

    revision: int
    title: str
    state: str
    audience: Audience
    effective_from: At
    effective_to: At | None
    published_at: At | None
    change_note: str
    is_minor: bool
    standing: Standing
    sha256: str
    decisions: list[Decision] = Field(description="For the staff; empty for others")


class Revisions(Page):
    """The changelog, newest first."""

    items: list[RevisionEntry]


class Basis(Shape):
    """A document that an article rests on."""

    title: str
    number: str
    issuer: str
    date: str | None
    url: str


class Retirement(Shape):
    """When an article was taken back, why, and which other follows it."""

    at: At
    reason: str
    successor: str | None


class OutOfSight(Shape):
    """Why an article is hidden now, since when, by whom, until when."""

    reason: str
    hidden_by: str
    hidden_at: At
    until: At | None = Field(description="Null: until it is shown again")
    signed_by: str | None = Field(description="Who signed besides, so that it lasts")


class File(Shape):
    """A file that a text carries."""

    name: str
    sha256: str
    media_type: str | None = Field(description="Null: it is not kept here")
    bytes: int | None
    url: str | None = Field(description="Where a browser saves it")


class Revision(Shape):
    """A revision with its text."""

    article_id: str
    slug: str
    revision: int
    live_revision: int | None
    sha256: str
    title: str
    source: str = Field(description="Markdown; what no page shows, comments and link definitions, is blanks of the "
                        "same length for who does not write for its departments")
    summary: str
    lang: Lang
    category: str
    keywords: list[str]
    audience: Audience
    department: str
    co_owners: list[str]
    effective_from: At
    effective_to: At | None
    review_by: At | None
    published_at: At | None
    change_note: str
    basis: list[Basis]
    attachments: list[File]
    standing: Standing
    retirement: Retirement | None
    hidden: OutOfSight | None = Field(description="To the staff, while the article is out of everybody's sight")
    owed: Owed | None = Field(description="To the staff, while signatures are owed for an urgent publication")
    url: str

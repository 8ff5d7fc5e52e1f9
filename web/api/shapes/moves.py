"""What is decided on a revision or an article, and where it stands afterwards."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from web.api.shapes.values import COUNT, At, Body, Cursor, Department, Hash, Instant, Page, Reason, Shape, Slug, example


class ReviewFilter(Body):
    """Whose signatures are waited for."""

    department: Department | None = Field(None, description="Only what waits for this department")
    limit: Annotated[int, Field(ge=1, le=200), COUNT] = 50
    cursor: Cursor | None = None


class Signing(Body):
    """The text that was shown, and for which department it is decided."""

    sha256: Hash
    department: Department | None = None
    reason: Reason | None = Field(None, description="Who signs in the place of an absent department says why")


class Rejecting(Body):
    """The text that was shown, and why it is refused."""

    sha256: Hash
    department: Department | None = None
    reason: Reason | None = Field(None, description="What its author is told; required")


class Withdrawing(Body):
    """Why a text is taken back."""

    reason: Reason | None = None


class UrgentPublishing(Body):
    """Why a publication cannot wait."""

    model_config = example(reason="台风停课，今晚生效")

    reason: Reason


class Retiring(Body):
    """Why an article is taken back, or which other follows it; one of the two."""

    model_config = example(reason="该业务已停办")

    reason: Reason | None = None
    successor: Slug | None = None


class Confirming(Body):
    """When the text must be looked at again."""

    model_config = example(review_by="2099-01-01", note="与文件核对无误")

    review_by: Instant
    note: Reason | None = None
    sha256: Hash | None = Field(None, description="Of the text that was looked at; refused where another is in force")


class InReview(Shape):
    """A revision that waits for signatures."""

    slug: str
    revision: int
    title: str
    author: str
    sha256: str
    submitted_at: At
    waiting_for: list[str]
    minor: bool = Field(description="Its owner alone signs")
    owed_by: At | None = Field(description="Of what was published urgently and is not paid for: until when")
    overdue: bool
    refused_by: list[str] = Field(description="Departments that would not sign what was published urgently")


class Reviews(Page):
    """The revisions in review that the viewer may know, the longest waiting first."""

    items: list[InReview]


class Moved(Shape):
    """Where a revision stands now."""

    slug: str
    revision: int
    state: Literal["in_review", "approved", "published", "withdrawn", "rejected"]
    sha256: str
    waiting_for: list[str] = Field([], description="After a signature or an urgent publication: the departments whose "
                                                     "signatures are missing")


class Refusal(Shape):
    """A department that would not sign, by whom, and why."""

    department: str
    by: str
    reason: str


class Owed(Shape):
    """Whose signatures are missing, until when they may, and why the publication could not wait."""

    departments: list[str]
    due_at: At
    overdue: bool
    published_by: str
    reason: str
    refused: list[Refusal]


class Owing(Shape):
    """What is owed for a revision."""

    slug: str
    revision: int
    owed: Owed | None = Field(description="Null: nothing")


class Retired(Shape):
    """The article is in no answer any more."""

    slug: str
    retired: bool
    successor: str | None


class Confirmed(Shape):
    """The text is still right."""

    slug: str
    review_by: At

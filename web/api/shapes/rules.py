"""How often a text's owner signs, and the categories that a text may have."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from web.api.shapes.values import COUNT, Body, Cursor, Department, Page, Shape, Short, example

_Category = Annotated[Short, Field(max_length=100)]


class RuleFilter(Body):
    """Which part of a list."""

    limit: Annotated[int, Field(ge=1, le=200), COUNT] = 200
    cursor: Cursor | None = None


class RuleGiven(Body):
    """How often the owner signs; without a department or a category it is said of any."""

    model_config = example(department="hrss", owner_signatures=2)

    department: Department | None = None
    category: _Category | None = None
    owner_signatures: Annotated[int, Field(ge=1, le=5)]


class SignatureRule(Shape):
    """How often the owner signs. A department's rule counts before a category's, that of both before either."""

    department: str | None = Field(description="Null: any")
    category: str | None = Field(description="Null: any")
    owner_signatures: int


class SignatureRules(Page):
    """The rules; without any the owner signs once."""

    items: list[SignatureRule]


class CategoryGiven(Body):
    """A category to add, or to change."""

    model_config = example(category="社会保障", risk="high", review_days=180)

    category: _Category
    risk: Literal["low", "normal", "high"] = "normal"
    review_days: Annotated[int, Field(ge=1, le=3_650)] | None = Field(
        None, description="How long a text may go unreviewed; null: hotline.review_days")


class Category(Shape):
    """A category with its risk and its review interval."""

    category: str
    risk: Literal["low", "normal", "high"]
    review_days: int | None = Field(description="Null: hotline.review_days")


class Categories(Page):
    """The categories that a text may have."""

    items: list[Category]

"""Departments: what they are called, who heads them, how they are reached, and what becomes of them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kb.people.department_editing import LONGEST_PHONE, MOST_PEOPLE
from kb.people.people import LOGIN
from web.api.shapes.values import COUNT, At, Body, Cursor, Login, Page, Plain, Shape, Short, Slug, example
from web.api.shapes.values import Department as Code

_Brief = Annotated[Plain, Field(max_length=LONGEST_PHONE)]


class DepartmentFilter(Body):
    """Which part of the list."""

    limit: Annotated[int, Field(ge=1, le=200), COUNT] = 200
    cursor: Cursor | None = None


class Contact(Shape):
    """Somebody who is reached at a phone."""

    name: _Brief = ""
    phone: Annotated[_Brief, Field(min_length=1)]


class Department(Shape):
    """A department with its people."""

    code: str
    name_zh: str
    name_en: str
    phone: str
    head: str = Field(description="A login; empty for nobody")
    deputies: list[str]
    contacts: list[Contact]
    district: str
    successor: str | None = Field(description="Of a dissolved one: who has its articles")
    dissolved_at: At | None


class Departments(Page):
    """The departments by their codes, the dissolved ones too."""

    items: list[Department]


class DepartmentChange(Body):
    """Who heads it, how it is reached, its district; a member that is not sent, or null, leaves what stands."""

    model_config = example(phone="0540-8810100")

    phone: _Brief | None = None
    head: Annotated[str, Field(pattern=f"^(?:{LOGIN.pattern})?$")] | None = Field(
        None, description="A login; empty for nobody")
    deputies: Annotated[list[Login], Field(max_length=MOST_PEOPLE)] | None = None
    contacts: Annotated[list[Contact], Field(max_length=MOST_PEOPLE)] | None = None
    district: _Brief | None = Field(None, description="One of hotline.districts; empty for none")


class Renaming(Body):
    """Other names; the code stays."""

    model_config = example(name_zh="市人力资源局", name_en="Human Resources Bureau")

    name_zh: Short
    name_en: Short


class Merging(Body):
    """The department that has everything from now on."""

    into: Code


class Splitting(Body):
    """Which articles go, and to which department; one that is to be made has names."""

    model_config = example(into="talent", name_zh="市人才局", name_en="Talent Bureau",
                           articles=["social-card-loss-reissue"])

    into: Code
    articles: Annotated[list[Slug], Field(min_length=1, max_length=10_000)]
    name_zh: Short | None = Field(None, description="Of a department that is to be made")
    name_en: Short | None = Field(None, description="Of a department that is to be made")


class Dissolving(Body):
    """Who has its articles from now on."""

    successor: Code | None = Field(None, description="Needed where it has articles")


class Reorganised(Shape):
    """The articles that changed hands, and who had roles of the department, which mean nothing now."""

    code: str
    successor: str | None
    articles: list[str]
    people: list[str]

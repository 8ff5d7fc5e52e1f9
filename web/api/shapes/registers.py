"""The phone ledger, the register of basis documents, and the pages that texts name as their source."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from web.api.shapes.drafts import Day
from web.api.shapes.values import COUNT, At, Body, Cursor, Department, Page, Shape, Short, example

PhoneStanding = Literal["listed", "retired", "to_come"]
Status = Literal["in_force", "amended", "repealed"]
_Name = Annotated[Short, Field(max_length=200)]
_Note = Annotated[Short, Field(max_length=500)]
_Number = Annotated[Short, Field(max_length=40, description="A telephone number, however it is written")]
_DateOnly = Annotated[str, Field(json_schema_extra={"format": "date"})]


class RegisterFilter(Body):
    """Which part of a register; ``q`` holds words of which each stands in an entry."""

    q: Annotated[Short | None, Field(max_length=100, description="Words; each must stand in the entry")] = None
    limit: Annotated[int, Field(ge=1, le=200), COUNT] = 50
    cursor: Cursor | None = None


class PhoneFilter(RegisterFilter):
    """Which numbers."""

    department: Department | None = None
    standing: PhoneStanding | None = None


class PhoneGiven(Body):
    """What the ledger is to say of a number."""

    model_config = example(number="0599-5550100", name_zh="社保咨询电话", department="hrss", hours="工作日 9:00–17:00")

    number: _Number
    name_zh: _Name
    name_en: _Name | None = None
    department: Department | None = None
    hours: _Name | None = None
    valid_from: Day = Field(None, description="Listed from this day; null: since ever")
    valid_to: Day = Field(None, description="No longer listed from this day; null: no end")
    replaced_by: _Number | None = Field(None, description="The number to call instead")
    note: _Note | None = None


class PhoneRetired(Body):
    """From which day a number is listed no longer."""

    model_config = example(on="2026-12-01", replaced_by="0599-5550101")

    on: Day = Field(None, description="Null: from today")
    replaced_by: _Number | None = None
    note: _Note | None = None


class Phone(Shape):
    """A number that the hotline gives out, or gave out."""

    id: str
    version: int
    number: str = Field(description="Digits alone")
    name_zh: str
    name_en: str
    department: str | None
    hours: str
    valid_from: _DateOnly | None
    valid_to: _DateOnly | None
    replaced_by: str
    note: str
    standing: PhoneStanding
    updated_at: At
    updated_by: str


class Phones(Page):
    """One page of the ledger, by number."""

    items: list[Phone]


class DocumentFilter(RegisterFilter):
    """Which documents."""

    status: Status | None = None


class DocumentGiven(Body):
    """What the register is to say of a document itself."""

    model_config = example(title="失业保险条例", number="国务院令第258号", issuer="国务院", issued_on="1999-01-22")

    title: Annotated[Short, Field(max_length=300)]
    number: Annotated[Short, Field(max_length=100)] | None = Field(None, description="As the document has it")
    issuer: _Name | None = None
    issued_on: Day = None
    effective_from: Day = None
    effective_to: Day = Field(None, description="No longer in force from this day, as the document itself says")
    url: Annotated[Short, Field(max_length=500, pattern="^https?://")] | None = None
    note: _Note | None = None


class DocumentStanding(Body):
    """How a document stands, from which day, and by which other; for `in_force` the rest is left out."""

    model_config = example(status="repealed", changed_on="2026-12-01", changed_by="国务院令第800号")

    status: Status
    changed_on: Day = None
    changed_by: Annotated[Short, Field(max_length=300)] | None = Field(
        None, description="The number or title of the document that did it; one of the register is linked")
    note: _Note | None = None


class Document(Shape):
    """A document that articles rest on."""

    id: str
    version: int
    title: str
    number: str
    issuer: str
    issued_on: _DateOnly | None
    effective_from: _DateOnly | None
    effective_to: _DateOnly | None
    url: str
    note: str
    status: Status
    changed_on: _DateOnly | None
    changed_by_id: str | None
    changed_by_text: str
    changed_by: str
    updated_at: At
    updated_by: str


class Documents(Page):
    """One page of the register."""

    items: list[Document]


class Taken(Shape):
    """What came of filling the register from the basis entries of texts in force."""

    added: int
    named: int


class FieldChange(Shape):
    """A field that was changed."""

    field: str
    before: str | int | None
    after: str | int | None


class RowChange(Shape):
    """One act on an entry."""

    at: At
    actor: str
    action: str
    origin: str
    changes: list[FieldChange]


class RowHistory(Shape):
    """What was done to an entry, the newest first, at most a hundred acts."""

    items: list[RowChange]


class LinkFilter(Body):
    """Which pages."""

    which: Literal["trouble", "unseen", "all"] = Field(
        "trouble", description="trouble: gone or saying something else; unseen: not looked at")
    limit: Annotated[int, Field(ge=1, le=200), COUNT] = 50
    cursor: Cursor | None = None


class LinkArticle(Shape):
    """An article that names the page."""

    slug: str
    title: str
    department: str
    document: str


class LinkLooked(Shape):
    """Who looked at the page as it is, and found the texts still right."""

    department: str
    by: str
    at: At


class Link(Shape):
    """A page that texts name as their source, and what is known of it."""

    id: str
    address: str
    state: Literal["new", "ok", "failing", "dead", "unclear", "refused"]
    status: int | None = Field(description="Of HTTP, at the last look")
    reason: str
    checked_at: At | None
    changed_at: At | None = Field(description="Since when it says something else")
    failing_since: At | None
    seen: str = Field(description="What is known now; send it with a look")
    articles: list[LinkArticle]
    looked: list[LinkLooked]


class Links(Page):
    """One page of them."""

    items: list[Link]


class LinkLook(Body):
    """That somebody of a department looked at the page, and its texts are still right."""

    model_config = example(department="hrss", seen="dead.0123456789abcdef")

    department: Department
    seen: Annotated[Short, Field(max_length=40, description="As the list gave it")]
    note: _Note | None = None

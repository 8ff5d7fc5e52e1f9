"""The values that shapes are made of: texts, codes, instants, pages.

Nothing is converted silently: a number is not taken for a text, nor 1 for true. An empty text, a control character or
a lone surrogate in a short value is refused; where callers' own words are taken, what is no character is left out.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import ValidationInfo

from kb.clock import parse_instant
from kb.errors import Invalid
from kb.people.department_editing import CODE
from kb.people.people import LOGIN
from kb.text import SLUG

SHORT = 200  # characters of a short value: a date, a cursor
REASON = 2_000  # characters of a reason or a note
_SURROGATE = re.compile("[\ud800-\udfff]")
_DIGITS = re.compile("[0-9]{1,8}")


class Shape(BaseModel):
    """A JSON object with exactly these members."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


class Body(Shape):
    """What a request sends; its examples work in an installation that has the sample."""


def example(**members: Any) -> ConfigDict:
    """The ``model_config`` of a body with an example in its description."""
    return ConfigDict(json_schema_extra={"examples": [members]})


class Nothing(Body):
    """No members: such a request needs no body, or sends ``{}``; no parameters either."""


class Page(Shape):
    """One page of a list."""

    next_cursor: str | None = Field(description="Send it as `cursor`, with the same parameters; null ends the list")


def _printable(text: str) -> str:
    if not text.isprintable():
        raise PydanticCustomError("bad_value", "use printable characters only")
    return text


def _characters(text: str) -> str:
    if _SURROGATE.search(text):
        raise PydanticCustomError("bad_value", "holds a lone surrogate, which is no character")
    if "\x00" in text:
        raise PydanticCustomError("bad_value", "holds a null byte, which is no character")
    return text


def _without_surrogates(value: object) -> object:
    return _SURROGATE.sub("", value) if isinstance(value, str) else value


def _instant(value: object, info: ValidationInfo) -> datetime:
    """The instant that a date or a date-time names, in the hotline's time zone where it names none."""
    try:
        if not isinstance(value, str) or len(value) > SHORT or not value.isprintable():
            raise Invalid("bad_date", "not a date; write 2026-03-01 or 2026-03-01T09:00+08:00")
        return parse_instant(value, (info.context or {})["tz"])
    except Invalid as error:
        raise PydanticCustomError("bad_date", "{reason}", {"reason": error.facts.get("reason", error)}) from error


def _count(value: object) -> object:
    """A number of a query, written in ASCII digits."""
    return int(value) if isinstance(value, str) and _DIGITS.fullmatch(value) else value


Plain = Annotated[str, AfterValidator(_characters)]  # with lines and all, as long as the service takes
Short = Annotated[str, Field(min_length=1, max_length=SHORT), AfterValidator(_printable)]
Said = Annotated[str, BeforeValidator(_without_surrogates)]  # callers' words; never refused for a character
Reason = Annotated[Plain, Field(max_length=REASON)]
Heading = Annotated[Plain, Field(max_length=REASON)]
HeadingPath = Annotated[list[Heading], Field(max_length=6, description="The headings above it, outermost first")]
Slug = Annotated[str, Field(pattern=f"^{SLUG.pattern}$", examples=["social-card-loss-reissue"])]
Department = Annotated[str, Field(pattern=f"^{CODE.pattern}$", examples=["hrss"], description="A department's code")]
Login = Annotated[str, Field(pattern=f"^{LOGIN.pattern}$", examples=["hrss-editor"])]
Hash = Annotated[str, Field(pattern="^[0-9a-fA-F]{64}$", description="SHA-256 of the text that was shown")]
Lang = Literal["zh", "en"]
Audience = Literal["public", "agent"]
At = Annotated[str, Field(json_schema_extra={"format": "date-time"})]  # in replies
Instant = Annotated[datetime, BeforeValidator(_instant), WithJsonSchema({
    "anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}],
    "description": "An instant, or a day: its midnight in the hotline's time zone", "examples": ["2026-03-01"]})]
COUNT = BeforeValidator(_count)  # beside int, after its bounds: a number of a query
Cursor = Annotated[Short, Field(description="As the page before gave it, with the same other parameters")]

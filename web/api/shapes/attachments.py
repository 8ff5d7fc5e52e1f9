"""Files of texts as programs send and get them."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from web.api.shapes.articles import File
from web.api.shapes.values import Body, Shape, Short, example


def _decoded(value: object) -> object:
    try:
        return base64.b64decode(value, validate=True) if isinstance(value, str) else value
    except (binascii.Error, ValueError) as error:
        raise PydanticCustomError("bad_value", "not Base64") from error


Content = Annotated[bytes, BeforeValidator(_decoded), WithJsonSchema({
    "type": "string", "contentEncoding": "base64", "description": "Its bytes, in Base64"})]


class FileGiven(Body):
    """A file to attach. Its type is told from its content, which the name's ending must fit."""

    model_config = example(name="说明.txt", content=base64.b64encode("免费办理".encode()).decode())

    name: Short
    content: Content


class FileAsked(Body):
    """Which of its names the file is asked for by."""

    name: Short


class Files(Shape):
    """The files of a draft; ``version`` is what the next change must have seen."""

    id: str = Field(json_schema_extra={"format": "uuid"})
    version: int
    items: list[File]


class FileContent(Shape):
    """A file with its bytes."""

    name: str
    sha256: str
    media_type: str
    content: str = Field(json_schema_extra={"contentEncoding": "base64"})

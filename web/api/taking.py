"""What programs send: bodies and parameters, each checked against its shape before anything uses it; and cursors.

What is not in the shape is refused by name: a misspelt ``as_of`` must not silently answer for today. Of every member
that is wrong the problem says what, under ``fields``; it never repeats what was sent, save dates and names of members.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from flask import request
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from werkzeug.exceptions import RequestEntityTooLarge

from kb.messages.message import Message
from web.api.shapes.values import Body
from web.errors import BadRequest, TooLarge, Unsupported
from web.wiring import edge

S = TypeVar("S", bound=Body)
T = TypeVar("T")

_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii"})
_OURS = frozenset({"bad_value", "bad_date"})  # our validators' errors: their type is the problem's code
_REASONS = {
    "missing": Message("required"), "extra_forbidden": Message("unknown"), "string_type": Message("must be text"),
    "bool_type": Message("must be true or false"), "int_type": Message("must be a whole number"),
    "list_type": Message("must be a list"), "model_type": Message("must be an object"),
    "literal_error": Message("must be {expected}"), "date_type": Message("must be a day: 2026-03-01"),
    "string_too_short": Message("at least {min_length} characters"),
    "string_too_long": Message("at most {max_length} characters"), "too_long": Message("at most {max_length} items"),
    "greater_than_equal": Message("not below {ge}"), "less_than_equal": Message("not above {le}"),
    "string_pattern_mismatch": Message("must have the form {pattern}"),
    "too_short": Message("at least {min_length} items"), "float_type": Message("must be a number"),
    "dict_type": Message("must be an object"),
}
_OTHERWISE = Message("is not what belongs here: see /api/v1/openapi.json")


def body_of(shape: type[S]) -> S:
    """The request's body in this shape; a shape of no members needs none."""
    data = _data()
    if not data and not shape.model_fields:
        return shape()
    if request.mimetype != "application/json":
        raise Unsupported("media_type", "send Content-Type: application/json")
    if request.mimetype_params.get("charset", "utf-8").lower() not in _CHARSETS:
        raise Unsupported("media_type", "send the JSON in UTF-8")
    return _checked(shape, _json_object(data), Message("member"))


def query_of(shape: type[S]) -> S:
    """The query's parameters in this shape, each at most once; an empty one counts as not given."""
    given = request.args.to_dict(flat=False)
    _refuse_unknown(given, shape.model_fields, Message("parameter"))
    repeated = sorted(name for name, values in given.items() if len(values) > 1)
    if repeated:
        raise BadRequest("repeated", "parameter {repeated} is given more than once", repeated=repeated[0],
                         fields={repeated[0]: "repeated"})
    return _checked(shape, {name: values[0] for name, values in given.items() if values[0] != ""}, Message("parameter"))


def _data() -> bytes:
    try:
        return request.get_data(cache=True)
    except RequestEntityTooLarge as error:
        most = request.max_content_length
        raise TooLarge("body_bytes", "the body is larger than {most} bytes", most=most) from error


def _json_object(data: bytes) -> dict[str, Any]:
    """The JSON object; a name that comes twice, and what is no JSON in UTF-8, is refused."""
    try:
        body = json.loads(data.decode("utf-8-sig"), parse_constant=_no_constant, object_pairs_hook=_once)
    except RecursionError as error:
        raise BadRequest("bad_json", "the JSON is nested too deeply") from error
    except ValueError as error:
        raise BadRequest("bad_json", "the body is not JSON in UTF-8") from error
    if not isinstance(body, dict):
        raise BadRequest("bad_json", "the body must be a JSON object")
    return body


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise BadRequest("repeated", "member {name!r} is given more than once", name=name[:40],
                             fields={name[:40]: "repeated"})
        found[name] = value
    return found


def _refuse_unknown(given: Mapping[str, object], known: Iterable[str], what: Message) -> None:
    names = sorted(known)
    unknown = next((str(name)[:40] for name in given if name not in names), None)
    if unknown is not None:
        raise BadRequest("unknown", "unknown {what} {unknown!r}; known: {names}", what=what, unknown=unknown,
                         names=names, fields={unknown: "unknown"})


def _checked(shape: type[S], given: Mapping[str, Any], what: Message) -> S:
    _refuse_unknown(given, shape.model_fields, what)
    try:
        return shape.model_validate(given, context={"tz": edge().tz})
    except ValidationError as error:
        raise _refused(shape, error) from error


def _refused(shape: type[Body], error: ValidationError) -> BadRequest:
    """What is wrong with each member; the first one is told at length."""
    found = error.errors(include_url=False, include_input=False)
    fields: dict[str, Message] = {}
    for wrong in found:
        name, *inner = [str(part) for part in wrong["loc"]] or [next(iter(shape.model_fields))]
        reason = _reason(wrong)
        fields.setdefault(name, Message("{inner}: {reason}", inner=".".join(inner), reason=reason) if inner else reason)
    name, reason = next(iter(fields.items()))
    code = found[0]["type"] if found[0]["type"] in _OURS else "bad_value"
    return BadRequest(code, "{name}: {reason}", name=name, reason=reason, fields=fields)


def _reason(wrong: ErrorDetails) -> Message:
    """What to send instead."""
    facts = wrong.get("ctx", {})
    if wrong["type"] in _OURS:
        return Message("{reason}", reason=facts["reason"]) if "reason" in facts else Message(wrong["msg"])
    known = _REASONS.get(wrong["type"])
    return Message(known.template, **facts) if known else _OTHERWISE


def paged(found: Sequence[T], query: Body, shown: Callable[[T], Mapping[str, Any]], position: Callable[[T], str],
          ) -> dict[str, Any]:
    """A page of what was found, one item more than the query's ``limit`` where there are more, and its cursor."""
    size: int = getattr(query, "limit")  # noqa: B009
    page = found[:size]
    return {"items": [shown(item) for item in page],
            "next_cursor": make_cursor(position(page[-1]), query) if len(found) > size else None}


def make_cursor(position: str, query: Body) -> str:
    """An opaque cursor that holds for this list with these parameters only."""
    return base64.urlsafe_b64encode(f"{_list_id(query)}:{position}".encode()).decode().rstrip("=")


def read_cursor(query: Body) -> str | None:
    """The position that :func:`make_cursor` was given, None without a cursor."""
    text: str | None = getattr(query, "cursor", None)
    if text is None:
        return None
    try:
        padded = text + "=" * (-len(text) % 4)
        list_id, _, position = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii").partition(":")
    except (binascii.Error, ValueError) as error:
        raise BadRequest("cursor", "the cursor is not one that a page gave", fields={"cursor": "unknown"}) from error
    if list_id != _list_id(query):
        raise BadRequest("cursor", "the cursor belongs to a list with other parameters: start without it",
                         fields={"cursor": "of another list"})
    return position


def position(cursor: str | None) -> int | None:
    """A position that is a number."""
    if cursor is None:
        return None
    if not (cursor.isdigit() and len(cursor) < 9):
        raise BadRequest("cursor", "the cursor is not one that a page gave", fields={"cursor": "unknown"})
    return int(cursor)


def _list_id(query: Body) -> str:
    narrowing = query.model_dump(exclude={"cursor", "limit"})
    return hashlib.sha256(repr((request.path, narrowing)).encode("utf-8", "replace")).hexdigest()[:12]

"""What programs send: bodies, members, parameters and cursors, each checked before anything uses it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from kb.clock import parse_instant
from retriever.records import Turn
from web.errors import BadRequest, TooLarge, Unsupported
from web.wiring import edge

_ROLES = ("user", "agent")
_LONGEST = 200  # characters of a short value: a code, a date, a cursor


def json_object(known: Iterable[str]) -> dict[str, Any]:
    """The request's JSON object; refused when it is none, or has members that are not known."""
    if request.mimetype != "application/json":
        raise Unsupported("media_type", "send Content-Type: application/json")
    try:
        body = json.loads(request.get_data(cache=True), parse_constant=_no_constant)
    except RequestEntityTooLarge as error:
        raise TooLarge("body_bytes", f"the body is larger than {edge().web.body_bytes} bytes") from error
    except RecursionError as error:
        raise BadRequest("bad_json", "the JSON is nested too deeply") from error
    except (ValueError, UnicodeDecodeError) as error:
        raise BadRequest("bad_json", "the body is not JSON in UTF-8") from error
    if not isinstance(body, dict):
        raise BadRequest("bad_json", "the body must be a JSON object")
    _refuse_unknown(body, known, "member")
    return body


def _no_constant(name: str) -> None:
    raise ValueError(name)


def parameters(known: Iterable[str]) -> dict[str, str]:
    """The query's parameters, each at most once; refused when there are others."""
    given = request.args.to_dict(flat=False)
    _refuse_unknown(given, known, "parameter")
    repeated = sorted(name for name, values in given.items() if len(values) > 1)
    if repeated:
        raise BadRequest("repeated", f"parameter {repeated[0]} is given more than once",
                         fields={repeated[0]: "repeated"})
    return {name: values[0] for name, values in given.items() if values[0] != ""}


def _refuse_unknown(given: Mapping[str, object], known: Iterable[str], what: str) -> None:
    names = sorted(known)
    unknown = next((name for name in given if name not in names), None)
    if unknown is not None:
        raise BadRequest("unknown", f"unknown {what} {str(unknown)[:40]!r}; known: {', '.join(names)}")


def short(values: Mapping[str, Any], name: str) -> str | None:
    """A short text without control characters, or None."""
    value = values.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST or not value.isprintable():
        raise BadRequest("bad_value", f"{name} must be text of 1 to {_LONGEST} printable characters",
                         fields={name: "not a short text"})
    return value


def instant(values: Mapping[str, Any], name: str) -> datetime | None:
    """A date or date-time, or None."""
    text = short(values, name)
    return parse_instant(text, edge().tz, field=name) if text is not None else None


def flag(values: Mapping[str, Any], name: str, *, default: bool = False) -> bool:
    """true or false; ``default`` when it is not given."""
    value = values.get(name, default)
    if not isinstance(value, bool):
        raise BadRequest("bad_value", f"{name} must be true or false", fields={name: "not a truth value"})
    return value


def limit(values: Mapping[str, str], *, default: int, largest: int) -> int:
    """How many items a page has."""
    text = values.get("limit", str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= largest):
        raise BadRequest("bad_value", f"limit must be a whole number from 1 to {largest}",
                         fields={"limit": "out of range"})
    return int(text)


def history(values: Mapping[str, Any]) -> tuple[Turn, ...]:
    """The dialogue so far, ``[{"role": "user" or "agent", "text": …}, …]``, oldest turn first."""
    given = values.get("history")
    if given is None:
        return ()
    limits = edge().settings.limits
    if not isinstance(given, list) or len(given) > limits.history_turns:
        raise BadRequest("bad_value", f"history must be a list of at most {limits.history_turns} turns",
                         fields={"history": "not a list of turns"})
    turns = []
    for turn in given:
        if (not isinstance(turn, dict) or set(turn) != {"role", "text"} or turn["role"] not in _ROLES
                or not isinstance(turn["text"], str)):
            raise BadRequest("bad_value", 'each turn of history is {"role": "user" or "agent", "text": "…"}',
                             fields={"history": "a turn of another form"})
        turns.append(Turn(turn["role"], turn["text"]))
    if sum(len(turn.text) for turn in turns) > limits.history_chars:
        raise BadRequest("bad_value", f"history has more than {limits.history_chars} characters: send the newest turns",
                         fields={"history": "too long"})
    return tuple(turns)


def make_cursor(position: str, values: Mapping[str, str]) -> str:
    """An opaque cursor that holds for this list with these parameters only."""
    return base64.urlsafe_b64encode(f"{_list_id(values)}:{position}".encode()).decode().rstrip("=")


def read_cursor(values: Mapping[str, str]) -> str | None:
    """The position that :func:`make_cursor` was given, None without a cursor."""
    text = values.get("cursor")
    if text is None:
        return None
    try:
        padded = text + "=" * (-len(text) % 4)
        list_id, _, position = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii").partition(":")
    except (binascii.Error, ValueError) as error:
        raise BadRequest("cursor", "the cursor is not one that a page gave") from error
    if list_id != _list_id(values):
        raise BadRequest("cursor", "the cursor belongs to a list with other parameters: start without it")
    return position


def _list_id(values: Mapping[str, str]) -> str:
    narrowing = sorted((k, v) for k, v in values.items() if k not in ("cursor", "limit"))
    return hashlib.sha256(repr((request.path, narrowing)).encode("utf-8", "replace")).hexdigest()[:12]

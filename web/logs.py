"""The server's log: one line an event, as key=value or JSON, to standard error.

An event is a constant name; what varies stands beside it in fields from one list (:data:`FIELDS`). What a visitor
typed, a name, a number or a path as requested is never written: of an error the kind and the places in the code are
told, not its message, which may quote all of these; of a message of somebody else's library its constant part alone.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

FIELDS = ("error_id", "code", "status", "method", "route", "took_ms", "pid", "exit", "job")
REFUSED = "request refused"  # what was asked cannot be done now, or not by this visitor
FAILED = "request failed"  # nobody foresaw it: the number on the page is this line's error_id
LOCKED_OUT = "sign-in locked out"  # too many failed sign-ins

_OURS = ("kb", "retriever", "web", "__main__")
_PLAIN = re.compile(r"[^\s\"=\\\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_MOST_FRAMES = 12


def configure(form: str) -> None:
    """Send this process's log to standard error as ``text`` or ``json``."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter(form))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


class LineFormatter(logging.Formatter):
    """Records as single lines, ``form`` being ``text`` (key=value) or ``json``."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self._is_json = form == "json"

    def format(self, record: logging.LogRecord) -> str:
        fields = fields_of(record)
        if self._is_json:
            return json.dumps(fields, ensure_ascii=True)
        return " ".join(f"{name}={_quoted(value)}" for name, value in fields.items())


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """What is told of an event, in the order in which it is written."""
    is_ours = record.name.partition(".")[0] in _OURS
    found: dict[str, Any] = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(), "logger": record.name,
        "event": record.getMessage() if is_ours else str(record.msg),
    }
    found |= {name: value for name in FIELDS if (value := getattr(record, name, None)) is not None}
    if record.exc_info and record.exc_info[0]:
        kind, _, trace = record.exc_info
        found |= {"error": f"{kind.__module__}.{kind.__qualname__}", "where": _places(trace)}
    return found


def _places(trace: TracebackType | None) -> str:
    """The calls that led to an error, the last one last."""
    frames = traceback.extract_tb(trace)[-_MOST_FRAMES:]
    return " > ".join(f"{'/'.join(frame.filename.rsplit('/', 3)[-2:])}:{frame.lineno} {frame.name}" for frame in frames)


def _quoted(value: object) -> str:
    text = str(value)
    return text if _PLAIN.fullmatch(text) else json.dumps(text)

"""Messages that are kept in the database as JSON, and said later in whatever language their reader has.

Values keep what they are: a word of an enumeration is still translated, an instant still formatted, a message within a
message still said in the same language. Anything else is kept as its text.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from typing import Any

from kb.messages.message import InBoth, Message

_DEEPEST = 6  # messages within messages


def as_json(told: Message | str) -> dict[str, Any]:
    """The message as JSON; a mere text is one without values."""
    message = Message(told) if isinstance(told, str) else told
    return {"template": message.template, "facts": {name: _kept(value, 0) for name, value in message.facts.items()}}


def from_json(given: Mapping[str, Any]) -> Message:
    """What :func:`as_json` kept."""
    return Message(given["template"], **{name: _read(value) for name, value in given.get("facts", {}).items()})


def _kept(value: object, depth: int) -> Any:
    match value:
        case None | bool() | int() | float():
            return value
        case Enum():
            return {"word": str(value.value)}
        case str():
            return value
        case Message() if depth < _DEEPEST:
            return {"message": {"template": value.template,
                                "facts": {name: _kept(each, depth + 1) for name, each in value.facts.items()}}}
        case InBoth():
            return {"zh": value.zh, "en": value.en}
        case datetime():
            return {"at": value.isoformat()}
        case date():
            return {"day": value.isoformat()}
        case list() | tuple() | set() | frozenset() if depth < _DEEPEST:
            return [_kept(each, depth + 1) for each in value]
        case _:
            return str(value)


def _read(value: Any) -> object:
    match value:
        case {"word": str(word)}:
            return _word(word)
        case {"message": {"template": str()}}:
            return from_json(value["message"])
        case {"zh": str(zh), "en": str(en)}:
            return InBoth(zh, en)
        case {"at": str(at)}:
            return datetime.fromisoformat(at)
        case {"day": str(day)}:
            return date.fromisoformat(day)
        case list():
            return tuple(_read(each) for each in value)
        case _:
            return value


@lru_cache(maxsize=1_000)
def _word(value: str) -> Enum:
    """A word of an enumeration, which messages say by its value alone."""
    kept: type[Enum] = Enum("kept", {"KEPT": value})  # by the variable's name, as mypy wants it
    return kept["KEPT"]

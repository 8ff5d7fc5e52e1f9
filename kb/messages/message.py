"""A text with named places and the values for them, said in a language only where somebody reads it.

The text is English and stands in the code as it is; the catalogue has it in Chinese under that very text. It is never
built from values: a value is put into its place last, and what looks like a place in a value is left as it is. Values
may be messages themselves, days, and lists, which each language writes and joins in its own way.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any


@dataclass(frozen=True, slots=True)
class Language:
    """How a language says a message: its word for a text (a context tells words apart), its signs between words."""

    code: str
    text: Callable[[str], str]
    word: Callable[[str], str]
    day: Callable[[date], str]
    moment: Callable[[datetime], str]
    comma: str
    nothing: str  # in place of an empty list
    quotes: tuple[str, str]


@dataclass(frozen=True, slots=True)
class InBoth:
    """A name that is another in each language, such as a department's."""

    zh: str
    en: str


class Message:
    """A text with its values; ``str()`` says it in English."""

    __slots__ = ("facts", "template")

    def __init__(self, template: str, /, **facts: object) -> None:
        self.template = template
        self.facts = {name: kept(value) for name, value in facts.items()}

    def __str__(self) -> str:
        return render(self, ENGLISH)

    def __repr__(self) -> str:
        return f"Message({self.template!r})"  # without the values, which a log must not have by chance

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and (self.template, self.facts) == (other.template, other.facts)

    def __hash__(self) -> int:
        return hash(self.template)


class Telling(Exception):
    """An error that tells people something: ``code`` is a stable word for programs, the rest a message.

    ``facts`` has the values of the message, and others that an edge may show; never a caller's question, name or
    number.
    """

    def __init__(self, code: str, template: str, /, **facts: object) -> None:
        super().__init__(code, template)
        self.code = code
        self.template = template
        self.facts = {name: kept(value) for name, value in facts.items()}

    @property
    def message(self) -> str:
        """The message in English."""
        return render(self, ENGLISH)

    def __str__(self) -> str:
        return self.message


def kept(value: object) -> object:
    """A value as a message keeps it: nothing that is used up by reading it, and no error with its trace."""
    if isinstance(value, Telling):
        return Message(value.template, **value.facts)
    if isinstance(value, BaseException):
        return str(value)
    if isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping | Sequence):
        return tuple(value)
    return value


def render(told: Message | Telling, language: Language) -> str:
    """The message in the language. A text whose values are not all there is said as it stands: what went wrong must
    reach its reader."""
    try:
        return _Places(language).vformat(language.text(told.template), (), told.facts)
    except (KeyError, IndexError, ValueError, AttributeError, TypeError):
        return told.template


class _Places(string.Formatter):
    """Puts values into the places of a text."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:  # noqa: ARG002
        return kwargs[field_name], field_name  # a name and nothing else: no attribute, no item

    def convert_field(self, value: Any, conversion: Any) -> Any:
        if conversion != "r":
            return super().convert_field(value, conversion)
        shown = repr(str(_said(value, self._language)))
        before, after = self._language.quotes
        return f"{before}{shown[1:-1]}{after}" if before else shown

    def format_field(self, value: Any, format_spec: str) -> str:
        return str(format(value, format_spec)) if format_spec else _said(value, self._language)


def _said(value: object, language: Language) -> str:
    if isinstance(value, Message | Telling):
        return render(value, language)
    if isinstance(value, Enum):
        return language.word(str(value.value).replace("_", " "))
    if isinstance(value, InBoth):
        return value.zh if language.code == "zh" else value.en
    if isinstance(value, datetime):  # one of nobody's calendar is told with its zone
        return str(value) if value.tzinfo in (None, UTC) else language.moment(value)
    if isinstance(value, date):
        return language.day(value)
    if isinstance(value, list | tuple | Mapping):  # of a mapping, its names
        return language.comma.join(_said(part, language) for part in value) or language.nothing
    return str(value)


def _as_it_is(text: str) -> str:
    return text


def _moment(value: datetime) -> str:
    return f"{value:%Y-%m-%d %H:%M}"


ENGLISH = Language("en", _as_it_is, _as_it_is, date.isoformat, _moment, ", ", "none", ("", ""))

"""Messages in the reader's language, from the one catalogue: its keys are the English texts themselves.

So English needs no file, and a text that somebody forgot to translate is said in English. ``make translations``
compiles the catalogue; where that was not done yet, all is said in English.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache, partial
from pathlib import Path

from kb.messages.message import ENGLISH, Language, Message, Telling, render

FOLDER = Path(__file__).parent
LANGUAGES = ("zh", "en")
WORD = "word"  # the context of single words: states, acts, roles
SHELL = "KB_LANG"
_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")  # the first that is set counts, as in POSIX


def say(told: Message | Telling | str, language: str) -> str:
    """The message in the language, ``zh`` or ``en``; a mere text is one without values."""
    return render(Message(told) if isinstance(told, str) else told, _language(language))


def say_word(text: str, language: str) -> str:
    """A single word or name of a thing, such as a state, in the language."""
    return _language(language).word(text)


def shell_language(environ: Mapping[str, str] | None = None) -> str:
    """The language of the shell: ``KB_LANG``, else the locale's; Chinese where either begins with zh, else English."""
    given = os.environ if environ is None else environ
    chosen = given.get(SHELL) or next((given[name] for name in _LOCALE if given.get(name)), "")
    return "zh" if chosen.lower().startswith("zh") else "en"


def in_shell(told: Message | Telling | str, /, **facts: object) -> str:
    """A message, or a text with its values, in the shell's language."""
    return say(Message(told, **facts) if isinstance(told, str) else told, shell_language())


@cache
def _language(code: str) -> Language:
    if code != "zh":
        return ENGLISH
    found = gettext.translation("messages", FOLDER, ["zh"], fallback=True)
    return Language("zh", partial(_text, found), partial(_word, found), _day, _moment, "、", "无", ("“", "”"))


def _day(value: date) -> str:
    return f"{value.year}年{value.month}月{value.day}日"


def _moment(value: datetime) -> str:
    return f"{_day(value)} {value:%H:%M}"


def _text(catalogue: gettext.NullTranslations, text: str) -> str:
    return catalogue.gettext(text) if text else ""  # under the empty text stands the catalogue's own head


def _word(catalogue: gettext.NullTranslations, text: str) -> str:
    return catalogue.pgettext(WORD, text)

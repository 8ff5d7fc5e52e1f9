"""The texts of errors and of the shell, collected from the code: ``python -m docs.messages`` renews the catalogue.

A text stands as it is in the call that says it, and is found by the name of what is called: an error's second argument,
a message's first, a reason among ``fields``. So the code needs no marks, and a text that is put together from pieces is
found out (``tests/kb/test_messages.py``). Words of enumerations, which messages hold as values, have a context of their
own.
"""

from __future__ import annotations

import ast
import inspect
import re
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from kb import errors as domain
from kb.articles.acts.settling import Outcome as Settled
from kb.articles.acts.workflow import Move
from kb.feedback.verdicts import FeedbackState
from kb.known.known import KnownState
from kb.messages.catalogue import WORD
from kb.messages.message import Telling
from kb.models import State
from kb.people.permissions import Action
from kb.reading.standing import Status
from kb.upkeep.callbacks import CallbackState
from kb.upkeep.gaps import GapState
from kb.upkeep.jobs.scheduling import Outcome
from kb.upkeep.signals.signal import Severity
from retriever import errors as finding
from web import errors as edge

ROOT = Path(__file__).parents[1]
CATALOGUE = ROOT / "kb/messages/zh/LC_MESSAGES/messages.po"
PACKAGES = ("kb", "retriever", "web")
ERRORS = {name for module in (domain, finding, edge) for name, kind in vars(module).items()
          if inspect.isclass(kind) and issubclass(kind, Telling)}
PLACES = {  # the argument that is the text, by what is called
    **dict.fromkeys(ERRORS, 1), **dict.fromkeys(("Message", "say", "note", "hint", "in_shell", "progress_bar"), 0),
    "Problem": 2, "PydanticCustomError": 1, "require_person": 1,
}
ENUMERATIONS: tuple[type[StrEnum], ...] = (
    State, Move, Action, KnownState, Status, Severity, Outcome, Settled, FeedbackState, CallbackState, GapState)
_WORDS = re.compile("[A-Za-z]{2}|[,;:] ")  # signs are another language's, too


@dataclass(frozen=True, slots=True)
class Said:
    """A place in the code that says something: the text, None where it is put together from pieces; the values given
    with it, None where others are handed on too."""

    where: str
    name: str
    text: str | None
    facts: frozenset[str] | None


def said(root: Path = ROOT) -> Iterator[Said]:
    """Every call of the packages that says something, and every reason of a field."""
    for path in sorted(path for package in PACKAGES for path in (root / package).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        own = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)} if path.stem != "errors" else ()
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id not in own:
                yield from _called(node, node.func.id, f"{path.relative_to(root).as_posix()}:{node.lineno}")


def _called(call: ast.Call, name: str, where: str) -> Iterator[Said]:
    place = PLACES.get(name)
    given = None if any(k.arg is None for k in call.keywords) else frozenset(k.arg or "" for k in call.keywords)
    if place is not None and len(call.args) > place and _is_said_here(call.args[place]):
        yield Said(where, name, _text(call.args[place]), given)
    for keyword in call.keywords:
        if keyword.arg == "fields" and isinstance(keyword.value, ast.Dict):
            for reason in keyword.value.values:
                if _is_said_here(reason):
                    yield Said(where, "fields", _text(reason), frozenset())


def _is_said_here(node: ast.expr) -> bool:
    """Whether it is a text, or is put together from texts; else it hands on what was said elsewhere."""
    if isinstance(node, ast.IfExp):
        return _is_said_here(node.body) or _is_said_here(node.orelse)
    if isinstance(node, ast.BoolOp):
        return any(map(_is_said_here, node.values))
    return isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp)


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def places(text: str) -> set[str]:
    """The names of the values that a text takes."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def is_worded(text: str) -> bool:
    """Whether a text says something of its own, besides its values: words, or signs between them."""
    return bool(_WORDS.search("".join(part for part, _, _, _ in string.Formatter().parse(text))))


def words() -> set[str]:
    """The single words that messages hold as values, and the names of statuses."""
    members = {str(member.value).replace("_", " ") for kind in ENUMERATIONS for member in kind}
    return members | set(edge.TITLES.values())


def texts() -> set[str]:
    """The texts that are to be translated."""
    return {one.text for one in said() if one.text and is_worded(one.text)}


def renewed(catalogue: Catalog, wanted: Iterable[str]) -> Catalog:
    """The catalogue with these texts, the new ones empty; what is said no more is left out."""
    made = Catalog(locale=catalogue.locale, project=catalogue.project, version=catalogue.version,
                   msgid_bugs_address=catalogue.msgid_bugs_address, creation_date=catalogue.creation_date,
                   revision_date=catalogue.revision_date, last_translator="", language_team="", fuzzy=False)
    for text in sorted(wanted):
        known = catalogue.get(text)
        made.add(text, known.string if known else "").flags.clear()  # what looks like a format of another kind
    for word in sorted(words()):
        known = catalogue.get(word, WORD)
        made.add(word, known.string if known else "", context=WORD)
    return made


def main() -> None:
    """Renew the catalogue's file."""
    with CATALOGUE.open("rb") as file:
        made = renewed(read_po(file, locale="zh"), texts())
    with CATALOGUE.open("wb") as file:
        write_po(file, made, width=120, sort_output=False)


if __name__ == "__main__":
    main()

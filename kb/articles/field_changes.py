"""What of a text's fields changed, beside its source: dates, departments, documents, words, each as a value of its own.

Lists are compared as sets whose order is kept: what went, what came, what stayed. Who shows it finds the words.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from kb.articles.revisions import RevisionText

_SINGLE = ("title", "summary", "effective_from", "effective_to", "review_by", "audience", "owner", "category", "lang")
_LISTS = ("co_owners", "bases", "keywords", "synonyms", "attachments")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field, what it held and what it holds; of a list, what went, came and stayed."""

    name: str
    before: Any = None
    after: Any = None
    gone: tuple[Any, ...] = ()
    come: tuple[Any, ...] = ()
    kept: tuple[Any, ...] = ()
    is_list: bool = False


def changed_fields(before: RevisionText, after: RevisionText) -> tuple[FieldChange, ...]:
    """The fields that differ, in the order in which people look at them; the source and notes are not among them."""
    found = [FieldChange(name, getattr(before, name), getattr(after, name)) for name in _SINGLE
             if getattr(before, name) != getattr(after, name)]
    for name in _LISTS:
        old, new = _hashable(getattr(before, name)), _hashable(getattr(after, name))
        gone, come = tuple(v for v in old if v not in new), tuple(v for v in new if v not in old)
        if gone or come:
            found.append(FieldChange(name, gone=gone, come=come, kept=tuple(v for v in new if v in old), is_list=True))
    return tuple(found)


def _hashable(values: Sequence[Any]) -> tuple[Hashable, ...]:
    return tuple(value["name"] + "\n" + value["sha256"] if isinstance(value, dict) else value for value in values)

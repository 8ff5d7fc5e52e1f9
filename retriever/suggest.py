"""Completion while typing: titles by their characters, pinyin and initials, and by the articles' other names.

The titles are kept in memory until the outbox moves; who may see which, and which are in force, is decided anew for
every request by the one predicate, so a suggestion never shows what an answer would not.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime

from kb.actor import Actor
from kb.articles.feed import PublishedTitle, published_titles
from kb.articles.live import Moment, is_answerable
from kb.db import Database
from kb.record import outbox
from retriever.language.analysis import normalise
from retriever.language.pinyin import initials, letters
from retriever.records import Suggestion


@dataclass(frozen=True, slots=True)
class _Entry:
    row: PublishedTitle
    title: str
    pinyin: str
    initials: str
    names: tuple[str, ...]


class Titles:
    """All published titles with their pinyin."""

    def __init__(self) -> None:
        self._head = -1
        self._entries: list[_Entry] = []
        self._lock = threading.Lock()

    def _current(self, database: Database) -> list[_Entry]:
        """The titles as of this request's own snapshot; an older snapshot never replaces a newer one."""
        with database.reading() as session:
            head = outbox.head(session)
            with self._lock:
                if head == self._head:
                    return self._entries
            entries = [_entry(row) for row in published_titles(session)]
        with self._lock:
            if head > self._head:
                self._head, self._entries = head, entries
        return entries

    def suggest(self, database: Database, prefix: str, viewer: Actor, now: datetime, *, limit: int) -> list[Suggestion]:
        """At most ``limit`` titles: titles that begin with the text, those that hold it, by pinyin, by other names."""
        typed = normalise(prefix).replace(" ", "")
        moment = Moment(now, now)
        ranked = []
        for entry in self._current(database):
            rank = _rank(entry, typed)
            if rank is not None and is_answerable(entry.row.rectangle, entry.row.audience, viewer, moment):
                ranked.append((rank, len(entry.title), entry.row))
        ranked.sort(key=lambda item: item[:2])
        return [Suggestion(row.slug, row.title, row.department) for _, _, row in ranked[:limit]]


def _entry(row: PublishedTitle) -> _Entry:
    title = normalise(row.title).replace(" ", "")
    return _Entry(row, title, letters(title), initials(title),
                  tuple(normalise(name).replace(" ", "") for name in row.names))


def _rank(entry: _Entry, typed: str) -> int | None:
    """How well a title goes with what was typed, 0 best; None when not at all."""
    if not typed:
        return None
    if entry.title.startswith(typed):
        return 0
    if typed in entry.title:
        return 1
    if typed.isascii() and typed.isalpha():
        if entry.initials.startswith(typed) or entry.pinyin.startswith(typed):
            return 2
        if len(typed) > 2 and (typed in entry.pinyin or typed in entry.initials):
            return 3
    if any(name.startswith(typed) for name in entry.names):
        return 4
    if len(typed) > 1 and any(typed in name for name in entry.names):
        return 5
    return None

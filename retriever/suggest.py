"""Completion while typing: titles and other names by their characters, pinyin and initials, and known questions.

They are kept in memory until the outbox moves; who may see which, and which are in force, is decided anew for every
request by the one predicate, so a suggestion never shows what an answer would not.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.feed import PublishedTitle, published_titles
from kb.articles.live import BATCH, LiveRevision, Moment, is_answerable, live_revisions
from kb.db import Database
from kb.markup.headings import Path, below_title, places
from kb.markup.parse import parse
from kb.record import outbox
from retriever.language.analysis import normalise
from retriever.language.pinyin import initials, letters, sounds
from retriever.records import Suggestion

_QUESTIONS = 3  # at most, among the suggestions, while there are titles as well
_LOOKED_AT = 12  # questions whose section is looked for, the best ones
_KEPT = 2_000  # revisions whose sections are kept in memory


@dataclass(frozen=True, slots=True)
class _Name:
    """A text as it may be typed: its characters, its pinyin and the initials of that."""

    text: str
    pinyin: str
    initials: str


@dataclass(frozen=True, slots=True)
class _Entry:
    row: PublishedTitle
    title: _Name
    names: tuple[_Name, ...]
    questions: tuple[tuple[Path, str, _Name], ...]


Ranked = tuple[int, int, Suggestion]
Asked = tuple[int, int, str, Path, Suggestion]  # with the revision and the section that answer


class Titles:
    """All published titles with their names and questions."""

    def __init__(self) -> None:
        self._head = -1
        self._entries: list[_Entry] = []
        self._paths: dict[str, frozenset[Path]] = {}
        self._lock = threading.Lock()

    def _current(self, database: Database) -> list[_Entry]:
        """The titles as of this request's own snapshot; an older snapshot never replaces a newer one."""
        with database.reading() as session:
            head = outbox.head(session)
            with self._lock:
                if head == self._head:
                    return self._entries
                known, before = self._head, self._entries
            entries = _read(session, known, head, before)
        with self._lock:
            if head > self._head:
                self._head, self._entries = head, entries
        return entries

    def suggest(self, database: Database, prefix: str, viewer: Actor, now: datetime, *, limit: int) -> list[Suggestion]:
        """At most ``limit``: titles that begin with the text, those that hold it, by pinyin, by other names; and known
        questions that do, a few where there are titles too."""
        typed = normalise(prefix).replace(" ", "")
        moment = Moment(now, now)
        titles: list[Ranked] = []
        questions: list[Asked] = []
        for entry in self._current(database) if typed else ():
            found, asked = _title(entry, typed), list(_questions(entry, typed))
            if (found or asked) and is_answerable(entry.row.rectangle, entry.row.audience, viewer, moment):
                titles += [found] if found else []
                questions += asked
        questions.sort(key=lambda item: item[:2])
        return _merged(titles, self._answered(database, questions[:_LOOKED_AT], viewer, moment), limit)

    def _answered(self, database: Database, questions: Sequence[Asked], viewer: Actor, moment: Moment
                  ) -> list[Suggestion]:
        """Those whose section the revision in force has still."""
        if not questions:
            return []
        with database.reading() as session:
            live = live_revisions(session, viewer, moment, {revision_id for _, _, revision_id, _, _ in questions})
        found = []
        for _, _, revision_id, path, one in questions:
            text = live.get(revision_id)
            if text is not None and path in self._sections(text):
                found.append(one)
        return found

    def _sections(self, text: LiveRevision) -> frozenset[Path]:
        """The sections of a revision; a revision never changes."""
        with self._lock:
            known = self._paths.get(text.revision_id)
        if known is None:
            known = frozenset(below_title(place.path, text.title) for place in places(parse(text.source)))
            with self._lock:
                if len(self._paths) >= _KEPT:
                    self._paths.clear()
                self._paths[text.revision_id] = known
        return known


def _merged(titles: Sequence[Ranked], questions: Sequence[Suggestion], limit: int) -> list[Suggestion]:
    """The best of both, titles first; no question twice."""
    best: dict[str, Suggestion] = {}
    for one in questions:
        best.setdefault(one.question, one)
    room = min(len(best), max(_QUESTIONS, limit - len(titles)), limit)
    first = [one for _, _, one in sorted(titles, key=lambda item: item[:2])[:limit - room]]
    return first + [*best.values()][:room]


def _read(session: Session, known: int, head: int, before: Sequence[_Entry]) -> list[_Entry]:
    """All entries by slug, those of articles that did not change since ``known`` as they were: reading and sounding a
    hundred thousand titles takes seconds, and somebody is always writing."""
    events = outbox.read_after(session, known, limit=BATCH) if 0 <= known < head else []
    if not events or len(events) == BATCH or known < outbox.pruned_up_to(session):
        sounded = {entry.row: entry for entry in before}
        return [sounded.get(row) or _entry(row) for row in published_titles(session)]
    changed = {event.article_id for event in events}
    kept = [entry for entry in before if entry.row.article_id not in changed]
    return sorted([*kept, *map(_entry, published_titles(session, sorted(changed)))], key=_slug)


def _slug(entry: _Entry) -> str:
    return entry.row.slug


def _entry(row: PublishedTitle) -> _Entry:
    title = _typed(row.title)
    return _Entry(row, _Name(title, letters(title), initials(title)), tuple(_name(name) for name in row.names),
                  tuple((path, text, _name(text)) for path, text in row.questions))


def _name(text: str) -> _Name:
    """Names are many and short: they are read character by character, a title as a text."""
    typed = _typed(text)
    syllables = sounds(typed)
    return _Name(typed, "".join(syllables), "".join(s[:1] for s in syllables))


def _typed(text: str) -> str:
    return normalise(text).replace(" ", "")


def _title(entry: _Entry, typed: str) -> Ranked | None:
    """The title, and how well it goes with what was typed, 0 best; None when not at all."""
    ranks = [*_ranks(entry.title, typed, (0, 1, 2, 3), is_title=True),
             *(rank for name in entry.names for rank in _ranks(name, typed, (4, 6, 5, 7)))]
    row = entry.row
    return (min(ranks), len(entry.title.text), Suggestion(row.slug, row.title, row.department)) if ranks else None


def _questions(entry: _Entry, typed: str) -> Iterator[Asked]:
    row = entry.row
    for path, text, name in entry.questions:
        for rank in _ranks(name, typed, (0, 1, 2, 3)):
            yield rank, len(text), row.revision_id, path, Suggestion(row.slug, row.title, row.department, text)


def _ranks(name: _Name, typed: str, ranks: tuple[int, int, int, int], *, is_title: bool = False) -> Iterator[int]:
    """The rank of a name that begins with the text, holds it, begins with its letters, or holds those; at most one.

    A single character is no word to look for within other names than titles.
    """
    begins, holds, sounds_so, sounds_within = ranks
    if name.text.startswith(typed):
        yield begins
    elif typed in name.text and (len(typed) > 1 or is_title):
        yield holds
    elif typed.isascii() and typed.isalpha():
        if name.initials.startswith(typed) or name.pinyin.startswith(typed):
            yield sounds_so
        elif len(typed) > 2 and (typed in name.pinyin or typed in name.initials):
            yield sounds_within

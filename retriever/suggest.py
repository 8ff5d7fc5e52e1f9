"""Completion while typing: titles and other names by their characters, pinyin and initials, and known questions.

They are kept in memory until the outbox moves; who may see which, and which are in force, is decided anew for every
request by the one predicate, so a suggestion never shows what an answer would not.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from operator import itemgetter

from kb.actor import Actor
from kb.articles.feed import PublishedTitle, TitlesSince, titles_since
from kb.articles.live import LiveRevision, Moment, is_answerable, live_revisions
from kb.db import Database
from kb.markup.headings import Path, below_title, places
from kb.markup.parse import parse
from retriever.language.analysis import normalise
from retriever.language.pinyin import syllables
from retriever.records import Suggestion

_QUESTIONS = 3  # at most, among the suggestions, while there are titles as well
_LOOKED_AT = 12  # questions whose section is looked for, the best ones
_PLACES = (1 << 24) - 1  # the bits of a place among all entries
_KEPT = 2_000  # revisions whose sections are kept in memory


@dataclass(slots=True)
class _Name:
    """A text as it may be typed: its characters, and once letters are typed its pinyin and the initials of that."""

    text: str
    _sounds: tuple[str, str] = ("", "")

    @property
    def sounds(self) -> tuple[str, str]:
        """Pinyin and initials. Told when first asked for: a hundred thousand texts take seconds to sound."""
        if not self._sounds[0]:
            heard = syllables(self.text)
            self._sounds = "".join(heard), "".join(s[:1] for s in heard)
        return self._sounds


@dataclass(slots=True)
class _Entry:
    row: PublishedTitle
    title: _Name
    names: tuple[_Name, ...]
    questions: tuple[tuple[Path, str, _Name], ...]
    texts: str = field(init=False)  # of all of them: one look at one text, for nearly all entries hold nothing of it
    length: int = field(init=False)  # of the title, as it counts in the order
    _sounds: str = ""

    def __post_init__(self) -> None:
        self.texts = "\n".join(name.text for name in self._all())
        self.length = min(len(self.title.text), _PLACES) << 24

    def _all(self) -> Iterator[_Name]:
        yield self.title
        yield from self.names
        yield from (name for _, _, name in self.questions)

    def may_sound(self, typed: str) -> bool:
        """Whether the pinyin or the initials of any of it hold the letters that were typed."""
        if not self._sounds:
            self._sounds = "\n".join(sound for name in self._all() for sound in name.sounds)
        return typed in self._sounds


Asked = tuple[int, int, Path, str, PublishedTitle]  # with the section that answers, and the question


class Titles:
    """All published titles with their names and questions."""

    def __init__(self) -> None:
        self._head = -1
        self._entries: list[_Entry] = []
        self._paths: dict[str, frozenset[Path]] = {}
        self._lock = threading.Lock()

    def follow(self, database: Database) -> None:
        """Read what changed before anybody types: all of a hundred thousand titles take seconds."""
        self._current(database)

    def _current(self, database: Database) -> list[_Entry]:
        """The titles as of this request's own snapshot; an older snapshot never replaces a newer one."""
        with self._lock:
            known, before = self._head, self._entries
        with database.reading() as session:
            found = titles_since(session, known)
        if found.head == known:
            return before
        entries = _merge(before, found)
        with self._lock:
            if found.head > self._head:
                self._head, self._entries = found.head, entries
        return entries

    def suggest(self, database: Database, prefix: str, viewer: Actor, now: datetime, *, limit: int) -> list[Suggestion]:
        """At most ``limit``: titles that begin with the text, those that hold it, by pinyin, by other names; and known
        questions that do, a few where there are titles too."""
        typed, moment = normalise(prefix).replace(" ", ""), Moment(now, now)
        is_letters = _are_letters(typed)
        # each in its order as one number: 100,000 tuples would set off the garbage collector, which walks all of memory
        titles: list[int] = []
        questions: list[Asked] = []
        entries = self._current(database) if typed else []
        for place, entry in enumerate(entries):
            if typed in entry.texts or (is_letters and entry.may_sound(typed)):  # no call for each: there are 100,000
                rank = 0 if entry.texts.startswith(typed) else _title_rank(entry, typed)
                if rank is not None:
                    titles.append((rank << 48) + entry.length + place)
                if entry.questions:
                    questions += _questions(entry, typed)

        def seen(row: PublishedTitle) -> bool:
            return is_answerable(row.rectangle, row.audience, viewer, moment)

        rows = (entries[place & _PLACES].row for place in sorted(titles))
        best = islice((row for row in rows if seen(row)), limit)
        asked = islice((one for one in sorted(questions, key=_rank) if seen(one[-1])), _LOOKED_AT)
        return _merged([Suggestion(row.slug, row.title, row.department) for row in best],
                       self._answered(database, list(asked), viewer, moment), limit)

    def _answered(self, database: Database, questions: Sequence[Asked], viewer: Actor, moment: Moment
                  ) -> list[Suggestion]:
        """Those whose section the revision in force has still."""
        if not questions:
            return []
        with database.reading() as session:
            live = live_revisions(session, viewer, moment, {row.revision_id for *_, row in questions})
        found = []
        for _, _, path, question, row in questions:
            text = live.get(row.revision_id)
            if text is not None and path in self._sections(text):
                found.append(Suggestion(row.slug, row.title, row.department, question))
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


_rank: Callable[[Asked], tuple[int, int]] = itemgetter(0, 1)


def _merged(titles: Sequence[Suggestion], questions: Sequence[Suggestion], limit: int) -> list[Suggestion]:
    """The best of both, titles first; no question twice."""
    best: dict[str, Suggestion] = {}
    for one in questions:
        best.setdefault(one.question, one)
    room = min(len(best), max(_QUESTIONS, limit - len(titles)), limit)
    return [*titles[:limit - room], *[*best.values()][:room]]


def _merge(before: Sequence[_Entry], found: TitlesSince) -> list[_Entry]:
    """All entries by slug, those of articles that did not change as they were."""
    if found.changed is None:
        sounded = {entry.row: entry for entry in before}
        return [sounded.get(row) or _entry(row) for row in found.titles]
    kept = [entry for entry in before if entry.row.article_id not in found.changed]
    return sorted([*kept, *map(_entry, found.titles)], key=_slug)


def _slug(entry: _Entry) -> str:
    return entry.row.slug


def _entry(row: PublishedTitle) -> _Entry:
    return _Entry(row, _name(row.title), tuple(map(_name, row.names)),
                  tuple((path, text, _name(text)) for path, text in row.questions))


def _name(text: str) -> _Name:
    return _Name(normalise(text).replace(" ", ""))


def _title_rank(entry: _Entry, typed: str) -> int | None:
    """How well a title goes with what was typed, 0 best; None when not at all."""
    ranks = [*_ranks(entry.title, typed, (0, 1, 2, 3), is_title=True),
             *(rank for name in entry.names for rank in _ranks(name, typed, (4, 6, 5, 7)))]
    return min(ranks, default=None)


def _questions(entry: _Entry, typed: str) -> Iterator[Asked]:
    for path, text, name in entry.questions:
        for rank in _ranks(name, typed, (0, 1, 2, 3)):
            yield rank, len(text), path, text, entry.row


def _are_letters(typed: str) -> bool:
    return typed.isascii() and typed.isalpha()


def _ranks(name: _Name, typed: str, ranks: tuple[int, int, int, int], *, is_title: bool = False) -> Iterator[int]:
    """The rank of a name that begins with the text, holds it, begins with its letters, or holds those; at most one.

    A single character is no word to look for within other names than titles.
    """
    begins, holds, sounds_so, sounds_within = ranks
    if name.text.startswith(typed):
        yield begins
    elif typed in name.text and (len(typed) > 1 or is_title):
        yield holds
    elif _are_letters(typed):
        if any(sound.startswith(typed) for sound in name.sounds):
            yield sounds_so
        elif len(typed) > 2 and any(typed in sound for sound in name.sounds):
            yield sounds_within

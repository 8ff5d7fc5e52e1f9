"""Which texts in force rest on documents of the register: by their basis, or by naming them in their words.

A document is found by its number however it is written; where it, or the text's basis, has none, by its title, if no
other document of the register has that title too. A number that does not say whose it is (令第5号) is looked for among
bases alone, not in words. Numbers and titles of bases are few next to the texts, so that they are compared here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from kb.models import Basis, FactRow, Publication, RegisterDocument, Revision
from kb.registers.keys import document_key, is_telling, title_key, written_forms
from kb.upkeep.signals.live_texts import BATCH, live_texts, rows_of
from kb.upkeep.signals.signal import Looking

_ENDS = re.compile(r"[。！？；!?;\n]|\.(?=\s)")
_NUMERALS = re.compile("[零〇一二三四五六七八九十百千]")
_GROUPS = re.compile(r"[0-9]{1,12}")
_NEAR = 120  # characters before and after that are read as its sentence
_number_key = lru_cache(maxsize=100_000)(document_key)
_title_key = lru_cache(maxsize=100_000)(title_key)


@dataclass(frozen=True, slots=True)
class Named:
    """A place where a text in force names a document: its basis (``words`` are the entry's), or a stretch of it."""

    document_id: str
    article_id: str
    revision_id: str
    words: str
    ordinal: int = 0  # of a basis
    start: int = 0
    end: int = 0
    around: str = ""  # the sentence of a stretch

    @property
    def is_basis(self) -> bool:
        return self.end == 0


@dataclass(frozen=True, slots=True)
class _Keys:
    """Documents by the forms in which they are found; ``numberless`` are those known by their title alone. ``digits``
    are those of the numbers: what has others need not be read, as most need not."""

    digits: frozenset[str]
    numbers: Mapping[str, str]
    titles: Mapping[str, str]
    numberless: Mapping[str, str]

    def document(self, number: str, title: str) -> str | None:
        """The document that a basis of this number and title means."""
        has_number = bool(number.strip())
        if has_number and (_digits(number) in self.digits or _NUMERALS.search(number)):
            found = self.numbers.get(_number_key(number))
            if found:
                return found
        by_title = self.numberless if has_number else self.titles
        return by_title.get(_title_key(title)) if by_title else None


def naming(session: Session, looking: Looking, documents: Sequence[RegisterDocument],
           articles: Collection[str] | None = None) -> list[Named]:
    """Where texts in force (of these articles; None: all) name these documents."""
    if not documents:
        return []
    keys = _keys(session, documents)
    return [*_bases(session, looking, keys, articles), *_words(session, looking, keys, articles)]


def resting_on(session: Session, looking: Looking, document_ids: Collection[str]) -> set[str]:
    """The articles whose texts in force name these documents."""
    rows = [row for (row,) in rows_of(session, select(RegisterDocument), document_ids, RegisterDocument.id)]
    return {named.article_id for named in naming(session, looking, rows)}


def _keys(session: Session, documents: Sequence[RegisterDocument]) -> _Keys:
    """By number, and by title where one document alone has it; a basis without a number means it by that."""
    numbers = {row.number_key: row.id for row in documents if row.number_key}
    titles = {row.title_key for row in documents}
    ids: dict[str, list[str]] = {}
    for title, key in rows_of(session, select(RegisterDocument.title_key, RegisterDocument.id), titles,
                              RegisterDocument.title_key):
        ids.setdefault(title, []).append(key)
    alone = {title: several[0] for title, several in ids.items() if len(several) == 1}
    numbered = set(numbers.values())
    return _Keys(frozenset(map(_digits, numbers)), numbers, alone,
                 {title: key for title, key in alone.items() if key not in numbered})


def _digits(number: str) -> str:
    return "".join(str(int(group)) for group in _GROUPS.findall(unicodedata.normalize("NFKC", number)))


def _bases(session: Session, looking: Looking, keys: _Keys, articles: Collection[str] | None) -> Iterator[Named]:
    query = live_texts(looking, Basis.number, Basis.title, Basis.ordinal).join(
        Basis, Basis.revision_id == Publication.revision_id)
    if articles is None:
        pairs = [(number, title) for number, title in session.execute(select(Basis.number, Basis.title).distinct())
                 if keys.document(number, title)]
        pieces = [pairs[at:at + BATCH // 2] for at in range(0, len(pairs), BATCH // 2)]
        rows = (row for piece in pieces for row in session.execute(
            query.where(tuple_(Basis.number, Basis.title).in_(piece))))
    else:
        rows = (row for row in rows_of(session, query, articles))
    for article_id, revision_id, number, title, ordinal in rows:
        document_id = keys.document(number, title)
        if document_id:
            yield Named(document_id, article_id, revision_id, f"{title} {number}".strip(), ordinal)


def _words(session: Session, looking: Looking, keys: _Keys, articles: Collection[str] | None) -> Iterator[Named]:
    forms = {form: document_id for key, document_id in keys.numbers.items() if is_telling(key)
             for form in written_forms(key)}
    if not forms:
        return
    query = live_texts(looking, FactRow.value, FactRow.start, FactRow.end, Revision.source).join(
        FactRow, FactRow.revision_id == Publication.revision_id).join(
        Revision, Revision.id == Publication.revision_id).where(
        FactRow.kind == "document", Revision.redacted_at.is_(None))
    wanted = None if articles is None else frozenset(articles)
    if wanted is not None and len(wanted) <= BATCH:
        query = query.where(Publication.article_id.in_(wanted))
    for article_id, revision_id, value, start, end, source in rows_of(session, query, forms, FactRow.value):
        if wanted is None or article_id in wanted:
            yield Named(forms[value], article_id, revision_id, source[start:end], start=start, end=end,
                        around=around(source, start, end))


def around(source: str, start: int, end: int) -> str:
    """The sentence that a stretch stands in, as far as it is near."""
    before = _ENDS.split(source[max(0, start - _NEAR):start])[-1]
    return before + source[start:end] + _ENDS.split(source[end:end + _NEAR])[0]

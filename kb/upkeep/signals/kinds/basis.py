"""A document that a text rests on and that, by another article, no longer holds: that one says that it is repealed, or
rests on a later edition of it. A text that says so itself, or rests on the later edition too, knows of it. A new text
clears it, of this article or of the other. What the register says of documents is another kind."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from kb.messages.message import Message
from kb.models import Article, Basis, Publication, Revision, TextDocument
from kb.upkeep.signals.live_texts import in_force, key_of, live_texts, local_day, quoted, rows_of
from kb.upkeep.signals.signal import Evidence, Finding, Looking, Severity, Topic

_YEAR = re.compile(r"(?:19|20)\d\d")
_BASIS, _REPEAL = "basis", "repeal"
_ITS_BASIS = (Basis.revision_id == TextDocument.revision_id) & (Basis.ordinal == TextDocument.ordinal)


@dataclass(frozen=True, slots=True)
class _Document:
    """A document that a text in force rests on, or (``start`` to ``end``) says to be repealed."""

    article_id: str
    revision_id: str
    number_key: str
    title_key: str
    ordinal: int
    start: int
    end: int
    title: str = ""
    number: str = ""
    issuer: str = ""
    issued_on: date | None = None

    @property
    def name(self) -> str:
        """As people name it."""
        return f"{self.title} {self.number}".strip()

    @property
    def year(self) -> int:
        """The year that its number or title names; 0 for none."""
        found = _YEAR.search(self.number) or _YEAR.search(self.title)
        return int(found.group()) if found else 0

    def evidence(self) -> Evidence:
        """As a text's basis, which does not stand in its words."""
        return Evidence(self.name, self.revision_id, source=f"basis:{self.ordinal}")


class BasisOverruled:
    """Basis document superseded or repealed by another article's own text or basis."""

    kind = "basis"
    topics = frozenset({Topic.ARTICLE, Topic.TIME})

    def find(self, session: Session, looking: Looking, articles: Collection[str] | None) -> Iterator[Finding]:
        """One finding for each such document of a text; a repeal outweighs a later edition."""
        wanted = _suspects(session, looking) if articles is None else articles
        bases = list(_documents(session, looking, wanted, Publication.article_id))
        repeals = _Repeals(_repealed(session, looking, bases))
        own: defaultdict[str, list[_Document]] = defaultdict(list)
        for basis in bases:
            own[basis.article_id].append(basis)
        editions = _editions(session, looking, {one.title_key for one in bases if one.title_key})
        words = quoted(session, [(one.revision_id, one.start, one.end) for basis in bases for one in repeals.of(basis)])
        for basis in bases:
            said = repeals.of(basis)
            if any(one.article_id == basis.article_id for one in said):
                continue  # it says so itself
            quotes = [words[at] for one in said if (at := (one.revision_id, one.start, one.end)) in words]
            later = next((one for one in editions.get(basis.title_key, ()) if _is_later(one, basis)), None)
            if quotes:
                yield _finding(self.kind, basis, Severity.SERIOUS, "repealed", quotes[0], "")
            elif later is not None and not any(_is_same(later, one) for one in own[basis.article_id]):
                yield _finding(self.kind, basis, Severity.WARNING, "edition", later.evidence(), later.name)

    def explain(self, facts: Mapping[str, Any]) -> Message:
        if facts["why"] == "repealed":
            return Message("it rests on {document}, which by another article is no longer in force",
                           document=facts["document"])
        return Message("it rests on {document}; another article rests on a later edition, {later}",
                       document=facts["document"], later=facts["later"])


def resting_alike(session: Session, articles: Collection[str]) -> set[str]:
    """The articles that rest on a document which one of these says to be repealed, or rests on in another edition."""
    named = select(TextDocument.role, TextDocument.number_key, TextDocument.title_key).join(
        Revision, Revision.id == TextDocument.revision_id)
    rows = {(row[0], row[1], row[2]) for row in rows_of(session, named, articles, Revision.article_id)}
    query = select(Revision.article_id).join(TextDocument, TextDocument.revision_id == Revision.id).where(
        TextDocument.role == _BASIS)
    found: set[str] = set()
    for column, keys in ((TextDocument.number_key, {number for role, number, _ in rows if role == _REPEAL} - {""}),
                         (TextDocument.title_key, {title for role, _, title in rows if role == _REPEAL} - {""})):
        found |= {row[0] for row in rows_of(session, query, keys, column)}
    for title, number in {(title, number) for role, number, title in rows if role == _BASIS and title}:
        found |= set(session.scalars(query.where(TextDocument.title_key == title, or_(
            TextDocument.number_key != number, TextDocument.number_key == ""))))
    return found


def _finding(kind: str, basis: _Document, severity: Severity, why: str, beside: Evidence, later: str) -> Finding:
    return Finding(kind, basis.article_id, severity, key_of(basis.title_key, basis.number_key),
                   (basis.evidence(), beside), {"why": why, "document": basis.name, "later": later})


class _Repeals:
    """What texts in force say to be repealed, by the keys of number and title."""

    def __init__(self, said: Iterable[_Document]) -> None:
        self.numbers: defaultdict[str, list[_Document]] = defaultdict(list)
        self.titles: defaultdict[str, list[_Document]] = defaultdict(list)
        for one in said:
            self.numbers[one.number_key].append(one)
            self.titles[one.title_key].append(one)

    def of(self, basis: _Document) -> list[_Document]:
        """Where this document is said to be: by its number or, where one of the two gives none, by its title."""
        by_number = self.numbers.get(basis.number_key, ()) if basis.number_key else ()
        by_title = self.titles.get(basis.title_key, ()) if basis.title_key else ()
        return [*by_number, *(one for one in by_title if not (one.number_key and basis.number_key))]


def _repealed(session: Session, looking: Looking, bases: Iterable[_Document]) -> Iterator[_Document]:
    """Where one of these documents is said to be repealed, each place once."""
    today = local_day(looking)
    query = (live_texts(looking, TextDocument.number_key, TextDocument.title_key, TextDocument.ordinal,
                        TextDocument.start, TextDocument.end, TextDocument.id)
             .join(TextDocument, TextDocument.revision_id == Publication.revision_id)
             .where(TextDocument.role == _REPEAL, func.coalesce(TextDocument.from_day, today) <= today))
    keys = {(one.number_key, one.title_key) for one in bases}
    wanted = ((TextDocument.number_key, {number for number, _ in keys} - {""}),
              (TextDocument.title_key, {title for _, title in keys} - {""}))
    found = {row[7]: _Document(*row[:7])
             for column, values in wanted for row in rows_of(session, query, values, column)}
    return iter(sorted(found.values(), key=lambda one: (one.article_id, one.start, one.number_key, one.title_key)))


def _documents(session: Session, looking: Looking, values: Collection[str], column: Any) -> Iterator[_Document]:
    """What the texts in force rest on, where this column has one of these values."""
    query = (live_texts(looking, TextDocument.number_key, TextDocument.title_key, TextDocument.ordinal,
                        TextDocument.start, TextDocument.end, Basis.title, Basis.number, Basis.issuer, Basis.issued_on)
             .join(TextDocument, TextDocument.revision_id == Publication.revision_id).join(Basis, _ITS_BASIS)
             .where(TextDocument.role == _BASIS).order_by(Publication.article_id, TextDocument.ordinal))
    return (_Document(*row) for row in rows_of(session, query, values, column))


def _suspects(session: Session, looking: Looking) -> set[str]:
    """The articles that may have a finding: most rest on what nobody speaks of, and are not looked at one by one."""
    query = live_texts(looking).join(TextDocument, TextDocument.revision_id == Publication.revision_id)
    said = session.execute(query.where(TextDocument.role == _REPEAL).with_only_columns(
        TextDocument.number_key, TextDocument.title_key)).all()
    numbers, titles = {row[0] for row in said} - {""}, {row[1] for row in said} - {""}
    titles |= {row[0] for row in session.execute(_in_editions(looking))}
    query = query.where(TextDocument.role == _BASIS)
    return {row[0] for column, keys in ((TextDocument.number_key, numbers), (TextDocument.title_key, titles))
            for row in rows_of(session, query, keys, column)}


def _in_editions(looking: Looking) -> Select[Any]:
    """The titles of which texts in force rest on several documents."""
    return (select(TextDocument.title_key)
            .join(Publication, Publication.revision_id == TextDocument.revision_id)
            .join(Article, Article.id == Publication.article_id).join(Basis, _ITS_BASIS)
            .where(TextDocument.role == _BASIS, TextDocument.title_key != "", in_force(looking))
            .group_by(TextDocument.title_key)
            .having((func.count(TextDocument.number_key.distinct()) > 1)
                    | (func.count(Basis.issued_on.distinct()) > 1)))


def _editions(session: Session, looking: Looking, titles: set[str]) -> dict[str, list[_Document]]:
    """The different documents of these titles, the latest first; of each, as the first article has it."""
    many = {row[0] for row in rows_of(session, _in_editions(looking), titles, TextDocument.title_key)}
    found: dict[str, dict[tuple[str, date | None], _Document]] = {}
    for one in _documents(session, looking, many, TextDocument.title_key):
        found.setdefault(one.title_key, {}).setdefault((one.number_key, one.issued_on), one)
    return {title: sorted(several.values(), key=_age, reverse=True) for title, several in found.items()}


def _age(one: _Document) -> tuple[date, int, str]:
    return one.issued_on or date(one.year or 1, 1, 1), one.year, one.number_key


def _is_later(one: _Document, basis: _Document) -> bool:
    """Whether a document of the same title took the place of another: of the same issuer, as far as is said, under
    another number, and later by its day or else its year."""
    if one.article_id == basis.article_id or (one.issuer and basis.issuer and one.issuer != basis.issuer):
        return False
    if one.number_key and one.number_key == basis.number_key:
        return False
    if one.issued_on and basis.issued_on:
        return one.issued_on > basis.issued_on
    return bool(one.year and basis.year and one.year > basis.year)


def _is_same(one: _Document, other: _Document) -> bool:
    return (one.number_key, one.title_key, one.issued_on) == (other.number_key, other.title_key, other.issued_on)

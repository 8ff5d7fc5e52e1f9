"""A copy that was left behind: a sentence stands in two articles, and one of them has said it otherwise since.

Found for the article that still says the old words, as long as it does, the other text is in force, and nobody has
confirmed this one since. What counts as a copy is told by its company: of the sentences around it in the other
article's earlier text some stand here too. What stands in many articles is a phrase of any office; what is of another
district is deliberately its own.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Select, column, func, select, values
from sqlalchemy.orm import Session

from kb.markup.conflicts.contrast import differs_by_place, places_in
from kb.messages.message import Message
from kb.models import Article, Confirmation, CopyChange, CopyReading, CopySentence, Department, Publication, Revision
from kb.upkeep.signals.live_texts import BATCH, live_texts, rows_of, whole
from kb.upkeep.signals.signal import Evidence, Finding, Looking, Severity, Topic

_COMMON = 20  # articles in which a sentence may stand and still be a copy
_OLDER = 10  # texts of one article that may hold it
_COMPANY = 2  # sentences around it that stand in both, where there are as many
_MOST = 5  # places of each text in one finding
_HEADING = re.compile(r"^#{1,6}\s+(.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Left:
    """A sentence of a text in force that another one had, and changed."""

    article_id: str
    revision_id: str
    reading_id: int
    start: int
    end: int
    hash: int
    change: _Change


@dataclass(frozen=True, slots=True)
class _Change:
    """What a text in force has no more of an earlier one of its article."""

    article_id: str
    revision_id: str
    hash: int
    what: str
    now_start: int
    now_end: int
    near: Sequence[int]


@dataclass(frozen=True, slots=True)
class _Text:
    """What a finding says of a text; ``since`` is when it was first published, or came into force."""

    title: str
    source: str
    department: str
    since: datetime

    def place(self, start: int) -> str:
        """What may say where a stretch of it holds."""
        above = _HEADING.findall(self.source, 0, max(start, 0))[-2:]
        return " ".join((self.department, self.title, *above))


class LeftBehind:
    """One finding for each other article that has moved on."""

    kind = "drift"
    topics = frozenset({Topic.ARTICLE, Topic.TIME})

    def find(self, session: Session, looking: Looking, articles: Collection[str] | None) -> Iterator[Finding]:
        """A change of a figure or a denial is probably wrong here; of other words it is worth a look."""
        left = _accompanied(session, _left(session, looking, articles))
        texts = _texts(session, {one.revision_id for one in left} | {one.change.revision_id for one in left})
        confirmed = _confirmed(session, {one.revision_id for one in left})
        grouped: defaultdict[tuple[str, str], list[_Left]] = defaultdict(list)
        for one in left:
            own, other = texts.get(one.revision_id), texts.get(one.change.revision_id)
            if own and other and not (one.revision_id in confirmed and confirmed[one.revision_id] >= other.since) \
                    and not differs_by_place(own.place(one.start), other.place(one.change.now_start)):
                grouped[one.article_id, one.change.article_id].append(one)
        for (article_id, other_id), some in sorted(grouped.items()):
            yield _finding(self.kind, article_id, other_id, some, texts, looking)

    def explain(self, facts: Mapping[str, Any]) -> Message:
        other, day = facts["other"], date.fromisoformat(facts["since"])
        if facts["what"] == "figure":
            return Message("the article “{other}”, which said the same, gives another figure or rule since {day}",
                           other=other, day=day)
        if facts["what"] == "words":
            return Message("the article “{other}”, which said the same, says it in other words since {day}",
                           other=other, day=day)
        return Message("the article “{other}”, which said the same, says it no more since {day}", other=other, day=day)


def copied_from(session: Session, articles: Collection[str]) -> set[str]:
    """The articles whose texts hold a sentence that one of these had and changed."""
    gone = select(CopyChange.hash).join(CopyReading, CopyReading.id == CopyChange.reading_id).join(
        Revision, Revision.id == CopyReading.revision_id)
    hashes = {row[0] for row in rows_of(session, gone, articles, Revision.article_id)}
    hashes -= _common(session, hashes, _COMMON * _OLDER)
    query = (select(CopySentence.hash, Publication.article_id)
             .join(CopyReading, CopyReading.id == CopySentence.reading_id)
             .join(Publication, Publication.revision_id == CopyReading.revision_id)
             .where(Publication.superseded_at.is_(None)))
    found: defaultdict[int, set[str]] = defaultdict(set)
    for digest, article_id in rows_of(session, query, hashes, CopySentence.hash):
        found[digest].add(article_id)
    return {one for some in found.values() if len(some) <= _COMMON for one in some}


def _left(session: Session, looking: Looking, articles: Collection[str] | None) -> list[_Left]:
    """Sentences in force that another text in force had and changed, but for what stands in many articles."""
    query = (live_texts(looking, CopySentence.reading_id, CopySentence.start, CopySentence.end, CopySentence.hash)
             .join(CopyReading, CopyReading.revision_id == Publication.revision_id)
             .join(CopySentence, CopySentence.reading_id == CopyReading.id))
    own = None if articles is None else {row[5] for row in rows_of(session, query, articles)}
    gone = {row[0] for row in rows_of(session, select(CopyChange.hash).distinct(), own, CopyChange.hash)}
    changes = _changes(session, looking, gone - _common(session, gone, _COMMON * _OLDER))
    standing: defaultdict[int, list[Sequence[Any]]] = defaultdict(list)
    for row in rows_of(session, query, set(changes), CopySentence.hash):
        standing[row[5]].append(row)
    copies = [rows for rows in standing.values() if len({row[0] for row in rows}) <= _COMMON]
    return [_Left(row[0], row[1], row[2], row[3], row[4], row[5], change)
            for rows in copies for row in rows if articles is None or row[0] in articles
            for change in changes[row[5]] if change.article_id != row[0]]


def _common(session: Session, hashes: Collection[int], most: int) -> set[int]:
    """Those that stand in more texts than so many, older ones too. Of each no more entries of the index are passed by
    than that: a phrase of every office stands in a hundred thousand."""
    wanted = sorted(hashes)
    found: set[int] = set()
    for at in range(0, len(wanted), BATCH):
        asked = values(column("hash", BigInteger), name="asked").data([(one,) for one in wanted[at:at + BATCH]]).cte()
        beyond = (select(CopySentence.reading_id).where(CopySentence.hash == asked.c.hash).limit(1).offset(most)
                  .correlate(asked).scalar_subquery())
        found.update(session.scalars(select(asked.c.hash).where(beyond.is_not(None))))
    return found


def _changes(session: Session, looking: Looking, hashes: Collection[int]) -> Mapping[int, list[_Change]]:
    """What texts in force have no more, by the hash of it; of these hashes."""
    query: Select[*tuple[Any, ...]] = (
        live_texts(looking, CopyChange.hash, CopyChange.what, CopyChange.now_start, CopyChange.now_end,
                   CopyChange.near)
        .join(CopyReading, CopyReading.revision_id == Publication.revision_id)
        .join(CopyChange, CopyChange.reading_id == CopyReading.id))
    found: defaultdict[int, list[_Change]] = defaultdict(list)
    for row in rows_of(session, query, hashes, CopyChange.hash):
        found[row[2]].append(_Change(*row))
    return found


def _accompanied(session: Session, left: Sequence[_Left]) -> list[_Left]:
    """Those around which other sentences of the earlier text stand too, other than phrases of any office."""
    near = {digest for one in left for digest in one.change.near}
    near -= _common(session, near, 2 * _COMMON)
    held: defaultdict[int, set[int]] = defaultdict(set)
    query = select(CopySentence.reading_id, CopySentence.hash)
    for reading_id, digest in rows_of(session, query, {one.reading_id for one in left}, CopySentence.reading_id):
        held[reading_id].add(digest)

    def is_copied(one: _Left) -> bool:
        company = near.intersection(one.change.near)
        return bool(company) and len(company & held[one.reading_id]) >= min(_COMPANY, len(company))

    return [one for one in left if is_copied(one)]


def _texts(session: Session, revision_ids: Collection[str]) -> dict[str, _Text]:
    first = (select(func.min(Publication.published_at)).where(Publication.revision_id == Revision.id)
             .correlate(Revision).scalar_subquery())
    query = (select(Revision.id, Revision.title, Revision.source, Department.district, Department.name_zh,
                    Department.name_en, first, Revision.effective_from)
             .join(Article, Article.id == Revision.article_id).join(Department, Department.code == Article.owner)
             .where(Revision.redacted_at.is_(None)))
    return {row[0]: _Text(row[1], row[2], " ".join(row[3:6]), max(row[6], row[7]))
            for row in rows_of(session, query, revision_ids, Revision.id)}


def _confirmed(session: Session, revision_ids: Collection[str]) -> dict[str, datetime]:
    query = select(Confirmation.revision_id, func.max(Confirmation.confirmed_at)).group_by(Confirmation.revision_id)
    return {row[0]: row[1] for row in rows_of(session, query, revision_ids, Confirmation.revision_id)}


def _finding(kind: str, article_id: str, other_id: str, some: Sequence[_Left], texts: Mapping[str, _Text],
             looking: Looking) -> Finding:
    other = texts[some[0].change.revision_id]
    worst = min((one.change.what for one in some), key=("figure", "gone", "words").index)
    is_city_wide = all(bool(places_in(texts[one.revision_id].place(one.start)))
                       == bool(places_in(texts[one.change.revision_id].place(one.change.now_start))) for one in some)
    grave = worst == "figure" and is_city_wide
    return Finding(kind, article_id, Severity.WARNING if grave else Severity.INFO, other_id, _evidence(some, texts),
                   {"other": other.title, "what": worst,
                    "since": other.since.astimezone(looking.tz).date().isoformat()})


def _evidence(some: Sequence[_Left], texts: Mapping[str, _Text]) -> tuple[Evidence, ...]:
    def quoted(places: Iterable[tuple[str, int, int]]) -> list[Evidence]:
        return [Evidence(texts[key].source[start:end], key, start, end) for key, start, end in places]

    in_order = sorted(some, key=lambda one: (one.start, one.change.now_start))
    own = dict.fromkeys((one.revision_id, one.start, one.end) for one in in_order)
    now = dict.fromkeys((one.change.revision_id, one.change.now_start, one.change.now_end) for one in in_order
                        if one.change.now_end)
    return (*quoted(own)[:_MOST], *(quoted(now)[:_MOST] or [whole(some[0].change.revision_id)]))

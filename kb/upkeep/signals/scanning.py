"""The scan: what detectors find now is compared with what is open; the new is raised, the gone cleared, the rest kept.

Looking twice changes nothing, and a look at one article changes what a look at all would change of it. Findings are
made on one snapshot while nobody waits; they are written in small transactions, one scan at a time, and compared again
with what is open then, so that two scans at once raise nothing twice. Each raise and clear is an entry of the audit
log, which holds no words of texts.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from kb.actor import SYSTEM, Audience
from kb.articles.kept_copies import keep_copies
from kb.articles.kept_facts import keep_facts
from kb.articles.kept_readings import keep_readings
from kb.db import Database
from kb.dialects import serialise_writers
from kb.models import Article, Revision, SignalEvidence, SignalRow
from kb.record import outbox
from kb.record.journal import record
from kb.upkeep.signals.live_texts import rows_of
from kb.upkeep.signals.registry import DETECTORS, NEIGHBOURS
from kb.upkeep.signals.signal import Detector, Evidence, Finding, Looking, Topic

CONSUMER = "signals"  # of the outbox
_SCANS = 0x6B62_7367  # any constant: the lock that scans write under, one at a time
_BATCH = 100  # changes of one transaction
_EVENTS = 500  # of the outbox, at once
_MANY = 1_000  # changed articles from which on all are looked at
_LONGEST_QUOTE = 1_000  # characters of one piece of evidence that are kept
_PUBLIC_SOURCES = ("register", "link", "ledger", "department", "basis")  # others are for the staff: who asked, works

Key = tuple[str, str, str]  # article, kind and key


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a scan changed."""

    raised: int = 0
    cleared: int = 0
    changed: int = 0

    @property
    def total(self) -> int:
        """All that was changed."""
        return self.raised + self.cleared + self.changed

    def __add__(self, other: Scanned) -> Scanned:
        return Scanned(self.raised + other.raised, self.cleared + other.cleared, self.changed + other.changed)

    def __str__(self) -> str:
        return f"{self.raised} raised, {self.cleared} cleared, {self.changed} changed"


@dataclass(frozen=True, slots=True)
class Stated:
    """What a signal says, as it is kept; an open signal that says otherwise is changed."""

    severity: str
    audience: str
    facts: Mapping[str, Any]
    evidence: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a scan is to do: ``stated`` what holds now and is not open, or open otherwise; ``gone`` what holds no more.
    """

    stated: Mapping[Key, Stated]
    gone: tuple[Key, ...]


def planned(found: Mapping[Key, Stated], known: Mapping[Key, Stated]) -> Plan:
    """What to change so that what is known is what was found; touches nothing."""
    return Plan({key: stated for key, stated in found.items() if known.get(key) != stated},
                tuple(key for key in known if key not in found))


def scan(database: Database, *, now: datetime, tz: ZoneInfo, origin: str, articles: Collection[str] | None = None,
         topics: Collection[Topic] | None = None, detectors: Sequence[Detector] = DETECTORS) -> Scanned:
    """Look at these articles (ids; None: all) for all that these topics can raise or clear (None: everything).

    Opens transactions of its own. Texts are expected to be read (``kept_readings``): of one that is not, less is found.
    """
    looking = Looking(now, tz)
    chosen = [d for d in detectors if topics is None or d.topics & frozenset(topics)]
    kinds = None if topics is None and articles is None and detectors is DETECTORS else [d.kind for d in chosen]
    with database.reading() as session:
        found = stated(session, [each for d in chosen for each in d.find(session, looking, articles)])
        plan = planned(found, _open(session, kinds, articles))
    changes: list[tuple[Key, Stated | None]] = [*plan.stated.items(), *((key, None) for key in plan.gone)]
    done = Scanned()
    for start in range(0, len(changes), _BATCH):
        with database.transaction() as session:
            done += _write(session, dict(changes[start:start + _BATCH]), now=now, origin=origin)
    return done


def scan_all(database: Database, now: datetime, tz: ZoneInfo, *, origin: str = "scheduler") -> Scanned:
    """Look at everything: what the calendar, people and answers raise and clear is seen by this alone."""
    with database.reading() as session:
        head = outbox.head(session)
    keep_facts(database)
    keep_readings(database, tz=tz)
    keep_copies(database)
    done = scan(database, now=now, tz=tz, origin=origin)
    _note(database, head, now)
    return done


def scan_changed(database: Database, now: datetime, tz: ZoneInfo) -> Scanned:
    """Look at what was published, retired, hidden, shown or moved since the last look, and at what rests on it.

    Where events were pruned unheard, or nothing was ever looked at, that is everything.
    """
    done = Scanned()
    while True:
        with database.reading() as session:
            heard = outbox.heard(session, CONSUMER)
            events = outbox.read_after(session, heard or 0, limit=_EVENTS)
            lost = heard is None or heard < outbox.pruned_up_to(session)
        if lost:
            return done + scan_all(database, now, tz, origin="event")
        if not events:
            return done
        done += scan_articles(database, {event.article_id for event in events}, now=now, tz=tz)
        _note(database, events[-1].id, now)


def scan_articles(database: Database, changed: Collection[str], *, now: datetime, tz: ZoneInfo,
                  origin: str = "event") -> Scanned:
    """Look at articles that changed, and at those whose findings rest on them."""
    keep_facts(database, articles=changed)
    keep_readings(database, tz=tz, articles=changed)
    keep_copies(database, articles=changed)
    with database.reading() as session:
        touched = neighbours(session, changed)
    return scan(database, now=now, tz=tz, origin=origin, articles=None if len(touched) > _MANY else touched,
                topics=frozenset({Topic.ARTICLE}))


def neighbours(session: Session, changed: Collection[str]) -> set[str]:
    """These articles, and all others whose findings may be otherwise since these are."""
    evidence = (select(SignalRow.article_id).join(SignalEvidence, SignalEvidence.signal_id == SignalRow.id)
                .join(Revision, Revision.id == SignalEvidence.revision_id).where(SignalRow.cleared_at.is_(None)))
    found = set(changed) | {row[0] for row in rows_of(session, evidence, changed, Revision.article_id)}
    return found.union(*(look(session, changed) for look in NEIGHBOURS))


def stated(session: Session, findings: Iterable[Finding]) -> dict[Key, Stated]:
    """Findings as they are kept; of two of one key the first."""
    by_key: dict[Key, Finding] = {}
    for finding in findings:
        by_key.setdefault((finding.article_id, finding.kind, finding.key), finding)
    ids = {e.revision_id for finding in by_key.values() for e in finding.evidence if e.revision_id}
    audiences = {row[0]: row[1] for row in rows_of(session, select(Revision.id, Revision.audience), ids, Revision.id)}
    return {key: Stated(finding.severity.value, _audience(finding.evidence, audiences),
                        json.loads(json.dumps(dict(finding.facts))), [_kept(e) for e in finding.evidence])
            for key, finding in by_key.items()}


def _audience(evidence: Iterable[Evidence], audiences: Mapping[str, str]) -> str:
    """That of the narrowest piece."""
    is_public = all(
        (e.revision_id is None or audiences.get(e.revision_id) == Audience.PUBLIC)
        and (not e.source or e.source.partition(":")[0] in _PUBLIC_SOURCES) for e in evidence)
    return (Audience.PUBLIC if is_public else Audience.AGENT).value


def _kept(evidence: Evidence) -> dict[str, Any]:
    cut = evidence.quote[:_LONGEST_QUOTE]
    end = evidence.start + len(cut) if len(cut) < len(evidence.quote) else evidence.end
    return asdict(replace(evidence, quote=cut, end=end))


def _open(session: Session, kinds: Collection[str] | None, articles: Collection[str] | None) -> dict[Key, Stated]:
    query = select(SignalRow.article_id, SignalRow.kind, SignalRow.key, SignalRow.severity, SignalRow.audience,
                   SignalRow.facts, SignalRow.evidence).where(SignalRow.cleared_at.is_(None))
    if kinds is not None:
        query = query.where(SignalRow.kind.in_(kinds))
    return {(row[0], row[1], row[2]): Stated(*row[3:]) for row in rows_of(session, query, articles,
                                                                          SignalRow.article_id)}


def _write(session: Session, changes: Mapping[Key, Stated | None], *, now: datetime, origin: str) -> Scanned:
    """Bring what is open to what was found, whatever another scan did meanwhile. All rows first, the log last: who
    holds the log's lock waits for no row."""
    serialise_writers(session, _SCANS)
    held = select(Article.id, Article.slug).order_by(Article.id).with_for_update(read=True, key_share=True)
    slugs: dict[str, str] = {row[0]: row[1] for row in rows_of(session, held, {key[0] for key in changes}, Article.id)}
    erased = _erased(session, {e["revision_id"] for one in changes.values() if one for e in one.evidence
                               if e["revision_id"]})
    rows = {(row.article_id, row.kind, row.key): row for (row,) in rows_of(
        session, select(SignalRow).where(SignalRow.cleared_at.is_(None)), slugs, SignalRow.article_id)}
    acts: list[tuple[str, SignalRow, dict[str, Any] | None]] = []
    for key, one in changes.items():
        row = rows.get(key)
        if one is None:
            if row is not None:
                row.cleared_at, row.cleared_why = max(now, row.raised_at), "gone"
                acts.append(("clear_signal", row, None))
        elif not any(e["revision_id"] in erased for e in one.evidence):
            acts += [_put(session, row, key, one, now)] if row is None or _said(row) != one else []
    session.flush()
    _keep_evidence(session, [row for action, row, _ in acts if action != "clear_signal"])
    for action, row, before in acts:
        if action != "change_signal" or before != {"severity": row.severity}:
            record(session, SYSTEM, action, f"signal:{row.id}", now=now, origin=origin, before=before,
                   after={"article": slugs[row.article_id], "kind": row.kind, "key": row.key,
                          "severity": row.severity})
    counts = [action for action, _, _ in acts]
    return Scanned(counts.count("raise_signal"), counts.count("clear_signal"), counts.count("change_signal"))


def _put(session: Session, row: SignalRow | None, key: Key, one: Stated, now: datetime,
         ) -> tuple[str, SignalRow, dict[str, Any] | None]:
    before = None if row is None else {"severity": row.severity}
    if row is None:
        row = SignalRow(id=str(uuid.uuid4()), article_id=key[0], kind=key[1], key=key[2], raised_at=now)
        session.add(row)
    row.severity, row.audience = one.severity, one.audience
    row.facts, row.evidence = dict(one.facts), [dict(e) for e in one.evidence]
    return "change_signal" if before else "raise_signal", row, before


def _said(row: SignalRow) -> Stated:
    return Stated(row.severity, row.audience, row.facts, row.evidence)


def _erased(session: Session, revision_ids: Collection[str]) -> set[str]:
    """Those whose words are gone by now; of the others none is erased before this is written."""
    query = (select(Revision.id, Revision.redacted_at).order_by(Revision.id)
             .with_for_update(read=True))
    return {row[0] for row in rows_of(session, query, revision_ids, Revision.id) if row[1] is not None}


def _keep_evidence(session: Session, rows: Sequence[SignalRow]) -> None:
    if not rows:
        return
    session.execute(delete(SignalEvidence).where(SignalEvidence.signal_id.in_([row.id for row in rows])))
    pairs = sorted({(row.id, e["revision_id"]) for row in rows for e in row.evidence if e["revision_id"]})
    if pairs:
        session.execute(insert(SignalEvidence), [{"signal_id": one, "revision_id": other} for one, other in pairs])


def _note(database: Database, heard: int, now: datetime) -> None:
    with database.transaction() as session:
        if heard >= (outbox.heard(session, CONSUMER) or 0):
            outbox.note_heard(session, CONSUMER, heard, now=now)

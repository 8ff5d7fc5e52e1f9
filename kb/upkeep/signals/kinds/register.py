"""A document that a text rests on or names, and that by the register no longer holds as it was: repealed, amended,
expired, or about to be.

A text that itself says that the document is repealed knows of it. What was amended still holds: a text that was
published, or confirmed, after the amendment was entered and in force has been looked at in its light. What the register
says otherwise, or a new text, clears it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from kb.clock import start_of_day
from kb.messages.message import Message
from kb.models import Confirmation, Publication, RegisterDocument
from kb.upkeep.resting import Named, naming
from kb.upkeep.signals.live_texts import MOST_PLACES, live_texts, local_day, rows_of
from kb.upkeep.signals.signal import Evidence, Finding, Looking, Severity, Topic

NEAR = timedelta(days=60)  # before a document expires
_LOWER = {Severity.SERIOUS: Severity.WARNING, Severity.WARNING: Severity.INFO}
_SAYS_SO = re.compile(r"废止|失效|作废|(?:停止|终止)(?:执行|施行|实施)|不再(?:执行|适用|施行|有效)|取代|代替|替代|原《"
                      r"|\b(?:repeal|supersed|replac|revok|rescind|abolish|expire|lapse|withdrawn|no longer"
                      r"|ceased? to)", re.IGNORECASE)
_SAYS_AMENDED = re.compile(r"修[订改正]|\bamend", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a document does not hold as it was, from which day, and how much that matters to a text that rests on it."""

    why: str
    on: date
    severity: Severity


class BasisRepealed:
    """Basis document superseded or repealed by the register's entry."""

    kind = "basis_repealed"
    topics = frozenset({Topic.ARTICLE, Topic.REGISTER, Topic.TIME})

    def find(self, session: Session, looking: Looking, articles: Collection[str] | None) -> Iterator[Finding]:
        """One finding for each such document of a text."""
        today = local_day(looking)
        rows = session.scalars(select(RegisterDocument).where(or_(
            RegisterDocument.status != "in_force", and_(
                RegisterDocument.effective_to.is_not(None), RegisterDocument.effective_to <= today + NEAR)))).all()
        documents = {row.id: row for row in rows}
        found: defaultdict[tuple[str, str], list[Named]] = defaultdict(list)
        for named in naming(session, looking, rows, articles):
            found[named.article_id, named.document_id].append(named)
        heirs = _heirs(session, rows)
        knowing = {(named.article_id, named.document_id) for named in naming(
            session, looking, list(heirs.values()), {article_id for article_id, _ in found})}
        looked_at = _looked_at(session, looking, {article_id for article_id, document_id in found
                                                  if documents[document_id].status == "amended"})
        for (article_id, document_id), places in found.items():
            row = documents[document_id]
            trouble = trouble_of(row, today)
            if trouble is None or _is_known(row, trouble, looked_at.get(article_id), looking):
                continue
            severity = _severity(trouble, places, knows_heir=(article_id, row.changed_by_id) in knowing)
            if severity is not None:
                heir = heirs.get(row.changed_by_id or "")
                yield _finding(self.kind, row, trouble, severity, places, _name(heir) if heir else row.changed_by_text)

    def explain(self, facts: Mapping[str, Any]) -> Message:
        document, on, by = facts["document"], date.fromisoformat(facts["on"]), facts["by"]
        match facts["why"], bool(by):
            case "repealed", True:
                return Message("it names {document}, repealed on {on} by {by}", document=document, on=on, by=by)
            case "repealed", False:
                return Message("it names {document}, repealed on {on}", document=document, on=on)
            case "ending", True:
                return Message("it names {document}, which {by} repeals on {on}", document=document, on=on, by=by)
            case "ending", False:
                return Message("it names {document}, which is repealed from {on}", document=document, on=on)
            case "amended", True:
                return Message("it names {document}, amended on {on} by {by}", document=document, on=on, by=by)
            case "amended", False:
                return Message("it names {document}, amended on {on}", document=document, on=on)
            case "amending", _:
                return Message("it names {document}, which is amended from {on}", document=document, on=on)
            case "expired", _:
                return Message("it names {document}, which expired on {on}", document=document, on=on)
            case _:
                return Message("it names {document}, which expires on {on}", document=document, on=on)


def trouble_of(row: RegisterDocument, today: date) -> Trouble | None:
    """What stands against a document on a day, the worst of it; None where it holds."""
    if row.status == "repealed" and row.changed_on is not None and row.changed_on <= today:
        return Trouble("repealed", row.changed_on, Severity.SERIOUS)
    if row.effective_to is not None and row.effective_to <= today:
        return Trouble("expired", row.effective_to, Severity.SERIOUS)
    if row.status == "repealed" and row.changed_on is not None:
        return Trouble("ending", row.changed_on, Severity.WARNING)
    if row.status == "amended" and row.changed_on is not None:
        is_past = row.changed_on <= today
        return Trouble("amended" if is_past else "amending", row.changed_on,
                       Severity.WARNING if is_past else Severity.INFO)
    if row.effective_to is not None and row.effective_to <= today + NEAR:
        return Trouble("expiring", row.effective_to, Severity.INFO)
    return None


def _severity(trouble: Trouble, places: Sequence[Named], *, knows_heir: bool) -> Severity | None:
    """How much it matters: what a text rests on more than what it names; None where the text knows of it."""
    if any(place.is_basis for place in places):
        return _LOWER.get(trouble.severity, Severity.INFO) if knows_heir else trouble.severity
    says = _SAYS_AMENDED if trouble.why in ("amended", "amending") else _SAYS_SO
    if knows_heir or all(says.search(place.around) for place in places):
        return None
    return _LOWER.get(trouble.severity)


def _is_known(row: RegisterDocument, trouble: Trouble, looked_at: datetime | None, looking: Looking) -> bool:
    """Whether the text was looked at in the light of an amendment."""
    if trouble.why != "amended" or looked_at is None or row.changed_at is None:
        return False
    return looked_at >= max(row.changed_at, start_of_day(trouble.on, looking.tz))


def _heirs(session: Session, rows: Sequence[RegisterDocument]) -> dict[str, RegisterDocument]:
    """The documents that took others' places."""
    ids = sorted({row.changed_by_id for row in rows if row.changed_by_id})
    return {row.id: row for (row,) in rows_of(session, select(RegisterDocument), ids, RegisterDocument.id)}


def _looked_at(session: Session, looking: Looking, articles: Collection[str]) -> dict[str, datetime]:
    """When the texts in force were published, or confirmed after that."""
    confirmed = (select(func.max(Confirmation.confirmed_at)).where(
        Confirmation.revision_id == Publication.revision_id).correlate(Publication).scalar_subquery())
    found: dict[str, datetime] = {}
    if articles:
        for article_id, _, published_at, at in rows_of(
                session, live_texts(looking, Publication.published_at, confirmed), articles):
            found[article_id] = max(filter(None, (published_at, at, found.get(article_id))))
    return found


def _finding(kind: str, row: RegisterDocument, trouble: Trouble, severity: Severity, places: Sequence[Named], by: str,
             ) -> Finding:
    own = sorted(places, key=lambda place: (not place.is_basis, place.start))[:MOST_PLACES]
    evidence = [Evidence(place.words, place.revision_id, source=f"basis:{place.ordinal}") if place.is_basis
                else Evidence(place.words, place.revision_id, place.start, place.end) for place in own]
    return Finding(kind, own[0].article_id, severity, row.id,
                   (*evidence, Evidence(_name(row), source=f"register:{row.id}")),
                   {"why": trouble.why, "document": _name(row), "on": trouble.on.isoformat(), "by": by})


def _name(row: RegisterDocument) -> str:
    return f"{row.title} {row.number}".strip()

"""Which departments several texts wait for, in a handful of statements however many they are.

The same rule as ``signatures.waiting_for``, which asks for one text what it needs; a test holds the two equal.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from kb.articles.live import BATCH
from kb.models import CoOwner, Department, Revision, Signature, SignatureRule, Urgency
from kb.people.succession import standing_department

_DEEPEST = 100  # texts below one another that were not signed by all

_Row = TypeVar("_Row", Signature, CoOwner)
Rules = Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class _Below:
    """A text that another replaces."""

    id: str
    category: str
    is_minor: bool
    base_id: str | None


def waiting_for_each(session: Session, revisions: Sequence[Revision]) -> dict[str, list[str]]:
    """By revision (article loaded) the departments whose signatures are missing, as ``signatures.waiting_for``."""
    signatures: defaultdict[str, list[Signature]] = defaultdict(list)
    for signature in _in(session, Signature, Signature.revision_id, [r.id for r in revisions]):
        signatures[signature.revision_id].append(signature)
    below, unsettled = _below(session, revisions)
    rules = {(r.department, r.category): r.owner_signatures for r in session.scalars(select(SignatureRule))}
    departments = session.scalars(select(Department)).all()  # held, so that following them asks nothing more
    co_owners: defaultdict[str, set[str]] = defaultdict(set)
    for stated in _in(session, CoOwner, CoOwner.revision_id,
                      {r.id for r in revisions} | {one.id for texts in below.values() for one in texts}):
        co_owners[stated.revision_id].add(standing_department(session, stated.department))
    del departments
    return {r.id: _missing(r, signatures[r.id], below[r.id], unsettled, rules, co_owners) for r in revisions}


def _missing(revision: Revision, signatures: Sequence[Signature], below: Sequence[_Below], unsettled: Collection[str],
             rules: Rules, co_owners: Mapping[str, set[str]]) -> list[str]:
    if any(s.is_imported for s in signatures):
        return []
    owner = revision.article.owner
    if revision.is_minor and not any(one.id in unsettled for one in below):
        wanted = [owner]
    else:
        times = max(_times(rules, owner, category) for category in {revision.category, *(b.category for b in below)})
        beside = set().union(*(co_owners.get(id_, set()) for id_ in (revision.id, *(b.id for b in below))))
        wanted = [owner] * times + sorted(beside - {owner})
    given = Counter(s.department for s in signatures if s.decision == "signed")
    missing = []
    for department in wanted:
        if given[department] > 0:
            given[department] -= 1
        else:
            missing.append(department)
    return missing


def _times(rules: Rules, department: str, category: str) -> int:
    keys = ((department, category), (department, ""), ("", category), ("", ""))
    return next((rules[key] for key in keys if key in rules), 1)


def _below(session: Session, revisions: Sequence[Revision]) -> tuple[dict[str, list[_Below]], set[str]]:
    """For each the texts that it replaces, back to the last that all had signed; and which of all these had not."""
    found: dict[str, list[_Below]] = {r.id: [] for r in revisions}
    unsettled: set[str] = set()
    wanted = {r.id: r.base_id for r in revisions if r.base_id}
    for _ in range(_DEEPEST):
        if not wanted:
            break
        ids = set(wanted.values())
        rows = {row.id: _Below(row.id, row.category, row.is_minor, row.base_id) for part in _parts(ids)
                for row in session.execute(select(Revision.id, Revision.category, Revision.is_minor, Revision.base_id)
                                           .where(Revision.id.in_(part)))}
        unsettled |= {id_ for part in _parts(ids) for id_ in session.scalars(
            select(Urgency.revision_id).where(Urgency.revision_id.in_(part), Urgency.settled_at.is_(None)))}
        for revision_id, base_id in list(wanted.items()):
            one = rows.get(base_id)
            del wanted[revision_id]
            if one is None:
                continue
            found[revision_id].append(one)
            is_whole = not one.is_minor and one.id not in unsettled
            if one.base_id and not is_whole:
                wanted[revision_id] = one.base_id
    return found, unsettled


def _parts(ids: Collection[str]) -> list[list[str]]:
    ordered = sorted(ids)
    return [ordered[at:at + BATCH] for at in range(0, len(ordered), BATCH)]


def _in(session: Session, kind: type[_Row], column: InstrumentedAttribute[str], ids: Collection[str]) -> list[_Row]:
    return [row for part in _parts(ids) for row in session.scalars(select(kind).where(column.in_(part)))]

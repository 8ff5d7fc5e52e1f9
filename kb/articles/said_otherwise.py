"""What is kept of contradictions between some texts, as one who answers from them needs it: at once, and in one
statement. Whether a text may be shown is asked elsewhere (``live``)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import CompoundSelect, bindparam, literal, or_, select, union_all
from sqlalchemy.orm import Session

from kb.articles.kept_conflicts import METHOD, FoundConflict
from kb.models import ConflictPair, ConflictReading, Revision

_MOST = 100  # texts that are looked for, and contradictions of theirs that are told of


@dataclass(frozen=True, slots=True)
class Otherwise:
    """The contradictions of some texts, each seen from that text, and which of the texts were fully compared."""

    pairs: tuple[FoundConflict, ...] = ()
    compared: frozenset[str] = frozenset()


@lru_cache(maxsize=1)
def _statement() -> CompoundSelect[Any]:
    """What every ask needs: to put it together took longer than the database does."""
    pair, ids = ConflictPair, cast("Any", bindparam("ids", expanding=True))
    own = select(pair.revision_id, pair.other_revision_id, pair.kind, pair.score, pair.start, pair.end,
                 pair.other_start, pair.other_end).where(pair.revision_id.in_(ids))
    turned = select(pair.other_revision_id, pair.revision_id, pair.kind, pair.score, pair.other_start, pair.other_end,
                    pair.start, pair.end).where(pair.other_revision_id.in_(ids))
    none = [literal(0).label(f"none_{n}") for n in range(4)]
    marks = select(ConflictReading.revision_id, literal(""), literal(""), literal(0.0), *none).where(
        ConflictReading.revision_id.in_(ids), ConflictReading.method == bindparam("method"))
    return union_all(own, turned, marks)


def said_otherwise(session: Session, revision_ids: Collection[str]) -> Otherwise:
    """What is kept of these revisions (some hundred at most), the surest first."""
    wanted = sorted(set(revision_ids))[:_MOST]
    if not wanted:
        return Otherwise()
    found: Iterable[Any] = session.execute(_statement(), {"ids": wanted, "method": METHOD})
    rows = [FoundConflict(*row) for row in found]
    pairs = sorted((row for row in rows if row.other_revision_id), key=lambda row: -row.score)
    return Otherwise(tuple(pairs[:_MOST]), frozenset(row.revision_id for row in rows if not row.other_revision_id))


def keep_met(session: Session, met: Iterable[FoundConflict]) -> int:
    """Keep contradictions that were met while answering, where nothing is kept between the two texts yet, so that both
    departments hear of them by the next look; how many. A full comparison of the two replaces them."""
    kept = 0
    for one in met:
        texts = (one.revision_id, one.other_revision_id)
        readable = session.scalars(select(Revision.id).where(Revision.id.in_(texts), Revision.redacted_at.is_(None))
                                   .order_by(Revision.id).with_for_update()).all()  # nobody erases words meanwhile
        known = session.scalar(select(ConflictPair.id).where(or_(*(
            (ConflictPair.revision_id == a) & (ConflictPair.other_revision_id == b)
            for a, b in (texts, texts[::-1])))).limit(1)) if len(readable) == len(texts) else 0
        if known is None:
            session.add(ConflictPair(
                revision_id=one.revision_id, other_revision_id=one.other_revision_id, kind=one.kind, score=one.score,
                start=one.start, end=one.end, other_start=one.other_start, other_end=one.other_end))
            kept += 1
    session.flush()
    return kept

"""What an urgent publication still owes: which signatures were not waited for, and who refused one.

A debt goes on until it is paid: by its own signatures, or by a later text that had all of its own, among them whoever
was owed one here. Whatever rests on an unpaid text answers to the same departments, back to the last text that all had
signed; no second urgent publication sets the day anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session, aliased

from kb.errors import Conflict
from kb.models import Article, Publication, Revision, Signature, State, Urgency


@dataclass(frozen=True, slots=True)
class Refusal:
    """A department that would not sign what is live already: by whom, and why."""

    department: str
    signer: str
    reason: str

    def as_dict(self) -> dict[str, str]:
        """Its JSON form."""
        return {"department": self.department, "by": self.signer, "reason": self.reason}


def is_unpaid() -> ColumnElement[bool]:
    """Of a published revision joined with its article and its urgency: whether signatures may still be owed for it.

    A later text pays for it unless that one was urgent itself, or minor: those had not everybody's signature.
    """
    later, urgency = aliased(Revision), aliased(Urgency)
    is_paid = exists().where(
        later.article_id == Revision.article_id, later.number > Revision.number, later.state == State.PUBLISHED,
        later.is_minor.is_(False),
        ~exists().where(urgency.revision_id == later.id, urgency.settled_at.is_(None)))
    return and_(Revision.state == State.PUBLISHED, Urgency.revision_id.is_not(None), Urgency.settled_at.is_(None),
                Article.retired_at.is_(None), ~is_paid)


def unpaid_of(session: Session, article_id: str) -> Sequence[Urgency]:
    """The article's urgent publications that were not paid for, the oldest first."""
    return session.scalars(
        select(Urgency).join(Revision, Revision.id == Urgency.revision_id)
        .join(Article, Article.id == Revision.article_id).where(Revision.article_id == article_id, is_unpaid())
        .order_by(Revision.number).execution_options(populate_existing=True)).all()


def texts_below(session: Session, revision: Revision) -> list[Revision]:
    """The texts that this one replaces, back to the last that all had signed: that one, and none before it."""
    found: list[Revision] = []
    below = session.get(Revision, revision.base_id) if revision.base_id else None
    while below is not None:
        found.append(below)
        is_whole = not below.is_minor and not _is_unsettled(session, below.id)
        below = session.get(Revision, below.base_id) if below.base_id and not is_whole else None
    return found


def rests_on_debt(session: Session, revision: Revision) -> bool:
    """Whether a text under this one was published urgently, and not all have signed it since."""
    return any(_is_unsettled(session, below.id) for below in texts_below(session, revision))


def is_live(session: Session, revision_id: str) -> bool:
    """Whether the revision holds a place among the article's live texts."""
    query = select(Publication.id).where(Publication.revision_id == revision_id, Publication.superseded_at.is_(None))
    return session.scalar(query.limit(1)) is not None


def refusals_of(session: Session, *revision_ids: str) -> tuple[Refusal, ...]:
    """Who refused to sign these revisions."""
    rows = session.scalars(select(Signature).where(
        Signature.revision_id.in_(revision_ids), Signature.decision == "rejected")
        .order_by(Signature.signed_at, Signature.department))
    return tuple(Refusal(s.department or "", s.signer, s.reason) for s in rows)


def check_not_refused(session: Session, unpaid: Sequence[Urgency]) -> None:
    """Refuse another urgent publication while a department says no to the last one; raises Conflict."""
    refused = refusals_of(session, *(row.revision_id for row in unpaid))
    if refused:
        raise Conflict("refused", "{department} refused to sign what was published urgently ({reason}): have that "
                       "settled by signatures, or publish a text that all have signed",
                       department=refused[0].department, reason=refused[0].reason[:200])


def _is_unsettled(session: Session, revision_id: str) -> bool:
    return session.scalar(select(Urgency.revision_id).where(
        Urgency.revision_id == revision_id, Urgency.settled_at.is_(None))) is not None

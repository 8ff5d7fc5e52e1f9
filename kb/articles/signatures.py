"""Signing: which departments a text waits for, who may sign for them, and what a signature covers.

The owner signs as often as the rule for its department and category says (``rules``), every co-owner once, a minor edit
its owner alone; nobody signs what they wrote, nobody signs twice. A signature is given for the hash that was shown. Who
may sign anywhere but holds no right of the department itself signs as its substitute, and says why. What a text waits
for is asked anew whenever it counts: a rule or an owner that changed meanwhile holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session, defer, selectinload

from kb.actor import Actor
from kb.articles.owners import held_article, owner_of, standing_department
from kb.articles.revisions import may_know
from kb.articles.rules import owner_signatures
from kb.articles.workflow import Move, check_move, make_move
from kb.errors import Conflict, Denied, Invalid, InvalidTransition
from kb.models import Article, CoOwner, Publication, Revision, Signature, State, Urgency
from kb.people.permissions import Action, can, require, require_person
from kb.record.journal import record

_LONGEST_REASON = 2_000  # characters


def waiting_for(session: Session, revision: Revision) -> list[str]:
    """The departments whose signatures are missing, the owner first, one as often as it must still sign."""
    signatures = _signatures(session, revision)
    if any(s.is_imported for s in signatures):
        return []  # signed elsewhere, by that system's rules
    given = Counter(s.department for s in signatures if s.decision == "signed")
    owner = owner_of(session, revision.article_id)
    wanted = [owner] if revision.is_minor else [owner] * owner_signatures(session, owner, revision.category)
    wanted += [] if revision.is_minor else _co_owners(session, revision, owner)
    missing = []
    for department in wanted:
        if given[department] > 0:
            given[department] -= 1
        else:
            missing.append(department)
    return missing


def _co_owners(session: Session, revision: Revision, owner: str) -> list[str]:
    """Who signs beside the owner: the text's co-owners, a dissolved one's successor in its place.

    A co-owner of the text that this one replaces signs as well: nobody is dropped unasked.
    """
    texts = [revision.id, *([revision.base_id] if revision.base_id else [])]
    stated = session.scalars(select(CoOwner.department).where(CoOwner.revision_id.in_(texts)).distinct())
    return sorted({standing_department(session, code) for code in stated} - {owner})


def count_signed(session: Session, revision: Revision, department: str) -> int:
    """How many have signed the revision for this department."""
    return sum(s.decision == "signed" and s.department == department for s in _signatures(session, revision))


def owed_by(session: Session, revision: Revision) -> Urgency | None:
    """The urgent publication that signatures are still owed for, as long as the revision is live."""
    if revision.state != State.PUBLISHED:
        return None
    row = session.get(Urgency, revision.id)
    if row is None or row.settled_at is not None:
        return None
    is_live = select(Publication.id).where(Publication.revision_id == revision.id, Publication.superseded_at.is_(None))
    return row if session.scalar(is_live.limit(1)) is not None else None


def is_imported(session: Session, revision: Revision) -> bool:
    """Whether the revision's signatures were given in another system."""
    return any(s.is_imported for s in _signatures(session, revision))


@dataclass(frozen=True, slots=True)
class InReview:
    """A revision that waits for signatures: of which departments, the owner first.

    ``due_at`` is until when, for one that was published urgently and is live already.
    """

    slug: str
    number: int
    title: str
    author: str
    sha256: str
    submitted_at: datetime
    waiting_for: tuple[str, ...]
    is_minor: bool = False
    due_at: datetime | None = None

    def is_overdue(self, now: datetime) -> bool:
        """Whether signatures are owed since longer than they may be."""
        return self.due_at is not None and self.due_at <= now

    def as_dict(self, now: datetime) -> dict[str, Any]:
        """Its JSON form at this instant."""
        return {"slug": self.slug, "revision": self.number, "title": self.title, "author": self.author,
                "sha256": self.sha256, "submitted_at": self.submitted_at.isoformat(),
                "waiting_for": list(self.waiting_for), "minor": self.is_minor,
                "owed_by": self.due_at.isoformat() if self.due_at else None, "overdue": self.is_overdue(now)}


def list_in_review(session: Session, viewer: Actor, *, department: str | None = None) -> list[InReview]:
    """What waits for signatures, of those texts that the viewer may know: first what is live and owes them, by when it
    is due, then the longest waiting.

    With a ``department`` only what waits for it.
    """
    is_owed = and_(Revision.state == State.PUBLISHED, Urgency.settled_at.is_(None), Urgency.revision_id.is_not(None),
                   exists().where(Publication.revision_id == Revision.id, Publication.superseded_at.is_(None)))
    rows = session.execute(
        select(Revision, Article.slug, Article.owner, Urgency.due_at)
        .join(Article, Article.id == Revision.article_id)
        .join(Urgency, Urgency.revision_id == Revision.id, isouter=True)
        .options(selectinload(Revision.co_owners), defer(Revision.source))
        .where(or_(Revision.state.in_((State.IN_REVIEW, State.APPROVED)), is_owed))
        .order_by(Urgency.due_at.is_(None), Urgency.due_at, Revision.created_at, Revision.id))
    found = [InReview(slug, row.number, row.title, row.author, row.sha256, row.created_at,
                      tuple(waiting_for(session, row)), row.is_minor, due_at)
             for row, slug, owner, due_at in rows if may_know(viewer, row, owner)]
    return [one for one in found if one.waiting_for and (department is None or department in one.waiting_for)]


def sign(session: Session, actor: Actor, revision: Revision, *, shown: str, now: datetime, origin: str,
         department: str | None = None, reason: str = "") -> list[str]:
    """Sign for a department, the only one the actor may sign for unless named; returns who is still waited for.

    ``shown`` is the hash of the text that the signer saw. With the last signature the revision is approved; one that
    was published urgently has paid what it owed.
    """
    article = held_article(session, revision.article_id)
    session.refresh(revision, ["state"])
    urgency = owed_by(session, revision)
    is_approved = revision.state == State.APPROVED and bool(waiting_for(session, revision))  # by a rule of before
    if urgency is None and not is_approved:
        check_move(session, revision, Move.APPROVE)
    if article.retired_at is not None:
        raise InvalidTransition("retired", f"article {article.slug} is retired; there is nothing to sign for")
    chosen = _prepared(session, actor, revision, shown, department)
    is_substitute = not is_of(actor, chosen)
    if is_substitute and not reason.strip():
        raise Invalid("reason", f"say why you sign in place of {chosen}", fields={"reason": "required"})
    _put(session, actor, revision, chosen, "signed", reason, now)
    left = waiting_for(session, revision)
    if not left and urgency is not None:
        urgency.settled_at = now
    elif not left and not is_approved:
        make_move(session, revision, Move.APPROVE)
    record(session, actor, "sign", f"revision:{revision.id}", now=now, origin=origin,
           after={"number": revision.number, "sha256": revision.sha256, "department": chosen,
                  "substitute": is_substitute, "waiting_for": left})
    return left


def reject(session: Session, actor: Actor, revision: Revision, *, shown: str, reason: str, now: datetime, origin: str,
           department: str | None = None) -> None:
    """Refuse to sign, with the reason that its author is told; the text can be taken up again as a draft."""
    held_article(session, revision.article_id)
    session.refresh(revision, ["state"])
    check_move(session, revision, Move.REJECT)
    chosen = _prepared(session, actor, revision, shown, department)
    if not reason.strip():
        raise Invalid("reason", "say why you reject the text", fields={"reason": "required"})
    _put(session, actor, revision, chosen, "rejected", reason, now)
    make_move(session, revision, Move.REJECT)
    record(session, actor, "reject", f"revision:{revision.id}", now=now, origin=origin,
           after={"number": revision.number, "sha256": revision.sha256, "department": chosen,
                  "reason": _reason(reason)})


def _prepared(session: Session, actor: Actor, revision: Revision, shown: str, named: str | None) -> str:
    """The department that the actor decides for, once it is sure that they may, and on what they saw."""
    chosen = _department(actor, waiting_for(session, revision), named)
    _check_hands(session, actor, revision)
    _check_shown(revision, shown)
    return chosen


def _put(session: Session, actor: Actor, revision: Revision, department: str, decision: str, reason: str,
         now: datetime) -> None:
    session.add(Signature(revision_id=revision.id, author=revision.author, sha256=revision.sha256,
                          department=department, signer=actor.name, decision=decision, reason=_reason(reason),
                          is_substitute=not is_of(actor, department), signed_at=now))
    session.flush()


def _signatures(session: Session, revision: Revision) -> Sequence[Signature]:
    return session.scalars(select(Signature).where(Signature.revision_id == revision.id)).all()


def _department(actor: Actor, missing: Sequence[str], named: str | None) -> str:
    """The department to sign for: the one named, else the actor's own, else the first in whose place they may sign."""
    if named is not None:
        require(actor, Action.APPROVE, department=named)
        if named not in missing:
            raise Conflict("not_waited_for", f"no signature of {named} is waited for; missing: "
                           + (", ".join(missing) or "none"), fields={"department": "not waited for"})
        return named
    own = list(dict.fromkeys(d for d in missing if is_of(actor, d)))
    if len(own) == 1:
        return own[0]
    able = own or list(dict.fromkeys(d for d in missing if can(actor, Action.APPROVE, department=d)))
    if len(able) > 1:
        raise Invalid("department", f"say for which department you sign: {', '.join(able)}",
                      fields={"department": "required"})
    if not able:
        raise Denied("denied", f"{actor.name} may not sign for {', '.join(missing) or 'any department'}")
    return able[0]


def is_of(actor: Actor, department: str) -> bool:
    """Whether the actor signs for this department by right, not as its substitute."""
    return any(code == department and can(actor, Action.APPROVE, department=department) for _, code in actor.grants)


def _check_hands(session: Session, actor: Actor, revision: Revision) -> None:
    """Refuse who wrote in the text, and who has decided on it already."""
    require_person(actor, "signs")
    if actor.name in (revision.author, *revision.contributors):
        raise Denied("own_text", f"{actor.name} wrote in this text and may not sign it", fields={"author": "own text"})
    if any(s.signer == actor.name for s in _signatures(session, revision)):
        raise Conflict("signed", f"{actor.name} has signed revision {revision.number} already")


def _check_shown(revision: Revision, shown: str) -> None:
    if shown != revision.sha256:
        raise Conflict("other_text", f"the text that was shown is not revision {revision.number}; read it again")


def _reason(reason: str) -> str:
    return reason.strip()[:_LONGEST_REASON]

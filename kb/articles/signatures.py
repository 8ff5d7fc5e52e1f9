"""Signing: which departments a text waits for, who may sign for them, and what a signature covers.

The owner signs as often as the rule for its department and category says, every co-owner once; nobody signs what they
wrote, nobody signs twice. A signature is given for the hash that was shown. Who may sign anywhere but holds no right of
the department itself signs as its substitute, and says why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, defer, selectinload

from kb.actor import Actor
from kb.articles.owners import owner_of
from kb.articles.revisions import may_know
from kb.articles.workflow import Move, check_move, make_move
from kb.errors import Conflict, Denied, Invalid, InvalidTransition
from kb.models import Article, CoOwner, Department, Revision, Signature, SignatureRule, State
from kb.people.permissions import Action, can, require, require_person
from kb.record import audit

_LONGEST_REASON = 2_000  # characters


def waiting_for(session: Session, revision: Revision) -> list[str]:
    """The departments whose signatures are missing, the owner first, one as often as it must still sign."""
    signatures = _signatures(session, revision)
    if any(s.is_imported for s in signatures):
        return []  # signed elsewhere, by that system's rules
    given = Counter(s.department for s in signatures if s.decision == "signed")
    owner = owner_of(session, revision.article_id)
    wanted = [owner] * owner_signatures(session, owner, revision.category)
    # a co-owner of the text that this one replaces signs as well: nobody is dropped unasked
    texts = [revision.id, *([revision.base_id] if revision.base_id else [])]
    wanted += [d for d in session.scalars(select(CoOwner.department).where(CoOwner.revision_id.in_(texts)).distinct()
                                          .order_by(CoOwner.department)) if d != owner]
    missing = []
    for department in wanted:
        if given[department] > 0:
            given[department] -= 1
        else:
            missing.append(department)
    return missing


def is_imported(session: Session, revision: Revision) -> bool:
    """Whether the revision's signatures were given in another system."""
    return any(s.is_imported for s in _signatures(session, revision))


@dataclass(frozen=True, slots=True)
class InReview:
    """A revision that waits for signatures: of which departments, the owner first."""

    slug: str
    number: int
    title: str
    author: str
    sha256: str
    submitted_at: datetime
    waiting_for: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {"slug": self.slug, "revision": self.number, "title": self.title, "author": self.author,
                "sha256": self.sha256, "submitted_at": self.submitted_at.isoformat(),
                "waiting_for": list(self.waiting_for)}


def list_in_review(session: Session, viewer: Actor, *, department: str | None = None) -> list[InReview]:
    """What waits for signatures, of those texts that the viewer may know; the longest waiting first.

    With a ``department`` only what waits for it.
    """
    rows = session.execute(
        select(Revision, Article.slug).join(Article, Article.id == Revision.article_id)
        .options(selectinload(Revision.co_owners), defer(Revision.source)).where(Revision.state == State.IN_REVIEW)
        .order_by(Revision.created_at, Revision.id))
    found = [InReview(slug, row.number, row.title, row.author, row.sha256, row.created_at,
                      tuple(waiting_for(session, row))) for row, slug in rows if may_know(viewer, row)]
    return [one for one in found if department is None or department in one.waiting_for]


def owner_signatures(session: Session, department: str, category: str) -> int:
    """How often the owner must sign: the most exact rule counts, a department's before a category's; without any, once.
    """
    rules = {(r.department, r.category): r.owner_signatures for r in session.scalars(select(SignatureRule).where(
        SignatureRule.department.in_(("", department)), SignatureRule.category.in_(("", category))))}
    keys = ((department, category), (department, ""), ("", category), ("", ""))
    return next((rules[key] for key in keys if key in rules), 1)


def sign(session: Session, actor: Actor, revision: Revision, *, shown: str, now: datetime, origin: str,
         department: str | None = None, reason: str = "") -> list[str]:
    """Sign for a department, the only one the actor may sign for unless named; returns who is still waited for.

    ``shown`` is the hash of the text that the signer saw. With the last signature the revision is approved.
    """
    article = session.scalars(select(Article).where(Article.id == revision.article_id).with_for_update()).one()
    check_move(session, revision, Move.APPROVE)
    if article.retired_at is not None:
        raise InvalidTransition("retired", f"article {article.slug} is retired; there is nothing to sign for")
    missing = waiting_for(session, revision)
    chosen = _department(actor, missing, department)
    _check_hands(session, actor, revision)
    _check_shown(revision, shown)
    is_substitute = not _is_of(actor, chosen)
    if is_substitute and not reason.strip():
        raise Invalid("reason", f"say why you sign in place of {chosen}", fields={"reason": "required"})
    session.add(Signature(revision_id=revision.id, author=revision.author, sha256=revision.sha256, department=chosen,
                          signer=actor.name, decision="signed", reason=_reason(reason), is_substitute=is_substitute,
                          signed_at=now))
    session.flush()
    left = waiting_for(session, revision)
    if not left:
        make_move(session, revision, Move.APPROVE)
    audit.append(session, actor, "sign", f"revision:{revision.id}", now=now, origin=origin,
                 after={"number": revision.number, "sha256": revision.sha256, "department": chosen,
                        "substitute": is_substitute, "waiting_for": left})
    return left


def reject(session: Session, actor: Actor, revision: Revision, *, shown: str, reason: str, now: datetime, origin: str,
           department: str | None = None) -> None:
    """Refuse to sign, with the reason that its author is told; the text can be taken up again as a draft."""
    session.scalars(select(Article.id).where(Article.id == revision.article_id).with_for_update()).one()
    check_move(session, revision, Move.REJECT)
    chosen = _department(actor, waiting_for(session, revision), department)
    _check_hands(session, actor, revision)
    _check_shown(revision, shown)
    if not reason.strip():
        raise Invalid("reason", "say why you reject the text", fields={"reason": "required"})
    session.add(Signature(revision_id=revision.id, author=revision.author, sha256=revision.sha256, department=chosen,
                          signer=actor.name, decision="rejected", reason=_reason(reason),
                          is_substitute=not _is_of(actor, chosen), signed_at=now))
    make_move(session, revision, Move.REJECT)
    audit.append(session, actor, "reject", f"revision:{revision.id}", now=now, origin=origin,
                 after={"number": revision.number, "sha256": revision.sha256, "department": chosen,
                        "reason": _reason(reason)})


def set_rule(session: Session, actor: Actor, *, department: str, category: str, owner_signatures: int, now: datetime,
             origin: str) -> None:
    """How often the owner signs; an empty department or category means any. Texts in review wait by the new rule."""
    require(actor, Action.EDIT_RULES)
    if department and session.get(Department, department) is None:
        raise Invalid("unknown_department", f"unknown department {department[:64]!r}", fields={"department": "unknown"})
    if not 1 <= owner_signatures <= 5:
        raise Invalid("owner_signatures", "a text needs 1 to 5 signatures of its owner",
                      fields={"owner_signatures": "out of range"})
    rule = session.get(SignatureRule, (department, category))
    before = {"owner_signatures": rule.owner_signatures} if rule else None
    session.merge(SignatureRule(department=department, category=category, owner_signatures=owner_signatures))
    session.flush()
    audit.append(session, actor, "signature_rule", f"rule:{department or '*'}/{category or '*'}", now=now,
                 origin=origin, before=before, after={"owner_signatures": owner_signatures})


def list_rules(session: Session) -> list[tuple[str, str, int]]:
    """Every rule: department, category (empty: any), and how often the owner signs."""
    return [(r.department, r.category, r.owner_signatures) for r in session.scalars(
        select(SignatureRule).order_by(SignatureRule.department, SignatureRule.category))]


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
    own = list(dict.fromkeys(d for d in missing if _is_of(actor, d)))
    if len(own) == 1:
        return own[0]
    able = own or list(dict.fromkeys(d for d in missing if can(actor, Action.APPROVE, department=d)))
    if len(able) > 1:
        raise Invalid("department", f"say for which department you sign: {', '.join(able)}",
                      fields={"department": "required"})
    if not able:
        raise Denied("denied", f"{actor.name} may not sign for {', '.join(missing) or 'any department'}")
    return able[0]


def _is_of(actor: Actor, department: str) -> bool:
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

"""Signing: which departments a text waits for, who may sign for them, and what a signature covers.

The owner signs as often as the rule for its department and category says (``rules``), every co-owner once, a minor edit
its owner alone; nobody signs what they wrote, nobody signs twice. Of a text and those that it replaces the strictest
rule counts, and every co-owner: no text gets rid of either by itself. A signature is given for the hash shown. Who
may sign anywhere but holds no right of the department itself signs as its substitute, and says why. What a text waits
for is asked anew whenever it counts: a rule or an owner that changed meanwhile holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.acts.owing import is_live, rests_on_debt, texts_below, unpaid_of
from kb.articles.acts.rules import owner_signatures
from kb.articles.acts.workflow import Move, check_move, make_move
from kb.articles.owners import held_article, owner_of
from kb.db import local_time
from kb.errors import Conflict, Denied, Invalid, InvalidTransition
from kb.models import CoOwner, Department, Revision, Signature, State, Urgency
from kb.people.directory import departments_called, person_called
from kb.people.permissions import Action, can, holds, require, require_person
from kb.people.succession import standing_department
from kb.record.journal import record
from kb.text import clean_note


def waiting_for(session: Session, revision: Revision) -> list[str]:
    """The departments whose signatures are missing, the owner first, one as often as it must still sign."""
    signatures = _signatures(session, revision)
    if any(s.is_imported for s in signatures):
        return []  # signed elsewhere, by that system's rules
    given = Counter(s.department for s in signatures if s.decision == "signed")
    owner = owner_of(session, revision.article_id)
    if revision.is_minor and not rests_on_debt(session, revision):
        wanted = [owner]
    else:
        texts = [revision, *texts_below(session, revision)]
        times = max(owner_signatures(session, owner, category) for category in {text.category for text in texts})
        wanted = [owner] * times + _co_owners(session, texts, owner)
    missing = []
    for department in wanted:
        if given[department] > 0:
            given[department] -= 1
        else:
            missing.append(department)
    return missing


def _co_owners(session: Session, texts: Sequence[Revision], owner: str) -> list[str]:
    """Who signs beside the owner: the co-owners of a text and of those that it replaces, for nobody is dropped unasked;
    a dissolved one's successor in its place. For one that nobody followed only a substitute can sign.
    """
    stated = session.scalars(select(CoOwner.department).where(
        CoOwner.revision_id.in_([text.id for text in texts])).distinct())
    return sorted({standing_department(session, code) for code in stated} - {owner})


def count_signed(session: Session, revision: Revision, department: str) -> int:
    """How many have signed the revision for this department."""
    return sum(s.decision == "signed" and s.department == department for s in _signatures(session, revision))


def owed_by(session: Session, revision: Revision) -> Urgency | None:
    """The urgent publication that signatures are owed for, until they, or a later text's, are given."""
    row = next((u for u in unpaid_of(session, revision.article_id) if u.revision_id == revision.id), None)
    return row if row is not None and waiting_for(session, revision) else None


def check_nothing_owed(session: Session, article_id: str) -> None:
    """Refuse the short way of a minor edit as long as the article owes signatures; raises Invalid."""
    owing = [row.revision_id for row in unpaid_of(session, article_id)]
    missing = [d for id_ in owing for d in waiting_for(session, session.get_one(Revision, id_))]
    if missing:
        raise Invalid("not_minor", "what is published owes signatures of {missing}: have it signed first, or take "
                      "minor out", missing=departments_called(session, missing),
                      fields={"is_minor": "signatures are owed"})


def is_imported(session: Session, revision: Revision) -> bool:
    """Whether the revision's signatures were given in another system."""
    return any(s.is_imported for s in _signatures(session, revision))


def unpaid_successor(session: Session, revision: Revision) -> Revision | None:
    """The urgent text that took the place of this one, and is to be signed instead of it."""
    newest = unpaid_of(session, revision.article_id)[-1:]
    if not newest or newest[0].revision_id == revision.id or is_live(session, revision.id):
        return None
    return session.get_one(Revision, newest[0].revision_id)


def sign(session: Session, actor: Actor, revision: Revision, *, shown: str, now: datetime, origin: str,
         department: str | None = None, reason: str = "") -> list[str]:
    """Sign for a department, the only one the actor may sign for unless named; returns who is still waited for.

    ``shown`` is the hash of the text that the signer saw. With the last signature the revision is approved; one that
    was published urgently has paid what it owed, and what the texts that it replaced owed.
    """
    article = held_article(session, revision.article_id)
    urgency = _debt(session, revision)
    is_approved = revision.state == State.APPROVED and bool(waiting_for(session, revision))  # by a rule of before
    if urgency is None and not is_approved:
        _check_not_first(session, actor, revision, department)
        check_move(session, revision, Move.APPROVE)
    if article.retired_at is not None:
        raise InvalidTransition("retired", "article {slug} is retired; there is nothing to sign for", slug=article.slug)
    chosen = _prepared(session, actor, revision, shown, department)
    is_substitute = not _is_of(session, actor, chosen)
    said = clean_note(reason, field="reason")
    if is_substitute and not said:
        raise Invalid("reason", "say why you sign in place of {chosen}", chosen=departments_called(session, [chosen]),
                      fields={"reason": "required"})
    _put(session, actor, revision, chosen, "signed", said, is_substitute, now)
    left = waiting_for(session, revision)
    if not left and urgency is not None:
        _settle(session, revision, now)
    elif not left and not is_approved:
        make_move(session, revision, Move.APPROVE)
    record(session, actor, "sign", f"revision:{revision.id}", now=now, origin=origin,
           after={"number": revision.number, "sha256": revision.sha256, "department": chosen,
                  "substitute": is_substitute, "waiting_for": left})
    return left


def reject(session: Session, actor: Actor, revision: Revision, *, shown: str, reason: str, now: datetime, origin: str,
           department: str | None = None) -> None:
    """Refuse to sign, with the reason that its author is told; the text can be taken up again as a draft.

    What was published urgently stays live, marked as refused by whoever was owed the signature.
    """
    held_article(session, revision.article_id)
    urgency = _debt(session, revision)
    if urgency is None:
        check_move(session, revision, Move.REJECT)
    chosen = _prepared(session, actor, revision, shown, department)
    said = clean_note(reason, field="reason")
    if not said:
        raise Invalid("reason", "say why you reject the text", fields={"reason": "required"})
    _put(session, actor, revision, chosen, "rejected", said, not _is_of(session, actor, chosen), now)
    if urgency is None:
        make_move(session, revision, Move.REJECT)
    record(session, actor, "reject", f"revision:{revision.id}", now=now, origin=origin,
           after={"number": revision.number, "sha256": revision.sha256, "department": chosen,
                  "reason": said, **({"owed": True} if urgency is not None else {})})


def _debt(session: Session, revision: Revision) -> Urgency | None:
    """The debt that a decision on this revision is about, if any; refuses what is not to be decided on any more."""
    session.refresh(revision, ["state", "redacted_at"])
    if revision.redacted_at is not None:
        raise InvalidTransition("redacted", "the words of revision {number} were erased; there is nothing to decide on",
                                number=revision.number)
    urgency = owed_by(session, revision)
    successor = unpaid_successor(session, revision) if urgency is not None else None
    if successor is not None:
        raise InvalidTransition("superseded", "revision {number} took the place of revision {former}: decide "
                                "on that one, which pays for both", number=successor.number,
                                former=revision.number, state=revision.state)
    return urgency


def _settle(session: Session, revision: Revision, now: datetime) -> None:
    """Note that all have signed, and with it the texts that it replaced."""
    for row in unpaid_of(session, revision.article_id):
        row.settled_at = now
        if row.revision_id == revision.id:
            return


def _prepared(session: Session, actor: Actor, revision: Revision, shown: str, named: str | None) -> str:
    """The department that the actor decides for, once it is sure that they may, and on what they saw."""
    chosen = _department(session, actor, revision, named)
    if not _stands(session, chosen) and not can(actor, Action.APPROVE):
        raise Denied("dissolved", "department {chosen} is dissolved, and nobody followed it: a knowledge manager signs "
                     "in its place, and says why", chosen=departments_called(session, [chosen]))
    _check_hands(session, actor, revision)
    _check_shown(revision, shown)
    return chosen


def _put(session: Session, actor: Actor, revision: Revision, department: str, decision: str, reason: str,
         is_substitute: bool, now: datetime) -> None:
    session.add(Signature(revision_id=revision.id, author=revision.author, sha256=revision.sha256,
                          department=department, signer=actor.name, decision=decision, reason=reason,
                          is_substitute=is_substitute, signed_at=now))
    session.flush()


def _signatures(session: Session, revision: Revision) -> Sequence[Signature]:
    return session.scalars(select(Signature).where(Signature.revision_id == revision.id)).all()


def _check_not_first(session: Session, actor: Actor, revision: Revision, named: str | None) -> None:
    """Where all have signed, tell who came late that somebody else did for their department, not what the state is."""
    given = _given_for(session, actor, revision, named)
    if revision.state == State.APPROVED and given is not None:
        raise InvalidTransition("not_approve", "{who} signed for {named} already, on {when}; no signature is missing",
                                who=person_called(session, given.signer), when=local_time(session, given.signed_at),
                                named=departments_called(session, [given.department or ""]), state=revision.state)


def _given_for(session: Session, actor: Actor, revision: Revision, named: str | None) -> Signature | None:
    """The latest signature for the department named, else for one of the actor's."""
    given = [s for s in _signatures(session, revision) if s.decision == "signed" and (
        s.department == named if named else s.department is not None and holds(actor, Action.APPROVE, s.department))]
    return max(given, key=lambda s: s.signed_at, default=None)


def _department(session: Session, actor: Actor, revision: Revision, named: str | None) -> str:
    """The department to sign for: the one named, else the actor's own, else the first in whose place they may sign."""
    missing = waiting_for(session, revision)
    if named is not None:
        require(actor, Action.APPROVE, named)
        if named not in missing:
            raise _not_waited_for(session, actor, revision, named)
        return named
    own = list(dict.fromkeys(d for d in missing if holds(actor, Action.APPROVE, d)))
    if len(own) == 1:
        return own[0]
    able = own or list(dict.fromkeys(d for d in missing if can(actor, Action.APPROVE, d)))
    if len(able) > 1:
        raise Invalid("department", "say for which department you sign: {able}", able=able,
                      fields={"department": "required"})
    if not able:
        if not missing:
            raise Denied("denied", "{actor} may not sign for any department", actor=person_called(session, actor.name))
        given = _given_for(session, actor, revision, None)
        if given is not None:
            raise Denied("denied", "{who} signed for {named} already, on {when}; missing: {missing}",
                         who=person_called(session, given.signer), when=local_time(session, given.signed_at),
                         named=departments_called(session, [given.department or ""]),
                         missing=departments_called(session, missing))
        raise Denied("denied", "{actor} may not sign for {missing}", actor=person_called(session, actor.name),
                     missing=departments_called(session, missing))
    return able[0]


def _not_waited_for(session: Session, actor: Actor, revision: Revision, named: str) -> Conflict:
    """That the department need not sign: for somebody has, or because it never had to."""
    missing = departments_called(session, waiting_for(session, revision))
    given = _given_for(session, actor, revision, named)
    if given is None:
        return Conflict("not_waited_for", "no signature of {named} is waited for; missing: {missing}",
                        named=departments_called(session, [named]), missing=missing,
                        fields={"department": "not waited for"})
    return Conflict("not_waited_for", "{who} signed for {named} already, on {when}; missing: {missing}",
                    who=person_called(session, given.signer), when=local_time(session, given.signed_at),
                    named=departments_called(session, [given.department or ""]), missing=missing,
                    fields={"department": "not waited for"})


def _is_of(session: Session, actor: Actor, department: str) -> bool:
    """Whether the actor signs for this department by right, not as its substitute."""
    return holds(actor, Action.APPROVE, department) and _stands(session, department)


def _stands(session: Session, department: str) -> bool:
    """Whether the department, held as it is until the commit, is one still: roles of one that is no more mean nothing,
    were they read a moment before."""
    return session.scalars(select(Department.dissolved_at).where(Department.code == department)
                           .with_for_update(read=True)).one() is None


def _check_hands(session: Session, actor: Actor, revision: Revision) -> None:
    """Refuse who wrote in the text, and who has decided on it already."""
    require_person(actor, "signs")
    if actor.name in (revision.author, *revision.contributors):
        raise Denied("own_text", "{actor} wrote in this text and may not sign it",
                     actor=person_called(session, actor.name), fields={"author": "own text"})
    if any(s.signer == actor.name for s in _signatures(session, revision)):
        raise Conflict("signed", "{actor} has signed revision {number} already",
                       actor=person_called(session, actor.name), number=revision.number)


def _check_shown(revision: Revision, shown: str) -> None:
    if shown != revision.sha256:
        raise Conflict("other_text", "the text that was shown is not revision {number}; read it again",
                       number=revision.number)

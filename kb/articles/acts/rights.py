"""Why somebody may or may not do what can be done with a revision: by role, by what they wrote, by where it stands.

The table of permissions says by which role (``kb.people.permissions.why``); here is added what the acts themselves ask
besides: the state of the text, whose signatures are missing, who has decided already. Only told, never decided: each
act checks for itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, selectinload

from kb.actor import Actor
from kb.articles.acts.rules import owner_signatures
from kb.articles.acts.signatures import owed_by, waiting_for
from kb.articles.acts.workflow import MOVES, Move
from kb.articles.owners import revision_by_number
from kb.articles.revisions import may_know
from kb.errors import NotFound
from kb.models import Article, Department, Revision, RoleGrant, Signature, State, User
from kb.people.people import as_actor, find_user
from kb.people.permissions import Action, Reason, Verdict, can, holds, require, require_person, why
from kb.text import SLUG

ASKED = (Action.READ, Action.DRAFT, Action.APPROVE, Action.PUBLISH, Action.PUBLISH_URGENTLY, Action.CONFIRM,
         Action.HIDE, Action.RETIRE, Action.MOVE_ARTICLE)
_MOVE_OF = {Action.APPROVE: Move.APPROVE, Action.PUBLISH: Move.PUBLISH, Action.PUBLISH_URGENTLY: Move.PUBLISH_URGENTLY}
_OF_LIVE = (Action.CONFIRM, Action.HIDE)


@dataclass(frozen=True, slots=True)
class Right:
    """What somebody may or may not do, and why."""

    action: Action
    verdict: Verdict

    def as_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {"action": self.action.value, "may": self.verdict.may,
                "reasons": [{"id": reason.id, "facts": dict(reason.facts)} for reason in self.verdict.reasons]}


@dataclass(frozen=True, slots=True)
class Rights:
    """Of one person and one revision: what they may do with it now."""

    slug: str
    number: int
    person: str
    rights: tuple[Right, ...]


def rights_of(session: Session, asker: Actor, slug: str, number: int, *, login: str | None = None) -> Rights:
    """What a person may do with the revision, the asker unless another is named; raises NotFound, Denied.

    Who may ask about others learns that a revision exists and where it stands, not what it says.
    """
    may_ask_about_others = can(asker, Action.EXPLAIN_RIGHTS)
    if not may_ask_about_others:
        require_person(asker, "asks")
        if login not in (None, asker.name):  # before it is looked up whether there is such a person
            require(asker, Action.EXPLAIN_RIGHTS)
    user = find_user(session, login or asker.name)
    revision = _revision(session, slug, number) if may_ask_about_others else \
        revision_by_number(session, asker, slug, number)
    person = as_actor(session, user)
    common = tuple(_of_person(session, user))
    return Rights(slug, number, user.login, tuple(
        Right(action, _verdict(session, person, action, revision, common)) for action in ASKED))


def _revision(session: Session, slug: str, number: int) -> Revision:
    found = session.scalar(
        select(Revision).join(Revision.article).where(Article.slug == slug, Revision.number == number)
        .options(contains_eager(Revision.article), selectinload(Revision.co_owners))) if SLUG.fullmatch(slug) else None
    if found is None:
        raise NotFound("no_revision", "{slug} has no revision {number} that you may read", slug=slug[:120],
                       number=number)
    return found


def _verdict(session: Session, person: Actor, action: Action, revision: Revision, common: tuple[Reason, ...]
             ) -> Verdict:
    """What the table says of the action, and what else stands against it."""
    if action is Action.READ:
        said = Verdict(True, (Reason("published" if revision.state == State.PUBLISHED else "writes_or_signs"),)) \
            if may_know(person, revision) else Verdict(False, (_unreadable(revision),))
    else:
        said = why(person, action, revision)
    against = [reason for reason in common if reason.id == "disabled" or not said.may]
    if action is not Action.READ:
        against += _of_state(session, action, revision)
    if action is Action.APPROVE:
        against += _of_signing(session, person, revision)
    if said.may and not against:
        more = _for_whom(session, person, revision) if action is Action.APPROVE else ()
        return Verdict(True, (*said.reasons, *more))
    return Verdict(False, (*(() if said.may else said.reasons), *against))


def _of_person(session: Session, user: User) -> Iterator[Reason]:
    """What stands against all that they do: shut out, or holding roles of departments that are no more."""
    if user.disabled_at is not None:
        yield Reason("disabled")
    rows = session.execute(
        select(RoleGrant.role, Department.code, Department.successor).join(Department,
                                                                           Department.code == RoleGrant.department)
        .where(RoleGrant.user_id == user.id, Department.dissolved_at.is_not(None)).order_by(Department.code))
    for role, code, successor in rows:
        yield Reason("dissolved", {"role": role, "department": code, "successor": successor})


def _unreadable(revision: Revision) -> Reason:
    if revision.state == State.PUBLISHED:
        return Reason("internal")
    return Reason("unpublished", {"state": revision.state})


def _of_state(session: Session, action: Action, revision: Revision) -> Iterator[Reason]:
    """What the state of the text and of its article stands against."""
    if revision.article.retired_at is not None and action not in (Action.HIDE, Action.MOVE_ARTICLE):
        yield Reason("retired")
    if revision.redacted_at is not None and action in _MOVE_OF:
        yield Reason("redacted")
    if action in _OF_LIVE and revision.state != State.PUBLISHED:
        yield Reason("state", {"state": revision.state})
    missing = waiting_for(session, revision) if action in _MOVE_OF else []
    if action is Action.APPROVE:
        is_open = (revision.state == State.APPROVED and missing) or owed_by(session, revision) is not None
        if not is_open and (State(revision.state), Move.APPROVE) not in MOVES:
            yield Reason("state", {"state": revision.state})
    elif action in _MOVE_OF:
        if (State(revision.state), _MOVE_OF[action]) not in MOVES:
            yield Reason("state", {"state": revision.state})
        elif action is Action.PUBLISH and missing:
            yield Reason("unsigned", {"departments": list(dict.fromkeys(missing))})
        elif action is Action.PUBLISH_URGENTLY and not missing:
            yield Reason("all_signed")


def _of_signing(session: Session, person: Actor, revision: Revision) -> Iterator[Reason]:
    """Who has decided already, and whose signatures are waited for, by which rule."""
    given = session.scalar(select(Signature).where(Signature.revision_id == revision.id,
                                                   Signature.signer == person.name))
    if given is not None:
        yield Reason("decided", {"decision": given.decision, "department": given.department,
                                 "at": given.signed_at.isoformat()})
    missing = waiting_for(session, revision)
    if missing and can(person, Action.APPROVE, revision) and not any(can(person, Action.APPROVE, d) for d in missing):
        yield Reason("not_waited_for", {"departments": list(dict.fromkeys(missing))})


def _for_whom(session: Session, person: Actor, revision: Revision) -> Iterator[Reason]:
    """For which departments they may sign, as whom, and what the rule asks of the owner."""
    missing = list(dict.fromkeys(waiting_for(session, revision)))
    for department in missing:
        if can(person, Action.APPROVE, department):
            yield Reason("waited_for" if holds(person, Action.APPROVE, department) else "substitute",
                         {"department": department})
    owner = revision.article.owner
    yield Reason("rule", {"department": owner, "category": revision.category,
                          "signatures": owner_signatures(session, owner, revision.category),
                          "minor": revision.is_minor})

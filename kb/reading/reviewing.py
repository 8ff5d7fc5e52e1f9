"""One text in review, as who signs it sees it: what it changes, who has signed and who has not, what was said of it.

``look`` is when the viewer last saw a text of this article, and which: what has changed since then can be shown in
place of what it changes of the published one.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kb.actor import Actor, Role
from kb.articles.acts.reviews import still_waiting
from kb.articles.comments import Comment, comments_on
from kb.articles.owners import revision_by_number
from kb.articles.revisions import RevisionText, newest_published
from kb.models import Revision, RevisionLook, RoleGrant, Signature, State, User
from kb.people.permissions import Action, can, holds
from kb.reading.comparing import text_of_number
from kb.reading.opening import RevisionEntry, RevisionPage, list_revisions, open_revision

_NAMED = 6  # people who may sign for a department


@dataclass(frozen=True, slots=True)
class Seat:
    """A signature that was given, refused or is waited for; of the last, ``people`` are names of who may give it."""

    department: str | None
    state: str  # signed, rejected, waiting
    signer: str = ""
    at: datetime | None = None
    is_substitute: bool = False
    reason: str = ""
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """When somebody last looked at a text of an article, and at which."""

    number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Review:
    """Everything that the page of a text in review shows.

    ``before`` is the text that it is compared with, revision ``base``; None for an article's first one. ``mine`` are
    the departments that the viewer can sign for now; without any ``hindrance`` says why: own_text, decided, or empty.
    """

    page: RevisionPage
    state: str
    is_minor: bool
    submitted_at: datetime
    entries: tuple[RevisionEntry, ...]
    base: int | None
    before: RevisionText | None
    after: RevisionText
    seats: tuple[Seat, ...]
    mine: tuple[str, ...]
    is_substitute: bool
    hindrance: str
    may_publish: bool
    may_comment: bool
    may_resolve: bool
    comments: tuple[Comment, ...]
    look: Look | None


def review(session: Session, viewer: Actor, slug: str, number: int, *, base: int | None = None, now: datetime
           ) -> Review:
    """A text as its reviewers see it, compared with revision ``base``, or the published one that it replaces.

    Raises NotFound for whatever the viewer may not read.
    """
    page = open_revision(session, viewer, slug, number, now=now)
    revision = revision_by_number(session, viewer, slug, number)
    entries = list_revisions(session, viewer, slug, now=now)
    known = {entry.number for entry in entries}
    against = base if base in known else _replaced(session, revision)
    is_open = revision.state in (State.IN_REVIEW, State.APPROVED) or page.owed is not None
    missing = still_waiting(session, revision) if is_open else []
    mine, is_substitute, hindrance = _hands(session, viewer, revision, missing)
    return Review(
        page=page, state=revision.state, is_minor=revision.is_minor, submitted_at=revision.created_at,
        entries=tuple(entries), base=against if against in known else None,
        before=text_of_number(session, slug, against) if against in known and against is not None else None,
        after=text_of_number(session, slug, number), seats=_seats(session, revision, missing), mine=mine,
        is_substitute=is_substitute, hindrance=hindrance,
        may_publish=revision.state == State.APPROVED and not missing and can(viewer, Action.PUBLISH, revision.article),
        may_comment=can(viewer, Action.READ_UNPUBLISHED, revision) and revision.redacted_at is None,
        may_resolve=viewer.name in (revision.author, *revision.contributors)
        or can(viewer, Action.DRAFT, revision.article),
        comments=tuple(comments_on(session, viewer, revision)), look=last_look(session, viewer, revision))


def note_look(session: Session, viewer: Actor, slug: str, number: int, *, now: datetime) -> None:
    """Remember that the viewer has seen this text."""
    revision = revision_by_number(session, viewer, slug, number)
    done = session.execute(update(RevisionLook).where(RevisionLook.person == viewer.name,
                                                      RevisionLook.revision_id == revision.id)
                           .values(looked_at=now).execution_options(synchronize_session=False))
    if done.rowcount == 0:  # type: ignore[attr-defined]
        with suppress(IntegrityError), session.begin_nested():  # another tab of theirs was first
            session.add(RevisionLook(person=viewer.name, revision_id=revision.id, looked_at=now))


def last_look(session: Session, viewer: Actor, revision: Revision) -> Look | None:
    """When the viewer last looked at a text of this article, and at which."""
    row = session.execute(
        select(Revision.number, RevisionLook.looked_at).join(Revision, Revision.id == RevisionLook.revision_id)
        .where(RevisionLook.person == viewer.name, Revision.article_id == revision.article_id)
        .order_by(RevisionLook.looked_at.desc()).limit(1)).first()
    return Look(row[0], row[1]) if row else None


def _replaced(session: Session, revision: Revision) -> int | None:
    """The number of the text that this one replaces: the published one, or, once it is decided on, its base."""
    if revision.state in (State.IN_REVIEW, State.APPROVED):
        newest = newest_published(session, revision.article_id)
        return newest.number if newest else None
    return session.scalar(select(Revision.number).where(Revision.id == revision.base_id)) if revision.base_id else None


def _hands(session: Session, viewer: Actor, revision: Revision, missing: list[str]
           ) -> tuple[tuple[str, ...], bool, str]:
    """For which departments the viewer can sign, whether only in their place, and what stands against it."""
    own = tuple(dict.fromkeys(d for d in missing if holds(viewer, Action.APPROVE, d)))
    able = own or tuple(dict.fromkeys(d for d in missing if can(viewer, Action.APPROVE, d)))
    if able and viewer.name in (revision.author, *revision.contributors):
        return (), False, "own_text"
    if able and session.scalar(select(Signature.id).where(Signature.revision_id == revision.id,
                                                          Signature.signer == viewer.name)) is not None:
        return (), False, "decided"
    return able, bool(able) and not own, ""


def _seats(session: Session, revision: Revision, missing: list[str]) -> tuple[Seat, ...]:
    """What was decided, in the order in which it was, and then what is waited for."""
    rows = session.scalars(select(Signature).where(Signature.revision_id == revision.id)
                           .order_by(Signature.signed_at, Signature.id))
    given = [Seat(s.department, s.decision, s.signer, s.signed_at, s.is_substitute, s.reason) for s in rows]
    people = _people(session, missing, {revision.author, *revision.contributors, *(s.signer for s in given)})
    return (*given, *(Seat(department, "waiting", people=people.get(department, ())) for department in missing))


def _people(session: Session, departments: list[str], without: set[str]) -> dict[str, tuple[str, ...]]:
    """Names of those who sign for these departments by right, but for some logins."""
    rows = session.execute(
        select(RoleGrant.department, User.name, User.login).join(User, User.id == RoleGrant.user_id)
        .where(RoleGrant.role == Role.APPROVER, RoleGrant.department.in_(departments), User.disabled_at.is_(None))
        .order_by(RoleGrant.department, User.login))
    found: dict[str, list[str]] = {}
    for department, name, login in rows:
        if department and login not in without and len(found.setdefault(department, [])) < _NAMED:
            found[department].append(name or login)
    return {department: tuple(names) for department, names in found.items()}

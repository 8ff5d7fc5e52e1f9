"""One text in review, as who signs it sees it: what it changes, who has signed and who has not, what was said of it.

``look`` is when the viewer last saw a text of this article, and which: what has changed since then can be shown in
place of what it changes of the published one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kb.actor import Actor, Role
from kb.articles.acts.reviews import still_waiting
from kb.articles.comments import Comment, comments_on
from kb.articles.revisions import RevisionText, text_of
from kb.articles.writing.check_report import CheckReport
from kb.articles.writing.checks import check_of
from kb.models import Department, Revision, RevisionLook, RoleGrant, State, User
from kb.people.permissions import Action, can, holds
from kb.reading.coming import Coming, coming, first_applying
from kb.reading.opening import DepartmentName, RevisionEntry, RevisionPage, open_among

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
    report: CheckReport | None  # what was found before it was handed in
    departments: Mapping[str, DepartmentName]
    coming: tuple[Coming, ...] = ()  # published revisions that begin before this one does, while it is not published

    @property
    def people(self) -> frozenset[str]:
        """Logins of those who signed, refused, said something or noted it as done."""
        named = (*(seat.signer for seat in self.seats),
                 *(login for one in self.comments for login in (one.author, one.resolved_by)))
        return frozenset(login for login in named if login)


def review(session: Session, viewer: Actor, slug: str, number: int, *, base: int | None = None, now: datetime
           ) -> Review:
    """A text as its reviewers see it, compared with revision ``base``, or the published one that it replaces.

    Raises NotFound for whatever the viewer may not read.
    """
    held = session.scalars(select(Department)).all()  # held, so that following a dissolved one reads nothing more
    names = {d.code: DepartmentName(d.code, d.name_zh, d.name_en, d.phone) for d in held}
    page, entries, rows = open_among(session, viewer, slug, number, names, now=now)
    revision = next(row for row in rows if row.number == number)
    beside = {row.number: row for row in rows}
    against = beside.get(base) if base is not None else None
    against = against or _replaced(revision, rows)
    is_open = revision.state in (State.IN_REVIEW, State.APPROVED) or page.owed is not None
    missing = still_waiting(session, revision) if is_open else []
    mine, is_substitute, hindrance = _hands(viewer, revision, missing)
    return Review(
        page=page, state=revision.state, is_minor=revision.is_minor, submitted_at=revision.created_at,
        entries=tuple(entries), base=against.number if against else None,
        before=text_of(against, _source(session, against)) if against else None, after=text_of(revision, page.source),
        seats=_seats(session, revision, missing), mine=mine, is_substitute=is_substitute, hindrance=hindrance,
        may_publish=revision.state == State.APPROVED and not missing and can(viewer, Action.PUBLISH, revision.article),
        may_comment=can(viewer, Action.READ_UNPUBLISHED, revision) and revision.redacted_at is None,
        may_resolve=viewer.name in (revision.author, *revision.contributors)
        or can(viewer, Action.DRAFT, revision.article),
        comments=tuple(comments_on(session, viewer, revision, page.source)),
        look=last_look(session, viewer, revision), report=check_of(session, viewer, revision), departments=names,
        coming=_applying_first(revision, rows, now))


def _applying_first(revision: Revision, rows: Sequence[Revision], now: datetime) -> tuple[Coming, ...]:
    """What would apply before this text, published ahead; nothing once it is decided on."""
    if revision.state not in (State.IN_REVIEW, State.APPROVED):
        return ()
    return first_applying(coming(((row, held) for row in rows for held in row.publications), now),
                          revision.effective_from)


def note_look(session: Session, viewer: Actor, revision_id: str, *, now: datetime) -> None:
    """Remember that the viewer has seen this text, which they were shown."""
    done = session.execute(update(RevisionLook).where(RevisionLook.person == viewer.name,
                                                      RevisionLook.revision_id == revision_id)
                           .values(looked_at=now).execution_options(synchronize_session=False))
    if done.rowcount == 0:  # type: ignore[attr-defined]
        with suppress(IntegrityError), session.begin_nested():  # another tab of theirs was first
            session.add(RevisionLook(person=viewer.name, revision_id=revision_id, looked_at=now))


def has_looked(session: Session, viewer: Actor, revision_id: str) -> bool:
    """Whether the viewer has opened this text."""
    return session.get(RevisionLook, (viewer.name, revision_id)) is not None


def last_look(session: Session, viewer: Actor, revision: Revision) -> Look | None:
    """When the viewer last looked at another text of this article than this one, and at which."""
    row = session.execute(
        select(Revision.number, RevisionLook.looked_at).join(Revision, Revision.id == RevisionLook.revision_id)
        .where(RevisionLook.person == viewer.name, Revision.article_id == revision.article_id,
               Revision.number != revision.number)
        .order_by(RevisionLook.looked_at.desc()).limit(1)).first()
    return Look(row[0], row[1]) if row else None


def _replaced(revision: Revision, rows: Sequence[Revision]) -> Revision | None:
    """The text that this one replaces: the published one, or, once it is decided on, its base."""
    if revision.state in (State.IN_REVIEW, State.APPROVED):
        return next((row for row in reversed(rows) if row.state == State.PUBLISHED), None)
    return next((row for row in rows if row.id == revision.base_id), None)


def _source(session: Session, revision: Revision) -> str:
    return session.scalars(select(Revision.source).where(Revision.id == revision.id)).one()


def _hands(viewer: Actor, revision: Revision, missing: list[str]) -> tuple[tuple[str, ...], bool, str]:
    """For which departments the viewer can sign, whether only in their place, and what stands against it."""
    own = tuple(dict.fromkeys(d for d in missing if holds(viewer, Action.APPROVE, d)))
    able = own or tuple(dict.fromkeys(d for d in missing if can(viewer, Action.APPROVE, d)))
    if able and viewer.name in (revision.author, *revision.contributors):
        return (), False, "own_text"
    if able and any(one.signer == viewer.name for one in revision.signatures):
        return (), False, "decided"
    return able, bool(able) and not own, ""


def _seats(session: Session, revision: Revision, missing: list[str]) -> tuple[Seat, ...]:
    """What was decided, in the order in which it was, and then what is waited for."""
    given = [Seat(s.department, s.decision, s.signer, s.signed_at, s.is_substitute, s.reason)
             for s in sorted(revision.signatures, key=lambda one: (one.signed_at, one.id))]
    people = _people(session, missing, {revision.author, *revision.contributors, *(s.signer for s in given)}) \
        if missing else {}
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

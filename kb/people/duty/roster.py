"""What is known of people at a moment, read in a few statements: who holds which role where, heads whom, is away, has
how much to do; and who knows an article.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from kb.actor import Role
from kb.clock import zone
from kb.db import settings_of
from kb.models import Absence, Confirmation, Department, ReviewTask, Revision, RoleGrant, State, User
from kb.people.duty.choosing import Away, Staff

_BATCH = 500  # values of one IN list, below SQLite's limit


@dataclass(frozen=True, slots=True)
class Knowing:
    """Who knows an article: whoever confirmed it last, and the author of its newest text; empty where nobody did."""

    confirmer: str = ""
    author: str = ""


@dataclass(frozen=True, slots=True)
class Roster:
    """Everybody who can be asked, of these departments or of all."""

    standing: frozenset[str]
    holders: Mapping[tuple[Role, str], frozenset[str]]  # role, department (empty: none)
    heads: Mapping[str, tuple[str, tuple[str, ...]]]  # department: head, deputies
    away: Mapping[str, Away]
    load: Counter[str]  # open tasks; who gives one to somebody counts it here

    def staff(self, department: str, knowing: Knowing) -> Staff:
        """Who can be asked about an article of the department."""
        head, deputies = self.heads.get(department, ("", ()))
        return Staff(self.standing, knowing.confirmer, knowing.author, self._holders(Role.EDITOR, department),
                     self._holders(Role.APPROVER, department), deputies, head, self._holders(Role.KNOWLEDGE_MANAGER),
                     self._holders(Role.ADMIN), self.away, self.load)

    def _holders(self, role: Role, department: str = "") -> frozenset[str]:
        return self.holders.get((role, department), frozenset())


def local_day(session: Session, now: datetime) -> date:
    """The day that an instant lies on, by the hotline's calendar."""
    return now.astimezone(zone(settings_of(session).hotline.timezone)).date()


def roster_of(session: Session, *, today: date, departments: Collection[str] | None = None) -> Roster:
    """Who can be asked about articles of these departments; None: of any."""
    holders: defaultdict[tuple[Role, str], set[str]] = defaultdict(set)
    query = select(RoleGrant.role, RoleGrant.department, User.login).join(User, User.id == RoleGrant.user_id).where(
        User.disabled_at.is_(None))
    if departments is not None:
        query = query.where(or_(RoleGrant.department.in_(departments), RoleGrant.department.is_(None)))
    for role, department, login in session.execute(query):
        holders[Role(role), department or ""].add(login)
    return Roster(_standing(session), {key: frozenset(logins) for key, logins in holders.items()},
                  _heads(session, departments), _away(session, today), _load(session))


def knowing_of(session: Session, article_ids: Collection[str]) -> dict[str, Knowing]:
    """Who knows each of the articles."""
    authors: dict[str, str] = {}
    confirmers: dict[str, str] = {}
    for part in parts(sorted(article_ids)):
        authors.update((row[0], row[1]) for row in session.execute(
            select(Revision.article_id, Revision.author).where(
                Revision.article_id.in_(part), Revision.state == State.PUBLISHED).order_by(Revision.number)))
        confirmers.update((row[0], row[1]) for row in session.execute(
            select(Revision.article_id, Confirmation.confirmed_by)
            .join(Confirmation, Confirmation.revision_id == Revision.id).where(Revision.article_id.in_(part))
            .order_by(Confirmation.confirmed_at, Confirmation.id)))
    return {id_: Knowing(confirmers.get(id_, ""), authors.get(id_, "")) for id_ in article_ids}


def parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """As many at a time as one statement takes."""
    for start in range(0, len(values), _BATCH):
        yield values[start:start + _BATCH]


def _standing(session: Session) -> frozenset[str]:
    return frozenset(session.scalars(select(User.login).where(User.disabled_at.is_(None))))


def _heads(session: Session, departments: Collection[str] | None) -> dict[str, tuple[str, tuple[str, ...]]]:
    query = select(Department.code, Department.head, Department.deputies)
    if departments is not None:
        query = query.where(Department.code.in_(departments))
    return {code: (head, tuple(deputies)) for code, head, deputies in session.execute(query)}


def _away(session: Session, today: date) -> dict[str, Away]:
    """Who is away today: of several absences the one that lasts longest, and its substitute."""
    rows = session.execute(select(Absence.login, Absence.last_day, Absence.substitute).where(
        Absence.first_day <= today, Absence.last_day >= today).order_by(Absence.last_day, Absence.id))
    return {login: Away(last_day, substitute) for login, last_day, substitute in rows}


def _load(session: Session) -> Counter[str]:
    rows = session.execute(select(ReviewTask.person, func.count()).where(ReviewTask.outcome.is_(None))
                           .group_by(ReviewTask.person))
    return Counter({row[0]: row[1] for row in rows})

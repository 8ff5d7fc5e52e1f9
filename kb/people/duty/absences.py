"""Out of the office: from one day to another, with a substitute. Said by oneself, or for somebody by a manager.

Tasks that are due before they are back go to the substitute at once where it has begun, and come back afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from kb.actor import Actor, Role
from kb.errors import Conflict, Invalid, NotFound
from kb.messages.message import Message
from kb.models import Absence, RoleGrant, User
from kb.people.directory import person_called
from kb.people.duty.assigning import reassign
from kb.people.duty.roster import local_day
from kb.people.permissions import Action, require, require_person
from kb.record.journal import record

LONGEST = timedelta(days=366)
_AHEAD = timedelta(days=2 * 366)  # an absence begins within
_MOST = 50  # absences of one person that are not over
_MOST_SUBSTITUTES = 500


@dataclass(frozen=True, slots=True)
class AbsenceView:
    """When somebody is out of the office, the last day included; ``substitute`` is empty where nobody stands in."""

    id: int
    login: str
    first_day: date
    last_day: date
    substitute: str
    announced_by: str

    def as_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {"id": self.id, "login": self.login, "first_day": self.first_day.isoformat(),
                "last_day": self.last_day.isoformat(), "substitute": self.substitute or None,
                "announced_by": self.announced_by}


def announce(session: Session, actor: Actor, login: str, *, first_day: date, last_day: date, substitute: str = "",
             now: datetime, origin: str) -> AbsenceView:
    """Say that somebody is out of the office on these days, and who stands in for them; raises Invalid, Conflict."""
    _check_actor(session, actor, login)
    today = local_day(session, now)
    if last_day < first_day:
        raise Invalid("days", "the last day lies before the first", fields={"last_day": "before the first day"})
    if last_day < today or first_day > today + _AHEAD or last_day - first_day > LONGEST:
        field, why = (("last_day", Message("over already: name today or a later day")) if last_day < today
                      else ("first_day", Message("more than two years away")) if first_day > today + _AHEAD
                      else ("last_day", Message("more than a year after the first day")))
        raise Invalid("days", "an absence ends today or later, begins within two years and lasts a year at most",
                      fields={field: why})
    _check_people(session, login, substitute)
    others = session.scalars(select(Absence).where(Absence.login == login, Absence.last_day >= today)).all()
    twin = next((a for a in others if a.first_day <= last_day and first_day <= a.last_day), None)
    if twin is not None:
        raise Conflict("absent", "{login} is away from {first} to {last} already; end that one first",
                       login=person_called(session, login), first=twin.first_day, last=twin.last_day,
                       fields={"first_day": "overlaps an absence that is announced"})
    if len(others) >= _MOST:
        raise Conflict("absent", "{login} has {count} absences already", login=person_called(session, login),
                       count=len(others))
    row = Absence(login=login, first_day=first_day, last_day=last_day, substitute=substitute,
                  announced_by=actor.name, announced_at=now)
    session.add(row)
    session.flush()
    reassign(session, actor, logins=[login, *([substitute] if substitute else [])], now=now, origin=origin)
    found = _view(row)
    record(session, actor, "announce_absence", f"user:{login}", now=now, origin=origin, after=found.as_dict())
    return found


def end(session: Session, actor: Actor, absence_id: int, *, now: datetime, origin: str) -> AbsenceView:
    """End an absence: one that has begun was over yesterday, one that is to come is taken back."""
    row = session.get(Absence, absence_id, with_for_update=True) if 0 < absence_id < 2**31 else None
    today = local_day(session, now)
    if row is None or row.last_day < today:
        raise NotFound("no_absence", "there is no such absence, or it is over")
    _check_actor(session, actor, row.login)
    before, login = _view(row), row.login
    if row.first_day >= today:
        session.delete(row)
    else:
        row.last_day = today - timedelta(days=1)
    session.flush()
    reassign(session, actor, logins=[login], now=now, origin=origin)
    record(session, actor, "end_absence", f"user:{login}", now=now, origin=origin, before=before.as_dict())
    return before


def absences_of(session: Session, viewer: Actor, login: str, *, now: datetime) -> list[AbsenceView]:
    """Somebody's absences that are not over, the next first: one's own, or anybody's for a manager."""
    _check_actor(session, viewer, login)
    rows = session.scalars(select(Absence).where(Absence.login == login, Absence.last_day >= local_day(session, now))
                           .order_by(Absence.first_day, Absence.id).limit(_MOST))
    return [_view(row) for row in rows]


def away_now(session: Session, logins: Sequence[str], *, now: datetime) -> dict[str, date]:
    """Who of these people is out of the office today, and until when."""
    today = local_day(session, now)
    rows = session.execute(select(Absence.login, Absence.last_day).where(
        Absence.login.in_(logins), Absence.first_day <= today, Absence.last_day >= today).order_by(Absence.last_day))
    return {row[0]: row[1] for row in rows}


def substitutes_for(session: Session, viewer: Actor, login: str) -> list[tuple[str, str]]:
    """Who could stand in for somebody, by login and name: who holds a role of the same departments, and the managers.
    """
    _check_actor(session, viewer, login)
    mine = select(RoleGrant.department).join(User, User.id == RoleGrant.user_id).where(
        User.login == login, RoleGrant.department.is_not(None))
    rows = session.execute(
        select(User.login, User.name).join(RoleGrant, RoleGrant.user_id == User.id).where(
            User.disabled_at.is_(None), User.login != login,
            or_(RoleGrant.department.in_(mine), RoleGrant.role == Role.KNOWLEDGE_MANAGER)).distinct()
        .order_by(User.login).limit(_MOST_SUBSTITUTES))
    return [(row[0], row[1]) for row in rows]


def _check_actor(session: Session, actor: Actor, login: str) -> None:
    """A person says it of themselves; a manager or an administrator of anybody, who may be ill."""
    require_person(actor, "says when somebody is out of the office")
    user = session.scalar(select(User).where(User.login == login))
    if user is None:
        require(actor, Action.KEEP_ABSENCE)  # who may not ask about others does not learn who there is
        raise NotFound("no_user", "no user {login!r}; see `kb user list`", login=login[:40])
    require(actor, Action.KEEP_ABSENCE, user)


def _check_people(session: Session, login: str, substitute: str) -> None:
    known = set(session.scalars(select(User.login).where(User.login.in_([login, substitute]),
                                                         User.disabled_at.is_(None))))
    if login not in known:
        raise Conflict("disabled", "{login} is disabled", login=login)
    if substitute == login:
        raise Invalid("substitute", "nobody stands in for themselves", fields={"substitute": "the same"})
    if substitute and substitute not in known:
        raise Invalid("substitute", "{substitute!r} is nobody who signs in here", substitute=substitute[:64],
                      fields={"substitute": "unknown"})


def _view(row: Absence) -> AbsenceView:
    return AbsenceView(row.id, row.login, row.first_day, row.last_day, row.substitute, row.announced_by)

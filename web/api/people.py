"""People: found, added, renamed, given roles, shut out and let in, their passwords and sessions; for administrators.

A password is the sender's to make up, so that no reply holds one: replies are kept under their idempotency key.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kb.actor import Role
from kb.db import Session
from kb.people import credentials, directory, people, sessions
from kb.people.directory import UserView
from kb.people.people import Grant
from kb.people.permissions import Action
from web.api.contract import route
from web.api.shapes.people import (
    Ended,
    Ending,
    Held,
    Naming,
    NewPassword,
    NewPerson,
    People,
    PeopleFilter,
    Person,
    Roles,
    Sessions,
    Unlocked,
)
from web.api.taking import paged, read_cursor
from web.auth import viewer
from web.wiring import edge

_ONE = "/people/<login:login>"
_ORIGIN = "api"


@route("GET", "/people", Action.MANAGE_USERS, scope="admin", query=PeopleFilter, reply=People)
def list_people(session: Session, query: PeopleFilter) -> dict[str, Any]:
    """The people, by login, the disabled ones too"""
    found = directory.users_after(session, viewer(), query.q or "", after=read_cursor(query) or "",
                                  limit=query.limit + 1)
    return paged(found, query, _shown, lambda user: user.login)


@route("POST", "/people", Action.MANAGE_USERS, scope="admin", body=NewPerson, reply=Person, status=201,
       problems={409: "The login is taken"})
def add_person(session: Session, body: NewPerson) -> dict[str, Any]:
    """Add somebody"""
    people.create_user(session, viewer(), login=body.login, name=body.name, grants=_grants(body.roles),
                       password=body.password, now=edge().clock(), origin=_ORIGIN)
    return _person(session, body.login)


@route("GET", _ONE, Action.MANAGE_USERS, scope="admin", reply=Person)
def read_person(session: Session, login: str) -> dict[str, Any]:
    """Somebody"""
    return _person(session, login)


@route("PATCH", _ONE, Action.MANAGE_USERS, scope="admin", body=Naming, reply=Person)
def rename_person(session: Session, login: str, body: Naming) -> dict[str, Any]:
    """Give somebody another name"""
    people.rename_user(session, viewer(), login, body.name, now=edge().clock(), origin=_ORIGIN)
    return _person(session, login)


@route("PUT", f"{_ONE}/roles", Action.MANAGE_USERS, scope="admin", body=Roles, reply=Person,
       problems={409: "No administrator would be left, or they have other roles than those that were seen"})
def set_roles(session: Session, login: str, body: Roles) -> dict[str, Any]:
    """Put these roles in place of all others

    Their sessions end; tokens go on with the new roles."""
    seen = None if body.seen is None else _grants(body.seen)
    people.set_roles(session, viewer(), login, _grants(body.roles), seen=seen, now=edge().clock(), origin=_ORIGIN)
    return _person(session, login)


@route("POST", f"{_ONE}/disable", Action.MANAGE_USERS, scope="admin", reply=Person,
       problems={409: "They are disabled already, or no administrator would be left"})
def disable_person(session: Session, login: str) -> dict[str, Any]:
    """Shut somebody out at once: sessions and tokens end too"""
    people.disable_user(session, viewer(), login, now=edge().clock(), origin=_ORIGIN)
    return _person(session, login)


@route("POST", f"{_ONE}/enable", Action.MANAGE_USERS, scope="admin", reply=Person,
       problems={409: "They are not disabled"})
def enable_person(session: Session, login: str) -> dict[str, Any]:
    """Let somebody in again, with the roles and the password they had"""
    people.enable_user(session, viewer(), login, now=edge().clock(), origin=_ORIGIN)
    return _person(session, login)


@route("POST", f"{_ONE}/password", Action.MANAGE_USERS, scope="admin", body=NewPassword, reply=Ended)
def set_password(session: Session, login: str, body: NewPassword) -> dict[str, Any]:
    """Give somebody a password that is good once, which ends their sessions"""
    return {"sessions_ended": credentials.set_password(session, viewer(), login, body.password, now=edge().clock(),
                                                       origin=_ORIGIN)}


@route("POST", f"{_ONE}/unlock", Action.MANAGE_USERS, scope="admin", reply=Unlocked)
def unlock_person(session: Session, login: str) -> dict[str, Any]:
    """Let somebody try to sign in again at once, after failed tries"""
    return {"failures": credentials.unlock_user(session, viewer(), login, now=edge().clock(), origin=_ORIGIN)}


@route("GET", f"{_ONE}/sessions", Action.MANAGE_USERS, scope="admin", reply=Sessions)
def list_sessions(session: Session, login: str) -> dict[str, Any]:
    """Where somebody is signed in, last used first"""
    found = sessions.list_sessions(session, viewer(), login, now=edge().clock())
    return {"items": [{"id": s.handle, "opened_at": s.opened_at.isoformat(), "used_at": s.used_at.isoformat(),
                       "ends_at": s.ends_at.isoformat(), "device": s.device, "issuer": s.issuer} for s in found]}


@route("POST", f"{_ONE}/sessions/end", Action.MANAGE_USERS, scope="admin", body=Ending, reply=Ended)
def end_sessions(session: Session, login: str, body: Ending) -> dict[str, Any]:
    """End a session of somebody's, or all"""
    now = edge().clock()
    if body.id is None:
        return {"sessions_ended": sessions.end_sessions(session, viewer(), login, now=now, origin=_ORIGIN)}
    sessions.end_session(session, viewer(), login, body.id, now=now, origin=_ORIGIN)
    return {"sessions_ended": 1}


def _grants(held: Sequence[Held]) -> list[Grant]:
    return [(Role(one.role), one.department) for one in held]


def _person(session: Session, login: str) -> dict[str, Any]:
    session.flush()
    session.expire_all()  # read anew what the service has just changed
    return _shown(directory.user_view(session, viewer(), login))


def _shown(user: UserView) -> dict[str, Any]:
    return {"login": user.login, "name": user.name,
            "roles": [{"role": role.value, "department": department} for role, department in user.grants],
            "disabled_at": user.disabled_at.isoformat() if user.disabled_at else None,
            "last_sign_in_at": user.last_sign_in_at.isoformat() if user.last_sign_in_at else None,
            "has_password": user.has_password, "must_change_password": user.must_change_password}

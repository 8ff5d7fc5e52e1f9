"""Users and their roles: added, named, given roles, shut out and let in again.

What a person may do is read from the database each time, so that a right withdrawn is gone with the next request. One
administrator who is not shut out is always left: nobody can take the last one's role, and no two at once each other's.
Lists of them stand in ``kb.people.directory``, signing in in ``kb.people.sessions``, tokens in ``kb.people.tokens``.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from kb.actor import Actor, Role
from kb.confusables import skeleton
from kb.dialects import serialise_writers
from kb.errors import Conflict, Denied, Invalid, NotFound
from kb.messages.message import Message
from kb.models import ApiToken, Department, RoleGrant, User, WebSession
from kb.people.duty.assigning import reassign
from kb.people.passwords import hash_password
from kb.people.permissions import DEPARTMENT_ROLES, Action, require
from kb.people.succession import standing_department, standing_grants
from kb.record.journal import NO_PERSONS, STAFF, record
from kb.text import clean_label

LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_RESERVED = {skeleton(name).casefold(): name for name in (*NO_PERSONS, "import")}
_LONGEST_NAME = 100  # characters
_LOCK = 0x6B62_7573  # any constant; two administrators may not shut each other out at the same moment

ROLES = ", ".join(role for role in Role if role != Role.CITIZEN)

Grant = tuple[Role, str | None]


def create_user(session: Session, actor: Actor, *, login: str, name: str, grants: Sequence[Grant],
                password: str | None, is_once: bool = True, now: datetime, origin: str = "cli") -> User:
    """Add a user; without a password they cannot sign in by one, but may hold tokens. Raises Invalid, Conflict.

    A password that is good once must be changed at the first sign-in, before anything else.
    """
    require(actor, Action.MANAGE_USERS)
    return _create(session, actor, login, name, grants, password, is_once=is_once, now=now, origin=origin)


def admit_user(session: Session, actor: Actor, *, login: str, name: str, grants: Sequence[Grant], now: datetime,
               origin: str) -> User:
    """Add somebody whom the sign-in service vouches for, without a password. Raises Invalid, Conflict."""
    require(actor, Action.ADMIT_USERS)
    return _create(session, actor, login, name, grants, None, is_once=False, now=now, origin=origin)


def _create(session: Session, actor: Actor, login: str, name: str, grants: Sequence[Grant], password: str | None, *,
            is_once: bool, now: datetime, origin: str) -> User:
    _check_login(login)
    label = _checked_name(name) if clean_label(name) else login
    _check_grants(session, grants, before=())
    if session.scalar(select(User.id).where(User.login == login)) is not None:
        raise Conflict("login_taken", "login {login} is taken", login=login)
    user = User(id=str(uuid.uuid4()), login=login, name=label, created_at=now,
                password_hash=None if password is None else hash_password(password),
                must_change_password=password is not None and is_once)
    session.add(user)
    session.flush()
    unique = _grant(session, user, grants)
    reassign(session, actor, departments=_departments(unique), now=now, origin=origin)
    record(session, actor, "create_user", f"user:{login}", now=now, origin=origin,
           after={"name": label, "grants": _plain(unique)}, change=STAFF if unique else None)
    return user


def reserved_name(login: str) -> str | None:
    """The name that the login is or looks like, of those that the audit log and authors use for no person."""
    return _RESERVED.get(skeleton(login).casefold())


def has_users(session: Session) -> bool:
    """Whether anybody has been added yet."""
    return session.scalar(select(User.id).limit(1)) is not None


def rename_user(session: Session, actor: Actor, login: str, name: str, *, now: datetime, origin: str = "cli") -> None:
    """Give the user another name; the login, by which texts and the audit log know them, never changes."""
    require(actor, Action.MANAGE_USERS)
    user = find_user(session, login)
    before, user.name = user.name, _checked_name(name)
    session.flush()
    if user.name != before:
        record(session, actor, "rename_user", f"user:{login}", now=now, origin=origin,
               before={"name": before}, after={"name": user.name})


def set_roles(session: Session, actor: Actor, login: str, grants: Sequence[Grant], *,
              seen: Sequence[Grant] | None = None, now: datetime, origin: str = "cli") -> None:
    """Put these roles in place of all that the user holds, which ends their sessions; tokens go on with the new ones.

    Raises Conflict where no administrator would be left, and where they hold others than those that were ``seen``.
    """
    require(actor, Action.MANAGE_USERS)
    serialise_writers(session, _LOCK)
    user = find_user(session, login)
    before = _grants_of(session, user)
    _check_grants(session, grants, before=before)
    if seen is not None and set(before) != set(seen):
        raise Conflict("roles_changed", "the roles of {login} were changed meanwhile; reload and try again",
                       login=login)
    if set(before) == set(grants):
        return
    if (Role.ADMIN, None) in before and (Role.ADMIN, None) not in grants:
        _keep_an_admin(session, user)
    session.execute(delete(RoleGrant).where(RoleGrant.user_id == user.id))
    after = _grant(session, user, grants)
    _end(session, user, WebSession, now=now)
    reassign(session, actor, logins=[login], departments=_departments((*before, *after)), now=now, origin=origin)
    record(session, actor, "set_roles", f"user:{login}", now=now, origin=origin,
           before={"grants": _plain(before)}, after={"grants": _plain(after)}, change=STAFF)


def disable_user(session: Session, actor: Actor, login: str, *, now: datetime, origin: str = "cli") -> None:
    """Shut the user out: their sessions and tokens end at once; what they wrote keeps their name."""
    require(actor, Action.MANAGE_USERS)
    serialise_writers(session, _LOCK)
    user = find_user(session, login)
    if user.disabled_at is not None:
        raise Conflict("disabled", "{login} is disabled already", login=login)
    if (Role.ADMIN, None) in _grants_of(session, user):
        _keep_an_admin(session, user)
    user.disabled_at = now
    for table in (WebSession, ApiToken):
        _end(session, user, table, now=now)
    reassign(session, actor, logins=[login], now=now, origin=origin)
    record(session, actor, "disable_user", f"user:{login}", now=now, origin=origin, change=STAFF)


def enable_user(session: Session, actor: Actor, login: str, *, now: datetime, origin: str = "cli") -> None:
    """Let a disabled user in again, with the roles and password they had; sessions and tokens stay ended."""
    require(actor, Action.MANAGE_USERS)
    user = find_user(session, login)
    if user.disabled_at is None:
        raise Conflict("enabled", "{login} is not disabled", login=login)
    user.disabled_at = None
    session.flush()
    reassign(session, actor, logins=[login], departments=_departments(_grants_of(session, user)), now=now,
             origin=origin)
    record(session, actor, "enable_user", f"user:{login}", now=now, origin=origin, change=STAFF)


def actor_of(session: Session, login: str, *, now: datetime) -> Actor:
    """The user as an actor with their present roles; NotFound when unknown, Denied when disabled."""
    user = find_user(session, login)
    if user.disabled_at is not None and user.disabled_at <= now:
        raise Denied("disabled", "{login} is disabled", login=login)
    return as_actor(session, user)


def find_user(session: Session, login: str) -> User:
    """The user of this login, disabled or not; raises NotFound."""
    user = session.scalar(select(User).where(User.login == login)) if LOGIN.fullmatch(login) else None
    if user is None:
        raise NotFound("no_user", "no user {login!r}; see `kb user list`", login=login[:40])
    return user


def as_actor(session: Session, user: User) -> Actor:
    """Roles as they stand now, those of dissolved departments left out; somebody without any is a citizen who is
    signed in."""
    rows = _grants_of(session, user)
    standing, inherited = standing_grants(session, ((role, d) for role, d in rows if d is not None))
    roles = frozenset(role for role, d in rows if d is None or (role, d) in standing)
    return Actor(user.id, user.login, roles or frozenset({Role.CITIZEN}), standing, inherited)


def parse_grant(written: str) -> Grant:
    """A role as it is written, ``agent`` or ``editor:hrss``; raises Invalid for one that is none."""
    role, _, department = written.partition(":")
    if role not in set(Role) - {Role.CITIZEN}:
        raise Invalid("role", "role {role!r} is unknown; known: {roles}", role=role[:40], roles=ROLES,
                      fields={"grants": "unknown"})
    return Role(role), department or None


def _check_login(login: str) -> None:
    reserved = reserved_name(login)
    if reserved is not None:
        raise Invalid("login_reserved", "login {given!r} cannot be had: the audit log calls what no person does "
                      "{reserved}; choose another", given=login[:40], reserved=reserved, fields={"login": "reserved"})
    if not LOGIN.fullmatch(login):
        raise Invalid("login", "login {given!r}: 1 to 64 lower-case letters, digits, dots, hyphens or underscores, the "
                      "first a letter or a digit", given=login[:40], fields={"login": "not allowed"})


def _checked_name(name: str) -> str:
    label = clean_label(name)
    if not 1 <= len(label) <= _LONGEST_NAME:
        raise Invalid("name", "a name has 1 to {longest_name} characters", longest_name=_LONGEST_NAME,
                      fields={"name": "length"})
    return label


def _check_grants(session: Session, grants: Sequence[Grant], *, before: Sequence[Grant]) -> None:
    """Refuse roles that cannot be held; those of a dissolved department that somebody has may stay, and mean nothing.
    """
    for role, department in grants:
        if (department is None) == (role in DEPARTMENT_ROLES):
            wanted = Message("needs a department") if department is None else Message("takes no department")
            raise Invalid("grant", "role {role} {wanted}", role=role.value, wanted=wanted, fields={"grants": wanted})
        row = session.get(Department, department) if department is not None else None
        if department is not None and row is None:
            raise Invalid("unknown_department", "unknown department {department!r}", department=department,
                          fields={"grants": "unknown"})
        if row is not None and row.dissolved_at is not None and (role, department) not in before:
            heir = standing_department(session, row.code)
            if heir != row.code:
                raise Invalid("dissolved_department", "department {department} is dissolved; name {heir}, its "
                              "successor", department=row.code, heir=heir, fields={"grants": "dissolved"})
            raise Invalid("dissolved_department", "department {department} is dissolved", department=row.code,
                          fields={"grants": "dissolved"})


def _grants_of(session: Session, user: User) -> list[Grant]:
    rows = session.execute(select(RoleGrant.role, RoleGrant.department).where(RoleGrant.user_id == user.id)
                           .order_by(RoleGrant.id))
    return [(Role(role), department) for role, department in rows]


def _grant(session: Session, user: User, grants: Sequence[Grant]) -> list[Grant]:
    """Store the roles, each once."""
    unique = list(dict.fromkeys(grants))
    session.add_all(RoleGrant(user_id=user.id, role=role.value, department=department) for role, department in unique)
    session.flush()
    return unique


def _departments(grants: Sequence[Grant]) -> set[str]:
    """For which departments these roles are."""
    return {department for _, department in grants if department is not None}


def _end(session: Session, user: User, table: type[WebSession | ApiToken], *, now: datetime) -> None:
    session.execute(update(table).where(table.user_id == user.id, table.revoked_at.is_(None)).values(revoked_at=now))


def _plain(grants: Sequence[Grant]) -> list[list[str | None]]:
    return [[role.value, department] for role, department in grants]


def _keep_an_admin(session: Session, user: User) -> None:
    """Raise Conflict where this is the last administrator who is not shut out; the caller holds the lock."""
    others = (select(User.id).join(RoleGrant, RoleGrant.user_id == User.id)
              .where(RoleGrant.role == Role.ADMIN.value, User.disabled_at.is_(None), User.id != user.id))
    if user.disabled_at is None and session.scalar(others.limit(1)) is None:
        raise Conflict("last_admin", "{login} is the last administrator: make somebody else one first (`kb user add "
                       "LOGIN --role admin`, or `kb user roles LOGIN --role admin …`)", login=user.login)

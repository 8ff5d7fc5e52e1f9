"""Signing in and out, and the passwords that this rests on.

A session's id is random and stored as its SHA-256 only. Whose it is, and what they may do, is read from the database
each time. A password that is changed ends the sessions that were opened with the former one.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.db import Database
from kb.errors import Conflict, Denied, Invalid
from kb.models import User, WebSession
from kb.people import throttling
from kb.people.passwords import check_length, hash_password, hash_secret, is_right
from kb.people.people import LOGIN, as_actor, find_user
from kb.people.permissions import Action, require
from kb.record import audit


def sign_in(database: Database, login: str, password: str, *, address: str, now: datetime, session_hours: int,
            tries: int) -> str:
    """Check a password and open a session; returns the new session's id, for the cookie.

    Raises Denied ``throttled`` where :mod:`kb.people.throttling` makes it wait, and Denied ``sign_in``, the same for an
    unknown user, a disabled one and a wrong password.
    """
    tried = throttling.begin_try(database, login, address=address, now=now, tries=tries)
    with database.reading() as session:
        found = session.scalar(select(User).where(User.login == login)) if LOGIN.fullmatch(login) else None
    stored = found.password_hash if found is not None and found.disabled_at is None else None
    fits = is_right(stored, password)
    if fits and found is not None:
        with database.transaction() as session:
            user = _still(session, found.id, stored)
            if user is not None:
                throttling.end_try(session, tried)
                session_id = _open(session, user, now=now, session_hours=session_hours)
                audit.append(session, as_actor(session, user), "sign_in", f"user:{user.login}", now=now, origin="web")
                return session_id
    raise Denied("sign_in", "user name or password is wrong")


def viewer_by_session(session: Session, session_id: str, *, now: datetime) -> Actor | None:
    """Whose session this is, with the roles they hold now; None when it is unknown, over, or its user disabled."""
    user = session.scalar(
        select(User).join(WebSession, WebSession.user_id == User.id)
        .where(WebSession.id_sha256 == hash_secret(session_id), WebSession.revoked_at.is_(None),
               WebSession.expires_at > now, User.disabled_at.is_(None))
    )
    return as_actor(session, user) if user else None


def sign_out(session: Session, session_id: str, *, now: datetime) -> None:
    """End the session; ending one that is over already does nothing."""
    session.execute(update(WebSession).where(WebSession.id_sha256 == hash_secret(session_id),
                                             WebSession.revoked_at.is_(None)).values(revoked_at=now))


def change_password(database: Database, actor: Actor, old: str, new: str, *, address: str, now: datetime,
                    session_hours: int, tries: int) -> str:
    """Change one's own password, proving the present one; every session ends, and the returned one takes their place.

    Raises Invalid for a new password that cannot be and for a wrong present one, which counts as a failed sign-in:
    whoever finds a screen unlocked must not guess there. API tokens stay.
    """
    if actor.user_id is None:
        raise Denied("not_signed_in", "sign in first")
    check_length(new)
    if new == old:
        raise Invalid("same_password", "the new password is the present one; choose another", fields={"new": "same"})
    tried = throttling.begin_try(database, actor.name, address=address, now=now, tries=tries)
    with database.reading() as session:
        stored = session.scalar(select(User.password_hash).where(User.id == actor.user_id))
    if not is_right(stored, old):
        raise Invalid("wrong_password", "the present password is wrong", fields={"old": "wrong"})
    fresh = hash_password(new)
    with database.transaction() as session:
        user = _still(session, actor.user_id, stored)
        if user is None:
            raise Conflict("password_changed", "the password was changed meanwhile; sign in again")
        throttling.end_try(session, tried)
        user.password_hash = fresh
        ended = _end_all(session, user, now=now)
        session_id = _open(session, user, now=now, session_hours=session_hours)
        audit.append(session, actor, "change_password", f"user:{user.login}", now=now, origin="web",
                     after={"sessions_ended": ended})
    return session_id


def set_password(session: Session, actor: Actor, login: str, password: str, *, now: datetime,
                 origin: str = "cli") -> int:
    """Give a user a new password; how many sessions of theirs it ended. They wait for no failed sign-in any more."""
    require(actor, Action.MANAGE_USERS)
    user = find_user(session, login)
    user.password_hash = hash_password(password)
    ended = _end_all(session, user, now=now)
    throttling.forget(session, login=login)
    audit.append(session, actor, "set_password", f"user:{login}", now=now, origin=origin,
                 after={"sessions_ended": ended})
    return ended


def unlock_user(session: Session, actor: Actor, login: str, *, now: datetime, origin: str = "cli") -> int:
    """Let the user try to sign in again at once, from everywhere; how many failures were forgotten."""
    require(actor, Action.MANAGE_USERS)
    find_user(session, login)
    forgotten = throttling.forget(session, login=login)
    audit.append(session, actor, "unlock_user", f"user:{login}", now=now, origin=origin, after={"failures": forgotten})
    return forgotten


def unlock_address(session: Session, actor: Actor, address: str, *, now: datetime, origin: str = "cli") -> int:
    """Let everybody at an address try to sign in again at once; the audit log does not keep which address it was."""
    require(actor, Action.MANAGE_USERS)
    forgotten = throttling.forget(session, address=address)
    audit.append(session, actor, "unlock_address", "sign_in:address", now=now, origin=origin,
                 after={"failures": forgotten})
    return forgotten


def _still(session: Session, user_id: str, password_hash: str | None) -> User | None:
    """The user, where neither was the password changed nor they shut out since the password was looked at."""
    return session.scalar(select(User).where(User.id == user_id, User.password_hash == password_hash,
                                             User.disabled_at.is_(None)).with_for_update())


def _open(session: Session, user: User, *, now: datetime, session_hours: int) -> str:
    session_id = secrets.token_urlsafe(32)
    session.add(WebSession(id_sha256=hash_secret(session_id), user_id=user.id, created_at=now,
                           expires_at=now + timedelta(hours=session_hours)))
    return session_id


def _end_all(session: Session, user: User, *, now: datetime) -> int:
    """End the user's open sessions; how many there were."""
    ended = session.scalars(update(WebSession).where(WebSession.user_id == user.id, WebSession.revoked_at.is_(None),
                                                     WebSession.expires_at > now)
                            .values(revoked_at=now).returning(WebSession.id_sha256))
    return len(ended.all())

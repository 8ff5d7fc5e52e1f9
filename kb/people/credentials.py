"""Passwords of people: one's own changed, another's set, and what failed tries left behind lifted.

A password that somebody else set is good once: the next sign-in leads to choosing another and to nothing else. A
password that is changed or set ends the sessions that were opened before.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.db import Database
from kb.errors import Conflict, Denied, Invalid
from kb.models import User
from kb.people import throttling
from kb.people.passwords import check_length, hash_password, is_right
from kb.people.people import find_user
from kb.people.permissions import Action, require
from kb.people.sessions import Lasting, begin, end_all, still
from kb.record.journal import record


def has_password(session: Session, actor: Actor) -> bool:
    """Whether the actor can sign in by a password."""
    return session.scalar(select(User.password_hash).where(User.id == actor.user_id)) is not None


def change_password(database: Database, actor: Actor, old: str, new: str, *, address: str, now: datetime,
                    lasting: Lasting, tries: int, device: str = "") -> str:
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
        user = still(session, actor.user_id, stored)
        if user is None:
            raise Conflict("password_changed", "the password was changed meanwhile; sign in again")
        throttling.end_try(session, tried)
        user.password_hash, user.must_change_password = fresh, False
        ended = end_all(session, user, now=now)
        session_id = begin(session, user, now=now, lasting=lasting, device=device)
        record(session, actor, "change_password", f"user:{user.login}", now=now, origin="web",
               after={"sessions_ended": ended})
    return session_id


def set_password(session: Session, actor: Actor, login: str, password: str, *, is_once: bool = True, now: datetime,
                 origin: str = "cli") -> int:
    """Give a user a new password, good once unless they typed it themselves; how many sessions of theirs it ended.

    They wait for no failed sign-in any more.
    """
    require(actor, Action.MANAGE_USERS)
    user = find_user(session, login)
    user.password_hash, user.must_change_password = hash_password(password), is_once
    ended = end_all(session, user, now=now)
    throttling.forget(session, login=login)
    record(session, actor, "set_password", f"user:{login}", now=now, origin=origin,
           after={"sessions_ended": ended, "is_once": is_once})
    return ended


def unlock_user(session: Session, actor: Actor, login: str, *, now: datetime, origin: str = "cli") -> int:
    """Let the user try to sign in again at once, from everywhere; how many failures were forgotten."""
    require(actor, Action.MANAGE_USERS)
    find_user(session, login)
    forgotten = throttling.forget(session, login=login)
    record(session, actor, "unlock_user", f"user:{login}", now=now, origin=origin, after={"failures": forgotten})
    return forgotten


def unlock_address(session: Session, actor: Actor, address: str, *, now: datetime, origin: str = "cli") -> int:
    """Let everybody at an address try to sign in again at once; the audit log does not keep which address it was."""
    require(actor, Action.MANAGE_USERS)
    forgotten = throttling.forget(session, address=address)
    record(session, actor, "unlock_address", "sign_in:address", now=now, origin=origin,
           after={"failures": forgotten})
    return forgotten

"""Sessions of the pages: opened by signing in, looked up with each request, listed, and ended.

A session's id is random and stored as its SHA-256 only; the first digits of that name it in lists, where nobody can
take it over by them. Whose it is, and what they may do, is read from the database each time. It lasts so many hours,
and ends before where it was not used for a while. When it was used is noted at most every few minutes, so that reading
pages writes nothing; so it may end those few minutes early, and never late.

Every sign-in begins a new one. A change of password or of roles ends all others of that person.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.db import Database
from kb.errors import Denied, NotFound
from kb.models import User, WebSession
from kb.people import throttling
from kb.people.passwords import hash_secret, is_right
from kb.people.people import LOGIN, as_actor, find_user
from kb.people.permissions import Action, require
from kb.record.journal import record

NOTED_EVERY = timedelta(minutes=5)  # and at least five times before an idle session ends
HANDLE = re.compile(r"[0-9a-f]{16}")  # 64 bits of the hash
_LONGEST_DEVICE = 40  # characters


@dataclass(frozen=True, slots=True)
class Lasting:
    """How long a session lasts: so many hours, and without use so many minutes."""

    hours: int
    idle_minutes: int

    @property
    def idle(self) -> timedelta:
        return timedelta(minutes=self.idle_minutes)

    @property
    def noted_every(self) -> timedelta:
        """How old the note of the last use gets."""
        return min(NOTED_EVERY, self.idle / 5)


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that goes on, as a request finds it; ``name`` is what its user is called, ``issuer`` the sign-in
    service it came by, if any."""

    actor: Actor
    must_change_password: bool
    used_at: datetime
    issuer: str | None
    name: str = ""


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session as its holder and administrators see one: never its id."""

    handle: str
    opened_at: datetime
    used_at: datetime
    ends_at: datetime
    device: str
    issuer: str | None


def sign_in(database: Database, login: str, password: str, *, address: str, now: datetime, lasting: Lasting,
            tries: int, device: str = "") -> str:
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
            user = still(session, found.id, stored)
            if user is not None:
                throttling.end_try(session, tried)
                session_id = begin(session, user, now=now, lasting=lasting, device=device)
                record(session, as_actor(session, user), "sign_in", f"user:{user.login}", now=now, origin="web")
                return session_id
    raise Denied("sign_in", "user name or password is wrong")


def find_session(session: Session, session_id: str, *, now: datetime) -> OpenSession | None:
    """The session of this id, its user with the roles they hold now; None when it is unknown, over, or its user
    disabled."""
    row = session.execute(
        select(User, WebSession).join(WebSession, WebSession.user_id == User.id)
        .where(WebSession.id_sha256 == hash_secret(session_id), _goes_on(now), User.disabled_at.is_(None))
    ).first()
    if row is None:
        return None
    user, opened = row
    must_change = user.must_change_password and opened.issuer is None
    return OpenSession(as_actor(session, user), must_change, opened.used_at or opened.created_at, opened.issuer,
                       user.name)


def note_use(database: Database, session_id: str, found: OpenSession, *, lasting: Lasting, now: datetime) -> None:
    """Let the session last on, where its last use was not noted a short while ago."""
    if now - found.used_at < lasting.noted_every:
        return
    with database.logging() as session:
        session.execute(
            update(WebSession).where(WebSession.id_sha256 == hash_secret(session_id), _goes_on(now),
                                     or_(WebSession.used_at.is_(None), WebSession.used_at < now))
            .values(used_at=now, idle_ends_at=now + lasting.idle))


def sign_out(session: Session, session_id: str, *, now: datetime, origin: str = "web") -> None:
    """End the session; ending one that is over already does nothing."""
    user_id = session.scalar(update(WebSession).where(
        WebSession.id_sha256 == hash_secret(session_id), WebSession.revoked_at.is_(None)).values(revoked_at=now)
        .returning(WebSession.user_id))
    user = session.get(User, user_id) if user_id is not None else None
    if user is not None:
        record(session, as_actor(session, user), "sign_out", f"user:{user.login}", now=now, origin=origin)


def list_sessions(session: Session, actor: Actor, login: str, *, now: datetime) -> list[SessionView]:
    """The sessions that are open, last used first; one's own, or anybody's for who manages users."""
    user = _whose(session, actor, login)
    found = session.scalars(select(WebSession).where(WebSession.user_id == user.id, _goes_on(now)))
    views = [SessionView(s.id_sha256[:16], s.created_at, s.used_at or s.created_at,
                         min(s.expires_at, s.idle_ends_at or s.expires_at), s.device, s.issuer) for s in found]
    return sorted(views, key=lambda view: (view.used_at, view.handle), reverse=True)


def end_session(session: Session, actor: Actor, login: str, handle: str, *, now: datetime, origin: str = "cli") -> None:
    """End one of the user's open sessions; raises NotFound."""
    user = _whose(session, actor, login)
    is_handle = HANDLE.fullmatch(handle)
    if not is_handle or not _end(session, user, WebSession.id_sha256.startswith(handle), now=now):
        raise NotFound("no_session", "{login} has no open session {handle!r}; see `kb user sessions {login}`",
                       login=login, handle=handle[:40])
    record(session, actor, "end_session", f"user:{login}", now=now, origin=origin, after={"session": handle})


def end_sessions(session: Session, actor: Actor, login: str, *, but: str | None = None, now: datetime,
                 origin: str = "cli") -> int:
    """End all the user's open sessions, but the one of this id; how many there were."""
    user = _whose(session, actor, login)
    others = [] if but is None else [WebSession.id_sha256 != hash_secret(but)]
    ended = _end(session, user, *others, now=now)
    if ended:
        record(session, actor, "end_sessions", f"user:{login}", now=now, origin=origin,
               after={"sessions_ended": ended})
    return ended


def handle_of(session_id: str) -> str:
    """What names the session of this id in a list."""
    return hash_secret(session_id)[:16]


def still(session: Session, user_id: str, password_hash: str | None) -> User | None:
    """The user, locked, where neither was the password changed nor they shut out since the password was looked at."""
    return session.scalar(select(User).where(User.id == user_id, User.password_hash == password_hash,
                                             User.disabled_at.is_(None)).with_for_update())


def begin(session: Session, user: User, *, now: datetime, lasting: Lasting, device: str, issuer: str | None = None
          ) -> str:
    """Open a session of somebody who has proved who they are; its id."""
    session_id = secrets.token_urlsafe(32)
    session.add(WebSession(id_sha256=hash_secret(session_id), user_id=user.id, created_at=now, used_at=now,
                           expires_at=now + timedelta(hours=lasting.hours), idle_ends_at=now + lasting.idle,
                           device=device[:_LONGEST_DEVICE], issuer=issuer))
    user.last_sign_in_at = now
    return session_id


def end_all(session: Session, user: User, *, issuer: str | None = None, now: datetime) -> int:
    """End the user's open sessions, or those that came by this sign-in service; how many there were."""
    return _end(session, user, *([] if issuer is None else [WebSession.issuer == issuer]), now=now)


def _whose(session: Session, actor: Actor, login: str) -> User:
    user = find_user(session, login)
    require(actor, Action.KEEP_ACCOUNT, user)
    return user


def _goes_on(now: datetime) -> ColumnElement[bool]:
    return ((WebSession.revoked_at.is_(None)) & (WebSession.expires_at > now)
            & or_(WebSession.idle_ends_at.is_(None), WebSession.idle_ends_at > now))


def _end(session: Session, user: User, *which: ColumnElement[bool], now: datetime) -> int:
    ended = session.scalars(update(WebSession).where(WebSession.user_id == user.id, _goes_on(now), *which)
                            .values(revoked_at=now).returning(WebSession.id_sha256))
    return len(ended.all())

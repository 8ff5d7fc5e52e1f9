"""Users, their roles, API tokens, sign-in and sessions.

What a person may do is read from the database each time, so that a right withdrawn is gone with the next request.
Tokens and session ids are random and stored as SHA-256 only; they are shown once and can be ended, never read back.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session, selectinload

from kb.actor import Actor, Role
from kb.db import Database
from kb.errors import Conflict, Denied, Invalid, NotFound
from kb.models import ApiToken, Department, RoleGrant, SignInAttempt, User, WebSession
from kb.people.passwords import hash_password, is_right
from kb.people.permissions import DEPARTMENT_ROLES, Action, can, require
from kb.record import audit
from kb.text import clean_label

LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
RESERVED = frozenset({"system", "citizen", "import"})  # names that the audit log and authors use for no person
SCOPES = frozenset({"ask", "read", "write", "admin"})
THROTTLE = timedelta(minutes=15)

Grant = tuple[Role, str | None]


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token as its holder and administrators see one: never the token itself."""

    id: str
    login: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class UserView:
    """A user as administrators see one."""

    id: str
    login: str
    name: str
    grants: tuple[Grant, ...]
    disabled_at: datetime | None


def create_user(session: Session, actor: Actor, *, login: str, name: str, grants: Sequence[Grant],
                password: str | None, now: datetime, origin: str = "cli") -> User:
    """Add a user; without a password they cannot sign in, but may hold tokens. Raises Invalid, Conflict."""
    require(actor, Action.MANAGE_USERS)
    if not LOGIN.fullmatch(login) or login in RESERVED:
        raise Invalid("login", f"login {login[:40]!r}: use lower-case letters, digits, dot, hyphen; not "
                      + ", ".join(sorted(RESERVED)), fields={"login": "not allowed"})
    label = clean_label(name) or login
    if len(label) > 100:
        raise Invalid("name", "a name has at most 100 characters", fields={"name": "too long"})
    for role, department in grants:
        if (department is None) == (role in DEPARTMENT_ROLES):
            wanted = "needs a department" if department is None else "takes no department"
            raise Invalid("grant", f"role {role} {wanted}", fields={"grants": wanted})
        if department is not None and session.get(Department, department) is None:
            raise Invalid("unknown_department", f"unknown department {department!r}", fields={"grants": "unknown"})
    if session.scalar(select(User.id).where(User.login == login)) is not None:
        raise Conflict("login_taken", f"login {login} is taken")
    user = User(id=str(uuid.uuid4()), login=login, name=label, created_at=now,
                password_hash=None if password is None else hash_password(password))
    session.add(user)
    session.flush()
    unique = dict.fromkeys(grants)
    session.add_all(RoleGrant(user_id=user.id, role=role.value, department=department) for role, department in unique)
    audit.append(session, actor, "create_user", f"user:{login}", now=now, origin=origin,
                 after={"name": label, "grants": [[role.value, department] for role, department in unique]})
    return user


def list_users(session: Session, actor: Actor) -> list[UserView]:
    """Every user by login, the disabled ones too."""
    require(actor, Action.MANAGE_USERS)
    users = session.scalars(select(User).options(selectinload(User.grants)).order_by(User.login))
    return [UserView(u.id, u.login, u.name, tuple((Role(g.role), g.department) for g in u.grants), u.disabled_at)
            for u in users]


def has_users(session: Session) -> bool:
    """Whether anybody has been added yet."""
    return session.scalar(select(User.id).limit(1)) is not None


def disable_user(session: Session, actor: Actor, login: str, *, now: datetime, origin: str = "cli") -> None:
    """Shut the user out: their sessions and tokens end at once; what they wrote keeps their name."""
    require(actor, Action.MANAGE_USERS)
    user = _user(session, login)
    if user.disabled_at is not None:
        raise Conflict("disabled", f"{login} is disabled already")
    user.disabled_at = now
    for table in (WebSession, ApiToken):
        session.execute(update(table).where(table.user_id == user.id, table.revoked_at.is_(None))
                        .values(revoked_at=now))
    audit.append(session, actor, "disable_user", f"user:{login}", now=now, origin=origin)


def actor_of(session: Session, login: str, *, now: datetime) -> Actor:
    """The user as an actor with their present roles; NotFound when unknown, Denied when disabled."""
    user = _user(session, login)
    if user.disabled_at is not None and user.disabled_at <= now:
        raise Denied("disabled", f"{login} is disabled")
    return _actor(session, user)


def create_token(session: Session, actor: Actor, login: str, *, name: str, scopes: Sequence[str], days: int | None,
                 now: datetime, origin: str = "cli") -> str:
    """A new API token of the user's, in clear this once; one's own, or anybody's for who manages users."""
    user = _user(session, login)
    if user.id != actor.user_id:
        require(actor, Action.MANAGE_USERS)
    if user.disabled_at is not None:
        raise Denied("disabled", f"{login} is disabled")
    if not scopes or not SCOPES.issuperset(scopes):
        raise Invalid("scopes", f"scopes are some of {', '.join(sorted(SCOPES))}", fields={"scopes": "unknown"})
    if "admin" in scopes and not can(_actor(session, user), Action.OPERATE):
        raise Denied("scopes", f"{login} is no administrator and cannot hold a token of scope admin")
    if days is not None and not 1 <= days <= 3650:
        raise Invalid("days", "a token lasts 1 to 3650 days", fields={"days": "out of range"})
    label = clean_label(name)
    if not 1 <= len(label) <= 100:
        raise Invalid("name", "name the token, in at most 100 characters", fields={"name": "required"})
    token = f"kb_{secrets.token_urlsafe(32)}"
    row = ApiToken(id=str(uuid.uuid4()), user_id=user.id, name=label, token_sha256=_sha256(token),
                   scopes=sorted(set(scopes)), created_at=now,
                   expires_at=None if days is None else now + timedelta(days=days))
    session.add(row)
    audit.append(session, actor, "create_token", f"user:{login}", now=now, origin=origin,
                 after={"token": row.id, "name": label, "scopes": row.scopes})
    return token


def list_tokens(session: Session, actor: Actor, login: str | None = None) -> list[TokenView]:
    """The tokens of a user, or of all (login None), oldest first, the ended ones too."""
    query = select(User.login, ApiToken).join(ApiToken, ApiToken.user_id == User.id).order_by(ApiToken.created_at)
    if login is None or login != actor.name:
        require(actor, Action.MANAGE_USERS)
    if login is not None:
        query = query.where(User.id == _user(session, login).id)
    return [TokenView(token.id, owner, token.name, tuple(token.scopes), token.created_at, token.expires_at,
                      token.revoked_at) for owner, token in session.execute(query)]


def revoke_token(session: Session, actor: Actor, token_id: str, *, now: datetime, origin: str = "cli") -> None:
    """End a token at once; one's own, or anybody's for who manages users. Raises NotFound, Conflict."""
    token = session.get(ApiToken, token_id)
    if token is None or (token.user_id != actor.user_id and not can(actor, Action.MANAGE_USERS)):
        raise NotFound("no_token", f"no token {token_id[:40]!r}; see `kb user token list`")
    if token.revoked_at is not None:
        raise Conflict("revoked", "the token has been ended already")
    token.revoked_at = now
    login = session.scalars(select(User.login).where(User.id == token.user_id)).one()
    audit.append(session, actor, "revoke_token", f"user:{login}", now=now, origin=origin, after={"token": token.id})


def viewer_by_token(session: Session, token: str, *, now: datetime) -> tuple[Actor, frozenset[str]] | None:
    """Who holds this token, and its scopes; None when it is unknown, expired, ended, or its user disabled."""
    row = session.execute(
        select(User, ApiToken).join(ApiToken, ApiToken.user_id == User.id)
        .where(ApiToken.token_sha256 == _sha256(token), ApiToken.revoked_at.is_(None), User.disabled_at.is_(None))
    ).first()
    if row is None or (row[1].expires_at is not None and row[1].expires_at <= now):
        return None
    return _actor(session, row[0]), frozenset(row[1].scopes)


def sign_in(database: Database, login: str, password: str, *, address: str, now: datetime, session_hours: int,
            tries: int) -> str:
    """Check a password and open a session; returns the new session's id, for the cookie.

    Raises Denied ``throttled`` after ``tries`` failures in 15 minutes for the account or the address, and Denied
    ``sign_in``, the same for an unknown user, a disabled one and a wrong password. The try is noted before the
    password is looked at, in a transaction of its own, so that guesses sent in parallel count too.
    """
    account, place = _sha256(f"account:{login.casefold()}"), _sha256(f"address:{address}")
    with database.transaction() as session:
        session.execute(delete(SignInAttempt).where(SignInAttempt.at <= now - THROTTLE))
        failures = session.scalars(
            select(func.count()).where(SignInAttempt.key.in_([account, place])).group_by(SignInAttempt.key)
        )
        is_throttled = max(failures, default=0) >= tries
        noted = [SignInAttempt(key=key, at=now) for key in (account, place)]
        if not is_throttled:
            session.add_all(noted)
        user = session.scalar(select(User).where(User.login == login)) if LOGIN.fullmatch(login) else None
    if is_throttled:
        raise Denied("throttled", "too many failed sign-ins; wait 15 minutes and try again")
    is_known = user is not None and user.disabled_at is None
    if not is_right(user.password_hash if user is not None and is_known else None, password) or user is None:
        raise Denied("sign_in", "user name or password is wrong")
    session_id = secrets.token_urlsafe(32)
    with database.transaction() as session:
        session.execute(delete(SignInAttempt).where(
            (SignInAttempt.key == account) | SignInAttempt.id.in_([attempt.id for attempt in noted])))
        session.add(WebSession(id_sha256=_sha256(session_id), user_id=user.id, created_at=now,
                               expires_at=now + timedelta(hours=session_hours)))
        audit.append(session, _actor(session, user), "sign_in", f"user:{user.login}", now=now, origin="web")
    return session_id


def viewer_by_session(session: Session, session_id: str, *, now: datetime) -> Actor | None:
    """Whose session this is, with the roles they hold now; None when it is unknown, over, or its user disabled."""
    user = session.scalar(
        select(User).join(WebSession, WebSession.user_id == User.id)
        .where(WebSession.id_sha256 == _sha256(session_id), WebSession.revoked_at.is_(None),
               WebSession.expires_at > now, User.disabled_at.is_(None))
    )
    return _actor(session, user) if user else None


def sign_out(session: Session, session_id: str, *, now: datetime) -> None:
    """End the session; ending one that is over already does nothing."""
    session.execute(update(WebSession).where(WebSession.id_sha256 == _sha256(session_id),
                                             WebSession.revoked_at.is_(None)).values(revoked_at=now))


def _user(session: Session, login: str) -> User:
    user = session.scalar(select(User).where(User.login == login)) if LOGIN.fullmatch(login) else None
    if user is None:
        raise NotFound("no_user", f"no user {login[:40]!r}; see `kb user list`")
    return user


def _actor(session: Session, user: User) -> Actor:
    """Roles as they stand now; somebody without any is a citizen who is signed in."""
    rows = session.execute(select(RoleGrant.role, RoleGrant.department).where(RoleGrant.user_id == user.id)).all()
    roles = frozenset(Role(role) for role, _ in rows) or frozenset({Role.CITIZEN})
    return Actor(user.id, user.login, roles, frozenset((Role(role), d) for role, d in rows if d is not None))


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()

"""API tokens: made, listed, ended, and who holds one.

A token is random and stored as its SHA-256 only; it is shown once and can be ended, never read back.
"""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.errors import Conflict, Denied, Invalid, NotFound
from kb.models import ApiToken, User
from kb.people.passwords import hash_secret
from kb.people.people import as_actor, find_user
from kb.people.permissions import Action, can, require
from kb.record.journal import record
from kb.text import clean_label

_ID = re.compile(r"[0-9a-f-]{36}")
SCOPES = frozenset({"ask", "read", "write", "admin"})


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

    def is_over(self, now: datetime) -> bool:
        """Whether it opens nothing any more."""
        return self.revoked_at is not None or (self.expires_at is not None and self.expires_at <= now)


def create_token(session: Session, actor: Actor, login: str, *, name: str, scopes: Sequence[str], days: int | None,
                 now: datetime, origin: str = "cli") -> str:
    """A new API token of the user's, in clear this once; one's own, or anybody's for who manages users."""
    user = find_user(session, login)
    require(actor, Action.KEEP_ACCOUNT, user)
    if user.id != actor.user_id and "write" in scopes and actor.is_signed_in:
        # else an administrator could write and sign as two people
        raise Denied("not_yours", "a token that acts in {login}'s name is made by {login}, or by the operator in the "
                     "shell", login=login)
    if user.disabled_at is not None:
        raise Denied("disabled", "{login} is disabled", login=login)
    if not scopes or not SCOPES.issuperset(scopes):
        raise Invalid("scopes", "scopes are some of {scopes}", scopes=sorted(SCOPES), fields={"scopes": "unknown"})
    if "admin" in scopes and not can(as_actor(session, user), Action.OPERATE):
        raise Denied("scopes", "{login} is no administrator and cannot hold a token of scope admin", login=login)
    if days is not None and not 1 <= days <= 3650:
        raise Invalid("days", "a token lasts 1 to 3650 days", fields={"days": "out of range"})
    label = clean_label(name)
    if not 1 <= len(label) <= 100:
        raise Invalid("name", "name the token, in at most 100 characters", fields={"name": "required"})
    token = f"kb_{secrets.token_urlsafe(32)}"
    row = ApiToken(id=str(uuid.uuid4()), user_id=user.id, name=label, token_sha256=hash_secret(token),
                   scopes=sorted(set(scopes)), created_at=now,
                   expires_at=None if days is None else now + timedelta(days=days))
    session.add(row)
    record(session, actor, "create_token", f"user:{login}", now=now, origin=origin,
           after={"token": row.id, "name": label, "scopes": row.scopes})
    return token


def list_tokens(session: Session, actor: Actor, login: str | None = None) -> list[TokenView]:
    """The tokens of a user, or of all (login None), oldest first, the ended ones too."""
    query = select(User.login, ApiToken).join(ApiToken, ApiToken.user_id == User.id).order_by(ApiToken.created_at)
    if login is None or login != actor.name:
        require(actor, Action.KEEP_ACCOUNT)
    if login is not None:
        query = query.where(User.id == find_user(session, login).id)
    return [TokenView(token.id, owner, token.name, tuple(token.scopes), token.created_at, token.expires_at,
                      token.revoked_at) for owner, token in session.execute(query)]


def revoke_token(session: Session, actor: Actor, token_id: str, *, now: datetime, origin: str = "cli") -> None:
    """End a token at once; one's own, or anybody's for who manages users. Raises NotFound, Conflict."""
    token = session.get(ApiToken, token_id) if _ID.fullmatch(token_id) else None
    if token is None or not can(actor, Action.KEEP_ACCOUNT, session.get_one(User, token.user_id)):
        raise NotFound("no_token", "no token {token_id!r}; see `kb user token list`", token_id=token_id[:40])
    if token.revoked_at is not None:
        raise Conflict("revoked", "the token has been ended already")
    token.revoked_at = now
    login = session.scalars(select(User.login).where(User.id == token.user_id)).one()
    record(session, actor, "revoke_token", f"user:{login}", now=now, origin=origin, after={"token": token.id})


def viewer_by_token(session: Session, token: str, *, now: datetime) -> tuple[Actor, frozenset[str]] | None:
    """Who holds this token, and its scopes; None when it is unknown, expired, ended, or its user disabled."""
    row = session.execute(
        select(User, ApiToken).join(ApiToken, ApiToken.user_id == User.id)
        .where(ApiToken.token_sha256 == hash_secret(token), ApiToken.revoked_at.is_(None), User.disabled_at.is_(None))
    ).first()
    if row is None or (row[1].expires_at is not None and row[1].expires_at <= now):
        return None
    return as_actor(session, row[0]), frozenset(row[1].scopes)

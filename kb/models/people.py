"""Users, what they may do where, who they are at a sign-in service, their API tokens and sessions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.db import Base, Instant


class User(Base):
    """A person or a program that signs in."""

    __tablename__ = "user_account"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    login: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    password_hash: Mapped[str | None] = mapped_column(String(200))  # Argon2id; None: cannot sign in with a password
    created_at: Mapped[datetime] = mapped_column(Instant)
    disabled_at: Mapped[datetime | None] = mapped_column(Instant)
    must_change_password: Mapped[bool] = mapped_column(default=False, server_default=false())  # somebody else set it
    last_sign_in_at: Mapped[datetime | None] = mapped_column(Instant)

    grants: Mapped[list[RoleGrant]] = relationship(lazy="raise", order_by="RoleGrant.id")


class RoleGrant(Base):
    """A role, for one department or (department None) without one."""

    __tablename__ = "role_grant"
    __table_args__ = (UniqueConstraint("user_id", "role", "department"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id"), index=True)
    role: Mapped[str] = mapped_column(String(30))
    department: Mapped[str | None] = mapped_column(ForeignKey("department.code"))


class UserIdentity(Base):
    """Who a user is at a sign-in service (OpenID Connect): by the subject, which never changes there as logins do."""

    __tablename__ = "user_identity"
    __table_args__ = (UniqueConstraint("user_id", "issuer"),)

    issuer: Mapped[str] = mapped_column(String(255), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    linked_at: Mapped[datetime] = mapped_column(Instant)


class ApiToken(Base):
    """A bearer token, stored as its SHA-256 (the token itself has 256 random bits, so no slow hash is needed)."""

    __tablename__ = "api_token"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)


class WebSession(Base):
    """A server-side session; the cookie holds a random id of which only the SHA-256 is stored."""

    __tablename__ = "web_session"

    id_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)  # to a few minutes; None: not since it was opened
    idle_ends_at: Mapped[datetime | None] = mapped_column(Instant)  # when it ends unless it is used before
    device: Mapped[str] = mapped_column(String(40), default="", server_default="")  # kind of browser, no address
    issuer: Mapped[str | None] = mapped_column(String(255))  # the sign-in service it came by; None: by password


class SignInAttempt(Base):
    """A failed sign-in, for throttling; key is a hash (account and address, or address), never either itself."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index("ix_sign_in_attempt_key_at", "key", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Instant)

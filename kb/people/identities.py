"""People who sign in at a service of the city's own (OpenID Connect), which has proved who they are.

They are known by the service's issuer and its subject, which never changes: a login that is renamed there, or given to
somebody else, opens nobody's account here. The login matters once, at the first sign-in, where ``oidc.first_sign_in``
lets it: ``link`` takes the account of that login which can be signed in to in no other way yet, ``make`` also adds one
where there is none. With ``refuse`` an administrator says beforehand who is who (``kb user link``).

How the service is asked stands with the pages; here nothing of HTTP is known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kb.actor import SYSTEM, Actor
from kb.db import Database
from kb.dialects import serialise_writers
from kb.errors import Conflict, Denied, Invalid, NotFound
from kb.models import User, UserIdentity
from kb.people.people import LOGIN, Grant, admit_user, as_actor, find_user, parse_grant, reserved_name
from kb.people.permissions import Action, require
from kb.people.sessions import Lasting, begin, end_all
from kb.record.journal import record
from kb.settings import option

LONGEST = 255  # characters of an issuer or a subject (OpenID Connect Core §2)
_PLAIN = re.compile(r"[\x21-\x7e]+(?: [\x21-\x7e]+)*")  # a subject is ASCII; no text that a log would have to hide
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})
_LOCK = 0x6B62_6F69  # any constant; the same person may not be added twice


class FirstSignIn(StrEnum):
    """What happens to somebody whom the service knows and this knowledge base does not."""

    REFUSE = "refuse"
    LINK = "link"
    MAKE = "make"


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """Signing in at a service of your own by OpenID Connect; it needs web.base_url."""

    issuer: str = option("", "address of the service, exactly as it names itself; empty: people sign in by password")
    client_id: str = option("", "what the service calls this site")
    client_secret: str = option("", "the service's secret for this site: in KB__OIDC__CLIENT_SECRET or "
                                "KB__OIDC__CLIENT_SECRET_FILE, never here; empty: it has none", secret=True)
    scope: str = option("openid profile", "what is asked of the service, openid among it")
    login_claim: str = option("preferred_username", "which statement of the service is the login")
    first_sign_in: str = option("refuse", "who comes for the first time: refuse, until `kb user link`; link: to the "
                                "account of that login that has no password; make: also a new one",
                                choices=tuple(FirstSignIn))
    roles: str = option("", "roles of who is made at the first sign-in, e.g. agent, or agent editor:hrss; empty: none")
    label_zh: str = option("单位账号登录", "what the button says in Chinese")
    label_en: str = option("Sign in with your work account", "what the button says in English")
    seconds: float = option(5.0, "how long each question to the service may take", minimum=0.5, maximum=60)

    def __post_init__(self) -> None:
        """Raise Invalid for an address that is none, or that is asked without encryption elsewhere than here."""
        if not self.issuer:
            return
        try:
            parts = urlsplit(self.issuer)
            is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE)
        except ValueError:
            is_safe = False
        if not is_safe or not parts.hostname or parts.query or parts.fragment or len(self.issuer) > LONGEST:
            raise Invalid("bad_setting", "setting oidc.issuer: give the https:// address of the service, without ? "
                          "or #", key="oidc.issuer")
        if not self.client_id:
            raise Invalid("missing_setting", "setting oidc.client_id is required where oidc.issuer is given",
                          key="oidc.client_id")
        if "openid" not in self.scope.split():
            raise Invalid("bad_setting", "setting oidc.scope: openid is missing", key="oidc.scope")
        _ = self.grants

    @property
    def grants(self) -> tuple[Grant, ...]:
        """The roles of who is made at the first sign-in."""
        try:
            return tuple(parse_grant(role) for role in self.roles.split())
        except Invalid as error:
            raise Invalid("bad_setting", "setting oidc.roles: {reason}", reason=error, key="oidc.roles") from error


@dataclass(frozen=True, slots=True)
class Claimed:
    """Whom the service says that it has before it."""

    issuer: str
    subject: str
    login: str
    name: str


def sign_in_by(database: Database, claimed: Claimed, rules: OidcSettings, *, now: datetime, lasting: Lasting,
               device: str = "") -> str:
    """Open a session of the user who is this person at the service; its id.

    Raises Denied ``account_disabled`` for one who is shut out, ``identity_unknown`` where nobody is, and
    ``identity_login`` where the account of that login is not theirs to take, or none can be made of it.
    """
    _check(claimed.issuer, claimed.subject)
    with database.transaction() as session:
        serialise_writers(session, _LOCK)
        user = session.scalar(
            select(User).join(UserIdentity, UserIdentity.user_id == User.id).with_for_update(of=User)
            .where(UserIdentity.issuer == claimed.issuer, UserIdentity.subject == claimed.subject))
        user = user or _first(session, claimed, rules, now=now)
        if user.disabled_at is not None:
            raise Denied("account_disabled", "{login} is disabled", login=user.login)
        session_id = begin(session, user, now=now, lasting=lasting, device=device, issuer=claimed.issuer)
        record(session, as_actor(session, user), "sign_in", f"user:{user.login}", now=now, origin="web",
               after={"issuer": claimed.issuer})
        return session_id


def link(session: Session, actor: Actor, login: str, *, issuer: str, subject: str, now: datetime, origin: str = "cli"
         ) -> None:
    """Say who the user is at the service; raises Conflict where they, or that person there, are linked already."""
    require(actor, Action.MANAGE_USERS)
    _check(issuer, subject)
    user = find_user(session, login)
    serialise_writers(session, _LOCK)
    of_person = session.get(UserIdentity, (issuer, subject))
    if of_person is not None or _identity(session, user, issuer) is not None:
        raise Conflict("linked", "{login}, or that person at {issuer}, is linked already; `kb user unlink` first",
                       login=login, issuer=issuer)
    _link(session, actor, user, issuer, subject, now=now, origin=origin)


def unlink(session: Session, actor: Actor, login: str, *, issuer: str, now: datetime, origin: str = "cli") -> None:
    """Forget who the user is at the service, so that they cannot sign in by it, and end what they signed in to by it;
    raises NotFound."""
    require(actor, Action.MANAGE_USERS)
    user = find_user(session, login)
    _check(issuer)
    found = _identity(session, user, issuer)
    if found is None:
        raise NotFound("not_linked", "{login} is not linked at {issuer}", login=login, issuer=issuer)
    session.execute(delete(UserIdentity).where(UserIdentity.issuer == issuer, UserIdentity.subject == found.subject))
    ended = end_all(session, user, issuer=issuer, now=now)
    record(session, actor, "unlink_user", f"user:{login}", now=now, origin=origin,
           before={"issuer": issuer, "subject": found.subject}, after={"sessions_ended": ended})


def _first(session: Session, claimed: Claimed, rules: OidcSettings, *, now: datetime) -> User:
    """The account of somebody who comes for the first time, linked from now on."""
    first = FirstSignIn(rules.first_sign_in)
    if first is FirstSignIn.REFUSE:
        raise Denied("identity_unknown", "nobody here is linked with this sign-in; an administrator does it with "
                     "`kb user link`")
    if not LOGIN.fullmatch(claimed.login) or reserved_name(claimed.login):
        raise Denied("identity_login", "the login that the service names cannot be one here; see oidc.login_claim")
    user = session.scalar(select(User).where(User.login == claimed.login).with_for_update())
    if user is None and first is FirstSignIn.MAKE:
        user = admit_user(session, SYSTEM, login=claimed.login, name=claimed.name[:100], grants=rules.grants, now=now,
                          origin="web")
    elif user is None:
        raise Denied("identity_unknown", "nobody here has the login that the service names; an administrator adds "
                     "them, or links them with `kb user link`")
    elif user.password_hash is not None or _has_identity(session, user):
        raise Denied("identity_login", "the account of this login is signed in to in another way; an administrator "
                     "links it with `kb user link`")
    if user.disabled_at is None:
        _link(session, SYSTEM, user, claimed.issuer, claimed.subject, now=now, origin="web")
    return user


def _link(session: Session, actor: Actor, user: User, issuer: str, subject: str, *, now: datetime, origin: str) -> None:
    session.add(UserIdentity(issuer=issuer, subject=subject, user_id=user.id, linked_at=now))
    session.flush()
    record(session, actor, "link_user", f"user:{user.login}", now=now, origin=origin,
           after={"issuer": issuer, "subject": subject})


def _identity(session: Session, user: User, issuer: str) -> UserIdentity | None:
    return session.scalar(select(UserIdentity).where(UserIdentity.user_id == user.id, UserIdentity.issuer == issuer))


def _has_identity(session: Session, user: User) -> bool:
    return session.scalar(select(UserIdentity.subject).where(UserIdentity.user_id == user.id).limit(1)) is not None


def _check(*values: str) -> None:
    for value in values:
        if len(value) > LONGEST or not _PLAIN.fullmatch(value):
            raise Invalid("identity", "an issuer and a subject are plain text of at most {longest} characters",
                          longest=LONGEST, fields={"subject": "not allowed"})

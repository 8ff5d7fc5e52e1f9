"""Who there is: everybody, or a page of those whose login or name holds some words, as administrators see them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, selectinload

from kb.actor import Actor, Role
from kb.errors import Invalid
from kb.messages.message import InBoth
from kb.models import Department, User, UserIdentity
from kb.people.people import LOGIN, Grant, find_user
from kb.people.permissions import Action, require
from kb.text import clean_label

PAGE = 50  # people on a page
_LONGEST_WORDS = 100  # characters looked for


@dataclass(frozen=True, slots=True)
class UserView:
    """A user as administrators see one."""

    id: str
    login: str
    name: str
    grants: tuple[Grant, ...]
    disabled_at: datetime | None
    last_sign_in_at: datetime | None
    has_password: bool
    must_change_password: bool


@dataclass(frozen=True, slots=True)
class IdentityView:
    """Who a user is at a sign-in service."""

    issuer: str
    subject: str
    linked_at: datetime


@dataclass(frozen=True, slots=True)
class DepartmentName:
    """A department for which roles are held; those of a dissolved one mean nothing."""

    code: str
    name_zh: str
    name_en: str
    is_dissolved: bool = False


@dataclass(frozen=True, slots=True)
class UserPage:
    """A page of a list; ``total`` counts all that were found."""

    users: tuple[UserView, ...]
    number: int
    pages: int
    total: int


def list_users(session: Session, actor: Actor) -> list[UserView]:
    """Every user by login, the disabled ones too."""
    require(actor, Action.MANAGE_USERS)
    return _views(session, select(User))


def find_users(session: Session, actor: Actor, words: str = "", *, page: int = 1) -> UserPage:
    """The users whose login or name holds each of the words, by login; a page that is not there is the last one."""
    require(actor, Action.MANAGE_USERS)
    found = _with_words(words)
    total = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    pages = max(1, -(-total // PAGE))
    number = min(max(1, page), pages)
    return UserPage(tuple(_views(session, found.limit(PAGE).offset((number - 1) * PAGE))), number, pages, total)


def users_after(session: Session, actor: Actor, words: str, *, after: str, limit: int) -> list[UserView]:
    """The first so many of the users with these words whose login comes after this one; raises Invalid."""
    require(actor, Action.MANAGE_USERS)
    if after and not LOGIN.fullmatch(after):
        raise Invalid("cursor", "the cursor is not one that a page gave", fields={"cursor": "unknown"})
    return _views(session, _with_words(words).where(User.login > after).limit(limit))


def user_view(session: Session, actor: Actor, login: str) -> UserView:
    """One user; raises NotFound."""
    require(actor, Action.MANAGE_USERS)
    return _views(session, select(User).where(User.id == find_user(session, login).id))[0]


def identities_of(session: Session, actor: Actor, login: str) -> list[IdentityView]:
    """Who the user is at sign-in services."""
    require(actor, Action.MANAGE_USERS)
    rows = session.scalars(select(UserIdentity).where(UserIdentity.user_id == find_user(session, login).id)
                           .order_by(UserIdentity.issuer))
    return [IdentityView(row.issuer, row.subject, row.linked_at) for row in rows]


def people_names(session: Session, logins: Iterable[str | None]) -> dict[str, str]:
    """What these people are called, by login; an empty or unknown login has none."""
    named = sorted({login for login in logins if login})
    return {row[0]: row[1] for row in session.execute(select(User.login, User.name).where(User.login.in_(named)))}


def person_called(session: Session, login: str) -> str:
    """What messages call somebody: the name, else the login."""
    return people_names(session, [login]).get(login) or login


def departments_called(session: Session, codes: Iterable[str]) -> tuple[InBoth, ...]:
    """What messages call these departments, in the order given, each once; one that is not known by its code."""
    wanted = list(dict.fromkeys(codes))
    found = {code: InBoth(zh, en or zh) for code, zh, en in session.execute(
        select(Department.code, Department.name_zh, Department.name_en).where(Department.code.in_(wanted)))}
    return tuple(found.get(code) or InBoth(code, code) for code in wanted)


def department_names(session: Session) -> list[DepartmentName]:
    """Every department by code, the dissolved ones too."""
    rows = session.execute(select(Department.code, Department.name_zh, Department.name_en,
                                  Department.dissolved_at.is_not(None)).order_by(Department.code))
    return [DepartmentName(code, zh, en, bool(is_dissolved)) for code, zh, en, is_dissolved in rows]


def _with_words(words: str) -> Select[User]:
    found = select(User)
    for word in clean_label(words)[:_LONGEST_WORDS].split():
        found = found.where(or_(User.login.icontains(word, autoescape=True),
                                User.name.icontains(word, autoescape=True)))
    return found


def _views(session: Session, query: Select[User]) -> list[UserView]:
    users = session.scalars(query.options(selectinload(User.grants)).order_by(User.login))
    return [UserView(u.id, u.login, u.name, tuple((Role(g.role), g.department) for g in u.grants), u.disabled_at,
                     u.last_sign_in_at, u.password_hash is not None, u.must_change_password) for u in users]

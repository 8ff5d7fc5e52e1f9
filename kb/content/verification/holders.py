"""What else the log speaks of: who holds which rights, departments as callers are told them, known questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from kb.content.verification.findings import Entry, Finding, by_pages, entries_of, gone
from kb.known.wording import section_hash, wording_hash
from kb.messages.message import Message
from kb.models import ApiToken, Department, KnownQuestion, User

_STATED = ("name_zh", "name_en", "phone", "head", "deputies", "contacts", "district", "dissolved_at", "successor")
_STATES = {"propose_known": "proposed", "release_known": "released", "drop_known": "dropped"}  # by the act


def check(session: Session, show: Callable[[int], None]) -> Finding | None:
    """The first person, department or known question that is not as its entries say."""
    def quiet(_done: int) -> None:
        """The few others are not counted."""

    return (by_pages(session, User.login, Message("user"), show, _check_users) or gone(session, "user", User.login)
            or by_pages(session, Department.code, Message("department"), quiet, _check_departments)
            or gone(session, "department", Department.code)
            or by_pages(session, KnownQuestion.id, Message("known question"), quiet, _check_known)
            or gone(session, "known_question", KnownQuestion.id))


def _check_users(session: Session, logins: list[str]) -> Finding | None:
    users = list(session.scalars(select(User).where(User.login.in_(logins)).options(selectinload(User.grants))
                                 .order_by(User.login)))
    tokens: dict[str, list[ApiToken]] = {}
    for token in session.scalars(select(ApiToken).where(ApiToken.user_id.in_([u.id for u in users]))):
        tokens.setdefault(token.user_id, []).append(token)
    entries = entries_of(session, [f"user:{login}" for login in logins])
    for user in users:
        own = entries.get(f"user:{user.login}", ())
        finding = _check_rights(user, own) or _check_tokens(user.login, tokens.get(user.id, ()), own)
        if finding is not None:
            return finding
    return None


def _check_rights(user: User, entries: Sequence[Entry]) -> Finding | None:
    """The roles that the last entry about them states, and whether the person is shut out."""
    name = Message("user {login}", login=user.login)
    advice = Message("shut them out at once (`kb user disable {login}`), and see who can write to the database",
                     login=user.login)
    told = next((e for e in reversed(entries) if "grants" in e.after), None)
    if told is None:
        return Finding(name, Message("no entry tells who added them"), advice)
    stated = {(role, department) for role, department in told.after["grants"]}
    held = {(g.role, g.department) for g in user.grants}
    for role, department in sorted(held ^ stated, key=str):
        what = (Message("the role {role} for {department}", role=role, department=department) if department
                else Message("the role {role}", role=role))
        if (role, department) in held:
            return Finding(name, Message("holds {what}, which entry {id} does not give and no later one tells of",
                                         what=what, id=told.id), advice,
                           told.id)
        return Finding(name, Message("does not hold {what}, which entry {id} gives", what=what, id=told.id),
                       entry=told.id)
    moved = next((e for e in reversed(entries) if e.action in ("disable_user", "enable_user")), None)
    is_disabled = moved is not None and moved.action == "disable_user"
    if (user.disabled_at is not None) == is_disabled:
        return None
    if is_disabled and moved is not None:
        return Finding(name, Message("is let in again, though entry {id} shut them out", id=moved.id),
                       Message("find out who let them in; see who can write to the database"), moved.id)
    return Finding(name, Message("is shut out, which no entry tells of"))


def _check_tokens(login: str, tokens: Sequence[ApiToken], entries: Sequence[Entry]) -> Finding | None:
    created = {e.after["token"]: e for e in entries if e.action == "create_token"}
    ended = {e.after["token"]: e for e in entries if e.action == "revoke_token"}
    shut_out = next((e for e in reversed(entries) if e.action == "disable_user"), None)
    for token in tokens:
        name = Message("token {id} of {login}", id=token.id, login=login)
        advice = Message("end it at once (`kb user token revoke {id}`), and see who can write to the database",
                         id=token.id)
        told = created.get(token.id)
        if told is None:
            return Finding(name, Message("no entry tells who made it"), advice)
        if sorted(token.scopes) != sorted(told.after["scopes"]):
            return Finding(name, Message("may do other things than entry {id} gives", id=told.id), advice, told.id)
        end = ended.get(token.id) or (shut_out if shut_out is not None and shut_out.id > told.id else None)
        if end is not None and token.revoked_at is None:
            return Finding(name, Message("is in use again, though entry {id} ended it", id=end.id), advice, end.id)
    return None


def _check_departments(session: Session, codes: list[str]) -> Finding | None:
    """Names, people and end, as the last entries state them; one that no entry speaks of was there before the log."""
    entries = entries_of(session, [f"department:{code}" for code in codes])
    for row in session.scalars(select(Department).where(Department.code.in_(codes)).order_by(Department.code)):
        own = entries.get(f"department:{row.code}", ())
        for field in _STATED:
            told = next((e for e in reversed(own) if field in e.after), None)
            if told is not None and told.after[field] != _plain(getattr(row, field)):
                return Finding(Message("department {code}", code=row.code),
                               Message("its {field} is not the one of entry {id}", field=field, id=told.id),
                               Message("put it right with `kb department set`, or `kb import` of a departments.yaml "
                                       "that has {field} of {code}; see who can write to the database", field=field,
                                       code=row.code), told.id)
    return None


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, datetime) else value


def _check_known(session: Session, ids: list[str]) -> Finding | None:
    entries = entries_of(session, [f"known_question:{i}" for i in ids])
    for row in session.scalars(select(KnownQuestion).where(KnownQuestion.id.in_(ids)).order_by(KnownQuestion.id)):
        name, own = Message("known question {id}", id=row.id), entries.get(f"known_question:{row.id}", ())
        proposed = next((e for e in own if e.action == "propose_known"), None)
        advice = Message("drop it (`kb known drop {id}`), and see who can write to the database", id=row.id)
        if proposed is None:
            return Finding(name, Message("no entry tells who proposed it"), advice)
        if (wording_hash(row.text), section_hash(row.article_id, tuple(row.heading_path)), row.heading_path) != (
                proposed.after["wording"], row.section, proposed.after["heading_path"]):
            return Finding(name, Message("has another text or section than entry {id} tells of", id=proposed.id),
                           advice, proposed.id)
        last = next(e for e in reversed(own) if e.action in _STATES)
        if row.state != _STATES[last.action]:
            return Finding(name, Message("is {state}, and by entry {id} {states}", state=row.state, id=last.id,
                                         states=_STATES[last.action]), advice, last.id)
    return None

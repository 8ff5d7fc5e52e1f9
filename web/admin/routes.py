"""People as administrators see them: a list, and a page for each with what may be done to them.

Every act is a form of its own that is sent to an address of its own, so that nothing but what it is for can be changed
by it, whatever else it carries. Each leads back to the person's page; a new password is shown in the reply, this once.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l

from kb.actor import Actor, Role
from kb.errors import Conflict, Denied, Invalid, NotFound
from kb.people import credentials, directory, identities, people, sessions, tokens
from kb.people.passwords import new_password
from kb.people.permissions import DEPARTMENT_ROLES, Action
from web.auth import permits, session_id, viewer
from web.error_replies import explained
from web.error_words import said
from web.errors import problem_of
from web.filters import named
from web.forms import served_by
from web.wiring import edge

admin = Blueprint("admin", __name__, template_folder="templates", url_prefix="/admin")

_ORIGIN = "web"
_SCOPES = ("ask", "read", "admin")  # a token that writes in somebody's name is their own to make
_DONE = {
    "rename": _l("The name is changed."), "set_roles": _l("The roles are changed."),
    "disable": _l("The account is shut: its sessions and tokens have ended."),
    "enable": _l("The account is open again."), "unlock": _l("They may try to sign in again at once."),
    "revoke_token": _l("The token has ended."), "end_sessions": _l("Signed out there."),
    "unlink": _l("They sign in by that service no more."),
}
_GENERAL = tuple(role for role in Role if role not in DEPARTMENT_ROLES and role is not Role.CITIZEN)


@admin.get("/people")
@permits(Action.MANAGE_USERS)
def list_people() -> str:
    """A page of them, by login."""
    return _list_page()


@admin.post("/people")
@permits(Action.MANAGE_USERS)
def add_person() -> Response:
    """Add one, with a password that is good once."""
    parts, login, password = edge(), request.form.get("login", "").strip(), new_password()
    try:
        with parts.database.transaction() as session:
            people.create_user(session, viewer(), login=login, name=request.form.get("name", ""), grants=(),
                               password=password, now=parts.clock(), origin=_ORIGIN)
    except (Conflict, Invalid) as error:
        problem = problem_of(error)
        return explained(_list_page(said=said(problem), login=login, name=request.form.get("name", "")), problem)
    return make_response(person_page(login, once=password))


@admin.get("/people/<login>")
@permits(Action.MANAGE_USERS)
def person(login: str) -> str:
    """One of them, and all that may be done."""
    return person_page(login)


@admin.post("/people/<login>/name")
@permits(Action.MANAGE_USERS)
def rename(login: str) -> Response:
    """Give another name."""
    name = request.form.get("name", "")
    return _act(login, lambda session, me: people.rename_user(session, me, login, name, now=edge().clock(),
                                                              origin=_ORIGIN))


@admin.post("/people/<login>/roles")
@permits(Action.MANAGE_USERS)
def set_roles(login: str) -> Response:
    """Put the marked roles in place of those that the page showed."""
    def act(session: Any, me: Actor) -> None:
        grants = [people.parse_grant(written) for written in request.form.getlist("role")]
        role, department = request.form.get("new_role", ""), request.form.get("new_department", "")
        if department:
            grants.append(people.parse_grant(f"{role}:{department}"))
        seen = [people.parse_grant(written) for written in request.form.get("seen", "").split()]
        people.set_roles(session, me, login, grants, seen=seen, now=edge().clock(), origin=_ORIGIN)

    return _act(login, act)


@admin.post("/people/<login>/disable")
@permits(Action.MANAGE_USERS)
def disable(login: str) -> Response:
    """Shut out at once."""
    return _act(login, lambda session, me: people.disable_user(session, me, login, now=edge().clock(), origin=_ORIGIN))


@admin.post("/people/<login>/enable")
@permits(Action.MANAGE_USERS)
def enable(login: str) -> Response:
    """Let in again."""
    return _act(login, lambda session, me: people.enable_user(session, me, login, now=edge().clock(), origin=_ORIGIN))


@admin.post("/people/<login>/password")
@permits(Action.MANAGE_USERS)
def reset_password(login: str) -> Response:
    """Set a password that is good once, and show it in the reply."""
    parts, password = edge(), new_password()
    with parts.database.transaction() as session:
        credentials.set_password(session, viewer(), login, password, now=parts.clock(), origin=_ORIGIN)
    return make_response(person_page(login, once=password))


@admin.post("/people/<login>/unlock")
@permits(Action.MANAGE_USERS)
def unlock(login: str) -> Response:
    """Let them try to sign in again at once."""
    return _act(login, lambda session, me: credentials.unlock_user(session, me, login, now=edge().clock(),
                                                                   origin=_ORIGIN))


@admin.post("/people/<login>/tokens")
@permits(Action.MANAGE_USERS)
def revoke_token(login: str) -> Response:
    """End a token."""
    return _act(login, lambda session, me: tokens.revoke_token(session, me, request.form.get("token", ""),
                                                               now=edge().clock(), origin=_ORIGIN))


@admin.post("/people/<login>/sessions")
@permits(Action.MANAGE_USERS)
def end_sessions(login: str) -> Response:
    """End one of their sessions, or all."""
    def act(session: Any, me: Actor) -> None:
        now, handle = edge().clock(), request.form.get("session", "")
        if handle:
            sessions.end_session(session, me, login, handle, now=now, origin=_ORIGIN)
        else:
            own = session_id() if login == me.name else None
            sessions.end_sessions(session, me, login, but=own, now=now, origin=_ORIGIN)

    return _act(login, act)


@admin.post("/people/<login>/unlink")
@permits(Action.MANAGE_USERS)
def unlink(login: str) -> Response:
    """Let them sign in by a service no more."""
    return _act(login, lambda session, me: identities.unlink(session, me, login, issuer=request.form.get("issuer", ""),
                                                             now=edge().clock(), origin=_ORIGIN))


def _act(login: str, act: Callable[[Any, Actor], object]) -> Response:
    """Do it and go back to the person's page, which says so; or say there why it was refused."""
    try:
        with edge().database.transaction() as session:
            act(session, viewer())
    except (Conflict, Denied, Invalid, NotFound) as error:
        with suppress(NotFound):  # what was not found is perhaps the person
            problem = problem_of(error)
            return explained(person_page(login, said=said(problem)), problem)
        raise
    return make_response(redirect(url_for("admin.person", login=login, done=served_by()), code=303))


def _list_page(**shown: object) -> str:
    words, page = request.args.get("q", ""), request.args.get("page", 1, type=int)
    with edge().database.reading() as session:
        found = directory.find_users(session, viewer(), words, page=page)
        names = {department.code: named(department) for department in directory.department_names(session)}
    return render_template("admin/people.html", found=found, words=words, names=names, **shown)


def person_page(login: str, **shown: object) -> str:
    """The page of one of them."""
    me, now = viewer(), edge().clock()
    with edge().database.reading() as session:
        found = directory.user_view(session, me, login)
        departments = directory.department_names(session)
        return render_template(
            "admin/person.html", person=found, general=_GENERAL, in_departments=sorted(DEPARTMENT_ROLES), now=now,
            departments=departments,
            names={department.code: named(department) for department in departments},
            tokens=tokens.list_tokens(session, me, login), scopes=_SCOPES,
            sessions=sessions.list_sessions(session, me, login, now=now),
            identities=directory.identities_of(session, me, login), done=_DONE.get(request.args.get("done", "")),
            **shown)

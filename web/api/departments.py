"""Departments: read by the staff; set, renamed, merged, split and dissolved by administrators."""

from __future__ import annotations

from typing import Any

from kb.articles.acts import reorganising
from kb.db import Session
from kb.people import department_editing as editing
from kb.people.department_editing import DepartmentView
from kb.people.permissions import Action
from web.api.contract import route
from web.api.shapes import departments as shapes
from web.api.taking import paged, read_cursor
from web.auth import viewer
from web.wiring import edge

_ONE = "/departments/<code:code>"
_ORIGIN = "api"
_DISSOLVED = {409: "It is dissolved"}


@route("GET", "/departments", Action.READ_HISTORY, query=shapes.DepartmentFilter, reply=shapes.Departments)
def list_departments(session: Session, query: shapes.DepartmentFilter) -> dict[str, Any]:
    """The departments, the dissolved ones too"""
    after = read_cursor(query) or ""
    found = sorted(editing.list_all(session), key=lambda one: one.code)
    return paged([one for one in found if one.code > after], query, DepartmentView.as_dict, lambda one: one.code)


@route("GET", _ONE, Action.READ_HISTORY, reply=shapes.Department)
def read_department(session: Session, code: str) -> dict[str, Any]:
    """A department with its people"""
    return editing.get_department(session, code).as_dict()


@route("PATCH", _ONE, Action.EDIT_DEPARTMENTS, scope="admin", body=shapes.DepartmentChange, reply=shapes.Department,
       problems=_DISSOLVED)
def set_department(session: Session, code: str, body: shapes.DepartmentChange) -> dict[str, Any]:
    """Change who heads a department, how it is reached, its district"""
    return editing.set_department(session, viewer(), code, **body.model_dump(), now=edge().clock(),
                                  origin=_ORIGIN).as_dict()


@route("POST", f"{_ONE}/rename", Action.EDIT_DEPARTMENTS, scope="admin", body=shapes.Renaming, reply=shapes.Department,
       problems=_DISSOLVED)
def rename_department(session: Session, code: str, body: shapes.Renaming) -> dict[str, Any]:
    """Give a department other names; its code stays"""
    return editing.rename(session, viewer(), code, name_zh=body.name_zh, name_en=body.name_en, now=edge().clock(),
                          origin=_ORIGIN).as_dict()


@route("POST", f"{_ONE}/merge", Action.EDIT_DEPARTMENTS, scope="admin", body=shapes.Merging, reply=shapes.Reorganised,
       problems={409: "One of the two is dissolved"})
def merge_department(session: Session, code: str, body: shapes.Merging) -> dict[str, Any]:
    """Give everything of a department to another one, and dissolve it

    Nobody's rights grow: `people` names those whose roles mean nothing now."""
    return reorganising.merge(session, viewer(), code, into=body.into, now=edge().clock(), origin=_ORIGIN).as_dict()


@route("POST", f"{_ONE}/split", Action.EDIT_DEPARTMENTS, scope="admin", body=shapes.Splitting,
       reply=shapes.Reorganised, problems={409: "One of the two is dissolved, or the one to be made is there already"})
def split_department(session: Session, code: str, body: shapes.Splitting) -> dict[str, Any]:
    """Give some of a department's articles to another one, which is made where names are sent for it"""
    return reorganising.split(session, viewer(), code, into=body.into, articles=body.articles,
                              name_zh=body.name_zh or "", name_en=body.name_en or "", now=edge().clock(),
                              origin=_ORIGIN).as_dict()


@route("POST", f"{_ONE}/dissolve", Action.EDIT_DEPARTMENTS, scope="admin", body=shapes.Dissolving,
       reply=shapes.Reorganised, problems={409: "It, or its successor, is dissolved"})
def dissolve_department(session: Session, code: str, body: shapes.Dissolving) -> dict[str, Any]:
    """End a department; its successor owns its articles from now on"""
    return reorganising.dissolve(session, viewer(), code, successor=body.successor, now=edge().clock(),
                                 origin=_ORIGIN).as_dict()

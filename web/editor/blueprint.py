"""The editor's blueprint, and what all its pages share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NoReturn
from uuid import UUID

from flask import Blueprint, request

from kb.db import Session
from kb.people.permissions import Action, can, may_anywhere
from kb.reading import opening
from kb.reading.handing_in import Returned
from kb.reading.opening import DepartmentName
from web.auth import viewer
from web.editor.labels import CHANGES, FIELDS, phrases
from web.errors import BadRequest

editor = Blueprint("editor", __name__, template_folder="templates", static_folder="static", url_prefix="/edit")
ORIGIN = "web"


@editor.app_context_processor
def facts() -> dict[str, object]:
    """Whether a page of an article leads here."""
    who = viewer()
    return {"may_edit": lambda department: can(who, Action.DRAFT, department),
            "has_desk": may_anywhere(who, Action.DRAFT) or may_anywhere(who, Action.APPROVE),
            "field_names": FIELDS, "change_kinds": CHANGES, "editor_phrases": phrases}


def names_of(session: Session) -> dict[str, DepartmentName]:
    """Every department by its code."""
    return opening.department_names(session)


def people_of_returned(texts: Iterable[Returned]) -> Iterator[str]:
    """Who wrote these texts, and who refused or withdrew them."""
    for one in texts:
        yield from (one.author, *(signer for _, signer, _ in one.reasons))


def seen_version() -> int:
    """The version of the draft that the page showed; raises BadRequest."""
    written = request.form.get("seen", "")
    if not (written.isascii() and written.isdigit() and 1 <= len(written) < 9):
        _bad("seen")
    return int(written)


def revision_number(written: str) -> int:
    """A revision's number as a page sends it; raises BadRequest."""
    if not (written.isascii() and written.isdigit() and len(written) < 7):
        _bad("revision")
    return int(written)


def draft_key(draft_id: UUID) -> str:
    """A draft's id as the services know it."""
    return str(draft_id)


def _bad(name: str) -> NoReturn:
    raise BadRequest("bad_value", "{name}: send what the page holds", name=name, fields={name: "unknown"})

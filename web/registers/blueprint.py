"""The registers' blueprint, and what all its pages share."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from flask import Blueprint, Response, make_response, request, url_for
from flask_babel import gettext

from kb.actor import Actor
from kb.db import Session
from kb.errors import Conflict, Invalid
from kb.messages.message import Message
from kb.people import directory
from kb.people.permissions import Action, can
from kb.registers.keys import phone_shown
from kb.registers.sheets import SheetReport, decoded
from web.auth import viewer
from web.error_replies import explained
from web.error_words import sentence
from web.errors import Problem, language, problem_of
from web.filters import named
from web.forms import served_by
from web.registers.words import ACTS, FIELDS, OUTCOMES, REASONS, STATES, STATUSES, shown_value

registers = Blueprint("registers", __name__, template_folder="templates", static_folder="static",
                      url_prefix="/registers")
ORIGIN = "web"
MOST_WORDS = 100
_MOST_PAGES = 100_000


@registers.app_context_processor
def facts() -> dict[str, object]:
    """What the registers' pages name things by."""
    if request.blueprint != "registers":
        return {}
    return {"register_fields": FIELDS, "register_acts": ACTS, "register_outcomes": OUTCOMES, "link_states": STATES,
            "link_reasons": REASONS, "document_statuses": STATUSES, "shown_value": shown_value,
            "may_enter": can(viewer(), Action.EDIT_REGISTERS)}


@registers.app_template_filter()
def phone_number(key: str) -> str:
    """A number of the ledger as people write it."""
    return phone_shown(key)


@registers.app_template_filter()
def told(message: Message) -> str:
    """A message as a sentence of the page."""
    return sentence(message, language())


def department_names(session: Session) -> dict[str, str]:
    """The departments' names in the page's language, by their codes."""
    return {one.code: named(one) for one in directory.department_names(session)}


def words_asked() -> str:
    """The words that the page is asked for."""
    return request.args.get("q", "").strip()[:MOST_WORDS]


def page_asked() -> int:
    """The number of the page that is asked for."""
    given = request.args.get("page", "")
    return min(int(given), _MOST_PAGES) if given.isascii() and given.isdigit() and len(given) < 7 else 1


def seen() -> int:
    """The version that the form showed; 0 where there was none."""
    given = request.form.get("seen", "")
    if not (given.isascii() and given.isdigit() and len(given) < 10):
        raise Invalid("seen", "the form does not say which version it showed: reload the page",
                      fields={"seen": "required"})
    return int(given)


def sheet_sent() -> tuple[bytes, bool]:
    """The table that was sent, and whether it is to be taken in: a file is rehearsed, what was rehearsed comes back as
    text."""
    sent = request.files.get("file")
    if sent is not None and sent.filename:
        return sent.read(), False
    return request.form.get("text", "").encode(), request.form.get("act") == "take"


def taken_in(take: Callable[[bytes, bool], SheetReport],
             page: Callable[[SheetReport | None, str, Problem | None], str]) -> Response:
    """The table that was sent, taken in or rehearsed, on the page that says what came of each line."""
    data, is_taken = sheet_sent()
    try:
        return make_response(page(take(data, not is_taken), decoded(data), None))
    except (Conflict, Invalid) as error:
        problem = problem_of(error)
        return explained(page(None, "", problem), problem)


def as_file(text: str, name: str) -> Response:
    """A table to be saved."""
    response = Response(text, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return response


def tabs() -> list[tuple[str, str, bool, int]]:
    """Where the screens of the registers lead."""
    here = served_by()
    return [(url_for("registers.list_phones"), gettext("Phone ledger"), "phone" in here, 0),
            (url_for("registers.list_documents"), gettext("Register of basis documents"), "document" in here, 0),
            (url_for("registers.list_links"), gettext("Source links"), "link" in here, 0)]


def own_departments(who: Actor) -> list[str]:
    """The departments whose texts are the visitor's matter first."""
    return sorted(who.departments)

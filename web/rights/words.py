"""Reasons why somebody may or may not, as sentences of a page; the API gives the same by their ids and facts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from kb.people.permissions import Action, Reason
from web.filters import moment

ACTIONS = {
    Action.READ: _l("Read it"), Action.DRAFT: _l("Write a new version of it"), Action.APPROVE: _l("Sign it"),
    Action.PUBLISH: _l("Publish it"), Action.PUBLISH_URGENTLY: _l("Publish it urgently, with one signature"),
    Action.CONFIRM: _l("Confirm that it is still right"), Action.HIDE: _l("Hide the article at once"),
    Action.RETIRE: _l("Retire the article"), Action.MOVE_ARTICLE: _l("Move the article to another department"),
}
_ROLES = {
    "agent": _l("Agent"), "editor": _l("Editor"), "approver": _l("Approver"),
    "knowledge_manager": _l("Knowledge manager"), "supervisor": _l("Supervisor"), "admin": _l("Administrator"),
}
_STATES = {
    "in_review": _l("in review"), "approved": _l("signed and not yet published"), "published": _l("already published"),
    "withdrawn": _l("withdrawn by its author"), "rejected": _l("sent back"),
}
_SAID = {
    "role": _l("As %(role)s, which holds for every department."),
    "role_of_department": _l("As %(role)s of %(department)s."),
    "own_account": _l("It is their own."),
    "published": _l("It is published, and open to them."),
    "writes_or_signs": _l("They write or sign for one of its departments."),
    "waited_for": _l("The signature of %(department)s is waited for."),
    "substitute": _l("For %(department)s they sign as a substitute, and must say why."),
    "rule": _l("By the rule of its category, %(department)s signs %(signatures)s times."),
    "no_role": _l("It takes one of these roles: %(roles)s."),
    "other_department": _l("Their roles are for %(held)s; this is a matter of %(departments)s."),
    "another_person": _l("It is another person's."),
    "own_text": _l("They wrote in this text, and nobody signs what they wrote."),
    "another_author": _l("It is %(author)s's; it must be taken over first."),
    "disabled": _l("Their account is disabled."),
    "dissolved": _l("Their role as %(role)s of %(department)s means nothing: that department is dissolved."),
    "internal": _l("It is for the staff only."),
    "unpublished": _l("It is %(state)s; only those who write or sign for its departments read it."),
    "state": _l("It is %(state)s."),
    "retired": _l("The article is retired."),
    "redacted": _l("Its words were erased by law."),
    "unsigned": _l("Signatures are missing: %(departments)s."),
    "all_signed": _l("It has all its signatures, and is simply published."),
    "decided": _l("They have decided on it already, on %(at)s."),
    "not_waited_for": _l("No signature that they can give is missing; what is waited for: %(departments)s."),
}


def sentence(reason: Reason, names: Mapping[str, str]) -> str:
    """The reason in the page's language; ``names`` are the departments' by their codes."""
    said = _SAID.get(reason.id)
    return str(said) % _facts(reason.facts, names) if said else reason.id


def _facts(facts: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for key, value in facts.items():
        if key == "role":
            found[key] = str(_ROLES.get(value, value))
        elif key == "roles":
            found[key] = _joined(str(_ROLES.get(role, role)) for role in value)
        elif key == "state":
            found[key] = str(_STATES.get(value, value))
        elif key == "at":
            found[key] = moment(datetime.fromisoformat(value))
        elif key in ("department", "departments", "held"):
            found[key] = _joined(names.get(code, code) for code in ([value] if isinstance(value, str) else value or ()))
        else:
            found[key] = str(value)
    return found


def _joined(parts: Any) -> str:
    return str(gettext(", ")).join(parts)

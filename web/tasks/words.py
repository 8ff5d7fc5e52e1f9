"""What states, ways and steps of review tasks are called on a page."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

SEVERITIES = {"serious": _l("Serious"), "warning": _l("Warning"), "info": _l("Worth a look")}
STANDINGS = {"open": _l("To do"), "late": _l("Overdue"), "snoozed": _l("Put off"), "done": _l("Done")}
OUTCOMES = {"confirmed": _l("Confirmed"), "revised": _l("Revised"), "retired": _l("Retired"),
            "cleared": _l("No longer needed")}
WAYS = {
    "confirmer": _l("confirmed the text last"), "author": _l("wrote the text"),
    "editor": _l("editor of the department"), "approver": _l("approver of the department"),
    "deputy": _l("deputy head of the department"), "head": _l("head of the department"),
    "manager": _l("knowledge manager: nobody of the department is there"),
    "admin": _l("administrator: nobody else is left"), "substitute": _l("substitute"), "back": _l("back in the office"),
    "delegate": _l("handed on by a person"),
}
STEPS = {
    "opened": _l("Task opened"), "renewed": _l("Its reasons changed"), "assigned": _l("Given to"),
    "delegated": _l("Handed on to"), "snoozed": _l("Put off"), "woken": _l("Taken up again"),
    "reminded": _l("Reminded"), "escalated": _l("Brought before"), "revising": _l("Revision begun"),
    "done": _l("Done"),
}
CALENDAR = {"review": _l("Its review date asks for it."), "again": _l("An earlier look was agreed on.")}

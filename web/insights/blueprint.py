"""The blueprint of what flows back, and what its pages share."""

from __future__ import annotations

from flask import Blueprint, request

from kb.people.permissions import Action, may_anywhere, may_for_departments
from web.auth import viewer
from web.errors import BadRequest

insights = Blueprint("insights", __name__, template_folder="templates", static_folder="static",
                     static_url_path="/static/insights")
ORIGIN = "web"
_MOST_SKIPPED = 100_000  # entries of a list that an address may skip


@insights.app_context_processor
def facts() -> dict[str, object]:
    """Which of these screens the visitor has, for the tabs above them."""
    who = viewer()
    return {"may_answer_feedback": may_anywhere(who, Action.RESOLVE_FEEDBACK),
            "may_see_gaps": sees_more_than_own()}


def sees_more_than_own() -> bool:
    """Whether the visitor sees what others asked, and not their own calls alone."""
    return may_for_departments(viewer(), Action.SEE_INSIGHTS)


def skipped() -> int:
    """How many entries the address skips; raises BadRequest for what is no number."""
    given = request.args.get("after", "0") or "0"
    if not (given.isascii() and given.isdigit() and len(given) < 7 and int(given) <= _MOST_SKIPPED):
        raise BadRequest("after", "after must be a whole number from 0")
    return int(given)

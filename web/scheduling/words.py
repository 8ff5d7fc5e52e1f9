"""What jobs and the ways that they end are called on pages."""

from __future__ import annotations

import re

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

JOBS = {
    "prune": _l("Remove what was kept long enough"),
    "facts": _l("Read the figures of new texts"),
    "audit_checkpoint": _l("Sign the head of the audit log"),
    "notices": _l("Mail notices"),
    "webhooks": _l("Tell other systems of notices"),
    "signals": _l("Look at what changed for signals"),
    "scan": _l("Look at all texts for signals"),
    "review_tasks": _l("Open, remind of and escalate review tasks"),
    "review_signals": _l("Open review tasks for new signals"),
    "callbacks": _l("List calls that were told a replaced text"),
    "gaps": _l("Gather questions without an answer"),
    "gaps_asked_again": _l("Ask the questions of gaps again"),
    "contradictions": _l("Look for contradictions between texts"),
    "links": _l("Look at the pages of basis documents"),
}
OUTCOMES = {"waiting": _l("Not begun yet"), "running": _l("Running"), "done": _l("Done"), "failed": _l("Failed")}
BADGES = {"waiting": "", "running": "in_force", "done": "done", "failed": "alarm"}

_REST = r" \* \* \*"
_EACH_MINUTES = re.compile(r"(?:\*|\*/(?P<n>\d{1,2})) \*" + _REST)
_EACH_HOUR = re.compile(r"(?P<minute>\d{1,2}) \*" + _REST)
_EACH_DAY = re.compile(r"(?P<minute>\d{1,2}) (?P<hour>\d{1,2})" + _REST)


def times(expression: str) -> str:
    """When a job runs, in words; an expression that is none of the usual ones as it is set."""
    if found := _EACH_MINUTES.fullmatch(expression):
        minutes = int(found["n"] or 1)
        words = gettext("every minute") if minutes == 1 else gettext("every %(n)s minutes", n=minutes)
    elif found := _EACH_HOUR.fullmatch(expression):
        past = int(found["minute"])
        words = gettext("every hour at minute %(minute)s", minute=past) if past else gettext("every hour, on the hour")
    elif found := _EACH_DAY.fullmatch(expression):
        words = gettext("every day at %(time)s", time=f"{int(found['hour'])}:{int(found['minute']):02}")
    else:
        words = expression
    return str(words)


def job_name(name: str) -> str:
    """The job in words; its own name where nobody has worded it."""
    return str(JOBS.get(name, name))

"""What kinds of signals, their severities and ways of answering are called on pages."""

from __future__ import annotations

from flask_babel import gettext as _gettext
from flask_babel import lazy_gettext as _l

from kb.upkeep.signals.responding import Response, Way

KINDS = {
    "review": _l("Review date"), "ending": _l("End of validity"), "reference": _l("Broken link between articles"),
    "basis": _l("Basis document"), "date": _l("Date gone by"), "owner": _l("Department cannot keep it"),
    "unread": _l("Asked about, not cited"), "votes": _l("Voted down"), "corrected": _l("Corrected by agents"),
    "unanswered": _l("Asked, not answered"), "contradiction": _l("Contradicts another article"),
    "drift": _l("Copy left behind"),
    "basis_repealed": _l("Basis document by the register"), "contact_unlisted": _l("Phone by the ledger"),
    "link_dead": _l("Source page gone"), "link_changed": _l("Source page changed"),
}
SEVERITIES = {"serious": _l("serious"), "warning": _l("warning"), "info": _l("worth a look")}
WAYS = {
    Way.FEW: _l("Too few to tell"), Way.COPING: _l("Coping"), Way.SELECTIVE: _l("Selective"),
    Way.DELAYED: _l("Delayed"), Way.WELL: _l("Answers well"), Way.MIXED: _l("Mixed"),
}


def gettext(text: str, **values: object) -> str:
    """The text in the page's language."""
    return str(_gettext(text, **values))


def way_said(response: Response) -> str:
    """The figures that a way of answering follows from."""
    if response.way is Way.FEW:
        return gettext("%(n)s signals were due so far", n=response.counted)
    if response.way is Way.COPING:
        return gettext("%(n)s came back within 30 days after they were cleared", n=response.came_back)
    if response.way is Way.SELECTIVE:
        kinds = [str(KINDS.get(kind, kind)) for kind, counts in response.of_kinds.items()
                 if counts[2] * 2 > sum(counts)]
        return gettext("others are done in time, these are left: %(kinds)s", kinds="、".join(kinds))
    return gettext("%(share)s%% in time, %(late)s late, %(ignored)s ignored", late=response.late,
                   share=round(100 * (response.share_on_time or 0)), ignored=response.ignored)

"""The check before a draft is handed in, as its author sees it: advice beside the button, never a barrier."""

from __future__ import annotations

from uuid import UUID

from flask import Response, make_response, render_template, url_for

from kb.articles.writing import checks
from kb.articles.writing.check_report import CheckReport, Finding
from kb.articles.writing.check_words import kind_said, said
from kb.errors import NotFound
from kb.people.permissions import Action
from web.account.places import see
from web.auth import check_rate, permits, viewer
from web.editor.blueprint import ORIGIN, draft_key, editor
from web.filters import language
from web.fragments import is_wanted
from web.wiring import edge


@editor.post("/drafts/<uuid:draft_id>/check")
@permits(Action.DRAFT)
def check(draft_id: UUID) -> Response:
    """Check the draft as it is saved, and keep what was found until it is handed in."""
    check_rate(cost=5)
    parts, now = edge(), edge().clock()
    try:
        report = parts.retriever.check(draft_key(draft_id), viewer(), now=now)
        with parts.database.transaction() as session:
            kept = checks.keep_check(session, viewer(), report, now=now, origin=ORIGIN)
    except NotFound:
        if is_wanted():  # handed in or thrown away while it was checked: the page that asked is gone, too
            return Response(status=204)
        raise
    if is_wanted():
        return make_response(render_template("editor/check.html", report=kept, groups=grouped(kept)))
    return see(url_for("editor.hand_in", draft_id=draft_id))


def grouped(report: CheckReport) -> list[tuple[str, list[tuple[str, Finding]]]]:
    """The findings in words, kind by kind in the report's order."""
    found: dict[str, list[tuple[str, Finding]]] = {}
    for finding in report.findings:
        found.setdefault(kind_said(finding, language()), []).append((said(finding, language()), finding))
    return list(found.items())

"""Judging with one key: the buttons below an answer, a citation, a search result, and what they do.

With script htmx puts the buttons, as they now stand, in their own place; without, the form leads back to the page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from flask import Response, make_response, redirect, render_template, request, url_for

from kb.db import Session
from kb.errors import Invalid, NotFound
from kb.feedback import subject, verdicts
from kb.feedback.subject import Subject, Target
from kb.feedback.verdicts import Given, Verdict
from kb.people.permissions import Action, may_anywhere
from retriever.records import SearchHit
from web import fragments
from web.account.places import same_site
from web.auth import check_rate, permits, viewer
from web.errors import BadRequest
from web.insights.blueprint import ORIGIN, insights
from web.wiring import edge

_NONE = "none"  # takes the verdict back
_PLACE = re.compile(r"(\d{1,7})-(\d{1,7})")


def judging(answer_id: str | None) -> dict[str, Any]:
    """Whether the viewer may judge, and their verdicts on the answer, by what each is on; none on one that is new."""
    may_judge = may_anywhere(viewer(), Action.GIVE_FEEDBACK)
    given: dict[str, Given] = {}
    if may_judge and answer_id is not None:
        with edge().database.reading() as session:
            given = verdicts.own_verdicts(session, viewer(), answer_id=answer_id)
    return {"may_judge": may_judge, "given": given}


def judging_results(words: str, hits: Sequence[SearchHit]) -> dict[str, Any]:
    """Whether the viewer may judge, and their verdicts on passages that a search for these words gave, by their place
    in the list."""
    may_judge = may_anywhere(viewer(), Action.GIVE_FEEDBACK)
    given: dict[int, Given] = {}
    if may_judge and hits:
        things = [subject.thing_of_result(hit.slug, hit.revision, hit.start, words) for hit in hits]
        with edge().database.reading() as session:
            found = verdicts.own_verdicts(session, viewer(), things=things)
        given = {n: found[thing] for n, thing in enumerate(things) if thing in found}
    return {"may_judge": may_judge, "given": given}


@insights.post("/answers/<uuid:answer_id>/feedback")
@permits(Action.GIVE_FEEDBACK, scope="ask")
def judge(answer_id: UUID) -> Response:
    """Say what one thinks of an answer, or of one of its citations; or take it back."""
    citation = request.form.get("citation", "")
    if citation and not (citation.isascii() and citation.isdigit() and len(citation) < 4):
        raise BadRequest("citation", "send what the page holds")

    def of(session: Session) -> Subject:
        return (subject.of_citation(session, str(answer_id), int(citation)) if citation
                else subject.of_answer(session, str(answer_id)))

    return _judged(of, url_for("public.answer", answer_id=answer_id, _anchor="judge"),
                   {"citation": citation} if citation else {}, is_keyed=not citation)


@insights.post("/search/feedback")
@permits(Action.GIVE_FEEDBACK, scope="ask")
def judge_result() -> Response:
    """Say what one thinks of a passage that a search gave; or take it back."""
    form = request.form
    place, number = _PLACE.fullmatch(form.get("place", "")), form.get("revision", "")
    if place is None or not (number.isascii() and number.isdigit() and 0 < len(number) < 7):
        raise BadRequest("place", "send what the page holds")

    def of(session: Session) -> Subject:
        return subject.of_result(session, form.get("slug", ""), int(number), int(place[1]), int(place[2]),
                                 form.get("q", ""))

    back = same_site(form.get("next", ""))
    return _judged(of, back, {name: form.get(name, "") for name in ("slug", "revision", "place", "q", "next")},
                   is_keyed=False)


def _judged(of: Callable[[Session], Subject], back: str, fields: dict[str, str], *, is_keyed: bool) -> Response:
    """Note what was said of the thing, and show the buttons as they then stand."""
    check_rate(cost=0.1)
    wanted, now, who = request.form.get("verdict", ""), edge().clock(), viewer()
    if wanted != _NONE and wanted not in list(Verdict):
        raise Invalid("verdict", "say right, wrong, outdated or incomplete", fields={"verdict": "unknown"})
    given: Given | None = None
    with edge().database.transaction() as session:
        thing = of(session)
        if wanted == _NONE:
            try:
                verdicts.withdraw(session, who, thing.thing, now=now, origin=ORIGIN)
            except NotFound:  # taken back already
                given = None
        else:
            note = request.form.get("note") if "note" in request.form else None
            given = verdicts.give(session, who, thing, Verdict(wanted), note=note, now=now, origin=ORIGIN)
    if not fragments.is_wanted():
        return make_response(redirect(back, code=303))
    return make_response(render_template("insights/judged.html", given=given, address=request.path, fields=fields,
                                         is_keyed=is_keyed, is_refusal=thing.target is Target.REFUSAL))

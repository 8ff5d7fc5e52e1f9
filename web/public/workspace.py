"""The page where one asks, and what of an answer may be shown on it at this moment."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from flask import render_template

from kb.articles.live import Moment, live_of_articles
from kb.db import Session
from kb.errors import NotFound
from kb.people.permissions import Action, may_anywhere
from kb.reading import opening
from kb.upkeep.signals.cited import open_signals
from retriever.answer import Answer, Elsewhere
from web import fragments
from web.auth import viewer
from web.error_words import said
from web.errors import Problem
from web.filters import language
from web.public.answers import near_of, offered_of, shown_of
from web.public.dialogue import Asked
from web.still import still_live
from web.wiring import edge


def workspace(asked: Asked, *, problem: Problem | None = None, **shown: object) -> str:
    """The page, or the part of it that an answer replaces. ``asked`` is what its form holds; a form has an id, so that
    a question that it sends twice is told from one that is asked twice."""
    template = "public/workspace.html" if fragments.is_wanted() else "public/ask.html"
    return render_template(template, asked=asked, problem=problem, said=said(problem) if problem else "",
                           form_id=uuid.uuid4(), **shown)


def checked(answer: Answer) -> tuple[Answer, dict[str, Any]]:
    """The answer, and what a page shows of it, as it may be shown at this moment.

    Rights and texts may have changed since the answer was made; then it is not shown at all (Conflict ``changed``), or
    not explained.
    """
    parts, who, now = edge(), viewer(), edge().clock()
    known_at = now if answer.hits else answer.known_at  # what is opened again shows what was known then
    beside = {one.revision_id for one in answer.differs}
    told = {hit.passage.revision_id for hit in answer.hits} if answer.explain or answer.nearest else set()
    with parts.database.reading() as session:
        names = opening.department_names(session)
        live = still_live(session, who, answer, known_at=known_at, now=now, beside=told | beside)
        if beside - set(live):
            answer = replace(answer, differs=tuple(one for one in answer.differs if one.revision_id in live))
        if told - set(live):
            answer = replace(answer, explain=None)
        if answer.nearest and not answer.hits:  # of an answer that is opened again
            asked = Moment(answer.as_of, answer.known_at, now)
            near = live_of_articles(session, who, asked, (n.article_id for n in answer.nearest))
            live |= {one.revision_id: one for one in near.values()}
        cited = {c.revision_id: c for c in answer.citations}  # most answers cite one revision in several places
        pages = {revision_id: opening.open_revision(session, who, c.slug, c.revision, now=now)
                 for revision_id, c in cited.items()}
        if answer.citations and not answer.hits:  # of an answer that is opened again: as it stands now
            answer = with_signals(answer, session, next(iter(pages.values())).lang)
        if not answer.hits:
            answer = replace(answer, elsewhere=_titled(session, answer.elsewhere))
    if not answer.hits:
        answer = parts.retriever.differing(answer, who, now=now)
    return answer, {"names": names, "shown": _shown(answer, pages), "choices": offered_of(answer.choices, live),
                    "near": near_of(answer.nearest, live), "may_propose": may_propose()}


def _titled(session: Session, named: Sequence[Elsewhere]) -> tuple[Elsewhere, ...]:
    """What an answer of the log names elsewhere, with titles; without what the viewer may not read any more."""
    found = []
    for one in named:
        with suppress(NotFound):
            page = opening.open_revision(session, viewer(), one.slug, one.revision, now=edge().clock())
            found.append(replace(one, title=page.title))
    return tuple(found)


def with_signals(answer: Answer, session: Session, lang: str) -> Answer:
    """The answer, each citation with the signals that concern it and that the viewer may see now."""
    found = open_signals(session, viewer(), {c.article_id for c in answer.citations}, now=edge().clock())
    return replace(answer, citations=tuple(replace(c, signals=tuple(
        s.as_dict(lang) for s in found.get(c.article_id, ()) if s.concerns(c.revision_id, c.start, c.end)))
        for c in answer.citations))


def _shown(answer: Answer, pages: Mapping[str, opening.RevisionPage]) -> object:
    if not answer.citations:
        return None
    return shown_of(answer.sentences, answer.citations, answer.section, pages, answer.rules)


def may_propose() -> bool:
    """Whether the viewer may propose known questions, so that what they take is noted."""
    return may_anywhere(viewer(), Action.PROPOSE_KNOWN)


def examples() -> list[str]:
    """The configured example questions, in the page's language."""
    web = edge().web
    return [e.strip() for e in (web.examples_en if language() == "en" else web.examples_zh).split("｜") if e.strip()]

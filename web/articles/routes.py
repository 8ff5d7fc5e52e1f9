"""Article pages: the live revision, any revision for ever, the changelog, and the difference of two revisions.

A citation's address is a revision's address with the cited stretch: ``/articles/<slug>/r/<n>?cite=<start>-<end>``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template, request
from markupsafe import Markup

from kb.clock import parse_instant
from kb.errors import NotFound
from kb.people.permissions import Action
from kb.reading import blame as blaming
from kb.reading import comparing, opening, reviewing
from kb.reading.opening import RevisionPage
from kb.upkeep.signals.showing import signals_of
from web import fragments
from web.articles.differences import difference
from web.auth import is_staff, permits, viewer
from web.errors import BadRequest
from web.filters import article_html
from web.people import introduce_page
from web.upkeep.words import KINDS, SEVERITIES
from web.wiring import edge

articles = Blueprint("articles", __name__, template_folder="templates", static_folder="static",
                     static_url_path="/static/articles")

_CITE = re.compile(r"(\d{1,7})-(\d{1,7})")
_NUMBER = re.compile(r"[1-9]\d{0,5}")


@dataclass(frozen=True, slots=True)
class Panel:
    """A revision as it lies beside an answer, the cited stretch marked."""

    page: RevisionPage
    html: Markup
    cite: tuple[int, int] | None
    n: int = 0  # the citation's number in the answer


def panel_of(page: RevisionPage, cite: tuple[int, int] | None, n: int = 0) -> Panel:
    """The revision with the stretch marked, which is ignored when it does not lie in the text."""
    within = cite if cite and cite[0] < cite[1] <= len(page.source) else None
    return Panel(page, article_html(page.source, (within,) if within else ()), within, n)


@articles.get("/articles/<slug:slug>")
@permits(Action.READ)
def article(slug: str) -> str:
    """The live revision, or the newest one with a banner when none is live."""
    return _revision(slug, None)


@articles.get("/articles/<slug:slug>/r/<number:number>")
@permits(Action.READ)
def revision(slug: str, number: int) -> str:
    """One revision by its number, with a banner when it is not the one in force."""
    return _revision(slug, number)


@articles.get("/articles/<slug:slug>/r/<number:number>/sheet")
@permits(Action.READ_HISTORY)
def sheet(slug: str, number: int) -> str:
    """A revision's approval sheet, to be printed and filed: who decided what, when, on which text."""
    with edge().database.reading() as session:
        found = reviewing.review(session, viewer(), slug, number, now=edge().clock())
        departments = opening.department_names(session)
        introduce_page(session, found.page, *found.people)
    shown = difference(found.before, found.after, departments) if found.before is not None else None
    html = article_html(found.after.source) if shown is None else None
    return render_template("articles/sheet.html", found=found, shown=shown, html=html, departments=departments,
                           printed_at=edge().clock())


def _revision(slug: str, number: int | None) -> str:
    now, who = edge().clock(), viewer()
    found = _CITE.fullmatch(request.args.get("cite", ""))
    cite = (int(found[1]), int(found[2])) if found else None
    with edge().database.reading() as session:
        page = (opening.open_article(session, who, slug, now=now) if number is None
                else opening.open_revision(session, who, slug, number, now=now))
        if fragments.is_wanted():
            return render_template("articles/panel.html", panel=panel_of(page, cite))
        introduce_page(session, page)
        entries = opening.list_revisions(session, who, slug, now=now)
        stale = signals_of(session, who, [page.article_id], now=now).get(page.article_id, []) if is_staff() else []
    return render_template("articles/article.html", panel=panel_of(page, cite), entries=entries, stale=stale,
                           kinds=KINDS, severities=SEVERITIES)


@articles.get("/articles/<slug:slug>/history")
@permits(Action.READ)
def history(slug: str) -> str:
    """The changelog, newest first, in which any two revisions can be chosen."""
    now = edge().clock()
    with edge().database.reading() as session:
        entries = opening.list_revisions(session, viewer(), slug, now=now)
    return render_template("articles/history.html", slug=slug, entries=entries,
                           previous=_published_before(entries))


def _published_before(entries: Sequence[opening.RevisionEntry]) -> dict[int, int]:
    """To each revision the one before it that was published: what came back from review is nothing to compare with."""
    newest: int | None = None
    found = {}
    for entry in reversed(entries):
        if newest is not None:
            found[entry.number] = newest
        if entry.published_at is not None:
            newest = entry.number
    return found


@articles.get("/articles/<slug:slug>/at")
@permits(Action.READ)
def at_day(slug: str) -> str:
    """The revision whose rule is in force on a day, as it is known now."""
    now, who = edge().clock(), viewer()
    day = parse_instant(request.args.get("day", ""), edge().tz, field="day")
    with edge().database.reading() as session:
        page = opening.open_at(session, who, slug, day, now=now)
        entries = opening.list_revisions(session, who, slug, now=now)
    return render_template("articles/at.html", slug=slug, day=day, entries=entries,
                           panel=panel_of(page, None) if page else None)


@articles.get("/articles/<slug:slug>/blame")
@permits(Action.READ)
def blame(slug: str) -> str:
    """Which revision brought each sentence of the text that was published last."""
    with edge().database.reading() as session:
        found = blaming.blame(session, viewer(), slug, now=edge().clock())
    if found is None:
        raise NotFound("no_revision", "article {slug!r} has no published text that you may read", slug=slug)
    return render_template("articles/blame.html", slug=slug, found=found)


@articles.get("/articles/<slug:slug>/diff")
@permits(Action.READ)
def diff(slug: str) -> str:
    """What changed between two revisions, in one text or side by side."""
    old, new = (_NUMBER.fullmatch(request.args.get(name, "")) for name in ("from", "to"))
    if old is None or new is None:
        raise BadRequest("diff", "name two revisions: /diff?from=1&to=2")
    with edge().database.reading() as session:
        found = comparing.compare(session, viewer(), slug, int(old[0]), int(new[0]), now=edge().clock())
        departments = opening.department_names(session)
    view = request.args.get("view", "")
    shown = difference(found.before, found.after, departments, is_side_by_side=view == "side")
    return render_template("articles/diff.html", found=found, shown=shown)

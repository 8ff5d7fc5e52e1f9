"""Article pages: the live revision, any revision for ever, the changelog, and the difference of two revisions.

A citation's address is a revision's address with the cited stretch: ``/articles/<slug>/r/<n>?cite=<start>-<end>``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from flask import Blueprint, render_template, request
from markupsafe import Markup

from kb.articles.diff import DiffLine
from kb.people.permissions import Action
from kb.reading import opening
from kb.reading.opening import RevisionPage
from web import fragments
from web.auth import permits, viewer
from web.errors import BadRequest
from web.filters import article_html
from web.wiring import edge

articles = Blueprint("articles", __name__, template_folder="templates")

_CITE = re.compile(r"(\d{1,7})-(\d{1,7})")
_NUMBER = re.compile(r"[1-9]\d{0,5}")
_CONTEXT = 3  # unchanged lines shown around a change


@dataclass(frozen=True, slots=True)
class Panel:
    """A revision as it lies beside an answer, the cited stretch marked."""

    page: RevisionPage
    html: Markup
    cite: tuple[int, int] | None
    n: int = 0  # the citation's number in the answer


@dataclass(frozen=True, slots=True)
class DiffRow:
    """Old and new line side by side with their numbers; ``skipped`` counts unchanged lines left out."""

    old: DiffLine | None = None
    new: DiffLine | None = None
    old_number: int | None = None
    new_number: int | None = None
    skipped: int = 0


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


def _revision(slug: str, number: int | None) -> str:
    now, who = edge().clock(), viewer()
    found = _CITE.fullmatch(request.args.get("cite", ""))
    cite = (int(found[1]), int(found[2])) if found else None
    with edge().database.reading() as session:
        page = (opening.open_article(session, who, slug, now=now) if number is None
                else opening.open_revision(session, who, slug, number, now=now))
        if fragments.is_wanted():
            return render_template("articles/panel.html", panel=panel_of(page, cite))
        entries = opening.list_revisions(session, who, slug, now=now)
    return render_template("articles/article.html", panel=panel_of(page, cite), entries=entries)


@articles.get("/articles/<slug:slug>/history")
@permits(Action.READ)
def history(slug: str) -> str:
    """The changelog, newest first."""
    now = edge().clock()
    with edge().database.reading() as session:
        entries = opening.list_revisions(session, viewer(), slug, now=now)
    return render_template("articles/history.html", slug=slug, entries=entries,
                           previous={e.number: older.number for e, older in pairwise(entries)})


@articles.get("/articles/<slug:slug>/diff")
@permits(Action.READ)
def diff(slug: str) -> str:
    """What changed between two revisions, side by side."""
    old, new = (_NUMBER.fullmatch(request.args.get(name, "")) for name in ("from", "to"))
    if old is None or new is None:
        raise BadRequest("diff", "name two revisions: /diff?from=1&to=2")
    with edge().database.reading() as session:
        found = opening.compare(session, viewer(), slug, int(old[0]), int(new[0]), now=edge().clock())
    rows = side_by_side(found.lines)
    return render_template("articles/diff.html", found=found, rows=shortened(rows),
                           is_same=all(row.old and row.old.sign == " " for row in rows))


def side_by_side(lines: tuple[DiffLine, ...]) -> list[DiffRow]:
    """Kept lines face each other, and the n-th line of a removed block faces the n-th of what replaced it."""
    rows: list[DiffRow] = []
    numbers = [0, 0]
    gone: list[tuple[DiffLine, int]] = []
    come: list[tuple[DiffLine, int]] = []

    def flush() -> None:
        for n in range(max(len(gone), len(come))):
            old = gone[n] if n < len(gone) else (None, None)
            new = come[n] if n < len(come) else (None, None)
            rows.append(DiffRow(old[0], new[0], old[1], new[1]))
        gone.clear()
        come.clear()

    for line in lines:
        if line.sign == " " or (line.sign == "-" and come):
            flush()
        numbers[0] += line.sign != "+"
        numbers[1] += line.sign != "-"
        if line.sign == " ":
            rows.append(DiffRow(line, line, *numbers))
        elif line.sign == "-":
            gone.append((line, numbers[0]))
        else:
            come.append((line, numbers[1]))
    flush()
    return rows


def shortened(rows: list[DiffRow]) -> list[DiffRow]:
    """The rows with long unchanged stretches replaced by one row that counts them."""
    changed = [n for n, row in enumerate(rows) if row.old is None or row.new is None or row.old.sign != " "]
    near = {n + d for n in changed for d in range(-_CONTEXT, _CONTEXT + 1)}
    kept: list[DiffRow] = []
    skipped = 0
    for n, row in enumerate(rows):
        if n in near:
            if skipped:
                kept.append(DiffRow(skipped=skipped))
                skipped = 0
            kept.append(row)
        else:
            skipped += 1
    return [*kept, DiffRow(skipped=skipped)] if skipped else kept

"""A department's health, with what is due and its evidence; the board of all departments, also as a table to take away.
"""

from __future__ import annotations

import csv
import io

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from kb.errors import Denied
from kb.people.permissions import Action, can, may_for_departments
from kb.reading import opening
from kb.upkeep.signals import responding
from kb.upkeep.signals.health import LARGEST_PAGE, LOOKS_BACK, Line, board, health
from web.auth import permits, viewer
from web.filters import iso_day, language, named
from web.upkeep.words import KINDS, SEVERITIES, WAYS, way_said
from web.wiring import edge

upkeep = Blueprint("upkeep", __name__, template_folder="templates", static_folder="static", url_prefix="/upkeep",
                   static_url_path="/static/upkeep")

_FARTHEST = 10_000  # articles before a page


@upkeep.get("")
@permits(Action.SEE_INSIGHTS)
def overview() -> str | AnyResponse:
    """All departments side by side; who looks after one alone is led to it."""
    _check_departments()
    with edge().database.reading() as session:
        lines = board(session, viewer(), now=edge().clock())
    if len(lines) == 1 and not can(viewer(), Action.SEE_INSIGHTS):
        return redirect(url_for("upkeep.department", code=lines[0].code))
    return render_template("upkeep/board.html", lines=lines, ways=WAYS, way_said=way_said, days=responding.DAYS,
                           rules=responding, looks_back=LOOKS_BACK.days)


def _check_departments() -> None:
    """Raise Denied for those whose insights are their own calls alone: an empty board would say that all is well."""
    if not may_for_departments(viewer(), Action.SEE_INSIGHTS):
        raise Denied("own_calls", "how departments keep their articles is shown to those who write or sign for one, to "
                     "knowledge managers and supervisors")


@upkeep.get("/board.csv")
@permits(Action.SEE_INSIGHTS)
def table() -> Response:
    """The board as a table for other programs."""
    _check_departments()
    with edge().database.reading() as session:
        lines = board(session, viewer(), now=edge().clock())
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["department", "name", "articles", "stale", "serious", "on_time", "late", "ignored", "waiting",
                     "came_back", "median_days", "way"])
    writer.writerows([_cell(value) for value in _values(line)] for line in lines)
    name = f"upkeep-{iso_day(edge().clock())}.csv"
    return Response("\ufeff" + out.getvalue(), mimetype="text/csv",  # the mark lets spreadsheets read Chinese
                    headers={"Content-Disposition": f'attachment; filename="{name}"'})


@upkeep.get("/departments/<code:code>")
@permits(Action.SEE_INSIGHTS)
def department(code: str) -> str:
    """What of a department's articles is due, why, and how it went lately."""
    past = request.args.get("past", "")
    skipped = min(int(past), _FARTHEST) if past.isascii() and past.isdecimal() and len(past) < 7 else 0
    with edge().database.reading() as session:
        found = health(session, viewer(), code, now=edge().clock(), past=skipped)
        departments = opening.department_names(session)
    more = found.past + len(found.due)
    return render_template(
        "upkeep/department.html", found=found, department=departments[code], departments=departments,
        others=sum(can(viewer(), Action.SEE_INSIGHTS, known) for known in departments) > 1,
        kinds=KINDS, severities=SEVERITIES, ways=WAYS, way_said=way_said, lang=language(), looks_back=LOOKS_BACK.days,
        most_open=max((week.open for week in found.weeks), default=0) or 1,
        may_confirm=can(viewer(), Action.CONFIRM, code), may_draft=can(viewer(), Action.DRAFT, code),
        next=url_for("upkeep.department", code=code, past=more) if more < found.found and found.due else "",
        first=url_for("upkeep.department", code=code) if skipped else "", page_size=LARGEST_PAGE)


def _values(line: Line) -> list[object]:
    r = line.response
    return [line.code, named(line), line.articles, line.stale, line.serious, r.on_time, r.late, r.ignored, r.waiting,
            r.came_back, "" if r.days is None else r.days, r.way.value]


def _cell(value: object) -> object:
    """A value that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value

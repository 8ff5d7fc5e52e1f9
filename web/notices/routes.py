"""One's own notices: the list, what is read, and the choices.

Opening a notice is a form of its own: it is then read, and leads to where something can be done. Whether one may see
that page, the page itself says.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from kb.errors import Invalid
from kb.people.permissions import Action
from kb.upkeep import due_feed, notices
from kb.upkeep.choosing import choices_of, choose
from kb.upkeep.mailing import LONGEST_ADDRESS
from kb.upkeep.notice_choices import Choices, Kind, Way
from kb.upkeep.sign_notices import settled_of
from web.account.places import same_site
from web.auth import permits, viewer
from web.error_replies import explained
from web.errors import Problem, language, problem_of
from web.forms import Form, form_of
from web.wiring import edge, site_address

pages = Blueprint("notices", __name__, template_folder="templates", static_folder="static",
                  static_url_path="/static/notices", url_prefix="/notices")

KINDS = {
    Kind.TASK: _l("Review tasks"), Kind.REMINDER: _l("Reminders"), Kind.ESCALATION: _l("What was not done in time"),
    Kind.REVIEW: _l("Texts to sign, and decisions"), Kind.SIGNAL: _l("Signals of staleness"),
    Kind.CALLBACK: _l("Callers to call back"), Kind.GAP: _l("Knowledge gaps"), Kind.JOB: _l("Jobs that failed"),
}
WAYS = {Way.DIGEST: _l("Here, and by mail once a day"), Way.ONCE: _l("Here, and by mail at once"),
        Way.PAGE: _l("Here alone"), Way.NONE: _l("Not at all")}
_LONGEST_NUMBER = 9  # digits


@pages.get("")
@permits(Action.READ_HISTORY)
def list_own() -> str:
    """The visitor's notices, the newest first."""
    unread = request.args.get("show", "") == "unread"
    with edge().database.reading() as session:
        found = notices.list_notices(session, viewer(), unread=unread, before=_number("before"))
        waiting = notices.count_unread(session, viewer())
        settled = settled_of(session, viewer(), [one.key for one in found], now=edge().clock())
    page = found[:notices.PAGE]
    return render_template("notices/list.html", notices=page, unread=unread, waiting=waiting, kinds=KINDS,
                           settled=settled,
                           more=page[-1].id if len(found) > notices.PAGE else None,
                           is_first="before" not in request.args)


@pages.post("/open")
@permits(Action.READ_HISTORY)
def open_one() -> Response:
    """Note that one was read, and lead to what it is about."""
    with edge().database.transaction() as session:
        notices.mark_read(session, viewer(), notice_id=_number("notice") or 0, now=edge().clock())
    return make_response(redirect(same_site(request.form.get("link", "")), code=303))


@pages.post("/read")
@permits(Action.READ_HISTORY)
def read_all() -> Response:
    """Note that all were read that the page showed, and those before."""
    with edge().database.transaction() as session:
        notices.mark_read(session, viewer(), up_to=_number("up_to") or 0, now=edge().clock())
    return make_response(redirect(url_for("notices.list_own"), code=303))


@pages.get("/choices")
@permits(Action.KEEP_ACCOUNT)
def choices() -> str:
    """How the visitor hears of notices."""
    return _choices_page()


@pages.post("/choices")
@permits(Action.KEEP_ACCOUNT)
def save_choices() -> Response:
    """Keep the visitor's choices."""
    given = request.form
    try:
        with edge().database.transaction() as session:
            choose(session, viewer(), mail=given.get("mail", ""), language=given.get("language", ""),
                   ways={kind.value: given.get(f"way-{kind.value}", "") for kind in Kind},
                   digest_hour=_hour("digest_hour"), is_on_working_days="is_on_working_days" in given,
                   quiet=(_hour("quiet_from"), _hour("quiet_to")) if "is_quiet" in given else None,
                   now=edge().clock(), origin="web")
    except Invalid as error:
        problem = problem_of(error)
        return explained(_choices_page(problem), problem)
    return make_response(redirect(url_for("notices.choices", done="done"), code=303))


@pages.post("/feed")
@permits(Action.KEEP_ACCOUNT)
def make_feed() -> Response:
    """A new secret address of the visitor's calendar, shown this once."""
    with edge().database.transaction() as session:
        secret = due_feed.make_feed(session, viewer(), now=edge().clock(), origin="web")
    return make_response(_choices_page(secret=secret))


@pages.post("/feed/end")
@permits(Action.KEEP_ACCOUNT)
def end_feed() -> Response:
    """Take the address back."""
    with edge().database.transaction() as session:
        due_feed.end_feed(session, viewer(), now=edge().clock(), origin="web")
    return make_response(redirect(url_for("notices.choices", done="done"), code=303))


@pages.get("/feed/<secret>.ics")
@permits(Action.READ, is_use=False)
def feed(secret: str) -> Response:
    """What is due for whoever this address was made for."""
    hotline, now = edge().settings.hotline, edge().clock()
    with edge().database.reading() as session:
        dates = due_feed.due_dates(session, due_feed.viewer_of(session, secret), now=now)
    base_url = site_address()
    body = due_feed.as_icalendar(
        dates, name=hotline.name_en if language() == "en" else hotline.name_zh, base_url=base_url, now=now,
        host=urlsplit(base_url).hostname or "localhost", prefix=gettext("Review: "),
        task_prefix=gettext("Review task: "))
    return Response(body, content_type="text/calendar; charset=utf-8")


def _choices_page(problem: Problem | None = None, *, secret: str = "") -> str:
    with edge().database.reading() as session:
        found = choices_of(session, viewer())
    form = form_of(request.form, problem) if problem else _form(found)
    return render_template("notices/choices.html", form=form, problem=problem, kinds=KINDS, longest=LONGEST_ADDRESS,
                           ways=[(way.value, words) for way, words in WAYS.items()],
                           hours=[(hour, f"{hour}:00") for hour in range(24)], done=request.args.get("done", ""),
                           feed=url_for("notices.feed", secret=secret, _external=True) if secret else "",
                           has_feed=found.has_feed)


def _form(found: Choices) -> Form:
    start, end = found.quiet or (20, 7)
    return Form({"mail": found.mail, "language": found.language, "digest_hour": found.digest_hour,
                 "is_on_working_days": ["1"] if found.is_on_working_days else [],
                 "is_quiet": ["1"] if found.quiet else [], "quiet_from": start, "quiet_to": end,
                 **{f"way-{kind.value}": found.way_of(kind).value for kind in Kind}})


def _hour(name: str) -> int:
    """An hour of a form; -1, which no hour is, for what is no number."""
    text = request.form.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 2 else -1


def _number(name: str) -> int | None:
    """A number of the address or the form."""
    text = request.values.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER else None

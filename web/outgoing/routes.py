"""Other systems that hear of notices: add one, test it, pause it, see what it took, send anew what it did not.

A secret is shown in the reply that makes it, this once. A test calls the receiver while the page waits, for as long as
one call may take.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import Response, make_response, redirect, render_template, request, url_for

from kb.errors import AddressRefused, Conflict, Invalid
from kb.people.permissions import Action
from kb.upkeep.webhooks import keeping, log, sending
from kb.upkeep.webhooks.settings import WebhookSettings
from web.auth import permits, viewer
from web.error_replies import explained
from web.errors import Problem, problem_of
from web.forms import form_of
from web.notices.routes import KINDS
from web.outgoing.blueprint import ORIGIN, number_of, pages
from web.outgoing.words import BADGES, STATES, kind_name
from web.wiring import edge

_ACTS: dict[str, Callable[..., object]] = {"pause": keeping.pause, "resume": keeping.go_on}


@pages.get("/webhooks")
@permits(Action.EDIT_WEBHOOKS)
def receivers() -> str:
    """All of them."""
    return _list_page()


@pages.post("/webhooks")
@permits(Action.EDIT_WEBHOOKS)
def add_receiver() -> Response:
    """Add one, and show its secret."""
    given = request.form
    try:
        with edge().database.transaction() as session:
            made, secret = keeping.add(session, viewer(), name=given.get("name", ""), url=given.get("url", ""),
                                       kinds=given.getlist("kinds"), now=edge().clock(), origin=ORIGIN)
    except (AddressRefused, Conflict, Invalid) as error:
        problem = problem_of(error)
        return explained(_list_page(problem), problem)
    return make_response(_page(made.id, secret=secret))


@pages.get("/webhooks/<uuid:receiver_id>")
@permits(Action.EDIT_WEBHOOKS)
def receiver(receiver_id: UUID) -> str:
    """One of them, with what was sent to it."""
    return _page(str(receiver_id))


@pages.post("/webhooks/<uuid:receiver_id>/test")
@permits(Action.EDIT_WEBHOOKS)
def test_receiver(receiver_id: UUID) -> Response:
    """Call it now; what came of it."""
    outcome = sending.ping(edge().database, edge().settings, viewer(), str(receiver_id), now=edge().clock(),
                           origin=ORIGIN)
    return make_response(_page(str(receiver_id), tested=outcome))


@pages.post("/webhooks/<uuid:receiver_id>/<any(pause, resume):act>")
@permits(Action.EDIT_WEBHOOKS)
def change_receiver(receiver_id: UUID, act: str) -> Response:
    """Pause it, or let it go on."""
    try:
        with edge().database.transaction() as session:
            _ACTS[act](session, viewer(), str(receiver_id), now=edge().clock(), origin=ORIGIN)
    except Conflict as error:
        problem = problem_of(error)
        return explained(_page(str(receiver_id), problem=problem), problem)
    return _back(receiver_id, act)


@pages.post("/webhooks/<uuid:receiver_id>/secret")
@permits(Action.EDIT_WEBHOOKS)
def renew_secret(receiver_id: UUID) -> Response:
    """A new secret, shown this once."""
    with edge().database.transaction() as session:
        secret = keeping.renew_secret(session, viewer(), str(receiver_id), now=edge().clock(), origin=ORIGIN)
    return make_response(_page(str(receiver_id), secret=secret))


@pages.post("/webhooks/<uuid:receiver_id>/resend")
@permits(Action.EDIT_WEBHOOKS)
def resend(receiver_id: UUID) -> Response:
    """Send one event anew, or all that were given up."""
    with edge().database.transaction() as session:
        log.resend(session, viewer(), str(receiver_id), delivery_id=number_of(request.form.get("delivery", "")),
                   now=edge().clock(), origin=ORIGIN)
    return _back(receiver_id, "resend")


@pages.post("/webhooks/<uuid:receiver_id>/drop")
@permits(Action.EDIT_WEBHOOKS)
def drop_receiver(receiver_id: UUID) -> Response:
    """Take it away, once the box is ticked that says so."""
    if request.form.get("sure") != "1":
        problem = problem_of(Invalid("not_sure", "tick the box that says that you want this",
                                     fields={"sure": "required"}))
        return explained(_page(str(receiver_id), problem=problem), problem)
    with edge().database.transaction() as session:
        keeping.drop(session, viewer(), str(receiver_id), now=edge().clock(), origin=ORIGIN)
    return make_response(redirect(url_for("outgoing.receivers", done="drop"), code=303))


def _list_page(problem: Problem | None = None) -> str:
    with edge().database.reading() as session:
        found = keeping.list_receivers(session, viewer())
    return render_template(
        "outgoing/receivers.html", receivers=found, problem=problem, done=request.args.get("done", ""),
        kinds=[(kind.value, words) for kind, words in KINDS.items()], kind_name=kind_name,
        form=form_of(request.form if problem else {}, problem), longest_name=keeping.LONGEST_NAME,
        longest_url=keeping.LONGEST_URL, hosts=edge().settings.section(WebhookSettings).hosts)


def _page(receiver_id: str, *, problem: Problem | None = None, secret: str = "",
          tested: sending.Outcome | None = None) -> str:
    state = request.args.get("state", "")
    state = state if state in log.STATES else ""
    with edge().database.reading() as session:
        found = keeping.receiver(session, viewer(), receiver_id)
        sent = log.deliveries(session, viewer(), receiver_id, state=state,
                              before=number_of(request.args.get("before", "")))
    return render_template(
        "outgoing/receiver.html", receiver=found, sent=sent[:log.PAGE], state=state, states=STATES, badges=BADGES,
        more=sent[log.PAGE - 1].id if len(sent) > log.PAGE else None, is_first="before" not in request.args,
        problem=problem, secret=secret, tested=tested, kind_name=kind_name, done=request.args.get("done", ""))


def _back(receiver_id: UUID, done: str) -> Response:
    return make_response(redirect(url_for("outgoing.receiver", receiver_id=receiver_id, done=done), code=303))

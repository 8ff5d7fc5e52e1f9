"""Mail of notices that was given up: for whom, of what kind, why; sending it anew."""

from __future__ import annotations

from flask import Response, make_response, redirect, render_template, request, url_for

from kb.people.permissions import Action
from kb.settings import MailSettings
from kb.upkeep import undelivered
from web.auth import permits, viewer
from web.outgoing.blueprint import ORIGIN, number_of, pages
from web.outgoing.words import kind_name
from web.wiring import edge


@pages.get("/undelivered")
@permits(Action.OPERATE)
def dead_mail() -> str:
    """What was given up, the newest first."""
    with edge().database.reading() as session:
        found = undelivered.dead_mail(session, viewer(), before=number_of(request.args.get("before", "")))
    return render_template("outgoing/mail.html", found=found[:undelivered.PAGE], kind_name=kind_name,
                           more=found[undelivered.PAGE - 1].id if len(found) > undelivered.PAGE else None,
                           is_first="before" not in request.args, done=request.args.get("done", ""),
                           is_on=edge().settings.section(MailSettings).is_on)


@pages.post("/undelivered")
@permits(Action.OPERATE)
def send_anew() -> Response:
    """Try one mail again, or all."""
    with edge().database.transaction() as session:
        undelivered.send_anew(session, viewer(), delivery_id=number_of(request.form.get("delivery", "")),
                              now=edge().clock(), origin=ORIGIN)
    return make_response(redirect(url_for("outgoing.dead_mail", done="resend"), code=303))

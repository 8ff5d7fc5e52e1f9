"""The page that answers "why may they sign this?": about oneself, and for managers and administrators about anybody."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from kb.articles.acts.rights import rights_of
from kb.errors import NotFound
from kb.people.permissions import Action, can
from kb.reading.opening import department_names
from web.auth import permits, viewer
from web.filters import named
from web.people import introduce
from web.rights.words import ACTIONS, sentence
from web.wiring import edge

rights = Blueprint("rights", __name__, template_folder="templates", static_folder="static",
                   static_url_path="/static/rights")


@rights.get("/articles/<slug:slug>/r/<number:number>/rights")
@permits(Action.EXPLAIN_RIGHTS)
def why(slug: str, number: int) -> str:
    """What somebody may do with the text now, each with the reason."""
    login, who = request.args.get("person", "").strip(), viewer()
    with edge().database.reading() as session:
        names = {code: named(each) for code, each in department_names(session).items()}
        unknown = False
        try:
            found = rights_of(session, who, slug, number, login=login or None)
        except NotFound as error:
            if error.code != "no_user":
                raise
            found, unknown = rights_of(session, who, slug, number), True
        introduce(session, [found.person])
    told = [(ACTIONS[right.action], right.verdict.may, [sentence(reason, names) for reason in right.verdict.reasons])
            for right in found.rights]
    return render_template("rights/why.html", found=found, told=told, asked=login, unknown=unknown,
                           may_ask_about_others=can(who, Action.EXPLAIN_RIGHTS))

"""What a page says of an error, in its reader's language."""

from __future__ import annotations

from flask import current_app, g, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from kb.messages.catalogue import say
from kb.messages.message import Message
from kb.people.passwords import LONGEST, SHORTEST
from web.errors import Problem, language
from web.uploads import is_upload

# What a page says in place of the domain's own message, which may be made for those who build on it.
_SAID = {
    "empty": _l("Type what you want to know."),
    "too_long": _l("The question is too long. Shorten it to what matters."),
    "sign_in": _l("User name or password is wrong."),
    "session_ended": _l("Your sign-in has ended. Sign in again."),
    "signed_out": _l("Your sign-in has ended. Sign in again, then send the form once more."),
    "wrong_password": _l("The present password is wrong."),
    "same_password": _l("The new password is the present one. Choose another."),
    "passwords_differ": _l("The two new passwords differ. Type the new one twice."),
    "password_changed": _l("The password was changed meanwhile. Sign in again."),
    "form_token": _l("This page was open for too long. Go back, reload it and send the form again."),
    "password_once": _l("Your password was set by somebody else. Choose your own first."),
    "last_admin": _l("This is the last administrator. Make somebody else one first."),
    "disabled": _l("This account is disabled already."),
    "enabled": _l("This account is not disabled."),
    "roles_changed": _l("The roles were changed meanwhile. Look at them again."),
    "grant": _l("This role needs a department, or takes none."),
    "role": _l("There is no such role."),
    "unknown_department": _l("There is no such department."),
    "name": _l("A name has 1 to 100 characters."),
    "login": _l("A user name has lower-case letters, digits, dots and hyphens."),
    "login_taken": _l("This user name is taken."),
    "login_reserved": _l("The log keeps this name for what no person does; choose another user name."),
    "revoked": _l("This token has been ended already."),
    "oidc_state": _l("This sign-in was not begun here, or too long ago. Begin it again."),
    "oidc_refused": _l("The sign-in service did not let you in."),
    "oidc_token": _l("What the sign-in service said could not be trusted. Tell your administrator."),
    "oidc_down": _l("The sign-in service does not answer. Try again in a moment, or sign in with a password."),
    "identity_unknown": _l("You have no account here yet. Ask your administrator for one."),
    "identity_login": _l("This account cannot be opened in this way yet. Ask your administrator to link it."),
    "identity": _l("The sign-in service named you in a way that cannot be taken. Tell your administrator."),
    "account_disabled": _l("Your account is disabled. Ask your administrator."),
    "no_session": _l("This sign-in has ended already."),
    "rate": _l("Too many questions in a short time. Wait a moment and try again."),
    "place": _l("This section cannot be found any more. Ask the question again."),
    "bad_date": _l("The date cannot be read. Write it like 2026-03-01."),
    "bad_body": _l("The request broke off on its way. Send it again."),
    "interrupted": _l("The server broke off while it worked on this. Look whether it was done before you send it "
                      "again."),
    "page": _l("Results end here. Narrow the search by department or with more words."),
    "not_initialised": _l("The knowledge base is not set up yet. Run `kb init` on the server."),
    "index_format": _l("The search index must be rebuilt. Run `kb index rebuild` on the server."),
    "not_public": _l("This text is not public now."),
    "changed": _l("The knowledge base changed while the answer was made. Ask again."),
}
_SAID_BY_STATUS = {
    400: _l("The request cannot be understood."),
    401: _l("Sign in to go on."),
    403: _l("You may not do this."),
    404: _l("There is no such page, or it is not for you."),
    405: _l("The page cannot be used in this way."),
    408: _l("The request took too long to arrive. Send it again."),
    409: _l("Somebody else changed this first. Reload and try again."),
    413: _l("That is too much text. Shorten it."),
    429: _l("Too many requests. Wait a moment and try again."),
    501: _l("The page cannot be used in this way."),
    503: _l("The service is not available right now. Try again in a moment."),
}
_SAID_OTHERWISE = _l("Something went wrong on our side. Try again; if it stays so, tell your administrator the number "
                     "below.")


def said(problem: Problem) -> str:
    """What a page says about it, in the visitor's language."""
    if problem.code == "throttled":
        minutes = -(-(problem.retry_after_s or 0) // 60)
        return str(gettext("Too many failed sign-ins. Wait %(minutes)s minutes and try again, or ask your "
                           "administrator.", minutes=minutes))
    if problem.code == "password":
        return str(gettext("A password has %(shortest)s to %(longest)s characters.", shortest=SHORTEST,
                           longest=LONGEST))
    if problem.status == 413 and (request.mimetype or "").startswith("multipart/"):
        parts = current_app.extensions["kb"]
        most = parts.settings.limits.attachment_bytes if is_upload(request.path) else parts.web.body_bytes
        return str(gettext("The file is larger than %(size)s.", size=f"{most / 1_000_000:g} MB"))
    if problem.code not in _SAID and problem.status in (403, 404) and request.endpoint and g.get("session_ended"):
        return str(_SAID["session_ended"])  # before, they might have had it
    if problem.code not in _SAID and problem.is_for_people:
        return sentence(problem.detail, language())
    return str(_SAID.get(problem.code) or _SAID_BY_STATUS.get(problem.status) or _SAID_OTHERWISE)


def sentence(told: Message | str, language: str) -> str:
    """A message as a sentence of a page: with its stop, and in English a capital letter unless it begins with a value.
    """
    text, template = say(told, language), told if isinstance(told, str) else told.template
    if language == "zh":  # nothing there has capitals but names and addresses, which are left as they are
        return text + "。"
    return (text if template.startswith("{") else text[:1].upper() + text[1:]) + "."

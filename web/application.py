"""The Flask application: its blueprints, what happens before and after every request, and the headers of each reply."""

from __future__ import annotations

import json

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from flask.wrappers import Request
from flask_babel import Babel
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter, MapAdapter

from kb.driver_errors import OVERTAKEN
from kb.errors import Unavailable
from kb.people.people import LOGIN
from web import auth, error_replies, filters, navigation, uploads
from web.account.by_service import by_service
from web.account.places import here
from web.account.routes import LANGUAGES, account
from web.admin import admin
from web.api import api, ops
from web.articles.routes import articles
from web.attachments.routes import attachments
from web.editor import editor
from web.error_words import said
from web.errors import route
from web.insights import insights
from web.notices.routes import pages as notices
from web.outgoing import pages as outgoing
from web.public import public
from web.registers import registers
from web.reviews.routes import reviews
from web.rights.routes import rights
from web.rules.routes import rules
from web.scheduling.routes import pages as scheduling
from web.tasks import tasks
from web.upkeep.routes import upkeep
from web.usage.routes import usage
from web.wiring import Edge, edge, site_address

# No inline script or style, nothing from elsewhere, in nobody's frame: markup that got past the sanitiser can do
# nothing.
POLICY = "; ".join((
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
    "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
))
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


# htmx may evaluate nothing, put no style into a page, ask nobody else and keep no page in the browser: what was read
# at a hotline's desk is not for whoever sits there next. A refusal comes as a part of the page too, and is shown.
HTMX = json.dumps({
    "allowEval": False, "allowScriptTags": False, "includeIndicatorStyles": False, "selfRequestsOnly": True,
    "historyCacheSize": 0, "refreshOnHistoryMiss": True, "timeout": 30_000, "defaultSettleDelay": 0,
    "attributesToSettle": [],
    "responseHandling": [{"code": "204", "swap": False}, {"code": "...", "swap": True}],
})


class Application(Flask):
    """Flask, whose own last words would be a bare page and a log of the path as requested, phone number and all."""

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """As Flask's; where the Host header is no name, routes are matched and pages built without it all the same,
        so that the refusal (:func:`web.error_replies.check_request`) looks like any other."""
        try:
            return super().create_url_adapter(request)
        except HTTPException:
            assert request is not None
            return self.url_map.bind("localhost", default_method=request.method, path_info=request.path)

    def dispatch_request(self) -> ResponseReturnValue:
        """As Flask's; where two writers met in the database, the one that gave way tries once more: nothing of what it
        did is left, and the other is done."""
        try:
            return super().dispatch_request()
        except Unavailable as error:
            if error.code != OVERTAKEN:
                raise
            return super().dispatch_request()

    def handle_exception(self, error: Exception) -> Response:
        """What to answer where answering the error has failed as well; Flask's own would log the path."""
        response = error_replies.last_response(error)
        response.headers.update(HEADERS)
        return response


class SlugConverter(BaseConverter):
    """An article's slug; nothing else reaches a service."""

    regex = r"[a-z0-9][a-z0-9-]{0,119}"


class LoginConverter(BaseConverter):
    """A user's login."""

    regex = LOGIN.pattern


class NumberConverter(BaseConverter):
    """A revision's number."""

    regex = r"[1-9][0-9]{0,5}"

    def to_python(self, value: str) -> int:
        return int(value)


class CodeConverter(BaseConverter):
    """A department's code."""

    regex = r"[a-z0-9][a-z0-9_-]{0,63}"


class HashConverter(BaseConverter):
    """The SHA-256 of a file."""

    regex = r"[0-9a-f]{64}"


def assemble(parts: Edge) -> Flask:
    """The application over these parts."""
    app = Application("web")
    app.extensions["kb"] = parts
    app.config.update(
        MAX_CONTENT_LENGTH=parts.web.body_bytes, MAX_FORM_MEMORY_SIZE=parts.web.body_bytes, MAX_FORM_PARTS=500,
        BABEL_DEFAULT_LOCALE=parts.settings.hotline.language, BABEL_TRANSLATION_DIRECTORIES="translations",
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.url_map.converters.update(slug=SlugConverter, number=NumberConverter, code=CodeConverter,
                              login=LoginConverter, sha256=HashConverter)
    if parts.web.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=parts.web.proxies,  # type: ignore[method-assign]
                                x_proto=parts.web.proxies, x_host=parts.web.proxies)
    Babel(app, locale_selector=choose_locale)
    filters.install(app)
    error_replies.install(app)
    app.add_template_filter(said)
    app.add_template_global(auth.form_field)
    app.add_template_global(navigation.entries, "navigation")
    for blueprint in (public, articles, editor, reviews, attachments, insights, rights, usage, upkeep, rules,
                      registers, scheduling, outgoing, notices, tasks, account, by_service, admin, api, ops):
        app.register_blueprint(blueprint)
    app.before_request(error_replies.check_request)
    app.before_request(allow_files)
    app.before_request(auth.identify)
    app.context_processor(page_facts)
    app.after_request(auth.send_cookies)
    app.after_request(finish)
    auth.check_declared(app)
    navigation.check_items(app)
    return app


def allow_files() -> None:
    """Before each request: let one that carries a file be as large as that."""
    if uploads.PATHS.fullmatch(request.path):
        request.max_content_length = uploads.largest(edge().settings.limits)


def choose_locale() -> str:
    """The language chosen, else the browser's, else the hotline's, and English for a program that names none."""
    chosen = auth.cookie("kb_lang")
    default = "en" if error_replies.is_api() else edge().settings.hotline.language
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(LANGUAGES, default=default) or default


def page_facts() -> dict[str, object]:
    """What every page's frame shows."""
    hotline = edge().settings.hotline
    language = filters.language()
    return {
        "hotline_name": hotline.name_en if language == "en" else hotline.name_zh, "hotline_phone": hotline.phone,
        "language": language, "htmx_config": HTMX, "viewer": auth.viewer(), "viewer_name": auth.name_of_viewer(),
        "is_staff": auth.is_staff(),
        "has_ended": auth.has_ended(), "return_to": here(),
        "base_url": site_address(),
        "today": filters.iso_day(edge().clock()),
    }


def finish(response: Response) -> Response:
    """Headers of every reply, and its place in the figures. Pages are never kept by a cache: they hold form tokens,
    and may show what the next visitor at this screen must not see."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if auth.is_static(request.endpoint):
        response.headers["Cache-Control"] = "no-cache"
    else:
        response.headers.setdefault("Cache-Control", "no-store")
        edge().metrics.count_request(route(), request.method, response.status_code)
    return response

"""Headers of every reply, and the promise that no route goes without a declared permission."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask, request

from kb.people.permissions import Action
from kb.text import SLUG
from tests.web.site import Visitor, check_harmless
from web.application import assemble
from web.auth import check_declared, permits
from web.public import routes as public

PAGES = ["/", "/search", "/search?q=公积金", "/browse", "/browse/fund", "/sign-in",
         "/articles/social-card-loss-reissue", "/articles/social-card-loss-reissue/r/1",
         "/articles/social-card-loss-reissue/history",
         "/articles/social-card-loss-reissue/diff?from=1&to=3", "/articles/hostile", "/nothing-here"]


def test_an_app_with_a_route_without_permission_does_not_start(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = Flask("bare")
    bare.add_url_rule("/open", "open", permits(Action.READ)(lambda: ""))
    bare.add_url_rule("/forgotten", "forgotten", lambda: "")
    bare.view_functions["static"] = permits(Action.READ)(bare.view_functions["static"])
    with pytest.raises(RuntimeError, match="/forgotten"):
        check_declared(bare)
    monkeypatch.delattr(public.browse, "kb_rule")
    with pytest.raises(RuntimeError, match="/browse"):
        assemble(app.extensions["kb"])


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_fault_39_no_page_can_be_framed_or_run_anything_inline(app: Flask, path: str, language: str) -> None:
    response = Visitor(app, language=language).get(path)
    policy = dict(part.split(" ", 1) for part in response.headers["Content-Security-Policy"].split("; "))
    assert policy["frame-ancestors"] == policy["default-src"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Cache-Control"] == "no-store"
    check_harmless(response.get_data(as_text=True))


@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_its_language(app: Flask, path: str) -> None:
    assert '<html lang="zh-Hans">' in Visitor(app).get(path).get_data(as_text=True)
    assert '<html lang="en">' in Visitor(app, language="en-GB,en;q=0.9").get(path).get_data(as_text=True)


@pytest.mark.parametrize("path", ["vendor/modern-normalize.css", "vendor/combobox-nav.js", "vendor/icons.svg",
                                  "base.css", "public/public.css", "articles.css", "public/ask.js", "public/panel.js",
                                  "public/suggest.js",
                                  "keys.js", "announce.js", "icon.svg"])
def test_what_pages_load_is_there_with_its_own_type(citizen: Visitor, path: str) -> None:
    response = citizen.get(f"/static/{path}")
    kind = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}[path.rsplit(".", 1)[1]]
    assert (response.status_code, response.mimetype) == (200, kind)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-cache" in response.headers["Cache-Control"]


def test_every_icon_in_a_template_is_in_the_sprite(app: Flask, citizen: Visitor) -> None:
    sprite = citizen.get("/static/vendor/icons.svg").get_data(as_text=True)
    loader = app.jinja_env.loader
    assert loader
    used = {name for template in app.jinja_env.list_templates()
            for name in re.findall(r'icon\("([a-z]+)"\)', loader.get_source(app.jinja_env, template)[0])}
    assert used and not {name for name in used if f'<symbol id="{name}"' not in sprite}


def test_behind_a_proxy_the_visitors_address_counts(make_app: Callable[..., Flask], app: Flask) -> None:
    def seen(application: Flask) -> str:
        with application.test_client() as client:
            client.get("/healthz", headers={"X-Forwarded-For": "198.51.100.7"})
            return str(request.remote_addr)

    assert seen(app) == "127.0.0.1"
    assert seen(make_app(web={"proxies": 1})) == "198.51.100.7"


def test_no_name_that_an_article_can_have_hides_it_behind_another_page(app: Flask) -> None:
    rules = [(rule.rule.split("/"), (rule.methods or set()) - {"OPTIONS"}) for rule in app.url_map.iter_rules()]
    taken = []
    for named, methods in rules:
        place = next((n for n, part in enumerate(named) if part == "<slug:slug>"), None)
        if place is None:
            continue
        for other, others in rules:
            fits = len(other) == len(named) and methods & others and all(
                mine == theirs or mine.startswith("<") or theirs.startswith("<")
                for mine, theirs in zip(named, other, strict=True))
            if fits and SLUG.fullmatch(other[place]):
                taken.append((named, other[place]))
    assert not taken

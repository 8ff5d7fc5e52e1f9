"""Parts of pages for htmx: the same words as the whole page, refusals said in their place, and nowhere else led to."""

from __future__ import annotations

import json
import re

import pytest
from flask import Flask

from kb.actor import OPERATOR
from kb.people import sessions
from tests.conftest import NOW
from tests.web.conftest import Installation
from tests.web.site import Visitor, check_harmless, tags
from web import fragments

PART = {"HX-Request": "true", "Accept-Language": "zh"}


def test_a_page_that_is_restored_from_history_is_whole(citizen: Visitor) -> None:
    part = citizen.get("/articles/hostile", headers=PART).get_data(as_text=True)
    whole = citizen.get("/articles/hostile", headers=PART | {"HX-History-Restore-Request": "true"})
    assert "<html" not in part and "<html" in whole.get_data(as_text=True)


def test_a_refusal_is_said_at_the_top_of_the_page_that_asked(citizen: Visitor) -> None:
    refused = citizen.get("/articles/no-such-article", headers=PART)
    assert (refused.status_code, refused.headers["HX-Retarget"]) == (404, "#page-problem")
    assert (refused.headers["HX-Reswap"], refused.headers["HX-Push-Url"]) == ("innerHTML", "false")
    text = refused.get_data(as_text=True)
    assert "没有这个页面" in text and "<html" not in text
    check_harmless(text)


def test_who_must_sign_in_again_is_led_back_to_the_page_that_asked(app: Flask, installation: Installation) -> None:
    visitor = Visitor(app)
    visitor.sign_in("agent", installation.passwords["agent"])
    token = visitor.form_token()
    form = {"form_token": token, "question": "社保卡"}
    with app.extensions["kb"].database.transaction() as session:
        sessions.end_sessions(session, OPERATOR, "agent", now=NOW)
    refused = visitor.client.post("/ask", data=form, headers=PART | {
        "HX-Current-URL": "http://localhost/search?q=%E5%85%AC&page=2#top"})
    assert refused.status_code == 401
    [link] = [a["href"] for tag, a in tags(refused.get_data(as_text=True)) if tag == "a"]
    assert link == "/sign-in?next=/search?q%3D%25E5%2585%25AC%26page%3D2"


@pytest.mark.parametrize("current", [
    "https://evil.example//evil.example/x", "//evil.example", "javascript:alert(1)", "http://localhost/%2f%2fevil.example",
    "http://localhost/\\evil.example", "https:evil.example", "http://[bad", "x" * 5_000])
def test_fault_34_the_page_that_asked_is_one_of_this_site_whatever_the_header_says(app: Flask, current: str) -> None:
    page = Visitor(app).get("/no-such-page", headers={"HX-Current-URL": current, "Accept-Language": "zh"})
    text = page.get_data(as_text=True)
    assert page.status_code == 404
    for target in re.findall(r'(?:next=|name="next" value=")([^"&]*)', text):
        assert "evil" not in target and "javascript" not in target


def test_after_a_form_the_whole_page_is_led_to(app: Flask) -> None:
    with app.test_request_context(headers=PART):
        response = fragments.lead_to("/browse")
        assert (response.status_code, response.headers["HX-Redirect"]) == (204, "/browse")
    with app.test_request_context():
        response = fragments.lead_to("/browse")
        assert (response.status_code, response.headers["Location"]) == (303, "/browse")


def test_htmx_may_evaluate_style_and_keep_nothing(citizen: Visitor) -> None:
    metas = {a["name"]: a["content"] for tag, a in tags(citizen.get("/").get_data(as_text=True))
             if tag == "meta" and "name" in a}
    config = json.loads(metas["htmx-config"])
    assert not (config["allowEval"] or config["allowScriptTags"] or config["includeIndicatorStyles"])
    assert config["selfRequestsOnly"] and config["historyCacheSize"] == 0 and config["attributesToSettle"] == []

"""Signing in and out, form tokens, cookies, the choice of language."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from kb.actor import SYSTEM
from kb.people import people
from tests.conftest import NOW
from tests.web.conftest import Installation, later
from tests.web.site import Visitor, words

FORMS = ["/ask", "/suggest", "/sign-in", "/sign-out", "/language"]


def cookie(visitor: Visitor, name: str) -> str:
    found = visitor.client.get_cookie(name)
    return found.value if found else ""


@pytest.mark.parametrize("path", FORMS)
def test_fault_24_a_form_without_this_sites_token_changes_nothing(agent: Visitor, path: str) -> None:
    for fields in ({}, {"form_token": ""}, {"form_token": "0" * 64}, {"form_token": "\ud7ff\x00"}):
        response = agent.client.post(path, data={"question": "社保卡", "language": "en", **fields})
        assert response.status_code == 403
    assert "退出" in words(agent.get("/"))


@pytest.mark.parametrize("path", FORMS)
def test_fault_24_a_token_of_another_browser_is_not_taken(agent: Visitor, citizen: Visitor, path: str) -> None:
    assert agent.client.post(path, data={"form_token": citizen.form_token()}).status_code == 403


@pytest.mark.parametrize("path", ["/sign-out", "/language", "/suggest"])
def test_fault_24_reading_an_address_never_changes_anything(agent: Visitor, path: str) -> None:
    response = agent.get(path)
    assert response.status_code == 405 and "POST" in response.headers["Allow"]
    assert "退出" in words(agent.get("/"))


def test_cookies_are_out_of_reach_for_scripts_and_other_sites(app: Flask, installation: Installation) -> None:
    visitor = Visitor(app)
    response = visitor.sign_in("agent", installation.passwords["agent"])
    sent = response.headers.getlist("Set-Cookie")
    assert {c.split("=")[0] for c in sent} == {"kb_session", "kb_form"}
    assert all("HttpOnly" in c and "SameSite=Lax" in c and "Path=/" in c for c in sent)


def test_behind_https_cookies_stay_there(make_app: Callable[..., Flask]) -> None:
    response = Visitor(make_app(web={"secure_cookies": True})).get("/")
    (sent,) = response.headers.getlist("Set-Cookie")
    assert sent.startswith("__Host-kb_form=") and "Secure" in sent


def test_fault_32_signing_in_gives_a_new_session_and_signing_out_ends_it_on_the_server(
        app: Flask, installation: Installation) -> None:
    visitor, password = Visitor(app), installation.passwords["agent"]
    visitor.client.set_cookie("kb_session", "fixed-by-someone-else")
    seed = visitor.form_token()
    assert visitor.sign_in("agent", password).status_code == 303
    first = cookie(visitor, "kb_session")
    assert first not in ("", "fixed-by-someone-else")
    assert visitor.client.post("/language", data={"form_token": seed}).status_code == 403
    visitor.sign_in("agent", password)
    second = cookie(visitor, "kb_session")
    assert second != first
    stolen = Visitor(app)
    stolen.client.set_cookie("kb_session", first)
    assert "登录" in words(stolen.get("/")) and "退出" not in words(stolen.get("/"))
    assert visitor.post("/sign-out").status_code == 303
    assert cookie(visitor, "kb_session") == ""
    stolen.client.set_cookie("kb_session", second)
    assert "退出" not in words(stolen.get("/"))


def test_a_session_ends_after_its_hours(make_app: Callable[..., Flask], agent: Visitor) -> None:
    for hours, is_in in ((11.9, True), (12, False)):
        visitor = Visitor(make_app(clock=later(hours=hours)))
        visitor.client.set_cookie("kb_session", cookie(agent, "kb_session"))
        assert ("退出" in words(visitor.get("/"))) is is_in


def test_fault_35_a_disabled_user_is_out_with_the_next_click(app: Flask) -> None:
    database = app.extensions["kb"].database
    with database.transaction() as session:
        people.create_user(session, SYSTEM, login="leaver", name="leaver", grants=[], password="a long password",
                           now=NOW)
    visitor = Visitor(app)
    visitor.sign_in("leaver", "a long password")
    assert "leaver" in words(visitor.get("/"))
    with database.transaction() as session:
        people.disable_user(session, SYSTEM, "leaver", now=NOW)
    assert "leaver" not in words(visitor.get("/"))


@pytest.mark.parametrize(("login", "password"), [("agent", "wrong wrong"), ("nobody", "wrong wrong"), ("", ""),
                                                 ("agent\x00", "zzzzzzzz"), ("\u202eagent", "z" * 10_000)])
def test_fault_33_every_wrong_sign_in_gets_the_same_page(make_app: Callable[..., Flask], login: str,
                                                         password: str) -> None:
    visitor = Visitor(make_app(web={"signin_tries": 1000}), address="192.0.2.77")
    response = visitor.sign_in(login, password)
    assert response.status_code == 401 and "用户名或密码不正确。" in words(response)
    assert password == "" or password not in response.get_data(as_text=True)


def test_fault_33_guessing_is_throttled(app: Flask) -> None:
    visitor = Visitor(app, address="192.0.2.50")
    codes = [visitor.sign_in(f"guess{n}", "wrong wrong").status_code for n in range(11)]
    assert codes == [401] * 10 + [429]
    response = visitor.sign_in("guess", "wrong wrong")
    assert int(response.headers["Retry-After"]) == 900 and "15分钟" in words(response)


@pytest.mark.parametrize(("wanted", "reached"), [
    ("/browse/fund?lang=zh", "/browse/fund?lang=zh"), ("", "/"), ("//evil.example", "/"), ("https://evil.example", "/"),
    ("/\\evil.example", "/"), ("/\t/evil.example", "/"), ("javascript:alert(1)", "/"), ("/a\r\nX: y", "/"),
    ("\\\\evil", "/"), ("evil", "/"), ("/a\\b", "/"),
])
def test_fault_34_signing_in_leads_only_to_pages_of_this_site(app: Flask, installation: Installation, wanted: str,
                                                              reached: str) -> None:
    visitor = Visitor(app)
    response = visitor.post("/sign-in", {"login": "agent", "password": installation.passwords["agent"], "next": wanted})
    assert (response.status_code, response.headers["Location"]) == (303, reached)
    assert visitor.post("/language", {"next": wanted, "language": "zh"}).headers["Location"] == reached


def test_the_language_follows_the_browser_until_one_is_chosen(app: Flask) -> None:
    visitor = Visitor(app, language="en-US,en;q=0.9,zh;q=0.8")
    assert "Ask in plain words" in words(visitor.get("/"))
    visitor.post("/language", {"language": "zh", "next": "/"})
    assert "您想咨询什么" in words(visitor.get("/"))
    visitor.post("/language", {"language": "xx", "next": "/"})
    assert "您想咨询什么" in words(visitor.get("/"))
    assert "您想咨询什么" in words(Visitor(app, language="fr,de;q=0.5").get("/"))


def test_what_somebody_may_see_is_read_anew_with_every_request(app: Flask) -> None:
    database = app.extensions["kb"].database
    with database.transaction() as session:
        people.create_user(session, SYSTEM, login="plain", name="plain", grants=[], password="a long password", now=NOW)
    visitor = Visitor(app)
    visitor.sign_in("plain", "a long password")
    assert visitor.get("/articles/inside").status_code == 404

"""Signing in and out, sessions that end, one's own password, form tokens, cookies, the choice of language."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import quote

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from kb.actor import OPERATOR, Role
from kb.people import credentials, people
from tests.conftest import NOW
from tests.web.conftest import Installation, later
from tests.web.site import Visitor, words

FORMS = ["/ask", "/suggest", "/answers/5d2f0f5e-0000-4000-8000-000000000001/taken",
         "/answers/5d2f0f5e-0000-4000-8000-000000000001/used", "/sign-in", "/sign-out", "/language",
         "/account/password", "/account/sessions"]
PASSWORD, ANOTHER = "a long password", "another long password"


@pytest.fixture
def staff(app: Flask) -> Callable[[], Visitor]:
    """Sign in somebody who is nobody else's, again and again."""
    login = f"staff-{uuid.uuid4()}"
    with app.extensions["kb"].database.transaction() as session:
        people.create_user(session, OPERATOR, login=login, name=login, grants=[(Role.AGENT, None)], password=PASSWORD,
                           is_once=False, now=NOW)

    def sign_in(password: str = PASSWORD) -> Visitor:
        visitor = Visitor(app)
        assert visitor.sign_in(login, password).status_code == 303
        return visitor

    return sign_in


@pytest.fixture
def stale(make_app: Callable[..., Flask], agent: Visitor) -> Visitor:
    """An agent whose session is over by now, in the same browser."""
    visitor = Visitor(make_app(clock=later(hours=12)))
    for name in ("kb_session", "kb_form"):
        visitor.client.set_cookie(name, cookie(agent, name))
    return visitor


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
    for hours, is_in in ((1.9, True), (11.9, True), (12, False)):
        visitor = Visitor(make_app(clock=later(hours=hours), web={"idle_minutes": 720}))
        visitor.client.set_cookie("kb_session", cookie(agent, "kb_session"))
        assert ("退出" in words(visitor.get("/"))) is is_in


def test_fault_35_a_disabled_user_is_out_with_the_next_click(app: Flask) -> None:
    database = app.extensions["kb"].database
    with database.transaction() as session:
        people.create_user(session, OPERATOR, login="leaver", name="leaver", grants=[], password="a long password",
                           is_once=False, now=NOW)
    visitor = Visitor(app)
    visitor.sign_in("leaver", "a long password")
    assert "leaver" in words(visitor.get("/"))
    with database.transaction() as session:
        people.disable_user(session, OPERATOR, "leaver", now=NOW)
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
    codes = [visitor.sign_in("guess", "wrong wrong").status_code for _ in range(11)]
    assert codes == [401] * 10 + [429]
    response = visitor.sign_in("guess", "wrong wrong")
    assert int(response.headers["Retry-After"]) == 900 and "15分钟" in words(response)
    english = Visitor(app, address="192.0.2.50", language="en").sign_in("guess", "wrong wrong")
    assert "Wait 15 minutes" in words(english)


def test_w5_ten_failures_behind_an_offices_address_stop_no_right_password(app: Flask,
                                                                            installation: Installation) -> None:
    office = "192.0.2.51"
    for n in range(12):
        assert Visitor(app, address=office).sign_in(f"guess{n}", "wrong wrong").status_code == 401
    for _ in range(10):
        assert Visitor(app, address=office).sign_in("manager", "wrong wrong").status_code == 401
    assert Visitor(app, address=office).sign_in("manager", installation.passwords["manager"]).status_code == 429
    assert Visitor(app, address=office).sign_in("agent", installation.passwords["agent"]).status_code == 303
    assert Visitor(app, address="192.0.2.52").sign_in("manager", installation.passwords["manager"]).status_code == 303


@pytest.mark.parametrize(("wanted", "reached"), [
    ("/browse/fund?lang=zh", "/browse/fund?lang=zh"), ("", "/"), ("//evil.example", "/"), ("https://evil.example", "/"),
    ("/\\evil.example", "/"), ("/\t/evil.example", "/"), ("javascript:alert(1)", "/"), ("/a\r\nX: y", "/"),
    ("\\\\evil", "/"), ("evil", "/"), ("/a\\b", "/"), ("https:evil.example", "/"), ("HTTPS:/evil.example", "/"),
    ("///evil.example", "/"), ("/%2Fevil.example", "/"), ("/%5Cevil.example", "/"), ("/%252fevil.example", "/"),
    ("/%09/evil.example", "/"), ("%2F%2Fevil.example", "/"), ("/a%0d%0aX: y", "/"), ("/" + "a" * 3_000, "/"),
    ("/search?q=%E5%85%AC%2F%2F%20x", "/search?q=%E5%85%AC%2F%2F%20x"), ("/browse#//evil", "/browse#//evil"),
    ("/sign-out", "/"), ("/sign-out?next=/browse", "/"), ("/sign%2Dout#x", "/"), ("/sign-in?next=/browse", "/"),
    ("/api/v1/ask", "/"), ("/nowhere", "/nowhere"),
])
def test_fault_34_signing_in_leads_only_to_pages_of_this_site(app: Flask, installation: Installation, wanted: str,
                                                              reached: str) -> None:
    visitor = Visitor(app)
    response = visitor.post("/sign-in", {"login": "agent", "password": installation.passwords["agent"], "next": wanted})
    assert (response.status_code, response.headers["Location"]) == (303, reached)
    assert visitor.post("/language", {"next": wanted, "language": "zh"}).headers["Location"] == reached


def sign_in_link(response: TestResponse) -> str:
    """Where the page's (first) link to sign in leads."""
    found = re.search(r'href="(/sign-in\?[^"]*)"', response.get_data(as_text=True))
    assert found
    return html.unescape(found[1])


@pytest.mark.parametrize("path", ["/browse/hrss?lang=zh", "/search?q=社保卡", "/articles/inside", "/account/password",
                                  "/"])
def test_signing_in_returns_to_the_page_where_one_was(app: Flask, installation: Installation, path: str) -> None:
    visitor = Visitor(app)
    link = sign_in_link(visitor.get(path))
    form = visitor.get(link).get_data(as_text=True)
    wanted = re.search(r'name="next" value="([^"]*)"', form[form.index('action="/sign-in"'):])
    assert wanted
    response = visitor.post("/sign-in", {"login": "agent", "password": installation.passwords["agent"],
                                         "next": html.unescape(wanted[1])})
    assert response.status_code == 303
    assert response.headers["Location"] == quote(path, safe="/?=")
    assert visitor.get(response.headers["Location"]).status_code == 200


def test_a_wrong_password_forgets_neither_the_way_back_nor_who_it_was(app: Flask) -> None:
    visitor = Visitor(app, address="192.0.2.53")
    response = visitor.post("/sign-in", {"login": "agent", "password": "wrong wrong", "next": "/browse"})
    assert 'name="next" value="/browse"' in response.get_data(as_text=True)
    assert "next=/browse" in sign_in_link(response)


def test_w4_every_page_says_that_the_session_has_ended_until_one_signs_in_again(stale: Visitor,
                                                                             installation: Installation) -> None:
    for path in ("/browse", "/browse", "/search?q=社保卡", "/articles/outside", "/"):
        page = words(stale.get(path))
        assert "登录已失效。" in page and "现在只显示市民可见的内容" in page, path
    hidden = stale.get("/articles/inside")
    assert hidden.status_code == 404 and "登录已失效，请重新登录。" in words(hidden)
    assert sign_in_link(hidden).endswith("next=/articles/inside")
    assert "登录已失效，请重新登录。" in words(stale.get("/sign-in"))
    assert stale.sign_in("agent", installation.passwords["agent"]).status_code == 303
    assert "登录已失效" not in words(stale.get("/browse")) and "退出" in words(stale.get("/browse"))
    assert stale.get("/articles/inside").status_code == 200


def test_who_goes_on_as_a_citizen_is_told_no_more(stale: Visitor) -> None:
    response = stale.post("/sign-out", {"next": "/browse"})
    assert response.headers["Location"] == "/browse" and cookie(stale, "kb_session") == ""
    assert "登录已失效" not in words(stale.get("/browse"))


def test_who_never_signed_in_or_signed_out_is_told_of_no_end(citizen: Visitor, agent: Visitor) -> None:
    assert "登录已失效" not in words(citizen.get("/browse"))
    agent.post("/sign-out")
    assert "登录已失效" not in words(agent.get("/browse"))


def test_a_form_made_while_the_session_lasted_says_that_it_has_ended(agent: Visitor, stale: Visitor) -> None:
    token = agent.form_token()
    response = stale.client.post("/ask", data={"question": "社保卡", "form_token": token},
                                 headers={"Accept-Language": "zh"})
    assert response.status_code == 401 and "登录已失效，请重新登录。" in words(response)
    assert stale.ask("社保卡").status_code == 200  # a form made since


def test_a_form_of_before_one_signed_out_elsewhere_leads_to_signing_in_and_back(agent: Visitor) -> None:
    sent = {"form_token": agent.form_token(), "state": "accepted"}
    assert agent.post("/sign-out").status_code == 303
    response = agent.client.post(f"/tasks/{uuid.uuid4()}/confirm", data=sent, headers={"Accept-Language": "zh"})
    assert response.status_code == 401 and "登录已失效，请重新登录后再提交一次。" in words(response)
    assert re.search(r'href="/sign-in\?next=/tasks/[0-9a-f-]{36}"', response.get_data(as_text=True))
    late = agent.client.post("/ask", data={"question": "社保卡", **sent}, headers={"Accept-Language": "zh"})
    assert late.status_code == 403  # who needs no sign-in loads the page again


@pytest.mark.parametrize(("path", "status"), [("/nothing", 404), ("/sign-out", 405)])
def test_a_page_that_is_not_there_knows_its_visitor_and_its_forms_work(agent: Visitor, path: str, status: int) -> None:
    response = agent.get(path)
    assert response.status_code == status and "退出" in words(response)
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', response.get_data(as_text=True))
    assert token
    assert agent.client.post("/sign-out", data={"form_token": token[1]}).status_code == 303


def test_w5_one_changes_ones_password_and_stays_signed_in_here_alone(staff: Callable[..., Visitor]) -> None:
    visitor, elsewhere = staff(), staff()
    assert 'href="/account/password"' in visitor.get("/").get_data(as_text=True)
    before = cookie(visitor, "kb_session")
    response = visitor.post("/account/password", {"old": PASSWORD, "new": ANOTHER, "again": ANOTHER})
    assert response.status_code == 303 and cookie(visitor, "kb_session") != before
    page = words(visitor.get(response.headers["Location"]))
    assert "密码已修改" in page and "退出" in page
    assert "登录已失效" in words(elsewhere.get("/"))
    assert "退出" in words(staff(ANOTHER).get("/"))


@pytest.mark.parametrize(("fields", "told"), [
    ({"old": "wrong wrong"}, "当前密码不正确"), ({"old": ""}, "当前密码不正确"),
    ({"again": "something else"}, "两次输入的新密码不一致"), ({"new": PASSWORD, "again": PASSWORD}, "与当前密码相同"),
    ({"new": "short", "again": "short"}, "密码须为10至200个字符"), ({"new": "", "again": ""}, "密码须为10至200个字符"),
    ({"new": "x" * 201, "again": "x" * 201}, "密码须为10至200个字符"),
])
def test_a_password_change_that_is_refused_says_why_and_repeats_no_password(
        staff: Callable[..., Visitor], fields: dict[str, str], told: str) -> None:
    visitor = staff()
    sent = {"old": PASSWORD, "new": ANOTHER, "again": ANOTHER, **fields}
    response = visitor.post("/account/password", sent)
    assert response.status_code == 400 and told in words(response)
    page = response.get_data(as_text=True)
    assert not [value for value in sent.values() if len(value) > 5 and value in page]
    assert "退出" in words(visitor.get("/"))
    staff()


def test_the_present_password_is_not_guessed_at_an_open_screen(staff: Callable[..., Visitor]) -> None:
    visitor = staff()
    fields = {"old": "wrong wrong", "new": ANOTHER, "again": ANOTHER}
    assert [visitor.post("/account/password", fields).status_code for _ in range(11)] == [400] * 10 + [429]


def test_a_citizen_is_sent_to_sign_in_before_a_password_is_changed(citizen: Visitor) -> None:
    for response in (citizen.get("/account/password"),
                     citizen.post("/account/password", {"old": PASSWORD, "new": ANOTHER, "again": ANOTHER})):
        assert response.status_code == 401 and "请先登录" in words(response)
    assert "next=/account/password" in sign_in_link(citizen.get("/account/password"))


@pytest.fixture
def given(app: Flask) -> Callable[[], Visitor]:
    """Sign in somebody whose password was set by somebody else."""
    login = f"new-{uuid.uuid4()}"
    with app.extensions["kb"].database.transaction() as session:
        people.create_user(session, OPERATOR, login=login, name=login, grants=[(Role.AGENT, None)], password=PASSWORD,
                           now=NOW)

    def sign_in(password: str = PASSWORD) -> Visitor:
        visitor = Visitor(app)
        assert visitor.sign_in(login, password).status_code == 303
        return visitor

    return sign_in


def test_who_was_given_a_password_reaches_nothing_before_it_is_changed(given: Callable[..., Visitor]) -> None:
    visitor = given()
    for path in ("/", "/browse/hrss?lang=zh", "/articles/inside", "/account/sessions", "/search?q=社保卡"):
        response = visitor.get(path)
        assert response.status_code == 303, path
        assert response.headers["Location"].startswith("/account/password?next="), path
    assert visitor.ask("社保卡").headers["Location"] == "/account/password"
    document = visitor.get("/browse", headers={"Accept": "application/json"})
    assert (document.status_code, document.get_json()["code"]) == (403, "password_once")
    page = visitor.get(visitor.get("/browse/hrss").headers["Location"])
    assert page.status_code == 200 and "您的密码由他人设置" in words(page) and "登录情况" not in words(page)
    refused = visitor.post("/account/password", {"old": PASSWORD, "new": PASSWORD, "again": PASSWORD,
                                                 "next": "/browse/hrss"})
    assert refused.status_code == 400 and 'name="next" value="/browse/hrss"' in refused.get_data(as_text=True)
    done = visitor.post("/account/password", {"old": PASSWORD, "new": ANOTHER, "again": ANOTHER,
                                              "next": "/browse/hrss"})
    assert (done.status_code, done.headers["Location"]) == (303, "/browse/hrss")
    assert visitor.get("/browse/hrss").status_code == 200 and given(ANOTHER).get("/").status_code == 200


def test_who_was_given_a_password_may_sign_out_and_choose_a_language(given: Callable[..., Visitor]) -> None:
    visitor = given()
    assert visitor.post("/language", {"language": "en", "next": "/account/password"}).status_code == 303
    assert "set by somebody else" in words(visitor.get("/account/password"))
    assert visitor.post("/sign-out").status_code == 303 and visitor.get("/browse").status_code == 200


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "/%2Fevil.example"])
def test_fault_34_choosing_a_password_leads_only_to_pages_of_this_site(given: Callable[..., Visitor],
                                                                       wanted: str) -> None:
    response = given().post("/account/password", {"old": PASSWORD, "new": ANOTHER, "again": ANOTHER, "next": wanted})
    assert response.headers["Location"] == "/"


def test_a_password_that_is_set_while_one_is_signed_in_ends_that_and_is_good_once(
        app: Flask, staff: Callable[..., Visitor]) -> None:
    visitor = staff()
    login = re.search(r"staff-[0-9a-f-]+", words(visitor.get("/")))
    assert login
    with app.extensions["kb"].database.transaction() as session:
        credentials.set_password(session, OPERATOR, login[0], ANOTHER, now=NOW)
    assert "登录已失效" in words(visitor.get("/browse"))
    assert staff(ANOTHER).get("/browse").status_code == 303


def handles(visitor: Visitor) -> list[str]:
    return re.findall(r'name="session" value="([0-9a-f]{16})"', visitor.get("/account/sessions").get_data(as_text=True))


def test_one_sees_where_one_is_signed_in_and_ends_it(staff: Callable[..., Visitor]) -> None:
    visitor, elsewhere, third = staff(), staff(), staff()
    page = visitor.get("/account/sessions")
    assert words(page).count("当前") == 1 and len(handles(visitor)) == 3
    assert cookie(elsewhere, "kb_session") not in page.get_data(as_text=True)
    other = handles(elsewhere)
    own = re.search(r'value="([0-9a-f]{16})"[^>]*>退出', elsewhere.get("/account/sessions").get_data(as_text=True))
    assert own and own[1] in other
    assert visitor.post("/account/sessions", {"session": own[1]}).status_code == 303
    assert "登录已失效" in words(elsewhere.get("/browse")) and len(handles(visitor)) == 2
    gone = visitor.post("/account/sessions", {"session": own[1]})
    assert gone.status_code == 404 and "该登录已经结束" in words(gone)
    assert visitor.post("/account/sessions").status_code == 303
    assert "登录已失效" in words(third.get("/browse"))
    (last,) = handles(visitor)
    assert visitor.post("/account/sessions", {"session": last}).headers["Location"] == "/"
    assert "退出" not in words(visitor.get("/browse")) and "登录已失效" not in words(visitor.get("/browse"))


def test_nobody_ends_the_sessions_of_others_from_ones_own_account(staff: Callable[..., Visitor], agent: Visitor,
                                                                  citizen: Visitor) -> None:
    visitor = staff()
    (handle,) = handles(visitor)
    assert agent.post("/account/sessions", {"session": handle, "login": "wang"}).status_code == 404
    assert citizen.get("/account/sessions").status_code == 401
    assert citizen.post("/account/sessions", {"session": handle}).status_code == 401
    assert "退出" in words(visitor.get("/"))


def test_a_session_that_lies_idle_ends_and_one_that_is_used_goes_on(make_app: Callable[..., Flask],
                                                                    staff: Callable[..., Visitor]) -> None:
    clock = Moments()
    used, left = Visitor(make_app(clock=clock)), Visitor(make_app(clock=clock))
    for visitor in (used, left):
        visitor.client.set_cookie("kb_session", cookie(staff(), "kb_session"))
    for minutes in (100, 200, 300):
        clock.minutes = minutes
        assert "退出" in words(used.get("/browse"))
    assert "登录已失效" in words(left.get("/browse"))


class Moments:
    """A clock that is put to some minutes after the tests' present."""

    minutes = 0

    def __call__(self) -> datetime:
        return NOW + timedelta(minutes=self.minutes)


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
        people.create_user(session, OPERATOR, login="plain", name="plain", grants=[], password="a long password",
                           is_once=False, now=NOW)
    visitor = Visitor(app)
    visitor.sign_in("plain", "a long password")
    assert visitor.get("/articles/inside").status_code == 404

"""Signing in at a service of one's own, a real one in a process of its own: what must hold, and what it says of it."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask
from werkzeug.test import TestResponse

from kb.actor import OPERATOR, Role
from kb.clock import utc_now
from kb.errors import Invalid
from kb.people import identities, people
from tests.web.conftest import ROOT
from tests.web.provider import CLIENT_ID, CLIENT_SECRET
from tests.web.site import Visitor, words

BASE = "http://hotline.example"
BACK = f"{BASE}/sign-in/service/back"


class Service:
    """The service, as the tests steer it."""

    def __init__(self, address: str) -> None:
        self.address = address

    def has(self, subject: str, login: str, *, name: str = "王小明", fault: str = "") -> None:
        """Whom it has before it from now on."""
        requests.post(f"{self.address}/behave", timeout=5, json={"subject": subject, "login": login, "name": name,
                                                                 "fault": fault}).raise_for_status()

    def let_in(self, address: str) -> str:
        """What a browser does that is sent there: where it is sent back."""
        reply = requests.get(address, allow_redirects=False, timeout=5)
        assert reply.status_code == 302
        return reply.headers["Location"]


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    process = subprocess.Popen([sys.executable, "-m", "tests.web.provider", BACK], cwd=ROOT, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    yield Service(process.stdout.readline().strip())
    process.kill()
    process.communicate()


class Clock:
    """The present, which can be put ahead."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


@pytest.fixture(scope="module")
def module_clock() -> Clock:
    return Clock()


@pytest.fixture
def clock(module_clock: Clock) -> Clock:
    module_clock.ahead = timedelta()
    return module_clock


@pytest.fixture(scope="module")
def site(make_app: Callable[..., Flask], service: Service, module_clock: Clock) -> Callable[..., Flask]:
    """The site with the service set, and some settings of it changed; one for all tests that ask for the same."""
    made: dict[str, Flask] = {}

    def make(**oidc: str) -> Flask:
        given = {"issuer": service.address, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, **oidc}
        if str(oidc) not in made:
            made[str(oidc)] = make_app(clock=module_clock, oidc=given, web={"base_url": BASE})
        return made[str(oidc)]

    return make


@pytest.fixture
def login() -> str:
    """Somebody's who is nobody else's."""
    return f"p{uuid.uuid4().hex[:10]}"


def add(app: Flask, login: str, *, password: str | None = None) -> None:
    with app.extensions["kb"].database.transaction() as session:
        people.create_user(session, OPERATOR, login=login, name=login, grants=[(Role.AGENT, None)], password=password,
                           is_once=False, now=utc_now())


def link(app: Flask, service: Service, login: str, subject: str) -> None:
    with app.extensions["kb"].database.transaction() as session:
        identities.link(session, OPERATOR, login, issuer=service.address, subject=subject, now=utc_now())


def sent_back(visitor: Visitor, service: Service, wanted: str = "/browse") -> str:
    """Begin a sign-in and let the service lead back: the path that the browser is sent to."""
    begun = visitor.get(f"/sign-in/service?next={wanted}")
    assert begun.status_code == 303, words(begun)
    path = urlsplit(service.let_in(begun.headers["Location"]))
    return f"{path.path}?{path.query}"


def signed_in(visitor: Visitor, service: Service, wanted: str = "/browse") -> TestResponse:
    return visitor.get(sent_back(visitor, service, wanted))


def is_in(visitor: Visitor) -> bool:
    return "退出" in words(visitor.get("/browse"))


def test_who_is_linked_signs_in_and_goes_on_and_signs_out_at_both(site: Callable[..., Flask], service: Service,
                                                                 login: str) -> None:
    app = site()
    add(app, login)
    link(app, service, login, f"s-{login}")
    service.has(f"s-{login}", "renamed-since")
    visitor = Visitor(app)
    assert "单位账号登录" in words(visitor.get("/sign-in"))
    response = signed_in(visitor, service, "/browse/hrss")
    assert (response.status_code, response.headers["Location"]) == (303, "/browse/hrss")
    assert login in words(visitor.get("/browse"))
    bye = visitor.post("/sign-out")
    assert bye.status_code == 200 and not is_in(visitor)
    address = bye.get_data(as_text=True).split('<p><a href="')[1].split('"')[0].replace("&amp;", "&")
    assert address.startswith(f"{service.address}/sign-out?")
    assert requests.get(address, allow_redirects=False, timeout=5).headers["Location"] == f"{BASE}/"


def test_the_browser_is_sent_there_with_state_nonce_and_challenge(site: Callable[..., Flask]) -> None:
    visitor = Visitor(site())
    first, second = (parse_qs(urlsplit(visitor.get("/sign-in/service").headers["Location"]).query) for _ in range(2))
    assert (first["redirect_uri"], first["response_type"]) == ([BACK], ["code"])
    assert (first["code_challenge_method"], first["scope"]) == (["S256"], ["openid profile"])
    assert all(first[name] != second[name] for name in ("state", "nonce", "code_challenge"))
    assert CLIENT_SECRET not in str(first)


@pytest.mark.parametrize("fault", ["nonce", "audience", "issuer", "expired", "signature", "kid", "unsigned"])
def test_a_token_that_does_not_hold_opens_nothing(site: Callable[..., Flask], service: Service, login: str,
                                                  fault: str) -> None:
    app = site(first_sign_in="make")
    service.has(f"s-{login}", login, fault=fault)
    visitor = Visitor(app)
    response = signed_in(visitor, service)
    assert response.status_code == 403 and "无法验证" in words(response)
    assert not is_in(visitor)
    service.has(f"s-{login}", login)  # and the same person, rightly named, comes in
    assert signed_in(visitor, service).status_code == 303 and is_in(visitor)


def test_who_the_service_refuses_is_told_so(site: Callable[..., Flask], service: Service, login: str) -> None:
    service.has(f"s-{login}", login, fault="refused")
    response = signed_in(Visitor(site()), service)
    assert response.status_code == 403 and "登录服务未允许您登录" in words(response)


def test_fault_32_an_attempt_is_good_once_and_in_its_own_browser(site: Callable[..., Flask], service: Service,
                                                                 login: str, clock: Clock) -> None:
    app = site(first_sign_in="make")
    service.has(f"s-{login}", login)
    visitor, other = Visitor(app), Visitor(app)
    path = sent_back(visitor, service)
    kept = visitor.client.get_cookie("kb_attempt")
    assert kept is not None
    assert "不是从这里开始的" in words(other.get(path))
    assert visitor.get(path.replace("state=", "state=x")).status_code == 403  # which ends the attempt
    assert visitor.get(path).status_code == 403
    path = sent_back(visitor, service)
    kept = visitor.client.get_cookie("kb_attempt")
    assert kept is not None and visitor.get(path).status_code == 303 and is_in(visitor)
    visitor.post("/sign-out")
    assert visitor.get(path).status_code == 403
    visitor.client.set_cookie("kb_attempt", kept.value)  # whoever kept it: the service takes no code twice
    again = visitor.get(path)
    assert again.status_code == 403 and "登录服务未允许您登录" in words(again) and not is_in(visitor)
    path = sent_back(visitor, service)
    clock.ahead = timedelta(minutes=10)
    assert visitor.get(path).status_code == 403 and not is_in(visitor)


def test_fault_32_signing_in_there_renews_the_session_of_this_browser(site: Callable[..., Flask], service: Service,
                                                                      login: str) -> None:
    app = site(first_sign_in="make")
    service.has(f"s-{login}", login)
    visitor, stolen = Visitor(app), Visitor(app)
    visitor.client.set_cookie("kb_session", "fixed-by-someone-else")
    signed_in(visitor, service)
    first = visitor.client.get_cookie("kb_session")
    assert first is not None and first.value != "fixed-by-someone-else"
    signed_in(visitor, service)
    stolen.client.set_cookie("kb_session", first.value)
    assert is_in(visitor) and not is_in(stolen)


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "/%2Fevil.example", "/%5Cevil.example"])
def test_fault_34_the_service_leads_back_to_pages_of_this_site_alone(site: Callable[..., Flask], service: Service,
                                                                     login: str, wanted: str) -> None:
    service.has(f"s-{login}", login)
    visitor = Visitor(site(first_sign_in="make"))
    assert signed_in(visitor, service, wanted).headers["Location"] == "/"
    begun = visitor.get("/sign-in/service", headers={"Host": "evil.example"})
    assert parse_qs(urlsplit(begun.headers["Location"]).query)["redirect_uri"] == [BACK]


def test_fault_35_who_is_disabled_here_stays_out(site: Callable[..., Flask], service: Service, login: str) -> None:
    app = site(first_sign_in="make")
    service.has(f"s-{login}", login)
    visitor = Visitor(app)
    signed_in(visitor, service)
    assert is_in(visitor)
    with app.extensions["kb"].database.transaction() as session:
        people.disable_user(session, OPERATOR, login, now=utc_now())
    assert not is_in(visitor)
    response = signed_in(visitor, service)
    assert response.status_code == 403 and "您的账号已停用" in words(response) and not is_in(visitor)


def test_a_login_that_is_renamed_there_opens_nobodys_account(site: Callable[..., Flask], service: Service,
                                                             login: str) -> None:
    app = site(first_sign_in="make")
    add(app, login, password="a long password")
    service.has("s-somebody-else", login)
    visitor = Visitor(app)
    response = signed_in(visitor, service)
    assert response.status_code == 403 and "请联系管理员关联" in words(response) and not is_in(visitor)
    other = f"x{login}"
    service.has(f"s-{other}", other)
    signed_in(visitor, service)
    assert visitor.get("/edit/session").get_json()["login"] == other
    service.has(f"s-{other}", login)  # the same person under another's login is who they were
    signed_in(visitor, service)
    assert visitor.get("/edit/session").get_json()["login"] == other


@pytest.mark.parametrize(("first", "status"), [("refuse", 403), ("link", 303), ("make", 303)])
def test_the_account_of_a_newcomer_is_linked_where_the_settings_let_it(site: Callable[..., Flask], service: Service,
                                                                       login: str, first: str, status: int) -> None:
    app = site(first_sign_in=first)
    add(app, login)
    service.has(f"s-{login}", login)
    assert signed_in(Visitor(app), service).status_code == status
    newcomer = f"n{login}"
    service.has(f"s-{newcomer}", newcomer)
    assert signed_in(Visitor(app), service).status_code == (303 if first == "make" else 403)


def test_who_is_made_gets_the_roles_of_the_settings_and_no_password(site: Callable[..., Flask], service: Service,
                                                                    login: str) -> None:
    app = site(first_sign_in="make", roles="agent editor:hrss")
    service.has(f"s-{login}", login, name="李\u202e明")
    visitor = Visitor(app)
    signed_in(visitor, service)
    with app.extensions["kb"].database.reading() as session:
        found = people.actor_of(session, login, now=utc_now())
    assert found.roles == {Role.AGENT, Role.EDITOR} and found.grants == {(Role.EDITOR, "hrss")}
    assert Visitor(app).sign_in(login, "").status_code == 401
    assert "没有密码" in words(visitor.get("/account/password"))
    assert "没有密码" in words(visitor.post("/account/password", {"old": "", "new": "x" * 12, "again": "x" * 12}))


@pytest.mark.parametrize("name", ["", "Wang", "wang@city.example", "system", "operator", "0perator", "王", "../admin",
                                  "x" * 65])
def test_a_login_that_cannot_be_one_here_makes_nobody(site: Callable[..., Flask], service: Service, name: str) -> None:
    service.has(f"s-{uuid.uuid4()}", name)
    assert signed_in(Visitor(site(first_sign_in="make")), service).status_code == 403


def test_while_the_service_is_down_one_is_told_so_and_passwords_still_serve(
        site: Callable[..., Flask], service: Service, login: str, clock: Clock) -> None:
    app = site(first_sign_in="make", label_en="Once more")  # one that has not asked it anything yet
    add(app, login, password="a long password")
    visitor = Visitor(app)
    service.has(f"s-{login}", login, fault="down")
    response = visitor.get("/sign-in/service")
    assert response.status_code == 503 and "登录服务没有响应" in words(response)
    assert visitor.sign_in(login, "a long password").status_code == 303
    service.has("s-x", f"x{login}")
    assert visitor.get("/sign-in/service").status_code == 503  # not asked again at once
    clock.ahead = timedelta(seconds=20)
    assert visitor.get("/sign-in/service").status_code == 303


def test_a_service_that_is_not_there_is_down(make_app: Callable[..., Flask]) -> None:
    app = make_app(oidc={"issuer": "http://127.0.0.1:9", "client_id": "x"}, web={"base_url": BASE})
    assert Visitor(app).get("/sign-in/service").status_code == 503


def test_without_a_service_nothing_leads_to_one(citizen: Visitor) -> None:
    assert "单位账号" not in words(citizen.get("/sign-in"))
    assert citizen.get("/sign-in/service").status_code == 404
    assert citizen.get("/sign-in/service/back?state=x&code=y").status_code == 404


@pytest.mark.parametrize(("oidc", "key"), [
    ({"issuer": "http://id.example", "client_id": "x"}, "oidc.issuer"),
    ({"issuer": "https://id.example?x=1", "client_id": "x"}, "oidc.issuer"),
    ({"issuer": "https://[", "client_id": "x"}, "oidc.issuer"),
    ({"issuer": "https://id.example"}, "oidc.client_id"),
    ({"issuer": "https://id.example", "client_id": "x", "scope": "profile"}, "oidc.scope"),
    ({"issuer": "https://id.example", "client_id": "x", "roles": "king"}, "oidc.roles"),
    ({"issuer": "https://id.example", "client_id": "x"}, "web.base_url"),
])
def test_settings_with_which_nobody_could_sign_in_are_refused(make_app: Callable[..., Flask], oidc: dict[str, str],
                                                              key: str) -> None:
    with pytest.raises(Invalid) as caught:
        make_app(oidc=oidc)
    assert caught.value.facts["key"] == key

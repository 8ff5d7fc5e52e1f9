"""The pages about people: found, added, renamed, given roles, shut out, reset; for who manages people alone."""

from __future__ import annotations

import re
import uuid

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from kb.actor import OPERATOR, Role
from kb.people import directory, people, tokens
from kb.record import audit
from tests.conftest import NOW
from tests.web.conftest import Installation
from tests.web.site import Visitor, check_harmless, words

PASSWORD = "a long password"
ACTS = ["name", "roles", "disable", "enable", "password", "unlock", "tokens", "sessions", "unlink"]


@pytest.fixture(scope="module")
def boss(app: Flask, installation: Installation) -> Visitor:
    visitor = Visitor(app)
    assert visitor.sign_in("admin", installation.passwords["admin"]).status_code == 303
    return visitor


@pytest.fixture
def login(app: Flask) -> str:
    """An agent who is nobody else's."""
    made = f"w{uuid.uuid4().hex[:10]}"
    with app.extensions["kb"].database.transaction() as session:
        people.create_user(session, OPERATOR, login=made, name="王 小明", grants=[(Role.AGENT, None)],
                           password=PASSWORD, is_once=False, now=NOW)
    return made


def view(app: Flask, login: str) -> tuple[str, list[tuple[str, str | None]]]:
    """The name and the roles that stand in the database."""
    with app.extensions["kb"].database.reading() as session:
        user = people.find_user(session, login)
        actor = people.as_actor(session, user)
        return user.name, sorted([(r.value, d) for r, d in actor.grants]
                                 + [(r.value, None) for r in actor.roles - {r for r, _ in actor.grants}])


def act(boss: Visitor, login: str, what: str, **fields: object) -> TestResponse:
    return boss.post(f"/admin/people/{login}/{what}", fields)


def signed_in(app: Flask, login: str, password: str = PASSWORD) -> Visitor:
    visitor = Visitor(app)
    assert visitor.sign_in(login, password).status_code == 303
    return visitor


def test_the_list_finds_people_by_name_and_login_and_leads_to_each(app: Flask, boss: Visitor, login: str) -> None:
    with app.extensions["kb"].database.transaction() as session:
        for n in range(directory.PAGE):  # more than a page holds
            people.create_user(session, OPERATOR, login=f"{login}.{n}", name="", grants=[], password=None, now=NOW)
    for words_ in (login, "小明 王"):
        page = boss.get(f"/admin/people?q={words_}")
        assert page.status_code == 200 and login in words(page)
    assert f'href="/admin/people/{login}"' in page.get_data(as_text=True)
    assert "没有找到人员" in words(boss.get("/admin/people?q=nobody-at-all"))
    first, last = words(boss.get("/admin/people")), words(boss.get("/admin/people?page=99"))
    assert "下一页" in first and "从未" in first and "上一页" not in first
    assert "上一页" in last and "下一页" not in last
    assert boss.get("/admin/people?page=999999999999").status_code == 200
    assert boss.get("/admin/people?page=x").status_code == 200


def test_only_who_manages_people_comes_to_these_pages_or_sees_a_link(app: Flask, agent: Visitor, citizen: Visitor,
                                                                     boss: Visitor, login: str,
                                                                     installation: Installation) -> None:
    manager = signed_in(app, "manager", installation.passwords["manager"])
    for visitor, status in ((agent, 403), (citizen, 401), (manager, 403)):
        assert visitor.get("/admin/people").status_code == status
        assert visitor.get(f"/admin/people/{login}").status_code == status
        assert visitor.post("/admin/people", {"login": "x"}).status_code == status
        for what in ACTS:
            assert visitor.post(f"/admin/people/{login}/{what}").status_code == status, what
        assert 'href="/admin/people"' not in visitor.get("/browse").get_data(as_text=True)
    assert 'href="/admin/people"' in boss.get("/browse").get_data(as_text=True)
    assert view(app, login) == ("王 小明", [("agent", None)])


@pytest.mark.parametrize("what", ACTS)
def test_who_is_not_there_is_not_found_by_any_act(boss: Visitor, what: str) -> None:
    for login in ("nobody", "NOBODY", "no%00body", "..", "%F0%9F%98%80"):
        assert boss.post(f"/admin/people/{login}/{what}", {"role": "agent", "name": "x"}).status_code == 404
    assert boss.get("/admin/people/nobody").status_code == 404


@pytest.mark.parametrize("what", ACTS)
def test_fault_24_an_act_without_this_sites_token_changes_nothing(app: Flask, boss: Visitor, login: str,
                                                                  what: str) -> None:
    assert boss.client.post(f"/admin/people/{login}/{what}", data={"name": "x", "role": "admin"}).status_code == 403
    assert view(app, login) == ("王 小明", [("agent", None)])


def test_fault_38_an_act_changes_what_it_is_for_and_nothing_else(app: Flask, boss: Visitor, login: str) -> None:
    extra = {"user": "other", "role": ["admin"], "disabled_at": "", "password_hash": "x", "id": "1"}
    assert act(boss, login, "name", **{**extra, "name": "李 明"}).status_code == 303
    assert view(app, login) == ("李 明", [("agent", None)])
    assert act(boss, login, "unlock", **{**extra, "name": "x"}).status_code == 303
    assert act(boss, login, "roles", seen="agent", **{**extra, "name": "x", "role": ["agent"]}).status_code == 303
    assert view(app, login) == ("李 明", [("agent", None)])
    added = f"y{login}"
    assert boss.post("/admin/people", {"login": added, "name": "新", "role": "admin", "password": PASSWORD,
                                       "is_once": ""}).status_code == 200
    assert view(app, added) == ("新", [("citizen", None)])
    assert Visitor(app).sign_in(added, PASSWORD).status_code == 401


def once(response: TestResponse) -> str:
    found = re.search(r'class="once">([a-z0-9-]+)<', response.get_data(as_text=True))
    assert found
    return found[1]


def test_a_new_password_is_shown_once_and_good_once(app: Flask, boss: Visitor, login: str) -> None:
    visitor = signed_in(app, login)
    response = act(boss, login, "password")
    password = once(response)
    assert response.status_code == 200 and response.headers["Cache-Control"] == "no-store"
    assert password not in boss.get(f"/admin/people/{login}").get_data(as_text=True)
    assert "登录已失效" in words(visitor.get("/browse"))
    assert signed_in(app, login, password).get("/browse").headers["Location"].startswith("/account/password")
    with app.extensions["kb"].database.reading() as session:
        told = [(e.actor, e.action, e.origin) for e in audit.tail(session, 5) if e.subject == f"user:{login}"]
    assert ("admin", "set_password", "web") in told
    assert "待改密码" in words(boss.get(f"/admin/people/{login}"))


def test_somebody_is_added_with_a_password_that_is_good_once(app: Flask, boss: Visitor, login: str) -> None:
    made = f"n{login}"
    response = boss.post("/admin/people", {"login": made, "name": "赵六"})
    assert response.status_code == 200 and "赵六" in words(response)
    assert signed_in(app, made, once(response)).get("/browse").status_code == 303
    for bad, status, told in ((made, 409, "已被使用"), ("Zhao Liu", 400, "只能用小写字母"), ("", 400, "只能用小写字母"),
                              ("operator", 400, "换一个登录名")):
        refused = boss.post("/admin/people", {"login": bad, "name": "赵<b>六"})
        assert refused.status_code == status and told in words(refused)
        check_harmless(refused.get_data(as_text=True))


def test_roles_are_given_and_taken_by_department(app: Flask, boss: Visitor, login: str) -> None:
    assert act(boss, login, "roles", seen="agent", role=["agent"], new_role="editor",
               new_department="hrss").status_code == 303
    assert view(app, login)[1] == [("agent", None), ("editor", "hrss")]
    page = boss.get(f"/admin/people/{login}").get_data(as_text=True)
    assert re.search(r'value="editor:hrss" checked', page) and re.search(r'value="agent" checked', page)
    assert act(boss, login, "roles", seen="agent editor:hrss", role=["supervisor"], new_role="editor",
               new_department="").status_code == 303
    assert view(app, login)[1] == [("supervisor", None)]


@pytest.mark.parametrize(("fields", "status", "told"), [
    ({"role": ["agent"], "seen": ""}, 409, "角色刚被他人修改"),
    ({"role": ["editor"], "seen": "agent"}, 400, "须指定部门"),
    ({"role": ["king"], "seen": "agent"}, 400, "没有这个角色"),
    ({"role": ["citizen"], "seen": "agent"}, 400, "没有这个角色"),
    ({"role": ["editor:nowhere"], "seen": "agent"}, 400, "没有这个部门"),
    ({"new_role": "admin", "new_department": "hrss", "seen": "agent"}, 400, "须指定部门"),
])
def test_roles_that_cannot_be_are_refused_and_said(app: Flask, boss: Visitor, login: str, fields: dict[str, object],
                                                   status: int, told: str) -> None:
    response = act(boss, login, "roles", **fields)
    assert response.status_code == status and told in words(response)
    assert view(app, login)[1] == [("agent", None)]


def test_fault_35_who_is_shut_out_is_out_at_once_and_may_be_let_in(app: Flask, boss: Visitor, login: str) -> None:
    visitor = signed_in(app, login)
    with app.extensions["kb"].database.transaction() as session:
        token = tokens.create_token(session, OPERATOR, login, name="desk", scopes=["read"], days=1, now=NOW)
    assert act(boss, login, "disable").status_code == 303
    assert "登录已失效" in words(visitor.get("/browse"))
    assert app.test_client().get("/api/v1/articles", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert "停用" in words(boss.get(f"/admin/people/{login}"))
    again = act(boss, login, "disable")
    assert again.status_code == 409 and "已停用" in words(again)
    assert act(boss, login, "enable").status_code == 303
    signed_in(app, login)


def test_s14_the_last_administrator_stays(app: Flask, boss: Visitor) -> None:
    for what, fields in (("disable", {}), ("roles", {"seen": "admin", "role": ["agent"]})):
        response = act(boss, "admin", what, **fields)
        assert response.status_code == 409 and "最后一名系统管理员" in words(response)
    assert view(app, "admin")[1] == [("admin", None)]


def test_who_is_locked_out_may_try_again(app: Flask, boss: Visitor, login: str) -> None:
    address = "192.0.2.171"
    for _ in range(10):
        assert Visitor(app, address=address).sign_in(login, "wrong wrong").status_code == 401
    assert Visitor(app, address=address).sign_in(login, PASSWORD).status_code == 429
    done = act(boss, login, "unlock")
    assert "可以立即重新登录" in words(boss.get(done.headers["Location"]))
    assert Visitor(app, address=address).sign_in(login, PASSWORD).status_code == 303


def test_sessions_and_tokens_of_others_are_listed_and_ended(app: Flask, boss: Visitor, login: str) -> None:
    first, second = signed_in(app, login), signed_in(app, login)
    with app.extensions["kb"].database.transaction() as session:
        secret = tokens.create_token(session, OPERATOR, login, name="接口<b>", scopes=["read"], days=1, now=NOW)
        token_id = tokens.list_tokens(session, OPERATOR, login)[0].id
    page = boss.get(f"/admin/people/{login}").get_data(as_text=True)
    check_harmless(page)
    handles = re.findall(r'name="session" value="([0-9a-f]{16})"', page)
    assert len(handles) == 2 and token_id in page and secret not in page
    assert act(boss, login, "sessions", session=handles[0]).status_code == 303
    assert sum("退出" in words(each.get("/browse")) for each in (first, second)) == 1
    assert act(boss, login, "sessions").status_code == 303
    assert sum("退出" in words(each.get("/browse")) for each in (first, second)) == 0
    assert act(boss, login, "sessions", session=handles[0]).status_code == 404
    assert act(boss, login, "tokens", token=token_id).status_code == 303
    assert app.test_client().get("/api/v1/articles", headers={"Authorization": f"Bearer {secret}"}).status_code == 401
    assert "已结束" in words(boss.get(f"/admin/people/{login}"))
    assert act(boss, login, "tokens", token=token_id).status_code == 409


def test_the_pages_are_in_english_too(app: Flask, installation: Installation, login: str) -> None:
    visitor = Visitor(app, language="en")
    visitor.sign_in("admin", installation.passwords["admin"])
    assert "Add somebody" in words(visitor.get("/admin/people"))
    page = words(visitor.get(f"/admin/people/{login}"))
    assert "Set a new password" in page and "Knowledge manager" in page and "Where they are signed in" in page


def test_a_hostile_name_is_shown_as_it_is(boss: Visitor, login: str) -> None:
    assert act(boss, login, "name", name='<img src=x onerror=alert(1)>"').status_code == 303
    for path in (f"/admin/people?q={login}", f"/admin/people/{login}"):
        page = boss.get(path).get_data(as_text=True)
        check_harmless(page)
        assert "&lt;img" in page and "<img src=x" not in page

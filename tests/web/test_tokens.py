"""API tokens on pages: one's own, made, shown once and ended; and what administrators see and may make."""

from __future__ import annotations

import re
import uuid

import pytest
from flask import Flask

from kb.actor import OPERATOR, Role
from kb.people import people, tokens
from tests.conftest import NOW
from tests.web.conftest import Installation
from tests.web.site import Visitor, check_harmless, words

PASSWORD = "a long password"
_TOKEN = re.compile(r"kb_[\w-]{40,}")


@pytest.fixture
def login(app: Flask) -> str:
    made = f"tk{uuid.uuid4().hex[:10]}"
    with app.extensions["kb"].database.transaction() as session:
        people.create_user(session, OPERATOR, login=made, name=made, grants=[(Role.EDITOR, "hrss")], password=PASSWORD,
                           is_once=False, now=NOW)
    return made


@pytest.fixture
def owner(app: Flask, login: str) -> Visitor:
    visitor = Visitor(app)
    assert visitor.sign_in(login, PASSWORD).status_code == 303
    return visitor


@pytest.fixture
def boss(app: Flask, installation: Installation) -> Visitor:
    visitor = Visitor(app)
    assert visitor.sign_in("admin", installation.passwords["admin"]).status_code == 303
    return visitor


def test_ones_own_token_is_shown_once_works_and_is_ended(app: Flask, owner: Visitor) -> None:
    made = owner.post("/account/tokens", {"name": "排班程序", "scope": ["read", "write"], "days": "90"})
    found = _TOKEN.search(made.text)
    assert made.status_code == 200 and found
    check_harmless(made.text)
    headers = {"Authorization": f"Bearer {found[0]}"}
    assert app.test_client().get("/api/v1/drafts", headers=headers).status_code == 200
    listed = owner.get("/account/tokens").text
    assert "排班程序" in listed and found[0] not in listed
    key = re.search(r'name="token" value="([0-9a-f-]{36})"', listed)
    assert key
    assert owner.post("/account/tokens/end", {"token": key[1]}).status_code == 303
    assert app.test_client().get("/api/v1/drafts", headers=headers).status_code == 401
    assert owner.post("/account/tokens/end", {"token": key[1]}).status_code == 409


@pytest.mark.parametrize("wrong", [
    {"name": "", "scope": "read", "days": "90"}, {"name": "名", "days": "90"},
    {"name": "名", "scope": "read", "days": ""},
    {"name": "名", "scope": "read", "days": "9" * 99}, {"name": "名", "scope": "root", "days": "30"}])
def test_a_token_that_cannot_be_is_refused_on_the_page(owner: Visitor, wrong: dict[str, str]) -> None:
    reply = owner.post("/account/tokens", wrong)
    assert reply.status_code == 400 and 'role="alert"' in reply.text and not _TOKEN.search(reply.text)


def test_fault_28_a_token_ends_by_its_owner_and_is_nothing_to_others(app: Flask, owner: Visitor, agent: Visitor,
                                                                     citizen: Visitor, login: str) -> None:
    owner.post("/account/tokens", {"name": "自己的", "scope": "read", "days": "30"})
    with app.extensions["kb"].database.reading() as session:
        key = tokens.list_tokens(session, OPERATOR, login)[-1].id
    assert agent.post("/account/tokens/end", {"token": key}).status_code == 404
    assert "自己的" not in agent.get("/account/tokens").text
    assert owner.post("/account/tokens", {"name": "权限", "scope": "admin", "days": "30"}).status_code == 403
    assert 'value="admin"' not in owner.get("/account/tokens").text
    for path in ("/account/tokens", "/account/tokens/end"):
        assert citizen.post(path, {"token": key}).status_code == 401
    assert citizen.get("/account/tokens").status_code == 401
    for visitor, status in ((citizen, 401), (agent, 403)):
        assert visitor.get("/admin/tokens").status_code == status
        assert visitor.post(f"/admin/people/{login}/tokens/new", {"name": "x"}).status_code == status


def test_an_administrator_makes_a_token_that_reads_and_none_that_writes(boss: Visitor, login: str) -> None:
    made = boss.post(f"/admin/people/{login}/tokens/new", {"name": "大屏", "scope": "read", "days": "365"})
    assert made.status_code == 200 and _TOKEN.search(made.text)
    assert boss.post(f"/admin/people/{login}/tokens/new", {"name": "冒名", "scope": "write", "days": "30"}
                     ).status_code == 403
    assert boss.post(f"/admin/people/{login}/tokens/new", {"name": "久", "scope": "read", "days": "9999"}
                     ).status_code == 400
    assert boss.post("/admin/people/none-such/tokens/new", {"name": "x", "scope": "read", "days": "30"}
                     ).status_code == 404
    page = boss.get("/admin/tokens")
    assert "大屏" in words(page) and login in words(page) and "冒名" not in words(page)
    check_harmless(page.text)
    for odd in ("page=0", "page=-3", "page=x", f"page={'9' * 5000}", "page=2&ended=1"):
        assert boss.get(f"/admin/tokens?{odd}").status_code == 200

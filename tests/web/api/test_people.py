"""People over the API: what administrators do there, and that no reply and no kept one holds a password."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from kb.models import IdempotencyKey
from tests.web.site import Visitor

PASSWORD = "a long password"
People = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def admin(client: FlaskClient, token: Callable[..., dict[str, str]]) -> People:
    """Call a route about people as an administrator: status and reply."""
    headers = token("admin", "admin")

    def call(method: str, path: str = "", body: Any = None, **more: str) -> tuple[int, dict[str, Any]]:
        response = client.open(f"/api/v1/people{path}", method=method, json=body, headers={**headers, **more})
        return response.status_code, response.get_json()

    return call


@pytest.fixture
def login(admin: People) -> str:
    made = f"q{uuid.uuid4().hex[:10]}"
    roles = [{"role": "agent"}, {"role": "editor", "department": "hrss"}]
    assert admin("POST", "", {"login": made, "name": "李 明", "password": PASSWORD, "roles": roles})[0] == 201
    return made


def test_people_are_found_a_page_at_a_time(admin: People, login: str) -> None:
    status, found = admin("GET", f"?q={login} 李")
    assert (status, [one["login"] for one in found["items"]], found["next_cursor"]) == (200, [login], None)
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        page = admin("GET", "?limit=7" + (f"&cursor={cursor}" if cursor else ""))[1]
        seen += [one["login"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert seen == sorted(seen) and len(seen) == len(set(seen)) and login in seen


def test_somebody_is_renamed_given_roles_shut_out_and_let_in(admin: People, login: str) -> None:
    assert admin("PATCH", f"/{login}", {"name": "李小明"})[1]["name"] == "李小明"
    held = [{"role": "agent", "department": None}, {"role": "editor", "department": "hrss"}]
    assert admin("GET", f"/{login}")[1]["roles"] == held
    status, refused = admin("PUT", f"/{login}/roles", {"roles": [], "seen": held[:1]})
    assert (status, refused["code"]) == (409, "roles_changed")
    assert admin("PUT", f"/{login}/roles", {"roles": held[:1], "seen": held})[1]["roles"] == held[:1]
    assert admin("PUT", f"/{login}/roles", {"roles": [{"role": "editor"}]})[0] == 400
    assert admin("POST", f"/{login}/disable")[1]["disabled_at"] is not None
    assert admin("POST", f"/{login}/disable")[0] == 409
    assert admin("POST", f"/{login}/enable")[1]["disabled_at"] is None
    assert admin("POST", "/admin/disable")[1]["code"] == "last_admin"


def test_fault_36_a_password_is_good_once_and_in_no_reply_nor_a_kept_one(app: Flask, admin: People,
                                                                         login: str) -> None:
    visitor = Visitor(app)
    assert visitor.sign_in(login, PASSWORD).status_code == 303
    assert visitor.get("/browse").status_code == 303  # to where another is chosen
    status, replied = admin("POST", f"/{login}/password", {"password": "another long secret"},
                            **{"Idempotency-Key": uuid.uuid4().hex})
    assert (status, replied) == (200, {"sessions_ended": 1})
    assert admin("GET", f"/{login}")[1]["must_change_password"] is True
    status, refused = admin("POST", f"/{login}/password", {"password": "tooshort!"})
    assert status == 400 and "tooshort" not in str(refused)
    with app.extensions["kb"].database.reading() as session:
        kept = [vars(row) for row in session.scalars(select(IdempotencyKey))]
    assert kept and "another long secret" not in str(kept)


def test_sessions_are_listed_and_ended(app: Flask, admin: People, login: str) -> None:
    for _ in range(2):
        assert Visitor(app).sign_in(login, PASSWORD).status_code == 303
    found = admin("GET", f"/{login}/sessions")[1]["items"]
    assert len(found) == 2
    assert admin("POST", f"/{login}/sessions/end", {"id": found[0]["id"]}) == (200, {"sessions_ended": 1})
    assert admin("POST", f"/{login}/sessions/end", {"id": found[0]["id"]})[0] == 404
    assert admin("POST", f"/{login}/sessions/end", {}) == (200, {"sessions_ended": 1})
    assert admin("GET", f"/{login}/sessions") == (200, {"items": []})

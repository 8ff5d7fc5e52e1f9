"""Known questions over the API: who may, what comes back, and what an agent's use of a section proposes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.test_api import check_schema, schema_of

SLUG = "social-card-loss-reissue"
PATH = f"/api/v1/articles/{SLUG}/known"
Token = Callable[..., dict[str, str]]


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="module")
def description(app: Flask) -> dict[str, Any]:
    body: dict[str, Any] = app.test_client().get("/api/v1/openapi.json").get_json()
    return body


@pytest.fixture(scope="module")
def editor(token: Token) -> dict[str, str]:
    return token("hrss-editor", "ask", "read", "write")


@pytest.fixture(scope="module")
def desk(token: Token) -> dict[str, str]:
    return token("agent", "ask", "read", "write")


def post(client: FlaskClient, path: str, token: dict[str, str], body: dict[str, Any] | None = None) -> TestResponse:
    return client.post(path, json={} if body is None else body, headers=token)


def test_a_question_is_proposed_by_an_agent_and_released_by_the_department(
        client: FlaskClient, editor: dict[str, str], desk: dict[str, str], description: dict[str, Any]) -> None:
    asked = {"heading_path": ["补领"], "text": "卡不见了到哪里弄一张新的"}
    proposed = post(client, PATH, desk, asked).get_json()
    check_schema(proposed, schema_of(description, "/articles/{slug}/known", "post"), description)
    assert (proposed["state"], proposed["proposer"], proposed["heading_path"]) == ("proposed", "agent", ["补领"])
    refused = post(client, f"/api/v1/known/{proposed['id']}/release", desk)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "denied")
    assert post(client, PATH, desk, asked | {"release": True}).status_code == 403
    released = post(client, f"/api/v1/known/{proposed['id']}/release", editor).get_json()
    assert (released["state"], released["releaser"]) == ("released", "hrss-editor")
    assert post(client, f"/api/v1/known/{proposed['id']}/release", editor).status_code == 409
    dropped = post(client, f"/api/v1/known/{proposed['id']}/drop", editor).get_json()
    assert (dropped["state"], dropped["dropper"]) == ("dropped", "hrss-editor")


def test_the_list_is_for_the_staff_page_by_page(client: FlaskClient, editor: dict[str, str], desk: dict[str, str],
                                                description: dict[str, Any]) -> None:
    texts = [f"补卡第{n}问" for n in range(5)]
    for text in texts:
        assert post(client, PATH, editor, {"heading_path": [], "text": text, "release": True}).status_code == 200
    walked: list[str] = []
    cursor = ""
    while cursor is not None:
        page = client.get(f"{PATH}?state=released&limit=2&cursor={cursor}", headers=desk).get_json()
        check_schema(page, schema_of(description, "/articles/{slug}/known"), description)
        walked += [item["text"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert sorted(walked) == texts  # all of one instant
    assert client.get(PATH).status_code == 401
    assert client.get(f"{PATH}?state=lost", headers=desk).status_code == 400
    assert client.get("/api/v1/articles/nowhere/known", headers=desk).status_code == 404


@pytest.mark.parametrize(("body", "status"), [
    ({"heading_path": ["没有"], "text": "怎么补卡"}, 400), ({"heading_path": "补领", "text": "怎么补卡"}, 400),
    ({"heading_path": [1], "text": "怎么补卡"}, 400), ({"heading_path": ["补领"], "text": 1}, 400),
    ({"heading_path": ["补领"], "text": "?"}, 400), ({"heading_path": ["补领"], "text": "问" * 201}, 400),
    ({"heading_path": ["补领"], "text": "打13800138000找我"}, 400),
    ({"heading_path": ["补领"], "text": "怎么", "n": 1}, 400),
    ({"heading_path": ["补领"], "text": "怎么补卡", "release": "yes"}, 400), ({"text": "怎么补卡"}, 400)])
def test_what_is_no_known_question_is_refused(client: FlaskClient, editor: dict[str, str], body: dict[str, Any],
                                              status: int) -> None:
    assert post(client, PATH, editor, body).status_code == status


def test_a_token_needs_the_scope_and_its_user_the_right(client: FlaskClient, token: Token,
                                                        editor: dict[str, str]) -> None:
    body = {"heading_path": ["补领"], "text": "怎么补卡呢"}
    assert client.post(PATH, json=body).status_code == 401
    assert post(client, PATH, token("hrss-editor", "read"), body).status_code == 403
    others = "/api/v1/articles/passport-loss-reissue/known"
    assert post(client, others, editor, {"heading_path": [], "text": "护照怎么补"}).status_code in (403, 404)


def asked(client: FlaskClient, token: dict[str, str], question: str) -> dict[str, Any]:
    found: dict[str, Any] = client.post("/api/v1/ask", json={"question": question}, headers=token).get_json()
    return found


def use(client: FlaskClient, token: dict[str, str], answer: dict[str, Any], **body: Any) -> TestResponse:
    return post(client, f"/api/v1/answers/{answer['answer_id']}/used", token, body)


def test_another_section_than_the_one_shown_is_proposed(client: FlaskClient, desk: dict[str, str],
                                                        description: dict[str, Any]) -> None:
    answer = asked(client, desk, "社保卡丢了怎么补领")
    cited = answer["citations"][0]
    schema = schema_of(description, "/answers/{answer_id}/used", "post")
    shown = use(client, desk, answer, citation=1, action="copied").get_json()
    assert shown == {"known": None, "reason": "shown"}
    check_schema(shown, schema, description)
    article = client.get(f"/api/v1/articles/{cited['slug']}", headers=desk).get_json()
    assert article["article_id"] == cited["article_id"]
    shown_ones = {tuple(c["heading_path"]) for c in answer["citations"] if c["slug"] == cited["slug"]}
    heading = next(h for h in re.findall("^## (.+)$", article["source"], re.MULTILINE) if (h,) not in shown_ones)
    section = {"article_id": cited["article_id"], "heading_path": [heading], "start": 0, "marked": []}
    found = use(client, desk, answer, section=section, action="opened").get_json()
    assert found["reason"] is None
    assert (found["known"]["text"], found["known"]["state"]) == ("社保卡丢了怎么补领", "proposed")
    assert found["known"]["answer_id"] == answer["answer_id"]


def test_nobody_says_what_another_used(client: FlaskClient, desk: dict[str, str], editor: dict[str, str]) -> None:
    answer = asked(client, desk, "社保卡丢了怎么补领")
    assert use(client, editor, answer, citation=1, action="copied").status_code == 404
    assert client.post(f"/api/v1/answers/{answer['answer_id']}/used",
                       json={"citation": 1, "action": "copied"}).status_code == 401


@pytest.mark.parametrize("body", [
    {}, {"action": "opened"}, {"action": "seen", "citation": 1}, {"action": "opened", "citation": True},
    {"action": "opened", "citation": 1, "section": {"article_id": "a", "heading_path": []}},
    {"action": "opened", "section": {"article_id": "a"}}, {"action": "opened", "section": {"heading_path": []}}])
def test_a_use_without_a_section_is_refused(client: FlaskClient, desk: dict[str, str], body: dict[str, Any]) -> None:
    assert use(client, desk, {"answer_id": "00000000-0000-4000-8000-000000000000"}, **body).status_code == 400

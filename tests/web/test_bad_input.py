"""Whatever is sent, the reply is a result or a problem document: never a 500, never a traceback."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def sent(client: FlaskClient, body: bytes | str, content_type: str = "application/json") -> TestResponse:
    return client.post("/api/v1/ask", data=body, content_type=content_type)


def check_problem(response: TestResponse, status: int) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(response.get_data())
    assert (response.status_code, response.mimetype, body["status"]) == (status, "application/problem+json", status)
    assert body["type"].startswith("urn:hotline-kb:problem:") and body["title"] and body["detail"] and body["code"]
    assert "Traceback" not in response.get_data(as_text=True)
    return body


@pytest.mark.parametrize("body", [
    b"", b"{", b"null", b"[]", b'"x"', b"1", b"\xff\xfe", b'{"question": "x"}garbage', b'{"question": NaN}',
    b"[" * 100_000, b'{"question":' * 10_000, b'{"a":' * 500 + b"1" + b"}" * 500,
    b'{"question": ' + b"9" * 10_000 + b"}",
    b'{"question": "x", "colour": 1}', b'{"question": "x", "asof": "2026-01-01"}',
])
def test_a_body_that_is_no_question_is_a_400(client: FlaskClient, body: bytes) -> None:
    check_problem(sent(client, body), 400)


@pytest.mark.parametrize(("name", "value"), [
    ("question", 1), ("question", None), ("question", ["社保卡"]), ("question", {"x": 1}), ("question", True),
    ("as_of", 20260101), ("as_of", "gestern"), ("as_of", "9999-12-31"), ("as_of", "0001-01-01"), ("as_of", ""),
    ("as_of", "2026-13-01"), ("as_of", "x" * 10_000), ("as_of", "\ud800"), ("known_at", {}), ("department", 5),
    ("department", ""), ("department", "\x00"), ("department", "hrss\ud800"), ("audience", "everyone"),
    ("audience", ["agent"]), ("lang", "fr"), ("lang", 1), ("explain", "yes"), ("explain", 1), ("history", "x"),
    ("history", {}), ("history", ["x"]), ("history", [{"role": "user"}]),
    ("history", [{"role": "system", "text": "x"}]),
    ("history", [{"role": "user", "text": 1}]), ("history", [{"role": "user", "text": "x", "more": 1}]),
    ("history", [{"role": ["user"], "text": "x"}]), ("history", [{"role": "user", "text": "x"}] * 41),
    ("history", [{"role": "user", "text": "x" * 40_001}]),
])
def test_a_member_of_the_wrong_kind_is_named(client: FlaskClient, name: str, value: Any) -> None:
    body = check_problem(sent(client, json.dumps({"question": "社保卡", name: value})), 400)
    assert name in body["detail"] or name in body.get("fields", {}) or "question" in body["detail"]


def test_a_body_of_another_media_type_is_a_415(client: FlaskClient) -> None:
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
        check_problem(sent(client, b'{"question": "x"}', content_type), 415)


def test_fault_40_a_question_of_a_megabyte_is_a_413_and_one_over_the_limit_a_400(client: FlaskClient) -> None:
    check_problem(sent(client, json.dumps({"question": "x" * 1_000_000})), 413)
    assert "2000" in check_problem(sent(client, json.dumps({"question": "x " * 50_000})), 400)["detail"]
    check_problem(client.get("/api/v1/search", query_string={"q": "x" * 2_001}), 400)
    check_problem(client.get("/api/v1/suggest", query_string={"q": "x" * 101}), 400)


@pytest.mark.parametrize("question", ["", " ", "\u3000\t\n", "\x00", "\ud800", "\u200b\u202e\u2066", "\x01\x02\x7f"])
def test_fault_44_a_question_without_a_character_to_read_is_a_400(client: FlaskClient, question: str) -> None:
    assert check_problem(sent(client, json.dumps({"question": question})), 400)["code"] == "empty"


@pytest.mark.parametrize("question", [
    "社保卡\x00丢了", "社保卡\ud800丢了", "\udfff社保卡", "社保卡\u202e丢了\u2066", "社保卡\x07丢了",
    "社保卡\U0010ffff\ue000",
    "𠮷野家社保卡", "e\u0301" * 900, "的了吗呢" * 500, "🏳️‍🌈" * 200, "社保卡' OR '1'='1", "%_\\%",
    "社保卡*?~^:\"(){}[]/&&||!+-", "(a+)+$ (((((((((x", "AND OR NOT NEAR", "<script>alert(1)</script>社保卡",
    "{{7*7}}${7*7}社保卡", "../../etc/passwd",
    "1" * 2_000, "社" * 2_000,
])
def test_fault_10_any_characters_in_a_question_have_a_defined_answer(client: FlaskClient, question: str) -> None:
    response = sent(client, json.dumps({"question": question}))
    assert response.status_code == 200 and json.loads(response.get_data())["abstained"] in (True, False)
    searched = client.get("/api/v1/search", query_string={"q": question.encode("utf-8", "replace")})
    assert searched.status_code == 200


@pytest.mark.parametrize("path", ["/%00", "/%ED%A0%80", "/\u202e", "/api/v1/articles/%00", "/api/v1/articles/%F0%28",
                                  "/api/v1/search?q=%ED%A0%80x", "/api/v1/search?q=%00x", "/search?q=%00",
                                  "/search?q=%FFx",
                                  "/api/v1/articles?department=%00", "/browse/%F4%90", "/api/v1/suggest?q=%ED%A0%80x",
                                  "/browse/hrss?after=%00", "/browse/hrss?after=%ED%A0%80", "/api/v1/articles?lang=zz",
                                  "/sign-in?next=%ED%A0%80%00", "/articles/x/diff?from=%00&to=%FF"])
def test_fault_10_any_bytes_in_an_address_have_a_defined_answer(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code in (200, 400, 404)


anything = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
                        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
                        max_leaves=6)
NAMES = ["question", "as_of", "known_at", "department", "audience", "lang", "history", "explain"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.dictionaries(st.sampled_from(NAMES), anything) | anything)
def test_no_json_whatever_makes_the_server_fail(client: FlaskClient, body: Any) -> None:
    assert sent(client, json.dumps(body)).status_code < 500


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(codec=None), min_size=1, max_size=300))
def test_no_question_whatever_makes_the_server_fail(client: FlaskClient, text: str) -> None:
    assert sent(client, json.dumps({"question": text})).status_code in (200, 400)

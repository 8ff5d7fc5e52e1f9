"""What all routes of the API do alike: forms, encodings, methods, sizes, tags; and what the description says."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import BaseModel
from werkzeug.test import TestResponse

from kb.messages.message import Message
from tests.web.test_api import check_schema, schema_of
from web.api.contract import Route
from web.api.describing import PREFIX
from web.api.shapes.values import Nothing
from web.api.taking import _checked
from web.errors import BadRequest

Token = Callable[..., dict[str, str]]
SLUG = "social-card-loss-reissue"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="module")
def description(app: Flask) -> dict[str, Any]:
    body: dict[str, Any] = app.test_client().get("/api/v1/openapi.json").get_json()
    return body


def problem(response: TestResponse, status: int, code: str, **fields: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(response.get_data())
    assert (response.status_code, response.mimetype, body["code"]) == (status, "application/problem+json", code), body
    assert fields.items() <= body.get("fields", {}).items(), body
    return body


def routes(app: Flask) -> list[Route]:
    return [view.kb_route for rule in app.url_map.iter_rules() if rule.rule.startswith(PREFIX)  # type: ignore[attr-defined]
            for view in [app.view_functions[rule.endpoint]]]


# the description


def test_every_route_of_the_api_declares_what_it_takes_and_gives(app: Flask) -> None:
    assert len(routes(app)) > 25 and all(isinstance(route, Route) for route in routes(app))


def test_no_two_shapes_have_one_name(app: Flask) -> None:
    shapes = {shape for route in routes(app) for shape in (route.body, route.query, route.reply) if shape}
    names = Counter(shape.__name__ for shape in shapes)
    assert not [name for name, count in names.items() if count > 1]


def test_every_operation_says_who_may_and_what_goes_wrong(description: dict[str, Any]) -> None:
    operations = {op["operationId"]: op for path in description["paths"].values() for op in path.values()}
    assert len(operations) == sum(len(path) for path in description["paths"].values())
    for name, op in operations.items():
        assert op["summary"] and "scope" in op["description"], name
        assert op["responses"]["default"] == {"$ref": "#/components/responses/Problem"}, name
        assert {"token": []} in op["security"], name
    assert operations["ask"]["security"] == [{}, {"token": []}]
    assert operations["saveDraft"]["security"] == [{"token": []}]
    assert {p["name"] for p in operations["saveDraft"]["parameters"]} == {
        "draft_id", "If-Match", "Idempotency-Key"}
    assert "ETag" in operations["saveDraft"]["responses"]["200"]["headers"]
    assert {"409", "412", "413", "415", "428"} <= set(operations["saveDraft"]["responses"])


def test_a_problem_is_what_the_description_says(client: FlaskClient, description: dict[str, Any]) -> None:
    schema = description["components"]["schemas"]["Problem"]
    for response in (client.get("/api/v1/articles/none"), client.get("/api/v1/search"), client.get("/api/v1/drafts"),
                     client.delete("/api/v1/articles"), client.get("/api/v1/nothing")):
        assert response.status_code >= 400
        check_schema(response.get_json(), schema, description)


@pytest.mark.parametrize(("path", "template", "login", "scope"), [
    ("/ask", "/ask", None, "ask"), ("/drafts", "/drafts", "hrss-editor", "write"),
    (f"/articles/{SLUG}/drafts", "/articles/{slug}/drafts", "hrss-editor", "write"),
    (f"/articles/{SLUG}/known", "/articles/{slug}/known", "hrss-editor", "write"),
    (f"/articles/{SLUG}/confirm", "/articles/{slug}/confirm", "hrss-approver", "write"),
])
def test_an_example_of_the_description_works(client: FlaskClient, token: Token, description: dict[str, Any], path: str,
                                             template: str, login: str | None, scope: str) -> None:
    body = description["paths"][template]["post"]["requestBody"]["content"]["application/json"]["schema"]
    shape = description["components"]["schemas"][body["$ref"].rpartition("/")[2]]
    response = client.post(PREFIX + path, json=shape["examples"][0], headers=token(login, scope) if login else {})
    assert response.status_code in (200, 201), response.get_json()
    check_schema(response.get_json(), schema_of(description, template, "post"), description)


def test_the_examples_are_what_their_shapes_take(app: Flask, description: dict[str, Any]) -> None:
    found = 0
    for route in routes(app):
        for example in description["components"]["schemas"].get(route.body.__name__, {}).get("examples", ()):
            check_schema(example, {"$ref": f"#/components/schemas/{route.body.__name__}"}, description)
            found += 1
    assert found >= 6


def test_every_body_and_query_is_strict_and_takes_nothing_more(app: Flask) -> None:
    for route in routes(app):
        for shape in {route.body, route.query} - {Nothing}:
            assert issubclass(shape, BaseModel)
            assert shape.model_config["strict"] and shape.model_config["extra"] == "forbid", shape


# forms


@pytest.mark.parametrize("body", [
    b'{"question": "a", "question": "b"}',
    b'{"question": "a", "history": [{"role": "user", "role": "agent", "text": ""}]}',
    b'{"question": "a", "quest\\u0069on": "b"}',
])
def test_a_member_that_comes_twice_is_refused(client: FlaskClient, body: bytes) -> None:
    problem(client.post("/api/v1/ask", data=body, content_type="application/json"), 400, "repeated")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "gb18030"])
def test_a_body_in_another_encoding_is_refused(client: FlaskClient, encoding: str) -> None:
    body = json.dumps({"question": "社保卡"}, ensure_ascii=False).encode(encoding)
    problem(client.post("/api/v1/ask", data=body, content_type="application/json"), 400, "bad_json")
    named = f"application/json; charset={encoding}"
    problem(client.post("/api/v1/ask", data=body, content_type=named), 415, "media_type")


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "application/json;charset=UTF-8",
                                          "Application/JSON"])
def test_utf_8_may_be_named(client: FlaskClient, content_type: str) -> None:
    assert client.post("/api/v1/ask", data='{"question": "社保卡"}', content_type=content_type).status_code == 200


def test_every_member_that_is_wrong_is_told_by_its_name(client: FlaskClient, token: Token) -> None:
    sent = client.post("/api/v1/drafts", json={"slug": "A B", "title": 5, "lang": "fr", "effective_to": "soon",
                                               "basis": [{"title": "x", "date": "never"}]},
                       headers=token("hrss-editor", "write"))
    body = problem(sent, 400, "bad_value", department="required")
    assert set(body["fields"]) == {"slug", "department", "title", "lang", "effective_to", "basis"}
    assert body["fields"]["basis"].startswith("0.date: ") and "2026-03-01" in body["fields"]["effective_to"]
    assert (body["fields"]["title"], body["fields"]["lang"]) == ("must be text", "must be 'zh' or 'en'")


WRONG: tuple[Any, ...] = (None, True, 5, -1, 10**30, 0.5, "", "x" * 30_000, "\x00", "~", [], {}, [5], [{}], [None],
                         ["x"] * 20_000, {"x": 1}, [["x"]], [[1, 2, 3]])


def test_whatever_is_wrong_is_told_in_words_of_ours(app: Flask) -> None:
    with app.test_request_context():
        for shape in {shape for route in routes(app) for shape in (route.body, route.query)}:
            for name in shape.model_fields:
                for value in WRONG:
                    try:
                        _checked(shape, {name: value}, Message("member"))
                    except BadRequest as error:
                        said = " ".join(map(str, error.facts["fields"].values()))
                        assert not re.search("Input|Value should|valid |instance", said), (shape, name, said)


def test_what_is_not_described_is_refused_wherever_it_stands(client: FlaskClient, token: Token) -> None:
    staff = token("hrss-editor", "read", "write")
    for response in (
            client.post("/api/v1/ask?as_of=2025-01-01", json={"question": "社保卡"}),
            client.get(f"/api/v1/articles/{SLUG}?as_of=2025-01-01"), client.get("/api/v1/openapi.json?x=1"),
            client.post("/api/v1/known/00000000-0000-4000-8000-000000000000/drop", json={"reason": "x"}, headers=staff),
            client.post("/api/v1/ask", json={"question": "社保卡", "history": [], "roles": ["admin"]})):
        problem(response, 400, "unknown")


def test_a_request_without_members_needs_no_body(client: FlaskClient, token: Token) -> None:
    path, staff = "/api/v1/known/00000000-0000-4000-8000-000000000000/drop", token("hrss-editor", "write")
    for sent in ({}, {"json": {}}):
        assert client.post(path, headers=staff, **sent).status_code == 404  # type: ignore[arg-type]
    problem(client.post(path, data="reason=x", headers=staff), 415, "media_type")


@pytest.mark.parametrize("limit", ["0", "-1", "201", "x", "1.5", "+5", " 5", "1_0", "٣", "99999999999"])
def test_the_size_of_a_page_is_a_number_within_bounds(client: FlaskClient, token: Token, limit: str) -> None:
    staff = token("hrss-editor", "read")
    for path in ("/articles", "/drafts", f"/articles/{SLUG}/known"):
        problem(client.get(PREFIX + path, query_string={"limit": limit}, headers=staff), 400, "bad_value")


def walked(client: FlaskClient, path: str, headers: dict[str, str]) -> list[list[dict[str, Any]]]:
    """The pages of a list, by its cursors."""
    pages, cursor = list[list[dict[str, Any]]](), ""
    while cursor is not None:
        reply = client.get(f"{PREFIX}{path}&cursor={cursor}", headers=headers)
        assert reply.status_code == 200, reply.get_json()
        pages.append(reply.get_json()["items"])
        cursor = reply.get_json()["next_cursor"]
    return pages


def test_what_waits_and_what_was_are_walked_by_cursor(client: FlaskClient, token: Token) -> None:
    staff = token("hrss-editor", "read", "write")
    for n in range(3):
        text = {"slug": f"waits-{n}", "department": "hrss", "title": f"待签{n}", "source": "免费。"}
        draft = client.post("/api/v1/drafts", json=text, headers=staff).get_json()
        client.post(f"/api/v1/drafts/{draft['id']}/submit", headers={**staff, "If-Match": '"1"'})
    whole = client.get("/api/v1/reviews", headers=staff).get_json()["items"]
    assert len(whole) >= 3 and [page for [page] in walked(client, "/reviews?limit=1", staff)] == whole
    changes = client.get("/api/v1/articles/hostile/revisions").get_json()["items"]
    assert [page for [page] in walked(client, "/articles/hostile/revisions?limit=1", {})] == changes
    assert [entry["revision"] for entry in changes] == [2, 1]


# methods and sizes


def test_a_body_that_is_too_large_is_a_problem_document_everywhere(client: FlaskClient, token: Token) -> None:
    staff = {**token("hrss-editor", "write"), "If-Match": '"1"'}
    nobody = "00000000-0000-4000-8000-000000000000"
    for method, path in (("POST", "/drafts"), ("PATCH", f"/drafts/{nobody}"), ("POST", f"/drafts/{nobody}/submit"),
                         ("POST", f"/articles/{SLUG}/confirm")):
        sent = client.open(PREFIX + path, method=method, json={"source": "x" * 1_200_000}, headers=staff)
        problem(sent, 413, "body_bytes")


def test_head_is_get_without_its_body(client: FlaskClient) -> None:
    for path in ("/articles", f"/articles/{SLUG}", "/openapi.json"):
        got, asked = client.get(PREFIX + path), client.head(PREFIX + path)
        assert (asked.status_code, asked.get_data()) == (200, b"")
        assert asked.headers.get("ETag") == got.headers.get("ETag")


def test_what_may_be_done_with_an_address_is_told(client: FlaskClient, token: Token) -> None:
    nobody = "00000000-0000-4000-8000-000000000000"
    for path, methods in ((f"/drafts/{nobody}", {"GET", "HEAD", "OPTIONS", "PATCH", "DELETE"}),
                          ("/ask", {"POST", "OPTIONS"}), (f"/articles/{SLUG}", {"GET", "HEAD", "OPTIONS"})):
        refused = client.put(PREFIX + path)
        problem(refused, 405, "method_not_allowed")
        asked = client.options(PREFIX + path, headers=token("hrss-editor", "read", "ask", "write"))
        for response in (refused, asked):
            assert {method.strip() for method in response.headers["Allow"].split(",")} == methods, path
        assert (asked.status_code, asked.get_data()) == (200, b"")


def test_a_draft_read_again_is_not_sent_again(client: FlaskClient, token: Token) -> None:
    staff = token("hrss-editor", "read", "write")
    made = client.post(f"/api/v1/articles/{SLUG}/drafts", json={}, headers=staff).get_json()
    path = f"/api/v1/drafts/{made['id']}"
    tag = client.get(path, headers=staff).headers["ETag"]
    assert client.get(path, headers={**staff, "If-None-Match": tag}).status_code == 304
    saved = client.patch(path, json={"summary": "新"}, headers={**staff, "If-Match": tag})
    assert saved.headers["ETag"] != tag
    assert client.get(path, headers={**staff, "If-None-Match": tag}).status_code == 200

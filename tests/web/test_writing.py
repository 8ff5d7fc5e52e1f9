"""Writing over the API: drafts under ETags, signatures for what was shown, and who is told what."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kb.actor import OPERATOR, Role
from kb.people import people
from tests.conftest import NOW
from tests.web.test_api import check_schema, schema_of

Token = Callable[..., dict[str, str]]
TEXT = {"title": "展位预订办法", "source": "免费申请。\n\n1. 登录\n2. 提交\n", "keywords": ["展位"],
        "basis": [{"title": "办法", "number": "〔2026〕1号", "date": "2026-02-01"}]}


@pytest.fixture(scope="module")
def description(app: Flask) -> dict[str, Any]:
    body: dict[str, Any] = app.test_client().get("/api/v1/openapi.json").get_json()
    return body


@pytest.fixture(scope="module")
def tokens(app: Flask, token: Token) -> dict[str, dict[str, str]]:
    """Two who write and one who signs for a department, one who writes for another, and an agent."""
    with app.extensions["kb"].database.transaction() as session:
        people.create_user(session, OPERATOR, login="second-editor", name="", grants=[(Role.EDITOR, "hrss")],
                           password=None, now=NOW)
    names = {"editor": "hrss-editor", "second": "second-editor", "approver": "hrss-approver", "other": "fund-editor",
             "agent": "agent"}
    return {name: token(login, "read", "write") for name, login in names.items()}


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def begun(client: FlaskClient, token: dict[str, str], slug: str, **text: Any) -> dict[str, Any]:
    reply = client.post("/api/v1/drafts", json={"slug": slug, "department": "hrss", **TEXT, **text}, headers=token)
    assert reply.status_code == 201 and reply.headers["ETag"] == '"1"', reply.get_json()
    found: dict[str, Any] = reply.get_json()
    return found


def seeing(token: dict[str, str], version: int) -> dict[str, str]:
    return {**token, "If-Match": f'"{version}"'}


def test_a_text_is_written_signed_published_and_answers(client: FlaskClient, tokens: dict[str, dict[str, str]],
                                                        description: dict[str, Any]) -> None:
    draft = begun(client, tokens["editor"], "booth-booking", title="琥珀展位预订", source="琥珀展位免费申请。")
    check_schema(draft, schema_of(description, "/drafts", "post"), description)
    path = f"/api/v1/drafts/{draft['id']}"
    saved = client.patch(path, json={"source": "琥珀展位每周三免费申请。"}, headers=seeing(tokens["editor"], 1))
    assert (saved.status_code, saved.headers["ETag"], saved.get_json()["text"]["keywords"]) == (200, '"2"', ["展位"])
    listed = client.get("/api/v1/drafts?slug=booth-booking", headers=tokens["approver"]).get_json()
    check_schema(listed, schema_of(description, "/drafts"), description)
    assert [item["version"] for item in listed["items"]] == [2]
    handed_in = client.post(f"{path}/submit", headers=seeing(tokens["editor"], 2))
    check_schema(handed_in.get_json(), schema_of(description, "/drafts/{draft_id}/submit", "post"), description)
    assert handed_in.status_code == 201 and client.get(path, headers=tokens["editor"]).status_code == 404
    sha256, revision = handed_in.get_json()["sha256"], "/api/v1/articles/booth-booking/revisions/1"
    waiting = client.get("/api/v1/reviews?department=hrss", headers=tokens["approver"]).get_json()
    check_schema(waiting, schema_of(description, "/reviews"), description)
    assert (sha256, ["hrss"]) in [(item["sha256"], item["waiting_for"]) for item in waiting["items"]]
    assert sha256 not in str(client.get("/api/v1/reviews", headers=tokens["other"]).get_json())
    for name, body, status in (("editor", {"sha256": sha256}, 403), ("approver", {"sha256": "0" * 64}, 409),
                               ("approver", {}, 400), ("approver", {"sha256": sha256}, 200),
                               ("approver", {"sha256": sha256}, 409)):
        reply = client.post(f"{revision}/sign", json=body, headers=tokens[name])
        assert reply.status_code == status, reply.get_json()
    published = client.post(f"{revision}/publish", headers=tokens["approver"])
    check_schema(published.get_json(), schema_of(description, "/articles/{slug}/revisions/{number}/publish", "post"),
                 description)
    asked = client.post("/api/v1/ask", json={"question": "琥珀展位什么时候免费申请"}).get_json()
    assert "每周三" in str(asked)
    confirmed = client.post("/api/v1/articles/booth-booking/confirm", json={"review_by": "2099-01-01"},
                            headers=tokens["editor"])
    assert confirmed.status_code == 200
    assert client.get("/api/v1/articles/booth-booking").get_json()["review_by"].startswith("2098-12-31T16")
    gone = client.post("/api/v1/articles/booth-booking/retire", json={"reason": "停办"}, headers=tokens["approver"])
    assert gone.status_code == 200
    after = client.post("/api/v1/ask", json={"question": "琥珀展位什么时候免费申请"}).get_json()
    assert "每周三" not in str(after["sentences"])


def test_fault_70_what_was_not_seen_is_not_overwritten(client: FlaskClient, tokens: dict[str, dict[str, str]]) -> None:
    path = f"/api/v1/drafts/{begun(client, tokens['editor'], 'not-overwritten')['id']}"
    assert client.patch(path, json={"source": "a"}, headers=tokens["editor"]).status_code == 428
    assert client.patch(path, json={"source": "a"}, headers=seeing(tokens["editor"], 1)).status_code == 200
    late = client.patch(path, json={"source": "b"}, headers=seeing(tokens["editor"], 1))
    assert (late.status_code, late.get_json()["code"]) == (412, "draft_changed")
    assert client.get(path, headers=tokens["editor"]).get_json()["text"]["source"] == "a"
    assert client.delete(path, headers=seeing(tokens["editor"], 1)).status_code == 412
    for bad in ("*", "x", '"1", "2"', ""):
        assert client.delete(path, headers={**tokens["editor"], "If-Match": bad}).status_code == 400
    assert client.delete(path, headers=seeing(tokens["editor"], 2)).get_json()["discarded"] is True


def test_of_eight_who_save_at_once_one_is_first(app: Flask, tokens: dict[str, dict[str, str]]) -> None:
    path = f"/api/v1/drafts/{begun(app.test_client(), tokens['editor'], 'eight-at-once')['id']}"

    def save(n: int) -> tuple[int, str]:
        reply = app.test_client().patch(path, json={"source": f"第{n}人"}, headers=seeing(tokens["editor"], 1))
        return reply.status_code, f"第{n}人"

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(save, range(8)))
    assert sorted(status for status, _ in found) == [200] + [412] * 7
    kept = app.test_client().get(path, headers=tokens["editor"]).get_json()
    assert kept["text"]["source"] == next(text for status, text in found if status == 200)


def test_fault_28_drafts_and_texts_in_review_are_not_there_for_others(client: FlaskClient,
                                                                     tokens: dict[str, dict[str, str]]) -> None:
    draft = begun(client, tokens["editor"], "hidden-draft")
    path = f"/api/v1/drafts/{draft['id']}"
    for name, status in (("second", 200), ("approver", 200), ("other", 404), ("agent", 404), (None, 401)):
        assert client.get(path, headers=tokens[name] if name else {}).status_code == status
    assert client.patch(path, json={"source": "x"}, headers=seeing(tokens["other"], 1)).status_code == 404
    assert client.patch(path, json={"source": "x"}, headers=seeing(tokens["second"], 1)).status_code == 403
    client.post(f"{path}/submit", headers=seeing(tokens["editor"], 1))
    revision = "/api/v1/articles/hidden-draft/revisions/1"
    for name, status in (("second", 200), ("other", 404), ("agent", 404), (None, 404)):
        assert client.get(revision, headers=tokens[name] if name else {}).status_code == status
    for act in ("sign", "reject", "withdraw", "publish"):
        body = {"sha256": "0" * 64} if act in ("sign", "reject") else {} if act == "withdraw" else None
        assert client.post(f"{revision}/{act}", headers=tokens["other"], json=body).status_code in (403, 404)


def test_taking_over_and_rebasing_over_http(client: FlaskClient, tokens: dict[str, dict[str, str]],
                                            description: dict[str, Any]) -> None:
    slug = "taken-over"

    def live(source: str, number: int) -> None:
        draft = begun(client, tokens["editor"], slug, source=source) if number == 1 else client.post(
            f"/api/v1/articles/{slug}/drafts", json={}, headers=tokens["editor"]).get_json()
        if number > 1:
            client.patch(f"/api/v1/drafts/{draft['id']}", json={"source": source}, headers=seeing(tokens["editor"], 1))
        handed_in = client.post(f"/api/v1/drafts/{draft['id']}/submit",
                                headers=seeing(tokens["editor"], min(number, 2))).get_json()
        revision = f"/api/v1/articles/{slug}/revisions/{number}"
        client.post(f"{revision}/sign", json={"sha256": handed_in["sha256"]}, headers=tokens["approver"])
        assert client.post(f"{revision}/publish", headers=tokens["approver"]).status_code == 200

    live("一\n\n二\n\n三\n", 1)
    mine = client.post(f"/api/v1/articles/{slug}/drafts", json={}, headers=tokens["editor"]).get_json()
    path = f"/api/v1/drafts/{mine['id']}"
    client.patch(path, json={"source": "一\n\n二\n\n叁\n"}, headers=seeing(tokens["editor"], 1))
    live("壹\n\n二\n\n三\n", 2)
    taken = client.post(f"{path}/take-over", headers=seeing(tokens["second"], 2)).get_json()
    assert (taken["author"], taken["must_rebase"]) == ("second-editor", True)
    refused = client.post(f"{path}/submit", headers=seeing(tokens["second"], 3))
    assert (refused.status_code, refused.get_json()["code"]) == (409, "rebase")
    merged = client.post(f"{path}/rebase", headers=seeing(tokens["second"], 3)).get_json()
    check_schema(merged, schema_of(description, "/drafts/{draft_id}/rebase", "post"), description)
    assert (merged["conflicts"], merged["text"]["source"], merged["base"]) == ([], "壹\n\n二\n\n叁\n", 2)


@pytest.mark.parametrize("change", [
    {"title": 5}, {"keywords": "x"}, {"keywords": [1]}, {"effective_from": "soon"}, {"effective_from": None},
    {"basis": [{}]}, {"basis": [{"title": "a", "date": "x"}]}, {"basis": 1}, {"is_minor": "yes"}, {"lang": "fr"},
    {"audience": "all"}, {"owner": "fund"}, {"author": "boss"}, {"state": "approved"}, {"source": "x" * 5_000_000},
    {"title": ""}, {"co_owners": ["nowhere"]}, {"source": "a\ud800"}, {"source": " "}, {"source": "a\u0000b"},
    {"source": "a\u202eb"}, {"co_owners": ["hrss"]}, {"effective_from": "0001-01-01"},
])
def test_fault_38_what_may_not_be_sent_is_refused_and_changes_nothing(
        client: FlaskClient, tokens: dict[str, dict[str, str]], change: dict[str, Any]) -> None:
    slug = "refused-" + next(iter(change)).replace("_", "-")
    draft = begun(client, tokens["editor"], slug)
    reply = client.patch(f"/api/v1/drafts/{draft['id']}", json=change, headers=seeing(tokens["editor"], 1))
    assert reply.status_code in (400, 413), reply.get_json()
    kept = client.get(f"/api/v1/drafts/{draft['id']}", headers=tokens["editor"]).get_json()
    assert (kept["version"], kept["text"]["title"]) == (1, TEXT["title"])
    client.delete(f"/api/v1/drafts/{draft['id']}", headers=seeing(tokens["editor"], 1))

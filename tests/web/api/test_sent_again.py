"""Requests sent again under their Idempotency-Key: done once, by whichever process, and replied to alike."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kb.actor import OPERATOR, Role
from kb.people import people, tokens
from kb.record import requests
from tests.conftest import NOW
from web import replies

Token = Callable[..., dict[str, str]]
TEXT = {"department": "hrss", "title": "展位预订办法", "source": "免费申请。"}


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="module")
def editor(token: Token) -> dict[str, str]:
    return token("hrss-editor", "read", "write")


def post(client: FlaskClient, editor: dict[str, str], key: str, path: str = "drafts", **body: Any) -> TestResponse:
    return client.post(f"/api/v1/{path}", json=body, headers={**editor, "Idempotency-Key": key})


def drafts_of(client: FlaskClient, editor: dict[str, str], slug: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/api/v1/drafts?slug={slug}", headers=editor).get_json()["items"]
    return found


def test_a_draft_begun_twice_is_one_also_for_another_process(client: FlaskClient, make_app: Callable[..., Flask],
                                                             editor: dict[str, str]) -> None:
    first = post(client, editor, "begin-1", slug="begun-once", **TEXT)
    again = post(make_app().test_client(), editor, "begin-1", slug="begun-once", **TEXT)
    assert (first.status_code, again.status_code) == (201, 201) and first.get_data() == again.get_data()
    assert first.headers["ETag"] == again.headers["ETag"] == '"1"'
    assert "Idempotent-Replayed" not in first.headers and again.headers["Idempotent-Replayed"] == "true"
    assert len(drafts_of(client, editor, "begun-once")) == 1
    assert post(client, editor, "begin-2", slug="begun-once", **TEXT).get_json()["id"] != first.get_json()["id"]


def test_a_key_is_for_one_request(client: FlaskClient, editor: dict[str, str], token: Token) -> None:
    draft = post(client, editor, "one", slug="one-request", **TEXT).get_json()
    for path, body in (("drafts", {**TEXT, "slug": "another"}), ("articles/one-request/drafts", {}),
                       (f"drafts/{draft['id']}/submit", {})):
        reused = client.post(f"/api/v1/{path}", json=body, headers={
            **editor, "Idempotency-Key": "one", "If-Match": '"1"'})
        assert (reused.status_code, reused.get_json()["code"]) == (422, "key_reused"), path
    assert not drafts_of(client, editor, "another")
    other = token("fund-editor", "write")
    assert post(client, other, "one", slug="of-the-fund", **{**TEXT, "department": "fund"}).status_code == 201


def test_what_was_refused_may_be_corrected_under_its_key(client: FlaskClient, editor: dict[str, str]) -> None:
    for body in ({**TEXT, "title": " "}, {**TEXT, "department": "fund"}, {**TEXT, "title": 5}):
        assert post(client, editor, "refused", slug="corrected", **body).status_code in (400, 403)
    assert post(client, editor, "refused", slug="corrected", **TEXT).status_code == 201


def test_a_save_sent_twice_is_one_version_though_the_first_has_changed_it(client: FlaskClient,
                                                                          editor: dict[str, str]) -> None:
    draft = post(client, editor, "save-1", slug="saved-once", **TEXT).get_json()
    headers = {**editor, "If-Match": '"1"', "Idempotency-Key": "save-2"}
    found = [client.patch(f"/api/v1/drafts/{draft['id']}", headers=headers, json={"source": "收费。"})
             for _ in range(2)]
    assert [(r.status_code, r.headers["ETag"]) for r in found] == [(200, '"2"')] * 2
    bare = client.patch(f"/api/v1/drafts/{draft['id']}", json={"source": "收费。"},
                        headers={**editor, "If-Match": '"1"'})
    assert bare.status_code == 412


def test_what_a_process_that_died_had_begun_the_next_one_does_at_once(app: Flask, client: FlaskClient,
                                                                      editor: dict[str, str]) -> None:
    """The gateway tells of it; anybody else is told to come back."""
    headers = {**editor, "Idempotency-Key": "died", "kb.sent_again": "true", "Kb-Sent-Again": "true"}
    sent: dict[str, Any] = {"path": "/api/v1/drafts", "method": "POST", "headers": headers,
                            "data": json.dumps({"slug": "begun-and-died", **TEXT}), "content_type": "application/json"}
    with app.test_request_context(**sent):
        app.preprocess_request()
        with app.extensions["kb"].database.transaction() as session:
            requests.begin(session, replies.sent(""), now=NOW)
    assert client.open(**sent).status_code == 409
    assert client.open(**sent, environ_overrides={replies.SENT_AGAIN: True}).status_code == 201
    assert len(drafts_of(client, editor, "begun-and-died")) == 1


def test_handing_in_twice_gives_one_number_though_the_draft_is_gone(client: FlaskClient,
                                                                    editor: dict[str, str]) -> None:
    draft = post(client, editor, "hand-in-1", slug="handed-in-once", **TEXT).get_json()
    headers = {**editor, "If-Match": '"1"', "Idempotency-Key": "hand-in-2"}
    found = [client.post(f"/api/v1/drafts/{draft['id']}/submit", headers=headers) for _ in range(3)]
    assert [(r.status_code, r.get_json()["revision"]) for r in found] == [(201, 1)] * 3
    bare = client.post(f"/api/v1/drafts/{draft['id']}/submit", headers={**editor, "If-Match": '"1"'})
    assert bare.status_code == 404


def test_fault_69_of_eight_clicks_at_once_one_counts(app: Flask, editor: dict[str, str]) -> None:
    def click(_n: int) -> tuple[int, str]:
        sent = post(app.test_client(), editor, "eight", slug="clicked-once", **TEXT)
        if sent.status_code == 409:
            assert int(sent.headers["Retry-After"]) > 0
        return sent.status_code, sent.get_json().get("id") or sent.get_json()["code"]

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(click, range(8)))
    (made,) = drafts_of(app.test_client(), editor, "clicked-once")
    assert (201, made["id"]) in found and found <= {(201, made["id"]), (409, "in_progress")}


@pytest.fixture
def noting_fails(app: Flask) -> Iterator[None]:
    """The database takes no reply in."""
    engine = app.extensions["kb"].database.engine
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TRIGGER no_reply BEFORE UPDATE ON idempotency_key "
                                   "BEGIN SELECT RAISE(ABORT, 'no room'); END")
    yield
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER no_reply")


@pytest.mark.usefixtures("noting_fails")
def test_an_act_whose_reply_cannot_be_kept_is_not_done(client: FlaskClient, editor: dict[str, str]) -> None:
    assert post(client, editor, "undone", slug="not-done", **TEXT).status_code in (409, 503)
    assert not drafts_of(client, editor, "not-done")
    assert client.post("/api/v1/ask", json={"question": "社保卡丢了"},  # an answer is given all the same
                       headers={"Idempotency-Key": "undone"}).status_code == 200


def test_fault_64_while_nothing_can_be_noted_questions_are_answered_and_acts_refused(
        make_app: Callable[..., Flask], editor: dict[str, str]) -> None:
    app = make_app(database={"busy_timeout_ms": 100})
    file = app.extensions["kb"].database.engine.url.database
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        asked = app.test_client().post("/api/v1/ask", json={"question": "社保卡丢了"},
                                       headers={"Idempotency-Key": "locked"})
        begun = post(app.test_client(), editor, "locked-too", slug="locked", **TEXT)
    assert asked.status_code == 200 and "not_recorded" in asked.get_json()["degraded"]
    assert (begun.status_code, begun.get_json()["code"]) == (503, "database_busy")
    assert post(app.test_client(), editor, "locked-too", slug="locked", **TEXT).status_code == 201


def test_sending_again_is_counted_like_asking(make_app: Callable[..., Flask]) -> None:
    client = make_app(web={"asks_per_minute": 2}).test_client()
    client.environ_base["REMOTE_ADDR"] = "203.0.113.62"  # its allowance is used up, for other tests too
    sent = [client.post("/api/v1/ask", json={"question": "社保卡丢了"}, headers={"Idempotency-Key": "counted"})
            for _ in range(20)]
    codes = [reply.status_code for reply in sent]
    assert codes[:2] == [200, 200] and codes[-1] == 429


def test_neither_key_nor_sender_nor_words_are_kept_in_clear(app: Flask, client: FlaskClient,
                                                            editor: dict[str, str]) -> None:
    assert post(client, editor, "geheim-1234", slug="kept-as-hash", **TEXT).status_code == 201
    asked = {"json": {"question": "社保卡丢了，我的电话13800138000"}, "headers": {"Idempotency-Key": "geheim-5678"}}
    first, again = (client.post("/api/v1/ask", **asked) for _ in range(2))  # type: ignore[arg-type]
    assert first.get_data() == again.get_data() and "13800138000" in first.get_data(as_text=True)
    with app.extensions["kb"].database.engine.connect() as connection:
        rows = str(connection.exec_driver_sql("SELECT * FROM idempotency_key").all())
    assert "POST /api/v1/ask" in rows
    assert not [word for word in ("geheim", "127.0.0.1", "13800138000", "社保卡", "免费申请", "hrss") if word in rows]


def test_a_reply_is_not_given_again_to_who_lost_the_right_to_it(client: FlaskClient, app: Flask) -> None:
    database = app.extensions["kb"].database
    with database.transaction() as session:
        people.create_user(session, OPERATOR, login="mover", name="", grants=[(Role.EDITOR, "hrss")], password=None,
                           now=NOW)
        made = tokens.create_token(session, OPERATOR, "mover", name="t", scopes=("read", "write"), days=1, now=NOW)
    mover = {"Authorization": f"Bearer {made}"}
    first = post(client, mover, "mine", slug="lost-right", **TEXT)
    assert (first.status_code, post(client, mover, "mine", slug="lost-right", **TEXT).get_data()) == (
        201, first.get_data())
    with database.transaction() as session:
        people.set_roles(session, OPERATOR, "mover", [(Role.EDITOR, "fund")], now=NOW)
    again = post(client, mover, "mine", slug="lost-right", **TEXT)
    assert again.status_code in (403, 404) and "Idempotent-Replayed" not in again.headers
    assert TEXT["source"] not in again.get_data(as_text=True)


@pytest.mark.parametrize("text", ["a\x00b", "\x00"])
def test_a_null_byte_is_refused_on_every_database(client: FlaskClient, editor: dict[str, str], text: str) -> None:
    for member in ("title", "source", "summary"):
        refused = post(client, editor, f"nul-{member}-{len(text)}", slug="null-byte", **{**TEXT, member: text})
        assert refused.status_code == 400 and member in str(refused.get_json()["fields"]), refused.get_json()

"""What machines watch."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from kb.db import Database
from kb.settings import Settings
from tests.conftest import NOW
from tests.retriever.factories import published_article
from tests.web.conftest import site_settings
from tests.web.site import Visitor
from web import create_app
from web.metrics import Metrics
from web.probes import Probes


def samples(text: str) -> dict[str, float]:
    return {name: float(value) for name, value in re.findall(r"^([a-z_]+(?:\{[^\n]*\})?) (\S+)$", text, re.M)}


def test_a_server_that_can_answer_says_so(citizen: Visitor) -> None:
    assert citizen.get("/healthz").get_json() == {"status": "ok"}
    citizen.ask("社保卡")
    body = citizen.get("/readyz").get_json()
    assert body["status"] == "ready" and body["parts"]["index"] == {"ok": True, "lag": 0}
    assert body["parts"]["engine"]["passages"] > 1000


def test_what_an_internal_text_adds_is_told_to_staff_alone(app: Flask, citizen: Visitor,
                                                           token: Callable[..., dict[str, str]]) -> None:
    def figures(**options: Any) -> list[Any]:
        found = samples(citizen.get("/metrics", **options).get_data(as_text=True))
        return [citizen.get("/readyz", **options).get_json(), {n: v for n, v in found.items() if "requests" not in n}]

    staff = {"headers": token("agent", "read")}
    public, all_texts = figures(), figures(**staff)
    retriever = app.extensions["kb"].retriever
    published_article(app.extensions["kb"].database, "unheard", "玄武岩事项先安抚，再派三科。", audience="agent")
    assert figures() == public
    retriever.catch_up()
    assert figures() == public
    assert "outbox_head" not in public[0]["parts"]["database"]
    ready, metrics = figures(**staff)
    assert metrics["kb_passages"] == all_texts[1]["kb_passages"] + 1 > public[1]["kb_passages"] + 1
    assert ready["parts"]["database"]["outbox_head"] > all_texts[0]["parts"]["database"]["outbox_head"]


def test_fault_64_a_damaged_database_is_not_ready_and_says_so(settings: Settings, database: Database) -> None:
    for n in range(5):
        published_article(database, f"card{n}", f"补办第{n}种社保卡工本费{n}元。")
    app = create_app(site_settings(settings.data_dir), clock=lambda: NOW)
    app.extensions["kb"].retriever.catch_up()
    client = app.test_client()
    assert client.get("/readyz").status_code == 200
    if not database.is_sqlite:
        pytest.skip("files are SQLite's")
    with app.extensions["kb"].database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    with (settings.data_dir / "kb.sqlite3").open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * 40_000)
    reply = client.get("/readyz")
    assert reply.status_code == 503
    assert reply.get_json()["parts"]["database"] == {"ok": False, "code": "corrupt"}
    assert client.get("/healthz").status_code == 200
    app.extensions["kb"].close()


def test_s8_a_damaged_index_is_not_ready_while_questions_are_answered_all_the_same(settings: Settings,
                                                                                   database: Database) -> None:
    published_article(database, "card", "社保卡补办工本费20元。", title="社保卡补办")
    app = create_app(site_settings(settings.data_dir), clock=lambda: NOW)
    app.extensions["kb"].retriever.catch_up()
    for path in (settings.data_dir / "index").glob("gen-*/*/meta.json"):
        path.write_text("{", encoding="utf-8")
    client = app.test_client()
    reply = client.get("/readyz")
    assert reply.status_code == 503
    assert {part["code"] for part in reply.get_json()["parts"].values() if not part["ok"]} == {"index_damaged"}
    asked = client.post("/api/v1/ask", json={"question": "社保卡补办"})
    assert (asked.status_code, "plain_search" in asked.get_json()["degraded"]) == (200, True)
    assert client.get("/api/v1/search?q=社保卡").get_json()["degraded"] == ["index_behind", "plain_search"]
    app.extensions["kb"].close()


def test_a_part_that_hangs_is_told_within_a_time_and_looked_at_once() -> None:
    probes, goes_on, looks = Probes(seconds=0.05), threading.Event(), []

    def hang() -> dict[str, Any]:
        looks.append(1)
        goes_on.wait(20)
        return {"ok": True}

    checks = {"engine": hang, "database": lambda: {"ok": True}}
    for _ in range(3):
        assert probes.look(checks) == {"engine": {"ok": False, "code": "no_reply"}, "database": {"ok": True}}
    assert len(looks) == 1
    goes_on.set()
    while probes.look(checks)["engine"] != {"ok": True}:
        pass


def test_figures_count_routes_never_paths_or_questions(make_app: Callable[..., Flask]) -> None:
    app = make_app(ask={"precision": 1.0})
    visitor = Visitor(app)
    before = samples(visitor.get("/metrics").get_data(as_text=True))
    visitor.ask("绝密问题一号")
    visitor.client.post("/api/v1/ask", json={"question": "社保卡丢了怎么补办"})
    visitor.get("/search?q=绝密问题二号")
    visitor.get("/articles/social-card-loss-reissue")
    visitor.get("/wp-admin/secret.php")
    response = visitor.get("/metrics")
    text = response.get_data(as_text=True)
    after = samples(text)
    assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert after["kb_ask_seconds_count"] == after['kb_ask_seconds_bucket{le="+Inf"}'] == 2
    assert after['kb_requests_total{method="GET",route="/articles/<slug:slug>",status="200"}'] == 1
    assert after['kb_requests_total{method="GET",route="none",status="404"}'] == 1
    assert after['kb_abstentions_total{reason="not_sure"}'] >= 1
    assert after["kb_index_lag_events"] == 0 and after["kb_engine_up"] == 1 and after["kb_passages"] > 1000
    assert "绝密" not in text and "secret.php" not in text and "wp-admin" not in text
    assert before["kb_ask_seconds_count"] == 0


def test_figures_are_read_on_this_machine_alone_unless_a_token_is_asked_for(
        make_app: Callable[..., Flask], token: Callable[..., dict[str, str]]) -> None:
    def status(app: Flask, address: str, headers: dict[str, str] | None = None) -> int:
        return app.test_client().get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address}).status_code

    here, named, staff = make_app(), make_app(web={"metrics": "token"}), token("agent", "read")
    assert [status(here, address) for address in ("127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1")] == [200] * 4
    assert [status(here, address, staff) for address in ("192.0.2.1", "2001:db8::1", "")] == [403] * 3
    assert [status(named, "127.0.0.1"), status(named, "192.0.2.1", staff)] == [401, 200]
    assert status(make_app(web={"proxies": 1}), "127.0.0.1", {"X-Forwarded-For": "192.0.2.1"}) == 403
    assert here.test_client().get("/readyz", environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == 200


def test_s10_methods_that_somebody_makes_up_are_one_series(make_app: Callable[..., Flask]) -> None:
    client = make_app().test_client()
    for n in range(20):
        client.open("/healthz", method=f"METHOD{n}")
    text = client.get("/metrics").get_data(as_text=True)
    assert samples(text)['kb_requests_total{method="other",route="none",status="501"}'] == 20
    assert "METHOD" not in text


def test_what_askers_got_is_counted_apart() -> None:
    metrics = Metrics()
    for state, reason in (("answered", None), ("check", "not_sure"), ("check", "not_sure"), ("unknown", "not_sure"),
                          ("unknown", "nothing_found"), ("unknown", "no_question"), ("unknown", "unknown_place")):
        metrics.count_ask(1, state=state, reason=reason, degraded=())
    found = samples(metrics.exposition({}))
    for state, count in (("answered", 1), ("check", 2), ("unknown", 3), ("no_question", 1)):
        assert found[f'kb_asks_total{{state="{state}"}}'] == count
    assert found['kb_abstentions_total{reason="not_sure"}'] == 3


def test_buckets_add_up_and_labels_are_escaped() -> None:
    metrics = Metrics()
    for took_ms in (1, 5, 5.1, 40, 9_999):
        metrics.count_ask(took_ms, state="answered", reason=None, degraded=('a"b\\c\nd',))
    text = metrics.exposition({"kb_x": ("Help.", float("nan"))})
    found = samples(text)
    counts = [found[f'kb_ask_seconds_bucket{{le="{le}"}}'] for le in ("0.005", "0.01", "0.05", "2.5", "+Inf")]
    assert counts == [2, 3, 4, 4, 5]
    assert 'kb_degraded_total{part="a\\"b\\\\c\\nd"} 5' in text and "kb_x nan" in text.lower()

"""What machines watch."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import Flask

from tests.retriever.factories import published_article
from tests.web.site import Visitor
from web.metrics import Metrics


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
    assert ready["parts"]["database"]["outbox_head"] == all_texts[0]["parts"]["database"]["outbox_head"] + 1


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
    assert after['kb_requests_total{route="/articles/<slug:slug>",method="GET",status="200"}'] == 1
    assert after['kb_requests_total{route="none",method="GET",status="404"}'] == 1
    assert after['kb_abstentions_total{reason="not_sure"}'] >= 1
    assert after["kb_index_lag_events"] == 0 and after["kb_engine_up"] == 1 and after["kb_passages"] > 1000
    assert "绝密" not in text and "secret.php" not in text and "wp-admin" not in text
    assert before["kb_ask_seconds_count"] == 0


def test_methods_that_somebody_makes_up_are_one_series(make_app: Callable[..., Flask]) -> None:
    client = make_app().test_client()
    for n in range(20):
        client.open("/healthz", method=f"METHOD{n}")
    text = client.get("/metrics").get_data(as_text=True)
    assert samples(text)['kb_requests_total{route="none",method="other",status="501"}'] == 20
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

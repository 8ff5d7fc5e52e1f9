"""The JSON API: its replies, lists, cursors, tags, tokens, idempotency, limits, and its description."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import jsonschema_rs
import pytest
from flask import Flask
from flask.testing import FlaskClient

from kb.actor import OPERATOR
from kb.models import AnswerRow
from kb.people import people, tokens
from retriever.answer import Answer, Nearest, State
from retriever.ask import Retriever
from tests.conftest import NOW
from tests.retriever.factories import published_article
from tests.web.conftest import later
from tests.web.site import Visitor

SLUG = "social-card-loss-reissue"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="module")
def description(app: Flask) -> dict[str, Any]:
    body: dict[str, Any] = app.test_client().get("/api/v1/openapi.json").get_json()
    return body


def check_schema(value: Any, schema: Mapping[str, Any], description: Mapping[str, Any]) -> None:
    """The value is what the schema says, and has no member more."""
    jsonschema_rs.validator_for({**schema, "components": description["components"]}).validate(value)


def schema_of(description: Mapping[str, Any], path: str, method: str = "get") -> Mapping[str, Any]:
    replies = description["paths"][path][method]["responses"]
    found: Mapping[str, Any] = (replies.get("200") or replies["201"])["content"]["application/json"]["schema"]
    return found


def test_the_description_names_every_route_and_no_other(app: Flask, description: dict[str, Any]) -> None:
    described = {(path, method.upper()) for path, methods in description["paths"].items() for method in methods
                 if method != "parameters"}
    routed = {(re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", r"{\1}", rule.rule.removeprefix("/api/v1")), method)
              for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/v1")
              for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    assert described == routed


@pytest.mark.parametrize(("path", "template"), [
    ("/search?q=公积金", "/search"), ("/suggest?q=公积金", "/suggest"), ("/articles", "/articles"),
    (f"/articles/{SLUG}", "/articles/{slug}"), (f"/articles/{SLUG}/revisions", "/articles/{slug}/revisions"),
    (f"/articles/{SLUG}/revisions/1", "/articles/{slug}/revisions/{number}"),
])
def test_replies_are_what_the_description_says(client: FlaskClient, description: dict[str, Any], path: str,
                                               template: str) -> None:
    body = client.get(f"/api/v1{path}").get_json()
    assert body.get("items", True)
    check_schema(body, schema_of(description, template), description)


def test_an_answer_is_what_the_description_says(client: FlaskClient, description: dict[str, Any],
                                                make_app: Callable[..., Flask]) -> None:
    schema = schema_of(description, "/ask", "post")
    answered = client.post("/api/v1/ask", json={"question": "社保卡丢了怎么补办"}).get_json()
    check_schema(answered, schema, description)
    assert not answered["abstained"] and answered["sentences"] and all(s["citations"] for s in answered["sentences"])
    unsure = make_app(ask={"precision": 1.0}).test_client()
    abstained = unsure.post("/api/v1/ask", json={"question": "社保卡丢了怎么补办"}).get_json()
    check_schema(abstained, schema, description)
    assert abstained["abstained"] and not abstained["sentences"] and not abstained["citations"]
    assert abstained["nearest"] and abstained["ask_department"]["phone"]


def test_every_quote_is_the_revisions_text_at_its_offsets(client: FlaskClient) -> None:
    for question in ("社保卡丢了怎么补办", "I lost my passport, what should I do?", "租房能提取公积金吗"):
        answer = client.post("/api/v1/ask", json={"question": question}).get_json()
        assert answer["citations"]
        for c in answer["citations"]:
            source = client.get(f"/api/v1/articles/{c['slug']}/revisions/{c['revision']}").get_json()["source"]
            assert source[c["start"]:c["end"]] == c["quote"]


def test_a_question_takes_its_dialogue_and_dates(client: FlaskClient) -> None:
    history = [{"role": "user", "text": "社保卡丢了怎么补办"}, {"role": "agent", "text": "先挂失。"}]
    answer = client.post("/api/v1/ask", json={"question": "邮寄要多久", "history": history, "as_of": "2025-08-01",
                                              "known_at": None, "lang": "zh", "department": "hrss"}).get_json()
    assert (SLUG, 2) in {(c["slug"], c["revision"]) for c in answer["citations"]}
    assert answer["as_of"] == "2025-07-31T16:00:00+00:00"


def test_lists_are_walked_by_cursor_without_gap_or_double(client: FlaskClient) -> None:
    whole = [i["slug"] for i in client.get("/api/v1/articles?limit=200").get_json()["items"]]
    walked: list[str] = []
    cursor = ""
    while True:
        page = client.get(f"/api/v1/articles?limit=17&cursor={cursor}").get_json()
        walked += [i["slug"] for i in page["items"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert walked == whole == sorted(whole) and len(whole) > 100


def test_fault_43_search_is_paged_by_cursor_and_ends(client: FlaskClient) -> None:
    seen: list[tuple[str, int]] = []
    cursor = ""
    for _ in range(20):
        page = client.get(f"/api/v1/search?q=公积金&limit=5&cursor={cursor}").get_json()
        seen += [(i["slug"], i["start"]) for i in page["items"]]
        cursor = page["next_cursor"] or ""
        if not cursor:
            break
    assert len(seen) > 5 and len(seen) == len(set(seen)) and not cursor


@pytest.mark.parametrize("query", ["offset=1000000", "page=1000000", "from=1000000", "limit=51", "limit=1000000",
                                   "limit=0", "limit=-1", "limit=x", "limit=１", "cursor=x",
                                   "cursor=bzoxMDAwMDAw", "cursor=%00", "cursor=" + "A" * 5000])
def test_fault_43_deep_paging_is_refused(client: FlaskClient, query: str) -> None:
    response = client.get(f"/api/v1/search?q=公积金&{query}")
    assert response.status_code == 400 and response.mimetype == "application/problem+json"


def test_a_cursor_holds_for_its_own_list_only(client: FlaskClient) -> None:
    cursor = client.get("/api/v1/search?q=公积金&limit=2").get_json()["next_cursor"]
    for path in (f"search?q=社保&limit=2&cursor={cursor}", f"search?q=公积金&department=fund&cursor={cursor}",
                 f"articles?cursor={cursor}"):
        response = client.get(f"/api/v1/{path}")
        assert response.status_code == 400 and response.get_json()["code"] == "cursor"
    assert client.get(f"/api/v1/search?q=公积金&limit=3&cursor={cursor}").status_code == 200


def test_fault_40_ten_thousand_filters_are_refused(client: FlaskClient) -> None:
    many = client.get("/api/v1/search?q=x&" + "&".join(f"f{n}=1" for n in range(10_000)))
    same = client.get("/api/v1/search?q=x&" + "&".join(f"department=d{n}" for n in range(10_000)))
    assert (many.status_code, many.get_json()["code"]) == (400, "unknown")
    assert (same.status_code, same.get_json()["code"]) == (400, "repeated")


@pytest.mark.parametrize("path", [f"/articles/{SLUG}", f"/articles/{SLUG}/revisions", f"/articles/{SLUG}/revisions/2"])
def test_an_article_read_again_is_not_sent_again(client: FlaskClient, path: str) -> None:
    first = client.get(f"/api/v1{path}")
    tag = first.headers["ETag"]
    again = client.get(f"/api/v1{path}", headers={"If-None-Match": tag})
    assert (again.status_code, again.get_data()) == (304, b"") and again.headers["ETag"] == tag
    other = client.get(f"/api/v1{path}", headers={"If-None-Match": '"other"'})
    assert other.status_code == 200 and other.get_data() == first.get_data()
    assert first.headers["Cache-Control"] == "private, no-cache"


def test_a_published_revision_changes_the_tag(app: Flask, make_app: Callable[..., Flask]) -> None:
    database = app.extensions["kb"].database
    published_article(database, "tagged", "蜜蜡补贴一百元。", now=NOW)
    client = make_app(clock=later(minutes=1)).test_client()
    tag = client.get("/api/v1/articles/tagged").headers["ETag"]
    published_article(database, "tagged", "蜜蜡补贴二百元。", now=NOW)
    response = client.get("/api/v1/articles/tagged", headers={"If-None-Match": tag})
    assert response.status_code == 200 and "二百元" in response.get_json()["source"]


# tokens


@pytest.mark.parametrize("header", ["Bearer kb_unknown", "Bearer ", "Bearer", "Basic YTpi", "kb_x",
                                    "Bearer \u00ff\u00fe", "Bearer " + "x" * 5000])
def test_a_token_that_is_not_known_is_refused_everywhere(client: FlaskClient, header: str) -> None:
    for path in ("/api/v1/articles", f"/api/v1/articles/{SLUG}", "/api/v1/search?q=x", "/metrics"):
        response = client.get(path, headers={"Authorization": header})
        assert response.status_code == 401 and response.headers["WWW-Authenticate"].startswith("Bearer")
        assert response.get_json()["code"] == "bad_token"


def test_a_token_lends_only_its_scopes(client: FlaskClient, token: Callable[..., dict[str, str]]) -> None:
    ask, read = token("agent", "ask"), token("agent", "read")
    question = {"question": "社保卡丢了"}
    assert client.post("/api/v1/ask", json=question, headers=ask).status_code == 200
    assert client.post("/api/v1/ask", json=question, headers=read).status_code == 403
    assert client.get("/api/v1/articles", headers=read).status_code == 200
    refused = client.get("/api/v1/articles", headers=ask)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "scope")


def test_fault_35_a_token_ends_with_its_time_and_its_user(app: Flask, make_app: Callable[..., Flask]) -> None:
    database = app.extensions["kb"].database
    with database.transaction() as session:
        people.create_user(session, OPERATOR, login="robot", name="robot", grants=[], password=None, now=NOW)
        made = tokens.create_token(session, OPERATOR, "robot", name="t", scopes=["read"], days=1, now=NOW)
    headers = {"Authorization": f"Bearer {made}"}
    assert app.test_client().get("/api/v1/articles", headers=headers).status_code == 200
    assert make_app(clock=later(days=1)).test_client().get("/api/v1/articles", headers=headers).status_code == 401
    with database.transaction() as session:
        people.disable_user(session, OPERATOR, "robot", now=NOW)
    assert app.test_client().get("/api/v1/articles", headers=headers).status_code == 401


def test_the_api_reads_no_cookies_and_sets_none(agent: Visitor) -> None:
    response = agent.get("/api/v1/articles/inside")
    assert response.status_code == 404 and "Set-Cookie" not in response.headers


def test_fault_36_a_token_never_comes_back_in_an_error(client: FlaskClient) -> None:
    for response in (client.get("/api/v1/articles", headers={"Authorization": "Bearer kb_geheim"}),
                     client.get("/api/v1/search?q=x&kb_geheim=1"), client.get("/api/v1/kb_geheim")):
        assert response.status_code in (400, 401, 404)
        assert "Bearer kb_geheim" not in response.get_data(as_text=True)


def test_how_an_answer_came_about_is_for_staff(client: FlaskClient, token: Callable[..., dict[str, str]]) -> None:
    question = {"question": "社保卡丢了", "explain": True}
    assert client.post("/api/v1/ask", json=question).status_code == 403
    assert client.post("/api/v1/ask", json=question, headers=token("agent", "ask")).get_json()["explain"]["terms"]


# idempotency and limits


def test_the_same_key_gives_the_same_answer_once(client: FlaskClient) -> None:
    headers = {"Idempotency-Key": "k-1"}
    first = client.post("/api/v1/ask", json={"question": "社保卡丢了"}, headers=headers)
    again = client.post("/api/v1/ask", json={"question": "社保卡丢了"}, headers=headers)
    assert first.get_data() == again.get_data()
    assert "Idempotent-Replayed" not in first.headers and again.headers["Idempotent-Replayed"] == "true"
    other = client.post("/api/v1/ask", json={"question": "社保卡丢了"}, headers={"Idempotency-Key": "k-2"})
    assert other.get_json()["answer_id"] != first.get_json()["answer_id"]
    reused = client.post("/api/v1/ask", json={"question": "公积金"}, headers=headers)
    assert (reused.status_code, reused.get_json()["code"]) == (422, "key_reused")


def test_a_key_is_its_senders_own(client: FlaskClient, token: Callable[..., dict[str, str]]) -> None:
    key = {"Idempotency-Key": "shared"}
    body = {"question": "紫晶事项派给谁"}
    inside = client.post("/api/v1/ask", json=body, headers={**key, **token("agent", "ask")})
    outside = client.post("/api/v1/ask", json=body, headers=key)
    assert "紫晶事项派单口径" in inside.get_data(as_text=True)
    assert outside.status_code == 200 and "紫晶事项派单口径" not in outside.get_data(as_text=True)


def test_a_kept_answer_is_made_anew_after_a_publication(make_app: Callable[..., Flask], app: Flask) -> None:
    database = app.extensions["kb"].database
    published_article(database, "kept", "砗磲补贴一千元。", title="砗磲补贴", now=NOW)
    client = make_app(clock=later(minutes=1)).test_client()
    headers, body = {"Idempotency-Key": "k-3"}, {"question": "砗磲补贴"}
    assert "一千元" in client.post("/api/v1/ask", json=body, headers=headers).get_data(as_text=True)
    published_article(database, "kept", "砗磲补贴两千元。", title="砗磲补贴", now=NOW)
    again = client.post("/api/v1/ask", json=body, headers=headers).get_data(as_text=True)
    assert "两千元" in again and "一千元" not in again


def test_an_internal_publication_leaves_a_citizens_kept_answer_and_ends_an_agents(
        make_app: Callable[..., Flask], app: Flask, token: Callable[..., dict[str, str]]) -> None:
    database = app.extensions["kb"].database
    published_article(database, "open", "琥珀津贴每月三百元。", title="琥珀津贴", now=NOW)
    client = make_app(clock=later(minutes=1)).test_client()

    def asked(**headers: str) -> tuple[str, bool]:
        sent = client.post("/api/v1/ask", json={"question": "琥珀津贴"}, headers={"Idempotency-Key": "k-9", **headers})
        return sent.get_json()["answer_id"], "Idempotent-Replayed" in sent.headers

    agent = token("agent", "ask")
    (first, _), (inside, _) = asked(), asked(**agent)
    for body in ("内部口径一。", "内部口径二。"):  # a new article, then a new revision of it
        published_article(database, "unseen", body, title="琥珀津贴内部口径", audience="agent", now=NOW)
        assert asked() == (first, True)
        again, was_kept = asked(**agent)
        assert again != inside and not was_kept
        inside = again
    published_article(database, "other", "蜜蜡补贴一百元。", title="蜜蜡补贴", now=NOW)
    assert asked()[0] != first


def test_a_kept_answer_is_made_anew_when_its_rule_has_ended_by_its_date(make_app: Callable[..., Flask],
                                                                        app: Flask) -> None:
    published_article(app.extensions["kb"].database, "ending", "车渠补贴一千元。", title="车渠补贴",
                      effective_to=NOW + timedelta(minutes=5), now=NOW - timedelta(days=1))
    present = NOW
    client = make_app(clock=lambda: present).test_client()
    today = {"json": {"question": "车渠补贴", "as_of": None}, "headers": {"Idempotency-Key": "k-5"}}
    then = {"json": {"question": "车渠补贴", "as_of": NOW.isoformat()}, "headers": {"Idempotency-Key": "k-6"}}
    assert all("一千元" in client.post("/api/v1/ask", **sent).get_data(as_text=True) for sent in (today, then))
    present = NOW + timedelta(minutes=4)
    assert "Idempotent-Replayed" in client.post("/api/v1/ask", **today).headers
    present = NOW + timedelta(minutes=5)
    assert "一千元" not in client.post("/api/v1/ask", **today).get_data(as_text=True)
    assert "Idempotent-Replayed" in client.post("/api/v1/ask", **then).headers


@pytest.mark.parametrize("kind", ["choices", "nearest"])
def test_what_was_kept_is_made_anew_when_a_rule_that_it_shows_unsaid_has_ended(
        make_app: Callable[..., Flask], app: Flask, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    published_article(app.extensions["kb"].database, "shown", "# 蜜蜡补贴\n\n蜜蜡补贴一千元。\n", title="蜜蜡补贴",
                      effective_to=NOW + timedelta(minutes=5), now=NOW - timedelta(days=1))
    present, give = NOW, Retriever.ask

    def unsaid(*args: Any, **named: Any) -> Answer:
        answer = give(*args, **named)
        sections = (answer.section,) if kind == "choices" and answer.section else ()
        near = tuple(Nearest(c.article_id, c.slug, c.title, c.department, 0.5) for c in answer.citations)
        return replace(answer, state=State.CHECK if sections else State.UNKNOWN, reason="not_sure", sentences=(),
                       citations=(), section=None, choices=sections, nearest=() if sections else near)

    monkeypatch.setattr(Retriever, "ask", unsaid)
    client = make_app(clock=lambda: present).test_client()
    sent: dict[str, Any] = {"json": {"question": "蜜蜡补贴"}, "headers": {"Idempotency-Key": f"k-7-{kind}"}}
    first = client.post("/api/v1/ask", **sent).get_json()
    assert first[kind] and first["state"] == ("check" if kind == "choices" else "unknown")
    present = NOW + timedelta(minutes=4)
    again = client.post("/api/v1/ask", **sent)
    assert again.get_json() == first and "Idempotent-Replayed" in again.headers
    present = NOW + timedelta(minutes=5)
    assert "Idempotent-Replayed" not in client.post("/api/v1/ask", **sent).headers


def test_an_answer_of_a_time_that_the_question_named_stays_the_same(make_app: Callable[..., Flask],
                                                                   app: Flask) -> None:
    published_article(app.extensions["kb"].database, "needle-stone", "砭石补贴一千元。", title="砭石补贴",
                      effective_from=NOW - timedelta(days=900), effective_to=NOW - timedelta(days=200),
                      now=NOW - timedelta(days=300))
    client = make_app().test_client()
    question = f"{NOW.year - 1}年砭石补贴多少"
    sent: dict[str, Any] = {"json": {"question": question}, "headers": {"Idempotency-Key": "k-8"}}
    assert "一千元" in client.post("/api/v1/ask", **sent).get_data(as_text=True)
    assert "Idempotent-Replayed" in client.post("/api/v1/ask", **sent).headers


@pytest.mark.parametrize("key", ["", "x" * 256, "schl\u00fcssel", "a\tb"])
def test_a_key_must_be_printable_and_short(client: FlaskClient, key: str) -> None:
    response = client.post("/api/v1/ask", json={"question": "社保卡"}, headers={"Idempotency-Key": key})
    assert (response.status_code, response.get_json()["code"]) == (400, "idempotency_key")


def test_a_failed_request_may_be_sent_again_under_its_key(client: FlaskClient) -> None:
    headers = {"Idempotency-Key": "k-4"}
    for _ in range(2):
        assert client.post("/api/v1/ask", json={"question": ""}, headers=headers).status_code == 400
    assert client.post("/api/v1/ask", json={"question": "社保卡"}, headers=headers).status_code == 200


def test_too_many_asks_of_one_address_or_user_wait(make_app: Callable[..., Flask],
                                                   token: Callable[..., dict[str, str]]) -> None:
    client = make_app(web={"asks_per_minute": 3, "asks_per_minute_signed_in": 5}).test_client()
    client.environ_base["REMOTE_ADDR"] = "203.0.113.61"  # whose allowance no other test has used
    codes = [client.post("/api/v1/ask", json={"question": "社保卡"}).status_code for _ in range(4)]
    assert codes == [200, 200, 200, 429]
    refused = client.get("/api/v1/search?q=x")
    assert refused.status_code == 429 and 0 < int(refused.headers["Retry-After"]) <= 60
    assert client.get("/api/v1/articles").status_code == 200
    codes = [client.post("/api/v1/ask", json={"question": "社保卡"}, headers=token("agent", "ask")).status_code
             for _ in range(6)]
    assert codes == [200] * 5 + [429]


def test_who_has_an_ipv6_network_counts_as_one_address(make_app: Callable[..., Flask]) -> None:
    client = make_app(web={"asks_per_minute": 3}).test_client()
    codes = [client.post("/api/v1/ask", json={"question": "社保卡"}, environ_base={"REMOTE_ADDR": address}).status_code
             for address in ("2001:db8:1:2::1", "2001:db8:1:2::2", "2001:db8:1:2:ffff::3", "2001:db8:1:2::4",
                             "2001:db8:1:3::1", "192.0.2.9")]
    assert codes == [200, 200, 200, 429, 200, 200]


def test_the_call_is_kept_beside_the_answer_and_nowhere_else(app: Flask, client: FlaskClient,
                                                             caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    for call, status in (("GD-20261129-0042", 200), ("x" * 65, 400), ("a\nb", 400), (5, 400)):
        reply = client.post("/api/v1/ask", json={"question": "社保卡丢了怎么补办", "call_ref": call})
        assert reply.status_code == status
        if status == 200:
            kept = reply.get_json()
    with app.extensions["kb"].database.reading() as session:
        row = session.get_one(AnswerRow, kept["answer_id"])
        assert (row.call_ref, row.state) == ("GD-20261129-0042", kept["state"])
        assert [choice["start"] for choice in row.choices] == [choice["start"] for choice in kept["choices"]]
    assert "GD-20261129" not in str(kept) and "GD-20261129" not in caplog.text

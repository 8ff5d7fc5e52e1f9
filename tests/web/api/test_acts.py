"""What the acts on articles and departments do over the API: the state before and after, and what is told of refusals.

Who may, on which thing in which state, is walked in ``test_walk``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.web.api.world import World, world

Reply = tuple[int, dict[str, Any]]
Call = Callable[..., Reply]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("acts")) as found:
        yield found


@pytest.fixture
def call(made: World) -> Iterator[Call]:
    """Call a route as somebody: status and reply."""
    def act(login: str, method: str, path: str, body: Any = None, **more: str) -> Reply:
        response = made.app.test_client().open(f"/api/v1{path}", method=method, json=body,
                                               headers={**made.headers[login], **more})
        return response.status_code, response.get_json()

    yield act
    made.restore()


def test_an_article_is_hidden_signed_and_shown_again(call: Call) -> None:
    hide = ("hrss-approver", "POST", "/articles/published/hide", {"reason": "金额有误"})
    status, found = call(*hide, **{"Idempotency-Key": "hide-1"})
    assert (status, found["hidden_by"], found["signed_by"]) == (200, "hrss-approver", None) and found["until"]
    assert call(*hide, **{"Idempotency-Key": "hide-1"}) == (status, found)
    assert call(*hide)[1]["code"] == "hidden"
    assert call("citizen", "GET", "/articles/published")[0] == 404
    for path in ("/articles/published", "/articles/published/revisions/1"):
        assert {"slug": "published", **call("agent", "GET", path)[1]["hidden"]} == found
    assert found in call("agent", "GET", "/hidden")[1]["items"]
    status, signed = call("manager", "POST", "/articles/published/hide/sign")
    assert (status, signed["until"], signed["signed_by"]) == (200, None, "manager")
    assert call("manager", "POST", "/articles/published/show", {"reason": "已核对"}) == (
        200, {"slug": "published", "hidden": False})
    assert call("citizen", "GET", "/articles/published")[0] == 200
    assert call("agent", "GET", "/articles/published")[1]["hidden"] is None
    assert call("manager", "POST", "/articles/published/show", {})[1]["code"] == "not_hidden"


def test_hidden_articles_are_listed_page_by_page_what_lasts_last(call: Call) -> None:
    assert call("manager", "POST", "/articles/internal/hide", {"reason": "x"})[0] == 200
    assert call("manager", "POST", "/articles/hidden/hide/sign")[0] == 200
    _, page = call("agent", "GET", "/hidden?limit=1")
    _, rest = call("agent", "GET", f"/hidden?limit=1&cursor={page['next_cursor']}")
    assert [one["slug"] for one in page["items"] + rest["items"]] == ["internal", "hidden"]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(("body", "field"), [
    ({"reason": " "}, "reason"), ({}, "reason"), ({"reason": "x", "until": "2099-01-01"}, "until"),
])
def test_a_hiding_that_is_refused_names_the_field(call: Call, body: dict[str, str], field: str) -> None:
    status, problem = call("hrss-approver", "POST", "/articles/published/hide", body)
    assert (status, list(problem["fields"])) == (400, [field])


def test_what_is_published_urgently_is_live_and_owes_its_signatures(call: Call) -> None:
    path = "/articles/half-signed/revisions/1"
    assert call("hrss-approver", "POST", "/articles/in-review/revisions/1/publish-urgently", {"reason": "x"})[1][
        "code"] == "not_signed"
    assert call("hrss-approver", "POST", f"{path}/publish-urgently", {"reason": " "})[1]["fields"] == {
        "reason": "required"}
    status, found = call("hrss-approver", "POST", f"{path}/publish-urgently", {"reason": "今晚生效"})
    assert (status, found["state"], found["waiting_for"]) == (200, "published", ["hrss"])
    seen = call("citizen", "GET", "/articles/half-signed")[1]
    assert (seen["live_revision"], seen["hidden"], seen["owed"]) == (1, None, None)
    (listed,) = [one for one in call("manager", "GET", "/reviews")[1]["items"] if one["slug"] == "half-signed"]
    owed = call("agent", "GET", f"{path}/owed")[1]["owed"]
    assert (listed["minor"], listed["overdue"], listed["owed_by"]) == (False, False, owed["due_at"])
    assert call("agent", "GET", "/articles/half-signed")[1]["owed"] == owed
    assert (owed["departments"], owed["published_by"], owed["reason"]) == (["hrss"], "hrss-approver", "今晚生效")
    assert call("manager", "POST", f"{path}/sign", {"sha256": found["sha256"], "reason": "代签"})[0] == 200
    assert call("agent", "GET", f"{path}/owed")[1]["owed"] is None


def test_why_somebody_may_sign_is_told_to_them_to_managers_and_to_administrators(call: Call) -> None:
    path = "/articles/in-review/r/1/rights"
    status, found = call("hrss-approver", "GET", path)
    assert (status, found["slug"], found["revision"], found["person"]) == (200, "in-review", 1, "hrss-approver")
    signing = next(right for right in found["rights"] if right["action"] == "approve")
    assert signing["may"] and [reason["id"] for reason in signing["reasons"]] == [
        "role_of_department", "waited_for", "rule"]
    for asker in ("manager", "admin"):
        assert call(asker, "GET", f"{path}?person=hrss-approver") == (200, found)
        assert call(asker, "GET", f"{path}?person=nobody")[0] == 404
    _, wrote = call("admin", "GET", f"{path}?person=hrss-editor")
    signing = next(right for right in wrote["rights"] if right["action"] == "approve")
    assert [reason["id"] for reason in signing["reasons"]] == ["no_role", "own_text"]
    assert call("hrss-approver", "GET", f"{path}?person=hrss-editor")[0] == 403
    assert call("agent", "GET", path)[0] == 404 and call("citizen", "GET", path)[0] == 401


def test_a_minor_edit_is_marked_and_one_that_is_none_is_told_why(call: Call) -> None:
    def submitted(**changes: Any) -> Reply:
        draft = call("hrss-editor", "POST", "/articles/published/drafts", {})[1]
        path, text = f"/drafts/{draft['id']}", {"source": draft["text"]["source"], "is_minor": True}
        assert call("hrss-editor", "PATCH", path, {**text, **changes}, **{"If-Match": '"1"'})[0] == 200
        return call("hrss-editor", "POST", f"{path}/submit", **{"If-Match": '"2"'})

    status, problem = submitted(source="三日内免费补办。\n\n## 补领\n\n当场领取。\n", summary="新",
                                basis=[{"title": "办法"}])
    assert (status, problem["code"], set(problem["fields"])) == (400, "not_minor", {
        "is_minor", "source", "summary", "basis"})
    assert problem["fields"]["source"] == "words: 免费 -> 三日内免费"
    status, found = submitted(source="免费补办。\n\n## 补领\n\n请当场领取。\n")
    assert status == 201, found
    (listed,) = [one for one in call("manager", "GET", "/reviews")[1]["items"] if one["slug"] == "published"]
    assert (listed["revision"], listed["minor"], listed["owed_by"]) == (found["revision"], True, None)


def test_an_article_changes_hands_by_two_signatures(call: Call) -> None:
    path, body = "/articles/published/move", {"to": "fund", "reason": "职能划转"}
    status, opened = call("hrss-approver", "POST", path, body)
    assert (status, opened["from"], opened["to"], opened["waiting_for"], opened["done"]) == (
        200, "hrss", "fund", ["fund"], False)
    assert call("fund-approver", "GET", "/moves?slug=published")[1]["items"] == [opened]
    assert [one["slug"] for one in call("fund-approver", "GET", "/moves?limit=1")[1]["items"]] == ["moving"]
    status, refused = call("hrss-approver", "POST", path, body)
    assert (status, refused["code"]) == (403, "signed")
    assert call("manager", "POST", path, {"to": "fund"})[1]["fields"] == {"reason": "required"}
    status, done = call("fund-approver", "POST", path, body, **{"Idempotency-Key": "move"})
    assert (status, done["waiting_for"], done["done"]) == (200, [], True)
    assert call("fund-approver", "POST", path, body, **{"Idempotency-Key": "move"}) == (200, done)
    assert call("fund-approver", "GET", "/moves?slug=published")[1]["items"] == []
    assert call("fund-editor", "POST", "/articles/published/drafts", {})[1]["department"] == "fund"
    assert call("fund-approver", "POST", path, body)[1]["code"] == "same_owner"


def test_an_article_that_is_on_its_way_stays_where_it_is(call: Call) -> None:
    assert call("fund-approver", "DELETE", "/articles/moving/move") == (200, {"slug": "moving", "dropped": True})
    assert call("hrss-approver", "DELETE", "/articles/moving/move")[1]["code"] == "not_moving"
    assert call("hrss-approver", "GET", "/moves")[1]["items"] == []


def test_a_department_is_listed_set_and_renamed(call: Call) -> None:
    listed = call("agent", "GET", "/departments?limit=2")[1]
    rest = call("agent", "GET", f"/departments?limit=2&cursor={listed['next_cursor']}")[1]
    assert [one["code"] for one in listed["items"] + rest["items"]] == ["fund", "gone", "hrss"]
    before = call("agent", "GET", "/departments/hrss")[1]
    assert (before, call("agent", "GET", "/departments/nowhere")[0]) == (rest["items"][0], 404)
    people = {"head": "hrss-approver", "deputies": ["hrss-second"], "contacts": [{"name": "值班", "phone": "12345"}]}
    assert call("admin", "PATCH", "/departments/hrss", people) == (200, before | people)
    assert call("admin", "PATCH", "/departments/hrss", {"head": ""})[1] == before | people | {"head": ""}
    names = {"name_zh": "市人力资源局", "name_en": "Human Resources"}
    assert call("admin", "POST", "/departments/hrss/rename", names)[0] == 200
    assert call("agent", "GET", "/departments/hrss")[1] == before | people | names | {"head": ""}


@pytest.mark.parametrize(("path", "body", "status", "fields"), [
    ("", {"head": "nobody"}, 400, {"head": "unknown"}),
    ("", {"deputies": ["agent", "agent"]}, 400, {"deputies": "twice"}),
    ("", {"district": "月球"}, 400, {"district": "unknown"}), ("", {"contacts": [{"name": "值班"}]}, 400, {}),
    ("/rename", {"name_zh": "市fund局", "name_en": "x"}, 400, {"name_zh": "confusable"}),
    ("/merge", {"into": "hrss"}, 400, {"into": "the same"}), ("/merge", {"into": "gone"}, 409, {}),
    ("/dissolve", {}, 400, {"successor": "required"}),
    ("/split", {"into": "fund", "articles": ["none"]}, 400, {"articles": "unknown"}),
    ("/split", {"into": "fund", "articles": ["published"], "name_zh": "新", "name_en": "New"}, 409, {"into": "taken"}),
])
def test_what_is_refused_of_a_department_names_the_field_and_changes_nothing(
        call: Call, path: str, body: dict[str, Any], status: int, fields: dict[str, str]) -> None:
    before = call("agent", "GET", "/departments")
    found = call("admin", "POST" if path else "PATCH", f"/departments/hrss{path}", body)
    assert found[0] == status and fields.items() <= found[1].get("fields", {}).items(), found
    assert call("agent", "GET", "/departments") == before


def test_articles_of_a_department_that_is_split_and_merged_have_an_owner_at_every_step(call: Call) -> None:
    body = {"into": "talent", "name_zh": "市人才局", "name_en": "Talent Bureau", "articles": ["published"]}
    status, found = call("admin", "POST", "/departments/hrss/split", body, **{"Idempotency-Key": "split"})
    assert (status, found) == (200, {"code": "hrss", "successor": "talent", "articles": ["published"], "people": []})
    assert call("admin", "POST", "/departments/hrss/split", body, **{"Idempotency-Key": "split"}) == (200, found)
    assert call("citizen", "GET", "/articles/published")[1]["department"] == "talent"
    status, found = call("admin", "POST", "/departments/hrss/merge", {"into": "fund"})
    assert status == 200 and "internal" in found["articles"] and "published" not in found["articles"]
    assert found["people"] == ["hrss-approver", "hrss-editor", "hrss-second"]
    assert call("agent", "GET", "/articles/internal")[1]["department"] == "fund"
    assert call("agent", "GET", "/departments/hrss")[1]["successor"] == "fund"
    assert call("admin", "POST", "/departments/talent/dissolve", {"successor": "fund"})[1]["articles"] == ["published"]
    assert call("hrss-editor", "POST", "/articles/internal/drafts", {})[0] == 403


def test_a_category_and_a_rule_are_set_and_count_at_once(call: Call) -> None:
    given = {"category": "社会保障", "risk": "high", "review_days": 180}
    assert call("manager", "PUT", "/categories", given) == (200, given)
    assert call("manager", "PUT", "/categories", {"category": "社会保障"}) == (
        200, {**given, "risk": "normal", "review_days": None})
    page = call("agent", "GET", "/categories?limit=1")[1]
    rest = call("agent", "GET", f"/categories?limit=1&cursor={page['next_cursor']}")[1]
    assert [one["category"] for one in page["items"] + rest["items"]] == ["急", "社会保障"]
    before = call("agent", "GET", "/rules")[1]["items"]
    assert before == [{"department": None, "category": "急", "owner_signatures": 2}]
    rule = {"department": "hrss", "category": None, "owner_signatures": 3}
    assert call("manager", "PUT", "/rules", rule) == (200, rule)
    assert call("agent", "GET", "/rules")[1]["items"] == [*before, rule]
    (waiting,) = [one for one in call("manager", "GET", "/reviews")[1]["items"] if one["slug"] == "in-review"]
    assert waiting["waiting_for"] == ["hrss"] * 3


@pytest.mark.parametrize(("path", "body", "fields"), [
    ("rules", {"department": "nowhere", "owner_signatures": 2}, {"department": "unknown"}),
    ("rules", {"category": "没有", "owner_signatures": 2}, {"category": "unknown"}),
    ("rules", {"owner_signatures": 6}, {"owner_signatures": "not above 5"}),
    ("categories", {"category": " 急"}, {"category": "not clean"}),
    ("categories", {"category": "急", "risk": "none"}, {"risk": "must be 'low', 'normal' or 'high'"}),
])
def test_a_rule_that_is_refused_names_the_field(call: Call, path: str, body: dict[str, Any],
                                                fields: dict[str, str]) -> None:
    status, problem = call("manager", "PUT", f"/{path}", body)
    assert (status, problem["fields"]) == (400, fields)


def test_the_words_of_an_earlier_text_come_back_as_a_draft(call: Call) -> None:
    status, draft = call("hrss-editor", "POST", "/articles/twice/rollback", {"revision": 1})
    assert (status, draft["base"], draft["version"], draft["text"]["change_note"]) == (201, 2, 1, "恢复第1版")
    assert draft["text"]["source"] == call("agent", "GET", "/articles/twice/revisions/1")[1]["source"]
    assert call("citizen", "GET", "/articles/twice")[1]["revision"] == 2  # nothing is published by it
    assert call("hrss-editor", "POST", f"/drafts/{draft['id']}/submit", **{"If-Match": '"1"'})[1]["revision"] == 3
    for number, status, code in ((2, 409, "newest"), (9, 404, "no_revision")):
        status_, problem = call("hrss-editor", "POST", "/articles/twice/rollback", {"revision": number})
        assert (status_, problem["code"]) == (status, code)


def test_words_are_erased_once_another_person_has_agreed(call: Call) -> None:
    path = "/articles/twice/revisions/1"
    before = call("agent", "GET", path)[1]
    assert call("manager", "POST", f"{path}/redaction/agree")[1]["code"] == "not_asked"
    assert call("admin", "POST", f"{path}/redaction", {"reason": " "})[1]["fields"] == {"reason": "required"}
    asked = {"slug": "twice", "revision": 1, "redacted": False}
    assert call("admin", "POST", f"{path}/redaction", {"reason": "法院裁定"}) == (200, asked)
    assert call("agent", "GET", path)[1] == before
    assert call("admin", "POST", f"{path}/redaction", {"reason": "法院裁定"})[1]["code"] == "asked"
    agree = ("manager", "POST", f"{path}/redaction/agree")
    assert call(*agree, **{"Idempotency-Key": "erase"}) == (200, asked | {"redacted": True})
    assert call(*agree, **{"Idempotency-Key": "erase"})[0] == 200 and call(*agree)[1]["code"] == "redacted"
    after = call("agent", "GET", path)[1]
    assert ("免费补办" in before["source"], "免费补办" in after["source"]) == (True, False)
    assert after["sha256"] == before["sha256"]
    assert call("hrss-editor", "POST", "/articles/twice/rollback", {"revision": 1})[1]["code"] == "redacted"


def test_only_the_text_that_was_seen_is_confirmed(call: Call) -> None:
    seen = {number: call("agent", "GET", f"/articles/twice/revisions/{number}")[1]["sha256"] for number in (1, 2)}
    body = {"review_by": "2099-01-01", "sha256": seen[1]}
    status, problem = call("hrss-approver", "POST", "/articles/twice/confirm", body)
    assert (status, problem["code"], problem["fields"]) == (409, "other_text", {"sha256": "of another text"})
    assert call("hrss-approver", "POST", "/articles/twice/confirm", body | {"sha256": seen[2].upper()})[0] == 200


def test_a_draft_is_checked_and_what_was_found_goes_with_it_to_those_who_sign(call: Call) -> None:
    slug = call("citizen", "POST", "/ask", {"question": "补领怎么办"})[1]["citations"][0]["slug"]  # many say the same
    draft = call("hrss-editor", "POST", f"/articles/{slug}/drafts", {})[1]
    path, seen = f"/drafts/{draft['id']}", {"If-Match": '"1"'}
    assert call("hrss-editor", "GET", f"{path}/check") == (200, {"check": None, "is_current": False})
    call("hrss-editor", "PATCH", path, {"source": "免费补办。\n\n见[旧](article:retired)。\n"}, **seen)
    status, found = call("hrss-second", "POST", f"{path}/check")
    assert (status, found["version"], found["base"], found["is_complete"]) == (200, 2, 1, True)
    by_kind = {one["kind"]: one for one in found["findings"]}
    assert by_kind["lost"]["question"]["text"] == "补领怎么办"
    assert by_kind["lost"]["before"][0]["heading_path"] == ["补领"]
    assert by_kind["reference"]["facts"]["target"] == "retired"
    assert by_kind["basis"]["said_zh"] == "没有填写政策依据。"
    assert call("hrss-approver", "GET", f"{path}/check")[1]["is_current"]
    assert call("fund-approver", "GET", f"{path}/check")[0] == 404
    number = call("hrss-editor", "POST", f"{path}/submit", **{"If-Match": '"2"'})[1]["revision"]
    kept = call("hrss-approver", "GET", f"/articles/{slug}/revisions/{number}/check")[1]["check"]
    assert kept == found

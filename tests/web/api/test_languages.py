"""What is wrong is told in the language of who asked: documents by Accept-Language, pages by their own."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kb.errors import Conflict, Denied, Invalid, Unavailable
from web.error_words import said
from web.errors import problem_of

CHINESE = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def told(client: FlaskClient, body: dict[str, Any], **headers: str) -> dict[str, Any]:
    found: dict[str, Any] = client.post("/api/v1/ask", json=body, headers=headers).get_json()
    return found


def test_a_document_is_in_the_language_asked_for_and_its_code_is_not(client: FlaskClient) -> None:
    for language, title, detail in (
            ("zh", "未找到", "没有您可查看的条目“none”"), ("en", "Not Found", "no article 'none' that you may read")):
        response = client.get("/api/v1/articles/none", headers={"Accept-Language": language})
        body = response.get_json()
        assert (body["title"], body["detail"], body["code"]) == (title, detail, "no_article")
        assert response.headers["Content-Language"] == language
        assert {"accept-language", "cookie"} <= {name.lower() for name in response.vary}


@pytest.mark.parametrize("language", [None, "fr", "", "*;q=0"])
def test_a_program_that_names_no_language_of_ours_reads_english(client: FlaskClient, language: str | None) -> None:
    headers = {} if language is None else {"Accept-Language": language}
    assert client.get("/api/v1/nothing", headers=headers).get_json()["title"] == "Not Found"


def test_the_language_chosen_in_a_browser_comes_before_its_own(client: FlaskClient) -> None:
    client.set_cookie("kb_lang", "en")
    assert client.get("/api/v1/articles/none", headers=CHINESE).get_json()["title"] == "Not Found"


@pytest.mark.parametrize(("body", "field", "zh", "en"), [
    ({"question": 1}, "question", "应为文字", "must be text"),
    ({}, "question", "必填", "required"),
    ({"question": "x", "as_of": "soon"}, "as_of", "“soon”不是日期，请写成 2026-03-01 或 2026-03-01T09:00+08:00",
     "'soon' is not a date; write 2026-03-01 or 2026-03-01T09:00+08:00"),
    ({"question": "x", "department": "a\nb"}, "department", None, None),
    ({"question": "x", "asof": "2026"}, "asof", "没有这一项", "unknown"),
    ({"question": "x", "history": [{"role": "user"}]}, "history", "0.text：必填", "0.text: required"),
])
def test_what_is_wrong_with_a_field_is_told_in_either_language(client: FlaskClient, body: dict[str, Any], field: str,
                                                               zh: str | None, en: str | None) -> None:
    chinese, english = told(client, body, **CHINESE), told(client, body)
    assert chinese["code"] == english["code"] and chinese["fields"].keys() == english["fields"].keys()
    if zh is not None:
        assert (chinese["fields"][field], english["fields"][field]) == (zh, en)
    assert chinese["detail"] != english["detail"]


def test_a_page_says_what_the_domain_says_in_the_pages_language(app: Flask) -> None:
    signed = Conflict("signed", "{actor} has signed revision {number} already", actor="li", number=3)
    reason = Invalid("reason", "say why you reject the text", fields={"reason": "required"})
    for language, sentence, beside in (("zh", "li 已签过第 3 版。", "必填"),
                                       ("en", "li has signed revision 3 already.", "required")):
        with app.test_request_context("/", headers={"Accept-Language": language}):
            assert said(problem_of(signed)) == sentence
            assert problem_of(reason).fields == {"reason": beside}


def test_a_page_keeps_to_itself_what_only_the_operator_can_mend(app: Flask) -> None:
    with app.test_request_context("/", headers={"Accept-Language": "zh"}):
        assert said(problem_of(Unavailable("secret", "{path} is damaged", path="/srv/kb/secret"))) == \
            "服务暂时不可用，请稍后重试。"
        assert said(problem_of(Denied("denied", "you may not do this"))) == "您没有权限这样做。"

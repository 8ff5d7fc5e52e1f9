"""Why somebody may or may not, on a page: every reason a sentence in the reader's language."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

import pytest
from flask import Flask

from kb.people.permissions import Reason
from tests.web.conftest import Installation
from tests.web.site import Visitor, check_harmless, words
from web.rights.words import ACTIONS, sentence

PATH = "/articles/outside/r/2/rights"
FACTS: dict[str, dict[str, Any]] = {
    "role": {"role": "knowledge_manager"}, "role_of_department": {"role": "approver", "department": "hrss"},
    "waited_for": {"department": "hrss"}, "substitute": {"department": "hrss"},
    "rule": {"department": "hrss", "category": "", "signatures": 2, "minor": False},
    "no_role": {"roles": ["approver", "knowledge_manager"]},
    "other_department": {"held": ["fund"], "departments": ["hrss"]}, "another_author": {"author": "li"},
    "dissolved": {"role": "editor", "department": "gone", "successor": None}, "unpublished": {"state": "in_review"},
    "state": {"state": "published"}, "unsigned": {"departments": ["hrss", "fund"]},
    "decided": {"decision": "signed", "department": "hrss", "at": "2026-01-02T00:00:00+00:00"},
    "not_waited_for": {"departments": ["fund"]}}
PLAIN = ("own_account", "published", "writes_or_signs", "another_person", "own_text", "disabled", "internal", "retired",
         "redacted", "all_signed")


def signed_in(app: Flask, installation: Installation, login: str, language: str = "zh") -> Visitor:
    visitor = Visitor(app, language=language)
    assert visitor.sign_in(login, installation.passwords[login]).status_code == 303
    return visitor


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_reason_is_a_sentence_without_gaps(app: Flask, language: str) -> None:
    names = {"hrss": "市人社局", "fund": "公积金中心"}
    with app.test_request_context(headers={"Accept-Language": language}):
        for reason in (*(Reason(key, facts) for key, facts in FACTS.items()), *map(Reason, PLAIN)):
            said = sentence(reason, names)
            assert "已发布的。" not in said
            assert said != reason.id and "%(" not in said and said[-1] in "。.", said
            assert (re.search("[\u3000-\u9fff]", said) is not None) or language == "en", said
        assert sentence(Reason("new_one"), names) == "new_one"
    assert {field.name for field in fields(Reason)} == {"id", "facts"}


def test_one_reads_about_oneself(app: Flask, installation: Installation) -> None:
    page = signed_in(app, installation, "hrss-approver").get(PATH)
    check_harmless(page.get_data(as_text=True))
    said = words(page)
    assert page.status_code == 200 and "角色为" in said and "审核人" in said
    assert "查看谁的权限" not in said and len(re.findall("可以", said)) >= len(ACTIONS)
    agent = words(signed_in(app, installation, "agent", "en").get(PATH))
    assert "It takes one of these roles: Approver, Knowledge manager." in agent


def test_managers_and_administrators_read_about_anybody_and_others_are_refused(app: Flask, installation: Installation
                                                                              ) -> None:
    for login in ("manager", "admin"):
        visitor = signed_in(app, installation, login)
        assert "hrss approver对该文本的权限" in words(visitor.get(f"{PATH}?person=hrss-approver"))
        assert "没有这个用户名" in words(visitor.get(f"{PATH}?person=nobody"))
        assert visitor.get("/articles/nothing/r/1/rights").status_code == 404
    assert signed_in(app, installation, "agent").get(f"{PATH}?person=admin").status_code == 403
    assert Visitor(app).get(PATH).status_code in (303, 401)

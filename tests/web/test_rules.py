"""Categories and signature rules on a page: read by the staff, kept by knowledge managers."""

from __future__ import annotations

import uuid

import pytest
from flask import Flask

from kb.articles.acts import rules
from tests.web.conftest import Installation
from tests.web.site import Visitor, check_harmless, words


@pytest.fixture
def manager(app: Flask, installation: Installation) -> Visitor:
    visitor = Visitor(app)
    assert visitor.sign_in("manager", installation.passwords["manager"]).status_code == 303
    return visitor


def test_a_category_and_a_rule_are_set_and_shown(app: Flask, manager: Visitor) -> None:
    name = f"楠木类{uuid.uuid4().hex[:6]}"
    assert manager.post("/rules/categories", {"category": name, "risk": "high", "review_days": "90"}
                        ).status_code == 303
    assert manager.post("/rules/signatures", {"department": "hrss", "of_category": name, "owner_signatures": "2"}
                        ).status_code == 303
    page = manager.get("/rules?done=1")
    assert name in words(page) and "90" in words(page)
    check_harmless(page.get_data(as_text=True))
    with app.extensions["kb"].database.reading() as session:
        assert rules.CategoryRule(name, "high", 90) in rules.list_categories(session)
        assert rules.owner_signatures(session, "hrss", name) == 2


@pytest.mark.parametrize(("path", "fields", "kept"), [
    ("categories", {"category": "楠木错", "risk": "none", "review_days": "9"}, "楠木错"),
    ("categories", {"category": "楠木天数", "risk": "low", "review_days": "4000"}, "4000"),
    ("categories", {"category": "楠木天数", "risk": "low", "review_days": "十"}, "楠木天数"),
    ("categories", {"category": "", "risk": "low"}, "low"),
    ("signatures", {"department": "", "of_category": "没有的楠木类", "owner_signatures": "2"}, "2"),
    ("signatures", {"department": "nodept", "of_category": "", "owner_signatures": "2"}, "2"),
    ("signatures", {"department": "", "of_category": "", "owner_signatures": "6"}, "6"),
    ("signatures", {"department": "", "of_category": "", "owner_signatures": "9" * 5_000}, ""),
])
def test_what_cannot_be_is_said_and_what_was_typed_stays(manager: Visitor, path: str, fields: dict[str, str], kept: str
                                                         ) -> None:
    reply = manager.post(f"/rules/{path}", fields)
    assert reply.status_code == 400 and f'value="{kept}"' in reply.get_data(as_text=True)
    assert 'role="alert"' in reply.get_data(as_text=True)


def test_fault_28_the_staff_read_the_rules_and_only_managers_keep_them(
        agent: Visitor, citizen: Visitor, manager: Visitor) -> None:
    assert agent.get("/rules").status_code == 200 and "<form class=\"form\"" not in agent.get("/rules").text
    assert citizen.get("/rules").status_code == 401
    for visitor, status in ((agent, 403), (citizen, 401)):
        for path in ("categories", "signatures"):
            assert visitor.post(f"/rules/{path}", {"category": "楠木", "risk": "low"}).status_code == status
    assert 'href="/rules"' in manager.get("/edit").text and 'href="/rules"' not in agent.get("/").text

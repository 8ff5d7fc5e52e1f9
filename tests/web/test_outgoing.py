"""The pages of other systems that hear of notices: who sees them, what a button does, what is shown once."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import delete, select

from kb.models import Notice, NoticeDelivery, User
from tests.conftest import NOW
from tests.web.conftest import Installation
from tests.web.site import Visitor, check_harmless, words

_SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]{44}")


@pytest.fixture
def listing(make_app: Callable[..., Flask], installation: Installation) -> Visitor:
    """A manager where this machine's own address is listed, which is never called all the same."""
    visitor = Visitor(make_app(webhooks={"hosts": "127.0.0.1"}))
    assert visitor.sign_in("manager", installation.passwords["manager"]).status_code == 303
    return visitor


def added(visitor: Visitor, name: str) -> tuple[str, str]:
    """The page of a new receiver, and its secret."""
    response = visitor.post("/webhooks", {"name": name, "url": "http://127.0.0.1/kb", "kinds": "task"})
    page = response.get_data(as_text=True)
    found, secret = re.search(r"/webhooks/[0-9a-f-]{36}", page), _SECRET.search(page)
    assert response.status_code == 200 and found and secret
    return found[0], secret[0]


def test_a_receiver_is_added_tested_paused_and_taken_away(listing: Visitor) -> None:
    page, secret = added(listing, "办公系统<i>")
    shown = listing.get(page).get_data(as_text=True)
    check_harmless(shown)
    assert secret not in shown and "办公系统&lt;i&gt;" in shown and "复核任务" in shown
    assert "不允许访问的地址" in words(listing.post(f"{page}/test"))
    assert listing.post(f"{page}/pause").status_code == 303
    assert "已暂停" in words(listing.get(page)) and listing.post(f"{page}/pause").status_code == 409
    assert listing.post(f"{page}/resume").status_code == 303
    renewed = _SECRET.search(listing.post(f"{page}/secret").get_data(as_text=True))
    assert renewed and renewed[0] != secret
    assert listing.post(f"{page}/resend").status_code == 303
    assert listing.post(f"{page}/resend", {"delivery": "x"}).status_code == 404
    assert "没有此类记录" in words(listing.get(f"{page}?state=dead&before=7"))
    assert listing.post(f"{page}/drop").status_code == 400
    assert listing.post(f"{page}/drop", {"sure": "1"}).status_code == 303
    assert listing.get(page).status_code == 404


def test_what_is_wrong_is_said_beside_the_form(listing: Visitor) -> None:
    page, _ = added(listing, "重名系统")
    again = listing.post("/webhooks", {"name": "重名系统", "url": "http://127.0.0.1/kb"})
    assert again.status_code == 409 and "已有名为" in words(again)
    other = listing.post("/webhooks", {"name": "别处", "url": "https://elsewhere.example/"})
    assert other.status_code == 400 and "elsewhere.example" in words(other)
    assert listing.post(f"{page}/drop", {"sure": "1"}).status_code == 303


def test_others_see_no_receivers(agent: Visitor, citizen: Visitor) -> None:
    assert agent.get("/webhooks").status_code == 403 and citizen.get("/webhooks").status_code in (302, 303, 401)
    assert "/webhooks" not in agent.get("/calendar").get_data(as_text=True)


def test_mail_that_was_given_up_is_shown_to_administrators_and_sent_anew(app: Flask,
                                                                         installation: Installation) -> None:
    database = app.extensions["kb"].database
    with database.transaction() as session:
        user_id = session.scalar(select(User.id).where(User.login == "agent"))
        told = Notice(user_id=user_id, key="mail:not-sent", kind="task", message={"template": "秘密的话", "facts": {}},
                      link="/tasks", told_at=NOW, is_hidden=False)
        session.add(told)
        session.flush()
        session.add(NoticeDelivery(notice_id=told.id, key="mail:not-sent", state="dead", attempts=6, next_at=NOW,
                                   ended_at=NOW, error="mail_recipient"))
    admin, manager = Visitor(app), Visitor(app)
    admin.sign_in("admin", installation.passwords["admin"])
    manager.sign_in("manager", installation.passwords["manager"])
    page = admin.get("/undelivered")
    assert "邮件服务器不接受该收件地址" in words(page) and "秘密的话" not in words(page)
    assert re.search(r'href="/scheduler"[^>]*>[^<]*<span class="count">1<', page.get_data(as_text=True))
    assert manager.get("/undelivered").status_code == 403
    assert "/undelivered" not in manager.get("/scheduler").get_data(as_text=True)
    number = re.search(r'name="delivery" value="([0-9]+)"', page.get_data(as_text=True))
    assert number and admin.post("/undelivered", {"delivery": number[1]}).status_code == 303
    assert "没有放弃发送的邮件" in words(admin.get("/undelivered"))
    assert admin.post("/undelivered", {"delivery": number[1]}).status_code == 404
    with database.transaction() as session:
        session.execute(delete(Notice).where(Notice.key == "mail:not-sent"))

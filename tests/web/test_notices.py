"""One's own notices on a page: read, opened, mailed as chosen; nobody sees another's."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from kb.messages.message import Message
from kb.upkeep import notices
from kb.upkeep.notice_choices import Kind
from tests.conftest import NOW
from tests.web.conftest import Installation
from tests.web.site import Visitor, check_harmless, words


@pytest.fixture
def editor(app: Flask, installation: Installation) -> Visitor:
    visitor = Visitor(app)
    assert visitor.sign_in("hrss-editor", installation.passwords["hrss-editor"]).status_code == 303
    return visitor


def tell(app: Flask, login: str, key: str) -> None:
    with app.extensions["kb"].database.transaction() as session:
        told = Message("{x}", x=f"琥珀提醒{key}<img src=x>")
        notices.tell(session, [login], notices.News(Kind.TASK, told, "/reviews", key), now=NOW)


def test_what_one_is_told_is_counted_opened_and_marked(app: Flask, editor: Visitor, agent: Visitor) -> None:
    for key in ("甲", "乙", "丙"):
        tell(app, "hrss-editor", key)
    page = editor.get("/notices")
    check_harmless(page.get_data(as_text=True))
    assert "琥珀提醒甲" in words(page) and "通知 3" in words(page) and "琥珀提醒" not in words(agent.get("/notices"))
    found = page.get_data(as_text=True).split('name="notice" value="')[1].split('"')[0]
    opened = editor.post("/notices/open", {"notice": found, "link": "/reviews"})
    assert (opened.status_code, opened.headers["Location"]) == (303, "/reviews")
    assert "琥珀提醒丙" not in words(editor.get("/notices?show=unread"))
    agent.post("/notices/read", {"up_to": "999999999"})  # their own, of which there are none
    assert "琥珀提醒甲" in words(editor.get("/notices?show=unread"))
    editor.post("/notices/read", {"up_to": found})
    assert "没有未读通知" in words(editor.get("/notices?show=unread"))
    assert "没有通知" in words(editor.get("/notices?before=1"))


def test_opening_leads_to_this_site_alone(editor: Visitor) -> None:
    for link in ("//evil.example", "https://evil.example", "/\\evil.example", ""):
        assert editor.post("/notices/open", {"notice": "1", "link": link}).headers["Location"] == "/"
    assert editor.post("/notices/open", {"notice": "x" * 50, "link": "/a"}).status_code == 303


def test_choices_are_kept_and_what_is_wrong_is_said_beside_its_field(editor: Visitor) -> None:
    given = {"mail": "editor@example.org", "language": "en", "digest_hour": "9", "is_quiet": "1", "quiet_from": "21",
             "quiet_to": "6", "way-task": "once", "way-gap": "none"}
    assert editor.post("/notices/choices", given).status_code == 303
    html = editor.get("/notices/choices?done=done").get_data(as_text=True)
    check_harmless(html)
    assert 'value="editor@example.org"' in html and '<option value="9" selected>' in html
    for wrong in ({"mail": "nobody"}, {"digest_hour": "25"}, {"digest_hour": "x"}, {"quiet_to": "21"},
                  {"language": ""}):
        page = editor.post("/notices/choices", {**given, **wrong})
        assert page.status_code == 400 and 'role="alert"' in page.get_data(as_text=True)
    assert 'value="editor@example.org"' in editor.get("/notices/choices").get_data(as_text=True)


def test_a_calendar_program_reads_what_is_due_at_a_secret_address_until_it_ends(editor: Visitor, citizen: Visitor,
                                                                               ) -> None:
    page = editor.post("/notices/feed").get_data(as_text=True)
    address = re.search(r"/notices/feed/[\w-]+\.ics", page)
    assert address and address[0] not in editor.get("/notices/choices").get_data(as_text=True)
    found = citizen.get(address[0])
    assert found.status_code == 200 and found.mimetype == "text/calendar" and "BEGIN:VEVENT" in found.get_data(True)
    assert citizen.post("/notices/feed").status_code == 401
    assert editor.post("/notices/feed/end").status_code == 303
    assert citizen.get(address[0]).status_code == citizen.get("/notices/feed/x.ics").status_code == 404


def test_citizens_have_no_notices(citizen: Visitor) -> None:
    for path in ("/notices", "/notices/choices"):
        assert citizen.get(path).status_code == 401

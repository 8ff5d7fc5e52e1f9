"""The pages of the jobs and of the calendar: who sees them, what a button does, what is refused in words."""

from __future__ import annotations

import pytest
from flask import Flask

from kb.upkeep.jobs.running import Runner
from kb.upkeep.jobs.runs import Job
from tests.conftest import NOW
from tests.web.conftest import Installation
from tests.web.site import Visitor, check_harmless, words
from web.scheduling.words import times

PLAN = ("years: [{year: 2031, source: 某通知<b>, holidays: [{name: 元旦, first: 2031-01-01, last: 2031-01-01}], "
        "workdays: [2031-01-04]}]")


@pytest.fixture
def manager(app: Flask, installation: Installation) -> Visitor:
    visitor = Visitor(app)
    assert visitor.sign_in("manager", installation.passwords["manager"]).status_code == 303
    return visitor


@pytest.fixture
def admin(app: Flask, installation: Installation) -> Visitor:
    visitor = Visitor(app)
    assert visitor.sign_in("admin", installation.passwords["admin"]).status_code == 303
    return visitor


def look(app: Flask, name: str) -> None:
    Runner(app.extensions["kb"].database, [Job(name, None, lambda _at: "三行<i>")], lambda: NOW).look()


def test_a_job_is_asked_for_paused_and_let_go_on(app: Flask, admin: Visitor) -> None:
    assert "尚未执行" in words(admin.get("/scheduler"))
    assert admin.post("/scheduler/run/prune").headers["Location"].endswith("/scheduler?done=run")
    again = admin.post("/scheduler/run/prune")
    assert again.status_code == 409 and "已要求执行 prune" in words(again)
    assert "等待执行" in words(admin.get("/scheduler"))
    look(app, "prune")
    page = admin.get("/scheduler?job=prune&outcome=done")
    check_harmless(page.get_data(as_text=True))
    assert "三行&lt;i&gt;" in words(page) and "admin 要求执行" in words(page)
    assert admin.post("/scheduler/pause/prune").status_code == 303
    assert "已暂停" in words(admin.get("/scheduler?done=pause"))
    assert admin.post("/scheduler/resume/prune").status_code == 303
    assert admin.post("/scheduler/resume/prune").status_code == 409
    assert admin.post("/scheduler/run/nothing").status_code == 404
    assert admin.post("/scheduler/stop/prune").status_code == 404


def test_runs_are_narrowed_and_a_place_that_no_page_gave_is_refused(manager: Visitor) -> None:
    assert "没有这样的记录" in words(manager.get("/scheduler?job=facts&outcome=failed"))
    assert manager.get("/scheduler?job=nothing&outcome=whatever").status_code == 200
    assert manager.get("/scheduler?after=yesterday").status_code == 400


def test_others_see_no_jobs_and_set_no_days(agent: Visitor, admin: Visitor, citizen: Visitor) -> None:
    assert agent.get("/scheduler").status_code == 403 and citizen.get("/scheduler").status_code == 401
    assert agent.post("/scheduler/run/prune").status_code == 403
    assert citizen.get("/calendar").status_code == 401
    for visitor in (agent, admin):
        page = visitor.get("/calendar?year=2026")
        assert "国庆节" in words(page) and "单独设置日期" not in words(page)
        assert visitor.post("/calendar/set", {"first": "2026-12-24"}).status_code == 403


def test_a_manager_sets_days_gives_them_back_and_imports_a_year(manager: Visitor) -> None:
    days = {"first": "2030-05-06", "last": "2030-05-07", "what": "free", "name": "<b>检修"}
    done = manager.post("/calendar/set", days)
    assert done.headers["Location"].endswith("/calendar?year=2030&done=done")
    page = manager.get("/calendar?year=2030")
    check_harmless(page.get_data(as_text=True))
    assert "2030年5月6日" in words(page) and "&lt;b&gt;检修" in words(page) and "尚未录入" in words(page)
    assert manager.post("/calendar/unset", {"first": "2030-05-06"}).status_code == 303
    assert "2030年5月6日" not in words(manager.get("/calendar?year=2030"))
    assert manager.post("/calendar/import", {"plan": PLAN}).status_code == 303
    page = manager.get("/calendar?year=2031")
    assert "某通知&lt;b&gt;" in words(page) and "元旦" in words(page) and "尚未录入" not in words(page)


@pytest.mark.parametrize(("path", "fields", "told"), [
    ("set", {"first": ""}, "不是日期"), ("set", {"first": "2030-05-07", "last": "2030-05-06"}, "早于开始日期"),
    ("set", {"first": "2030-05-06", "last": "2031-05-06"}, "最多 60 天"), ("set", {"first": "1899-01-01"}, "2000"),
    ("unset", {"first": "2030-09-09"}, "没有单独设置过"), ("import", {"plan": "<script>"}, ""),
    ("import", {"plan": ""}, ""),
])
def test_what_cannot_be_set_is_said_on_the_page(manager: Visitor, path: str, fields: dict[str, str], told: str) -> None:
    page = manager.post(f"/calendar/{path}", fields)
    assert page.status_code == 400 and told in words(page)
    check_harmless(page.get_data(as_text=True))


@pytest.mark.parametrize("year", ["1", "99999", "２０２６", "-5", "abcd", "0000"])
def test_a_year_out_of_reach_is_shown_as_the_nearest(manager: Visitor, year: str) -> None:
    assert manager.get(f"/calendar?year={year}").status_code == 200


def test_in_english_too(manager: Visitor, app: Flask) -> None:
    reader = Visitor(app, language="en")
    reader.client = manager.client
    page = words(reader.get("/scheduler", headers={"Accept-Language": "en"}))
    assert "Run now" in page and "Next run" in page


@pytest.mark.parametrize(("expression", "zh", "en"), [
    ("* * * * *", "每分钟", "every minute"), ("*/10 * * * *", "每10分钟", "every 10 minutes"),
    ("0 * * * *", "每小时整点", "every hour, on the hour"),
    ("15 * * * *", "每小时第15分", "every hour at minute 15"),
    ("5 3 * * *", "每天3:05", "every day at 3:05"),
    ("0 6 * * 1", "0 6 * * 1", "0 6 * * 1"),
])
def test_when_a_job_runs_is_said_in_words_where_they_are_short(app: Flask, expression: str, zh: str, en: str) -> None:
    for language, said in (("zh", zh), ("en", en)):
        with app.test_request_context(headers={"Accept-Language": language}):
            assert times(expression) == said

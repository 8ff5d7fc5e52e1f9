"""An answer has an address that survives a reload, the way back and a sign-in, and says when it holds no more."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import event, func, select
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from kb.actor import OPERATOR, Actor, Role
from kb.articles.acts import hiding
from kb.models import AnswerRow
from kb.people import people
from retriever.answer import Answer, Elsewhere, State
from retriever.ask import Retriever
from tests.conftest import NOW
from tests.retriever.factories import published_article
from tests.web.conftest import Installation
from tests.web.site import Visitor, check_harmless, tags, words

QUESTION = "社保卡丢了怎么补办"
ADDRESS = re.compile(r'href="(/answers/[0-9a-f-]{36})"')
PUSHED = {"HX-Request": "true", "Accept-Language": "zh"}


def address_of(page: str) -> str:
    found = ADDRESS.search(page)
    assert found
    return found[1]


def told(page: str) -> str:
    """What is said and the section that it stands in; what is copied repeats the question."""
    said, section = page.split('id="said"')[1].split("</section>")[0].split('<section class="sources"')
    return said.split('<div class="answer-foot"')[0] + section


def asked(visitor: Visitor, question: str = QUESTION, **fields: str) -> str:
    return visitor.ask(question, **fields).get_data(as_text=True)


def recorded(app: Flask) -> int:
    with app.extensions["kb"].database.reading() as session:
        return session.scalar(select(func.count()).select_from(AnswerRow)) or 0


def test_an_answer_is_found_again_at_its_address(citizen: Visitor) -> None:
    page = asked(citizen)
    again = citizen.get(address_of(page)).get_data(as_text=True)
    assert told(again) == told(page)
    assert re.search(rf'<h2 id="asked"[^>]*>{QUESTION}</h2>', again)
    check_harmless(again)


def test_the_browser_is_told_the_address_of_what_it_shows(citizen: Visitor) -> None:
    response = citizen.post("/ask", {"question": QUESTION}, headers=PUSHED)
    assert response.headers["HX-Push-Url"] == address_of(response.get_data(as_text=True))
    refused = citizen.post("/ask", {"question": ""}, headers=PUSHED)
    assert refused.status_code == 400 and "HX-Push-Url" not in refused.headers


def test_the_conversation_goes_on_from_the_address(citizen: Visitor) -> None:
    first = asked(citizen)
    fields = dict(form_of(first))
    second = send(citizen, "/ask", [*form_of(first), ("question", "那邮寄要多久")])
    again = citizen.get(address_of(second.get_data(as_text=True))).get_data(as_text=True)
    assert fields["follows"] == address_of(first).rsplit("/", 1)[1]
    assert QUESTION in again.split('class="earlier"')[1]
    turns = [value for name, value in form_of(again) if name == "turn_text"]
    assert turns[0] == QUESTION and turns[2] == "那邮寄要多久"


def send(visitor: Visitor, path: str, fields: list[tuple[str, str]], **options: object) -> TestResponse:
    """Send a form whose fields may come several times; its token is a fresh one."""
    kept = [field for field in fields if field[0] != "form_token"]
    data = MultiDict([("form_token", visitor.form_token()), *kept])
    return visitor.client.post(path, data=data, **{"headers": {"Accept-Language": "zh"}, **options})


def form_of(page: str) -> list[tuple[str, str]]:
    """The fields of the question form but the question, as a browser would send them."""
    form = page.split('<form id="ask"')[1].split("</form>")[0]
    return [(a["name"], a["value"]) for tag, a in tags(form) if tag == "input" and a.get("name")]


def test_a_citizens_answer_is_for_whoever_has_its_address_and_a_persons_for_the_staff(
        app: Flask, citizen: Visitor, agent: Visitor, installation: Installation) -> None:
    public, inside = address_of(asked(citizen)), address_of(asked(agent))
    boss = Visitor(app)
    boss.sign_in("supervisor", installation.passwords["supervisor"])
    assert {visitor.get(public).status_code for visitor in (citizen, agent, Visitor(app))} == {200}
    assert boss.get(inside).status_code == 200
    for nobody in (citizen, Visitor(app)):
        found = nobody.get(inside)
        assert found.status_code == 404 and QUESTION not in found.get_data(as_text=True)
    assert citizen.get(f"/answers/{uuid4()}").status_code == 404


def test_it_survives_the_end_of_a_session_and_the_next_sign_in(agent: Visitor, installation: Installation) -> None:
    address = address_of(asked(agent))
    agent.post("/sign-out")
    assert agent.get(address).status_code == 404
    back = agent.post("/sign-in", {"login": "agent", "password": installation.passwords["agent"], "next": address})
    assert back.headers["Location"] == address
    assert agent.get(address).status_code == 200


def test_a_tab_that_looks_after_its_answer_does_not_keep_its_session(make_app: Callable[..., Flask],
                                                                     installation: Installation) -> None:
    time = [NOW]
    visitor = Visitor(make_app(clock=lambda: time[0], web={"idle_minutes": 30}))
    visitor.sign_in("agent", installation.passwords["agent"])
    address = address_of(asked(visitor))
    for minutes in (10, 20, 29):
        time[0] = NOW + timedelta(minutes=minutes)
        assert visitor.get(f"{address}/standing").status_code == 200
    time[0] = NOW + timedelta(minutes=31)
    ended = visitor.get(f"{address}/standing", headers=PUSHED)
    assert ended.status_code == 404 and "登录已失效" in words(ended)
    assert 'href="/sign-in?next=' in ended.get_data(as_text=True)


def test_a_switch_of_language_leads_back_to_it(citizen: Visitor) -> None:
    address = address_of(asked(citizen))
    nexts = [a["value"] for tag, a in tags(citizen.get(address).get_data(as_text=True))
             if tag == "input" and a.get("name") == "next"]
    assert nexts and all(value.startswith(address) for value in nexts)
    assert citizen.post("/language", {"language": "en", "next": address}).headers["Location"] == address
    assert "Copy with sources" in citizen.get(address).get_data(as_text=True)


def test_a_form_that_is_sent_again_at_once_asks_once(app: Flask, citizen: Visitor) -> None:
    form = form_of(citizen.get("/").get_data(as_text=True))
    before = recorded(app)
    pages = [send(citizen, "/ask", [*form, ("question", QUESTION)]).get_data(as_text=True) for _ in range(3)]
    assert recorded(app) == before + 1
    assert len({address_of(page) for page in pages}) == 1 and len({told(page) for page in pages}) == 1
    other = send(citizen, "/ask", [*form, ("question", "公积金怎么提取")]).get_data(as_text=True)
    assert recorded(app) == before + 2 and address_of(other) != address_of(pages[0])


def test_the_same_form_later_asks_anew(make_app: Callable[..., Flask]) -> None:
    time = [NOW]
    app = make_app(clock=lambda: time[0])
    visitor = Visitor(app)
    form = form_of(visitor.get("/").get_data(as_text=True))
    first = send(visitor, "/ask", [*form, ("question", QUESTION)]).get_data(as_text=True)
    time[0] = NOW + timedelta(minutes=2)
    second = send(visitor, "/ask", [*form, ("question", QUESTION)]).get_data(as_text=True)
    assert address_of(first) != address_of(second)


@pytest.fixture
def amber(app: Flask) -> str:
    """An article of its own, whose text these tests change."""
    slug = f"amber-{uuid4().hex[:8]}"
    published_article(app.extensions["kb"].database, slug, f"{slug}手续费收取三十元。", title=f"琥珀{slug}",
                      now=datetime(2026, 1, 1, tzinfo=UTC))
    return slug


def test_fault_63_an_open_tab_is_told_that_its_answer_was_superseded(make_app: Callable[..., Flask],
                                                                     amber: str) -> None:
    time = [NOW]
    app = make_app(clock=lambda: time[0])
    visitor = Visitor(app)
    address = address_of(asked(visitor, f"{amber}手续费"))
    assert words(visitor.get(f"{address}/standing")) == ""
    published_article(app.extensions["kb"].database, amber, f"{amber}手续费收取五十元。", title=f"琥珀{amber}",
                      now=NOW + timedelta(hours=1))
    time[0] = NOW + timedelta(hours=2)
    notice = visitor.get(f"{address}/standing")
    assert f"《琥珀{amber}》第1版已于2026年11月24日被第2版取代" in words(notice) and "请勿再按此答复" in words(notice)
    assert 'role="alert"' in notice.get_data(as_text=True)
    page = visitor.get(address)
    assert "请勿再按此答复" in words(page) and "三十元" in words(page)  # what was said stays to be seen
    form = [(a["name"], a["value"]) for tag, a in tags(notice.get_data(as_text=True)) if tag == "input"]
    app.extensions["kb"].retriever.catch_up()
    assert "五十元" in words(send(visitor, "/ask", form))


def test_fault_63_what_is_hidden_is_not_shown_by_an_old_answer(make_app: Callable[..., Flask], amber: str) -> None:
    app = make_app()
    visitor = Visitor(app)
    address = address_of(asked(visitor, f"{amber}手续费"))
    manager = Actor("u-km", "km", frozenset({Role.KNOWLEDGE_MANAGER}))
    with app.extensions["kb"].database.transaction() as session:
        hiding.hide(session, manager, amber, reason="金额有误", now=NOW, origin="test")
    page = visitor.get(address)
    assert page.status_code == 200 and "目前不能查看" in words(page)
    assert "三十元" not in page.get_data(as_text=True) and f"琥珀{amber}" not in page.get_data(as_text=True)
    assert "不再公开" in words(visitor.get(f"{address}/standing"))


def test_a_section_that_was_taken_stands_at_the_address(citizen: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    kept_of = Retriever._record

    def to_check(answer: Answer) -> Answer:
        assert answer.section is not None
        return replace(answer, state=State.CHECK, sentences=(), citations=(), section=None, next=(),
                       choices=(answer.section,))

    def keep(self: Retriever, run: object, answer: Answer, *args: object) -> None:
        kept_of(self, run, to_check(answer), *args)  # type: ignore[arg-type]

    ask = Retriever.ask
    monkeypatch.setattr(Retriever, "_record", keep)
    monkeypatch.setattr(Retriever, "ask", lambda *args, **named: to_check(ask(*args, **named)))
    page = asked(citizen)
    form = page.split('/taken"')[2].split("</form>")[0]
    address = re.findall(r'action="(/answers/[^"]*)/taken"', page)[0]
    offered = citizen.get(address).get_data(as_text=True)
    assert "选用" in offered and 'id="said"' not in offered
    fields = [(a["name"], a["value"]) for tag, a in tags(form) if tag == "input"]
    taken = send(citizen, f"{address}/taken", fields, headers=PUSHED)
    assert taken.headers["HX-Push-Url"] == address
    assert told(citizen.get(address).get_data(as_text=True)) == told(taken.get_data(as_text=True))


def test_where_questions_are_not_kept_the_address_says_so(make_app: Callable[..., Flask]) -> None:
    visitor = Visitor(make_app(ask={"precision": 0.0, "log_questions": False}))
    page = asked(visitor)
    again = visitor.get(address_of(page)).get_data(as_text=True)
    assert "问题未保存" in again and QUESTION not in again and told(again) == told(page)


def statements(app: Flask, act: Callable[[], object]) -> int:
    """How many statements the database is sent meanwhile."""
    sent: list[str] = []

    def note(*call: Any) -> None:
        if not call[2].startswith(("BEGIN", "PRAGMA")):
            sent.append(call[2])

    engine = app.extensions["kb"].database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(sent)


def test_an_answer_costs_few_statements_to_open_and_fewer_to_look_after(app: Flask, agent: Visitor) -> None:
    address = address_of(asked(agent, "坐轮渡多少钱"))
    assert statements(app, lambda: agent.get(address)) <= 25
    assert statements(app, lambda: agent.get(f"{address}/standing")) <= 8


def test_a_name_is_shown_in_the_head_in_place_of_the_user_name(app: Flask) -> None:
    with app.extensions["kb"].database.transaction() as session:
        people.create_user(session, OPERATOR, login="head-test", name="林<b>小满", grants=((Role.AGENT, None),),
                           password="correct horse", now=NOW, origin="test")
    visitor = Visitor(app)
    visitor.sign_in("head-test", "correct horse")
    head = visitor.get("/account/password").get_data(as_text=True).split("</header>")[0]
    assert "林&lt;b&gt;小满" in head and "head-test" not in re.sub("<[^>]*>", " ", head)


def test_what_was_named_elsewhere_is_named_at_the_address_to_who_may_read_it(citizen: Visitor,
                                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    kept_of = Retriever._record
    readable = Elsewhere("language", "a", "library-card-en", 1, "Library cards", "culture", "en", (), "/x")
    gone = Elsewhere("ended", "b", "no-such-text", 1, "隐去的标题", "civil", "zh", (), "/y", NOW)

    def keep(self: Retriever, run: object, answer: Answer, *args: object) -> None:
        withheld = replace(answer, state=State.UNKNOWN, sentences=(), citations=(), section=None, next=(),
                           elsewhere=(readable, gone))
        kept_of(self, run, withheld, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Retriever, "_record", keep)
    page = asked(citizen)
    again = citizen.get(address_of(page)).get_data(as_text=True)
    title = re.search(r'class="read-as-of elsewhere">.*?<a href="/x"[^>]*>([^<]+)<', again, re.DOTALL)
    assert title and "ibrary" in title[1]
    assert "隐去的标题" not in again and "no-such-text" not in again
    check_harmless(again)

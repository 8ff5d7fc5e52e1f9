"""Asking, end to end: a real database, the embedded engine, and what always holds of every answer."""

from __future__ import annotations

import fcntl
import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from kb.actor import CITIZEN, OPERATOR, Actor, Role
from kb.clock import start_of_day, zone
from kb.db import Database
from kb.errors import Invalid
from kb.models import AnswerRow, Revision
from kb.people import people
from kb.settings import Settings, load_settings
from retriever import factory
from retriever.answer import Answer
from retriever.ask import Parts, Retriever
from retriever.errors import BadQuestion
from retriever.factory import index_folder
from retriever.indexing.vectors import embed_pending
from retriever.language.analysis import Analyser
from retriever.records import AskRequest, Turn
from tests.conftest import NOW
from tests.fakes import DownEmbedder, DownEngine, FakeEmbedder
from tests.retriever.factories import department, published_article, retired_article, retriever_of
from tests.retriever.grounding import check_grounded
from tests.retriever.watch import watchdog

AGENT = Actor(None, "agent", frozenset({Role.AGENT}))
CARD = "## 挂失\n\n社保卡丢了先打12333挂失。\n\n## 补办\n\n补办社保卡带身份证，工本费{fee}元，当场取卡。"
FEE = "补办社保卡工本费多少元"
DAY = timedelta(days=1)


def asked(retriever: Retriever, question: str, viewer: Actor = CITIZEN, *, now: datetime = NOW,
          **fields: Any) -> Answer:
    return retriever.ask(AskRequest(question, **fields), viewer, now=now)


def said(answer: Answer) -> str:
    return " ".join(s.text for s in answer.sentences)


def card(fee: int) -> str:
    return CARD.format(fee=fee)


@contextmanager
def index_held(settings: Settings) -> Iterator[None]:
    """Another process keeps the right to write the index."""
    (folder,) = index_folder(settings).glob("gen-*")
    with (folder / "write.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# freshness


def test_what_is_published_answers_the_next_question(retriever: Retriever, database: Database) -> None:
    assert asked(retriever, FEE).reason == "nothing_found"
    published_article(database, "card", card(20), title="社保卡补办")
    answer = asked(retriever, FEE)
    assert "20元" in said(answer)
    assert check_grounded(database, answer, CITIZEN) >= 1


def test_a_new_revision_answers_the_next_question_and_the_old_is_silent(retriever: Retriever,
                                                                       database: Database) -> None:
    published_article(database, "card", card(20), title="社保卡补办")
    asked(retriever, FEE)
    published_article(database, "card", card(15), title="社保卡补办", now=NOW + DAY)
    answer = asked(retriever, FEE, now=NOW + DAY)
    assert "15元" in said(answer)
    assert {c.revision for c in answer.citations} == {2}


def silent(retriever: Retriever, slug: str, *, now: datetime) -> bool:
    """Whether nothing of an article comes out anywhere."""
    answer = asked(retriever, FEE, now=now)
    named = {c.slug for c in answer.citations} | {n.slug for n in answer.nearest}
    if answer.withheld:
        named |= {c.slug for c in answer.withheld[1]}
    page = retriever.search("社保卡 补办", CITIZEN, now=now)
    return slug not in named | {h.slug for h in page.hits} | {s.slug for s in
                                                              retriever.suggest("社保卡", CITIZEN, now=now)}


def test_fault_61_a_retired_article_is_silent_from_the_next_question_on(retriever: Retriever,
                                                                       database: Database) -> None:
    published_article(database, "card", card(20), title="社保卡补办")
    assert not silent(retriever, "card", now=NOW)
    retired_article(database, "card", now=NOW + DAY)
    assert silent(retriever, "card", now=NOW + DAY)


def test_fault_61_a_retired_article_is_silent_while_the_index_is_behind(settings: Settings, retriever: Retriever,
                                                                       database: Database) -> None:
    published_article(database, "card", card(20), title="社保卡补办")
    assert not silent(retriever, "card", now=NOW)
    with index_held(settings):
        retired_article(database, "card", now=NOW + DAY)
        assert silent(retriever, "card", now=NOW + DAY)
        assert "index_behind" in asked(retriever, FEE, now=NOW + DAY).degraded
    assert asked(retriever, FEE, now=NOW + DAY).degraded == ()


def test_a_caller_is_not_kept_waiting_by_another_writer(settings: Settings, database: Database) -> None:
    patient = load_settings(settings.root, {}, data={"dir": str(settings.data_dir)}, embedding={"provider": "none"},
                            search={"lock_seconds": 600, "wait_seconds": 0.1})
    retriever = factory.build(patient, database)
    with index_held(settings), watchdog():
        published_article(database, "card", card(20), title="社保卡补办")
        assert asked(retriever, FEE).degraded == ("index_behind",)
    retriever.close()


def test_fault_64_a_store_that_cannot_be_written_answers_from_what_is_indexed(
        settings: Settings, retriever: Retriever, database: Database) -> None:
    published_article(database, "card", card(20), title="社保卡补办")
    asked(retriever, FEE)
    published_article(database, "ferry", "轮渡票价22元。", now=NOW + DAY)  # not indexed yet
    other = sqlite3.connect(settings.data_dir / "kb.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answer = asked(retriever, FEE, now=NOW + DAY)
    other.execute("ROLLBACK")
    other.close()
    assert "20元" in said(answer)
    assert set(answer.degraded) == {"index_behind", "not_recorded"}
    assert asked(retriever, FEE, now=NOW + DAY).degraded == ()


def test_a_superseded_text_is_silent_while_the_index_is_behind(settings: Settings, retriever: Retriever,
                                                              database: Database) -> None:
    published_article(database, "card", card(20), title="社保卡补办")
    asked(retriever, FEE)
    with index_held(settings):
        published_article(database, "card", card(15), title="社保卡补办", now=NOW + DAY)
        assert "20元" not in said(asked(retriever, FEE, now=NOW + DAY))
    assert "15元" in said(asked(retriever, FEE, now=NOW + DAY))


def test_an_expired_text_answers_no_more(retriever: Retriever, database: Database) -> None:
    published_article(database, "card", card(20), title="社保卡补办", effective_to=NOW + DAY)
    assert "20元" in said(asked(retriever, FEE))
    assert asked(retriever, FEE, now=NOW + DAY).reason == "nothing_found"
    assert retriever.suggest("社保卡", CITIZEN, now=NOW + DAY) == []


# both times


def test_midnight_of_the_hotline_decides_which_revision_answers(retriever: Retriever, database: Database) -> None:
    midnight = start_of_day(date(2026, 7, 1), zone("Asia/Shanghai"))
    assert midnight == datetime(2026, 6, 30, 16, tzinfo=UTC)
    published_article(database, "card", card(20), title="社保卡补办", now=NOW - 200 * DAY)
    published_article(database, "card", card(15), title="社保卡补办", effective_from=midnight, now=NOW - 190 * DAY)
    before = asked(retriever, FEE, as_of=midnight - timedelta(microseconds=1))
    after = asked(retriever, FEE, as_of=midnight)
    assert ("20元" in said(before), {c.revision for c in before.citations}) == (True, {1})
    assert ("15元" in said(after), {c.revision for c in after.citations}) == (True, {2})
    assert {c.effective_to for c in before.citations} == {midnight}
    for answer in (before, after):
        check_grounded(database, answer, CITIZEN)


def test_what_was_answered_then_is_answered_again_at_its_own_times(retriever: Retriever, database: Database) -> None:
    published_article(database, "card", card(20), title="社保卡补办")
    then = asked(retriever, FEE, now=NOW + DAY)
    published_article(database, "card", card(15), title="社保卡补办", now=NOW + 2 * DAY)
    retired_article(database, "card", now=NOW + 3 * DAY)
    assert asked(retriever, FEE, now=NOW + 4 * DAY).citations == ()
    again = asked(retriever, FEE, now=NOW + 4 * DAY, as_of=then.as_of, known_at=then.known_at)
    assert (again.sentences, [c.quote for c in again.citations]) == (then.sentences, [c.quote for c in then.citations])
    assert {c.revision for c in again.citations} == {1}
    assert asked(retriever, FEE, now=NOW + 4 * DAY, known_at=NOW - DAY).reason == "nothing_found"


def test_a_text_approved_ahead_answers_for_its_own_dates_only(retriever: Retriever, database: Database) -> None:
    published_article(database, "card", card(20), title="社保卡补办")
    published_article(database, "card", card(15), title="社保卡补办", effective_from=NOW + 30 * DAY)
    assert "20元" in said(asked(retriever, FEE))
    assert "15元" in said(asked(retriever, FEE, as_of=NOW + 30 * DAY))


# who sees what


def secret(database: Database) -> None:
    published_article(database, "desk", "## 转派\n\n社保卡补办工本费投诉转人社局三科，科长电话8810101。",
                      title="社保卡补办坐席指引", audience="agent")


def test_nothing_of_an_agent_only_article_reaches_a_citizen(retriever: Retriever, database: Database) -> None:
    secret(database)
    question = "社保卡补办工本费投诉转哪个科"
    for viewer, audience in ((CITIZEN, None), (CITIZEN, "agent"), (AGENT, "public")):
        answer = asked(retriever, question, viewer, audience=audience, explain=True)
        page = retriever.search(question, viewer, now=NOW, audience=audience)
        assert "desk" not in json.dumps(answer.as_dict())
        assert answer.ask_department is not None
        assert answer.ask_department["code"] == ""  # the hotline itself
        assert page.hits == ()
    assert retriever.suggest("社保卡", CITIZEN, now=NOW) == []
    for_agents = asked(retriever, question, AGENT)
    assert "三科" in said(for_agents)
    assert [s.slug for s in retriever.suggest("社保卡", AGENT, now=NOW)] == ["desk"]


def test_a_citizen_gets_the_same_answer_whether_hidden_articles_exist_or_not(retriever: Retriever,
                                                                            database: Database) -> None:
    published_article(database, "card", card(20), title="社保卡补办")
    before = asked(retriever, FEE)
    secret(database)
    after = asked(retriever, FEE)
    assert (before.sentences, before.nearest) == (after.sentences, after.nearest)


def test_an_article_that_becomes_internal_is_silent_for_citizens(retriever: Retriever, database: Database) -> None:
    published_article(database, "card", card(20), title="社保卡补办")
    published_article(database, "card", card(20), title="社保卡补办", audience="agent", now=NOW + DAY)
    assert silent(retriever, "card", now=NOW + DAY)


def test_department_and_language_narrow_the_answer(retriever: Retriever, database: Database) -> None:
    department(database, "fund")
    published_article(database, "card", card(20), title="社保卡补办")
    published_article(database, "fund-card", "公积金联名卡补办工本费5元。", title="公积金卡补办", owner="fund")
    published_article(database, "card-en", "A new social security card costs 20 yuan.", title="Card", lang="en")
    assert {c.department for c in asked(retriever, FEE, department="fund").citations} == {"fund"}
    assert {c.slug for c in asked(retriever, "social security card cost", lang="en").citations} == {"card-en"}
    with pytest.raises(Invalid, match="no department"):
        asked(retriever, FEE, department="nowhere")


@pytest.mark.parametrize("fields", [{"audience": "everyone"}, {"audience": ""}, {"lang": "fr"}])
def test_a_filter_that_names_nothing_is_refused(retriever: Retriever, fields: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        asked(retriever, FEE, **fields)


# dialogue


def test_a_follow_up_is_understood_by_what_was_said_before(retriever: Retriever, database: Database) -> None:
    published_article(database, "card", card(20), title="社保卡补办")
    published_article(database, "ferry", "## 票价\n\n长屿线轮渡成人票价22元，儿童票价11元。", title="轮渡票价")
    turns = (Turn("user", "我想坐长屿线轮渡"), Turn("agent", "您想问时刻还是票价？"))
    assert {c.slug for c in asked(retriever, "多少元", history=turns).citations} == {"ferry"}
    turns = (Turn("user", "我的社保卡丢了"), Turn("agent", "可以补办。"))
    assert {c.slug for c in asked(retriever, "多少元", history=turns).citations} == {"card"}


def test_a_long_dialogue_is_cut_and_never_refused(retriever: Retriever, database: Database) -> None:
    published_article(database, "card", card(20), title="社保卡补办")
    turns = tuple(Turn("user" if i % 2 else "agent", "社保卡" * 3000) for i in range(60))
    assert "20元" in said(asked(retriever, FEE, history=turns))


# the log


def rows(database: Database) -> list[AnswerRow]:
    with database.reading() as session:
        return list(session.scalars(select(AnswerRow).options(selectinload(AnswerRow.citations))
                                    .order_by(AnswerRow.asked_at)))


def test_every_answer_is_kept_with_its_citations(retriever: Retriever, database: Database) -> None:
    published_article(database, "card", card(20), title="社保卡补办")
    given = [asked(retriever, FEE), asked(retriever, "火星移民签证", now=NOW + DAY)]
    kept = rows(database)
    assert [r.id for r in kept] == [a.answer_id for a in given]
    assert (kept[0].question, kept[0].audience, kept[0].lang, kept[0].abstained) == (FEE, "public", "zh", False)
    assert [(c.n, c.start, c.end, c.quote) for c in kept[0].citations] == [
        (c.n, c.start, c.end, c.quote) for c in given[0].citations]
    assert (kept[1].abstained, kept[1].reason, kept[1].citations) == (True, given[1].reason, [])
    assert {"understand", "propose", "authority", "rank", "evidence", "verify"} <= set(kept[0].stages)
    assert kept[0].took_ms > 0


def test_fault_46_personal_numbers_of_a_question_are_not_kept(retriever: Retriever, database: Database) -> None:
    asked(retriever, "我叫王五，电话13800138000，身份证11010519491231002X，社保卡丢了")
    (row,) = rows(database)
    assert "社保卡丢了" in row.question
    assert not any(c.isdigit() for c in row.question)


def test_the_log_names_who_asked(retriever: Retriever, database: Database) -> None:
    with database.transaction() as session:
        people.create_user(session, OPERATOR, login="wang", name="王", grants=[(Role.AGENT, None)], password=None,
                           now=NOW)
        viewer = people.actor_of(session, "wang", now=NOW)
    asked(retriever, FEE, viewer)
    assert [(r.user_id, r.audience) for r in rows(database)] == [(viewer.user_id, "agent")]


def test_questions_can_be_kept_out_of_the_log(settings: Settings, database: Database) -> None:
    own = load_settings(settings.root, {}, data={"dir": str(settings.data_dir)}, ask={"log_questions": False},
                        embedding={"provider": "none"})
    retriever = retriever_of(own, database)
    asked(retriever, FEE)
    assert [r.question for r in rows(database)] == [""]
    retriever.close()


def test_fault_64_a_log_that_cannot_be_written_does_not_keep_the_caller_waiting(
        settings: Settings, retriever: Retriever, database: Database) -> None:
    published_article(database, "card", card(20), title="社保卡补办")
    asked(retriever, FEE)
    other = sqlite3.connect(settings.data_dir / "kb.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answer = asked(retriever, FEE)
    other.execute("ROLLBACK")
    other.close()
    assert "20元" in said(answer)
    assert answer.degraded == ("not_recorded",)
    assert len(rows(database)) == 1


# lower levels of service


def down(settings: Settings, database: Database) -> Retriever:
    return Retriever(settings, database, Parts(DownEngine(), Analyser(), None))


def test_without_an_engine_the_database_is_searched_and_the_answer_says_so(
        settings: Settings, retriever: Retriever, database: Database) -> None:
    published_article(database, "card", card(20), title="社保卡补办")
    secret(database)
    published_article(database, "old", "补办社保卡工本费99元。", title="旧规定", effective_to=NOW)
    asked(retriever, FEE)
    without = down(settings, database)
    answer = asked(without, FEE)
    assert "20元" in said(answer)
    assert set(answer.degraded) == {"index_behind", "plain_search"}
    check_grounded(database, answer, CITIZEN)
    assert {h.slug for h in without.search("社保卡 补办", CITIZEN, now=NOW).hits} == {"card"}
    assert {h.slug for h in without.search("社保卡 补办", AGENT, now=NOW).hits} == {"card", "desk"}


@pytest.mark.parametrize("question", ["%", "_", "100%", "' OR 1=1 --", "社保卡'; DROP TABLE article; --", "\\"])
def test_fault_45_sql_characters_are_only_characters(settings: Settings, retriever: Retriever, database: Database,
                                                     question: str) -> None:
    published_article(database, "card", card(20), title="社保卡补办")
    asked(retriever, FEE)
    for one in (retriever, down(settings, database)):
        answer = asked(one, question)
        check_grounded(database, answer, CITIZEN)
        assert bool(answer.citations) == ("社保卡" in question)
    assert "20元" in said(asked(retriever, FEE))


def test_without_a_model_words_alone_are_searched_and_the_answer_says_so(settings: Settings,
                                                                        database: Database) -> None:
    published_article(database, "card", card(20), title="社保卡补办")
    retriever = retriever_of(settings, database, DownEmbedder())
    answer = asked(retriever, FEE)
    assert "20元" in said(answer)
    assert answer.degraded == ("words_only",)
    retriever.close()


def test_vectors_find_what_words_do_not(settings: Settings, database: Database) -> None:
    published_article(database, "card", "社保卡丢失补办须带身份证。", title="社保卡")
    retriever = retriever_of(settings, database, FakeEmbedder())
    asked(retriever, FEE)
    parts = retriever._current.parts
    embed_pending(parts.engine, parts.embedder)
    answer = asked(retriever, FEE)
    check_grounded(database, answer, CITIZEN)
    assert answer.hits[0].candidate.vector_score > 0
    retriever.close()


# what an index proposes is only a proposal


def test_a_forged_index_cannot_make_the_answer_say_what_no_revision_says(retriever: Retriever,
                                                                        database: Database) -> None:
    revision_id = published_article(database, "card", card(20), title="社保卡补办")
    real = asked(retriever, FEE).hits[0].passage
    assert real.revision_id == revision_id
    engine = retriever._current.parts.engine
    forged = replace(real, text=real.text.replace("20", "99"))
    engine.put([(real.article_id, [forged])], checkpoint=engine.checkpoint())
    answer = asked(retriever, FEE)
    body = answer.as_dict()
    assert "99" not in json.dumps([body[k] for k in ("sentences", "citations", "nearest")], ensure_ascii=False)
    assert answer.reason == "nothing_found"


def test_a_forged_index_cannot_show_a_citizen_what_is_internal(retriever: Retriever, database: Database) -> None:
    secret(database)
    (hit, *_) = asked(retriever, "社保卡补办投诉", AGENT).hits
    engine = retriever._current.parts.engine
    engine.put([(hit.passage.article_id, [replace(hit.passage, audience="public")])], checkpoint=engine.checkpoint())
    assert asked(retriever, "社保卡补办投诉").reason == "nothing_found"


# the object


def test_the_answer_object_is_that_of_the_contract(retriever: Retriever, database: Database) -> None:
    published_article(database, "card", card(20), title="社保卡补办")
    body = asked(retriever, FEE).as_dict()
    assert {"answer_id", "question", "as_of", "known_at", "abstained", "reason", "confidence", "sentences", "citations",
            "nearest", "engine", "composer", "took_ms"} <= set(body)
    assert {"n", "article_id", "slug", "revision", "title", "heading_path", "quote", "start", "end", "department",
            "effective_from", "effective_to", "review_by", "signals", "url"} == set(body["citations"][0])
    assert (body["engine"], body["composer"], body["as_of"]) == ("embedded", "quote", NOW.isoformat())
    json.dumps(body, allow_nan=False)


def test_an_abstention_is_honest_and_gives_nothing_away(settings: Settings, database: Database) -> None:
    sure = load_settings(settings.root, {}, data={"dir": str(settings.data_dir)}, ask={"precision": 1.0},
                         embedding={"provider": "none"})
    published_article(database, "card", card(20), title="社保卡补办")
    retriever = retriever_of(sure, database)
    answer = asked(retriever, FEE)
    body = answer.as_dict()
    assert (body["abstained"], body["reason"], body["sentences"], body["citations"]) == (True, "not_sure", [], [])
    assert {n["slug"] for n in body["nearest"]} == {"card"}
    assert body["ask_department"]["phone"] == "0540-8810100"
    assert "20元" in body["nearest"][0]["passage"]["text"]  # to be read, unchecked; nowhere else
    assert "20元" not in json.dumps({**body, "nearest": []}, ensure_ascii=False)
    assert answer.withheld is not None
    retriever.close()


# bad questions


@pytest.mark.parametrize("question", ["", "   ", "\n\t", "\u200b\u202e", "\x00", " " * 500])
def test_an_empty_question_is_refused_with_what_to_do(retriever: Retriever, question: str) -> None:
    with pytest.raises(BadQuestion, match="no question"):
        asked(retriever, question)


@pytest.mark.parametrize("question", ["社" * 2001, "a " * 500_000, "\x00" * 2001])
def test_fault_40_a_question_over_the_limit_is_refused_with_the_limit(retriever: Retriever, question: str) -> None:
    with pytest.raises(BadQuestion, match="2000"):
        asked(retriever, question)


@pytest.mark.parametrize("question", [
    "the of and is", "补", "a", "😀", "12345", "的 了 吗", "? ! ...", "the " * 490, "补\ud800卡", "\x00补卡",
    "\u202e卡补",
    "+补 -卡", "title:补卡", "补*", "/补.*/", '"补卡"~3', "(补 OR", "补^9", "[a TO b]", "NOT 补",
    "*:*", "\\",
    "1" * 2000, "万" * 2000, "(" * 2000, "](" * 1000, "a." * 1000, "社保卡" * 666, "\ufdfa" * 100,
])
def test_fault_44_any_question_has_a_defined_result(retriever: Retriever, database: Database, question: str) -> None:
    published_article(database, "card", card(20), title="社保卡补办")
    answer = asked(retriever, question)
    check_grounded(database, answer, CITIZEN)
    json.dumps(answer.as_dict())
    retriever.search(question, CITIZEN, now=NOW)


# searching


def test_search_gives_passages_of_live_articles_with_their_place(retriever: Retriever, database: Database) -> None:
    published_article(database, "card", card(20), title="社保卡补办")
    page = retriever.search("补办 工本费", CITIZEN, now=NOW)
    hit = page.hits[0]
    assert card(20)[hit.start:hit.end] == hit.text
    assert (hit.slug, hit.revision, hit.heading_path, hit.department) == ("card", 1, ("补办",), "hrss")
    assert not page.has_more


def test_fault_43_pages_follow_each_other_and_end(retriever: Retriever, database: Database) -> None:
    for i in range(12):
        published_article(database, f"card{i}", f"社保卡补办规定第{i}条。", title=f"社保卡{i}")
    pages = [retriever.search("社保卡补办", CITIZEN, now=NOW, limit=5, offset=o) for o in (0, 5, 10)]
    assert [len(p.hits) for p in pages] == [5, 5, 2]
    assert [p.has_more for p in pages] == [True, True, False]
    assert len({h.slug for p in pages for h in p.hits}) == 12
    for limit, offset in ((10, 1_000_000), (101, 0), (0, 0), (5, -1)):
        with pytest.raises(Invalid):
            retriever.search("社保卡", CITIZEN, now=NOW, limit=limit, offset=offset)


def test_fault_14_a_stuffed_article_does_not_win_everywhere(settings: Settings, database: Database) -> None:
    matters = {"passport": "护照换发", "ferry": "轮渡票价", "dog": "养犬登记", "water": "水费缴纳",
               "school": "小学报名", "rent": "租房提取公积金", "card": "社保卡补办", "bike": "电动自行车上牌"}
    for slug, matter in matters.items():
        text = f"## 怎样办\n\n{matter}到窗口办理，须带身份证。\n\n## 费用\n\n{matter}不收费。"
        published_article(database, slug, text, title=matter)
    every = "。".join(f"{m}怎么办，{m}多少钱" for m in matters.values())
    stuffing = "\n\n".join(f"## 第{i}节\n\n{every}。" for i in range(40))
    published_article(database, "stuffed", stuffing, title="办事大全", keywords=tuple(matters.values()))
    retriever = retriever_of(settings, database)
    first = {slug: retriever.search(f"{matter}怎么办", CITIZEN, now=NOW).hits for slug, matter in matters.items()}
    assert [slug for slug, hits in first.items() if hits[0].slug != slug] == []
    for hits in first.values():
        assert sum(h.slug == "stuffed" for h in hits) <= 3
    retriever.close()


# several at once


def test_many_ask_while_one_publishes_and_every_answer_holds(retriever: Retriever, database: Database) -> None:
    published_article(database, "card", card(10), title="社保卡补办")
    answers: list[Answer] = []
    failures: list[BaseException] = []
    done = threading.Event()

    def ask_on() -> None:
        try:
            while not done.is_set():
                answers.append(asked(retriever, FEE, now=NOW + DAY))
        except BaseException as error:
            failures.append(error)

    askers = [threading.Thread(target=ask_on) for _ in range(3)]
    for asker in askers:
        asker.start()
    for fee in range(11, 19):
        published_article(database, "card", card(fee), title="社保卡补办", now=NOW + timedelta(seconds=fee))
    done.set()
    for asker in askers:
        asker.join()
    assert not failures
    assert answers
    assert all(check_grounded_then(database, a) for a in answers)
    assert "18元" in said(asked(retriever, FEE, now=NOW + DAY))


def check_grounded_then(database: Database, answer: Answer) -> bool:
    """Quotes are verbatim; that the revision was live when it was asked, the clock of this test cannot tell."""
    with database.reading() as session:
        for citation in answer.citations:
            source = session.get_one(Revision, citation.revision_id).source
            assert source[citation.start:citation.end] == citation.quote
    return len({c.revision for c in answer.citations}) <= 1


@pytest.mark.parametrize("pause_s", [0.01, 600], ids=["looks often", "is told of a commit"])
def test_the_background_follows_the_outbox_by_itself(settings: Settings, database: Database, pause_s: float) -> None:
    retriever = retriever_of(settings, database, FakeEmbedder())
    engine = retriever._current.parts.engine
    retriever.start_background(pause_s=pause_s)
    published_article(database, "card", card(20), title="社保卡补办")
    waited = threading.Event()
    for _ in range(1000):
        if retriever.lag() == 0 and engine.pending_vectors() == 0:
            break
        waited.wait(0.02)
    assert (retriever.lag(), engine.pending_vectors()) == (0, 0)
    assert retriever.health().vectors == retriever.health().passages > 0
    retriever.close()

"""Signals of the register, the ledger and the links: raised the moment that something is entered, and cleared again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from kb.articles.acts.confirming import confirm
from kb.articles.kept_facts import keep_facts
from kb.articles.revisions import BasisText
from kb.db import Database
from kb.models import Article, Revision, SignalRow, SourceLink
from kb.registers import documents, phones
from kb.registers.document_values import DocumentStatus, DocumentText, Standing
from kb.registers.phones import PhoneText
from kb.upkeep import registering
from kb.upkeep.links.looking import find_links
from kb.upkeep.looking_again import look_again
from kb.upkeep.signals.registry import DETECTORS as ALL
from kb.upkeep.signals.signal import Topic
from tests.kb.factories import AGENT, MANAGER, add_department, at, editor, published, revision_text

DETECTORS = [one for one in ALL if one.kind in ("basis_repealed", "contact_unlisted", "link_dead", "link_changed")]
RULES = DocumentText("失业保险条例", "国务院令第258号")
BASIS = BasisText("《失业保险条例》", "国务院令第二百五十八号")
REPEALED, AMENDED = DocumentStatus.REPEALED, DocumentStatus.AMENDED
PHONE = "0599-5550142"
URL = "https://www.gov.cn/zhengce/258.htm"


def day(n: float) -> date:
    return at(n).date()


def write(database: Database, slug: str, source: str = "免费办理。", *, number: int = 1, on: float = 0,
          **more: Any) -> str:
    found = published(database, revision_text(source, **{"effective_from": at(on), **more}), slug=slug, number=number,
                      day=on)
    keep_facts(database)
    return found


def enter(database: Database, text: DocumentText = RULES, *, on: float = 1) -> str:
    return registering.enter_document(database, MANAGER, text, seen=None, now=at(on), origin="test").row.id


def change(database: Database, document_id: str, standing: Standing, *, on: float = 2) -> None:
    registering.change_standing(database, MANAGER, document_id, standing, seen=None, now=at(on), origin="test")


def told(database: Database) -> dict[str, list[tuple[str, str, str]]]:
    """Of each article the kind, severity and sentence of its open signals; each quote stands where it says."""
    by_kind = {detector.kind: detector for detector in DETECTORS}
    found: dict[str, list[tuple[str, str, str]]] = {}
    with database.reading() as session:
        for row, slug in session.execute(select(SignalRow, Article.slug).join(
                Article, Article.id == SignalRow.article_id).where(
                    SignalRow.cleared_at.is_(None), SignalRow.kind.in_(by_kind))):
            for piece in row.evidence:
                if piece["end"]:
                    source = session.get_one(Revision, piece["revision_id"]).source
                    assert source[piece["start"]:piece["end"]] == piece["quote"]
            found.setdefault(slug, []).append((row.kind, row.severity, str(by_kind[row.kind].explain(row.facts))))
    return found


def test_a_repeal_raises_all_that_rests_on_the_document_at_once_and_a_restoration_clears_it(database: Database) -> None:
    write(database, "rests", bases=(BASIS,))
    write(database, "names", "按照国务院令第258号领取，每月八百元。")
    write(database, "titled", bases=(BasisText("失业保险条例"),))
    write(database, "says-so", "国务院令第258号已废止，不再适用。")
    write(database, "other", "按照国务院令第259号领取。", bases=(BasisText("工伤保险条例", "国务院令第586号"),))
    old, new = enter(database), enter(database, DocumentText("失业保险条例（新）", "国务院令第800号"))
    assert told(database) == {}
    change(database, old, Standing(REPEALED, day(2), new))
    sentence = "it names 失业保险条例 国务院令第258号, repealed on 2026-01-03 by 失业保险条例（新） 国务院令第800号"
    assert told(database) == {"rests": [("basis_repealed", "serious", sentence)],
                              "titled": [("basis_repealed", "serious", sentence)],
                              "names": [("basis_repealed", "warning", sentence)]}
    change(database, old, Standing(), on=3)
    assert told(database) == {}


def test_a_text_that_rests_on_the_successor_too_is_told_less_loudly(database: Database) -> None:
    old, new = enter(database), enter(database, DocumentText("新条例", "国务院令第800号"))
    write(database, "both", bases=(BASIS, BasisText("新条例", "国务院令第800号")))
    write(database, "knows", "国务院令第258号由国务院令第800号接续。", bases=(BasisText("新条例", "国务院令第800号"),))
    change(database, old, Standing(REPEALED, day(2), new))
    assert {slug: [one[1] for one in signals] for slug, signals in told(database).items()} == {"both": ["warning"]}


def test_what_ends_later_and_what_has_an_end_of_its_own_is_told_by_its_day(database: Database) -> None:
    write(database, "rests", bases=(BASIS,))
    document = enter(database)
    change(database, document, Standing(REPEALED, day(100)))
    assert [one[1:] for one in told(database)["rests"]] == [
        ("warning", "it names 失业保险条例 国务院令第258号, which is repealed from 2026-04-11")]
    change(database, document, Standing(), on=3)
    with database.transaction() as session:
        documents.put_document(session, MANAGER, DocumentText("失业保险条例", "国务院令第258号", effective_to=day(90)),
                               now=at(3), origin="test")
    for now, severity in ((10, None), (31, "info"), (90, "serious")):
        look_again(database, Topic.TIME, None, now=at(now), origin="test")
        assert [one[1] for one in told(database).get("rests", [])] == ([severity] if severity else [])


def test_an_amendment_is_told_until_the_text_was_looked_at_in_its_light(database: Database) -> None:
    for slug in ("confirmed", "written-anew"):
        write(database, slug, bases=(BASIS,))
    document = enter(database)
    change(database, document, Standing(AMENDED, day(1)), on=2)
    assert {slug: [one[1] for one in found] for slug, found in told(database).items()} == {
        "confirmed": ["warning"], "written-anew": ["warning"]}
    write(database, "written-anew", "按新规定办理。", number=2, on=5, bases=(BASIS,))
    with database.transaction() as session:
        confirm(session, editor(), "confirmed", review_by=at(300), note="", now=at(6), origin="test")
    look_again(database, Topic.REGISTER, None, now=at(7), origin="test")
    assert told(database) == {}


def test_a_title_that_several_documents_have_means_none_of_them(database: Database) -> None:
    write(database, "titled", bases=(BasisText("失业保险条例"),))
    old = enter(database)
    enter(database, DocumentText("失业保险条例", "国务院令第800号"))
    change(database, old, Standing(REPEALED, day(2)))
    assert told(database) == {}


def test_the_register_is_filled_from_texts_and_a_second_time_adds_nothing(database: Database) -> None:
    write(database, "one", bases=(BASIS, BasisText("社会保险法")))
    write(database, "two", bases=(BasisText("失业保险条例", "国务院令第258号", url=URL), BasisText("社会保险法")))
    taken = registering.take_from_articles(database, MANAGER, now=at(1), origin="test")
    assert (taken.added, taken.named) == (2, 2)
    assert registering.take_from_articles(database, MANAGER, now=at(2), origin="test").added == 0
    with database.reading() as session:
        row = documents.find_document(session, AGENT, "国务院令第258号")
        assert row.text.url == URL
        assert [live.slug for live in registering.resting_texts(session, AGENT, row.id, now=at(2))] == ["one", "two"]


def put(database: Database, number: str = PHONE, *, on: float = 1, **more: Any) -> phones.PhoneView:
    return registering.enter_phone(database, MANAGER, PhoneText(number, "社保咨询", **more), seen=None, now=at(on),
                                   origin="test").row


def retire(database: Database, row: phones.PhoneView, *, on: float = 3, instead: str = "") -> phones.PhoneView:
    return registering.retire_phone(database, MANAGER, row.id, on=day(on), replaced_by=instead, note="",
                                    seen=row.version, now=at(on), origin="test")


def test_a_text_that_says_of_a_number_that_it_is_out_of_use_knows_of_it(database: Database) -> None:
    for n, words in enumerate((f"{PHONE}已于去年注销，请勿再拨。", f"不要拨打{PHONE}，该号码已不属于本单位。",
                               f"{PHONE}为空号。", f"电话已由{PHONE}改为0599-5550188。", f"{PHONE} was switched off.")):
        write(database, f"knows-{n}", words)
    write(database, "gives-it", f"电话{PHONE}，节假日不要错过。")
    retire(database, put(database))
    assert list(told(database)) == ["gives-it"]


def test_a_number_that_is_listed_no_longer_is_told_at_once_wherever_a_text_gives_it(database: Database) -> None:
    write(database, "gives", f"咨询电话：{PHONE}，投诉电话：{PHONE}。")
    write(database, "local", "咨询电话：5550142。")
    write(database, "says-so", f"原电话{PHONE}已停用。")
    write(database, "other", "咨询电话：0599-5550199，总机12345。")
    row = put(database)
    assert told(database) == {}
    row = retire(database, row, instead="0599-5550188")
    sentence = ("it gives 0599-5550142, which the phone ledger lists no longer since 2026-01-04; it has 0599-5550188 "
                "in its place")
    assert told(database) == {slug: [("contact_unlisted", "warning", sentence)] for slug in ("gives", "local")}
    with database.reading() as session:
        evidence = session.scalars(select(SignalRow.evidence).join(Article, Article.id == SignalRow.article_id).where(
            Article.slug == "gives")).one()
    assert [piece["quote"] for piece in evidence] == [PHONE, PHONE, "社保咨询 0599-5550142"]
    put(database, on=5)
    assert told(database) == {}


def test_an_end_that_lies_ahead_is_told_on_its_day(database: Database) -> None:
    write(database, "gives", f"咨询电话：{PHONE}。")
    put(database, valid_to=day(10))
    assert told(database) == {}
    for now, count in ((9, 0), (10, 1)):
        look_again(database, Topic.TIME, None, now=at(now), origin="test")
        assert len(told(database)) == count


def test_a_local_number_that_another_listed_number_ends_with_too_is_nobodys(database: Database) -> None:
    write(database, "local", "咨询电话：5550142。")
    put(database, "0571-5550142")
    retire(database, put(database))
    assert told(database) == {}


def test_an_empty_ledger_and_numbers_that_never_stood_in_it_raise_nothing(database: Database) -> None:
    write(database, "gives", f"咨询电话：{PHONE}。")
    look_again(database, Topic.LEDGER, None, now=at(1), origin="test")
    retire(database, put(database, "0599-5550100"))
    assert told(database) == {}


def test_a_number_that_went_to_another_department_is_told_to_the_one_that_had_it(database: Database) -> None:
    for code in ("hrss", "tax"):
        add_department(database, code)
    write(database, "mine", f"咨询电话：{PHONE}。")
    write(database, "theirs", f"咨询电话：{PHONE}。", owner="tax", author="tax-editor")
    put(database, department="hrss")
    assert told(database) == {}
    put(database, department="tax", on=2)
    assert told(database) == {"mine": [("contact_unlisted", "info", "it gives 0599-5550142, which by the phone ledger "
                                        "is another department's since 2026-01-03")]}
    write(database, "mine", f"税务咨询电话：{PHONE}。", number=2, on=5)
    look_again(database, Topic.LEDGER, None, now=at(6), origin="test")
    assert told(database) == {}


def link(database: Database, **fields: Any) -> str:
    with database.transaction() as session:
        row = SourceLink(id="l-1", address=URL, host="www.gov.cn", next_check_at=at(0), hashes=[],
                         **{"content_hash": "b" * 64, "checked_at": at(5), **fields})
        session.merge(row)
    return "l-1"


def test_a_page_that_is_gone_is_told_until_somebody_looked_or_it_is_back(database: Database) -> None:
    write(database, "rests", bases=(BasisText("失业保险条例", url=f"{URL}#top"),))
    key = link(database, state="dead", failing_since=at(4), reason="gone")
    look_again(database, Topic.LINKS, None, now=at(6), origin="test")
    assert told(database) == {"rests": [("link_dead", "warning", "the page of 失业保险条例 that it names as its source "
                                                                 "is gone since 2026-01-05")]}
    with database.reading() as session:
        (view,) = find_links(session, editor(), now=at(6)).rows
    assert view.may_look == ("hrss",)
    registering.note_look(database, editor(), key, "hrss", seen=view.version, now=at(6), origin="test")
    assert told(database) == {}
    link(database, state="dead", failing_since=at(8))  # it was back, and is gone again
    look_again(database, Topic.LINKS, None, now=at(9), origin="test")
    assert list(told(database)) == ["rests"]
    link(database, state="ok")
    look_again(database, Topic.LINKS, None, now=at(10), origin="test")
    assert told(database) == {}


def test_a_page_that_says_something_else_is_told_to_texts_that_are_older(database: Database) -> None:
    write(database, "older", bases=(BasisText("失业保险条例", url=URL),))
    link(database, state="ok", changed_at=at(5))
    write(database, "newer", on=6, bases=(BasisText("失业保险条例", url=URL),))
    look_again(database, Topic.LINKS, None, now=at(7), origin="test")
    assert [(slug, one[0][:2]) for slug, one in told(database).items()] == [("older", ("link_changed", "info"))]
    write(database, "older", "按新规定办理。", number=2, on=8, bases=(BasisText("失业保险条例", url=URL),))
    look_again(database, Topic.LINKS, None, now=at(9), origin="test")
    assert told(database) == {}


def test_a_look_at_some_articles_changes_nothing_of_others(database: Database) -> None:
    ids = [write(database, slug, bases=(BASIS,)) for slug in ("one", "two")]
    with database.reading() as session:
        first = session.get_one(Revision, ids[0]).article_id
    document = enter(database)
    with database.transaction() as session:
        documents.change_standing(session, MANAGER, document, Standing(REPEALED, day(2)), now=at(2), origin="test")
    look_again(database, Topic.REGISTER, [first], now=at(3), origin="test")
    assert list(told(database)) == ["one"]
    assert look_again(database, Topic.REGISTER, None, now=at(3), origin="test") == 1
    assert look_again(database, Topic.REGISTER, None, now=at(4) + timedelta(hours=1), origin="test") == 0


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda d: d.kind)
def test_keys_are_short_enough(detector: Any) -> None:
    assert len(detector.kind) <= 30 and detector.topics

"""A change is carried as drafts into every article that the actor may write; the others are named."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from kb.actor import Actor
from kb.articles.revisions import newest_published
from kb.articles.writing import drafts, submission
from kb.db import Database
from kb.errors import Denied, Invalid
from kb.markup.facts.sought import sought_in
from kb.models import Article, AuditEntry, Revision
from kb.reading.carrying import Change, Left, carry_change, put_in_place
from tests.kb.factories import AGENT, MANAGER, add_department, at, editor, published, revision_text

OLD, NEW = "0699-5550912", "0699-5550900"
TEXTS = {"card": ("hrss", "咨询0699-5550912。\n\n晚上也打06995550912。"), "book": ("hrss", "电话：0699 5550912"),
         "fund-card": ("fund", "| 电话 |\n|---|\n| 0699-5550912 |"), "other": ("hrss", "电话0699-5550913")}


@pytest.fixture
def articles(database: Database) -> Database:
    for code in ("hrss", "fund"):
        add_department(database, code)
    for slug, (owner, source) in TEXTS.items():
        published(database, revision_text(source, owner=owner, author=f"{owner}-editor", title=slug), slug=slug)
    return database


def carry(database: Database, actor: Actor, old: str = OLD, new: str = NEW, **more: object) -> Change:
    with database.transaction() as session:
        return carry_change(session, actor, old, new, now=at(1), origin="test", **more)  # type: ignore[arg-type]


def test_one_change_becomes_a_draft_in_every_article_and_nothing_is_published(articles: Database) -> None:
    change = carry(articles, MANAGER)
    assert {item.slug: item.places for item in change.drafts} == {"card": 2, "book": 1, "fund-card": 1}
    assert change.left == ()
    with articles.reading() as session:
        for item in change.drafts:
            view = drafts.get(session, MANAGER, item.draft_id)
            assert OLD not in view.text.source and view.text.source.count(NEW) == item.places
            assert view.text.change_note == f"将“{OLD}”改为“{NEW}”。"
            article = session.scalars(select(Article).where(Article.slug == item.slug)).one()
            live = newest_published(session, article.id)
            assert live is not None and (live.number, live.source) == (1, TEXTS[item.slug][1])
        assert {entry.action for entry in session.scalars(select(AuditEntry).where(AuditEntry.actor == "km"))} == {
            "draft", "save_draft"}


def test_articles_of_other_departments_are_named_with_their_owner(articles: Database) -> None:
    change = carry(articles, editor())
    assert {item.slug for item in change.drafts} == {"card", "book"}
    assert [(item.slug, item.department, item.reason) for item in change.left] == [
        ("fund-card", "fund", Left.NOT_YOURS)]
    assert change.as_dict()["left"] == [
        {"slug": "fund-card", "title": "fund-card", "department": "fund", "reason": "not_yours"}]


def test_only_the_articles_that_are_named_are_changed(articles: Database) -> None:
    change = carry(articles, MANAGER, slugs=["book", "no-such"], note="号码升位")
    assert [item.slug for item in change.drafts] == ["book"]
    with articles.reading() as session:
        assert drafts.get(session, MANAGER, change.drafts[0].draft_id).text.change_note == "号码升位"


def test_a_second_try_makes_no_second_draft(articles: Database) -> None:
    carry(articles, MANAGER)
    again = carry(articles, MANAGER)
    assert again.drafts == ()
    assert {item.reason for item in again.left} == {Left.HAS_DRAFT}
    assert {item.slug for item in carry(articles, editor()).drafts} == {"card", "book"}  # another's draft is another's


def test_a_text_whose_successor_is_published_ahead_without_the_figure_is_left(articles: Database) -> None:
    later = revision_text("另有电话。", title="book", effective_from=at(30))
    published(articles, later, slug="book", number=2, day=0.5)
    assert [(item.slug, item.reason) for item in carry(articles, MANAGER, slugs=["book"]).left] == [
        ("book", Left.NOT_NEWEST)]


def test_a_carried_draft_goes_the_ordinary_way(articles: Database) -> None:
    (item,) = carry(articles, editor(), slugs=["card"]).drafts
    with articles.transaction() as session:
        view = drafts.get(session, editor(), item.draft_id)
        revision = submission.submit(session, editor(), item.draft_id, seen=view.version, now=at(2), origin="test")
        assert (revision.number, revision.state) == (2, "in_review")
        assert session.scalars(select(Revision).where(Revision.id == revision.base_id)).one().number == 1


def test_a_change_is_from_one_figure_to_another_of_its_kind(articles: Database) -> None:
    for old, new, code in (("25元", "0699-5550900", "other_kind"), ("25元", "25美元", "other_kind"),
                           ("25元", "二十五元", "unchanged"), ("25元", "二十五", "no_figure"),
                           ("电话", OLD, "no_figure")):
        with pytest.raises(Invalid) as refused:
            carry(articles, MANAGER, old, new)
        assert refused.value.code == code


def test_who_may_write_nothing_gets_no_draft(articles: Database) -> None:
    assert carry(articles, AGENT).drafts == ()
    with pytest.raises(Denied):
        carry(articles, replace(AGENT, user_id=None))


@pytest.mark.parametrize(("source", "old", "new", "becomes"), [
    ("工本费不超过二十五元。", "25元", "30元", "工本费不超过30元。"),
    ("| 项目 | 金额（元） |\n|---|---|\n| 补卡 | 25 |", "25元", "30元",
     "| 项目 | 金额（元） |\n|---|---|\n| 补卡 | 30 |"),
    ("自受理之日起**15个工作日**内", "十五个工作日", "10个工作日", "自受理之日起**10个工作日**内"),
    ("望海区朝阳路18号二楼", "朝阳路18号", "朝阳路20号", "望海区朝阳路20号二楼"),
    ("依据国发〔2020〕5号和人社〔2020〕5号", "国发[2020]5号", "国发〔2026〕8号",
     "依据国发〔2026〕8号和人社〔2020〕5号"),
    ("a fee of $25 per copy", "$25", "$30", "a fee of $30 per copy"),
    ("125元，25元，2.5元", "25元", "30元", "125元，30元，2.5元"),
])
def test_only_the_figure_gives_way(source: str, old: str, new: str, becomes: str) -> None:
    was, is_now = sought_in(old), sought_in(new)
    assert was is not None and is_now is not None
    assert put_in_place(source, "办法", was, is_now) == (becomes, 1)

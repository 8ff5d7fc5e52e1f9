"""A copy that was left behind is found from the moment that its original goes on, until it follows or is confirmed."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, func, select

from kb.articles.acts.confirming import confirm
from kb.articles.kept_copies import forget_copies, keep_copies
from kb.db import Database
from kb.models import Article, CopyChange, CopyReading, CopySentence, Department
from kb.upkeep.signals.kinds.drift import LeftBehind
from kb.upkeep.signals.registry import explained
from kb.upkeep.signals.scanning import neighbours, scan, scan_articles
from kb.upkeep.signals.signal import Finding, Looking, Severity, Topic
from tests.kb.factories import add_department, at, editor, retired
from tests.kb.upkeep.signals.arranging import TZ, open_signals, write

GUIDE = """\
## 申请材料

- 申请人身份证原件及复印件各一份。
- 婚姻状况证明或者离婚证的原件。
- 房屋租赁合同及备案证明的原件。

## 提取额度

租房没有备案的，每人每月最多提取1500元。

提取的款项转入本人名下的储蓄账户。

## 办公时间

办公时间：工作日上午9:00至12:00，下午13:30至17:00。
咨询电话：0540-8811200。
"""
NEW = GUIDE.replace("1500元", "2000元")
OLD_SENTENCE, NEW_SENTENCE = "租房没有备案的，每人每月最多提取1500元。", "租房没有备案的，每人每月最多提取2000元。"


@pytest.fixture(autouse=True)
def department(database: Database) -> None:
    add_department(database, "hrss")


def found(database: Database, articles: list[str] | None = None, *, day: float = 20) -> list[Finding]:
    keep_copies(database)
    with database.reading() as session:
        return list(LeftBehind().find(session, Looking(at(day), TZ), articles))


def ids(database: Database) -> dict[str, str]:
    with database.reading() as session:
        return {article.slug: article.id for article in session.scalars(select(Article))}


def copied(database: Database, source: str = GUIDE, now: str = NEW, **fields: Any) -> None:
    """A guide, a copy of it with ``source``, and on day 10 the guide says otherwise."""
    write(database, "guide", GUIDE, title="租房提取指南")
    write(database, "copy", source, title="新市民租房提取", **fields)
    write(database, "guide", now, title="租房提取指南", number=2, day=10)


def test_the_copy_is_told_with_its_words_and_those_that_stand_for_them(database: Database) -> None:
    copied(database)
    (one,) = found(database)
    assert (one.article_id, one.key, one.severity) == (ids(database)["copy"], ids(database)["guide"], Severity.WARNING)
    assert [e.quote for e in one.evidence] == [OLD_SENTENCE, NEW_SENTENCE]
    assert [(GUIDE, NEW)[n][e.start:e.end] for n, e in enumerate(one.evidence)] == [OLD_SENTENCE, NEW_SENTENCE]
    assert str(explained(one.kind, one.facts)) == (
        "the article “租房提取指南”, which said the same, gives another figure or rule since 2026-01-11")


@pytest.mark.parametrize(("now", "what", "quotes"), [
    (GUIDE.replace("转入本人名下的储蓄账户", "直接转入申请人本人储蓄账户内"), "words", 2),
    (GUIDE.replace("提取的款项转入本人名下的储蓄账户。\n", ""), "gone", 2),
    (GUIDE.replace("原件及复印件各一份", "不需要提供"), "figure", 2),  # a denial is another rule
])
def test_how_it_was_changed_makes_it_grave_or_worth_a_look(database: Database, now: str, what: str, quotes: int,
                                                           ) -> None:
    copied(database, now=now)
    (one,) = found(database)
    assert (one.facts["what"], one.severity) == (what, Severity.WARNING if what == "figure" else Severity.INFO)
    assert len(one.evidence) == quotes


def test_it_ends_when_the_copy_follows_when_it_is_confirmed_and_when_the_other_goes(database: Database) -> None:
    copied(database)
    assert len(found(database)) == 1
    with database.transaction() as session:
        confirm(session, editor(), "copy", review_by=at(400), now=at(12), origin="test")
    assert found(database) == []
    write(database, "guide", NEW.replace("2000元", "2500元"), title="租房提取指南", number=3, day=15)
    assert [e.quote for e in found(database)[0].evidence][1] == NEW_SENTENCE.replace("2000", "2500")
    write(database, "copy", NEW.replace("2000元", "2500元"), number=2, day=16)
    assert found(database) == []
    write(database, "third", GUIDE, day=17)
    assert {one.article_id for one in found(database)} == {ids(database)["third"]}
    retired(database, "guide", day=18)
    assert {one.key for one in found(database)} == {ids(database)["copy"]}  # that one has changed it too


def test_what_was_changed_back_is_no_drift(database: Database) -> None:
    copied(database)
    write(database, "guide", GUIDE, title="租房提取指南", number=3, day=15)
    assert found(database) == []


# traps

@pytest.mark.parametrize("source", [
    # the office's own lines alone
    "## 居住证补领\n\n遗失居住证的到派出所申请补领一张。\n\n补领的居住证十五日以内制作完成。\n\n## 办公时间\n\n"
    "办公时间：工作日上午9:00至12:00，下午13:30至17:00。\n咨询电话：0540-8811200。\n",
    # one sentence that happens to be the same, in other company
    f"## 其他事项\n\n购房提取的额度不超过购房总价款。\n\n{OLD_SENTENCE}\n\n退休人员可以一次提取全部余额。\n",
    NEW,  # says the new already
    "## 申请材料\n\n## 提取额度\n\n## 办公时间\n",  # the headings of the same form
])
def test_what_merely_looks_alike_is_no_copy(database: Database, source: str) -> None:
    copied(database, source, now=NEW.replace("13:30", "14:00").replace("8811200", "8811299"))
    assert found(database) == []


def test_what_stands_in_many_articles_is_no_company(database: Database) -> None:
    phrases = GUIDE.replace(OLD_SENTENCE, "本指南的解释权归制定的部门所有。")
    for n in range(45):
        write(database, f"form-{n}", phrases)
    copied(database)
    assert found(database) == []


def test_a_link_is_not_the_words_of_a_sentence(database: Database) -> None:
    more = "\n另见[提取](article:withdrawals-of-the-housing-fund)。\n"
    copied(database, GUIDE + more, now=GUIDE)
    assert found(database) == []


def test_a_sentence_that_stands_in_many_articles_is_no_copy(database: Database) -> None:
    for n in range(20):
        write(database, f"form-{n}", GUIDE)
    copied(database)
    assert found(database) == []


@pytest.mark.parametrize("place", ["title", "heading", "department"])
def test_another_districts_rule_is_deliberately_its_own(database: Database, place: str) -> None:
    for code, district in (("east", "望海区"), ("west", "港东区")):
        with database.transaction() as session:
            session.merge(Department(code=code, name_zh="公积金管理部", name_en="", phone="",
                                     district=district if place == "department" else ""))

    def text(district: str, source: str) -> tuple[str, str]:
        head = f"## {district}的额度" if place == "heading" else "## 提取额度"
        return source.replace("## 提取额度", head), f"{district}租房提取" if place == "title" else "租房提取"

    for slug, district, owner in (("east", "望海区", "east"), ("west", "港东区", "west")):
        source, title = text(district, GUIDE)
        write(database, slug, source, title=title, owner=owner)
    source, title = text("望海区", NEW)
    write(database, "east", source, title=title, owner="east", number=2, day=10)
    assert found(database) == []


def test_a_citys_rule_beside_a_districts_is_only_worth_a_look(database: Database) -> None:
    write(database, "guide", GUIDE, title="租房提取指南")
    write(database, "copy", GUIDE, title="望海区租房提取")
    write(database, "guide", NEW, title="租房提取指南", number=2, day=10)
    assert [one.severity for one in found(database)] == [Severity.INFO]


# scanning

def look(database: Database, *changed: str, day: float) -> Any:
    if changed:
        return scan_articles(database, [ids(database)[slug] for slug in changed], now=at(day), tz=TZ)
    keep_copies(database)
    return scan(database, now=at(day), tz=TZ, origin="test", topics={Topic.ARTICLE})


def test_a_publication_looks_at_its_copies_and_at_nothing_else(database: Database) -> None:
    copied(database)
    write(database, "stranger", "## 名称\n\n企业名称自主申报的保留期为两个月。\n\n保留期内可以办理设立登记手续。\n")
    keep_copies(database)
    with database.reading() as session:
        assert neighbours(session, [ids(database)["guide"]]) == {ids(database)["guide"], ids(database)["copy"]}
    assert look(database, "guide", day=11).raised == 1
    assert look(database, "guide", day=11).total == 0
    assert look(database, day=12).total == 0
    assert ("copy", "drift", ids(database)["guide"], "warning") in open_signals(database)
    write(database, "guide", GUIDE, title="租房提取指南", number=3, day=15)
    assert look(database, "guide", day=16).cleared == 1
    assert {one[1] for one in open_signals(database)}.isdisjoint({"drift"})


def test_looking_at_one_article_takes_few_statements_however_many_there_are(database: Database) -> None:
    copied(database)
    for n in range(12):
        write(database, f"other-{n}", f"第{n}号事项由所在街道负责办理登记手续。\n\n第{n}号事项的登记结果在网上公布。\n")
    keep_copies(database)
    statements: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    assert len(found(database, [ids(database)["copy"]])) == 1
    assert len([text for text in statements if text.startswith("SELECT")]) <= 12


def test_erased_words_leave_nothing_behind(database: Database) -> None:
    copied(database)
    keep_copies(database)
    with database.transaction() as session:
        forget_copies(session, list(session.scalars(select(CopyReading.revision_id))))
        for table in (CopyReading, CopySentence, CopyChange):
            assert session.scalar(select(func.count()).select_from(table)) == 0
    assert len(found(database)) == 1  # it is an index that is made anew

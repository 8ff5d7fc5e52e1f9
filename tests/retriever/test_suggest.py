"""Completion while typing: titles by characters, pinyin and initials, and only what the viewer may see now."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from kb.actor import CITIZEN, Actor, Role
from kb.articles.acts import hiding
from kb.db import Database
from kb.known import known as questions
from kb.record import outbox
from retriever.ask import Retriever
from retriever.errors import BadQuestion
from retriever.suggest import Titles
from tests.conftest import NOW
from tests.kb.factories import MANAGER
from tests.retriever.factories import published_article, retired_article

AGENT = Actor(None, "agent", frozenset({Role.AGENT}))
DAY = timedelta(days=1)


def slugs(retriever: Retriever, typed: str, viewer: Actor = CITIZEN, **when: object) -> list[str]:
    return [s.slug for s in retriever.suggest(typed, viewer, **{"now": NOW, **when})]  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _titles(database: Database) -> None:
    published_article(database, "card", "补卡。", title="社会保障卡挂失与补领")
    published_article(database, "ferry", "船票。", title="跨海轮渡航班时刻与票价")
    published_article(database, "desk", "转派。", title="社会保障卡坐席指引", audience="agent")
    published_article(database, "licence", "Renew.", title="Renewing a Driving Licence", lang="en")


@pytest.mark.parametrize("typed", [
    "社会保障卡", "社會保障卡", "挂失", "shehuibaozhang", "shbzk", "SHBZK", " 社会 保障 ", "guashi",
])
def test_a_title_is_found_by_characters_pinyin_and_initials(retriever: Retriever, typed: str) -> None:
    assert slugs(retriever, typed) == ["card"]


@pytest.mark.parametrize("typed", ["renew", "driving lic", "LICENCE"])
def test_an_english_title_is_found_by_its_letters(retriever: Retriever, typed: str) -> None:
    assert slugs(retriever, typed) == ["licence"]


def test_titles_that_begin_with_the_text_come_first(retriever: Retriever, database: Database) -> None:
    published_article(database, "other", "x。", title="补办社会保障卡")
    assert slugs(retriever, "社会保障卡") == ["card", "other"]


def test_an_article_is_found_by_its_other_names_after_those_found_by_title(retriever: Retriever,
                                                                           database: Database) -> None:
    published_article(database, "insured", "缴费。", title="居民医保缴费", keywords=("社保卡", "养老钱"))
    published_article(database, "social", "办卡。", title="社保卡申领")
    assert slugs(retriever, "社保卡") == ["social", "insured"]
    assert slugs(retriever, "养老") == ["insured"]
    assert slugs(retriever, "老钱") == ["insured"]


@pytest.mark.parametrize("typed", ["sbk", "shebaoka", "SBK", "baoka", "ylq"])
def test_an_article_is_found_by_the_sound_of_its_other_names(retriever: Retriever, database: Database,
                                                             typed: str) -> None:
    published_article(database, "insured", "缴费。", title="居民医保缴费", keywords=("社保卡", "养老钱"))
    assert slugs(retriever, typed) == ["insured"]


def known(database: Database, slug: str, section: str, text: str, *, is_released: bool = True) -> None:
    with database.transaction() as session:
        act = questions.add if is_released else questions.propose
        act(session, MANAGER, slug, section, text, now=NOW, origin="test")


def asked(retriever: Retriever, typed: str, viewer: Actor = CITIZEN) -> list[str]:
    return [s.question for s in retriever.suggest(typed, viewer, now=NOW) if s.question]


def test_a_known_question_is_suggested_by_its_words_sound_and_initials(retriever: Retriever,
                                                                       database: Database) -> None:
    published_article(database, "fees", "## 工本费\n\n20元。", title="证件费用")
    known(database, "fees", "工本费", "补卡要花多少钱")
    known(database, "fees", "工本费", "补卡能不能免费", is_released=False)
    for typed in ("补卡要", "花多少钱", "buka", "bkyh"):
        assert asked(retriever, typed) == ["补卡要花多少钱"]
    [found] = [s for s in retriever.suggest("补卡要", CITIZEN, now=NOW) if s.question]
    assert (found.slug, found.title) == ("fees", "证件费用")


def test_a_question_whose_section_the_text_in_force_has_not_is_not_suggested(retriever: Retriever,
                                                                             database: Database) -> None:
    published_article(database, "fees", "## 内部口径\n\n先安抚。", title="证件费用", audience="agent")
    known(database, "fees", "内部口径", "来电人闹起来怎么办")
    assert asked(retriever, "来电人") == []
    assert asked(retriever, "来电人", AGENT) == ["来电人闹起来怎么办"]
    published_article(database, "fees", "## 工本费\n\n20元。", title="证件费用")
    assert asked(retriever, "来电人") == asked(retriever, "来电人", AGENT) == []


def test_questions_leave_room_for_titles(retriever: Retriever, database: Database) -> None:
    for i in range(9):
        published_article(database, f"bus{i}", "## 票价\n\n2元。", title=f"公交线路{i}")
        known(database, f"bus{i}", "票价", f"公交{i}路多少钱")
    found = retriever.suggest("公交", CITIZEN, now=NOW)
    assert [bool(s.question) for s in found] == [False] * 5 + [True] * 3


def test_an_internal_title_is_never_suggested_to_a_citizen(retriever: Retriever) -> None:
    for typed in ("社会保障卡坐席", "zuoxi", "shbzkzxzy", "坐席指引"):
        assert slugs(retriever, typed) == []
    assert slugs(retriever, "坐席指引", AGENT) == ["desk"]


def test_fault_61_a_retired_title_is_gone_with_the_next_key(retriever: Retriever, database: Database) -> None:
    assert slugs(retriever, "轮渡") == ["ferry"]
    retired_article(database, "ferry", now=NOW + DAY)
    assert slugs(retriever, "轮渡", now=NOW + DAY) == []


def test_only_the_title_in_force_is_suggested(retriever: Retriever, database: Database) -> None:
    published_article(database, "ferry", "船票。", title="海上巴士票价", effective_from=NOW + 9 * DAY)
    assert (slugs(retriever, "轮渡"), slugs(retriever, "海上巴士")) == (["ferry"], [])
    later = {"now": NOW + 9 * DAY}
    assert (slugs(retriever, "轮渡", **later), slugs(retriever, "海上巴士", **later)) == ([], ["ferry"])


def test_at_most_so_many_are_suggested(retriever: Retriever, database: Database) -> None:
    for i in range(12):
        published_article(database, f"bus{i}", "车。", title=f"公交线路{i}")
    assert len(retriever.suggest("公交", CITIZEN, now=NOW)) == 8
    assert len(retriever.suggest("公交", CITIZEN, now=NOW, limit=3)) == 3


@pytest.mark.parametrize("typed", ["%", "_", ".*", "\\", "😀", "(", "'"])
def test_fault_41_wildcards_are_only_characters(retriever: Retriever, typed: str) -> None:
    assert slugs(retriever, typed) == []


@pytest.mark.parametrize("typed", ["", "   ", "\u200b", "社" * 101])
def test_nothing_and_too_much_are_refused(retriever: Retriever, typed: str) -> None:
    with pytest.raises(BadQuestion):
        slugs(retriever, typed)


def test_titles_that_follow_the_changes_say_what_titles_read_anew_say(database: Database) -> None:
    followed = Titles()

    def compared(now: datetime = NOW) -> None:
        for viewer in (CITIZEN, AGENT):
            for typed in ("卡", "社会保障卡", "轮渡", "shbzk", "renew", "花多少", "海上"):
                anew = Titles().suggest(database, typed, viewer, now, limit=8)
                assert followed.suggest(database, typed, viewer, now, limit=8) == anew

    compared()
    published_article(database, "another", "## 工本费\n\n20元。", title="社会保障卡补领")
    compared()
    known(database, "another", "工本费", "补卡要花多少钱")
    compared()
    published_article(database, "ferry", "船票。", title="海上巴士票价", audience="agent")
    compared()
    with database.transaction() as session:
        hiding.hide(session, MANAGER, "card", reason="电话错了", now=NOW, origin="test")
    compared()
    retired_article(database, "another", now=NOW + DAY)
    compared(NOW + DAY)
    published_article(database, "late", "x。", title="社会保障卡迟来的")
    with database.transaction() as session:
        assert outbox.prune(session, before=NOW + 9 * DAY, now=NOW + 9 * DAY)
    compared(NOW + DAY)
    assert [s.slug for s in followed.suggest(database, "迟来的", CITIZEN, NOW + DAY, limit=8)] == ["late"]

"""A kept contradiction is a finding of both articles, with both texts' words, as long as both stand."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy import select

from kb.articles.kept_conflicts import FoundConflict, keep_conflicts
from kb.db import Database
from kb.messages.catalogue import say
from kb.models import Article
from kb.upkeep.signals.kinds.contradiction import Contradicted
from kb.upkeep.signals.signal import Finding, Looking, Severity
from tests.kb.factories import add_department, at, published, retired, revision_text

LOOKING = Looking(at(3), ZoneInfo("Asia/Shanghai"))


def arranged(database: Database, *found: tuple[str, int, int, int, int]) -> dict[str, str]:
    """Two articles with these contradictions; article ids by slug."""
    add_department(database, "hrss")
    one = published(database, revision_text("补领工本费25元，补领10日办好。", title="补领"), slug="one")
    other = published(database, revision_text("补领收30元，15日能拿到。", title="补卡"), slug="other")
    with database.transaction() as session:
        keep_conflicts(session, one, [other], [FoundConflict(one, other, kind, 0.9, *places)
                                               for kind, *places in found], now=at(1))
    with database.reading() as session:
        return {article.slug: article.id for article in session.scalars(select(Article))}


def findings(database: Database, articles: list[str] | None = None) -> list[Finding]:
    with database.reading() as session:
        return list(Contradicted().find(session, LOOKING, articles))


def test_both_articles_have_a_finding_that_begins_with_their_own_words(database: Database) -> None:
    ids = arranged(database, ("money", 5, 8, 3, 6))
    found = {one.article_id: one for one in findings(database)}
    assert set(found) == set(ids.values())
    own = found[ids["one"]]
    assert ([e.quote for e in own.evidence], own.severity, own.kind) == (["25元", "30元"], Severity.WARNING,
                                                                         "contradiction")
    assert [e.quote for e in found[ids["other"]].evidence] == ["30元", "25元"]
    assert say(Contradicted().explain(own.facts), "zh") == "知识条目“补卡”对同一事项给出了不同的数字"
    assert own.key == f"{ids['other']}#money"
    assert [one.article_id for one in findings(database, [ids["one"]])] == [ids["one"]]
    assert findings(database, []) == []


def test_several_of_one_kind_are_one_finding_and_another_kind_is_another(database: Database) -> None:
    ids = arranged(database, ("money", 5, 8, 3, 6), ("money", 0, 5, 0, 3), ("duration", 11, 14, 7, 10))
    own = [one for one in findings(database) if one.article_id == ids["one"]]
    assert [(one.key.partition("#")[2], len(one.evidence)) for one in own] == [("duration", 2), ("money", 4)]


def test_a_text_that_went_out_of_force_takes_the_finding_of_both_with_it(database: Database) -> None:
    arranged(database, ("money", 5, 8, 3, 6))
    retired(database, "other", day=2)
    assert findings(database) == []

"""The database's own search: passages of the texts in force, as they are cut today."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from kb.actor import CITIZEN
from kb.db import Database
from kb.models import PassageRow
from kb.settings import Settings
from retriever.finding.plain import looked_for, plain_search
from retriever.language.analysis import Analyser
from retriever.passages.live import passages_of
from retriever.question.understanding import understand
from retriever.records import AskRequest, Candidate
from retriever.scope import Scope
from tests.conftest import NOW
from tests.retriever.factories import published_article, retriever_of

SOURCE = "## 砗磲补贴\n\n砗磲补贴一千元。\n\n## 去哪里领\n\n砗磲补贴到街道领取。\n\n## 别的\n\n周日不办。\n"


def found(database: Database, text: str) -> list[Candidate]:
    """What the database's own search finds for a citizen."""
    scope = Scope.of(database, AskRequest(text), CITIZEN, now=NOW)
    return plain_search(database, understand(text, (), Analyser()), scope)


def indexed(settings: Settings, database: Database, slug: str, source: str) -> str:
    """A published article that was cut and recorded; its revision."""
    revision = published_article(database, slug, source, title="补贴")
    retriever = retriever_of(settings, database)
    retriever.catch_up()
    retriever.close()
    return revision


def test_what_is_found_is_the_passage_that_its_text_gives_today(settings: Settings, database: Database) -> None:
    revision = indexed(settings, database, "clam", SOURCE)
    with database.reading() as session:
        live = Scope.of(database, AskRequest("x"), CITIZEN, now=NOW).live(session, [revision])[revision]
    candidates = found(database, "砗磲补贴怎么领")
    assert candidates and all(c.passage in passages_of(live) and c.passage.units for c in candidates)
    assert "周日不办" not in "".join(c.passage.body for c in candidates)


def test_what_another_release_cut_otherwise_is_left_out(settings: Settings, database: Database) -> None:
    kept = indexed(settings, database, "clam", SOURCE)
    other = indexed(settings, database, "pearl", SOURCE)
    assert {c.passage.revision_id for c in found(database, "砗磲补贴")} == {kept, other}
    with database.transaction() as session:
        session.execute(update(PassageRow).where(PassageRow.revision_id == other).values(end=PassageRow.end - 1))
    assert {c.passage.revision_id for c in found(database, "砗磲补贴")} == {kept}


@pytest.mark.parametrize(("text", "first"), [
    ("甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳", ["甲乙丙丁", "子丑寅卯", "甲乙", "乙丙", "丙丁"]),
    ("aa bb cc dd ee ff gg hh ii jj kk ll mm nn", ["aa", "bb", "cc", "dd", "ee", "ff", "gg", "hh"]),
])
def test_every_process_looks_for_the_same_words(text: str, first: list[str]) -> None:
    words = looked_for(understand(text, (), Analyser()))
    assert words[:len(first)] == first and len(words) == 12

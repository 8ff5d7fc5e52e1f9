"""What another text in force says otherwise is told beside the answer, if the asker may read it; the owners hear it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select

from kb.actor import CITIZEN, Actor, Role
from kb.articles.kept_conflicts import METHOD, FoundConflict, keep_conflicts
from kb.clock import zone
from kb.db import Database
from kb.models import ConflictPair, ConflictReading, Revision, SignalRow
from kb.settings import Settings, load_settings
from kb.upkeep.signals.kinds.contradiction import Contradicted
from kb.upkeep.signals.scanning import scan
from retriever.answer import Answer, State
from retriever.ask import Retriever
from retriever.factory import open_parts
from retriever.reader.fallback import FallingBack, Timed
from retriever.records import AskRequest
from tests.conftest import NOW
from tests.retriever.factories import department, published_article, retired_article
from tests.retriever.test_ask_reading import FITTED, MarkingReader

AGENT = Actor(None, "agent", frozenset({Role.AGENT}))
FEE = "补办老年优待证工本费多少元"
CARD = "## 费用\n\n补办老年优待证，工本费20元，当场取证。\n\n## 材料\n\n补办老年优待证带身份证原件。"
OTHER = "## 收费说明\n\n证件遗失的市民，窗口收取成本费三十元。\n\n| 证件 | 收费 |\n|---|---|\n| 残疾人证 | 免费 |\n"
BEFORE = NOW - timedelta(days=90)


@pytest.fixture
def card(database: Database) -> str:
    department(database, "hrss", name="市人社局")
    return published_article(database, "senior-card", CARD, title="老年优待证补办", now=BEFORE)


def other(database: Database, source: str = OTHER, **fields: Any) -> str:
    department(database, "hall", name="政务服务中心")
    return published_article(database, "hall-fees", source, title="窗口收费", owner="hall",
                             **{"now": BEFORE, **fields})


def kept(database: Database, one: str, another: str, quote: str = "工本费20元，", otherwise: str = "成本费三十元",
         kind: str = "money") -> None:
    """A contradiction that the comparison of texts found; both were compared."""
    with database.transaction() as session:
        source, beside = (session.get_one(Revision, key).source for key in (one, another))
        at, there = source.index(quote), beside.index(otherwise)
        keep_conflicts(session, another, [one], [FoundConflict(
            another, one, kind, 0.97, there, there + len(otherwise), at, at + len(quote))], now=BEFORE)
        session.merge(ConflictReading(revision_id=one, method=METHOD, read_at=BEFORE))


def asked(retriever: Retriever, question: str = FEE, viewer: Actor = CITIZEN, **fields: Any) -> Answer:
    return retriever.ask(AskRequest(question, **fields), viewer, now=NOW)


def test_the_other_text_is_quoted_beside_the_answer_with_where_it_stands(retriever: Retriever, database: Database,
                                                                        card: str) -> None:
    revision_id = other(database, effective_from=BEFORE)
    kept(database, card, revision_id)
    answer = asked(retriever)
    assert (answer.state, answer.citations[0].slug) == (State.ANSWERED, "senior-card")
    (told,) = answer.as_dict()["differs"]
    assert OTHER[told["start"]:told["end"]] == told["quote"] == told["text"] == "证件遗失的市民，窗口收取成本费三十元。"
    assert (told["slug"], told["revision"], told["title"], told["department"], told["heading_path"], told["kind"]) == (
        "hall-fees", 1, "窗口收费", "hall", ["收费说明"], "money")
    assert told["effective_from"] == BEFORE.isoformat() and told["effective_to"] is None
    assert told["url"].startswith("/articles/hall-fees/r/1?cite=")
    assert [answer.citations[n - 1].quote for n in told["citations"]] == ["补办老年优待证，工本费20元，当场取证。"]
    assert told["choices"] == []


def test_it_is_told_in_one_statement_more_and_moves_neither_order_nor_confidence(
        retriever: Retriever, database: Database, card: str) -> None:
    revision_id = other(database)
    kept(database, card, revision_id)
    with database.transaction() as session:
        session.query(ConflictPair).delete()
    asked(retriever)  # the index is up to date from here on
    statements: list[str] = []
    event.listen(database.engine, "before_cursor_execute",
                 lambda *call: statements.append(call[2]) if call[2].startswith("SELECT") else None)
    before = asked(retriever)
    assert len([text for text in statements if "conflict_pair" in text]) == 1
    usual = len(statements)
    kept(database, card, revision_id)
    statements.clear()
    after = asked(retriever)
    assert len(statements) == usual + 1  # the other text's words
    assert before.differs == () and after.differs
    assert (after.confidence, after.sentences, after.state) == (before.confidence, before.sentences, before.state)


def test_a_contradiction_about_another_stretch_is_not_told(retriever: Retriever, database: Database, card: str,
                                                           ) -> None:
    kept(database, card, other(database), quote="带身份证原件")
    assert asked(retriever).differs == ()


@pytest.mark.parametrize("fields", [{"audience": "agent"}, {"effective_to": NOW - timedelta(days=1)},
                                    {"effective_from": NOW + timedelta(days=1)}])
def test_what_the_asker_may_not_read_or_is_not_in_force_is_not_told(retriever: Retriever, database: Database,
                                                                    card: str, fields: dict[str, Any]) -> None:
    kept(database, card, other(database, **fields))
    assert asked(retriever).differs == ()
    is_internal = "audience" in fields
    assert bool(asked(retriever, viewer=AGENT).differs) is is_internal
    assert asked(retriever, viewer=AGENT, audience="public").differs == ()


def test_at_another_day_the_texts_in_force_then_are_told(retriever: Retriever, database: Database, card: str) -> None:
    kept(database, card, other(database, effective_to=NOW - timedelta(days=30)))
    assert asked(retriever).differs == ()
    assert [one.slug for one in asked(retriever, as_of=NOW - timedelta(days=40)).differs] == ["hall-fees"]


def test_a_question_for_one_department_is_told_what_another_one_says(retriever: Retriever, database: Database,
                                                                     card: str) -> None:
    kept(database, card, other(database))
    assert asked(retriever, department="hrss").differs


def test_a_retired_text_contradicts_nothing_and_an_answer_of_before_still_shows_it(
        retriever: Retriever, database: Database, card: str) -> None:
    kept(database, card, other(database))
    told = asked(retriever)
    retired_article(database, "hall-fees", now=NOW + timedelta(days=1))
    later = NOW + timedelta(days=2)
    assert retriever.ask(AskRequest(FEE), CITIZEN, now=later).differs == ()
    again = retriever.differing(told, CITIZEN, now=later)
    assert [one.slug for one in again.differs] == ["hall-fees"]


def test_a_row_of_a_table_is_read_out(retriever: Retriever, database: Database, card: str) -> None:
    rows = "| 证件 | 工本费 |\n|---|---|\n| 优待证 | 三十元 |\n"
    kept(database, card, other(database, rows), otherwise="三十元")
    (told,) = asked(retriever).differs
    assert (told.quote, told.text) == ("| 优待证 | 三十元 |", "证件：优待证；工本费：三十元")


def test_an_offered_section_is_told_with_what_contradicts_it(settings: Settings, database: Database, card: str,
                                                             ) -> None:
    kept(database, card, other(database))
    sure = load_settings(settings.root, {}, data={"dir": str(settings.data_dir)}, ask={"precision": 0.9},
                         embedding={"provider": "none"})
    unsure = Retriever(sure, database, open_parts(settings, database, None)[0], fitted=FITTED,
                       reader=FallingBack(Timed(MarkingReader("20元", sure=0.5), 5.0)))
    answer = asked(unsure)
    unsure.close()
    assert (answer.state, answer.choices[0].slug) == (State.CHECK, "senior-card")
    assert [(one.slug, one.citations, one.choices) for one in answer.differs] == [("hall-fees", (), (1,))]


# at sight, before any comparison

RIVAL = "## 费用\n\n补办老年优待证，工本费25元，三日取证。\n"


def compared(database: Database, *revision_ids: str) -> None:
    with database.transaction() as session:
        session.add_all(ConflictReading(revision_id=key, method=METHOD, read_at=NOW) for key in revision_ids)


def test_texts_that_wait_to_be_compared_are_at_sight_and_both_owners_hear_of_it_once(
        retriever: Retriever, database: Database, card: str) -> None:
    rival = other(database, RIVAL)
    answers = [asked(retriever), asked(retriever)]
    assert {c.slug for c in answers[0].citations} != {one.slug for one in answers[0].differs}
    assert {one.text for answer in answers for one in answer.differs} <= {
        "补办老年优待证，工本费25元，三日取证。", "补办老年优待证，工本费20元，当场取证。"}
    assert all(len(answer.differs) == 1 for answer in answers)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ConflictPair)) == 1
    for _ in range(2):
        scan(database, now=NOW, tz=zone("Asia/Shanghai"), origin="test", detectors=(Contradicted(),))
    with database.reading() as session:
        articles = {session.get_one(Revision, key).article_id for key in (card, rival)}
        rows = session.scalars(select(SignalRow)).all()
    assert len(rows) == 2 and {row.article_id for row in rows} == articles


def test_what_was_compared_is_not_compared_again(retriever: Retriever, database: Database, card: str) -> None:
    compared(database, card, other(database, RIVAL))
    assert asked(retriever).differs == ()


@pytest.mark.parametrize("rival", [
    RIVAL.replace("25元", "二十元"),  # the same
    RIVAL.replace("补办老年优待证", "港东区补办老年优待证"),  # a district's own
    RIVAL.replace("补办老年优待证", "换领老年优待证"),  # another procedure
    RIVAL.replace("## 费用", "## 2019年收费"),
    "## 费用\n\n补办居住登记凭条，工本费25元。\n",
])
def test_what_may_well_be_another_matter_is_not_told_at_sight(retriever: Retriever, database: Database, card: str,
                                                              rival: str) -> None:
    assert card
    other(database, rival.replace("## 2019年收费", "## 2019年补办老年优待证收费"))
    if "2019" in rival:
        published_article(database, "senior-card", CARD.replace("## 费用", "## 2026年费用"), title="老年优待证补办")
    assert asked(retriever).differs == ()


def test_nothing_is_told_at_sight_of_what_the_asker_may_not_read(retriever: Retriever, database: Database, card: str,
                                                                 ) -> None:
    assert card
    other(database, RIVAL, audience="agent")
    assert asked(retriever).differs == ()
    assert asked(retriever, viewer=AGENT).differs
    assert asked(retriever).differs == ()  # kept by now, and still not the caller's

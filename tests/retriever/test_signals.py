"""An answer tells of the signals that concern what it cites, to those who may see them; a fresh source goes first."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from kb.actor import CITIZEN, Actor, Role
from kb.db import Database
from kb.models import Revision, SignalEvidence, SignalRow
from retriever.answer import Answer
from retriever.ask import Retriever
from retriever.finding.stale import says_same
from retriever.records import AskRequest
from tests.conftest import NOW
from tests.retriever.factories import published_article

AGENT = Actor(None, "agent", frozenset({Role.AGENT}))
FEE = "补办市民卡工本费多少元"
CARD = "## 费用\n\n补办市民卡工本费20元，当场取卡。\n\n## 材料\n\n补办市民卡带身份证原件。"


def asked(retriever: Retriever, question: str = FEE, viewer: Actor = CITIZEN, **fields: Any) -> Answer:
    return retriever.ask(AskRequest(question, **fields), viewer, now=NOW)


def raised(database: Database, revision_id: str, *, quote: str = "", severity: str = "warning",
           audience: str = "public", beside: str | None = None) -> None:
    """A signal of the article that a revision belongs to, about a stretch of it or all of it."""
    with database.transaction() as session:
        revision = session.get_one(Revision, revision_id)
        start = revision.source.index(quote) if quote else 0
        evidence = [{"quote": quote, "revision_id": revision_id, "start": start, "end": start + len(quote) if quote
                     else 0, "source": ""}]
        row = SignalRow(id=str(uuid.uuid4()), article_id=revision.article_id, kind="date", key=quote, severity=severity,
                        audience=audience, facts={"why": "end", "since": "2026-10-31"}, evidence=evidence,
                        raised_at=NOW - timedelta(days=1))
        session.add(row)
        session.flush()
        for other in {revision_id, beside or revision_id}:
            session.add(SignalEvidence(signal_id=row.id, revision_id=other))


def test_a_citation_tells_of_signals_about_its_stretch_or_the_whole_article(retriever: Retriever, database: Database,
                                                                           ) -> None:
    revision_id = published_article(database, "card", CARD, title="市民卡补办")
    raised(database, revision_id, quote="补办市民卡工本费20元，当场取卡。", severity="serious")
    raised(database, revision_id, quote="补办市民卡带身份证原件。")
    raised(database, revision_id)
    citation = next(c for c in asked(retriever).citations if "20元" in c.quote)
    assert [s["severity"] for s in citation.signals] == ["serious", "warning"]  # not of what is said elsewhere in it
    assert citation.as_dict()["signals"][0] == {
        "kind": "date", "severity": "serious", "text": "文中内容的执行期限（2026年10月31日）已过",
        "since": (NOW - timedelta(days=1)).isoformat()}


def test_a_signal_is_said_in_the_language_of_the_question(retriever: Retriever, database: Database) -> None:
    revision_id = published_article(database, "card-en", "## Fee\n\nReplacing a citizen card costs 20 yuan.",
                                    title="Citizen card", lang="en")
    raised(database, revision_id)
    answer = asked(retriever, "How much does replacing a citizen card cost?")
    assert {s["text"] for c in answer.citations for s in c.signals} == {"what it says held until 2026-10-31"}


def test_signals_move_no_confidence_and_cost_one_statement(retriever: Retriever, database: Database) -> None:
    revision_id = published_article(database, "card", CARD, title="市民卡补办")
    asked(retriever)  # the index is up to date from here on
    statements: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    before = asked(retriever)
    raised(database, revision_id, quote="补办市民卡工本费20元，当场取卡。", severity="serious")
    statements.clear()
    after = asked(retriever)
    assert (after.confidence, after.sentences) == (before.confidence, before.sentences)
    assert len([text for text in statements if "FROM signal" in text]) == 1
    assert before.citations[0].signals == () and after.citations[0].signals


def test_what_the_asker_may_not_see_says_nothing_and_moves_nothing(retriever: Retriever, database: Database) -> None:
    revision_id = published_article(database, "card", CARD, title="市民卡补办")
    secret = published_article(database, "inside", "内部口径。", title="口径", audience="agent")
    raised(database, revision_id, severity="serious", audience="agent")
    raised(database, revision_id, quote="补办市民卡工本费20元，当场取卡。", severity="serious", beside=secret)
    assert not [s for c in asked(retriever).citations for s in c.signals]
    assert len([s for c in asked(retriever, viewer=AGENT).citations[:1] for s in c.signals]) == 2
    narrowed = asked(retriever, viewer=AGENT, audience="public")
    assert len([s for c in narrowed.citations[:1] for s in c.signals]) <= 1


def test_a_signal_of_the_text_in_force_says_nothing_of_an_older_one(retriever: Retriever, database: Database) -> None:
    published_article(database, "card", CARD.replace("20元", "15元"), title="市民卡补办", now=NOW - timedelta(days=90))
    revision_id = published_article(database, "card", CARD, title="市民卡补办", effective_from=NOW - timedelta(days=9))
    raised(database, revision_id)
    assert asked(retriever).citations[0].signals
    past = asked(retriever, as_of=NOW - timedelta(days=30))
    assert "15元" in past.sentences[0].text
    assert not past.citations[0].signals


def test_a_stale_source_stands_behind_a_fresh_one_that_says_the_same(retriever: Retriever, database: Database) -> None:
    first = published_article(database, "card-a", CARD, title="市民卡补办")
    second = published_article(database, "card-b", CARD, title="市民卡补办")
    leading = asked(retriever).citations[0].revision_id
    other = second if leading == first else first
    raised(database, leading, severity="warning")
    assert asked(retriever).citations[0].revision_id == leading  # worth a look, and no more
    raised(database, leading, quote="补办市民卡工本费20元，当场取卡。", severity="serious", audience="agent")
    assert asked(retriever).citations[0].revision_id == leading  # a citizen may not know
    assert asked(retriever, viewer=AGENT).citations[0].revision_id == other
    raised(database, other, quote="补办市民卡工本费20元，当场取卡。", severity="serious")
    assert asked(retriever, viewer=AGENT).citations[0].revision_id == leading  # neither is fresh


@pytest.mark.parametrize(("one", "other", "same"), [
    ("补办市民卡工本费20元，当场取卡。", "补办市民卡，工本费20元；当场取卡。", True),
    ("补办市民卡工本费20元，当场取卡。", "补办市民卡工本费25元，当场取卡。", False),
    ("补办市民卡工本费20元，当场取卡。", "办理市民卡挂失免费。", False), ("", "", False),
])
def test_what_says_the_same_has_the_same_figures_and_words(one: str, other: str, same: bool) -> None:
    assert says_same(one, other) is same


@given(st.text(max_size=40), st.text(max_size=40))
def test_saying_the_same_is_mutual(one: str, other: str) -> None:
    assert says_same(one, other) is says_same(other, one)


def test_a_text_answers_until_the_very_instant_of_its_end(retriever: Retriever, database: Database) -> None:
    published_article(database, "card", CARD, title="市民卡补办", effective_to=NOW + timedelta(seconds=1))
    end = NOW + timedelta(seconds=1)
    assert retriever.ask(AskRequest(FEE), CITIZEN, now=end - timedelta.resolution).citations
    assert not retriever.ask(AskRequest(FEE), CITIZEN, now=end).citations

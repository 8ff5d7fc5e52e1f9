"""A later turn of a call reorders the parts of each article, and no article."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.ranking.order import Ranked, by_turn
from tests.retriever.ranking.test_exact import ranked

FEES, HOURS = ranked("Fees", 1.0), ranked("Opening hours", 0.7, ordinal=1)
ELSEWHERE = ranked("Opening hours of the pool", 0.6, article="b")
scores = st.floats(-2, 2, allow_nan=False).map(lambda value: round(value, 3))
items = st.lists(st.tuples(scores, scores, st.sampled_from("abc")), max_size=12)


def ids(found: list[Ranked]) -> list[str]:
    return [item.hit.passage.passage_id for item in found]


def test_the_part_that_the_turn_asks_for_leads_its_article() -> None:
    alone = [ranked("Opening hours of the pool", 1.1, article="b"), ranked("Opening hours", 1.0, ordinal=1),
             ranked("Fees", 0.1)]
    found = by_turn([FEES, HOURS, ELSEWHERE], alone)
    assert ids(found)[0] == ids([HOURS])[0]
    assert found[0].hit.score == FEES.hit.score


def test_a_turn_that_finds_nothing_by_itself_moves_nothing() -> None:
    assert ids(by_turn([FEES, HOURS, ELSEWHERE], [])) == ids([FEES, HOURS, ELSEWHERE])
    assert by_turn([], [FEES]) == []


@given(items)
def test_no_article_s_best_score_changes(values: list[tuple[float, float, str]]) -> None:
    dialogue = [ranked(str(n), score, article=article, ordinal=n) for n, (score, _, article) in enumerate(values)]
    alone = [ranked(str(n), score, article=article, ordinal=n) for n, (_, score, article) in enumerate(values)]
    found = by_turn(dialogue, alone)
    assert sorted(ids(found)) == sorted(ids(dialogue))
    assert [r.hit.score for r in found] == sorted((r.hit.score for r in found), reverse=True)
    for article in {value[2] for value in values}:
        before, after = (max(r.hit.score for r in part if r.allowed.live.article_id == article)
                         for part in (dialogue, found))
        assert after == pytest.approx(before)

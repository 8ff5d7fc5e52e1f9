"""A clause, document or form that a question names by its number leads over the text that cites it."""

from __future__ import annotations

from datetime import UTC, datetime

from retriever.question.numbers import Conditions
from retriever.ranking.exact import exact
from retriever.ranking.order import Ranked
from retriever.records import Allowed, Candidate, Hit, LiveText
from tests.retriever.factories import passage

DAY = datetime(2026, 1, 1, tzinfo=UTC)


def ranked(text: str, score: float, *, article: str = "a", ordinal: int = 0) -> Ranked:
    found = Candidate(passage(text, article=article, ordinal=ordinal), score, 0.0)
    live = LiveText(article, article, "r", 1, "", text, "zh", "public", "d", "", "", "", DAY, None, None)
    return Ranked(Hit(found.passage, score, found), Allowed(found, live))


CITES = ranked("第十一条 违反第十条的，责令改正。", 1.0)
CLAUSE = ranked("第十条 申请人应当如实申报。", 0.8, ordinal=1)
ELSEWHERE = ranked("第十条 养犬人应当登记。", 0.5, article="b")


def texts(found: list[Ranked]) -> list[str]:
    return [item.hit.passage.text for item in found]


def test_the_clause_leads_within_its_article_and_moves_no_article() -> None:
    found = exact([CITES, CLAUSE, ELSEWHERE], Conditions.of("第10条怎么规定"))
    assert found[0].hit.passage == CLAUSE.hit.passage
    assert found[0].hit.score == 1.0 and found[1].hit.passage == ELSEWHERE.hit.passage
    assert found[1].hit.score == 0.5


def test_a_form_leads_over_all_articles() -> None:
    other, form = ranked("请填写表2。", 1.0), ranked("表3由单位盖章。", 0.1, article="b")
    assert texts(exact([other, form], Conditions.of("表3怎么填"))) == texts([form, other])


def test_without_a_number_nothing_moves() -> None:
    items = [CITES, CLAUSE, ELSEWHERE]
    assert exact(items, Conditions.of("怎么申报")) == items
    assert exact([], Conditions.of("第十条")) == []

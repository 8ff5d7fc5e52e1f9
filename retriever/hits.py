"""What was found as a search gives it back."""

from __future__ import annotations

from kb.markup.shown import shown_source
from retriever.answering import quote
from retriever.find import Found
from retriever.ranking.order import Ranked
from retriever.records import SearchHit


def is_spoken_of(found: Found) -> bool:
    """Whether any passage in the language of the words holds one of them; where all are in another language, what is
    near in meaning is all that can be found."""
    same = [r for r in found.ranked if r.allowed.live.lang == found.question.lang]
    scores = [(r.hit.candidate.word_score, r.hit.candidate.article_word_score) for r in same]
    return not same or any(any(score > 0 for score in both) for both in scores)


def search_hit(item: Ranked) -> SearchHit:
    live, p = item.allowed.live, item.hit.passage
    return SearchHit(
        article_id=live.article_id, slug=live.slug, revision=live.number, title=live.title, department=live.department,
        department_name_zh=live.department_name_zh, department_name_en=live.department_name_en, lang=live.lang,
        audience=live.audience, heading_path=p.heading_path,
        text=shown_source(live.source, p.start, p.end), body=p.body, start=p.start, end=p.end,
        score=item.hit.score, effective_from=live.effective_from, effective_to=live.effective_to,
        url=quote.citation_url(live.slug, live.number, p.start, p.end),
    )

"""What an honest "not known" shows: the best passages, whole and unchecked, and whom to ask.

Somebody is always the nearest: for "put me through" the water works, for a lost child the welfare office. A department
is named only where its article is near the question; else the hotline itself is, whose shift leader knows whom to ask.
Whether to refuse is not decided here: answerer.py compares the confidence with the threshold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from retriever.answer import Nearest, NearestPassage
from retriever.answering.quote import citation_url
from retriever.ranking.order import Ranked

# Cosine of question and best passage, by the passage's language, from which its department is the one to ask. Of the
# callers' set's unanswerable questions four fifths are above, as answerable ones are: the subject is right, the answer
# is not there. Questions of no department (weather, lottery, jokes) reach 0.876 in Chinese, 0.84 in English; they are
# of this embedding model, and another one needs others.
NEAR = {"zh": 0.88, "en": 0.845}
# Where no vectors were searched: the share of the question that a sentence and the title must hold together. A guess.
NEAR_IN_WORDS = 0.5


@dataclass(frozen=True, slots=True)
class Hotline:
    """The hotline itself, as its settings name it."""

    name_zh: str
    name_en: str
    phone: str


def whom_to_ask(ranked: Sequence[Ranked], hotline: Hotline) -> dict[str, str]:
    """The department of the best hit where that is near, else the hotline, whose ``code`` is empty."""
    if not ranked or not is_near(ranked[0]):
        return {"code": "", "name_zh": hotline.name_zh, "name_en": hotline.name_en, "phone": hotline.phone}
    live = ranked[0].allowed.live
    return {"code": live.department, "name_zh": live.department_name_zh, "name_en": live.department_name_en,
            "phone": live.department_phone}


def is_near(best: Ranked) -> bool:
    """Whether the best hit is about what the question is about, though it may not answer it."""
    cosine = best.hit.candidate.vector_score
    if cosine > 0:
        return cosine >= NEAR["zh" if best.allowed.live.lang == "zh" else "en"]
    return best.hit.features.get("run_unit", 0.0) + best.hit.features.get("in_title", 0.0) >= NEAR_IN_WORDS


def nearest_passages(ranked: Sequence[Ranked], most: int) -> tuple[Nearest, ...]:
    """The best passages as a page shows them, at most ``most``: one of each article first, then further ones of these.

    ``ranked`` are best first; so are those of one article each, and the further ones.
    """
    first: list[Ranked] = []
    further: list[Ranked] = []
    seen: set[str] = set()
    for item in ranked:
        (further if item.allowed.live.article_id in seen else first).append(item)
        seen.add(item.allowed.live.article_id)
    return tuple(_nearest(item) for item in [*first, *further][:most])


def _nearest(item: Ranked) -> Nearest:
    live, passage = item.allowed.live, item.hit.passage
    shown = "\n".join(text for text in (passage.context, passage.body) if text)
    return Nearest(
        live.article_id, live.slug, live.title, live.department, item.hit.score,
        NearestPassage(passage.heading_path, shown, citation_url(live.slug, live.number, passage.start, passage.end)))

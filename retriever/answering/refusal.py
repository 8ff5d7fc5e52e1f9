"""What an honest "not known" shows: the best passages, whole and unchecked, and whom to ask.

Somebody is always the nearest: for "put me through" the water works, for a broken street lamp them too. A caller who is
sent to the wrong office calls twice, so a department is named only where two things hold: most of the best passages
are its own, and the nearest of them all, which is near the question, is one of these. Where departments mix, no article
is of the matter, or several share it, and the hotline itself is named, whose shift leader knows whom to ask.
Whether to refuse is not decided here: answerer.py compares the confidence with the threshold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from retriever.answer import Nearest, NearestPassage
from retriever.answering.quote import citation_url
from retriever.ranking.order import Ranked

# So many of the best passages are looked at, and so many of them must be of one department; where fewer were found, as
# large a share. With six no caller of tests/data/whom_to_ask/taught.jsonl is sent to a wrong office, with five four of
# 65 are; but on what was kept apart and in other cities the right one is told to a fifth more (docs/quality.md).
LOOKED_AT, AGREEING = 7, 5
# Cosine of question and the department's nearest passage there, by the passage's language. From this on a subject is
# usually the question's; questions of no department (weather, lottery, jokes) reach 0.876 in Chinese, 0.84 in English,
# and mostly their best passages are of several. They are of this embedding model, and another one needs others.
NEAR = {"zh": 0.88, "en": 0.84}
# Where no vectors were searched: the share of the question that a sentence and the title must hold together. A guess.
NEAR_IN_WORDS = 0.5


@dataclass(frozen=True, slots=True)
class Hotline:
    """The hotline itself, as its settings name it."""

    name_zh: str
    name_en: str
    phone: str


def whom_to_ask(ranked: Sequence[Ranked], hotline: Hotline) -> dict[str, str]:
    """The department of the best hit where the best passages agree on it and it is near, else the hotline, whose
    ``code`` is empty. ``ranked`` are best first."""
    best = ranked[:LOOKED_AT]
    own = [item for item in best if item.allowed.live.department == best[0].allowed.live.department]
    if (not own or len(own) * LOOKED_AT < len(best) * AGREEING or not any(map(is_near, own))
            or max(best, key=_cosine).allowed.live.department != own[0].allowed.live.department):
        return {"code": "", "name_zh": hotline.name_zh, "name_en": hotline.name_en, "phone": hotline.phone}
    live = own[0].allowed.live
    return {"code": live.department, "name_zh": live.department_name_zh, "name_en": live.department_name_en,
            "phone": live.department_phone}


def _cosine(hit: Ranked) -> float:
    return hit.hit.candidate.vector_score


def is_near(hit: Ranked) -> bool:
    """Whether a hit is about what the question is about, though it may not answer it."""
    cosine = hit.hit.candidate.vector_score
    if cosine > 0:
        return cosine >= NEAR["zh" if hit.allowed.live.lang == "zh" else "en"]
    return hit.hit.features.get("run_unit", 0.0) + hit.hit.features.get("in_title", 0.0) >= NEAR_IN_WORDS


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

"""The measures of ``kb eval``: pure functions of one query's result, and their means.

nDCG with linear gain and log2 discount (Järvelin and Kekäläinen 2002); answer F1 as in SQuAD, over characters for
Chinese and lower-case tokens for English; AUROC by ranks, ties counted half.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from retriever.lab.evaluation.dataset import Gold

Place = tuple[str, int, int]  # document id, start, end
GoldSpan = tuple[str, int, int, str]  # document id, start or -1, end, text


@dataclass(frozen=True, slots=True)
class Score:
    """A measure of one outcome; its mean over a run weighs each by ``weight``."""

    value: float
    weight: float = 1.0


def means(scored: Iterable[Mapping[str, Score]]) -> dict[str, float | None]:
    """The rounded mean of each measure that some outcome has."""
    totals: dict[str, list[float]] = {}
    for one in scored:
        for name, score in one.items():
            total = totals.setdefault(name, [0.0, 0.0])
            total[0] += score.value * score.weight
            total[1] += score.weight
    return {name: round(value / weight, 4) if weight else None for name, (value, weight) in totals.items()}


def ndcg(ranking: Sequence[str], relevant: Mapping[str, float], k: int = 10) -> float:
    """Normalised discounted cumulative gain of the first ``k`` documents."""
    gain = sum(relevant.get(d, 0.0) / math.log2(i + 2) for i, d in enumerate(ranking[:k]))
    ideal = sum(g / math.log2(i + 2) for i, g in enumerate(sorted(relevant.values(), reverse=True)[:k]))
    return gain / ideal if ideal else 0.0


def reciprocal_rank(ranking: Sequence[str], relevant: Mapping[str, float], k: int = 10) -> float:
    """One over the rank of the first relevant document among the first ``k``, else 0."""
    return next((1 / (i + 1) for i, d in enumerate(ranking[:k]) if d in relevant), 0.0)


def recall(ranking: Sequence[str], relevant: Mapping[str, float], k: int) -> float:
    """Share of the relevant documents among the first ``k``."""
    return len(set(ranking[:k]) & set(relevant)) / len(relevant) if relevant else 0.0


def overlaps(place: Place, span: GoldSpan) -> bool:
    """Whether half of the shorter of both lies in the other: a passage may cut a long span, or hold a short one."""
    document, start, end, _ = span
    if start < 0 or place[0] != document:
        return False
    shared = min(place[2], end) - max(place[1], start)
    return shared > 0 and 2 * shared >= min(place[2] - place[1], end - start)


def contains(place: Place, span: GoldSpan) -> bool:
    """Whether the whole span lies in the passage."""
    document, start, end, _ = span
    return start >= 0 and place[0] == document and place[1] <= start and end <= place[2]


def tokens(text: str, lang: str) -> list[str]:
    """What F1 counts: characters for zh, lower-case words without articles for en."""
    if lang == "zh":
        return [c for c in text.lower() if c.isalnum()]
    return [t for t in re.findall(r"\w+", text.lower()) if t not in {"a", "an", "the"}]


def f1(answer: str, gold: str, lang: str) -> float:
    """Overlap F1 of two texts: characters for zh, tokens for en."""
    given, wanted = Counter(tokens(answer, lang)), Counter(tokens(gold, lang))
    shared = sum((given & wanted).values())
    if not shared:
        return 0.0
    precision, sensitivity = shared / sum(given.values()), shared / sum(wanted.values())
    return 2 * precision * sensitivity / (precision + sensitivity)


def share_said(answer: str, gold: str, lang: str) -> float:
    """Share of the gold text's characters or tokens that the answer holds."""
    given, wanted = Counter(tokens(answer, lang)), Counter(tokens(gold, lang))
    return sum((given & wanted).values()) / sum(wanted.values()) if wanted else 0.0


def citation_scores(places: Sequence[Place], gold: Gold) -> tuple[float, float]:
    """(share of cited quotes that touch a gold span, share of gold spans touched by a quote)."""
    def touches(place: Place, span: GoldSpan) -> bool:
        return place[0] == span[0] and min(place[2], span[2]) > max(place[1], span[1])

    if not places or not gold.spans:
        return 0.0, 0.0
    precise = sum(any(touches(p, s) for s in gold.spans) for p in places) / len(places)
    covered = sum(any(touches(p, s) for p in places) for s in gold.spans) / len(gold.spans)
    return precise, covered


def bare(text: str) -> str:
    """A text without what writing adds to it: white space, marks of Markdown and colons."""
    return re.sub(r"[\s*_|`:：]", "", text)


def says(quotes: Sequence[str], must: Sequence[str]) -> bool:
    """Whether every string stands in what is quoted, both bare; not where none is asked for."""
    quoted = bare("".join(quotes))
    return bool(must) and all(bare(text) in quoted for text in must)


def excess(quotes: Sequence[str], ideal: Sequence[str]) -> float:
    """Characters quoted beyond the ideal answer's number, as a share of it; 0 for less."""
    wanted = len(bare("".join(ideal)))
    return max(len(bare("".join(quotes))) / wanted - 1, 0.0) if wanted else 0.0


def touches(places: Sequence[Place], quotes: Sequence[str], gold: Gold) -> bool:
    """Whether a quote touches a gold span, or a string that the answer must have stands in the quotes."""
    return citation_scores(places, gold)[0] > 0 or any(says(quotes, (text,)) for text in gold.must)


def auroc(positives: Sequence[float], negatives: Sequence[float]) -> float | None:
    """Chance that a positive scores above a negative; None without both."""
    if not positives or not negatives:
        return None
    ordered = sorted((*((v, 1) for v in positives), *((v, 0) for v in negatives)))
    ranks, i = 0.0, 0
    while i < len(ordered):
        j = i
        while j < len(ordered) and ordered[j][0] == ordered[i][0]:
            j += 1
        ranks += sum(label for _, label in ordered[i:j]) * (i + j + 1) / 2
        i = j
    n = len(positives)
    return (ranks - n * (n + 1) / 2) / (n * len(negatives))


def risk_coverage(confidences: Sequence[float], right: Sequence[bool], points: int = 20) -> list[dict[str, float]]:
    """For falling thresholds: the share answered and the share of those that are wrong."""
    ordered = sorted(zip(confidences, right, strict=True), key=lambda x: -x[0])
    found = []
    for i in range(1, points + 1):
        count = max(round(len(ordered) * i / points), 1)
        if count > len(ordered):
            break
        wrong = sum(not ok for _, ok in ordered[:count])
        found.append({"coverage": round(count / len(ordered), 4), "risk": round(wrong / count, 4),
                      "threshold": round(ordered[count - 1][0], 4)})
    return found


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` of the values lie (nearest rank); 0.0 for none."""
    ordered = sorted(values)
    return ordered[min(math.ceil(share * len(ordered)), len(ordered)) - 1] if ordered else 0.0


def mean(values: Sequence[float]) -> float | None:
    """Rounded mean; None for none, so that a missing measure is not read as zero."""
    return round(sum(values) / len(values), 4) if values else None


def rounded(value: float | None) -> float | None:
    """Four digits; None stays None."""
    return None if value is None else round(value, 4)

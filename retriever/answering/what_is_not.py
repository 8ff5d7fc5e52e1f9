"""A question that says that something is not so (不备案的话, without a permit): the passage that is about just that.

What holds for those who have the thing is worded much the same, stands first in most texts, and is read as the answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from retriever.answering.fitted import Fitted
from retriever.answering.reading import PassageRead, heading_of, put_first
from retriever.passages.saying import said
from retriever.question.denied import denied, denies

_LEAST = 2.0  # logits below what is marked that a unit about it may be: what it denies makes it less like the question


def of_what_is_not(read: Sequence[PassageRead], question: str, fitted: Fitted) -> list[PassageRead]:
    """The passages; where nothing that the reader marks of the first is about what the question denies, the first of
    its article in which something likely is goes before it."""
    things = denied(question)
    if not things or _is_about(read[0], things, fitted.threshold):
        return list(read)
    article = read[0].ranked.allowed.live.article_id
    return put_first(list(read), next(
        (n for n, one in enumerate(read) if one.ranked.allowed.live.article_id == article
         and _is_about(one, things, fitted.threshold - _LEAST)), None))


def _is_about(one: PassageRead, things: frozenset[str], least: float) -> bool:
    live = one.ranked.allowed.live
    return any(logit >= least and denies(said(live.source, live.lang, unit), things, heading_of(one))
               for unit, logit in zip(one.ranked.hit.passage.units, one.read.units.tolist(), strict=True))

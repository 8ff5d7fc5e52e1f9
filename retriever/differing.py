"""What another article in force says otherwise than what is cited or offered: both are shown, and the owners told.

What the comparison of texts has kept is looked up. Of texts that were published since, and wait to be compared, the
passages that were found for this very question are compared at sight; what that finds is kept, so that the next look
raises a signal of both articles. Nothing is told of a text that the asker may not read or that is not in force then,
and neither an order nor how sure an answer is moves.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from kb.articles.kept_conflicts import FoundConflict
from kb.articles.said_otherwise import Otherwise, keep_met, said_otherwise
from kb.db import Database
from kb.errors import KbError
from kb.markup.parse import parse
from retriever.answer import Answer
from retriever.answering.draft import Draft
from retriever.answering.quote import citation_url, shortened
from retriever.checking.at_sight import Glimpse, at_sight
from retriever.checking.own_words import OwnWords
from retriever.citation import Differs
from retriever.find import Run
from retriever.finding.stale import alike
from retriever.passages.saying import said
from retriever.passages.sections import sections
from retriever.passages.units import units
from retriever.ranking.order import Ranked
from retriever.records import LiveText
from retriever.scope import Scope

log = logging.getLogger(__name__)

_MOST = 3  # other texts that are told of: more is no answer
_LONGEST = 300  # characters of one quote
_LIKE = 0.1  # of their pairs of characters that two passages share which may be about one matter
_MET = 0.9  # the chance that what is found at sight is a contradiction: all of 6 in 320 labelled pairs were
_FIGURE = re.compile(r"[\d零〇一二两三四五六七八九十百千半免]"
                     r"|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|half|free)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Used:
    """A stretch of a revision that an answer cites or offers; ``number`` is the citation's, or the choice's."""

    revision_id: str
    start: int
    end: int
    number: int
    is_choice: bool

    def holds(self, one: FoundConflict) -> bool:
        """Whether a contradiction, seen from its first text, is about it."""
        return one.revision_id == self.revision_id and one.start < self.end and self.start < one.end


def with_differences(run: Run, database: Database, answer: Answer, scope: Scope, *, draft: Draft | None = None,
                     words: OwnWords | None = None) -> Answer:
    """The answer with what contradicts it: one statement, and another where there is something to tell. With the
    ``draft`` that it comes from, texts that are still to be compared are, too."""
    used = _used(answer)
    if not used:
        return answer
    near = _near(used, draft.ranked) if draft else []
    ids = {one.revision_id for one in used} | {r.allowed.live.revision_id for r in near}
    with run.stage("differing"), database.reading() as session:
        kept = said_otherwise(session, ids)
        found = [one for one in kept.pairs if any(each.holds(one) for each in used)]
        met = list(_met(used, near, kept, words)) if words and near and not answer.by_district else []
        texts = scope.beside(session, {one.other_revision_id for one in (*found, *met)}) if found or met else {}
    if met:
        _keep(database, [one for one in met if one.other_revision_id in texts])
    return _told(answer, used, [*found, *met], texts) if texts else answer


def _used(answer: Answer) -> list[_Used]:
    cited = [_Used(c.revision_id, c.start, c.end, c.n, False) for c in answer.citations]
    offered = [_Used(choice.revision_id, *span, number, True) for number, choice in enumerate(answer.choices, 1)
               for span in choice.marked or ((choice.start, choice.end),)]
    return cited or offered


def _told(answer: Answer, used: Sequence[_Used], found: Sequence[FoundConflict],
          texts: dict[str, LiveText]) -> Answer:
    """With these contradictions, once where both texts are offered: below the first of them."""
    told: dict[tuple[str, int, int], Differs] = {}
    own = {c.article_id for c in answer.citations}
    sides: set[tuple[str, str]] = set()
    for about, one in sorted((([each for each in used if each.holds(one)], one) for one in found),
                             key=lambda pair: pair[0][0].number):
        text = texts.get(one.other_revision_id)
        if text is None or text.article_id in own or (one.other_revision_id, one.revision_id) in sides:
            continue
        sides.add((one.revision_id, one.other_revision_id))
        start, end, words = _unit(text, one.other_start, one.other_end)
        if (text.revision_id, start, end) in told or len(told) == _MOST:
            continue
        told[text.revision_id, start, end] = _differs(
            one.kind, text, start, end, words, tuple(dict.fromkeys(e.number for e in about if not e.is_choice)),
            tuple(dict.fromkeys(e.number for e in about if e.is_choice)))
    return replace(answer, differs=tuple(told.values())) if told else answer


def _differs(kind: str, text: LiveText, start: int, end: int, words: str, citations: tuple[int, ...],
             choices: tuple[int, ...]) -> Differs:
    path = next((s.path for s in reversed(sections(parse(text.source))) if s.start <= start), ())
    return Differs(
        kind=kind, article_id=text.article_id, slug=text.slug, revision=text.number, revision_id=text.revision_id,
        title=text.title, heading_path=path, text=words, quote=text.source[start:end], start=start, end=end,
        department=text.department, audience=text.audience, effective_from=text.effective_from,
        effective_to=text.effective_to, url=citation_url(text.slug, text.number, start, end), citations=citations,
        choices=choices)


def _unit(text: LiveText, start: int, end: int) -> tuple[int, int, str]:
    """The sentence, item or row around a stretch, and what it says; of a very long one its beginning, unless the
    stretch stands behind that."""
    document = parse(text.source)
    unit = next((u for u in units(document) if u.start < end and start < u.end), None)
    if unit is None:
        return start, end, document.said(start, end)
    low, high = shortened(document, unit.start, unit.end, _LONGEST)
    if high == unit.end:
        return low, high, said(text.source, text.lang, unit)
    return (low, high, document.said(low, high)) if end <= high else (start, end, document.said(start, end))


# at sight

def _near(used: Sequence[_Used], ranked: Sequence[Ranked]) -> list[Ranked]:
    """The passage that the answer stands in, and the best one of the next article of its language; nothing where either
    has no figure, or they have next to no words in common."""
    best = next((r for r in ranked if any(
        each.revision_id == r.allowed.live.revision_id and r.hit.passage.start < each.end
        and each.start < r.hit.passage.end for each in used)), None)
    if best is None:
        return []
    live = best.allowed.live
    rival = next((r for r in ranked if r.allowed.live.article_id != live.article_id
                  and r.allowed.live.lang == live.lang), None)
    both = [best, rival] if rival else []
    texts = [r.hit.passage.body or r.hit.passage.text for r in both]
    return both if both and all(map(_FIGURE.search, texts)) and alike(*texts) >= _LIKE else []


def _met(used: Sequence[_Used], near: Sequence[Ranked], kept: Otherwise, words: OwnWords) -> Iterator[FoundConflict]:
    """What the two passages contradict each other in, where the texts are not compared yet."""
    best, rival = near
    one, other = best.allowed.live.revision_id, rival.allowed.live.revision_id
    if {one, other} <= kept.compared or any({pair.revision_id, pair.other_revision_id} == {one, other}
                                            for pair in kept.pairs):
        return
    spans = [(each.start, each.end) for each in used if each.revision_id == one]
    passage = rival.hit.passage
    for found in at_sight(_glimpse(best, spans), _glimpse(rival, [(passage.start, passage.end)]), words):
        yield FoundConflict(one, other, found.kind, _MET, *found.one, *found.other)


def _glimpse(item: Ranked, spans: Sequence[tuple[int, int]]) -> Glimpse:
    passage, live = item.hit.passage, item.allowed.live
    return Glimpse.of(passage.text, above=" › ".join((live.title, *passage.heading_path)), lang=live.lang,
                      start=passage.start, spans=spans,
                      department=f"{live.department_name_zh} {live.department_name_en}")


def _keep(database: Database, met: Sequence[FoundConflict]) -> None:
    try:
        with database.logging() as session:
            keep_met(session, met)
    except KbError as error:  # the next one who asks meets it again
        log.warning("contradiction not kept: %s", error.code)

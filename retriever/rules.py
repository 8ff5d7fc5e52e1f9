"""The rules of a time: what every revision in force within it says on the question, each with its dates.

"How much was it in 2025?" has two answers where the rule changed in July. The answer rests on one revision; what the
article's others say is drafted anew from their own text, from the section of the same heading alone where there is one,
so that every quote is its own revision's. What says the same is told once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from retriever.answer import Section
from retriever.answering.draft import Draft
from retriever.answering.section import CHOICES, section_of
from retriever.citation import Citation, Sentence
from retriever.language.analysis import normalise
from retriever.passages.live import passages_of
from retriever.passages.saying import said
from retriever.records import LiveText, Passage
from retriever.validity import Rule

MOST = 6  # rules of one time that are told, the latest: each costs as much as reading an article
_YEARS = re.compile(r"\d+|[〇零一二三四五六七八九]{4}(?=年)")  # 2025年度标准 and 2026年度标准 head one section

Redraft = Callable[[LiveText, Sequence[Passage]], Draft]


@dataclass(frozen=True, slots=True)
class Told:
    """The rules, earliest first, and the citations that they use; ``is_cut`` where earlier ones were left out."""

    rules: tuple[Rule, ...]
    citations: tuple[Citation, ...]
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Revisions that follow each other and say the same, the one that is cited, and what it says once it is drafted."""

    begins: datetime
    ends: datetime | None
    live: LiveText
    passages: tuple[Passage, ...]
    is_answer: bool
    is_section: bool  # the passages are those of the answer's section, or say the same, not those of all the article
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()


def rules_within(revisions: Sequence[LiveText], draft: Draft, *, as_of: datetime, redraft: Redraft) -> Told:
    """What the answering article's revisions, earliest first, say; nothing where all say what the draft does.

    A rule alone is told where no other of its time was found to say anything on the question.
    """
    if len(revisions) < 2 or not draft.composed.citations:
        return Told((), draft.composed.citations)
    path, words = draft.composed.citations[0].heading_path, [s.text for s in draft.composed.sentences]
    stretches = _joined([_stretch(live, path, as_of, words) for live in revisions], _same_text)
    if len(stretches) < 2:
        return Told((), draft.composed.citations)
    found = _joined([_drafted(one, draft, redraft) for one in _latest(stretches)], _same_words)
    if len(found) < 2:
        return Told((), draft.composed.citations)
    citations = list(draft.composed.citations)
    rules = []
    for one in found:
        if one.sentences:
            sentences = one.sentences if one.is_answer else _renumbered(one, len(citations))
            citations += [] if one.is_answer else [replace(c, n=c.n + len(citations)) for c in one.citations]
            rules.append(Rule(one.begins, one.ends, sentences))
    return Told(tuple(rules), tuple(citations), len(stretches) > MOST)


def _latest(stretches: Sequence[_Stretch]) -> list[_Stretch]:
    """As many as are told, the answer's among them."""
    kept = list(stretches[-MOST:])
    return kept if any(one.is_answer for one in kept) else [*(o for o in stretches if o.is_answer), *kept[1:]]


def sections_within(revisions: Sequence[LiveText], choice: Section, *, as_of: datetime,
                    redraft: Redraft) -> list[Section]:
    """The same section of the article's other revisions, where its text differs: the latest first, each with its dates
    and its probable part marked."""
    stretches = _joined([_stretch(live, choice.heading_path, as_of) for live in revisions], _same_text)
    others = [one for one in reversed(stretches) if one.is_section and not one.is_answer][:CHOICES - 1]
    drafted = [(one, redraft(one.live, one.passages).composed.citations) for one in others]
    return [section_of(one.live, [(c.start, c.end) for c in cited]) for one, cited in drafted if cited]


def _stretch(live: LiveText, heading_path: Sequence[str], as_of: datetime, words: Sequence[str] = ()) -> _Stretch:
    is_answer = live.effective_from <= as_of and (live.effective_to is None or as_of < live.effective_to)
    passages, wanted = passages_of(live), _key(heading_path)
    section = [p for p in passages if _key(p.heading_path) == wanted] or _holding(words, live, passages)
    return _Stretch(live.effective_from, live.effective_to, live, tuple(section or passages), is_answer, bool(section))


def _holding(words: Sequence[str], live: LiveText, passages: Sequence[Passage]) -> list[Passage]:
    """The passages that say the same under another heading; none unless all of it is said."""
    told = {p.passage_id: {normalise(said(live.source, live.lang, unit)) for unit in p.units} for p in passages}
    missing = {normalise(text) for text in words}.difference(*told.values())
    return [p for p in passages if told[p.passage_id] & {normalise(text) for text in words}] if not missing else []


def _drafted(one: _Stretch, draft: Draft, redraft: Redraft) -> _Stretch:
    """With what it says; nothing where its section is not there and the rest of the article hardly answers."""
    own = draft if one.is_answer else redraft(one.live, one.passages)
    if not one.is_answer and not one.is_section and own.confidence < own.threshold:
        return one
    return replace(one, sentences=own.composed.sentences, citations=own.composed.citations)


def _joined(stretches: Sequence[_Stretch], are_same: Callable[[_Stretch, _Stretch], bool]) -> list[_Stretch]:
    """Neighbours that say the same as one, cited from the answer's revision where it is among them, else the last."""
    joined: list[_Stretch] = []
    for one in stretches:
        before = joined[-1] if joined else None
        if before is None or before.ends != one.begins or not are_same(before, one):
            joined.append(one)
        elif before.is_answer:
            joined[-1] = replace(before, ends=one.ends)
        else:
            joined[-1] = replace(one, begins=before.begins)
    return joined


def _same_text(a: _Stretch, b: _Stretch) -> bool:
    return a.is_section and b.is_section and [p.text for p in a.passages] == [p.text for p in b.passages]


def _same_words(a: _Stretch, b: _Stretch) -> bool:
    return [normalise(s.text) for s in a.sentences] == [normalise(s.text) for s in b.sentences]


def _renumbered(one: _Stretch, before: int) -> tuple[Sentence, ...]:
    return tuple(Sentence(s.text, tuple(n + before for n in s.citations)) for s in one.sentences)


def _key(heading_path: Sequence[str]) -> tuple[str, ...]:
    return tuple(_YEARS.sub("", normalise(heading)) for heading in heading_path)

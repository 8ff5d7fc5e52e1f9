"""A document that the question names by its number leads to what rests on it or states it, and to nothing else.

The numbers of basis documents stand in the database beside the text, not in it: they are looked up there, so that they
are found from the moment of publication on and never quoted. Where no article holds a number that can be nothing else,
that is said: what lies nearest to it is about something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kb.db import Database
from kb.markup.facts.numerals import in_chinese
from retriever.finding.known import allowed_of
from retriever.finding.reading import Reading
from retriever.indexing.current import Parts
from retriever.language.analysis import normalise
from retriever.passages.live import passages_of
from retriever.question.documents import DocumentNumber, document_numbers, of_normalised
from retriever.records import Allowed, LiveText, Passage
from retriever.scope import Scope

_MOST_ARTICLES = 8
_MOST_PASSAGES = 8  # of one article that rests on the document
_MOST_STATING = 50  # passages that the database finds for a number
_LOOKED_FOR = 2  # numbers of a question that it looks for, each a walk over all passages; those that are sure first
_ABOUT = re.compile(
    r"请问一?下?|我?想?(?:问|查|看|了解|咨询)一?下?|帮我查?|这个|那个|关于|有关|文件|通知|公告|办法|规定|内容|规则"
    r"|条款|政策|主要|里面?|上面|哪个|哪份|哪些|哪里"
    r"|什么|啥|怎么|怎样|如何|讲|说|写|管|是|的|了|吗|呢|一下|意思|事|号|[按和与跟在有]"
    r"|\b(?:what|does|do|is|are|it|the|of|in|about|say|says|which|document|notice|tell|me|please|and|order|rule|rules"
    r"|contain|contents|binhai)\b")
_BRACKETS = (("〔", "〕"), ("[", "]"), ("（", "）"), ("(", ")"), ("【", "】"), ("［", "］"))


@dataclass(frozen=True, slots=True)
class Named:
    """What the documents that a question names lead to: ``brought`` are passages that nothing proposed.

    ``articles`` hold one of the numbers; ``past`` are those of them that rest on it no more. ``unknown`` is a number as
    it was typed where no article holds any. A question ``is_bare`` that asks for nothing but the document.
    """

    articles: frozenset[str] = frozenset()
    past: frozenset[str] = frozenset()
    brought: tuple[Allowed, ...] = ()
    unknown: str | None = None
    is_bare: bool = False

    def alone(self, allowed: Sequence[Allowed]) -> list[Allowed]:
        """What may answer without what does not hold the number, where something does."""
        return [one for one in (*allowed, *self.brought) if one.live.article_id in self.articles] if self.articles \
            else list(allowed)


def named_documents(database: Database, text: str, reading: Reading, parts: Parts, scope: Scope) -> Named:
    """What holds the documents that this question names, as far as this asker may see it."""
    asked = [n for n in document_numbers(text) if n.is_certain or (n.year and n.issuer)]
    if not asked:
        return Named()
    stating = {a.allowed.article_id: a.passages for a in _stating(database, asked, reading, scope)}
    with database.reading() as session:
        rows = [row for row in scope.resting_on(session, [(n.year, n.figure) for n in asked])
                if _states(asked, normalise(row.number))]
        now = [row.article_id for row in rows if row.is_now]
        once = [row.article_id for row in rows if not row.is_now and row.article_id not in now and
                row.article_id not in stating]
        articles = list(dict.fromkeys((*now, *stating, *once)))[:_MOST_ARTICLES]
        live = {text.article_id: text for text in scope.live_of(session, articles)}
    if not live:
        certain = next((n.typed for n in asked if n.is_certain), None)
        return Named(unknown=certain)
    there = {a.candidate.passage.passage_id for a in reading.allowed}
    found = [(passage, text) for article, text in live.items()
             for passage in _telling(passages_of(text), stating.get(article, ())) if passage.passage_id not in there]
    return Named(frozenset(live), frozenset(once) & frozenset(live), tuple(allowed_of(reading, found, parts)),
                 is_bare=_is_bare(text, asked))


@dataclass(frozen=True, slots=True)
class _Stating:
    """An article's text and the places of the passages in it that state a number."""

    allowed: LiveText
    passages: tuple[tuple[int, int], ...]


def _stating(database: Database, asked: Sequence[DocumentNumber], reading: Reading, scope: Scope) -> Iterable[_Stating]:
    """The texts that state one of the numbers: among what was proposed, or else as the database finds them."""
    found: dict[str, tuple[LiveText, list[tuple[int, int]]]] = {}
    for one in reading.allowed:
        if _states(asked, normalise(one.candidate.passage.text)):
            found.setdefault(one.live.article_id, (one.live, []))[1].append(
                (one.candidate.passage.start, one.candidate.passage.end))
    if not found:
        with database.reading() as session:
            rows = [row for n in sorted(asked, key=lambda n: not n.is_certain)[:_LOOKED_FOR]
                    for row in scope.containing(session, _written(n), besides=n.year, limit=_MOST_STATING)]
        for live, span in rows:
            if _states(asked, normalise(span.text)):
                found.setdefault(live.article_id, (live, []))[1].append((span.start, span.end))
    return [_Stating(live, tuple(places)) for live, places in found.values()]


def _is_bare(text: str, asked: Sequence[DocumentNumber]) -> bool:
    """Whether a question asks for nothing but its documents: what they say, what they are about."""
    said = normalise(text)
    for number in reversed(asked):
        said = f"{said[:number.start]} {said[number.end:]}"
    return not re.search(r"\w", _ABOUT.sub(" ", said))


def _written(number: DocumentNumber) -> list[str]:
    """The forms in which texts may write the number."""
    if number.year:
        pairs = [f"{one}{number.year}{other}{part}{number.figure}" for one, other in _BRACKETS for part in ("", "第")]
        return [*pairs, f"{number.year}年第{number.figure}号", f"{number.year}年{number.figure}号",
                f"{number.year}] No. {number.figure}"]
    return [f"第{number.figure}号", f"第{in_chinese(int(number.figure))}号", f"{number.figure}号",
            f"No. {number.figure}", f"No.{number.figure}"]


def _states(asked: Sequence[DocumentNumber], said: str) -> bool:
    return any(a.is_same(stated) for stated in of_normalised(said) for a in asked)


def _telling(passages: Sequence[Passage], stating: Sequence[tuple[int, int]]) -> list[Passage]:
    """The passages of an article that are read: those that state the number, and its first ones."""
    first = [p for p in passages if (p.start, p.end) in stating]
    return (first + [p for p in passages if p not in first])[:_MOST_PASSAGES]

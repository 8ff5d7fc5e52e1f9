"""Findings on questions, from what changed: lost, answered otherwise, answered at last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from kb.articles.writing.check_report import Finding, Kind, LoggedQuestion, Stretch
from kb.markup.parse import parse
from kb.record.questions import AskedBefore
from retriever.checking.pairing import Change
from retriever.checking.pieces import Piece
from retriever.checking.substance import Difference

_MOST = 4  # stretches of the draft that stand for one of the live text
_LONGEST = 120  # characters of a fact
_MESSAGES = {
    Difference.FIGURE: "changed_figure", Difference.DENIAL: "changed_negation", Difference.DUTY: "changed_negation",
    Difference.BOUND: "changed_condition", Difference.DROPPED: "lost_part", Difference.MOVED: "changed_heading",
}
_ORDER = list(_MESSAGES)  # what is told where a change differs in several ways: the first


def of_change(question: AskedBefore, change: Change, live: str, draft: str, chance: float) -> Finding:
    """What becomes of a question whose answer rests on what changed: ``chance`` is how surely it does."""
    before = (stretch("live", live, change.old),)
    after = tuple(stretch("draft", draft, piece) for piece in change.new[:_MOST])
    if not change.new:
        return Finding(Kind.LOST, "lost_all", {}, before, (), logged(question), chance)
    first = min(change.differs, key=lambda one: _ORDER.index(one.kind))
    is_lost = first.kind is Difference.DROPPED
    facts = {"was": first.was[:_LONGEST]} | ({} if is_lost else {"now": first.now[:_LONGEST]})
    return Finding(Kind.LOST if is_lost else Kind.CHANGED, _MESSAGES[first.kind], facts, before, after,
                   logged(question), chance)


def no_longer_public(question: AskedBefore, live: str, old: Sequence[Piece]) -> Finding:
    """A citizen's question whose answer quoted what the draft makes internal."""
    quoted = [piece for piece in old if any(a < piece.unit.end and piece.unit.start < b for a, b in question.quoted)]
    return Finding(Kind.LOST, "lost_audience", {}, tuple(stretch("live", live, piece) for piece in quoted[:_MOST]), (),
                   logged(question), 1.0)


def gained(question: AskedBefore, draft: str, answering: Sequence[Piece], chance: float) -> Finding:
    """A question that had no answer, and the new words that give it one."""
    return Finding(Kind.GAINED, "gained", {}, (), tuple(stretch("draft", draft, piece) for piece in answering[:_MOST]),
                   logged(question), chance)


def logged(question: AskedBefore) -> LoggedQuestion:
    """The question as a finding names it."""
    return LoggedQuestion(question.answer_id, question.text, question.lang, question.asked)


def stretch(name: str, source: str, piece: Piece) -> Stretch:
    """A piece as a finding shows it."""
    unit = piece.unit
    return Stretch(name, parse(source).said(unit.start, unit.end), unit.start, unit.end, piece.path)


def once(findings: Iterable[Finding]) -> list[Finding]:
    """Each question once, with all that changed for it."""
    found: dict[str, Finding] = {}
    for one in findings:
        key = one.question.answer_id if one.question else ""
        found[key] = _joined(found[key], one) if key in found else one
    return list(found.values())


def _joined(one: Finding, other: Finding) -> Finding:
    """Two findings on one question as one, by the surer one's message; lost only where both are."""
    first, second = (one, other) if one.score >= other.score else (other, one)
    if first.kind is Kind.LOST != second.kind:
        first, second = second, first
    return replace(first, before=(*first.before, *(s for s in second.before if s not in first.before))[:_MOST],
                   after=(*first.after, *(s for s in second.after if s not in first.after))[:_MOST],
                   score=max(first.score, second.score))

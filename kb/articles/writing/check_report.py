"""What the check before submitting found in a draft: advice for its author and for those who sign, never a barrier.

A finding names its kind, a message with facts (never a finished sentence: pages, API and shell say it in the reader's
language), and the stretches of both texts that it rests on. Questions are named by the answers in the log that they
were asked in: their words are looked up for who may read them, and go when the log lets them go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a finding is about; the first three are about a question of the log."""

    LOST = "lost"  # what answered it is gone, or a part of it
    CHANGED = "changed"  # it is answered otherwise
    GAINED = "gained"  # it is answered at last
    REFERENCE = "reference"  # a link leads nowhere, or to what is retired
    TITLE = "title"  # another article of the department has it too
    BASIS = "basis"  # no document that the text rests on, or one that the text names and the list lacks
    READING = "reading"  # hard to read
    HIDDEN = "hidden"  # words that no page shows, or that ask to be hidden


ABOUT_QUESTIONS = (Kind.LOST, Kind.CHANGED, Kind.GAINED)

# Messages, with the facts that each takes. Words for them stand in the catalogue, in both languages.
MESSAGES: Mapping[str, tuple[str, ...]] = {
    "lost_all": (),  # nothing of what answered is left
    "lost_part": ("was",),  # a part of what answered is gone
    "lost_audience": (),  # it answers citizens, and the draft is internal
    "changed_figure": ("was", "now"),
    "changed_negation": ("was", "now"),  # may / may not
    "changed_condition": ("was", "now"),  # if, only, except, unless
    "changed_heading": ("was", "now"),  # the same words below another heading
    "gained": (),
    "reference_missing": ("target",),
    "reference_retired": ("target", "successor"),
    "reference_section": ("target", "section"),
    "title_twin": ("target", "title", "url"),
    "basis_missing": (),
    "basis_unlisted": ("number",),
    "reading_long": ("size", "limit"),  # characters of a Chinese sentence, words of an English one
    "reading_nested": ("count", "limit"),  # conditions in one sentence
    "reading_negations": ("count", "limit"),  # "not unless … not"
    "hidden_comment": ("words",),
    "hidden_element": ("words",),
}


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the live text or of the draft: what a reader sees of its Markdown from ``start`` to ``end``."""

    source: str  # "live" or "draft"
    quote: str
    start: int
    end: int
    heading_path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LoggedQuestion:
    """A question as the log keeps it, personal numbers masked; ``text`` is empty for who may not read it, and when
    the log let it go."""

    answer_id: str  # the newest answer to it
    text: str
    lang: str
    asked: int  # times, within what the log keeps


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that somebody should look at."""

    kind: Kind
    message: str
    facts: Mapping[str, str | int] = field(default_factory=dict)
    before: tuple[Stretch, ...] = ()  # of the live text
    after: tuple[Stretch, ...] = ()  # of the draft
    question: LoggedQuestion | None = None
    score: float = 0.0  # the surest of a kind first; of no other use


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What one check of one version of a draft found, the gravest first.

    ``questions`` were looked at; where ``is_complete`` is false, time was up before all were. ``contradictions`` are
    what other articles in force state differently: of each, ``article`` (slug), ``revision``, ``quote`` and the draft's
    ``own`` words.
    """

    draft_id: str
    version: int
    base: int | None  # the published revision that it was compared with
    checked_at: datetime
    took_ms: float
    findings: tuple[Finding, ...]
    questions: int = 0
    is_complete: bool = True
    degraded: tuple[str, ...] = ()
    contradictions: tuple[Mapping[str, Any], ...] = ()

    def of(self, *kinds: Kind) -> tuple[Finding, ...]:
        """The findings of these kinds, in their order."""
        return tuple(finding for finding in self.findings if finding.kind in kinds)

    @property
    def counts(self) -> dict[str, int]:
        """How many findings there are of each kind."""
        return {kind.value: len(self.of(kind)) for kind in Kind}

    def as_dict(self) -> dict[str, Any]:
        """The report for JSON; :func:`report_from` reads it back."""
        return {"draft_id": self.draft_id, "version": self.version, "base": self.base,
                "checked_at": self.checked_at.isoformat(), "took_ms": self.took_ms, "questions": self.questions,
                "is_complete": self.is_complete, "degraded": list(self.degraded), "counts": self.counts,
                "findings": [_plain(finding) for finding in self.findings],
                "contradictions": [dict(one) for one in self.contradictions]}


def report_from(given: Mapping[str, Any]) -> CheckReport:
    """The report that :meth:`CheckReport.as_dict` wrote down."""
    return CheckReport(
        given["draft_id"], given["version"], given["base"], datetime.fromisoformat(given["checked_at"]),
        given["took_ms"], tuple(map(_finding, given["findings"])), given["questions"], given["is_complete"],
        tuple(given["degraded"]), tuple(given["contradictions"]))


def with_questions(report: CheckReport, texts: Mapping[str, str]) -> CheckReport:
    """The report with the words of its questions, by answer id; of one that is not among them, none."""
    return replace(report, findings=tuple(
        replace(one, question=replace(one.question, text=texts.get(one.question.answer_id, "")))
        if one.question else one for one in report.findings))


def with_others(report: CheckReport, texts: Mapping[str, tuple[str, str]]) -> CheckReport:
    """The report with the words of other articles, from title and source by revision id; what contradicts a text that
    is not among them is left out."""
    return replace(report, contradictions=tuple(
        {**one, "title": texts[one["revision_id"]][0],
         "quote": texts[one["revision_id"]][1][one["start"]:one["end"]].strip()}
        for one in report.contradictions if one["revision_id"] in texts))


def without_others(report: CheckReport) -> CheckReport:
    """The report without the words of other articles: they are not its article's to keep."""
    return replace(report, contradictions=tuple({**one, "title": "", "quote": ""} for one in report.contradictions))


def _plain(finding: Finding) -> dict[str, Any]:
    return asdict(finding) | {"kind": finding.kind.value,
                              "before": [_stretch(one) for one in finding.before],
                              "after": [_stretch(one) for one in finding.after]}


def _stretch(one: Stretch) -> dict[str, Any]:
    return asdict(one) | {"heading_path": list(one.heading_path)}


def _finding(given: Mapping[str, Any]) -> Finding:
    def stretches(name: str) -> tuple[Stretch, ...]:
        return tuple(Stretch(**{**one, "heading_path": tuple(one["heading_path"])}) for one in given[name])

    return Finding(Kind(given["kind"]), given["message"], dict(given["facts"]), stretches("before"),
                   stretches("after"), LoggedQuestion(**given["question"]) if given["question"] else None,
                   given["score"])

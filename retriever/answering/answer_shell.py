"""An answer as a person reads it in the shell: what to say first, then where it stands, in the question's language.

No figure says how sure it is: an agent cannot use one. What may be said as it is, what has to be checked first and what
is not known are told apart by words; figures belong to the explanation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import TextIO

from rich.console import Console
from rich.text import Text

from kb.markup.language import language
from retriever.answer import Answer, LeftOut, Nearest, Notice, Section, State
from retriever.answering.answer_words import DEGRADED, TEXTS
from retriever.citation import Citation, Differs, Sentence
from retriever.question.emergencies import NO_QUESTION
from retriever.validity import ByDistrict, ReadAsOf

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # what would be a command to the terminal
_MARK = "reverse"
_MOMENT = timedelta(seconds=1)  # that "this year" is read as: today's rules, which need not be said
_BLANKS = re.compile(r"(?<=\S) {2,}")
_GAP = re.compile("(?<=[\u2e80-\u9fff\uff00-\uffef]) (?=[\u2e80-\u9fff\uff00-\uffef“‘]|$)")


def print_answer(answer: Answer, out: TextIO, timezone: tzinfo, *, with_figures: bool = False) -> None:
    """Write it to ``out``; on a terminal the marked part of a section is highlighted, elsewhere it stands in 「」."""
    console = Console(file=out, highlight=False, emoji=False, markup=False)
    for line in _Told(answer, timezone, is_marked=not console.is_terminal).lines(with_figures=with_figures):
        console.print(line, soft_wrap=True)


class _Told:
    """The lines of one answer."""

    def __init__(self, answer: Answer, timezone: tzinfo, *, is_marked: bool) -> None:
        self._answer, self._timezone, self._is_marked = answer, timezone, is_marked
        self._is_en = language(answer.question) != "zh"

    def lines(self, *, with_figures: bool) -> Iterable[Text]:
        """All lines, in their order: what must not be missed comes first."""
        answer = self._answer
        notice = answer.notice
        if notice and notice.kind in NO_QUESTION:  # nothing was looked for, so nothing is known or unknown
            yield Text(_line_of(notice))
            return
        if notice:
            yield Text(f"⚠ {_line_of(notice)}", style="bold red")
            yield Text("")
        yield from self._asides()
        told = {State.ANSWERED: self._answered, State.CHECK: self._check, State.UNKNOWN: self._unknown}
        yield from told[answer.state]()
        for part in answer.degraded:
            yield Text(f"({DEGRADED[part][self._is_en] if part in DEGRADED else part})", style="yellow")
        yield Text("")
        state = "to_be_told_apart" if answer.differs and answer.state is State.ANSWERED else answer.state
        foot = f"{self._text(state)} · {self._text('as_of', day=self._as_of())}"
        if with_figures:
            foot += " · " + self._text("figures", confidence=answer.confidence, took_ms=answer.took_ms,
                                       reader=answer.reader or self._text("no_reader"))
        yield Text(foot, style="dim")

    def _asides(self) -> Iterable[Text]:
        """How the question was read, where that was not as it was typed."""
        answer = self._answer
        read = answer.read_as_of
        is_present = read is not None and read.ends_at is not None and read.ends_at - read.begins_at <= _MOMENT
        found = [self._read_as_of("read_as", read)] if read and not is_present else []
        found += [self._read_as_of("no_rule_of", answer.no_rule_of)] if answer.no_rule_of else []
        found += [self._text("spelling", typed=_clean(c.typed), corrected=c.corrected) for c in answer.read_as]
        found += [self._text("new_topic")] if answer.new_topic else []
        found += [self._by_district(answer.by_district)] if answer.by_district else []
        yield from (Text(line, style="yellow") for line in found)
        if found:
            yield Text("")

    def _answered(self) -> Iterable[Text]:
        answer = self._answer
        if answer.rules:
            yield Text(self._text("rules" if len(answer.rules) > 1 else "rule"), style="yellow")
            for rule in answer.rules:
                yield Text(self._validity(rule.effective_from, rule.effective_to), style="bold")
                yield from (_indented(line) for line in _said(rule.sentences))
        else:
            yield from _said(answer.sentences)
        for one in answer.differs:
            yield from self._differs(one)
        if answer.left_out:
            yield Text(f"({self._left_out(answer.left_out)})", style="yellow")
        yield Text("")
        if answer.section:
            yield Text(self._text("section") + _where(answer.section.title, answer.section.heading_path))
        told: set[tuple[str, str]] = set()  # what is wrong with a text is said once, not under each of its quotes
        for citation in answer.citations:
            yield from self._citation(citation, told)
        if answer.next:
            yield Text(self._text("next") + " · ".join(_clean(step.heading_path[-1]) for step in answer.next))

    def _citation(self, citation: Citation, told: set[tuple[str, str]]) -> Iterable[Text]:
        line = Text(f"[{citation.n}] ", style="cyan")
        line.append(_where(citation.title, citation.heading_path), style="bold")
        valid = self._validity(citation.effective_from, citation.effective_to)
        line.append(f" — {citation.department}/{citation.slug} r{citation.revision}, {valid}", style="not bold default")
        yield line
        yield Text(f"    {citation.url}", style="dim")
        for signal in citation.signals:
            if (citation.article_id, signal["text"]) in told:
                continue
            told.add((citation.article_id, signal["text"]))
            style = "bold red" if signal["severity"] == "serious" else "yellow"
            yield Text(f"    ! {_clean(signal['text'])}", style=style)

    def _differs(self, one: Differs) -> Iterable[Text]:
        """What another text says, where it stands, and what to do about it."""
        yield Text(self._text("differs", text=_clean(one.text)), style="bold yellow")
        valid = self._validity(one.effective_from, one.effective_to)
        inside = f" ({self._text('internal')})" if one.audience != "public" else ""
        yield Text(f"    {_where(one.title, one.heading_path)} — {one.department}/{one.slug} r{one.revision}, {valid}"
                   f"{inside}")
        yield Text(f"    {one.url}", style="dim")
        yield Text(self._text("differs_advice"), style="yellow")

    def _check(self) -> Iterable[Text]:
        yield Text(self._text("choices"), style="bold")
        answer = self._answer
        for number, choice in enumerate(answer.choices, 1):
            yield Text("")
            valid = ", " + self._validity(choice.effective_from, choice.effective_to) if choice.effective_from else ""
            yield Text(f"{number}. {_where(choice.title, choice.heading_path)} — {choice.department}/{choice.slug} "
                       f"r{choice.revision}{valid}", style="bold")
            yield self._marked(choice)
            yield Text(f"    {choice.url}", style="dim")
            for one in answer.differs:
                if number in one.choices:
                    yield from self._differs(one)
        yield Text("")
        yield from self._elsewhere()
        yield from self._whom()

    def _marked(self, section: Section) -> Text:
        """The section as it stands, its probable part marked."""
        found, at = Text(), section.start
        for start, end in section.marked:
            found.append(_printed(section.text[at - section.start:start - section.start]))
            part = _printed(section.text[start - section.start:end - section.start]).strip()
            found.append(f"「{part}」" if self._is_marked else part, style=_MARK)
            at = end
        found.append(_printed(section.text[at - section.start:]))
        found.rstrip()
        return _indented(found)

    def _unknown(self) -> Iterable[Text]:
        yield Text(self._text("not_known"), style="bold")
        if self._answer.not_known_for:
            yield Text(self._text("not_known_for", what=_clean(self._answer.not_known_for)))
        yield from self._elsewhere()
        yield from self._whom()
        if self._answer.nearest:
            yield Text("")
            yield Text(self._text("nearest"))
        for near in self._answer.nearest:
            yield from self._near(near)

    def _elsewhere(self) -> Iterable[Text]:
        for one in self._answer.elsewhere:
            day = self._last_day(one.ended_at) if one.ended_at else ""
            yield Text(self._text(one.kind, title=_where(one.title, one.heading_path), day=day), style="yellow")
            yield Text(f"    {one.url}", style="dim")

    def _near(self, near: Nearest) -> Iterable[Text]:
        path = near.passage.heading_path if near.passage else ()
        yield Text("")
        yield Text(f"  {_where(near.title, path)} — {near.department}/{near.slug}", style="bold")
        if near.passage:
            yield _indented(Text(_clean(near.passage.text).strip()))
            yield Text(f"    {near.passage.url}", style="dim")

    def _whom(self) -> Iterable[Text]:
        department = self._answer.ask_department
        if department:
            name = department["name_en" if self._is_en else "name_zh"] or department["name_zh"]
            yield Text(f"{self._text('ask')}{name} {department['phone']}")

    def _left_out(self, part: LeftOut) -> str:
        return self._text(part.kind, said=f"{part.said:,}", total=f"{part.total:,}",
                          members=_numbered(part.members) or str(part.said))

    def _read_as_of(self, said: str, read: ReadAsOf) -> str:
        first, last = self._day(read.begins_at), self._last_day(read.ends_at) if read.ends_at else ""
        if last == first:
            return self._text(said, words=_clean(read.words), time=first)
        time = self._text("from_to" if last else "from_on", first=first, last=last)
        return self._text(said, words=_clean(read.words), time=time)

    def _by_district(self, districts: ByDistrict) -> str:
        comma = ", " if self._is_en else "、"
        return self._text("districts" if districts.given else "districts_apart", given=comma.join(districts.given),
                          others=comma.join(districts.others))

    def _as_of(self) -> str:
        """The day that is answered for, or all of the time where its rules are told."""
        answer = self._answer
        time = answer.read_as_of if answer.rules else None
        return self._validity(time.begins_at, time.ends_at) if time else self._day(answer.as_of)

    def _validity(self, first: datetime, end: datetime | None) -> str:
        return self._text("valid_until" if end else "valid", first=self._day(first),
                          last=self._last_day(end) if end else "")

    def _text(self, name: str, **values: object) -> str:
        return TEXTS[name][self._is_en].format(**values)

    def _day(self, moment: datetime) -> str:
        return moment.astimezone(self._timezone).date().isoformat()

    def _last_day(self, end: datetime) -> str:
        """The last day before the end of a half-open time."""
        return self._day(end - timedelta(microseconds=1))


def _said(sentences: Sequence[Sentence]) -> Iterable[Text]:
    """Each sentence on a line, with its citations."""
    for sentence in sentences:
        line = Text(_clean(sentence.text))
        line.append("".join(f"[{n}]" for n in sentence.citations), style="cyan")
        yield line


def _line_of(notice: Notice) -> str:
    """Its line, and the number to call where the line does not name it."""
    return _clean(notice.text if notice.phone in notice.text else f"{notice.text} {notice.phone}")


def _clean(text: str) -> str:
    return _CONTROLS.sub("", text)


def _printed(text: str) -> str:
    """A section's text without the blanks that keep its places: see shown.py."""
    return _GAP.sub("", _BLANKS.sub(" ", _clean(text)))


def _where(title: str, path: Sequence[str]) -> str:
    return _clean(" › ".join((title, *(heading for heading in path if heading != title))))


def _indented(text: Text) -> Text:
    return Text("\n").join(Text("    ") + line if line else line for line in text.split("\n"))


def _numbered(members: Sequence[int]) -> str:
    """Numbers as people write them: neighbours as a range."""
    runs: list[list[int]] = []
    for member in members:
        if runs and member == runs[-1][-1] + 1:
            runs[-1].append(member)
        else:
            runs.append([member])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)

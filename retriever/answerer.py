"""Answering as of one moment, top to bottom: find (find.py), draft (drafting.py), decide, then what else holds.

What else holds: the other rules of the time that the question named, and the districts whose rules differ.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from kb.db import Database
from retriever.answer import Answer, Notice, Section, State
from retriever.answering.districts import by_district, choices_by_district
from retriever.answering.draft import Draft
from retriever.answering.empty_sections import is_of_an_empty_section
from retriever.answering.reading import is_another_topic
from retriever.answering.refusal import Hotline, nearest_passages, whom_to_ask
from retriever.answering.section import CHOICES, each_article
from retriever.drafting import Drafter
from retriever.find import Finder, Found, Run
from retriever.question import budget
from retriever.question.alarm import Alarm
from retriever.question.emergencies import Notices, sounds_like
from retriever.question.issued import issued_elsewhere
from retriever.question.place import District, Place
from retriever.records import LiveText, Passage, Turn
from retriever.rules import rules_within, sections_within
from retriever.scope import Scope
from retriever.validity import ByDistrict, ReadAsOf

# The chance below which no section is offered beneath an emergency's line: whoever reads for someone in the water
# would be asked to check a ferry's timetable.
_BESIDE_EMERGENCY = 0.5
OPEN_END = datetime.max.replace(tzinfo=UTC)  # of a time whose end is open


@dataclass(frozen=True, slots=True)
class Asked:
    """A question (checked) in its dialogue, the time that it names, and what must be said before anything else; and
    the id that its answer gets, where that is settled. ``no_rule_of`` is a time that it names and of which nothing is
    known."""

    text: str
    history: Sequence[Turn]
    read_as_of: ReadAsOf | None
    notice: Notice | None
    answer_id: str | None = None
    no_rule_of: ReadAsOf | None = None

    @property
    def is_follow_up(self) -> bool:
        """Whether the caller said something before it: replies ("she is only seven") sound like anything."""
        return any(turn.role == "user" for turn in self.history)


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """An answer, not yet recorded, with what was found for it and read, what was drafted from that, and in which
    scope."""

    answer: Answer
    found: Found
    draft: Draft
    scope: Scope


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """A question read one way: what was found, the same without other districts' rules, what would be said from it and
    who read it; what the caller said before, and the places that the question and its dialogue name."""

    found: Found
    of_place: Found
    draft: Draft
    by: str
    earlier: Sequence[str]
    place: Place
    dialogue: Place


class Answerer:
    """Answers questions as of the moment of their scope."""

    def __init__(self, database: Database, finder: Finder, drafter: Drafter, districts: Sequence[District],
                 hotline: Hotline, nearest: int, notices: Notices, alarm: Alarm | None) -> None:
        """``alarm`` hears emergencies in the vectors of questions; None where it was taught by another model's."""
        self._database = database
        self._finder = finder
        self._drafter = drafter
        self._districts = districts
        self._hotline = hotline
        self._nearest = nearest
        self._notices = notices
        self._alarm = alarm

    def no_question(self, run: Run, asked: Asked, scope: Scope) -> Answer:
        """The reply to what is no question: nothing is searched."""
        return replace(self._empty(run, asked, scope), reason="no_question",
                       ask_department=whom_to_ask((), self._hotline))

    def found(self, run: Run, asked: Asked, scope: Scope) -> Found:
        """What may answer."""
        return self._finder.find(run, asked.text, asked.history, scope)

    def answer(self, run: Run, asked: Asked, scope: Scope, found: Found | None = None) -> Decided:
        """The answer, sections to check, or a refusal, from what was ``found`` already, if it was."""
        found = found or self.found(run, asked, scope)
        if asked.notice is None and self._alarm and found.vector is not None and not asked.is_follow_up:
            asked = replace(asked, notice=sounds_like(asked.text, found.vector, self._alarm, self._notices))
        read = self._read(run, asked, found)
        if found.other:
            read = _of_topic(read, self._read(run, asked, found.other))
        draft = read.draft
        if asked.no_rule_of and _speaks_of(draft, asked.no_rule_of):
            asked = replace(asked, no_rule_of=None)
        answer = replace(self._decided(run, asked, scope, read.found, draft, read.place), reader=read.by)
        if answer.state is not State.UNKNOWN and asked.read_as_of:
            answer = self._within(asked.read_as_of, run, asked, scope, read, answer)
        return Decided(replace(answer, by_district=self._by_district(read.dialogue, answer, read.found, draft)),
                       read.of_place, draft, scope)

    def _read(self, run: Run, asked: Asked, found: Found) -> _Read:
        """What would be said from what was found, in the dialogue that it was found with."""
        earlier = budget.newest(
            [] if found.new_topic else [turn.text for turn in asked.history if turn.role == "user"])
        place = Place.of(asked.text, self._districts)
        dialogue = Place.of(" ".join((*earlier, asked.text)), self._districts)
        of_place = self._drafter.of_place(found, place or dialogue)
        draft, by = self._drafter.draft(run, asked.text, earlier, of_place)
        return _Read(found, of_place, draft, by, earlier, place, dialogue)

    def _decided(self, run: Run, asked: Asked, scope: Scope, found: Found, draft: Draft, place: Place) -> Answer:
        """Given, offered or refused: nothing found, without evidence, or below the threshold (``not_sure``); offered,
        too, where a time is named of which nothing is known. What is withheld stays inside the answer for
        evaluation."""
        sentences, citations = draft.composed.sentences, draft.composed.citations
        reason, choices = None, draft.choices
        if not found.ranked:
            reason = "nothing_found"
        elif not sentences:
            reason = "no_evidence"
        elif draft.confidence < draft.threshold:
            reason = "not_sure"
        elif asked.no_rule_of and draft.section:
            reason, choices = "not_sure", (draft.section,)
        elif _rested_once(found) or _is_empty(asked, found, draft):
            reason = "not_sure"
        if reason and found.named.articles:
            choices = each_article(draft.ranked, choices or ((draft.section,) if draft.section else ()),
                                   from_the_top=found.named.is_bare)
        if found.named.unknown:
            return self._no_document(run, asked, scope, found, draft)
        issued = issued_elsewhere(asked.text, f"{self._hotline.name_zh} {self._hotline.name_en}")
        if issued:
            choices = tuple(one for one in choices if issued.is_told_in(_told(one)))
            if reason is None and not (draft.section and issued.is_told_in(_told(draft.section))):
                reason = "not_sure"
        elsewhere, unknown = _not_known_for(place, found, draft, is_given=reason is None), "unknown_place"
        if issued and reason and not choices and elsewhere is None:
            elsewhere, unknown = issued.words, "unknown_issuer"
        answer = replace(
            self._empty(run, asked, scope), confidence=draft.confidence, hits=tuple(r.hit for r in draft.ranked),
            read_as=found.question.read_as, new_topic=found.new_topic)
        if reason is None and elsewhere is None:
            return replace(answer, state=State.ANSWERED, sentences=sentences, citations=citations, next=draft.next,
                           section=draft.section, left_out=draft.left_out)
        is_far_from_emergency = asked.notice is not None and draft.confidence < _BESIDE_EMERGENCY
        choices = () if elsewhere or is_far_from_emergency else choices
        return replace(answer, state=State.CHECK if choices else State.UNKNOWN, choices=choices,
                       reason=unknown if elsewhere else reason, not_known_for=elsewhere,
                       withheld=(sentences, citations),
                       nearest=nearest_passages(draft.ranked, self._nearest),
                       ask_department=whom_to_ask(() if asked.notice else draft.ranked, self._hotline))

    def _no_document(self, run: Run, asked: Asked, scope: Scope, found: Found, draft: Draft) -> Answer:
        """The refusal of a document that no article holds: what lies nearest to its number is about something else."""
        return replace(
            self._empty(run, asked, scope), confidence=draft.confidence, hits=tuple(r.hit for r in draft.ranked),
            read_as=found.question.read_as, new_topic=found.new_topic, reason="unknown_document",
            not_known_for=found.named.unknown, withheld=(draft.composed.sentences, draft.composed.citations),
            ask_department=whom_to_ask((), self._hotline))

    def _within(self, time: ReadAsOf, run: Run, asked: Asked, scope: Scope, read: _Read, answer: Answer) -> Answer:
        """With every rule that was in force within the time that the question named, where there were several; or with
        their sections among those to check."""
        def redraft(live: LiveText, passages: Sequence[Passage]) -> Draft:
            return self._drafter.redraft(run, asked.text, read.earlier, read.of_place, live, passages)

        article_id = (answer.citations or answer.choices)[0].article_id
        with run.stage("authority"), self._database.reading() as session:
            within = [live for live, _, _ in scope.revisions_within(session, article_id, time.begins_at,
                                                                    time.ends_at or OPEN_END)]
        if len(within) < 2:
            return answer
        if answer.choices:
            first, *further = answer.choices
            others = sections_within(within, first, as_of=answer.as_of, redraft=redraft)
            return replace(answer, choices=(first, *others, *further)[:CHOICES])
        told = rules_within(within, read.draft, as_of=answer.as_of, redraft=redraft)
        if told.is_cut:
            run.degrade("rules_cut")
        return replace(answer, rules=told.rules, citations=told.citations)

    def _by_district(self, place: Place, answer: Answer, found: Found, draft: Draft) -> ByDistrict | None:
        """The districts whose rules differ, where nothing that the caller said names one."""
        if answer.state is State.ANSWERED:
            return by_district(place, draft.chosen, answer.sentences, draft.ranked, found.question,
                               self._drafter.current.parts.analyser)
        return choices_by_district(place, answer.choices, found.question.lang)

    def _empty(self, run: Run, asked: Asked, scope: Scope) -> Answer:
        """An answer that says nothing yet."""
        return Answer(
            answer_id=asked.answer_id or str(uuid.uuid4()), question=asked.text, as_of=scope.moment.as_of,
            known_at=scope.moment.known_at,
            state=State.UNKNOWN, reason=None, confidence=0.0, sentences=(), citations=(), nearest=(),
            engine=self._drafter.current.parts.engine.name, composer="quote", took_ms=run.took_ms,
            notice=asked.notice, read_as_of=asked.read_as_of, no_rule_of=asked.no_rule_of)


def _told(section: Section) -> str:
    """A section with what stands above it."""
    return " ".join((section.title, *section.heading_path, section.text))


def _rested_once(found: Found) -> bool:
    """Whether the question names a document on which the first article rests no more."""
    return bool(found.ranked) and found.ranked[0].allowed.live.article_id in found.named.past


def _is_empty(asked: Asked, found: Found, draft: Draft) -> bool:
    """Whether the question is about a section that says nothing, of the article that would answer it."""
    first = draft.composed.citations[0]
    if found.empty_first == first.article_id:
        return True
    live = next((r.allowed.live for r in draft.ranked if r.allowed.live.revision_id == first.revision_id), None)
    told = " ".join(" ".join((*c.heading_path, c.quote)) for c in draft.composed.citations)
    return live is not None and is_of_an_empty_section(asked.text, live, told)


def _of_topic(one: _Read, other: _Read) -> _Read:
    """Of a question read with its dialogue and alone, the one that is right by the reader; the first without one."""
    alone, dialogue = (one, other) if one.found.new_topic else (other, one)
    if not alone.draft.read or not dialogue.draft.read:
        return one
    return alone if is_another_topic(alone.draft.read, dialogue.draft.read) else dialogue


def _speaks_of(draft: Draft, time: ReadAsOf) -> bool:
    """Whether what would be said, or the heading that it stands under, speaks of that year itself."""
    return any(time.is_named_in(" ".join((c.title, *c.heading_path, c.quote))) for c in draft.composed.citations)


def _not_known_for(place: Place, found: Found, draft: Draft, *, is_given: bool) -> str | None:
    """The place that the question names and that nothing that was found speaks of: another's rule is not its."""
    if not place:
        return None
    elsewhere = place.not_known_for(
        " ".join((r.hit.passage.title, *r.hit.passage.heading_path, r.allowed.live.source)) for r in found.ranked)
    if elsewhere or is_given or draft.choices or not found.ranked:
        return elsewhere
    best = found.ranked[0].hit.passage.passage_id  # of another district's rule, where it was not read
    return None if any(r.hit.passage.passage_id == best for r in draft.ranked) else place.known[0]

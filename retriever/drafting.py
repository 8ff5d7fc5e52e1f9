"""From what was found to a draft of the answer: read by a reader, or weighed by features where nobody can read."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite

from retriever.answering import evidence, reading
from retriever.answering.districts import of_place
from retriever.answering.draft import Draft, by_features, by_reader
from retriever.answering.fitted import Fitted
from retriever.errors import ReaderDown
from retriever.find import Found, Run
from retriever.indexing.current import Current
from retriever.question.case import Case
from retriever.question.place import Place
from retriever.question.things import Thing
from retriever.question.understanding import Question, is_replaced
from retriever.question.worded import in_words_of
from retriever.ranking.model import Model
from retriever.ranking.order import Ranked, rank
from retriever.reader import Read
from retriever.reader.fallback import FallingBack
from retriever.records import Allowed, Candidate, LiveText, Passage
from retriever.settings import AskSettings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Drafter:
    """Drafts answers; without ``reader``, and what was ``fitted`` to its scores, by features alone."""

    current: Current
    model: Model
    options: AskSettings
    reader: FallingBack | None = None
    fitted: Fitted | None = None

    def of_place(self, found: Found, place: Place) -> Found:
        """What was found without other districts' rules, where the question names its own."""
        ranked = of_place(found.ranked, place)
        if all(a is b for a, b in zip(ranked, found.ranked, strict=False)) and len(ranked) == len(found.ranked):
            return found
        return self._ranked(found, ranked)

    def draft(self, run: Run, text: str, earlier: Sequence[str], found: Found) -> tuple[Draft, str]:
        """What would be said, and who read it ("" where nobody did); ``earlier`` is what the caller said before."""
        reads, by = self._read(run, text, earlier, found)
        options = self.options
        with run.stage("evidence"):
            if reads and self.fitted:
                draft = by_reader(found.question, found.ranked, reads, self.fitted, precision=options.precision,
                                  most_chars=options.answer_chars, case=Case.of(" ".join((*earlier, text))),
                                  twins=found.stale.twins, thing=self._thing(found.question))
            else:
                draft = by_features(found.question, found.ranked, found.pool, found.idf, self.current.parts.analyser,
                                    self.model, precision=options.precision, most_chars=options.answer_chars,
                                    most=options.max_sentences)
        with run.stage("verify"):
            draft = draft.verified()
        if not isfinite(draft.confidence):  # an error somewhere: nothing is said that nothing vouches for
            log.error("confidence is not a number")
            run.degrade("no_confidence")
            draft = replace(draft, confidence=0.0)
        return draft, by

    def redraft(self, run: Run, text: str, earlier: Sequence[str], found: Found, live: LiveText,
                passages: Sequence[Passage]) -> Draft:
        """What would be said from these passages of another revision alone; the database says that it may be shown."""
        allowed = [Allowed(Candidate(passage, 0.0, 0.0), live) for passage in passages]
        ranked = rank(found.question, allowed, found.idf, self.current.parts.analyser, self.model)
        return self.draft(run, text, earlier, self._ranked(found, ranked))[0]

    def _ranked(self, found: Found, ranked: list[Ranked]) -> Found:
        """The same question with other passages; there is one at least."""
        pool = evidence.Pool.of(found.question, ranked, self.current.parts.analyser, found.idf)
        return replace(found, ranked=evidence.leading(ranked, pool, self.model), pool=pool)

    def _read(self, run: Run, text: str, earlier: Sequence[str], found: Found) -> tuple[list[Read], str]:
        """What the reader says of the best passages, and its name; nothing where there is none or it is down."""
        if self.reader is None or self.fitted is None or not found.ranked:
            return [], ""
        try:
            with run.stage("reader"):
                items = reading.to_read(found.ranked)
                if is_replaced(found.question):  # what was asked of the other thing is in it
                    text, earlier = found.question.full, ()
                read = self.reader.read(self._worded(text, found, items), earlier, reading.texts_of(items))
        except ReaderDown:  # logged where it happened
            run.degrade("no_reader")
            return [], ""
        if read.fell_back:
            run.degrade("reader_down")
        if len(read.reads) < len(items) and read.reads[0].passage < self.fitted.sure:
            run.degrade("reading_cut")
        return read.reads, read.by

    def _worded(self, text: str, found: Found, items: Sequence[Ranked]) -> str:
        """The question as the reader gets it beside these passages."""
        texts = ["\n".join((item.hit.passage.title, *item.hit.passage.heading_path, item.hit.passage.text))
                 for item in items]
        return in_words_of(texts, text, found.question.read_as, self.current.parts.analyser)

    def _thing(self, question: Question) -> Thing | None:
        """What the question is about; a follow-up may be about what was said before."""
        return None if question.is_follow_up else Thing.of(question.text, self.current.parts.analyser)

"""What callers ask and agents say: answers, verdicts, sections taken, over some weeks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.planted.filling import AGENTS, MANAGER, ORIGIN
from bench.planted.truth import NOW, Corpus, Talk, days
from kb.actor import Actor
from kb.db import Database
from kb.feedback import queue, verdicts
from kb.feedback.subject import of_citation
from kb.feedback.verdicts import FeedbackState, Verdict
from kb.known.uses import Section, Use, note_use
from kb.models import Article, GapRow, Revision, SourceLink, SourceLinkLook
from kb.people import people
from kb.record.answers import AnswerRecord, CitedSpan, record
from kb.upkeep import gap_list
from kb.upkeep.gaps import GapState
from kb.upkeep.links import looking


@dataclass(frozen=True, slots=True)
class _Text:
    """The article that is spoken of: its first text, and its first section."""

    article: Article
    revision: Revision
    heading: str
    start: int
    end: int


def tell(database: Database, corpus: Corpus) -> None:
    """Everything that was said."""
    for talk in corpus.talks:
        with database.transaction() as session:
            _Teller(session, talk).tell()


def dismiss(database: Database, corpus: Corpus) -> None:
    """A manager says of some gaps that they are none."""
    for talk in corpus.talks:
        if talk.story == "unanswered: dismissed":
            with database.transaction() as session:
                manager = people.actor_of(session, MANAGER, now=NOW)
                article = session.scalars(select(Article.id).where(Article.slug == talk.slug)).one()
                for gap in session.scalars(select(GapRow.id).where(GapRow.article_id == article)).all():
                    gap_list.decide(session, manager, gap, GapState.DISMISSED, note="不属于热线受理范围", now=NOW,
                                    origin=ORIGIN)


def look_again(database: Database, corpus: Corpus) -> None:
    """Somebody looked at pages that say something else, and found the texts still right."""
    for page in corpus.pages:
        if page.behaviour == "link_changed: looked at":
            with database.transaction() as session:
                row = session.scalars(select(SourceLink).where(SourceLink.address == page.address)).one()
                owner = session.scalars(select(Article.owner).where(Article.slug == page.slug)).one()
                looking.note_look(session, people.actor_of(session, MANAGER, now=NOW), row.id, owner,
                                  seen=f"{row.state}.{row.content_hash[:16]}", now=days(-0.5), origin=ORIGIN)
                assert session.get(SourceLinkLook, (row.id, owner)) is not None


class _Teller:
    def __init__(self, session: Session, talk: Talk) -> None:
        self.session, self.talk = session, talk
        self.kind, _, self.shape = talk.story.partition(": ")
        self.text = self._text(talk.slug)
        self.agents = [people.actor_of(session, login, now=NOW) for login in AGENTS]
        self._count = 0

    def tell(self) -> None:
        getattr(self, f"_{self.kind}")()

    def _text(self, slug: str) -> _Text:
        article = self.session.scalars(select(Article).where(Article.slug == slug)).one()
        revision = self.session.scalars(select(Revision).where(
            Revision.article_id == article.id, Revision.number == 1)).one()
        heading = revision.source.partition("\n")[0].removeprefix("## ")
        start = revision.source.index("\n\n") + 2
        return _Text(article, revision, heading, start, start + max(8, revision.source[start:].find("\n\n")))

    def _asked(self, question: str, day: float, agent: Actor, *, text: _Text | None = None, nearest: str = "",
               offered: _Text | None = None) -> str:
        """An answer that cites the text, or none, where the nearest article is said, or a section is offered."""
        self._count += 1
        answer_id = f"{self.talk.slug}-{self.kind[:4]}-{self._count:02d}"[-36:]
        cited = () if text is None else (CitedSpan(1, text.revision.id, text.start, text.end,
                                                   text.revision.source[text.start:text.end]),)
        near: tuple[dict[str, object], ...] = ()
        if nearest:
            article = self.session.scalars(select(Article).where(Article.slug == nearest)).one()
            near = ({"article_id": article.id, "slug": nearest, "title": nearest, "department": article.owner,
                     "score": 0.5},)
        choices = () if offered is None else ({
            "article_id": offered.article.id, "revision_id": offered.revision.id, "revision": 1,
            "heading_path": [offered.heading], "start": offered.start, "end": offered.end, "marked": []},)
        at = days(day)
        record(self.session, AnswerRecord(
            id=answer_id, asked_at=at, user_id=agent.user_id, audience="public", lang=self.text.revision.lang,
            question=question, as_of=at, known_at=at, abstained=text is None,
            reason=None if text else "not_known", confidence=0.9 if text else 0.3,
            sentences=({"text": cited[0].quote, "citations": [1]},) if cited else (), citations=cited, nearest=near,
            state="answered" if text else "check" if offered else "unknown", choices=choices), keep_question=True)
        return answer_id

    def _each(self, first: float, last: float, count: int = 0) -> Iterator[tuple[int, float, str, Actor]]:
        number = count or self.talk.count
        for n in range(number):
            yield (n, first + (last - first) * n / max(1, number - 1),
                   self.talk.questions[n % len(self.talk.questions)], self.agents[n % len(self.agents)])

    def _votes(self) -> None:
        first, last = {"long ago": (-900, -800), "older words": (-60, -40)}.get(self.shape, (-40, -2))
        if self.shape == "long ago":
            last = first = max(first, (self.text.revision.created_at - NOW).days + 5)
            self.shape = "declined"  # what was said then was answered then
        verdict = {"outdated": (Verdict.OUTDATED,), "incomplete": (Verdict.INCOMPLETE, Verdict.WRONG),
                   "mixed": (Verdict.WRONG, Verdict.OUTDATED), "right": (Verdict.RIGHT,)}.get(self.shape,
                                                                                              (Verdict.WRONG,))
        for n, day, question, agent in self._each(first, last):
            answer = self._asked(question, day, agent, text=self.text)
            if self.shape == "nobody":
                continue
            given = verdicts.give(self.session, agent, of_citation(self.session, answer, 1), verdict[n % len(verdict)],
                                  now=days(day), origin=ORIGIN)
            if self.shape == "declined":
                manager = people.actor_of(self.session, MANAGER, now=NOW)
                queue.resolve(self.session, manager, given.id, FeedbackState.DECLINED, reply="原文无误",
                              now=days(day + 0.5), origin=ORIGIN)
            elif self.shape == "withdrawn":
                verdicts.withdraw(self.session, agent, given.thing, now=days(day + 0.1), origin=ORIGIN)

    def _corrected(self) -> None:
        other = self._text(self.talk.other)
        first, last = {"long ago": (-700, -500), "older words": (-60, -40)}.get(self.shape, (-40, -2))
        for _, day, question, agent in self._each(first, last):
            is_offered = self.shape == "offered and taken"
            answer = self._asked(question, day, agent, text=None if is_offered else self.text,
                                 offered=self.text if is_offered else None)
            text = self.text if is_offered or self.shape == "the same section" else other
            use = Use.CHOSEN if is_offered else Use.COPIED
            note_use(self.session, agent, answer, use, Section(text.article.id, (text.heading,)), now=days(day),
                     origin=ORIGIN)

    def _unanswered(self) -> None:
        first, last = (-700, -400) if self.shape == "long ago" else (-50, -2)
        near = self.talk.other if self.shape == "others nearer" else self.talk.slug
        for _, day, question, agent in self._each(first, last, 1 if self.shape == "once" else 0):
            self._asked(question, day, agent, nearest=near)
        self._asked(f"{self.text.revision.title}", -5, self.agents[0], text=self.text)

    def _unread(self) -> None:
        first, last = {"long ago": (-400, -200), "new article": (-18, -2)}.get(self.shape, (-80, -2))
        for _, day, question, agent in self._each(first, last, 2 if self.shape == "few" else 0):
            self._asked(question, day, agent, nearest=self.talk.slug)
        if self.shape == "cited lately":
            self._asked(self.text.revision.title, -10, self.agents[0], text=self.text)

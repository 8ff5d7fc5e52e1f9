"""The scope of a question: who asks, of which moments, narrowed to what; and the check that everything shown passes.

What an index proposed is used only when the database says it may be: one statement asks for all proposed revisions that
are live at both times and visible to this viewer. A passage whose text is not the revision's source at its offsets is
dropped too: an index may be old, torn or tampered with.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter

from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.ended import ended_articles
from kb.articles.feed import PassageSpan, passages_containing
from kb.articles.live import LiveRevision, Moment, is_department, live_of_articles, live_revisions, live_within
from kb.articles.resting import Resting, resting_on
from kb.db import Database
from kb.errors import Invalid
from kb.people.permissions import audiences_of
from retriever.records import Allowed, AskRequest, Candidate, Filters, LiveText


@dataclass(frozen=True, slots=True)
class Scope:
    """What one question may be shown. ``filters`` say for an engine what ``viewer``, ``moment`` and the rest say."""

    viewer: Actor
    moment: Moment
    filters: Filters
    narrowed_to: str | None = None  # the audience that the asker narrowed the question to

    @classmethod
    def of(cls, database: Database, request: AskRequest, viewer: Actor, *, now: datetime) -> Scope:
        """The scope of this request; Invalid when it names what there is not."""
        if request.audience not in (None, "public", "agent"):
            raise Invalid("audience", "audience {audience!r} is neither public nor agent",
                          audience=str(request.audience)[:20])
        if request.lang not in (None, "zh", "en"):
            raise Invalid("lang", "lang {lang!r} is neither zh nor en", lang=str(request.lang)[:20])
        if request.department:
            with database.reading() as session:
                if not is_department(session, request.department):
                    raise Invalid("department", "there is no department {department!r}",
                                  department=request.department[:40])
        moment = Moment(request.as_of or now, request.known_at or now, now)
        filters = Filters(
            as_of=moment.as_of, known_at=moment.known_at,
            audiences=frozenset(a.value for a in audiences_of(viewer, narrowed_to=request.audience)),
            departments=frozenset({request.department}) if request.department else None,
            langs=frozenset({request.lang}) if request.lang else None,
        )
        return cls(viewer, moment, filters, request.audience)

    @property
    def audiences(self) -> frozenset[str]:
        """Whose texts this asker may see: all statistics are taken from these alone."""
        return self.filters.audiences

    def live(self, session: Session, revision_ids: Iterable[str]) -> dict[str, LiveText]:
        """Those of the revisions that may be shown, by id."""
        found = live_revisions(session, self.viewer, self.moment, revision_ids, narrowed_to=self.narrowed_to)
        return {revision_id: _text(revision) for revision_id, revision in found.items() if self._holds(revision)}

    def beside(self, session: Session, revision_ids: Iterable[str]) -> dict[str, LiveText]:
        """Those of the revisions that may be shown beside what is said, by id: of any department and language."""
        found = live_revisions(session, self.viewer, self.moment, revision_ids, narrowed_to=self.narrowed_to)
        return {revision_id: _text(revision) for revision_id, revision in found.items()}

    def live_of(self, session: Session, article_ids: Iterable[str]) -> list[LiveText]:
        """What may be shown of these articles, in their order."""
        found = live_of_articles(session, self.viewer, self.moment, article_ids, narrowed_to=self.narrowed_to)
        return [_text(revision) for revision in found.values() if self._holds(revision)]

    def authority_check(self, session: Session, candidates: Iterable[Candidate]) -> list[Allowed]:
        """Of these candidates, in their order, those whose revision the database says is live and visible, and whose
        text stands at its offsets."""
        proposed = list(candidates)
        live = self.live(session, (c.passage.revision_id for c in proposed))
        allowed = []
        for candidate in proposed:
            passage = candidate.passage
            revision = live.get(passage.revision_id)
            if revision is not None and revision.source[passage.start:passage.end] == passage.text:
                allowed.append(Allowed(candidate, revision))
        return allowed

    def containing(self, session: Session, words: Sequence[str], *, besides: str = "",
                   limit: int) -> list[tuple[LiveText, PassageSpan]]:
        """What the database itself finds for these words: slow, and literal. Each of them holds ``besides``."""
        rows = passages_containing(session, self.viewer, self.moment, words, besides=besides,
                                   narrowed_to=self.narrowed_to, limit=limit)
        live = self.live(session, (revision_id for revision_id, _ in rows))
        return [(live[revision_id], span) for revision_id, span in rows if revision_id in live]

    def resting_on(self, session: Session, numbers: Sequence[tuple[str, str]]) -> list[Resting]:
        """The articles whose texts, now or once, name documents of these numbers (year or "", figure)."""
        return resting_on(session, self.viewer, self.moment, numbers, narrowed_to=self.narrowed_to)

    def ended(self, session: Session, *, since: datetime) -> Sequence[tuple[str, datetime, datetime]]:
        """(article, from, to) of what was in force once and ended between ``since`` and now, the newest first."""
        return ended_articles(session, self.viewer, self.moment, since=since, narrowed_to=self.narrowed_to)

    def revisions_within(self, session: Session, article_id: str, start: datetime,
                         end: datetime) -> list[tuple[LiveText, datetime, datetime]]:
        """The article's revisions in force within [start, end), earliest first, each with the part of it that it holds.

        The instants in force are half-open; what the asker may not see is left out, and leaves a gap.
        """
        found = live_within(session, self.viewer, article_id, start, end, known_at=self.moment.known_at,
                            asked_at=self.moment.asked_at, narrowed_to=self.narrowed_to)
        return [(_text(r), max(start, r.effective_from), min(end, r.effective_to or end))
                for r in found if self._holds(r)]

    def _holds(self, revision: LiveRevision) -> bool:
        departments, langs = self.filters.departments, self.filters.langs
        return (departments is None or revision.department in departments) and (langs is None or revision.lang in langs)


_shared = attrgetter(*(f.name for f in fields(LiveText)))


def _text(revision: LiveRevision) -> LiveText:
    """The core's own record of it, so that ranking and composing run on any corpus."""
    return LiveText(*_shared(revision))

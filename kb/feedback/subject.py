"""What a verdict is about: an answer, one of its citations, a search result, or that nothing was answered.

Each names the stretch of the revision that it rests on, so that whoever must mend it sees the words that are meant; and
each has a key, by which a person's second verdict on the same thing is found to be a change of the first.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.errors import Invalid, NotFound
from kb.masking import mask_personal
from kb.models import AnswerCitation, AnswerRow, Article, Revision, State
from kb.text import SLUG

_LONGEST_WORDS = 200  # characters of a search that are kept


class Target(StrEnum):
    """What kind of thing a verdict is on."""

    ANSWER = "answer"
    CITATION = "citation"
    RESULT = "result"  # of a search
    REFUSAL = "refusal"  # nothing was said, whether sections were offered or not


@dataclass(frozen=True, slots=True)
class Subject:
    """A thing that can be judged. ``start`` and ``end`` bound the stretch of the revision, both 0 where there is none;
    ``department`` is whom a refusal named."""

    target: Target
    thing: str
    answer_id: str | None = None
    citation: int | None = None
    article_id: str | None = None
    revision_id: str | None = None
    start: int = 0
    end: int = 0
    department: str | None = None
    words: str = ""


def of_answer(session: Session, answer_id: str) -> Subject:
    """The answer as a whole: the stretch that its first sentence quotes, or the section that was taken of it; where
    nothing was said, the refusal. NotFound where there is none."""
    row = _answer(session, answer_id)
    if row.taken is not None and row.taken < len(row.choices):
        choice = row.choices[row.taken]
        start, end = (choice.get("marked") or [[choice["start"], choice["end"]]])[0]
        return _on_revision(session, Target.ANSWER, f"answer:{row.id}", choice["revision_id"], start, end,
                            answer_id=row.id)
    if row.abstained:
        return Subject(Target.REFUSAL, f"answer:{row.id}", row.id, department=_asked(row.shown))
    n = _own(row.sentences)
    cited = session.get(AnswerCitation, (row.id, n)) if n else None
    if cited is None:
        return Subject(Target.ANSWER, f"answer:{row.id}", row.id)
    return _on_revision(session, Target.ANSWER, f"answer:{row.id}", cited.revision_id, cited.start, cited.end,
                        answer_id=row.id)


def of_citation(session: Session, answer_id: str, n: int) -> Subject:
    """One of the answer's citations; NotFound where it has no such."""
    row = _answer(session, answer_id)
    cited = session.get(AnswerCitation, (row.id, n)) if 0 < n < 1_000 else None
    if cited is None:
        raise NotFound("no_citation", "the answer has no citation {used}", used=n)
    return _on_revision(session, Target.CITATION, f"citation:{row.id}:{n}", cited.revision_id, cited.start, cited.end,
                        answer_id=row.id, citation=n)


def of_result(session: Session, slug: str, number: int, start: int, end: int, words: str) -> Subject:
    """A passage that a search for these words gave; its numbers masked. NotFound where there is no such text."""
    found = session.execute(
        select(Revision.id, Revision.source).join(Article, Article.id == Revision.article_id)
        .where(Article.slug == slug, Revision.number == number, Revision.state == State.PUBLISHED)
    ).first() if SLUG.fullmatch(slug) else None
    if found is None:
        raise NotFound("no_revision", "{slug} has no revision {number} that you may read", slug=slug[:120],
                       number=number)
    if not 0 <= start < end <= len(found.source):
        raise Invalid("stretch", "choose a stretch of the text, or none", fields={"start": "not in the text"})
    return _on_revision(session, Target.RESULT, thing_of_result(slug, number, start, words), found.id, start, end,
                        words=_kept(words))


def thing_of_result(slug: str, number: int, start: int, words: str) -> str:
    """The key of a passage that a search for these words gave."""
    told = f"{slug}:{number}:{start}:{_kept(words).casefold()}"
    return f"result:{hashlib.sha256(told.encode('utf-8', 'replace')).hexdigest()[:40]}"


def _kept(words: str) -> str:
    return mask_personal(" ".join(words.split())[:_LONGEST_WORDS])


def _answer(session: Session, answer_id: str) -> AnswerRow:
    row = session.get(AnswerRow, answer_id)
    if row is None:
        raise NotFound("no_answer", "there is no such answer, or it is not for you")
    return row


def _own(sentences: list[dict[str, Any]]) -> int:
    """The number of the citation that the first sentence quotes; what it depends on is cited before it."""
    cited = sentences[0].get("citations") if sentences else None
    return int(cited[-1]) if cited else 0


def _asked(shown: dict[str, Any] | None) -> str | None:
    """The department that was named to be asked; none where it is the hotline itself."""
    named = (shown or {}).get("ask_department") or {}
    return named.get("code") or None


def _on_revision(session: Session, target: Target, thing: str, revision_id: str, start: int, end: int, *,
                 answer_id: str | None = None, citation: int | None = None, words: str = "") -> Subject:
    article_id = session.scalars(select(Revision.article_id).where(Revision.id == revision_id)).one()
    return Subject(target, thing, answer_id, citation, article_id, revision_id, start, end, words=words)

"""What goes with the words of an erased revision: drafts, known questions, answers and replies that repeat them.

A draft goes if it rests on the erased text, was taken from it, or repeats a sentence or paragraph of it that no other
published text of the article has. A known question goes if its section, or a word of it, stands in the erased text
alone. The log keeps of either what it was called, and none of its words.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.revisions import RevisionText, content_hash
from kb.articles.writing.check_rows import forget_checks
from kb.articles.writing.draft_rows import TAKEN, owned_text
from kb.markup.headings import Path, below_title, places
from kb.markup.parse import parse
from kb.messages.keeping import as_json
from kb.messages.message import Message
from kb.models import Article, Draft, KnownQuestion, Notice, Revision, State
from kb.record.journal import record

SHARED = 20  # characters, without spaces: what is shorter is anybody's
_ENDS = re.compile(r"(?<=[。！？；!?;])|(?<=\.)\s")
_WORDS = re.compile(r"[a-z0-9]{3,}|[\u3400-\u9fff\U00020000-\U0003ffff]+")


def discard_drafts(session: Session, actor: Actor, article: Article, revision: Revision, erased: RevisionText, *,
                   now: datetime, origin: str) -> int:
    """Discard the held article's drafts that hold words of this text; how many. The entry tells their authors."""
    kept = "\n".join(_plain(_all(text.title, text.summary, text.source)) for text in session.execute(
        select(Revision.title, Revision.summary, Revision.source).where(
            Revision.article_id == article.id, Revision.id != revision.id, Revision.state == State.PUBLISHED,
            Revision.redacted_at.is_(None))))
    pieces = {piece for piece in _pieces(erased) if piece not in kept}
    whole = _plain(erased.source)
    found = 0
    forget_checks(session, article.id)  # they quote the text that their draft would have replaced
    for draft in session.scalars(select(Draft).where(Draft.article_id == article.id).with_for_update()
                                 .execution_options(populate_existing=True)).all():
        text = owned_text(draft, article, author=draft.author)
        said = _plain(_all(text.title, text.summary, text.change_note, text.source, *text.keywords, *text.synonyms))
        if not (draft.base_id == revision.id or revision.id in draft.fields.get(TAKEN, ())
                or (whole and _plain(text.source) == whole) or any(piece in said for piece in pieces)):
            continue
        session.execute(delete(Draft).where(Draft.id == draft.id).execution_options(synchronize_session=False))
        session.expunge(draft)
        record(session, actor, "discard_draft", f"draft:{draft.id}", now=now, origin=origin,
               before={"article": article.slug, "version": draft.version, "author": draft.author,
                       "sha256": content_hash(text)}, after={"redacted": revision.number})
        found += 1
    return found


def forget_notices(session: Session, article_id: str) -> None:
    """Take the words out of what people were told of the article; that they were told stays, so that it is not told
    again."""
    nothing = Message("The words of this notice were erased by law, with the text that they came from")
    session.execute(update(Notice).where(Notice.article_id == article_id).values(message=as_json(nothing))
                    .execution_options(synchronize_session=False))


def questions_of(session: Session, article: Article, revision: Revision, erased: RevisionText
                 ) -> list[KnownQuestion]:
    """The article's known questions, held, whose section, or a word of them, stands in this text alone."""
    others = session.execute(select(Revision.title, Revision.summary, Revision.source).where(
        Revision.article_id == article.id, Revision.id != revision.id, Revision.redacted_at.is_(None))).all()
    paths = _paths(erased.title, erased.source).difference(*(_paths(one.title, one.source) for one in others))
    words = _words(_all(erased.title, erased.summary, erased.source, *erased.keywords, *erased.synonyms)).difference(
        *(_words(_all(*one)) for one in others))
    rows = session.scalars(select(KnownQuestion).where(KnownQuestion.article_id == article.id).with_for_update())
    return [row for row in rows
            if tuple(row.heading_path) in paths or words & _words(_all(row.text, *row.heading_path))]


def forget_questions(session: Session, actor: Actor, rows: Iterable[KnownQuestion], marker: str, event_id: int | None,
                     now: datetime) -> None:
    """Erase these known questions; of one that indexes have heard of, its row stays to tell them that it is gone."""
    for row in rows:
        if row.event_id is None:
            session.delete(row)
            continue
        nothing = hashlib.sha256(row.id.encode()).hexdigest()
        row.text, row.heading_path, row.event_id = marker, [marker], event_id
        row.section = row.wording = nothing
        if row.dropped_at is None:
            row.state, row.dropper, row.dropped_at = "dropped", actor.name, now
    session.flush()


def _pieces(text: RevisionText) -> set[str]:
    """Its paragraphs, lines and sentences that are long enough to be its own."""
    lines = [line for part in (text.title, text.summary, text.source) for line in part.splitlines()]
    plain = (_plain(piece) for line in lines for piece in (line, *_ENDS.split(line)))
    return {piece for piece in plain if len(piece) >= SHARED}


def _plain(text: str) -> str:
    """Without spaces, markup at the edges of words, case and widths: a paragraph that was only set otherwise is it."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def _words(text: str) -> set[str]:
    """Its words: of Chinese each two characters in a row."""
    found = set()
    for run in _WORDS.findall(unicodedata.normalize("NFKC", text).casefold()):
        found |= {run} if run.isascii() else {run[i:i + 2] for i in range(len(run) - 1)}
    return found


def _paths(title: str, source: str) -> set[Path]:
    return {below_title(place.path, title) for place in places(parse(source))}


def _all(*parts: str) -> str:
    return "\n".join(parts)

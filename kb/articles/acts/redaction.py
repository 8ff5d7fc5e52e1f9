"""Erasing a revision's words by law: an administrator asks, a knowledge manager agrees, and they are gone.

Two persons, one act each. What replaces the words is fixed, so that the audit log can tell an erasure from tampering:
its entry keeps the hash that was signed and the hash of what stands now. Hash, signatures, dates and numbers stay. With
the words go the passages, the comments of those who reviewed them, signals that quote them, the notes of those who were
answered from them, what given answers and kept replies repeat, the drafts and known questions that hold them
(``erasing``), and files that no other text carries. Other revisions with the same words, headings in the audit log,
backups and exports are elsewhere, and not reached.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles import file_store
from kb.articles.acts.erasing import discard_drafts, forget_notices, forget_questions, questions_of
from kb.articles.acts.settling import forget_words
from kb.articles.acts.workflow import Move, make_move
from kb.articles.kept_conflicts import forget_conflicts
from kb.articles.kept_copies import forget_copies
from kb.articles.kept_facts import forget_facts
from kb.articles.kept_readings import forget_readings
from kb.articles.kept_signals import forget_signals
from kb.articles.owners import held_article
from kb.articles.revisions import content_hash, stored_text
from kb.dialects import overwrite_removed
from kb.errors import Conflict, Denied, Invalid, InvalidTransition
from kb.models import (
    Article,
    Basis,
    FeedbackRow,
    PassageRow,
    Redaction,
    ReviewComment,
    Revision,
    RevisionAttachment,
    State,
)
from kb.people.permissions import Action, require, require_person
from kb.record.answers import erase_offers, erase_quotes
from kb.record.journal import Change, record
from kb.record.requests import forget_replies
from kb.text import clean_note

MARKER = {"zh": "（本版本的文字已依法删除。）", "en": "(The words of this revision were erased by law.)"}
_TITLE = {"zh": "（已依法删除）", "en": "(erased by law)"}


def ask_redaction(session: Session, actor: Actor, revision: Revision, *, reason: str, now: datetime, origin: str
                  ) -> None:
    """Ask, with the reason, that the words are erased; nothing of them changes yet."""
    require_person(actor, "asks for an erasure")
    require(actor, Action.REDACT)
    held_article(session, revision.article_id)
    _check_there(session, revision)
    said = clean_note(reason, field="reason")
    if not said:
        raise Invalid("reason", "say by which law or decision the words are erased", fields={"reason": "required"})
    if session.get(Redaction, revision.id) is not None:
        raise Conflict("asked", "the erasure of revision {number} is asked for already", number=revision.number)
    session.add(Redaction(revision_id=revision.id, reason=said, asked_by=actor.name,
                          asked_at=now))
    session.flush()
    record(session, actor, "ask_redaction", f"revision:{revision.id}", now=now, origin=origin,
           after={"number": revision.number, "sha256": revision.sha256, "reason": said})


def agree_redaction(session: Session, actor: Actor, revision: Revision, *, now: datetime, origin: str) -> None:
    """Agree to what another person asked for: from now on the words are gone, and drafts that hold them.

    A text that waited for signatures is withdrawn with it.
    """
    require_person(actor, "agrees to an erasure")
    require(actor, Action.AGREE_REDACTION)
    article = held_article(session, revision.article_id)
    _check_there(session, revision)
    row = session.get(Redaction, revision.id, populate_existing=True)
    if row is None:
        raise InvalidTransition("not_asked", "nobody has asked for the erasure of revision {number}; an administrator "
                                "does: `kb article redact`", number=revision.number)
    if row.asked_by == actor.name:
        raise Denied("own_request", "{actor} has asked for it; another person must agree", actor=actor.name,
                     fields={"asked_by": "own"})
    row.agreed_by, row.agreed_at = actor.name, now
    overwrite_removed(session)
    lang = "en" if revision.lang == "en" else "zh"
    questions = questions_of(session, article, revision, stored_text(session, revision))
    wiped = _wipe(session, actor, article, revision, lang, now=now, origin=origin)
    if revision.state in (State.IN_REVIEW, State.APPROVED):
        make_move(session, revision, Move.WITHDRAW)
        record(session, actor, "withdraw", f"revision:{revision.id}", now=now, origin=origin,
               after={"number": revision.number, "sha256": revision.sha256, "reason": "redacted"})
    attached = [each["sha256"] for each in revision.attachments]
    revision.title, revision.source = _TITLE[lang], MARKER[lang]
    revision.summary = revision.change_note = ""
    revision.keywords, revision.synonyms, revision.attachments = [], [], []
    revision.redacted_at = now
    session.flush()  # whoever keeps its figures at this moment is done when its row is held
    forget_facts(session, [revision.id])
    forget_readings(session, [revision.id])
    forget_copies(session, [revision.id])
    forget_signals(session, [revision.id])
    forget_conflicts(session, [revision.id])
    session.expire(revision)
    files = file_store.remove_unused(session, before=now + timedelta(seconds=1), only=attached)
    told = {"number": revision.number, "sha256": revision.sha256, "asked_by": row.asked_by, "state": revision.state,
            "redacted_sha256": content_hash(stored_text(session, revision)), **wiped,
            "known_questions": len(questions), "files": files}
    event_id = record(session, actor, "redact", f"revision:{revision.id}", now=now, origin=origin, after=told,
                      change=Change(article.id, "redacted"))
    forget_questions(session, actor, questions, MARKER[lang], event_id, now)


def _check_there(session: Session, revision: Revision) -> None:
    """Refuse what is erased already."""
    session.refresh(revision, ["redacted_at", "state"])
    if revision.redacted_at is not None:
        raise InvalidTransition("redacted", "the words of revision {number} were erased already",
                                number=revision.number)


def _wipe(session: Session, actor: Actor, article: Article, revision: Revision, lang: str, *, now: datetime,
          origin: str) -> dict[str, int]:
    """Erase the words wherever else they stand; how many of what were touched."""
    erased = stored_text(session, revision)
    is_elsewhere = session.scalar(select(Revision.id).where(
        Revision.article_id == article.id, Revision.id != revision.id, Revision.redacted_at.is_(None),
        Revision.title == erased.title).limit(1)) is not None
    session.execute(delete(Basis).where(Basis.revision_id == revision.id))
    session.execute(delete(RevisionAttachment).where(RevisionAttachment.revision_id == revision.id))
    session.execute(delete(PassageRow).where(PassageRow.revision_id == revision.id))
    session.execute(delete(ReviewComment).where(ReviewComment.revision_id == revision.id))
    forget_notices(session, article.id)
    forget_words(session, article.id)
    session.execute(update(FeedbackRow).where(FeedbackRow.revision_id == revision.id).values(note="", reply="")
                    .execution_options(synchronize_session=False))
    forget_replies(session)
    return {"answers": erase_quotes(session, revision.id, MARKER[lang]),
            "offers": erase_offers(session, revision.id, article.id, None if is_elsewhere else erased.title,
                                   _TITLE[lang]),
            "drafts": discard_drafts(session, actor, article, revision, erased, now=now, origin=origin)}

"""Erasing a revision's words by law: an administrator asks, a knowledge manager agrees, and they are gone.

Two persons, one act each. What replaces the words is fixed, so that the audit log can tell an erasure from tampering:
its entry keeps the hash that was signed and the hash of what stands now. Hash, signatures, dates and numbers stay. With
the words go the passages, and the quotes in answers that were given. Words in the audit log (of discarded drafts), in
backups and in exports are elsewhere, and not reached.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.owners import held_article
from kb.articles.revisions import content_hash, stored_text
from kb.errors import Conflict, Denied, Invalid, InvalidTransition
from kb.models import Basis, Draft, PassageRow, Redaction, Revision
from kb.people.permissions import Action, require, require_person
from kb.record.answers import erase_quotes
from kb.record.journal import Change, record

MARKER = {"zh": "（本版本的文字已依法删除。）", "en": "(The words of this revision were erased by law.)"}
_TITLE = {"zh": "（已依法删除）", "en": "(erased by law)"}
_LONGEST_REASON = 2_000  # characters


def ask_redaction(session: Session, actor: Actor, revision: Revision, *, reason: str, now: datetime, origin: str
                  ) -> None:
    """Ask, with the reason, that the words are erased; nothing of them changes yet."""
    require_person(actor, "asks for an erasure")
    require(actor, Action.REDACT)
    held_article(session, revision.article_id)
    _check_there(session, revision)
    if not reason.strip():
        raise Invalid("reason", "say by which law or decision the words are erased", fields={"reason": "required"})
    if session.get(Redaction, revision.id) is not None:
        raise Conflict("asked", f"the erasure of revision {revision.number} is asked for already")
    session.add(Redaction(revision_id=revision.id, reason=reason.strip()[:_LONGEST_REASON], asked_by=actor.name,
                          asked_at=now))
    session.flush()
    record(session, actor, "ask_redaction", f"revision:{revision.id}", now=now, origin=origin,
           after={"number": revision.number, "sha256": revision.sha256, "reason": reason[:_LONGEST_REASON]})


def agree_redaction(session: Session, actor: Actor, revision: Revision, *, now: datetime, origin: str) -> None:
    """Agree to what another person asked for: from now on the words are gone."""
    require_person(actor, "agrees to an erasure")
    require(actor, Action.AGREE_REDACTION)
    article = held_article(session, revision.article_id)
    _check_there(session, revision)
    row = session.get(Redaction, revision.id, populate_existing=True)
    if row is None:
        raise InvalidTransition("not_asked", f"nobody has asked for the erasure of revision {revision.number}; an "
                                "administrator does: `kb article redact`")
    if row.asked_by == actor.name:
        raise Denied("own_request", f"{actor.name} has asked for it; another person must agree",
                     fields={"asked_by": "own"})
    row.agreed_by, row.agreed_at = actor.name, now
    lang = "en" if revision.lang == "en" else "zh"
    revision.title, revision.source = _TITLE[lang], MARKER[lang]
    revision.summary = revision.change_note = ""
    revision.keywords, revision.synonyms, revision.attachments = [], [], []
    revision.redacted_at = now
    session.flush()
    session.execute(delete(Basis).where(Basis.revision_id == revision.id))
    session.execute(delete(PassageRow).where(PassageRow.revision_id == revision.id))
    answers = erase_quotes(session, revision.id, MARKER[lang])
    session.expire(revision)
    record(session, actor, "redact", f"revision:{revision.id}", now=now, origin=origin,
           after={"number": revision.number, "sha256": revision.sha256, "asked_by": row.asked_by,
                  "redacted_sha256": content_hash(stored_text(session, revision)), "answers": answers},
           change=Change(article.id, "redacted"))


def _check_there(session: Session, revision: Revision) -> None:
    """Refuse what is erased already, and what drafts still hold the words of."""
    session.refresh(revision, ["redacted_at"])
    if revision.redacted_at is not None:
        raise InvalidTransition("redacted", f"the words of revision {revision.number} were erased already")
    held = session.scalar(select(Draft.id).where(Draft.base_id == revision.id).limit(1))
    if held is not None:
        raise Conflict("draft", f"a draft rests on revision {revision.number} and holds its words: have it discarded "
                       "first (`kb draft list`)")

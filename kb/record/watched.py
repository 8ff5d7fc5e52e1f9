"""Which rows and columns the audit log answers for: all that authority hangs on, and for the rest the reason why not.

Every entry tells the digests of the rows that its act changed (``kb.record.digests``), and ``kb audit verify`` makes
them again. A table is watched or stands under :data:`UNWATCHED`; a column of a watched one is watched unless it stands
under :data:`FREE`. So a new column is watched from its first day, and a new table fails a test until somebody decided.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Column, Table

from kb.db import Base
from kb.models import (
    Absence,
    ApiToken,
    Article,
    Attachment,
    CalendarDay,
    CalendarYear,
    Category,
    Confirmation,
    Department,
    Draft,
    Hiding,
    KnownQuestion,
    LedgerPhone,
    LexiconWord,
    Publication,
    Redaction,
    RegisterDocument,
    ReviewComment,
    ReviewTask,
    Revision,
    RevisionAttachment,
    RoleGrant,
    ScheduledJob,
    Signature,
    SignatureRule,
    SynonymGroup,
    Transfer,
    Urgency,
    User,
    UserIdentity,
    Webhook,
    WebSession,
)

_MODELS: tuple[type[Base], ...] = (
    Absence, ApiToken, Article, Attachment, CalendarDay, CalendarYear, Category, Confirmation, Department, Draft,
    Hiding, KnownQuestion, LedgerPhone, LexiconWord, Publication, Redaction, RegisterDocument, ReviewComment,
    ReviewTask, Revision, RevisionAttachment, RoleGrant, ScheduledJob, Signature, SignatureRule, SynonymGroup,
    Transfer, Urgency, User, UserIdentity, Webhook, WebSession)
WATCHED: Mapping[str, Table] = {model.__tablename__: Base.metadata.tables[model.__tablename__] for model in _MODELS}

_SIGNED = "the revision's content hash covers it, with which the check compares the text as it stands"
_MADE_ANEW = "made anew from the texts whenever it is missing or wrong: nothing rests on it alone"
_CHAIN = "the chain itself"
_QUEUE = "what waits to be sent or heard; nothing is allowed or said by it"
_ANSWERS = "the log of answers, which retention shortens every night; no answer is given by it"
_OPINIONS = "what agents think of answers, whose words retention takes out; it weighs, and decides nothing"

UNWATCHED: Mapping[str, str] = {  # by table: why a change in it need not be found
    "allowance": "how much of its allowance an asker has used this minute",
    "answer": _ANSWERS, "answer_citation": _ANSWERS,
    "attachment_piece": "a file's bytes, whose hash is the file's name: the check makes it again",
    "audit_entry": _CHAIN,
    "basis": _SIGNED, "revision_co_owner": _SIGNED,
    "callback_entry": _OPINIONS, "callback_look": _OPINIONS,
    "conflict_pair": _MADE_ANEW, "conflict_reading": _MADE_ANEW,
    "copy_change": _MADE_ANEW, "copy_reading": _MADE_ANEW, "copy_sentence": _MADE_ANEW,
    "draft_check": "advice to an author, which is made again at every check and holds nobody back",
    "fact": _MADE_ANEW, "fact_reading": _MADE_ANEW,
    "feedback": _OPINIONS, "gap": _OPINIONS, "gap_question": _OPINIONS,
    "idempotency_key": "replies kept a day for requests that are sent again; each belongs to one person's token",
    "job_run": "when a job ran; a run more or less changes nothing that the job itself does not find",
    "notice": _QUEUE, "notice_choice": _QUEUE, "notice_delivery": _QUEUE,
    "outbox_consumer": _QUEUE, "outbox_event": "what an index hears of: `kb index verify` compares it with the texts",
    "passage": "what the index holds: `kb index verify` compares it with the texts",
    "review_task_step": "what happened to a task, for its page; each act has an entry of its own",
    "revision_look": "when a person last looked at a text",
    "sign_in_attempt": "failed sign-ins of the last minutes: they make people wait and let nobody in",
    "signal": _MADE_ANEW, "signal_evidence": _MADE_ANEW,
    "source_link": "what stands at an address elsewhere, looked up again by a job",
    "source_link_look": "that somebody has seen what stands there; it puts a reminder off",
    "text_date": _MADE_ANEW, "text_document": _MADE_ANEW, "text_link": _MADE_ANEW, "text_reading": _MADE_ANEW,
}

FREE: Mapping[str, str] = {  # by table.column: why a change in it need not be found, or how else it is
    **{f"revision.{name}": _SIGNED for name in (
        "title", "source", "summary", "lang", "category", "keywords", "synonyms", "audience", "owner",
        "effective_from", "effective_to", "review_by", "attachments", "change_note", "is_minor")},
    "attachment.stored_at": "when it was last attached; it only keeps an unused file for another day",
    "known_question.event_id": "which event an index has heard; a wrong one has it look at the question again",
    "scheduled_job.since": "from when due times count: it moves at every run",
    "scheduled_job.worker": "who is at it now", "scheduled_job.lease_until": "who is at it now, and how long",
    "user_account.last_sign_in_at": "shown to administrators; each sign-in has an entry of its own",
    # the longest that a session lasts stands in expires_at, which is watched
    "web_session.used_at": "noted every few minutes of use, without an act",
    "web_session.idle_ends_at": "noted every few minutes of use, without an act",
}
SIGNED = frozenset(name for name, reason in FREE.items() if reason == _SIGNED)  # found, by another way

# What a row is like that no act needs to have made: these are put in by whoever needs them first.
SILENT: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "scheduled_job": lambda values: values["paused_at"] is None,
}

# A column that joins a watched table later, by table.column, with the value that all rows had until then: so that the
# digests of before stay right.
JOINED: Mapping[str, Any] = {}


@cache
def columns_of(table: Table) -> Sequence[Column[Any]]:
    """The watched columns of a watched table, its key among them."""
    return tuple(column for column in table.columns if f"{table.name}.{column.name}" not in FREE)

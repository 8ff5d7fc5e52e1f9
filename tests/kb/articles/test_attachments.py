"""Files attached to texts: signed with them, read with them, gone when no text carries them any more."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from sqlalchemy import func, select

from kb.actor import CITIZEN, OPERATOR, Actor
from kb.articles import file_store, publication
from kb.articles.acts import hiding, redaction, signatures
from kb.articles.attachments import AttachedFile, attach, detach, files_of, open_file
from kb.articles.writing import drafts, submission
from kb.articles.writing.drafts import DraftView
from kb.content.backup import rows
from kb.content.importers.landing import land
from kb.db import Database
from kb.errors import Conflict, Denied, Invalid, NotFound, Unavailable
from kb.models import Attachment, AttachmentPiece, AuditEntry, Draft, Revision, RevisionAttachment
from kb.record import audit
from kb.settings import Settings
from kb.upkeep.retention import prune
from tests.kb.factories import (
    ADMIN,
    AGENT,
    MANAGER,
    add_department,
    approver,
    at,
    editor,
    finding_of,
    published,
    revision_text,
)
from tests.kb.files import HTML, PDF, docx, png

DONE: dict[str, Any] = {"now": at(1), "origin": "test"}
LI, FUND = editor(), editor("zhao", "fund")
SHA = hashlib.sha256(PDF).hexdigest()


@pytest.fixture(autouse=True)
def others(database: Database) -> None:
    add_department(database, "fund")


def begun(database: Database, *, slug: str = "card", who: Actor = LI, **fields: Any) -> DraftView:
    owner = "hrss" if who is LI else "fund"
    with database.transaction() as session:
        return drafts.start(session, who, slug, revision_text(**{"owner": owner, **fields}), **DONE)


def attached(database: Database, draft: DraftView, name: str = "申请表.pdf", data: bytes = PDF, *, who: Actor = LI
             ) -> DraftView:
    with database.transaction() as session:
        return attach(session, who, draft.id, name, data, seen=draft.version, **DONE)


def handed_in(database: Database, draft: DraftView, *, publish: bool = True) -> str:
    with database.transaction() as session:
        row = submission.submit(session, LI, draft.id, seen=draft.version, **DONE)
        if publish:
            signatures.sign(session, approver(), row, shown=row.sha256, **DONE)
            publication.publish(session, approver(), row, **DONE)
        return row.id


def may_open(database: Database, viewer: Actor, name: str = "申请表.pdf", sha256: str = SHA, day: float = 1) -> bool:
    with database.reading() as session:
        try:
            return open_file(session, viewer, sha256, name, now=at(day)).content != b""
        except NotFound:
            return False


def count(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Attachment)) or 0


def test_a_file_is_signed_with_its_text_and_stays_with_the_revision(database: Database) -> None:
    draft = attached(database, begun(database))
    assert (draft.version, draft.text.attachments) == (2, ({"name": "申请表.pdf", "sha256": SHA},))
    revision_id = handed_in(database, draft)
    with database.transaction() as session:
        row = session.get_one(Revision, revision_id)
        assert files_of(session, row.attachments) == (AttachedFile("申请表.pdf", SHA, "application/pdf", len(PDF)),)
        found = open_file(session, CITIZEN, SHA, "申请表.pdf", now=at(1))
        assert (found.content, found.media_type, found.name) == (PDF, "application/pdf", "申请表.pdf")
        assert finding_of(session) is None
        later = drafts.edit(session, LI, "card", **DONE)
        detach(session, LI, later.id, SHA, seen=1, **DONE)
        drafts.save(session, LI, later.id, revision_text("新。", is_minor=True, author=""), seen=2, **DONE)
        with pytest.raises(Invalid, match="attachments"):  # a file that goes is no minor edit
            submission.submit(session, LI, later.id, seen=3, **DONE)


def test_a_change_of_a_files_bytes_in_the_database_is_found_when_it_is_opened(database: Database) -> None:
    handed_in(database, attached(database, begun(database)))
    with database.transaction() as session:
        piece = session.scalars(select(AttachmentPiece)).one()
        piece.content = piece.content.replace(b"1.7", b"1.4")
    with pytest.raises(Unavailable, match="not the one that was signed"), database.reading() as session:
        open_file(session, CITIZEN, SHA, "申请表.pdf", now=at(1))


def test_fault_28_a_file_is_there_for_who_may_read_a_text_that_carries_it_and_for_nobody_else(database: Database
                                                                                             ) -> None:
    draft = attached(database, begun(database, audience="agent"))
    readers = {"li": LI, "signs": approver(), "manager": MANAGER, "agent": AGENT, "citizen": CITIZEN, "other": FUND,
               "admin": ADMIN}

    def who() -> set[str]:
        return {name for name, viewer in readers.items() if may_open(database, viewer)}

    assert who() == {"li", "signs", "manager"}
    revision_id = handed_in(database, draft, publish=False)
    assert who() == {"li", "signs", "manager"}
    with database.transaction() as session:
        row = session.get_one(Revision, revision_id)
        signatures.sign(session, approver(), row, shown=row.sha256, **DONE)
        publication.publish(session, approver(), row, **DONE)
    assert who() == set(readers) - {"citizen"}
    shared = attached(database, begun(database, slug="open"), "表.pdf")  # the same file, in a text for everybody
    handed_in(database, shared)
    assert may_open(database, CITIZEN, "表.pdf") and not may_open(database, CITIZEN)  # by that text's name alone
    for name, sha256 in (("申请表.pdf", "0" * 64), ("x.pdf", SHA), ("申请表.pdf", "../x"), ("申请表.pdf", SHA.upper())):
        assert not may_open(database, MANAGER, name, sha256)
    with database.transaction() as session:
        hiding.hide(session, approver(), "open", reason="x", now=at(2), origin="test")
    assert not may_open(database, CITIZEN, "表.pdf", day=2) and may_open(database, AGENT, "表.pdf", day=2)


def test_fault_28_no_text_names_a_file_that_its_writer_may_not_read(database: Database) -> None:
    handed_in(database, attached(database, begun(database, audience="agent")), publish=False)
    named = ({"name": "x.pdf", "sha256": SHA},)
    theirs = begun(database, slug="theirs", who=FUND)
    text = revision_text(owner="fund", author="", attachments=named)
    with database.transaction() as session:
        for act in (lambda: drafts.start(session, FUND, "new", text, **DONE),
                    lambda: drafts.save(session, FUND, theirs.id, text, seen=1, **DONE),
                    lambda: land(session, FUND, "landed", text, left_open=(), **DONE)):
            with pytest.raises(Invalid, match="not there"):
                act()
    nowhere = revision_text(author="", attachments=({"name": "x.pdf", "sha256": "1" * 64},))
    with pytest.raises(Invalid, match="not there"), database.transaction() as session:
        drafts.start(session, LI, "new", nowhere, **DONE)
    with database.transaction() as session:  # what comes from elsewhere may name files of there, and is not handed in
        land(session, LI, "brought", nowhere, left_open=(), **DONE)
        draft = session.scalars(select(Draft).where(Draft.author == LI.name)).one()
        with pytest.raises(Invalid, match="not there"):
            submission.submit(session, LI, draft.id, seen=1, **DONE)


def test_history_names_files_that_are_not_kept_here_and_a_new_text_may_keep_the_name(database: Database) -> None:
    published(database, revision_text("旧。", attachments=({"name": "旧.pdf", "sha256": "2" * 64},)))
    with database.transaction() as session:
        row = session.scalars(select(Revision)).one()
        assert files_of(session, row.attachments) == (AttachedFile("旧.pdf", "2" * 64, None, None),)
        draft = drafts.edit(session, LI, "card", **DONE)
        drafts.save(session, LI, draft.id, revision_text("新。", author="", attachments=draft.text.attachments), seen=1,
                    **DONE)
        assert submission.submit(session, LI, draft.id, seen=2, **DONE).attachments == list(draft.text.attachments)


def test_fault_70_a_file_is_put_to_the_version_that_was_seen_and_nothing_saved_meanwhile_is_lost(database: Database
                                                                                                ) -> None:
    draft = begun(database)
    with database.transaction() as session:
        drafts.save(session, LI, draft.id, revision_text("新。", author=""), seen=1, **DONE)
    with pytest.raises(Conflict, match="you saw 1"):
        attached(database, draft)
    assert count(database) == 0  # with the draft or not at all
    with database.reading() as session:
        draft = drafts.get(session, LI, draft.id)
    draft = attached(database, draft)
    assert (draft.text.source, len(draft.text.attachments)) == ("新。", 1)
    for name, data, code in (("申请表.PDF", PDF + b"\n", "attachment_name"), ("b.pdf", PDF, "attachment_twice")):
        with pytest.raises(Conflict) as caught:
            attached(database, draft, name, data)
        assert caught.value.code == code
    with pytest.raises(NotFound), database.transaction() as session:
        detach(session, LI, draft.id, "0" * 64, seen=draft.version, **DONE)
    for who in (FUND, AGENT, OPERATOR):
        with pytest.raises((NotFound, Denied)):
            attached(database, draft, "c.pdf", who=who)
    with pytest.raises(Denied, match="take it over"):
        attached(database, draft, "c.pdf", who=MANAGER)


def test_fault_04_what_is_refused_leaves_nothing(database: Database, settings: Settings) -> None:
    draft = begun(database)
    for name, data in (("a.png", png() + HTML), ("a.svg", HTML), ("a.docx", docx(bomb=b"\x00" * 9_000_000)),
                       ("a.txt", b"a" * (settings.limits.attachment_bytes + 1)), ("noending", PDF)):
        with pytest.raises(Invalid):
            attached(database, draft, name, data)
    assert count(database) == 0
    for n in range(settings.limits.attachments):
        draft = attached(database, draft, f"{n}.txt", f"第{n}份".encode())
    with pytest.raises(Invalid, match="at most 20"):
        attached(database, draft, "more.txt", "多".encode())


def test_a_large_file_is_kept_in_pieces_once_and_copied_with_everything_else(database: Database, settings: Settings
                                                                            ) -> None:
    data = PDF[:-7] + bytes(range(256)) * 1_000 + b"\n%%EOF\n"
    for slug in ("card", "house"):
        attached(database, begun(database, slug=slug), "大.pdf", data)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(AttachmentPiece)) == -(-len(data) // file_store.PIECE)
        assert file_store.content(session, hashlib.sha256(data).hexdigest()) == data
        assert rows.counts(session)["attachment"] == 1
        entry = audit.tail(session, 1)[0]
        assert (entry.action, entry.after["size"]) == ("attach", len(data)) and "大.pdf" not in str(entry.after)
    assert settings.limits.attachment_bytes > len(data)


def test_a_file_that_no_text_carries_any_more_is_removed_after_a_day(database: Database, settings: Settings) -> None:
    kept = attached(database, attached(database, begun(database)), "b.png", png())
    handed_in(database, attached(database, begun(database, slug="other"), "c.docx", docx()))
    with database.transaction() as session:
        detach(session, LI, kept.id, SHA, seen=3, **DONE)
    for day, left in ((1.5, 3), (9, 2)):
        prune(database, ADMIN, settings.sections["retention"], now=at(day), origin="test")
        assert count(database) == left
    with database.transaction() as session:
        drafts.discard(session, LI, kept.id, seen=4, **DONE)
    done = prune(database, ADMIN, settings.sections["retention"], now=at(10), origin="test")
    assert (done.files, count(database)) == (1, 1)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(AttachmentPiece)) == 1


def test_a_legal_erasure_takes_the_files_that_no_other_text_carries(database: Database) -> None:
    revision_id = handed_in(database, attached(database, attached(database, begun(database)), "b.png", png()))
    handed_in(database, attached(database, begun(database, slug="other"), "b.png", png()))
    with database.transaction() as session:
        row = session.get_one(Revision, revision_id)
        redaction.ask_redaction(session, ADMIN, row, reason="裁定", **DONE)
        redaction.agree_redaction(session, MANAGER, row, **DONE)
    assert count(database) == 1 and not may_open(database, MANAGER)
    assert may_open(database, CITIZEN, "b.png", hashlib.sha256(png()).hexdigest())
    with database.reading() as session:
        assert session.scalars(select(RevisionAttachment.revision_id)).all() != [revision_id]
        assert session.scalars(select(AuditEntry).where(AuditEntry.action == "redact")).one().after["files"] == 1
        assert finding_of(session) is None

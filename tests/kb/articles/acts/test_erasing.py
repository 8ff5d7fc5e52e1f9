"""What goes with erased words: drafts that hold them, texts in review, questions, replies, and what the file kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles import feed
from kb.articles.acts import signatures
from kb.articles.acts.redaction import MARKER, agree_redaction, ask_redaction
from kb.articles.acts.urgency import publish_urgently
from kb.articles.publication import publish
from kb.articles.writing import drafts, submission
from kb.articles.writing.drafts import DraftView
from kb.articles.writing.rollback import rollback
from kb.db import Database
from kb.dialects import empty_log
from kb.errors import Conflict, InvalidTransition, NotFound
from kb.known import known
from kb.models import AnswerRow, AuditEntry, Draft, IdempotencyKey, KnownQuestion, Revision
from kb.record import requests
from kb.record.answers import AnswerRecord, record
from kb.settings import Settings
from tests.kb.articles.test_races import at_once
from tests.kb.factories import ADMIN, MANAGER, approver, at, editor, finding_of, published, revision_text, submitted

DONE: dict[str, Any] = {"now": at(9), "origin": "test"}
NAMED = "当事人张三丰住人民路五号，电话已登记在窗口，凭此件领取补贴。"
OPEN = "所有市民凭身份证到街道窗口办理，当场领取，不收任何费用。"
OLD = f"# 补贴\n\n{NAMED}\n\n## 办法\n\n{OPEN}\n"
NEW = f"# 补贴\n\n请到窗口办理。\n\n## 办法\n\n{OPEN}\n"
Begin = Callable[[Session, Actor], DraftView]


def erased(database: Database, revision_id: str) -> None:
    for do, who, more in ((ask_redaction, ADMIN, {"reason": "法院裁定"}), (agree_redaction, MANAGER, {})):
        with database.transaction() as session:
            do(session, who, session.get_one(Revision, revision_id), **more, **DONE)


def begun(source: str, **fields: Any) -> Begin:
    return lambda session, who: drafts.start(session, who, "card", revision_text(source, **fields), **DONE)


def saved(begin: Begin, source: str) -> Begin:
    """A draft of which no word is left as it was begun."""
    def do(session: Session, who: Actor) -> DraftView:
        draft = begin(session, who)
        return drafts.save(session, who, draft.id, replace(draft.text, source=source), seen=draft.version, **DONE)
    return do


def old(session: Session, who: Actor) -> DraftView:
    return drafts.edit(session, who, "card", number=1, **DONE)


def back(session: Session, who: Actor) -> DraftView:
    return rollback(session, who, "card", 1, **DONE)


HOLDING = {
    "taken from it": old, "rolled back to it": back, "taken, and written anew": saved(old, "别的"),
    "rolled back, and written anew": saved(back, "张某的事"), "all of it": begun(OLD),
    "a paragraph": begun(f"新写。\n\n{NAMED}\n"), "within another": begun(f"注意：{NAMED}谢谢。"),
    "in a list, over two lines": begun("- 当事人张三丰住人民路五号，\n  电话已登记在窗口，凭此件领取补贴。"),
    "in other widths": begun(NAMED.replace("，", ",").replace("。", ".")),
    "in the summary": begun("新。", summary=NAMED)}


@pytest.mark.parametrize("begin", HOLDING.values(), ids=HOLDING)
def test_a_draft_that_holds_the_erased_words_goes_with_them_and_the_log_has_none(database: Database, begin: Begin
                                                                                ) -> None:
    first = published(database, revision_text(OLD))
    published(database, revision_text(NEW), number=2, day=3)
    with database.transaction() as session:
        draft = begin(session, editor("li"))
    erased(database, first)
    with database.reading() as session:
        assert session.scalars(select(Draft)).all() == []
        entries = session.scalars(select(AuditEntry)).all()
        told = next(e for e in entries if e.action == "discard_draft")
        assert told.subject == f"draft:{draft.id}" and told.actor == "km" and told.before is not None
        assert (told.before["author"], len(told.before["sha256"]), set(told.before)) == (
            "li", 64, {"article", "version", "author", "sha256"})
        assert not any(word in repr((e.before, e.after)) for e in entries for word in (NAMED, "张三丰"))
        assert finding_of(session) is None
    with pytest.raises(NotFound), database.transaction() as session:
        submission.submit(session, editor("li"), draft.id, seen=draft.version, **DONE)


def test_a_draft_that_shares_only_what_is_still_published_stays(database: Database) -> None:
    first = published(database, revision_text(OLD))
    published(database, revision_text(NEW), number=2, day=3)
    with database.transaction() as session:
        kept = drafts.edit(session, editor("li"), "card", **DONE).id
    erased(database, first)
    with database.transaction() as session:
        assert drafts.get(session, editor("li"), kept).text.source == NEW
        submission.submit(session, editor("li"), drafts.save(
            session, editor("li"), kept, revision_text("改了。"), seen=1, **DONE).id, seen=2, **DONE)


def test_a_draft_that_rests_on_the_erased_text_or_was_rebased_from_it_goes(database: Database) -> None:
    first = published(database, revision_text(OLD))
    with database.transaction() as session:
        for who in ("li", "wang"):
            drafts.edit(session, editor(who), "card", **DONE)
    published(database, revision_text(NEW), number=2, day=3)
    with database.transaction() as session:
        mine = drafts.list_drafts(session, editor("li"), author="li")[0]
        saved_ = drafts.save(session, editor("li"), mine.id, replace(mine.text, title="甲"), seen=1, **DONE)
        rebased = submission.rebase(session, editor("li"), mine.id, seen=saved_.version, **DONE).draft
        drafts.save(session, editor("li"), mine.id, revision_text("别的话。"), seen=rebased.version, **DONE)
    erased(database, first)
    with database.reading() as session:
        assert session.scalars(select(Draft)).all() == []


@pytest.mark.parametrize("again", range(2))
def test_rebasing_and_erasing_at_once_leave_no_draft(database: Database, settings: Settings, again: int) -> None:
    first = published(database, revision_text(OLD))
    with database.transaction() as session:
        draft = drafts.edit(session, editor("li"), "card", **DONE).id
    published(database, revision_text(NEW), number=2, day=3)
    with database.transaction() as session:
        ask_redaction(session, ADMIN, session.get_one(Revision, first), reason=f"第{again}次", **DONE)
    at_once(settings, lambda s: submission.rebase(s, editor("li"), draft, seen=1, **DONE).conflicts,
            lambda s: agree_redaction(s, MANAGER, s.get_one(Revision, first), **DONE))
    with database.reading() as session:
        assert session.scalars(select(Draft)).all() == []
        assert session.get_one(Revision, first).redacted_at is not None


@pytest.mark.parametrize("is_signed", [False, True])
def test_erasing_a_text_that_waits_withdraws_it_and_erased_words_are_not_published(database: Database,
                                                                                    is_signed: bool) -> None:
    revision_id = submitted(database, revision_text(OLD))
    with database.transaction() as session:
        if is_signed:
            row = session.get_one(Revision, revision_id)
            signatures.sign(session, approver(), row, shown=row.sha256, **DONE)
    erased(database, revision_id)
    for do in (lambda s, row: publish(s, approver("wu"), row, **DONE),
               lambda s, row: publish_urgently(s, approver("wu"), row, reason="急", **DONE),
               lambda s, row: signatures.sign(s, approver("wu"), row, shown=row.sha256, **DONE)):
        with pytest.raises((InvalidTransition, Conflict)), database.transaction() as session:
            do(session, session.get_one(Revision, revision_id))
    with database.reading() as session:
        assert session.get_one(Revision, revision_id).state == "withdrawn"
        assert finding_of(session) is None


def test_a_text_of_before_that_was_erased_while_it_was_approved_is_not_published(database: Database) -> None:
    revision_id = submitted(database, revision_text(OLD))
    with database.transaction() as session:
        row = session.get_one(Revision, revision_id)
        signatures.sign(session, approver(), row, shown=row.sha256, **DONE)
        row.redacted_at = at(8)
    with pytest.raises(InvalidTransition, match="were erased"), database.transaction() as session:
        publish(session, approver("wu"), session.get_one(Revision, revision_id), **DONE)


def test_known_questions_of_what_only_the_erased_text_said_are_forgotten_and_indexes_hear_of_it(database: Database
                                                                                               ) -> None:
    first = published(database, revision_text(f"{OLD}\n## 张三丰之事\n\n已批。\n", title="补贴"))
    with database.transaction() as session:
        for section, asked in (("张三丰之事", "怎么拿到那笔钱"), ("办法", "张三丰能不能当场办好"),
                               ("办法", "要不要交费用")):
            known.propose(session, editor(), "card", section, asked, **DONE)
        for row in session.scalars(select(KnownQuestion).where(KnownQuestion.text != "怎么拿到那笔钱")).all():
            known.release(session, approver(), row.id, **DONE)
        seen = max(change.event_id for change in feed.known_changes(session, 0))
    published(database, revision_text(NEW, title="补贴"), number=2, day=9)
    erased(database, first)
    with database.reading() as session:
        rows = session.scalars(select(KnownQuestion).order_by(KnownQuestion.text)).all()
        assert sorted((row.text, row.state) for row in rows) == sorted(
            [("要不要交费用", "released"), (MARKER["zh"], "dropped")])
        assert not any("张三丰" in repr((row.text, row.heading_path)) for row in rows)
        (change,) = feed.known_changes(session, seen)
        assert (change.text, change.heading_path, change.dropped_at) == (MARKER["zh"], (MARKER["zh"],), at(9))


def test_titles_that_were_near_headings_that_were_offered_and_kept_replies_are_gone(database: Database) -> None:
    first = published(database, revision_text(OLD, title="张三丰的补贴"))
    published(database, revision_text(NEW, title="补贴"), number=2, day=3)
    sent = [requests.Sent(f"{n}" * 64, "k" * 64, "POST /x", "r" * 64) for n in (1, 2)]
    with database.transaction() as session:
        article = session.get_one(Revision, first).article_id
        near = [{"article_id": article, "slug": "card", "title": title, "department": "hrss", "score": 1.0}
                for title in ("张三丰的补贴", "补贴")]
        record(session, AnswerRecord(
            id="a", asked_at=at(2), user_id=None, audience="public", lang="zh", question="q", as_of=at(2),
            known_at=at(2), abstained=True, reason=None, confidence=0.1, nearest=tuple(near),
            choices=({"revision_id": first, "heading_path": ["张三丰的补贴"], "start": 0, "end": 3, "marked": []},)),
            keep_question=True)
        done = requests.begin(session, sent[0], now=at(9))
        assert isinstance(done, requests.Begun)
        requests.finish(session, done, requests.Kept(200, NAMED, None), ends_at=at(10))
        under_way = requests.begin(session, sent[1], now=at(9))
        assert isinstance(under_way, requests.Begun)
    erased(database, first)
    with database.transaction() as session:
        answer = session.scalars(select(AnswerRow)).one()
        assert "张三丰" not in repr((answer.nearest, answer.choices))
        assert [one["title"] for one in answer.nearest] == ["（已依法删除）", "补贴"]
        assert session.scalars(select(IdempotencyKey.sender)).all() == [sent[1].sender]
        requests.finish(session, under_way, requests.Kept(200, "x", None), ends_at=at(10))


@pytest.mark.only_on("sqlite")
def test_no_byte_of_the_erased_words_stays_in_the_file_once_its_log_is_emptied(database: Database, settings: Settings
                                                                              ) -> None:
    first = published(database, revision_text(OLD + "张三丰" * 4000))
    published(database, revision_text(NEW), number=2, day=3)
    with database.transaction() as session:
        old(session, editor("li"))
    erased(database, first)
    assert empty_log(database.engine)
    files = [Path(f"{settings.data_dir / 'kb.sqlite3'}{end}") for end in ("", "-wal")]
    assert [path.exists() for path in files] == [True, True]
    for words in (NAMED, "张三丰"):
        for written in (words.encode(), words.encode("unicode_escape")):
            assert not any(written in path.read_bytes() for path in files)

"""Drafts: many people at one text, and nothing that anybody wrote is lost or signed by who wrote it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from kb.actor import CITIZEN, OPERATOR, Actor, Role
from kb.articles.acts import signatures, workflow
from kb.articles.publication import publish
from kb.articles.writing import drafts, submission
from kb.articles.writing.drafts import DraftView
from kb.articles.writing.merge import check_resolved
from kb.db import Database
from kb.errors import Conflict, Denied, Invalid, InvalidTransition, NotFound
from kb.models import Article, AuditEntry, Draft, Revision
from kb.record import audit
from tests.kb.factories import AGENT, add_department, approver, at, editor, published, retired, revision_text

LI, WANG, FUND = editor("li"), editor("wang"), editor("zhao", "fund")
MANAGER = Actor("u-km", "km", frozenset({Role.KNOWLEDGE_MANAGER}))
DONE: dict[str, Any] = {"now": at(9), "origin": "test"}
STEPS = "补卡须知\n\n1. 挂失\n2. 申请\n3. 领卡\n\n费用 15 元。\n\n三个工作日办结。\n"


def begun(database: Database, actor: Actor = LI, slug: str = "card", source: str = STEPS) -> DraftView:
    with database.transaction() as session:
        return drafts.start(session, actor, slug, revision_text(source), **DONE)


def edited(database: Database, actor: Actor = LI, slug: str = "card", **more: Any) -> DraftView:
    with database.transaction() as session:
        return drafts.edit(session, actor, slug, **{**DONE, **more})


def saved(database: Database, actor: Actor, draft: DraftView, source: str, **fields: Any) -> DraftView:
    with database.transaction() as session:
        return drafts.save(session, actor, draft.id, replace(draft.text, source=source, **fields), seen=draft.version,
                           **DONE)


def handed_in(database: Database, actor: Actor, draft: DraftView) -> int:
    with database.transaction() as session:
        return submission.submit(session, actor, draft.id, seen=draft.version, **DONE).number


def test_k4_a_draft_has_no_number_and_no_hash_until_it_is_handed_in(database: Database) -> None:
    draft = begun(database)
    assert (draft.version, draft.base, draft.newest, draft.author) == (1, None, None, "li")
    draft = saved(database, LI, draft, "一")
    draft = saved(database, LI, draft, "二", title="新题", keywords=("甲",))
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Revision)) == 0
    assert handed_in(database, LI, draft) == 1
    with database.reading() as session:
        revision = session.scalars(select(Revision)).one()
        assert (revision.source, revision.title, revision.keywords, revision.author) == ("二", "新题", ["甲"], "li")
        assert revision.contributors == ["li"] and session.scalar(select(func.count()).select_from(Draft)) == 0


def test_fault_70_of_two_who_saw_one_version_the_second_is_told_who_saved_and_loses_nothing(database: Database
                                                                                          ) -> None:
    draft = begun(database)
    saved(database, LI, draft, "先")
    with pytest.raises(Conflict, match=r"saved meanwhile by li.*version 2, you saw 1"):
        saved(database, LI, draft, "后")
    with database.reading() as session:
        assert drafts.get(session, LI, draft.id).text.source == "先"
    handed_in(database, LI, replace(draft, version=2))
    for late in (lambda: saved(database, LI, replace(draft, version=2), "后"),
                 lambda: handed_in(database, LI, replace(draft, version=2))):
        with pytest.raises(NotFound):
            late()


def test_several_people_write_at_one_article_each_in_a_draft_of_their_own(database: Database) -> None:
    published(database, revision_text(STEPS))
    mine, theirs = edited(database, LI), edited(database, WANG)
    mine = saved(database, LI, mine, STEPS.replace("15", "20"))
    theirs = saved(database, WANG, theirs, STEPS.replace("三个", "两个"))
    with database.reading() as session:
        assert {d.author for d in drafts.list_drafts(session, approver(), slug="card")} == {"li", "wang"}
    with pytest.raises(Denied, match="take it over"):
        saved(database, WANG, mine, "x")


def test_fault_25_who_wrote_in_a_text_may_not_sign_it_whoever_handed_it_in(database: Database) -> None:
    both = Actor("u-li", "li", frozenset({Role.EDITOR, Role.APPROVER}),
                 frozenset({(Role.EDITOR, "hrss"), (Role.APPROVER, "hrss")}))
    draft = begun(database, both)
    with database.transaction() as session:
        taken = drafts.take_over(session, WANG, draft.id, seen=1, **DONE)
    assert (taken.author, taken.version) == ("wang", 2)
    with pytest.raises(Denied):
        saved(database, both, taken, "x")
    handed_in(database, WANG, taken)
    with database.transaction() as session:
        revision = session.scalars(select(Revision)).one()
        assert revision.contributors == ["li", "wang"]
        with pytest.raises(Denied, match="wrote in this text"):
            signatures.sign(session, both, revision, shown=revision.sha256, **DONE)
        assert signatures.sign(session, approver(), revision, shown=revision.sha256, **DONE) == []


def test_fault_28_drafts_are_seen_by_those_who_write_or_sign_for_the_department(database: Database) -> None:
    add_department(database, "fund")
    draft = begun(database)
    with database.reading() as session:
        for viewer in (LI, WANG, approver(), MANAGER):
            assert [d.id for d in drafts.list_drafts(session, viewer)] == [draft.id]
        for viewer in (FUND, AGENT, CITIZEN, approver("x", "fund")):
            assert drafts.list_drafts(session, viewer) == []
            with pytest.raises(NotFound):
                drafts.get(session, viewer, draft.id)
    for actor in (approver("x", "fund"), AGENT, OPERATOR):
        with pytest.raises((Denied, NotFound)):
            saved(database, actor, draft, "x")


def test_a_list_of_drafts_is_walked_page_by_page_last_saved_first(database: Database) -> None:
    for n in range(7):
        with database.transaction() as session:
            drafts.start(session, LI, f"card-{n}", revision_text(), now=at(n), origin="test")
    walked: list[str] = []
    after = ""
    with database.reading() as session:
        while page := drafts.list_drafts(session, LI, limit=3, after=after):
            walked += [d.slug for d in page]
            after = page[-1].id
    assert walked == [f"card-{n}" for n in reversed(range(7))]


def test_a_draft_that_was_overtaken_is_merged_before_it_is_handed_in(database: Database) -> None:
    published(database, revision_text(STEPS, keywords=("补卡",)))
    draft = saved(database, LI, edited(database), STEPS.replace("15", "20"), keywords=("补卡", "费用"))
    published(database, revision_text(STEPS.replace("三个", "两个"), keywords=("补卡", "时限")), number=2, day=1)
    with database.reading() as session:
        assert drafts.get(session, LI, draft.id).must_rebase
    with pytest.raises(Conflict, match="rebase"):
        handed_in(database, LI, draft)
    with database.transaction() as session:
        merged = submission.rebase(session, LI, draft.id, seen=draft.version, **DONE)
    assert merged.conflicts == () and not merged.draft.must_rebase
    assert merged.draft.text.source == STEPS.replace("15", "20").replace("三个", "两个")
    assert set(merged.draft.text.keywords) == {"补卡", "费用", "时限"}
    assert handed_in(database, LI, merged.draft) == 3


def test_what_both_changed_differently_stands_in_the_draft_and_is_not_handed_in(database: Database) -> None:
    published(database, revision_text(STEPS))
    draft = saved(database, LI, edited(database), STEPS.replace("15", "20"), title="我的题")
    published(database, revision_text(STEPS.replace("15", "10"), title="他的题"), number=2, day=1)
    with database.transaction() as session:
        merged = submission.rebase(session, LI, draft.id, seen=draft.version, **DONE)
    assert merged.conflicts == ("source", "title") and merged.draft.undecided == {"title": "他的题"}
    assert "费用 20 元。" in merged.draft.text.source and "费用 10 元。" in merged.draft.text.source
    with pytest.raises(Invalid, match="marks of a merge"):
        handed_in(database, LI, merged.draft)
    lines = merged.draft.text.source.split("\n")
    for left in ("<<<<<<<", "|||||||", ">>>>>>>"):  # one forgotten mark, wherever it was moved to
        mark = next(line for line in lines if line.startswith(left))
        for text in (f"a\n{mark}\nb", f"a\n  {mark}\nb", f"a\r{mark}", f"> {mark}"):
            with pytest.raises(Invalid, match="marks of a merge"):
                check_resolved(text)
    check_resolved("标题\n=======\n\n>>>>>>> 引用\n")
    chosen = saved(database, LI, merged.draft, STEPS.replace("15", "20"))
    assert handed_in(database, LI, chosen) == 3
    with pytest.raises(Conflict, match="already"), database.transaction() as session:
        again = drafts.edit(session, LI, "card", **DONE)
        submission.rebase(session, LI, again.id, seen=again.version, **DONE)


def test_a_field_that_both_changed_is_chosen_before_the_draft_is_handed_in(database: Database) -> None:
    published(database, revision_text(STEPS))
    draft = saved(database, LI, edited(database), STEPS.replace("三个", "两个"), title="我的题")
    published(database, revision_text(STEPS, title="他的题"), number=2, day=1)
    with database.transaction() as session:
        merged = submission.rebase(session, LI, draft.id, seen=draft.version, **DONE).draft
    assert (merged.text.title, merged.undecided) == ("我的题", {"title": "他的题"})
    with pytest.raises(Invalid, match="another title"):
        handed_in(database, LI, merged)
    chosen = saved(database, LI, merged, merged.text.source, title="他的题")
    assert chosen.undecided == {} and handed_in(database, LI, chosen) == 3


def test_of_two_who_began_the_same_new_article_nothing_is_lost_unsaid(database: Database) -> None:
    mine = begun(database, LI, source="我的正文\n")
    published(database, revision_text("他的正文\n", audience="agent", summary="他的摘要"))
    with database.transaction() as session:
        merged = submission.rebase(session, LI, mine.id, seen=1, **DONE)
    assert merged.conflicts == ("source", "audience", "summary")
    assert merged.draft.undecided == {"audience": "agent", "summary": "他的摘要"}
    assert "我的正文" in merged.draft.text.source and "他的正文" in merged.draft.text.source


def test_fault_25_nobody_signs_their_own_words_after_another_took_them_up_again(database: Database) -> None:
    both = Actor("u-li", "li", frozenset({Role.EDITOR, Role.APPROVER}),
                 frozenset({(Role.EDITOR, "hrss"), (Role.APPROVER, "hrss")}))
    handed_in(database, both, begun(database, both))
    with database.transaction() as session:
        workflow.withdraw(session, both, session.scalars(select(Revision)).one(), reason="", **DONE)
    handed_in(database, WANG, edited(database, WANG, number=1))
    with database.transaction() as session:
        revision = session.scalars(select(Revision).where(Revision.number == 2)).one()
        assert revision.contributors == ["li", "wang"]
        with pytest.raises(Denied, match="wrote in this text"):
            signatures.sign(session, both, revision, shown=revision.sha256, **DONE)


def test_what_one_may_not_know_of_is_not_told_apart_from_what_is_not_there(database: Database) -> None:
    add_department(database, "fund")
    handed_in(database, LI, begun(database, slug="hidden"))
    published(database, slug="shown")
    for actor in (FUND, AGENT, Actor("u-s", "boss", frozenset({Role.SUPERVISOR}))):
        told = {}
        for slug in ("hidden", "nothing"):
            with pytest.raises(NotFound) as refused:
                edited(database, actor, slug)
            told[slug] = refused.value.message.replace(slug, "…")
        assert told["hidden"] == told["nothing"]
        with pytest.raises(Denied):
            edited(database, actor, "shown")


def test_a_slug_that_is_too_long_is_refused_for_its_length(database: Database) -> None:
    with pytest.raises(Invalid, match="slug: 300 characters; the limit is 120"):
        begun(database, slug="a" * 300)
    with pytest.raises(Invalid, match="use lower-case letters"):
        begun(database, slug="A" * 300)


def test_a_slug_is_free_once_another_department_discarded_what_it_began_and_handed_nothing_in(database: Database
                                                                                             ) -> None:
    add_department(database, "fund")
    first = begun_by_fund(database)
    with pytest.raises(Conflict, match="another department"):
        begun(database, slug="wanted")
    with database.transaction() as session:
        drafts.discard(session, FUND, first.id, seen=1, **DONE)
    draft = begun(database, slug="wanted")
    assert draft.department == "hrss" and handed_in(database, LI, draft) == 1
    with database.transaction() as session:
        workflow.withdraw(session, LI, session.scalars(select(Revision)).one(), reason="", **DONE)
    with pytest.raises(Conflict, match="another department"):
        begun_by_fund(database)


def begun_by_fund(database: Database) -> DraftView:
    with database.transaction() as session:
        return drafts.start(session, FUND, "wanted", revision_text("占", owner="fund"), **DONE)


def test_a_text_that_says_nothing_new_is_not_handed_in(database: Database) -> None:
    published(database, revision_text(STEPS))
    draft = edited(database)
    with pytest.raises(Invalid, match="says what revision 1 says"):
        handed_in(database, LI, draft)
    assert handed_in(database, LI, saved(database, LI, draft, STEPS, summary="摘要")) == 2


def test_an_old_text_comes_back_as_a_new_revision(database: Database) -> None:
    published(database, revision_text("旧"))
    published(database, revision_text("新"), number=2, day=1)
    draft = edited(database, number=1)
    assert (draft.text.source, draft.base) == ("旧", 2)
    handed_in(database, LI, draft)
    with database.transaction() as session:
        revision = session.scalars(select(Revision).where(Revision.number == 3)).one()
        signatures.sign(session, approver(), revision, shown=revision.sha256, **DONE)
        publish(session, approver(), revision, **DONE)
    with pytest.raises(NotFound, match="revision 9"):
        edited(database, number=9)


def test_a_discarded_draft_leaves_its_hash_and_author_in_the_log_and_no_empty_article(database: Database) -> None:
    draft = begun(database)
    other = begun(database, WANG)
    for actor, thrown in ((LI, draft), (WANG, other)):
        with database.transaction() as session:
            drafts.discard(session, actor, thrown.id, seen=1, **DONE)
    with database.reading() as session:
        assert session.scalars(select(Article)).all() == []
        last = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        assert last.before is not None and (last.before["author"], len(last.before["sha256"])) == ("wang", 64)
        assert all(STEPS not in repr((e.before, e.after)) for e in session.scalars(select(AuditEntry)))
        assert audit.verify(session).broken_at is None
    published(database)
    with database.transaction() as session:
        drafts.discard(session, LI, drafts.edit(session, LI, "card", **DONE).id, seen=1, **DONE)
        assert session.scalars(select(Article.slug)).all() == ["card"]


def test_nothing_is_begun_for_an_article_that_is_retired_or_by_nobody(database: Database) -> None:
    published(database)
    retired(database, day=1)
    for begin in (begun, edited):
        with pytest.raises(InvalidTransition, match="retired"):
            begin(database)
        with pytest.raises(Denied):
            begin(database, OPERATOR)
    with pytest.raises(NotFound):
        edited(database, slug="nothing")
    with pytest.raises(Invalid):
        begun(database, slug="Not A Slug")


def test_saving_checks_the_text_as_handing_in_does(database: Database) -> None:
    draft = begun(database)
    for fields in ({"title": ""}, {"effective_to": at(-1)}, {"co_owners": ("nowhere",)}, {"summary": "x" * 3000}):
        with pytest.raises(Invalid):
            saved(database, LI, draft, "x", **fields)
    with database.reading() as session:
        assert drafts.get(session, LI, draft.id).version == 1


def test_one_person_keeps_no_more_than_fifty_drafts_of_an_article(database: Database) -> None:
    with database.transaction() as session:
        for _ in range(50):
            drafts.start(session, LI, "card", revision_text(), **DONE)
        with pytest.raises(Conflict, match="discard some"):
            drafts.start(session, LI, "card", revision_text(), **DONE)
        drafts.start(session, WANG, "card", revision_text(), **DONE)

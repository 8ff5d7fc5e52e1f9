"""What waits for whom, and one text as who signs it sees it."""

from __future__ import annotations

from sqlalchemy import event, select
from sqlalchemy.orm import joinedload

from kb.actor import Actor
from kb.articles.acts.awaiting import waiting_for_each
from kb.articles.acts.rules import set_category, set_rule
from kb.articles.acts.signatures import reject, sign, waiting_for
from kb.articles.acts.urgency import publish_urgently
from kb.articles.comments import add_comment
from kb.db import Database
from kb.models import Department, Revision
from kb.reading.queue import Queue, Whose, count_mine, queue
from kb.reading.reviewing import Review, note_look, review
from tests.kb.factories import (
    AGENT,
    MANAGER,
    add_department,
    approver,
    at,
    editor,
    published,
    revision_text,
    submitted,
)

FUND = approver("fund-approver", "fund")


def waiting(database: Database, viewer: Actor, whose: Whose = Whose.MINE, after: str = "", limit: int = 20) -> Queue:
    with database.reading() as session:
        return queue(session, viewer, whose=whose, after=after, limit=limit)


def numbers(found: Queue) -> list[str]:
    return [f"{one.slug}/{one.number}" for one in (*found.owed, *found.items)]


def count(database: Database, viewer: Actor) -> int:
    with database.reading() as session:
        return count_mine(session, viewer, at(9))


def signed(database: Database, actor: Actor, revision_id: str, day: float = 2) -> None:
    with database.transaction() as session:
        revision = session.get_one(Revision, revision_id)
        sign(session, actor, revision, shown=revision.sha256, now=at(day), origin="test", reason="代签")


def opened(database: Database, viewer: Actor, number: int, base: int | None = None) -> Review:
    with database.reading() as session:
        return review(session, viewer, "card", number, base=base, now=at(9))


def test_a_queue_holds_what_its_viewer_can_sign_the_longest_waiting_first(database: Database) -> None:
    add_department(database, "fund")
    submitted(database, revision_text("其一"), slug="one", day=2)
    submitted(database, revision_text("其二", co_owners=("fund",)), slug="two", day=1)
    submitted(database, revision_text("其三", owner="fund", author="fund-editor"), slug="three", day=3)
    assert numbers(waiting(database, approver())) == ["two/1", "one/1"]
    assert numbers(waiting(database, FUND)) == ["two/1", "three/1"]
    assert numbers(waiting(database, MANAGER)) == ["two/1", "one/1", "three/1"]
    assert numbers(waiting(database, AGENT)) == numbers(waiting(database, editor())) == []
    assert numbers(waiting(database, editor(), Whose.ALL)) == ["two/1", "one/1"]
    assert (count(database, approver()), count(database, MANAGER), count(database, AGENT)) == (2, 3, 0)


def test_what_one_wrote_or_has_signed_is_in_nobodys_own_queue(database: Database) -> None:
    add_department(database, "fund")
    both = Actor("u-a", "hrss-approver", approver().roles | editor().roles, approver().grants | editor().grants)
    submitted(database, revision_text("自写", author="hrss-approver"), slug="own")
    two = submitted(database, revision_text("会签", co_owners=("fund",)), slug="two")
    assert numbers(waiting(database, both)) == ["two/1"]
    signed(database, both, two)
    assert numbers(waiting(database, both)) == []
    assert numbers(waiting(database, FUND)) == ["two/1"]
    assert waiting(database, MANAGER).items[1].is_substitute


def test_what_all_have_signed_waits_to_be_published(database: Database) -> None:
    one = submitted(database)
    signed(database, approver(), one)
    assert numbers(waiting(database, approver(), Whose.READY)) == ["card/1"]
    assert numbers(waiting(database, approver(), Whose.ALL)) == []
    assert numbers(waiting(database, editor(), Whose.READY)) == ["card/1"]  # who wrote it sees where it stands
    assert numbers(waiting(database, FUND, Whose.READY)) == []
    assert (count(database, approver()), count(database, editor()), count(database, FUND)) == (1, 0, 0)
    assert opened(database, approver(), 1).may_publish and not opened(database, editor(), 1).may_publish


def test_what_owes_signatures_stands_first_with_its_day(database: Database) -> None:
    add_department(database, "fund")
    submitted(database, revision_text("早"), slug="early", day=0)
    urgent = submitted(database, revision_text("急", co_owners=("fund",)), slug="urgent", day=1)
    signed(database, approver(), urgent)
    with database.transaction() as session:
        publish_urgently(session, approver(), session.get_one(Revision, urgent), reason="台风", now=at(3),
                         origin="test")
    found = waiting(database, FUND)
    assert [(one.slug, one.due_at) for one in found.owed] == [("urgent", at(4))] and found.items == ()
    assert numbers(waiting(database, MANAGER)) == ["urgent/1", "early/1"]


def test_what_several_texts_wait_for_is_what_each_of_them_waits_for(database: Database) -> None:
    for code in ("fund", "gone"):
        add_department(database, code)
    with database.transaction() as session:
        set_category(session, MANAGER, "高风险", risk="high", review_days=None, now=at(0), origin="test")
        set_rule(session, MANAGER, department="hrss", category="高风险", owner_signatures=2, now=at(0), origin="test")
    published(database, revision_text("高", category="高风险", co_owners=("fund",)), slug="risky")
    ids = [submitted(database, revision_text("降级"), slug="risky", day=1),
           submitted(database, revision_text("会签", co_owners=("fund", "gone")), slug="both", day=1),
           submitted(database, revision_text("高", category="高风险"), slug="twice", day=1)]
    published(database, revision_text("旧文"), slug="small")
    ids.append(submitted(database, revision_text("旧文。", is_minor=True), slug="small", day=1))
    urgent = submitted(database, revision_text("急", co_owners=("fund",)), slug="urgent", day=1)
    signed(database, approver(), urgent)
    with database.transaction() as session:
        publish_urgently(session, approver(), session.get_one(Revision, urgent), reason="急", now=at(2), origin="test")
    ids += [urgent, submitted(database, revision_text("再改"), slug="urgent", day=3)]
    signed(database, approver(), ids[2])
    with database.transaction() as session:
        gone = session.get_one(Department, "gone")
        gone.dissolved_at, gone.successor = at(2), "fund"
    with database.reading() as session:
        rows = session.scalars(select(Revision).options(joinedload(Revision.article))).all()
        assert {row.id for row in rows} > set(ids)
        each = waiting_for_each(session, rows)
        assert each == {row.id: waiting_for(session, row) for row in rows}
        assert {tuple(missing) for missing in each.values()} >= {(), ("hrss",), ("hrss", "fund"),
                                                                 ("hrss", "hrss", "fund")}


def test_a_page_of_the_queue_costs_no_more_statements_the_more_there_is(database: Database) -> None:
    add_department(database, "fund")
    published(database, revision_text("旧"), slug="s0")
    submitted(database, revision_text("新", co_owners=("fund",)), slug="s0", day=1)

    def statements() -> int:
        sent: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            sent.append(statement)

        event.listen(database.engine, "before_cursor_execute", note)
        assert waiting(database, approver()).items
        event.remove(database.engine, "before_cursor_execute", note)
        return len(sent)

    few = statements()
    for n in range(1, 6):
        published(database, revision_text("旧"), slug=f"s{n}")
        submitted(database, revision_text("新", co_owners=("fund",)), slug=f"s{n}", day=n)
    assert statements() == few <= 16


def test_pages_follow_each_other_without_a_gap(database: Database) -> None:
    for n in range(5):
        submitted(database, revision_text(f"第{n}篇"), slug=f"s{n}", day=n // 2)
    seen: list[str] = []
    after = ""
    while True:
        page = waiting(database, approver(), after=after, limit=2)
        seen += numbers(page)
        after = page.next_after
        if not after:
            break
    assert sorted(seen) == [f"s{n}/1" for n in range(5)]


def test_a_review_tells_who_has_signed_and_who_has_not(database: Database) -> None:
    add_department(database, "fund")
    published(database, revision_text("旧文"), number=1)
    two = submitted(database, revision_text("新文", co_owners=("fund",)), day=1)
    signed(database, approver(), two)
    found = opened(database, FUND, 2)
    assert [(s.department, s.state, s.signer) for s in found.seats] == [
        ("hrss", "signed", "hrss-approver"), ("fund", "waiting", "")]
    assert (found.base, found.before and found.before.source, found.after.source) == (1, "旧文", "新文")
    assert (found.mine, found.is_substitute, found.hindrance) == (("fund",), False, "")
    assert (opened(database, approver(), 2).mine, opened(database, approver(), 2).hindrance) == ((), "")
    assert opened(database, MANAGER, 2).is_substitute
    with database.transaction() as session:
        revision = session.get_one(Revision, two)
        reject(session, FUND, revision, shown=revision.sha256, reason="数字不对", now=at(3), origin="test")
    found = opened(database, editor(), 2)
    assert [(s.state, s.reason) for s in found.seats] == [("signed", "代签"), ("rejected", "数字不对")]
    assert found.mine == () and found.base == 1


def test_who_wrote_a_text_is_told_why_they_cannot_sign_it(database: Database) -> None:
    both = Actor("u-a", "hrss-editor", approver().roles | editor().roles, approver("x").grants | editor().grants)
    submitted(database)
    found = opened(database, both, 1)
    assert (found.mine, found.hindrance, found.base, found.before) == ((), "own_text", None, None)


def test_the_last_look_is_remembered_with_its_revision(database: Database) -> None:
    one = submitted(database, revision_text("第一稿"))
    assert opened(database, approver(), 1).look is None
    with database.transaction() as session:
        note_look(session, approver(), one, now=at(2))
        note_look(session, approver(), one, now=at(3))
        add_comment(session, approver(), "card", 1, "改", now=at(3), origin="test")
        revision = session.get_one(Revision, one)
        reject(session, approver(), revision, shown=revision.sha256, reason="改", now=at(3), origin="test")
    submitted(database, revision_text("第二稿"), day=5)
    found = opened(database, approver(), 2)
    assert found.look is not None and (found.look.number, found.look.at) == (1, at(3))
    since = opened(database, approver(), 2, base=1)
    assert since.before is not None and (since.base, since.before.source) == (1, "第一稿")
    assert opened(database, MANAGER, 2).look is None
    assert waiting(database, approver()).items[0].looked_at is None
    with database.transaction() as session:  # looking at the present text does not take that back
        present = session.scalars(select(Revision.id).where(Revision.number == 2)).one()
        note_look(session, approver(), present, now=at(6))
    assert opened(database, approver(), 2).look == found.look


def test_a_text_in_review_costs_few_statements_however_many_texts_there_were(database: Database) -> None:
    add_department(database, "fund")
    published(database, revision_text("第一版。"))
    for number in (2, 3, 4):
        published(database, revision_text(f"第{number}版。", effective_from=at(number)), number=number, day=number)
    submitted(database, revision_text("第五版。", co_owners=("fund",)), day=5)
    seen: list[str] = []

    def note(*call: object) -> None:
        seen.append(str(call[2]))

    event.listen(database.engine, "before_cursor_execute", note)
    found = opened(database, approver(), 5)
    event.remove(database.engine, "before_cursor_execute", note)
    assert found.base == 4 and len([text for text in seen if not text.startswith("BEGIN")]) <= 20

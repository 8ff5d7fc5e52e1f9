"""The review cycle through the acts themselves: opened, chased, put off, handed on, decided; and nobody left with
nothing, whatever happens to people and departments."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from kb.actor import OPERATOR, Role
from kb.articles.acts.confirming import confirm
from kb.articles.acts.redaction import agree_redaction, ask_redaction
from kb.articles.acts.reorganising import merge
from kb.articles.acts.settling import Outcome
from kb.db import Database
from kb.errors import Conflict, Denied, Invalid, InvalidTransition, NotFound
from kb.models import AuditEntry, Confirmation, Notice, ReviewTask, Revision, TaskStep
from kb.people import people
from kb.people.department_editing import set_department
from kb.people.duty import absences
from kb.record import audit
from kb.upkeep.reviews import resolving
from kb.upkeep.reviews import tasks as acts
from kb.upkeep.reviews.resolving import Checked
from tests.kb.factories import ADMIN, finding_of, published, retired, revision_text
from tests.kb.upkeep.reviews.office import (
    START,
    after,
    article,
    clear_signal,
    follow,
    open_office,
    person,
    raise_signal,
    steps,
    task,
    tasks,
    tend,
    text_hash,
)


@pytest.fixture(autouse=True)
def office(database: Database) -> None:
    open_office(database)


def confirmed(database: Database, login: str = "hrss-editor", *, days: float = 0, slug: str = "card", **fields: object
              ) -> ReviewTask:
    """The article's task, confirmed by this person."""
    actor = person(database, login)
    with database.transaction() as session:
        checked = Checked(task(database, slug).id, text_hash(database, slug), "与文件核对")
        resolving.confirm_task(session, actor, checked, now=after(days), origin="test", **fields)  # type: ignore[arg-type]
    return task(database, slug)


def test_a_signal_opens_one_task_for_the_author_and_looking_again_changes_nothing(database: Database) -> None:
    raise_signal(database, article(database))
    assert follow(database).startswith("1 opened")
    follow(database, 0.01), tend(database, 0.02)
    found, = tasks(database)
    assert (found.person, found.way, found.department, found.due_on) == ("hrss-editor", "author", "hrss",
                                                                         date(2026, 12, 21))
    assert [kind for kind, _ in steps(database, found.id)] == ["opened", "assigned"]


def test_a_review_date_that_is_near_opens_a_task_that_is_due_then(database: Database) -> None:
    article(database, review_on=15)
    article(database, "far", review_on=60)
    tend(database)
    assert task(database).due_on == date(2026, 12, 22) and tasks(database, "far") == []


def test_what_is_worse_brings_the_day_forward_and_what_is_cleared_closes_the_task(database: Database) -> None:
    id_ = article(database)
    mild = raise_signal(database, id_)
    tend(database)
    grave = raise_signal(database, id_, severity="serious", kind="fact", days=1)
    follow(database, 1)
    assert (task(database).severity, task(database).due_on) == ("serious", date(2026, 12, 10))
    for signal in (mild, grave):
        clear_signal(database, signal, days=2)
    follow(database, 2)
    assert (task(database).outcome, task(database).outcome_by) == (Outcome.CLEARED, "system")


def test_who_is_late_is_reminded_and_the_head_and_then_the_manager_hear_of_it_once(database: Database) -> None:
    raise_signal(database, article(database), severity="serious")
    for day in (0, 0.1, 1, 2, 2.1, 3, 3.1, 4, 5, 6, 7, 8, 9):  # due on Wednesday, two days on
        tend(database, day)
    found = task(database)
    assert steps(database, found.id) == [
        ("opened", "hrss-editor"), ("assigned", "hrss-editor"), ("reminded", "hrss-editor"),
        ("reminded", "hrss-editor"), ("escalated", "hrss-head"), ("escalated", "km")]
    assert (found.level, found.escalated_to) == (2, "km")
    with database.reading() as session:
        told = session.execute(select(Notice.kind, func.count()).group_by(Notice.kind)).all()
    assert dict(told) == {"task": 1, "reminder": 2, "escalation": 2}


def test_a_day_off_chases_nobody(database: Database) -> None:
    raise_signal(database, article(database), severity="serious", days=3)  # Thursday; due on Monday
    tend(database, 3)
    before = len(steps(database, task(database).id))
    tend(database, 5)
    tend(database, 6)
    assert len(steps(database, task(database).id)) == before


def test_confirming_needs_evidence_and_the_text_that_was_shown(database: Database) -> None:
    raise_signal(database, article(database))
    tend(database)
    actor, id_ = person(database, "hrss-editor"), task(database).id
    for checked, error in ((Checked(id_, text_hash(database)), Invalid), (Checked(id_, "0" * 64, "核对"), Conflict),
                           (Checked("no", text_hash(database), "核对"), NotFound)):
        with pytest.raises(error), database.transaction() as session:
            resolving.confirm_task(session, actor, checked, now=after(1), origin="test")
    found = confirmed(database, days=1)
    assert (found.state, found.outcome, found.outcome_by, found.evidence) == ("done", "confirmed", "hrss-editor",
                                                                              "与文件核对")
    with pytest.raises(InvalidTransition):
        confirmed(database, days=2)


def test_what_was_confirmed_is_not_asked_again_until_something_new_or_its_day(database: Database) -> None:
    id_ = article(database)
    raise_signal(database, id_)
    tend(database)
    confirmed(database, days=1)
    tend(database, 2)
    assert len(tasks(database)) == 1
    raise_signal(database, id_, kind="contact", days=3)
    tend(database, 3)
    assert [one.reasons[0]["kind"] for one in tasks(database)] == ["basis", "contact"]


def test_the_next_review_follows_from_the_record_and_can_only_be_named_earlier(database: Database) -> None:
    id_ = article(database, review_on=700)
    raise_signal(database, id_)
    tend(database)
    with pytest.raises(Invalid):
        confirmed(database, next_on=date(2028, 12, 31))
    found = confirmed(database, days=1)
    assert found.next_on == date(2026, 12, 8) + timedelta(days=292)  # a fifth sooner than a year, for the signal
    tend(database, 290)
    assert len(tasks(database)) == 1
    tend(database, 294)
    assert [one["kind"] for one in task(database).reasons] == ["again"]


def test_a_clean_record_lengthens_the_time(database: Database) -> None:
    article(database, review_on=10)
    tend(database)
    confirmed(database, days=1)
    with database.reading() as session:
        first = session.scalars(select(Confirmation.review_by)).one()
    assert (first - after(1)).days in range(455, 458)  # a year and a quarter


def test_a_new_text_or_retiring_closes_the_task_by_itself_and_a_minor_one_does_not(database: Database) -> None:
    for slug in ("card", "house", "small"):
        raise_signal(database, article(database, slug))
    tend(database)
    published(database, revision_text("收费五元。"), slug="card", number=2, day=341)
    retired(database, "house", day=341)
    published(database, revision_text("免费！", is_minor=True), slug="small", number=2, day=341)
    assert [task(database, slug).outcome for slug in ("card", "house", "small")] == ["revised", "retired", None]
    raise_signal(database, task(database, "small").article_id, kind="contact", days=2)
    with database.transaction() as session:
        confirm(session, person(database, "hrss-approver"), "small", review_by=after(400), note="电话核实",
                now=after(2), origin="test")
    assert (task(database, "small").outcome, task(database, "small").evidence) == ("confirmed", "电话核实")


def test_revising_begins_one_draft_and_the_task_is_done_when_it_is_published(database: Database) -> None:
    raise_signal(database, article(database))
    tend(database)
    wang = person(database, "hrss-wang")
    with database.transaction() as session:
        first = resolving.revise_task(session, wang, task(database).id, now=after(1), origin="test")
    with database.transaction() as session:
        assert resolving.revise_task(session, wang, task(database).id, now=after(2), origin="test").id == first.id
    assert (task(database).person, task(database).outcome) == ("hrss-wang", None)
    clear_signal(database, task(database).reasons[0]["signal"], days=2)
    tend(database, 3)
    assert task(database).outcome is None  # somebody is at it


def test_retiring_takes_the_right_to_retire(database: Database) -> None:
    raise_signal(database, article(database))
    tend(database)
    with pytest.raises(Denied), database.transaction() as session:
        resolving.retire_task(session, person(database, "hrss-editor"), task(database).id, reason="停办", now=after(1),
                              origin="test")
    with database.transaction() as session:
        resolving.retire_task(session, person(database, "hrss-approver"), task(database).id, reason="停办",
                              now=after(1), origin="test")
    assert task(database).outcome == "retired"


def test_a_task_is_put_off_with_a_reason_and_comes_back_by_itself(database: Database) -> None:
    raise_signal(database, article(database))
    tend(database)
    actor, id_ = person(database, "hrss-editor"), task(database).id
    with pytest.raises(Invalid), database.transaction() as session:
        acts.snooze(session, actor, id_, until=date(2026, 12, 15), reason=" ", now=after(0), origin="test")
    with database.transaction() as session:
        acts.snooze(session, actor, id_, until=date(2026, 12, 15), reason="等新文件", now=after(0), origin="test")
    tend(database, 7)
    assert task(database).state == "snoozed"
    tend(database, 8)
    assert (task(database).state, task(database).snoozed_until) == ("open", None)
    with database.transaction() as session:
        acts.snooze(session, actor, id_, until=date(2026, 12, 18), reason="等新文件", now=after(8), origin="test")
    with database.transaction() as session:
        acts.wake(session, actor, id_, now=after(9), origin="test")
    with pytest.raises(Conflict), database.transaction() as session:
        acts.snooze(session, actor, id_, until=date(2026, 12, 24), reason="等新文件", now=after(9), origin="test")


def test_what_turns_serious_ends_its_rest(database: Database) -> None:
    id_ = article(database)
    raise_signal(database, id_)
    tend(database)
    with database.transaction() as session:
        acts.snooze(session, person(database, "hrss-editor"), task(database).id, until=date(2026, 12, 18),
                    reason="等新文件", now=after(0), origin="test")
    raise_signal(database, id_, severity="serious", kind="fact", days=1)
    follow(database, 1)
    assert (task(database).state, task(database).due_on) == ("open", date(2026, 12, 10))


def test_a_task_is_handed_to_who_may_decide_and_is_there(database: Database) -> None:
    raise_signal(database, article(database))
    tend(database)
    actor, id_ = person(database, "hrss-editor"), task(database).id
    with database.transaction() as session:
        absences.announce(session, person(database, "hrss-head"), "hrss-head", first_day=date(2026, 12, 7),
                          last_day=date(2026, 12, 8), now=after(0), origin="test")
    for to, error in (("fund-editor", Invalid), ("clerk", Invalid), ("nobody", Invalid), ("hrss-head", Conflict),
                      ("hrss-editor", Conflict)):
        with pytest.raises(error), database.transaction() as session:
            acts.delegate(session, actor, id_, to=to, now=after(0), origin="test")
    with database.transaction() as session:
        acts.delegate(session, actor, id_, to="hrss-wang", reason="你写过同类", now=after(0), origin="test")
    tend(database, 1)
    assert (task(database).person, task(database).way) == ("hrss-wang", "delegate")


def test_a_task_that_was_put_off_waits_at_once_for_whom_it_is_handed_to(database: Database) -> None:
    raise_signal(database, article(database))
    tend(database)
    actor, id_ = person(database, "hrss-editor"), task(database).id
    with database.transaction() as session:
        acts.snooze(session, actor, id_, until=date(2026, 12, 15), reason="等新文件", now=after(0), origin="test")
        acts.delegate(session, actor, id_, to="hrss-wang", now=after(0), origin="test")
    assert (task(database).state, task(database).snoozed_until, task(database).person) == ("open", None, "hrss-wang")


def test_others_do_not_learn_of_a_task(database: Database) -> None:
    raise_signal(database, article(database))
    tend(database)
    for login in ("fund-editor", "clerk"):
        with pytest.raises(NotFound), database.transaction() as session:
            acts.wake(session, person(database, login), task(database).id, now=after(0), origin="test")


def test_several_are_confirmed_in_one_go_each_for_itself_and_none_that_is_serious(database: Database) -> None:
    for slug, severity in (("card", "warning"), ("house", "serious"), ("levy", "warning")):
        raise_signal(database, article(database, slug), severity=severity)
    tend(database)
    chosen = [Checked(task(database, slug).id, text_hash(database, slug), note)
              for slug, note in (("card", "核对"), ("house", "核对"), ("levy", ""))]
    found = resolving.confirm_each(database, person(database, "hrss-approver"), chosen, now=after(1), origin="test")
    assert [one.error and one.error.code for one in found] == [None, "serious", "evidence"]
    assert [task(database, slug).outcome for slug in ("card", "house", "levy")] == ["confirmed", None, None]


def test_fault_71_who_leaves_loses_the_role_or_is_away_leaves_no_task_behind(database: Database) -> None:
    raise_signal(database, article(database))
    tend(database)
    with database.transaction() as session:
        people.disable_user(session, OPERATOR, "hrss-editor", now=after(0.1))
    assert task(database).person == "hrss-wang"
    with database.transaction() as session:
        people.set_roles(session, OPERATOR, "hrss-wang", [(Role.AGENT, None)], now=after(0.2))
    assert task(database).person == "hrss-approver"
    with database.transaction() as session:
        absences.announce(session, person(database, "hrss-approver"), "hrss-approver", first_day=date(2026, 12, 7),
                          last_day=date(2027, 1, 10), substitute="km", now=after(0.3), origin="test")
    assert (task(database).person, task(database).in_place_of) == ("km", "hrss-approver")
    tend(database, 36)
    assert (task(database).person, task(database).way) == ("hrss-approver", "back")


def test_fault_71_where_everybody_of_a_department_is_gone_a_manager_has_it_until_there_is_somebody(database: Database
                                                                                                  ) -> None:
    raise_signal(database, article(database))
    tend(database)
    with database.transaction() as session:
        for login in ("hrss-editor", "hrss-wang", "hrss-approver", "hrss-head"):
            people.disable_user(session, OPERATOR, login, now=after(0.1))
    assert (task(database).person, task(database).way) == ("km", "manager")
    with database.transaction() as session:
        people.create_user(session, OPERATOR, login="hrss-new", name="", grants=[(Role.EDITOR, "hrss")], password=None,
                           now=after(0.2))
    assert task(database).person == "hrss-new"


def test_fault_71_a_dissolved_departments_tasks_are_its_successors_at_once(database: Database) -> None:
    raise_signal(database, article(database))
    tend(database)
    with database.transaction() as session:
        merge(session, ADMIN, "hrss", into="fund", now=after(1), origin="test")
    assert (task(database).person, task(database).department) == ("fund-editor", "fund")


def test_a_head_who_is_replaced_has_no_tasks_any_more(database: Database) -> None:
    raise_signal(database, article(database), severity="serious")
    for day in (0, 2, 3):
        tend(database, day)
    assert task(database).escalated_to == "hrss-head"
    with database.transaction() as session:
        people.disable_user(session, OPERATOR, "hrss-head", now=after(4))
        set_department(session, ADMIN, "hrss", head="hrss-approver", now=after(4), origin="test")
    assert task(database).escalated_to == "hrss-approver" or task(database).escalated_to == "km"


def test_an_absence_is_said_by_oneself_or_a_manager_and_ends_at_once(database: Database) -> None:
    li = person(database, "hrss-editor")
    days: dict[str, Any] = {"first_day": date(2026, 12, 7), "last_day": date(2027, 1, 10)}
    raise_signal(database, article(database))
    with pytest.raises(Denied), database.transaction() as session:
        absences.announce(session, person(database, "hrss-wang"), "hrss-editor", now=START, origin="test", **days)
    with database.transaction() as session:
        found = absences.announce(session, person(database, "km"), "hrss-editor", substitute="hrss-wang", now=START,
                                  origin="test", **days)
    for wrong in ({"first_day": date(2026, 12, 20)}, {"last_day": date(2026, 12, 1)}, {"substitute": "hrss-editor"},
                  {"substitute": "nobody"}):
        with pytest.raises((Conflict, Invalid)), database.transaction() as session:
            absences.announce(session, li, "hrss-editor", now=START, origin="test", **{**days, **wrong})
    tend(database)
    assert (task(database).person, task(database).in_place_of) == ("hrss-wang", "hrss-editor")
    with database.transaction() as session:
        absences.end(session, li, found.id, now=after(3), origin="test")
    assert task(database).person == "hrss-editor"
    with pytest.raises(NotFound), database.transaction() as session:
        absences.end(session, li, found.id, now=after(3), origin="test")


def test_words_of_a_review_go_with_the_text_that_is_erased_by_law(database: Database) -> None:
    raise_signal(database, article(database))
    tend(database)
    confirmed(database, days=1)
    with database.transaction() as session:
        revision = session.scalars(select(Revision)).one()
        ask_redaction(session, ADMIN, revision, reason="判决", now=after(2), origin="test")
        agree_redaction(session, person(database, "km"), revision, now=after(3), origin="test")
    with database.reading() as session:
        assert set(session.scalars(select(ReviewTask.evidence))) == {""}
        assert set(session.scalars(select(TaskStep.note))) == {""}


def test_the_log_tells_every_act_and_holds(database: Database) -> None:
    raise_signal(database, article(database))
    tend(database)
    confirmed(database, days=1)
    with database.reading() as session:
        assert audit.verify(session).broken_at is None and finding_of(session) is None
        acts_told = session.scalars(select(AuditEntry.action).where(AuditEntry.subject.startswith("review_task:"))
                                    .order_by(AuditEntry.id)).all()
    assert acts_told == ["open_review", "close_review"]

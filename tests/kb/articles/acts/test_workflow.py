"""The way from a draft to a published text: who may do what, in which state, and what two at once are told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kb.actor import CITIZEN, OPERATOR, Actor
from kb.articles.acts import rules, signatures, workflow
from kb.articles.acts.confirming import confirm
from kb.articles.acts.urgency import publish_urgently
from kb.articles.acts.workflow import MOVES, Move
from kb.articles.live import Moment, live_by_slug
from kb.articles.publication import import_retirement, publish, retire
from kb.articles.writing import drafts, submission
from kb.articles.writing.intake import import_history
from kb.articles.writing.rollback import rollback
from kb.db import Database
from kb.errors import Conflict, Denied, Invalid, InvalidTransition, KbError
from kb.models import Article, Draft, Publication, Revision, Signature, State
from kb.reading import opening
from kb.record import audit
from tests.kb.factories import (
    ADMIN,
    MANAGER,
    add_department,
    approver,
    at,
    editor,
    published,
    retired,
    revision_text,
    submitted,
)

AUTHOR = editor()
DONE: dict[str, Any] = {"now": at(9), "origin": "test"}


def act(database: Database, do: Callable[..., Any], actor: Actor, revision_id: str, **more: Any) -> Any:
    """One act on a revision in a transaction of its own; what is signed is what is stored, unless ``shown`` says other.
    """
    with database.transaction() as session:
        revision = session.get_one(Revision, revision_id)
        if do in (signatures.sign, signatures.reject):
            more = {"shown": revision.sha256, **more}
        return do(session, actor, revision, **{**DONE, **more})


def state(database: Database, revision_id: str) -> str:
    with database.reading() as session:
        return session.get_one(Revision, revision_id).state


# --- signatures


@pytest.mark.parametrize("signer", [
    AUTHOR, approver("hrss-editor"), OPERATOR, ADMIN, editor("li"), approver("zhou", "fund"),
], ids=["author", "author as approver", "operator", "admin", "editor", "other department"])
def test_fault_25_nobody_signs_their_own_text_or_without_the_departments_right(database: Database,
                                                                                signer: Actor) -> None:
    add_department(database, "fund")
    revision_id = submitted(database)
    with pytest.raises(Denied):
        act(database, signatures.sign, signer, revision_id, reason="替")
    assert state(database, revision_id) == "in_review"


def test_k3_a_text_is_approved_by_its_owner_and_every_co_owner_each_for_themselves(database: Database) -> None:
    for code in ("fund", "tax"):
        add_department(database, code)
    revision_id = submitted(database, revision_text(co_owners=("fund", "tax")))
    assert act(database, signatures.sign, approver("zhou", "fund"), revision_id) == ["hrss", "tax"]
    with pytest.raises(Conflict, match="has signed"):
        act(database, signatures.sign, approver("zhou", "fund", "hrss"), revision_id)
    assert act(database, signatures.sign, approver("wu", "hrss"), revision_id) == ["tax"]
    with pytest.raises(Denied):
        act(database, signatures.sign, approver("sun", "hrss"), revision_id)  # nothing of theirs is missing
    assert state(database, revision_id) == "in_review"
    assert act(database, signatures.sign, approver("xu", "tax"), revision_id) == []
    assert state(database, revision_id) == "approved"
    with database.reading() as session:
        rows = session.execute(select(Signature.department, Signature.signer, Signature.is_substitute)
                               .order_by(Signature.id)).all()
        assert rows == [("fund", "zhou", False), ("hrss", "wu", False), ("tax", "xu", False)]


def test_who_may_sign_for_several_departments_says_for_which(database: Database) -> None:
    add_department(database, "fund")
    revision_id = submitted(database, revision_text(co_owners=("fund",)))
    both = approver("zhou", "fund", "hrss")
    with pytest.raises(Invalid, match="for which department"):
        act(database, signatures.sign, both, revision_id)
    assert act(database, signatures.sign, both, revision_id, department="fund") == ["hrss"]


def test_a_managers_signature_is_a_substitutes_and_says_why(database: Database) -> None:
    revision_id = submitted(database)
    with pytest.raises(Invalid, match="in place of HRSS"):
        act(database, signatures.sign, MANAGER, revision_id)
    act(database, signatures.sign, MANAGER, revision_id, reason="审批人休假")
    with database.reading() as session:
        assert session.execute(select(Signature.is_substitute, Signature.reason)).all() == [(True, "审批人休假")]


def test_fault_26_a_signature_covers_the_text_that_was_shown(database: Database) -> None:
    revision_id = submitted(database)
    with pytest.raises(Conflict, match="read it again"):
        act(database, signatures.sign, approver(), revision_id, shown="0" * 64)
    assert state(database, revision_id) == "in_review"


def test_a_rule_asks_for_more_signatures_of_the_owner_where_it_fits_best(database: Database) -> None:
    def rule(actor: Actor, department: str, category: str, count: int) -> None:
        with database.transaction() as session:
            rules.set_rule(session, actor, department=department, category=category, owner_signatures=count,
                                **DONE)

    with pytest.raises(Denied):
        rule(approver(), "hrss", "", 1)
    with pytest.raises(Invalid, match="unknown category"):
        rule(MANAGER, "", "通知", 1)
    with database.transaction() as session:
        rules.set_category(session, MANAGER, "通知", risk="low", review_days=None, **DONE)
    rule(MANAGER, "", "", 3)
    rule(MANAGER, "hrss", "", 2)
    rule(MANAGER, "hrss", "通知", 1)
    plain = submitted(database)
    notice = submitted(database, revision_text(category="通知"), slug="notice")
    assert act(database, signatures.sign, approver("a"), plain) == ["hrss"]
    assert act(database, signatures.sign, approver("b"), plain) == []
    assert act(database, signatures.sign, approver("a"), notice) == []
    for bad in ({"department": "nowhere", "count": 1}, {"department": "", "count": 0}, {"department": "", "count": 6}):
        with pytest.raises(Invalid):
            rule(MANAGER, str(bad["department"]), "", int(bad["count"]))


def test_a_rejected_text_is_taken_up_again_and_gets_a_new_number(database: Database) -> None:
    first = submitted(database)
    with pytest.raises(Invalid, match="why"):
        act(database, signatures.reject, approver(), first, reason=" ")
    act(database, signatures.reject, approver(), first, reason="金额不对")
    assert state(database, first) == "rejected"
    with pytest.raises(InvalidTransition, match=r"rejected.*hrss-approver"):
        act(database, signatures.sign, approver("wu"), first)
    with database.transaction() as session:
        draft = drafts.edit(session, AUTHOR, "card", number=1, **DONE)
        second = submission.submit(session, AUTHOR, draft.id, seen=draft.version, **DONE)
        assert (draft.text.source, second.number, second.state) == ("免费。", 2, "in_review")


def test_k2_the_database_itself_refuses_an_own_signature_another_hash_and_an_unknown_state(database: Database) -> None:
    revision_id = submitted(database)
    with database.reading() as session:
        sha256 = session.get_one(Revision, revision_id).sha256
    row = ("INSERT INTO signature (revision_id, author, sha256, department, signer, decision, reason, is_substitute, "
           "is_imported, signed_at) VALUES (:r, :a, :h, 'hrss', :s, 'signed', '', FALSE, FALSE, '2026-01-01')")
    for author, signer, shown in (("hrss-editor", "hrss-editor", sha256), ("hrss-editor", "wu", "0" * 64),
                                  ("somebody", "hrss-editor", sha256)):
        with pytest.raises((Conflict, IntegrityError)), database.transaction() as session:
            session.execute(text(row), {"r": revision_id, "a": author, "h": shown, "s": signer})
    with pytest.raises((Conflict, IntegrityError)), database.transaction() as session:
        session.execute(text("UPDATE revision SET state = 'draft'"))


def test_a_co_owner_is_not_dropped_unasked(database: Database) -> None:
    add_department(database, "fund")
    published(database, revision_text("一", co_owners=("fund",)))
    revision_id = submitted(database, revision_text("二"), day=1)
    assert act(database, signatures.sign, approver(), revision_id) == ["fund"]
    assert act(database, signatures.sign, approver("xu", "fund"), revision_id) == []
    act(database, publish, approver(), revision_id)
    assert act(database, signatures.sign, approver(), submitted(database, revision_text("三"), day=2)) == []


def test_nothing_is_signed_for_an_article_that_is_retired(database: Database) -> None:
    published(database)
    revision_id = submitted(database, revision_text("新"), day=1)
    retired(database, day=2)
    with pytest.raises(InvalidTransition, match="retired"):
        act(database, signatures.sign, approver(), revision_id)


# --- moves


def test_no_move_is_made_but_those_of_the_table(database: Database) -> None:
    acts: dict[Move, Callable[[str], Any]] = {
        Move.APPROVE: lambda r: act(database, signatures.sign, approver("wu"), r),
        Move.REJECT: lambda r: act(database, signatures.reject, approver("wu"), r, reason="x"),
        Move.WITHDRAW: lambda r: act(database, workflow.withdraw, AUTHOR, r, reason=""),
        Move.PUBLISH: lambda r: act(database, publish, approver("wu"), r),
        Move.PUBLISH_URGENTLY: lambda r: act(database, publish_urgently, approver("wu"), r, reason="台风"),
    }

    def ask(signatures_wanted: int) -> None:
        with database.transaction() as session:
            rules.set_rule(session, MANAGER, department="", category="", owner_signatures=signatures_wanted, **DONE)

    ask(2)
    ways: dict[State, tuple[Move, ...]] = {
        State.IN_REVIEW: (), State.APPROVED: (Move.APPROVE,), State.PUBLISHED: (Move.APPROVE, Move.PUBLISH),
        State.WITHDRAWN: (Move.WITHDRAW,), State.REJECTED: (Move.REJECT,)}
    assert ways.keys() == set(State)
    for start, way in ways.items():
        for move in Move:
            slug = f"{start.value.replace('_', '-')}-{move.value.replace('_', '-')}"
            revision_id = submitted(database, revision_text(slug), slug=slug)
            act(database, signatures.sign, approver("first"), revision_id)
            for step in way:
                acts[step](revision_id)
            assert state(database, revision_id) == start
            if (start, move) in MOVES:
                ask(3 if (start, move) == (State.APPROVED, Move.PUBLISH_URGENTLY) else 2)  # else it is simply published
                acts[move](revision_id)
                ask(2)
                assert state(database, revision_id) == MOVES[start, move]
            else:
                with pytest.raises(KbError):
                    acts[move](revision_id)
                assert state(database, revision_id) == start


def test_withdrawing_is_for_the_author_and_who_writes_for_the_department(database: Database) -> None:
    add_department(database, "fund")
    for n, (actor, may) in enumerate((
            (AUTHOR, True), (editor("li"), True), (MANAGER, True), (approver("w", "fund"), False),
            (editor("x", "fund"), False), (OPERATOR, False))):
        revision_id = submitted(database, slug=f"card-{n}")
        if may:
            act(database, workflow.withdraw, actor, revision_id, reason="重写")
        else:
            with pytest.raises(Denied):
                act(database, workflow.withdraw, actor, revision_id, reason="")
        assert (state(database, revision_id) == "withdrawn") is may


def test_only_what_is_signed_is_published_and_only_by_the_articles_owner(database: Database) -> None:
    add_department(database, "fund")
    revision_id = submitted(database, revision_text(co_owners=("fund",)))
    with pytest.raises(InvalidTransition):
        act(database, publish, approver(), revision_id)
    act(database, signatures.sign, approver("a", "fund"), revision_id)
    act(database, signatures.sign, approver("b"), revision_id)
    for actor in (approver("a", "fund"), editor("li"), ADMIN, OPERATOR):
        with pytest.raises(Denied):
            act(database, publish, actor, revision_id)
    act(database, publish, approver("c"), revision_id)
    with pytest.raises(InvalidTransition, match=r"published.*by c"):
        act(database, publish, approver(), revision_id)


def test_a_rule_made_stricter_after_the_signatures_holds_at_publishing(database: Database) -> None:
    revision_id = submitted(database)
    act(database, signatures.sign, approver("a"), revision_id)
    with database.transaction() as session:
        rules.set_rule(session, MANAGER, department="", category="", owner_signatures=2, **DONE)
    with pytest.raises(Conflict, match="waits for signatures of hrss"):
        act(database, publish, approver("a"), revision_id)
    assert act(database, signatures.sign, approver("b"), revision_id) == []  # and is given afterwards
    act(database, publish, approver("a"), revision_id)


def test_a_text_that_was_overtaken_is_not_published_over_what_it_never_saw(database: Database) -> None:
    published(database, revision_text("一"))
    late = submitted(database, revision_text("二"), day=1)
    act(database, signatures.sign, approver(), late)
    first = submitted(database, revision_text("三"), day=2)
    for do in (signatures.sign, publish):
        act(database, do, approver("b"), first)
    with pytest.raises(Conflict, match="already published"):
        act(database, publish, approver(), late)
    act(database, workflow.withdraw, AUTHOR, late, reason="被覆盖")
    published(database, revision_text("四"), slug="other")
    waits = submitted(database, revision_text("五"), slug="other", day=1)
    act(database, signatures.sign, approver(), waits)
    published(database, revision_text("六"), slug="other", number=9, day=2)
    newer = submitted(database, revision_text("七"), slug="other", day=3)
    act(database, signatures.sign, approver(), newer)
    with database.transaction() as session:  # as if a release without the check had let it through
        session.get_one(Revision, newer).base_id = session.get_one(Revision, waits).base_id
    with pytest.raises(Conflict, match="was written before revision 9"):
        act(database, publish, approver(), newer)


def test_fault_27_a_text_changed_after_its_signatures_needs_them_anew(database: Database) -> None:
    revision_id = submitted(database, revision_text("十元"))
    act(database, signatures.sign, approver(), revision_id)
    with database.transaction() as session:
        draft = drafts.edit(session, AUTHOR, "card", number=1, **DONE)
        drafts.save(session, AUTHOR, draft.id, revision_text("百元"), seen=1, **DONE)
        changed = submission.submit(session, AUTHOR, draft.id, seen=2, **DONE)
        assert (changed.state, signatures.waiting_for(session, changed)) == ("in_review", ["hrss"])
        with pytest.raises(InvalidTransition):
            publish(session, approver(), changed, **DONE)
    with pytest.raises((Conflict, IntegrityError)), database.transaction() as session:  # nor beside the services
        session.execute(text("UPDATE revision SET sha256 = 'x' WHERE number = 1"))


# --- takeover


def test_k1_another_department_lays_no_hand_on_an_article_whatever_its_text_claims(database: Database) -> None:
    add_department(database, "transport")
    published(database, revision_text("一"))
    stranger = editor("evil", "transport")
    with pytest.raises(Conflict, match="another department"), database.transaction() as session:
        drafts.start(session, stranger, "card", revision_text("夺", owner="transport"), **DONE)
    with pytest.raises(Denied), database.transaction() as session:
        drafts.edit(session, stranger, "card", **DONE)
    with pytest.raises(Denied), database.transaction() as session:
        drafts.start(session, stranger, "card", revision_text("夺"), **DONE)
    with database.transaction() as session:
        mine = drafts.edit(session, AUTHOR, "card", **DONE)
    with pytest.raises(Conflict, match="changes hands"), database.transaction() as session:
        drafts.save(session, AUTHOR, mine.id, revision_text("送", owner="transport"), seen=1, **DONE)
    for who in (OPERATOR, MANAGER):
        with pytest.raises(Conflict, match="another department"), database.transaction() as session:
            import_history(session, who, "card", revision_text("四", owner="transport"), number=4,
                           signed={"them": at(8)}, **DONE)


# --- history, times of the past


def act_in_the_past(session: Session, what: str, slug: str, who: Actor, when: datetime) -> None:
    """One act, done on day 9 and stated to have been done at ``when``."""
    article = session.scalars(select(Article).where(Article.slug == slug)).one()
    revision = session.scalars(select(Revision).where(Revision.article_id == article.id)).one()
    if what == "sign":
        import_history(session, who, f"{slug}-new", revision_text(), number=1, signed={"zhou": when}, **DONE)
    elif what == "create":
        import_history(session, who, f"{slug}-new", revision_text(), number=1, signed={"zhou": at(1)}, created_at=when,
                       **DONE)
    elif what == "publish":
        publish(session, who, revision, published_at=when, **DONE)
    else:
        retire(session, who, article, reason="x", successor=None, retired_at=when, **DONE)


@pytest.mark.parametrize("what", ["sign", "publish", "retire", "create"])
def test_fault_22_times_of_the_past_are_stated_only_by_who_may_import_history(database: Database, what: str) -> None:
    with database.transaction() as session:
        for slug in ("first", "second"):
            import_history(session, OPERATOR, slug, revision_text(), number=1, signed={"wu": at(0)}, **DONE)
        act_in_the_past(session, what, "first", MANAGER, at(5))
    for who, when, error in ((approver("zhou", "hrss"), at(5), Denied), (MANAGER, at(10), Invalid)):
        with pytest.raises(error), database.transaction() as session:
            act_in_the_past(session, what, "second", who, when)


def test_k2_history_stays_marked_as_imported_and_names_its_signers(database: Database) -> None:
    published(database)
    with database.reading() as session:
        assert session.execute(select(Signature.signer, Signature.is_imported, Signature.department)).all() == [
            ("hrss-approver", True, None)]
        assert [e.action for e in audit.tail(session)] == ["publish", "import_history"]
    with pytest.raises(Denied, match="their own text"), database.transaction() as session:
        import_history(session, MANAGER, "x", revision_text(author="km"), number=1, signed={"ghost": at(0)}, **DONE)
    for signed, error in (({}, Invalid), ({"hrss-editor": at(0)}, Denied)):
        with pytest.raises(error), database.transaction() as session:
            import_history(session, OPERATOR, "x", revision_text(), number=1, signed=signed, **DONE)


def test_published_at_a_time_of_the_past_is_live_from_then(database: Database) -> None:
    with database.transaction() as session:
        revision, _ = import_history(session, OPERATOR, "card", revision_text(), number=1, signed={"wu": at(1)}, **DONE)
        publish(session, MANAGER, revision, published_at=at(3), **DONE)
    with database.reading() as session:
        assert session.scalars(select(Publication.published_at)).all() == [at(3)]


def test_nothing_is_published_or_retired_before_the_last_publication(database: Database) -> None:
    published(database, day=5)
    with pytest.raises(Invalid, match="before the last"), database.transaction() as session:
        revision, _ = import_history(session, OPERATOR, "card", revision_text("二"), number=2, signed={"wu": at(1)},
                                     **DONE)
        publish(session, MANAGER, revision, published_at=at(4), **DONE)
    with pytest.raises(Invalid, match="before the last"):
        retired(database, day=4)


def test_an_article_cannot_be_its_own_successor_by_any_way(database: Database) -> None:
    for slug in ("a", "b", "c"):
        published(database, slug=slug)
    retired(database, "a", day=1, successor="b")
    retired(database, "b", day=2, successor="c")
    with pytest.raises(Invalid, match="its own place"):
        retired(database, "c", day=3, successor="c")
    with pytest.raises(Invalid, match="lead back"), database.transaction() as session:
        last, first = (session.scalars(select(Article).where(Article.slug == slug)).one() for slug in ("c", "a"))
        import_retirement(session, OPERATOR, last, reason="", successor=first, now=at(3), origin="import")
    with pytest.raises(InvalidTransition):
        retired(database, "a", day=4)
    with pytest.raises(Invalid, match="successor or a reason"):
        retired(database, "c", day=4, reason=" ")
    submitted(database, slug="never-published")
    with pytest.raises(Invalid, match="no published text"):
        retired(database, "c", day=4, successor="never-published")


def test_a_successor_that_is_retired_itself_leads_nowhere_and_is_refused(database: Database) -> None:
    for slug in ("a", "b", "c"):
        published(database, slug=slug)
    retired(database, "a", day=1)
    retired(database, "b", day=1, successor="c")
    published(database)
    for gone in ("a", "b"):
        with pytest.raises(Invalid, match=f"{gone} is retired itself"):
            retired(database, day=2, successor=gone)
    with database.transaction() as session:  # elsewhere it was so, and stays so
        one, other = (session.scalars(select(Article).where(Article.slug == slug)).one() for slug in ("card", "a"))
        import_retirement(session, OPERATOR, one, reason="", successor=other, now=at(3), origin="import")


def test_words_that_others_signed_and_that_were_published_may_be_signed_again_by_who_wrote_them(database: Database
                                                                                                ) -> None:
    published(database, revision_text("一", author="wu"))
    published(database, revision_text("二"), number=2, day=1)
    with database.transaction() as session:
        draft = rollback(session, AUTHOR, "card", 1, now=at(2), origin="test")
        back = submission.submit(session, AUTHOR, draft.id, seen=draft.version, now=at(2), origin="test").id
    act(database, signatures.sign, approver("wu"), back)
    assert state(database, back) == State.APPROVED


def test_words_that_were_never_published_are_signed_by_nobody_who_wrote_them_whoever_takes_them_up(database: Database
                                                                                                   ) -> None:
    published(database)
    left = submitted(database, revision_text("从未发布的话。", author="wu"), day=1)
    act(database, signatures.reject, approver("sun"), left, reason="不对")
    with database.transaction() as session:
        number = session.get_one(Revision, left).number
        draft = drafts.edit(session, AUTHOR, "card", number=number, now=at(2), origin="test")
        again = submission.submit(session, AUTHOR, draft.id, seen=draft.version, now=at(2), origin="test").id
    with pytest.raises(Denied):
        act(database, signatures.sign, approver("wu"), again)


# --- confirming


def test_a_confirmation_moves_the_review_and_nothing_else(database: Database) -> None:
    published(database, revision_text(review_by=at(30)))
    with database.transaction() as session:
        before = session.scalars(select(Revision.sha256)).one()
        confirm(session, AUTHOR, "card", review_by=at(200), note="与窗口核对", **DONE)
    with database.reading() as session:
        assert session.scalars(select(Revision.sha256)).one() == before
        live = live_by_slug(session, CITIZEN, Moment(at(9), at(9)), "card")
        assert live is not None and live.review_by == at(200)
        assert opening.open_article(session, CITIZEN, "card", now=at(9)).review_by == at(200)
    for actor, when, error in ((AUTHOR, at(9), Invalid), (AUTHOR, at(200), Invalid), (ADMIN, at(300), Denied),
                               (editor("x", "fund"), at(300), Denied), (OPERATOR, at(300), Denied)):
        with pytest.raises(error), database.transaction() as session:
            confirm(session, actor, "card", review_by=when, **DONE)
    published(database, revision_text("将来", effective_from=at(100), review_by=at(110)), number=2, day=3)
    with database.transaction() as session:  # the text in force is meant, not the one ahead, which nobody has read yet
        confirm(session, AUTHOR, "card", review_by=at(300), **DONE)
    with database.reading() as session:
        found = [opening.open_revision(session, CITIZEN, "card", number, now=at(9)).review_by for number in (1, 2)]
        assert found == [at(300), at(110)]
    retired(database, day=10)
    with pytest.raises(InvalidTransition), database.transaction() as session:
        confirm(session, AUTHOR, "card", review_by=at(400), **DONE)


def test_who_says_what_was_seen_confirms_no_other_text(database: Database) -> None:
    published(database)
    published(database, revision_text("新", effective_from=at(2)), number=2, day=2)
    with database.reading() as session:
        old, new = session.scalars(select(Revision.sha256).order_by(Revision.number)).all()
    with pytest.raises(Conflict, match=r"revision 2 of card is in force now.*read it again") as refused, \
            database.transaction() as session:
        confirm(session, AUTHOR, "card", review_by=at(200), shown=old, **DONE)
    assert (refused.value.code, refused.value.facts["fields"]) == ("other_text", {"sha256": "of another text"})
    with database.transaction() as session:
        assert confirm(session, AUTHOR, "card", review_by=at(200), shown=new, **DONE).review_by == at(200)


def test_a_refusal_leaves_nothing_half_done(database: Database) -> None:
    with pytest.raises(KbError), database.transaction() as session:
        draft = drafts.start(session, AUTHOR, "card", revision_text(), **DONE)
        revision = submission.submit(session, AUTHOR, draft.id, seen=1, **DONE)
        signatures.sign(session, AUTHOR, revision, shown=revision.sha256, **DONE)
    with database.reading() as session:
        assert session.query(Article).count() == session.query(Draft).count() == session.query(Signature).count() == 0

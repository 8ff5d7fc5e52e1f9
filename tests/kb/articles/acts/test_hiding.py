"""Out of sight at once, on all roads; two days by one signature; back again; and what was public by mistake."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kb.actor import CITIZEN, OPERATOR, Actor, Role
from kb.articles import feed, publication
from kb.articles.acts import hiding, signatures
from kb.articles.acts.hiding import ALONE, hide, show, sign_hiding
from kb.articles.live import Moment, live_articles, live_by_slug, live_within
from kb.articles.writing import drafts, submission
from kb.db import Database
from kb.errors import Conflict, Denied, Invalid, InvalidTransition, KbError, NotFound
from kb.models import OutboxEvent, PassageRow, Revision
from kb.reading import browsing, comparing, opening
from kb.record import audit
from kb.settings import Settings
from tests.kb.articles.test_races import at_once
from tests.kb.factories import (
    ADMIN,
    AGENT,
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

DONE: dict[str, Any] = {"now": at(9), "origin": "test"}
OTHER = approver("wu")


def act(database: Database, do: Callable[..., Any], actor: Actor, **more: Any) -> Any:
    with database.transaction() as session:
        return do(session, actor, "card", **{**DONE, **more})


def seen(database: Database, viewer: Actor = CITIZEN, *, day: float = 9, known: float | None = None) -> bool:
    with database.reading() as session:
        moment = Moment(at(day), at(day if known is None else known), at(day))
        return live_by_slug(session, viewer, moment, "card") is not None


def test_fault_61_a_hidden_article_is_gone_from_every_road_at_once(database: Database) -> None:
    revision_id = published(database)
    with database.transaction() as session:
        feed.record_passages(session, session.get_one(Revision, revision_id).article_id,
                             {revision_id: [feed.PassageSpan(0, 0, 3, (), "免费。")]})

    def roads() -> list[bool]:
        now = Moment(at(9), at(9))
        with database.reading() as session:
            article_id = session.get_one(Revision, revision_id).article_id
            counts = browsing.list_departments(session, AGENT, now=at(9))
            return [bool(found) for found in (
                live_articles(session, AGENT, now), live_by_slug(session, AGENT, now, "card"),
                live_within(session, AGENT, article_id, at(1), at(3), known_at=at(9)),
                feed.passages_containing(session, AGENT, now, ["免费"]), counts[0].live_articles,
                live_by_slug(session, AGENT, Moment(at(2), at(2), at(9)), "card"))]  # nor of the past

    assert all(roads())
    act(database, hide, approver(), reason="金额有误")
    assert not any(roads())
    assert not seen(database, CITIZEN) and not seen(database, OPERATOR)
    with database.reading() as session:
        assert session.scalars(select(OutboxEvent.kind).order_by(OutboxEvent.id.desc()).limit(1)).one() == "hidden"
        for address in (lambda: opening.open_article(session, CITIZEN, "card", now=at(9)),
                        lambda: opening.open_revision(session, CITIZEN, "card", 1, now=at(9)),
                        lambda: opening.list_revisions(session, CITIZEN, "card", now=at(9))):
            with pytest.raises(NotFound, match="not public now"):
                address()
        page = opening.open_article(session, AGENT, "card", now=at(9))
        assert page.hidden is not None and page.live_number is None
        assert (page.hidden.reason, page.hidden.hidden_by, page.hidden.hidden_at, page.hidden.until) == (
            "金额有误", "hrss-approver", at(9), at(11))
        assert session.scalars(select(PassageRow.text)).all() == ["免费。"]  # nothing is thrown away
    act(database, show, OTHER, now=at(10))
    assert seen(database, day=10) and seen(database, day=8) and not seen(database, day=10, known=9.5)
    with database.reading() as session:
        assert opening.open_article(session, AGENT, "card", now=at(10)).hidden is None
        assert [e.action for e in audit.tail(session, 2)] == ["show", "hide"]


def test_one_signature_hides_for_two_days_and_time_ends_it(database: Database) -> None:
    published(database)
    act(database, hide, MANAGER, reason="核对")
    assert [seen(database, day=day) for day in (8.9, 9, 10.99, 11)] == [True, False, False, True]
    for until in (at(9), at(9) + ALONE + timedelta(seconds=1)):
        with pytest.raises(Invalid, match="2 days at most"):
            act(database, hide, OTHER, reason="再", now=at(20), until=until)
    with pytest.raises(InvalidTransition, match=r"not hidden.*seen again since 2026-01-12 08:00"):
        act(database, show, MANAGER, now=at(12))


def test_nobody_makes_two_days_four_by_hiding_it_again(database: Database) -> None:
    published(database)
    act(database, hide, MANAGER, reason="核对")
    with pytest.raises(Denied, match="another person"):
        act(database, hide, MANAGER, reason="再", now=at(11))
    act(database, hide, OTHER, reason="还不对", now=at(11))
    assert not seen(database, day=12)


@pytest.mark.parametrize("shown", [9, 10, 10.9])
def test_nor_by_showing_it_in_between(database: Database, shown: float) -> None:
    published(database)
    act(database, hide, MANAGER, reason="核对")
    act(database, show, MANAGER, now=at(shown))
    for day in (shown, shown + 0.01, shown + 1.9):
        with pytest.raises(Denied, match="another person"):
            act(database, hide, MANAGER, reason="再", now=at(day))
    act(database, hide, OTHER, reason="还不对", now=at(shown + 0.1))
    act(database, show, MANAGER, now=at(shown + 0.2))
    act(database, hide, MANAGER, reason="另有错", now=at(shown + 0.3))  # another person has hidden it since


def test_who_shows_what_another_signed_may_hide_it_once_more(database: Database) -> None:
    published(database)
    act(database, hide, MANAGER, reason="核对")
    act(database, sign_hiding, OTHER)
    act(database, show, MANAGER, now=at(10))
    act(database, hide, MANAGER, reason="再", now=at(10.1))
    act(database, show, MANAGER, now=at(10.2))
    with pytest.raises(Denied, match="another person"):
        act(database, hide, MANAGER, reason="再", now=at(10.3))


def test_the_second_signature_of_another_makes_it_last_until_it_is_shown(database: Database) -> None:
    add_department(database, "fund")
    published(database)
    act(database, hide, approver(), reason="核对")
    for who, error in ((approver(), Denied), (approver("zhou", "fund"), Denied), (editor(), Denied), (AGENT, Denied),
                       (ADMIN, Denied), (OPERATOR, Denied)):
        with pytest.raises(error):
            act(database, sign_hiding, who, now=at(10))
    found = act(database, sign_hiding, OTHER, now=at(10))
    assert (found.until, found.signed_by) == (None, "wu")
    with pytest.raises(Conflict, match="wu has signed"):
        act(database, sign_hiding, MANAGER, now=at(10))
    with pytest.raises(Conflict, match="hidden already"):
        act(database, hide, MANAGER, reason="x", now=at(10))
    assert not seen(database, day=300)
    act(database, show, approver(), now=at(300))
    assert seen(database, day=300)


@pytest.mark.parametrize("who", [editor(), AGENT, ADMIN, OPERATOR, CITIZEN, approver("zhou", "fund")],
                         ids=["editor", "agent", "admin", "operator", "citizen", "other department"])
def test_only_who_may_sign_for_the_owner_hides_or_shows(database: Database, who: Actor) -> None:
    add_department(database, "fund")
    published(database)
    for do, more in ((hide, {"reason": "x"}), (show, {})):
        with pytest.raises(Denied):
            act(database, do, who, **more)
    with pytest.raises(Invalid, match="why"):
        act(database, hide, MANAGER, reason=" ")
    assert seen(database)


def test_what_was_never_published_is_not_hidden_and_what_is_retired_can_be(database: Database) -> None:
    submitted(database)
    with pytest.raises(InvalidTransition, match="no published text"):
        act(database, hide, MANAGER, reason="x")
    published(database, number=2)
    retired(database, day=3)
    act(database, hide, MANAGER, reason="内有姓名")
    with database.reading() as session, pytest.raises(NotFound, match="not public now"):
        opening.open_article(session, CITIZEN, "card", now=at(9))


def test_a_text_published_while_its_article_is_hidden_stays_out_of_sight(database: Database) -> None:
    published(database)
    act(database, hide, MANAGER, reason="x")
    published(database, revision_text("新"), number=2, day=9.5)
    assert not seen(database, day=10)
    act(database, show, MANAGER, now=at(10))
    with database.reading() as session:
        live = live_by_slug(session, CITIZEN, Moment(at(10), at(10)), "card")
        assert live is not None and live.number == 2


@pytest.mark.parametrize("again", range(3))
def test_fault_69_hiding_against_publishing_and_against_hiding(database: Database, settings: Settings,
                                                               again: int) -> None:
    published(database)
    revision_id = submitted(database, revision_text(f"新{again}"), day=1)
    with database.transaction() as session:
        row = session.get_one(Revision, revision_id)
        signatures.sign(session, approver(), row, shown=row.sha256, **DONE)

    def publish(session: Session) -> str:
        publication.publish(session, OTHER, session.get_one(Revision, revision_id), **DONE)
        return "published"

    found = at_once(settings, publish, *((lambda s, who=who: hide(s, who, "card", reason="x", **DONE).hidden_by)
                                         for who in (MANAGER, OTHER)))  # type: ignore[misc]
    assert found[0] == "published"
    won, told = sorted(found[1:], key=lambda result: isinstance(result, KbError))
    assert won in ("km", "wu") and isinstance(told, Conflict) and f"by {won}" in told.message
    assert not seen(database)


def test_the_database_itself_wants_a_second_person_and_an_end(database: Database) -> None:
    published(database)
    act(database, hide, MANAGER, reason="x")
    for change in ("signed_by = 'km'", "until = NULL", "until = '2020-01-01 00:00:00.000000'"):
        with pytest.raises((Conflict, IntegrityError)), database.transaction() as session:
            session.execute(text(f"UPDATE hiding SET {change}"))


def test_s14_what_was_public_by_mistake_is_not_read_by_citizens_once_the_article_is_internal(database: Database
                                                                                             ) -> None:
    published(database, revision_text("内部电话"))
    published(database, revision_text("内部电话", audience="agent"), number=2, day=5)
    past = Moment(at(2), at(2), at(9))
    with database.reading() as session:
        for address in (lambda: opening.open_article(session, CITIZEN, "card", now=at(9)),
                        lambda: opening.open_revision(session, CITIZEN, "card", 1, now=at(9)),
                        lambda: comparing.compare(session, CITIZEN, "card", 1, 2, now=at(9))):
            with pytest.raises(NotFound, match="not public now"):
                address()
        assert live_by_slug(session, CITIZEN, past, "card") is None
        assert live_by_slug(session, AGENT, past, "card") is not None
        assert opening.open_revision(session, AGENT, "card", 1, now=at(9)).source == "内部电话"
    published(database, revision_text("公开电话"), number=3, day=6)
    with database.reading() as session:
        assert opening.open_article(session, CITIZEN, "card", now=at(9)).number == 3
        with pytest.raises(NotFound, match=r"revision 1 .* not public now"):  # the mistake does not come back with it
            opening.open_revision(session, CITIZEN, "card", 1, now=at(9))
        assert [e.number for e in opening.list_revisions(session, CITIZEN, "card", now=at(9))] == [3]
        with pytest.raises(NotFound, match="no revision 2"):  # this one never was
            opening.open_revision(session, CITIZEN, "card", 2, now=at(9))


def test_an_internal_text_that_is_still_to_come_leaves_the_public_one_where_it_is(database: Database) -> None:
    published(database)
    published(database, revision_text("内部", audience="agent", effective_from=at(20)), number=2, day=5)
    assert seen(database, day=19) and not seen(database, day=20) and seen(database, AGENT, day=20)


def test_hidden_articles_are_listed_for_the_staff(database: Database) -> None:
    for slug in ("card", "house"):
        published(database, slug=slug)
    with database.transaction() as session:
        hide(session, MANAGER, "house", reason="二", **DONE)
        hide(session, MANAGER, "card", reason="一", **DONE)
        sign_hiding(session, approver(), "house", **DONE)
    with database.reading() as session:
        assert [(slug, h.reason) for slug, h in hiding.list_hidden(session, now=at(10))] == [("card", "一"),
                                                                                             ("house", "二")]
        assert [slug for slug, _ in hiding.list_hidden(session, now=at(12))] == ["house"]


def test_a_hidden_articles_drafts_go_on(database: Database) -> None:
    published(database)
    act(database, hide, MANAGER, reason="x")
    with database.transaction() as session:
        draft = drafts.edit(session, editor(), "card", **DONE)
        found = drafts.save(session, editor(), draft.id, revision_text("改"), seen=1, **DONE)
        assert submission.submit(session, editor(), found.id, seen=2, **DONE).number == 2


def test_an_actor_of_two_departments_hides_for_the_owner(database: Database) -> None:
    both = Actor("u-b", "b", frozenset({Role.APPROVER}), frozenset({(Role.APPROVER, "hrss"), (Role.APPROVER, "fund")}))
    published(database)
    assert act(database, hide, both, reason="x").hidden_by == "b"

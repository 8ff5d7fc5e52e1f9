"""Pages for a viewer: citations open for ever, banners tell the truth, what one may not know does not exist."""

from __future__ import annotations

import pytest
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState

from kb.actor import CITIZEN, OPERATOR, Actor, Role
from kb.db import Database
from kb.errors import Invalid, NotFound
from kb.reading import browsing, comparing, opening
from kb.reading.standing import Status
from tests.kb.factories import AGENT, add_department, at, published, retired, revision_text, submitted

EDITOR = Actor("u-ed", "hrss-editor", frozenset({Role.EDITOR}), frozenset({(Role.EDITOR, "hrss")}))
STRANGER = Actor("u-st", "fund-editor", frozenset({Role.EDITOR}), frozenset({(Role.EDITOR, "fund")}))


def opened(database: Database, viewer: Actor, number: int | None = None, *, day: float = 90,
           slug: str = "card") -> opening.RevisionPage:
    with database.reading() as session:
        if number is None:
            return opening.open_article(session, viewer, slug, now=at(day))
        return opening.open_revision(session, viewer, slug, number, now=at(day))


def changelog(database: Database, viewer: Actor, *, day: float = 90) -> list[int]:
    with database.reading() as session:
        return [entry.number for entry in opening.list_revisions(session, viewer, "card", now=at(day))]


def test_an_old_revision_opens_after_it_was_superseded_and_after_retirement(database: Database) -> None:
    published(database, revision_text("旧文"), number=1)
    published(database, revision_text("新文", effective_from=at(30)), number=2, day=10)
    published(database, slug="merged")
    page = opened(database, CITIZEN, 1, day=40)
    assert (page.source, page.live_number, page.retirement) == ("旧文", 2, None)
    assert (page.standing.status, page.standing.since, page.standing.by) == (Status.SUPERSEDED, at(30), 2)
    retired(database, day=50, successor="merged")
    page = opened(database, CITIZEN, 1, day=60)
    assert (page.source, page.live_number, page.standing.status) == ("旧文", None, Status.SUPERSEDED)
    assert page.retirement == opening.Retirement(at(50), "合并", "merged", "补卡")
    assert opened(database, CITIZEN, 2, day=60).standing.status == Status.RETIRED


def test_the_articles_own_address_shows_the_live_revision_else_the_newest_published_one(database: Database) -> None:
    published(database, revision_text("一"), number=1)
    published(database, revision_text("二", effective_from=at(30), effective_to=at(60)), number=2, day=10)
    submitted(database, revision_text("三"), day=20)
    assert [opened(database, OPERATOR, day=day).number for day in (29, 30, 61)] == [1, 2, 2]
    assert opened(database, OPERATOR, day=61).standing.status == Status.EXPIRED


def test_fault_30_a_revision_for_agents_does_not_exist_for_citizens(database: Database) -> None:
    published(database, revision_text("公开"), number=1)
    published(database, revision_text("内部", audience="agent", effective_from=at(30)), number=2, day=10)
    with pytest.raises(NotFound) as hidden:
        opened(database, CITIZEN, 2)
    with pytest.raises(NotFound) as absent:
        opened(database, CITIZEN, 9)
    assert hidden.value.message == absent.value.message.replace("9", "2")
    page = opened(database, CITIZEN, day=29)
    assert (page.source, page.live_number, page.standing.status, page.standing.by) == ("公开", 1, Status.IN_FORCE, None)
    assert (changelog(database, CITIZEN, day=29), changelog(database, AGENT)) == ([1], [2, 1])
    with pytest.raises(NotFound, match="not public now"):  # nor does an old text stay public once the article is not
        opened(database, CITIZEN, 1)
    with database.reading() as session, pytest.raises(NotFound):
        comparing.compare(session, CITIZEN, "card", 1, 2, now=at(90))


def test_fault_29_a_hidden_article_costs_a_citizen_the_statements_of_one_that_is_not_there(database: Database) -> None:
    published(database, revision_text(audience="agent"), slug="inside")
    submitted(database, revision_text("草稿"), slug="draft")

    def statements(slug: str) -> list[tuple[str, int]]:
        """Each statement sent to the database, with how many rows it gave."""
        sent: list[tuple[str, int]] = []
        with database.reading() as session:
            def note(state: ORMExecuteState) -> None:
                result = state.invoke_statement().freeze()
                sent.append((str(state.statement), len(result().all())))

            event.listen(session, "do_orm_execute", note)
            with pytest.raises(NotFound):
                opening.open_article(session, CITIZEN, slug, now=at(90))
        return sent

    assert statements("inside") == statements("draft") == statements("nothing") != []


def test_fault_28_a_draft_is_known_only_to_those_who_write_or_sign_in_its_departments(database: Database) -> None:
    add_department(database, "fund")
    published(database, number=1)
    submitted(database, revision_text("草稿"), day=20)
    for viewer in (CITIZEN, AGENT, STRANGER):
        assert changelog(database, viewer) == [1]
        with pytest.raises(NotFound):
            opened(database, viewer, 2)
    assert opened(database, EDITOR, 2).standing.status == Status.UNPUBLISHED
    submitted(database, revision_text("会签", co_owners=("fund",)), day=21)
    assert opened(database, STRANGER, 3).co_owners[0].code == "fund"


def test_citizens_are_not_told_who_wrote_and_signed(database: Database) -> None:
    published(database)
    assert (opened(database, CITIZEN).author, opened(database, CITIZEN).approvers) == ("", ())
    assert (opened(database, AGENT).author, opened(database, AGENT).approvers) == ("hrss-editor", ("hrss-approver",))


def test_a_successor_that_the_viewer_may_not_read_is_not_named(database: Database) -> None:
    published(database)
    published(database, revision_text(audience="agent"), slug="inside")
    retired(database, day=5, successor="inside")
    facts = opened(database, CITIZEN).retirement
    assert facts is not None and (facts.successor_slug, facts.successor_title) == (None, None)
    facts = opened(database, AGENT).retirement
    assert facts is not None and facts.successor_slug == "inside"


def test_two_revisions_are_compared_with_their_dates(database: Database) -> None:
    published(database, revision_text("费用\n\n15元"), number=1)
    published(database, revision_text("费用\n\n20元"), number=2, day=10)
    with database.reading() as session:
        found = comparing.compare(session, CITIZEN, "card", 1, 2, now=at(90))
    assert [(x.sign, x.text) for x in found.lines] == [(" ", "费用"), ("-", "15元"), ("+", "20元")]
    assert (found.old.published_at, found.new.published_at) == (at(0), at(10))


@pytest.mark.parametrize("slug", ["", "nothing", "../etc", "a' OR 1=1 --", "\x00", "\ud800", "补卡", "x" * 10_000])
def test_fault_10_any_text_may_be_asked_for_as_a_slug(database: Database, slug: str) -> None:
    with pytest.raises(NotFound):
        opened(database, OPERATOR, slug=slug)


def test_fault_29_departments_count_only_what_the_viewer_may_read(database: Database) -> None:
    add_department(database, "fund")
    published(database)
    published(database, revision_text(audience="agent"), slug="inside")
    published(database, revision_text(effective_to=at(5)), slug="over")
    with database.reading() as session:
        listed = {v.name: browsing.list_departments(session, v, now=at(9)) for v in (CITIZEN, AGENT)}
    counts = {name: [(d.code, d.live_articles) for d in departments] for name, departments in listed.items()}
    assert counts == {"citizen": [("fund", 0), ("hrss", 1)], "agent": [("fund", 0), ("hrss", 2)]}


def test_fault_43_pages_of_articles_follow_each_other_by_cursor(database: Database) -> None:
    for n in range(5):
        published(database, slug=f"a{n}")
    published(database, revision_text(audience="agent"), slug="a2x")
    seen, after = [], ""
    with database.reading() as session:
        for _ in range(3):
            page = browsing.browse(session, CITIZEN, now=at(9), after=after, limit=2)
            seen.append([item.slug for item in page.items])
            after = page.next_after or ""
        assert (seen, after) == ([["a0", "a1"], ["a2", "a3"], ["a4"]], "")
        assert len(browsing.browse(session, CITIZEN, now=at(9), limit=10**9).items) == 5
        for wrong in ("\ud800", "\x00", "A", "../x"):
            with pytest.raises(Invalid):
                browsing.browse(session, CITIZEN, now=at(9), after=wrong)

"""A department's desk: states, reviews and drafts of its articles, and nothing of another department's."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from kb.actor import Actor
from kb.articles.acts import hiding, signatures
from kb.articles.owners import revision_by_number
from kb.articles.revisions import BasisText
from kb.articles.writing import drafts
from kb.db import Database
from kb.errors import Invalid, NotFound
from kb.reading import editing, handing_in, pickers
from kb.reading.editing import Filter
from tests.kb.factories import (
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

NOW = at(100)


@pytest.fixture
def desk(database: Database) -> Database:
    """One article in every state, of two departments."""
    for code in ("hrss", "fund"):
        add_department(database, code)
    published(database, revision_text(title="在用", review_by=at(90)), slug="live")
    published(database, revision_text(title="将到期", review_by=at(120)), slug="soon")
    published(database, revision_text(title="以后", effective_from=at(200)), slug="ahead", day=50)
    published(database, revision_text(title="过去", effective_to=at(60)), slug="past")
    published(database, revision_text(title="停用"), slug="retired")
    retired(database, "retired", day=70)
    published(database, revision_text(title="隐藏"), slug="hidden")
    with database.transaction() as session:
        hiding.hide(session, approver(), "hidden", reason="有误", now=NOW, origin="test")
    submitted(database, revision_text(title="审签"), slug="review", day=80)
    published(database, revision_text(title="别的", owner="fund"), slug="others")
    with database.transaction() as session:
        drafts.edit(session, editor(), "live", now=at(99), origin="test")
        drafts.start(session, editor("second"), "fresh", revision_text(title="新写"), now=at(98), origin="test")
        drafts.edit(session, MANAGER, "others", now=at(97), origin="test")
    return database


def slugs(database: Database, viewer: Actor, wanted: Filter | None = None) -> list[str]:
    with database.reading() as session:
        found = editing.desk(session, viewer, wanted or Filter(), now=NOW + timedelta(seconds=1))
    return [entry.slug for entry in found.items]


def test_each_article_stands_in_its_state(desk: Database) -> None:
    with desk.reading() as session:
        found = editing.desk(session, editor(), Filter(), now=NOW + timedelta(seconds=1))
    assert {e.slug: e.state for e in found.items} == {
        "live": "live", "soon": "live", "ahead": "scheduled", "past": "expired", "retired": "retired",
        "hidden": "hidden", "review": "waiting", "fresh": "unpublished"}
    assert {e.slug: e.title for e in found.items}["fresh"] == "新写"
    assert {e.slug: [d.author for d in e.drafts] for e in found.items if e.drafts} == {
        "live": ["hrss-editor"], "fresh": ["second"]}
    assert {e.slug for e in found.items if e.is_due(NOW)} == {"live"}


@pytest.mark.parametrize(("wanted", "expected"), [
    (Filter(state="live"), {"live", "soon"}), (Filter(state="scheduled"), {"ahead"}),
    (Filter(state="waiting"), {"review"}), (Filter(state="hidden"), {"hidden"}),
    (Filter(state="expired"), {"past"}),
    (Filter(state="retired"), {"retired"}), (Filter(state="unpublished"), {"review", "fresh"}),
    (Filter(review="overdue"), {"live"}), (Filter(review="soon"), {"live", "soon"}),
    (Filter(draft="mine"), {"live"}), (Filter(draft="any"), {"live", "fresh"}),
    (Filter(department="hrss", state="live", draft="mine"), {"live"}), (Filter(department="fund"), set()),
    (Filter(slugs=("past", "others")), {"past"}),
])
def test_a_filter_leaves_what_it_says(desk: Database, wanted: Filter, expected: set[str]) -> None:
    assert set(slugs(desk, editor(), wanted)) == expected


def test_the_whole_houses_reviews_are_those_of_its_departments(desk: Database) -> None:
    for review, expected in (("overdue", ["live"]), ("soon", ["live", "soon"])):
        assert slugs(desk, MANAGER, Filter(review=review)) == expected
        assert slugs(desk, MANAGER, Filter(review=review, department="hrss")) == expected


def test_fault_28_who_writes_elsewhere_finds_nothing_of_it(desk: Database) -> None:
    assert slugs(desk, editor("x", "fund")) == slugs(desk, editor("x", "fund"), Filter(draft="any")) == ["others"]
    assert slugs(desk, AGENT) == slugs(desk, AGENT, Filter(draft="any")) == []
    assert "live" in slugs(desk, MANAGER) and "others" in slugs(desk, MANAGER, Filter(draft="any"))
    with desk.reading() as session:
        assert editing.desk_article(session, editor(), "live", now=NOW).slug == "live"
        for viewer, slug in ((editor("x", "fund"), "live"), (AGENT, "live"), (editor(), "nothing")):
            with pytest.raises(NotFound):
                editing.desk_article(session, viewer, slug, now=NOW)


def test_pages_follow_each_other_and_refuse_what_no_page_gave(desk: Database) -> None:
    seen: list[str] = []
    with desk.reading() as session:
        after: str | None = ""
        while after is not None:
            page = editing.desk(session, MANAGER, Filter(), now=NOW, after=after, limit=2)
            seen += [entry.slug for entry in page.items]
            after = page.next_after
        for wrong in (Filter(state="no"), Filter(review="no"), Filter(draft="no")):
            with pytest.raises(Invalid):
                editing.desk(session, MANAGER, wrong, now=NOW)
        with pytest.raises(Invalid):
            editing.desk(session, MANAGER, Filter(), now=NOW, after="Not a slug")
    assert seen == sorted(seen) == slugs(desk, MANAGER)


def test_what_was_rejected_comes_back_with_its_reasons_until_it_is_handed_in_anew(desk: Database) -> None:
    with desk.transaction() as session:
        revision = revision_by_number(session, approver(), "review", 1)
        signatures.reject(session, approver(), revision, shown=revision.sha256, reason="金额不对", now=NOW,
                          origin="test")
    with desk.transaction() as session:
        found = handing_in.returned(session, editor())
        assert [(r.slug, r.number, r.state, r.reasons, r.draft_id) for r in found] == [
            ("review", 1, "rejected", (("hrss", "hrss-approver", "金额不对"),), None)]
        assert not handing_in.returned(session, editor("x", "fund"))
        draft = drafts.edit(session, editor(), "review", number=1, now=NOW, origin="test")
        answered = handing_in.answered(session, draft)
        assert answered is not None and answered.reasons[0][2] == "金额不对"
        assert handing_in.returned(session, editor())[0].draft_id == draft.id


def test_the_forecast_of_signatures_is_what_the_text_then_waits_for(desk: Database) -> None:
    with desk.transaction() as session:
        me = editor()
        draft = drafts.start(session, me, "shared", revision_text(title="共管", co_owners=("fund",)), now=NOW,
                             origin="test")
        forecast = handing_in.handing_in(session, draft)
        assert forecast.signers == (("hrss", 1), ("fund", 1)) and forecast.is_first and not forecast.may_be_minor
        edited = drafts.edit(session, me, "live", now=NOW, origin="test")
        assert handing_in.handing_in(session, edited).may_be_minor
        assert handing_in.handing_in(session, edited).keeps_day  # until another is entered
        later = replace(edited, text=replace(edited.text, effective_from=NOW))
        assert not handing_in.handing_in(session, later).keeps_day


def test_documents_of_live_texts_are_found_by_title_and_number(desk: Database) -> None:
    published(desk, revision_text(title="依据", bases=(BasisText("补卡办法", "人社〔2026〕9号"),)), slug="based")
    with desk.reading() as session:
        assert [d.number for d in pickers.documents(session, editor(), "补卡")] == ["人社〔2026〕9号"]
        assert [d.title for d in pickers.documents(session, editor(), "〔2026〕9")] == ["补卡办法"]
        assert pickers.documents(session, editor(), "%") == []

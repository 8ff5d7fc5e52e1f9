"""Which articles rest on a document: those that whoever asks may see, in force now or once."""

from __future__ import annotations

from typing import Any

from kb.actor import CITIZEN, SYSTEM, Actor
from kb.articles.live import Moment
from kb.articles.resting import Resting, resting_on
from kb.articles.revisions import BasisText, RevisionText
from kb.db import Database
from kb.models import Article
from tests.kb.factories import at, published, revision_text

FIVE, SIX = "云牧规〔2025〕5号", "云牧规〔2026〕6号"


def found(database: Database, viewer: Actor, *numbers: tuple[str, str], day: float = 9) -> dict[str, list[Resting]]:
    """What rests on documents of these numbers, by slug."""
    with database.reading() as session:
        rows = resting_on(session, viewer, Moment(at(day), at(day)), numbers)
        slugs = {row.article_id: session.get_one(Article, row.article_id).slug for row in rows}
    return {slug: [row for row in rows if slugs[row.article_id] == slug] for slug in slugs.values()}


def text(*numbers: str, **fields: Any) -> RevisionText:
    return revision_text(bases=tuple(BasisText(title=f"《{n}》", number=n) for n in numbers), **fields)


def test_texts_that_name_the_number_are_found_and_others_are_not(database: Database) -> None:
    published(database, text(FIVE), slug="herd-fee")
    published(database, text(SIX), slug="herd-tag")
    assert set(found(database, CITIZEN, ("2025", "5"))) == {"herd-fee"}
    assert set(found(database, CITIZEN, ("2025", "5"), ("2026", "6"))) == {"herd-fee", "herd-tag"}
    assert found(database, CITIZEN, ("2031", "5")) == {} == found(database, CITIZEN)
    assert set(found(database, CITIZEN, ("", "6"))) >= {"herd-tag"}


def test_an_internal_text_is_found_by_the_staff_alone(database: Database) -> None:
    published(database, text(FIVE, audience="agent"), slug="herd-patrol")
    assert found(database, CITIZEN, ("2025", "5")) == {}
    assert set(found(database, SYSTEM, ("2025", "5"))) == {"herd-patrol"}


def test_what_rested_on_it_once_says_so(database: Database) -> None:
    published(database, text(FIVE), slug="herd-fee")
    published(database, text(SIX, effective_from=at(5)), slug="herd-fee", number=2, day=5)
    assert [row.is_now for row in found(database, CITIZEN, ("2025", "5"), day=9)["herd-fee"]] == [False]
    assert [row.is_now for row in found(database, CITIZEN, ("2026", "6"), day=9)["herd-fee"]] == [True]
    assert [row.is_now for row in found(database, CITIZEN, ("2025", "5"), day=3)["herd-fee"]] == [True]

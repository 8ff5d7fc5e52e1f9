"""What runs by the clock holds no right that none of its jobs asks for."""

from __future__ import annotations

import pytest

from kb.actor import SYSTEM, Office
from kb.db import Database
from kb.people import identities
from kb.people.identities import Claimed, OidcSettings
from kb.people.permissions import NEEDS, Action, audiences_of
from kb.settings import Settings
from kb.upkeep.jobs.clock import jobs_of
from retriever import factory
from retriever.flowback import work_of
from tests.conftest import NOW
from tests.kb.feedback.answers import refused
from tests.kb.people.accounts import LASTING
from tests.retriever.factories import published_article


class Asked(dict[Action, str]):
    """The rights of an office, and for which job each was asked for."""

    def __init__(self, rights: dict[Action, str]) -> None:
        super().__init__(rights)
        self.at, self.used = "", set[tuple[Action, str]]()

    def __contains__(self, action: object) -> bool:
        if super().__contains__(action):
            self.used.add((Action(str(action)), self.at))
            return True
        return False


def test_every_right_of_what_runs_by_the_clock_is_asked_for_by_the_job_that_is_named(
        database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    published_article(database, "card", "补卡的工本费 25 元。")
    refused(database, "养狗要办证吗", answer_id="q", asked_at=NOW)
    rights = Asked(dict(NEEDS[Office.JOBS]))
    monkeypatch.setitem(NEEDS, Office.JOBS, rights)
    retriever = factory.build(settings, database)
    try:
        for job in jobs_of(settings, database, work_of(settings, database, retriever)):
            rights.at = job.name
            job.work(NOW)
    finally:
        retriever.close()
    rights.at = "sign-in"
    identities.sign_in_by(database, Claimed("https://id.example", "s", "wang", "王"), OidcSettings(
        issuer="https://id.example", client_id="x", first_sign_in="make"), now=NOW, lasting=LASTING)
    assert rights.used == set(rights.items())


def test_it_may_hear_of_nothing_where_it_may_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(audiences_of(SYSTEM)) == 2
    monkeypatch.setitem(NEEDS, Office.JOBS, {})
    assert audiences_of(SYSTEM) == {"public"}

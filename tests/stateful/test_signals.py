"""Whatever happens to articles in whatever order: what a look at the changed ones finds is what a look at all finds."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from kb.articles.acts.confirming import confirm
from kb.articles.acts.hiding import hide, show
from kb.articles.revisions import BasisText
from kb.db import Database
from kb.errors import KbError
from kb.models import Article
from kb.upkeep.signals.registry import DETECTORS
from kb.upkeep.signals.scanning import Scanned, scan_all, scan_changed
from kb.upkeep.signals.signal import Looking
from tests.kb.factories import approver, at, editor, retired
from tests.kb.upkeep.signals.arranging import TZ, write
from tests.stateful.test_writing import Files, Served


class Keeping(RuleBasedStateMachine):
    """Whatever is published, retired, hidden and confirmed, in whatever order: a look at what changed leaves nothing
    to do for a look at all, and a look at one article finds its part of that."""

    store: ClassVar[Files | Served]

    @initialize()
    def begin(self) -> None:
        self.settings = self.store.begin(Path(tempfile.mkdtemp()))
        self.database = Database(self.settings)
        self.numbers = dict.fromkeys(("fee", "card", "dog"), 0)
        self.day = 0.0
        write(self.database, "start")
        scan_changed(self.database, at(0), TZ)

    def act(self, do: Callable[[], object]) -> None:
        self.day += 1
        scan_all(self.database, at(self.day), TZ)  # what the calendar alone raises
        try:
            do()
        except KbError:
            return

    @rule(slug=st.sampled_from(("fee", "card", "dog")),
          link=st.sampled_from(("", "fee", "card#费用", "dog", "nowhere", "#费用")),
          heading=st.booleans(), repeals=st.booleans(), rests=st.sampled_from((None, 2018, 2024)),
          review=st.sampled_from((3, 500)), ends=st.sampled_from((None, 20, 500)), internal=st.booleans())
    def publish(self, slug: str, link: str, heading: bool, repeals: bool, rests: int | None, review: int,
                ends: int | None, internal: bool) -> None:
        number = self.numbers[slug] + 1
        source = ("## 费用\n\n" if heading else "") + "办理。" + (
            f"见[这里]({link if link.startswith('#') else f'article:{link}'})。" if link else "") + (
            "《海州市犬只管理办法》（海政发〔2018〕5号）同时废止。" if repeals else "") + "执行至2026年1月9日。"
        bases = (BasisText("海州市犬只管理办法", f"海政发〔{rests}〕5号"),) if rests else ()

        def do() -> None:
            write(self.database, slug, source, number=number, day=self.day, bases=bases,
                  review_by=at(self.day + review), effective_from=at(self.day),
                  effective_to=at(self.day + ends) if ends else None, audience="agent" if internal else "public")
            self.numbers[slug] = number

        self.act(do)

    @rule(slug=st.sampled_from(("fee", "card", "dog")))
    def retire(self, slug: str) -> None:
        if self.numbers[slug]:
            self.act(lambda: retired(self.database, slug, day=self.day))

    @rule(slug=st.sampled_from(("fee", "card", "dog")), up=st.booleans())
    def hide_or_show(self, slug: str, up: bool) -> None:
        def do() -> None:
            with self.database.transaction() as session:
                if up:
                    show(session, approver(), slug, now=at(self.day), origin="test")
                else:
                    hide(session, approver("wu"), slug, reason="有误", now=at(self.day), origin="test")

        self.act(do)

    @rule(slug=st.sampled_from(("fee", "card", "dog")))
    def confirm(self, slug: str) -> None:
        def do() -> None:
            with self.database.transaction() as session:
                confirm(session, editor(), slug, review_by=at(self.day + 500), now=at(self.day), origin="test")

        self.act(do)

    @rule(days=st.sampled_from((1, 5, 30)))
    def wait(self, days: int) -> None:
        self.day += days
        scan_all(self.database, at(self.day), TZ)

    @invariant()
    def looks_agree(self) -> None:
        if not hasattr(self, "database"):
            return
        with self.database.reading() as session:
            articles = session.scalars(select(Article.id)).all()
        scan_changed(self.database, at(self.day), TZ)
        assert scan_all(self.database, at(self.day), TZ) == Scanned()
        with self.database.reading() as session:
            for detector in DETECTORS:
                looking = Looking(at(self.day), TZ)
                every = list(detector.find(session, looking, None))
                for article_id in articles:
                    own = [f for f in every if f.article_id == article_id]
                    assert list(detector.find(session, looking, [article_id])) == own
                assert len({(f.article_id, f.key) for f in every}) == len(every)

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.database.close()
            self.store.end(self.settings)


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_a_look_at_what_changed_leaves_nothing_for_a_look_at_all(backend: str, request: pytest.FixtureRequest) -> None:
    if backend == "sqlite":
        Keeping.store = Files(request.getfixturevalue("migrated"))
    else:
        Keeping.store = Served(request.getfixturevalue("postgres"), request.getfixturevalue("migrated_template"))
    case = Keeping.TestCase
    case.settings = settings(max_examples=14 if backend == "sqlite" else 6, stateful_step_count=15, deadline=None,
                             suppress_health_check=list(HealthCheck))
    case("runTest").runTest()

"""Whatever people do in whatever order: four eyes, one live text a day, no lost draft, no foreign hand, a whole log,
and nothing seen that is hidden."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Collection
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import OPERATOR, SYSTEM, Actor, Role
from kb.articles import publication
from kb.articles.acts import hiding, moving, rules, signatures, urgency, workflow
from kb.articles.live import Moment, live_by_slug
from kb.articles.owners import article_by_slug
from kb.articles.writing import drafts, submission
from kb.articles.writing.rollback import rollback
from kb.db import Database
from kb.errors import KbError
from kb.models import Article, Department, Draft, OutboxEvent, Publication, Revision, Signature, Urgency
from kb.record import audit
from kb.settings import Settings, load_settings
from tests.kb.factories import approver, at, editor, finding_of, revision_text
from tests.postgres import Postgres

DEPARTMENTS = ("hrss", "fund")
BOTH = Actor("u-both", "both", frozenset({Role.EDITOR, Role.APPROVER}),
             frozenset({(Role.EDITOR, "hrss"), (Role.APPROVER, "hrss"), (Role.APPROVER, "fund")}))
MANAGER = Actor("u-km", "km", frozenset({Role.KNOWLEDGE_MANAGER}))
PEOPLE = (editor("li"), editor("wang"), editor("zhao", "fund"), approver("wu"), approver("sun"), approver("xu", "fund"),
          BOTH, MANAGER, OPERATOR, SYSTEM, Actor("u-a", "agent", frozenset({Role.AGENT})))
SLUGS = ("card", "house")
WRITERS = {"hrss": PEOPLE[0], "fund": PEOPLE[2]}
PARTS = ("挂失。\n", "带身份证。\n", "15 元。\n", "三个工作日。\n", "北港路 5 号。\n")

people = st.sampled_from((*PEOPLE, *PEOPLE[:2], MANAGER, MANAGER))
signers = st.sampled_from((*PEOPLE[3:8], MANAGER, *PEOPLE))
others = st.sampled_from((None, None, None, *PEOPLE[:3]))  # who tries at another's draft; mostly nobody
texts = st.lists(st.sampled_from(PARTS), min_size=1, max_size=5).map("".join)
picks = st.integers(0, 3)
slugs = st.sampled_from(SLUGS)


@dataclass
class Model:
    """What must be true, kept beside the database."""

    saved: dict[str, tuple[int, str]] = field(default_factory=dict)  # draft: version, source
    authors: dict[str, str] = field(default_factory=dict)
    revisions: list[str] = field(default_factory=list)
    owner_signatures: int = 1
    published: list[str] = field(default_factory=list)  # article ids, one an event
    owners: dict[str, str] = field(default_factory=lambda: dict(zip(SLUGS, DEPARTMENTS, strict=True)))
    moves: dict[str, set[str]] = field(default_factory=dict)  # who has signed, while an article is on its way
    hidden: dict[str, datetime | None] = field(default_factory=dict)  # until when


class Files:
    """Databases that are SQLite files: a run begins with a copy of the last that was kept."""

    def __init__(self, template: Path) -> None:
        self._template = template.with_name("begun.sqlite3")
        shutil.copy(template, self._template)

    def begin(self, folder: Path) -> Settings:
        settings = load_settings(folder, {})
        shutil.copy(self._template, settings.make_data_dir() / "kb.sqlite3")
        return settings

    def keep(self, settings: Settings) -> None:
        shutil.copy(settings.data_dir / "kb.sqlite3", self._template)

    def end(self, settings: Settings) -> None:
        """The folder goes with the run."""


class Served:
    """Databases of a PostgreSQL server."""

    def __init__(self, server: Postgres, template: str) -> None:
        self._server, self._template = server, template

    def begin(self, folder: Path) -> Settings:
        return load_settings(folder, {}, database={"url": self._server.copy_of(self._template)})

    def keep(self, settings: Settings) -> None:
        self._template = self._server.name_of(self._server.copy_of(self._server.name_of(settings.database_url)))

    def end(self, settings: Settings) -> None:
        self._server.drop(settings.database_url)


class Writing(RuleBasedStateMachine):
    """People write, sign and publish; whatever is refused changes nothing. Acts come in turn over two connections."""

    store: ClassVar[Files | Served]
    begun: ClassVar[tuple[Model, int] | None] = None  # what the store holds once the articles are in it
    done: ClassVar[Counter[str]] = Counter()  # acts that were not refused, over all runs

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.settings = self.store.begin(self.folder)
        self.open()
        if self.begun is None:
            self.model, self.hour = Model(), 0
            self.publish_articles()
            self.close()  # so that all of it is in one file, and nobody has the database open
            self.store.keep(self.settings)
            type(self).begun = deepcopy(self.model), self.hour
            self.open()
        self.model, self.hour = deepcopy(self.begun[0]), self.begun[1]  # type: ignore[index]

    def open(self) -> None:
        self.databases = Database(self.settings), Database(self.settings)

    def close(self) -> None:
        for database in self.databases:
            database.close()

    @property
    def database(self) -> Database:
        return self.databases[self.hour % 2]

    def publish_articles(self) -> None:
        """Two articles with two published texts each, and a draft on top."""
        with self.database.transaction() as session:
            for code in DEPARTMENTS:
                session.merge(Department(code=code, name_zh=code, name_en=code, phone=""))
        for owner, slug in zip(DEPARTMENTS, SLUGS, strict=True):
            for part in PARTS[:2]:
                self.start(None, slug, part, owner, shared=False)
                self.submit(None, 0)
                self.pass_through(0)
            self.edit(None, slug, None)

    def teardown(self) -> None:
        if hasattr(self, "databases"):
            with self.database.reading() as session:
                assert finding_of(session) is None  # what the log speaks of; the log itself after every act
            self.close()
            self.store.end(self.settings)
            shutil.rmtree(self.folder)

    def act(self, what: str, do: Callable[[Session, datetime], Any]) -> Any:
        """One act in a transaction; None where it was refused."""
        self.hour += 1
        try:
            with self.database.transaction() as session:
                found = do(session, at(0) + timedelta(hours=self.hour))
        except KbError:
            return None
        self.done[what] += 1
        return found

    def writer(self, draft: str, other: Actor | None) -> Actor:
        """Whose draft it is, unless another is to try."""
        author = self.model.authors.get(draft, "")
        return other or next((p for p in PEOPLE if p.name == author), MANAGER)

    def one(self, among: Collection[str], pick: int) -> str:
        """The newest ones more often: what was begun long ago is mostly settled."""
        return list(among)[-1 - pick % min(len(among), 4)]

    def keep(self, view: drafts.DraftView | None) -> None:
        if view is not None:
            self.model.saved[view.id] = (view.version, view.text.source)
            self.model.authors[view.id] = view.author

    # --- writing

    @rule(other=others, slug=slugs, source=texts, owner=st.sampled_from(DEPARTMENTS), shared=st.booleans())
    def start(self, other: Actor | None, slug: str, source: str, owner: str, shared: bool) -> None:
        actor = other or WRITERS[owner]
        co_owners = tuple(d for d in DEPARTMENTS if d != owner and shared)
        words = revision_text(source, owner=owner, co_owners=co_owners)
        self.keep(self.act("start", lambda s, now: drafts.start(s, actor, slug, words, now=now, origin="test")))

    @rule(other=others, slug=slugs, number=st.none() | st.integers(1, 3))
    def edit(self, other: Actor | None, slug: str, number: int | None) -> None:
        actor = other or WRITERS[DEPARTMENTS[SLUGS.index(slug)]]
        self.keep(self.act("edit", lambda s, now: drafts.edit(s, actor, slug, number=number, now=now,
                                                                    origin="test")))

    @precondition(lambda self: self.model.saved)
    @rule(other=others, pick=picks, source=texts, back=st.sampled_from((0, 0, 0, 1)),
          minor=st.sampled_from((False, False, True)))
    def save(self, other: Actor | None, pick: int, source: str, back: int, minor: bool) -> None:
        draft = self.one(self.model.saved, pick)
        actor = self.writer(draft, other)
        seen = self.model.saved[draft][0] - back

        def do(session: Session, now: datetime) -> Any:
            before = drafts.get(session, actor, draft).text
            stopped = before.source.rstrip("\n").endswith("。")
            words = before.source.rstrip("。\n") + ("\n" if stopped else "。\n") if minor else source
            text = replace(before, is_minor=minor, source=words)
            return drafts.save(session, actor, draft, text, seen=seen, now=now, origin="test")

        found = self.act("save", do)
        assert found is None or back == 0
        self.keep(found)

    @precondition(lambda self: self.model.saved)
    @rule(actor=people, pick=picks)
    def take_over(self, actor: Actor, pick: int) -> None:
        draft = self.one(self.model.saved, pick)
        seen = self.model.saved[draft][0]
        self.keep(self.act("take over", lambda s, now: drafts.take_over(s, actor, draft, seen=seen, now=now,
                                                                         origin="test")))

    @precondition(lambda self: self.model.saved)
    @rule(other=others, pick=picks)
    def rebase(self, other: Actor | None, pick: int) -> None:
        draft = self.one(self.model.saved, pick)
        actor = self.writer(draft, other)
        seen = self.model.saved[draft][0]
        found = self.act("rebase", lambda s, now: submission.rebase(s, actor, draft, seen=seen, now=now,
                                                                    origin="test"))
        if found is not None:
            self.keep(found.draft)

    @precondition(lambda self: self.model.saved)
    @rule(other=others, pick=picks)
    def discard(self, other: Actor | None, pick: int) -> None:
        draft = self.one(self.model.saved, pick)
        actor = self.writer(draft, other)
        seen = self.model.saved[draft][0]
        if self.act("discard", lambda s, now: drafts.discard(s, actor, draft, seen=seen, now=now,
                                                             origin="test") or True):
            del self.model.saved[draft]

    @precondition(lambda self: self.model.saved)
    @rule(other=others, pick=picks)
    def submit(self, other: Actor | None, pick: int) -> None:
        draft = self.one(self.model.saved, pick)
        actor = self.writer(draft, other)
        seen = self.model.saved[draft][0]
        found = self.act("submit", lambda s, now: submission.submit(s, actor, draft, seen=seen, now=now,
                                                                    origin="test").id)
        if found is not None:
            del self.model.saved[draft]
            self.model.revisions.append(found)

    @rule(other=others, slug=slugs, number=st.integers(1, 2))
    def roll_back(self, other: Actor | None, slug: str, number: int) -> None:
        actor = other or WRITERS[self.model.owners[slug]]
        self.keep(self.act("roll back", lambda s, now: rollback(s, actor, slug, number, now=now, origin="test")))

    # --- signing and publishing

    @precondition(lambda self: self.model.revisions)
    @rule(actor=signers, pick=picks, department=st.none() | st.sampled_from(DEPARTMENTS))
    def sign(self, actor: Actor, pick: int, department: str | None) -> None:
        revision = self.one(self.model.revisions, pick)
        def do(session: Session, now: datetime) -> Any:
            row = session.get_one(Revision, revision)
            return signatures.sign(session, actor, row, shown=row.sha256, department=department, reason="代", now=now,
                                   origin="test")

        self.act("sign", do)

    @precondition(lambda self: self.model.revisions)
    @rule(actor=people, pick=picks)
    def reject(self, actor: Actor, pick: int) -> None:
        revision = self.one(self.model.revisions, pick)
        def do(session: Session, now: datetime) -> Any:
            row = session.get_one(Revision, revision)
            return signatures.reject(session, actor, row, shown=row.sha256, reason="错", now=now, origin="test")

        self.act("reject", do)

    @precondition(lambda self: self.model.revisions)
    @rule(actor=people, pick=picks)
    def withdraw(self, actor: Actor, pick: int) -> None:
        revision = self.one(self.model.revisions, pick)
        self.act("withdraw", lambda s, now: workflow.withdraw(s, actor, s.get_one(Revision, revision), reason="",
                                                              now=now, origin="test"))

    @precondition(lambda self: self.model.revisions)
    @rule(actor=people, pick=picks)
    def publish(self, actor: Actor, pick: int) -> None:
        revision = self.one(self.model.revisions, pick)
        def do(session: Session, now: datetime) -> str:
            row = session.get_one(Revision, revision)
            publication.publish(session, actor, row, now=now, origin="test")
            return row.article_id

        article_id = self.act("publish", do)
        if article_id is not None:
            self.model.published.append(article_id)
            self.check_signed(revision)

    @precondition(lambda self: self.model.revisions)
    @rule(actor=signers, pick=picks)
    def publish_urgently(self, actor: Actor, pick: int) -> None:
        revision = self.one(self.model.revisions, pick)

        def do(session: Session, now: datetime) -> str:
            row = session.get_one(Revision, revision)
            urgency.publish_urgently(session, actor, row, reason="急", now=now, origin="test")
            return row.article_id

        article_id = self.act("publish urgently", do)
        if article_id is not None:
            self.model.published.append(article_id)
            self.check_signed(revision)

    @precondition(lambda self: self.model.revisions)
    @rule(pick=picks)
    def pass_through(self, pick: int) -> None:
        """All who may sign do, and the text is published where nothing stands against it."""
        for signer in PEOPLE:
            if Role.APPROVER in signer.roles:
                for department in DEPARTMENTS:
                    self.sign(signer, pick, department)
        self.publish(MANAGER, pick)

    @rule(actor=st.sampled_from((MANAGER, *PEOPLE)), slug=slugs, is_meant=st.sampled_from((False, False, False, True)))
    def retire(self, actor: Actor, slug: str, is_meant: bool) -> None:
        if not is_meant:  # seldom: after it nothing more happens to the article
            return

        def do(session: Session, now: datetime) -> str:
            article = article_by_slug(session, slug)
            publication.retire(session, actor, article, reason="废止", successor=None, now=now, origin="test")
            return article.id

        article_id = self.act("retire", do)
        if article_id is not None:
            self.model.published.append(article_id)

    # --- out of sight, and to another department

    @rule(actor=signers, slug=slugs, what=st.sampled_from(("hide", "sign", "show", "show")))
    def hide_or_show(self, actor: Actor, slug: str, what: str) -> None:
        def do(session: Session, now: datetime) -> tuple[str, Any]:
            done: dict[str, Any] = {"now": now, "origin": "test"}
            if what == "show":
                hiding.show(session, actor, slug, **done)
                return article_by_slug(session, slug).id, now
            found = (hiding.hide(session, actor, slug, reason="错", **done) if what == "hide"
                     else hiding.sign_hiding(session, actor, slug, **done))
            return article_by_slug(session, slug).id, found.until

        found = self.act(what, do)
        if found is not None:
            self.model.published.append(found[0])
            self.model.hidden[slug] = found[1]

    @rule(actor=signers, slug=slugs, to=st.sampled_from(DEPARTMENTS), department=st.sampled_from((None, *DEPARTMENTS)))
    def move(self, actor: Actor, slug: str, to: str, department: str | None) -> None:
        def do(session: Session, now: datetime) -> tuple[str, bool]:
            found = moving.move(session, actor, slug, to=to, department=department, reason="划转", now=now,
                                origin="test")
            return article_by_slug(session, slug).id, not found.waiting_for

        found = self.act("move", do)
        if found is None:
            return
        assert to != self.model.owners[slug]
        signed = self.model.moves.setdefault(slug, set())
        assert actor.name not in signed
        signed.add(actor.name)
        assert found[1] is (len(signed) == 2)
        if found[1]:
            del self.model.moves[slug]
            self.model.owners[slug] = to
            self.model.published.append(found[0])

    @rule(actor=people, count=st.integers(1, 2))
    def set_rule(self, actor: Actor, count: int) -> None:
        if self.act("set rule", lambda s, now: rules.set_rule(
                s, actor, department="", category="", owner_signatures=count, now=now, origin="test") or True):
            self.model.owner_signatures = count

    # --- laws

    def check_signed(self, revision: str) -> None:
        """What was just published bears the owner's signatures as often as the rule says, and each co-owner's; one of
        the owner's is enough for a minor edit, and for an urgent one, which owes the others."""
        with self.database.reading() as session:
            row = session.get_one(Revision, revision)
            session.refresh(row, ["co_owners"])
            given = Counter(session.scalars(select(Signature.department).where(
                Signature.revision_id == revision, Signature.decision == "signed")))
            owner = session.get_one(Article, row.article_id).owner
            if row.is_minor or session.get(Urgency, revision) is not None:
                assert given[owner] >= 1
                return
            assert given[owner] >= self.model.owner_signatures
            assert all(given[c.department] >= 1 for c in row.co_owners if c.department != owner)

    @invariant()
    def nobody_signs_what_they_wrote_or_for_whom_they_may_not(self) -> None:
        rights = {p.name: p for p in PEOPLE}
        with self.database.reading() as session:
            for mark, row in session.execute(select(Signature, Revision).join(
                    Revision, Revision.id == Signature.revision_id)):
                signer = rights[mark.signer]
                assert mark.signer not in (row.author, *row.contributors) and signer.is_signed_in
                own = (Role.APPROVER, mark.department) in signer.grants
                assert own or (mark.is_substitute and Role.KNOWLEDGE_MANAGER in signer.roles)
                assert mark.sha256 == row.sha256

    @invariant()
    def no_two_texts_of_an_article_are_live_for_one_day(self) -> None:
        with self.database.reading() as session:
            rows = session.scalars(select(Publication).where(Publication.superseded_at.is_(None))
                                   .order_by(Publication.article_id, Publication.effective_from)).all()
            for one, other in pairwise(rows):
                assert one.article_id != other.article_id or (
                    one.effective_to is not None and one.effective_to <= other.effective_from)

    @invariant()
    def every_accepted_save_is_there(self) -> None:
        with self.database.reading() as session:
            found = {d.id: (d.version, d.fields["source"]) for d in session.scalars(select(Draft))}
        assert found == self.model.saved

    @invariant()
    def an_article_stays_in_its_owners_hands(self) -> None:
        writers = {(p.name, d) for p in PEOPLE for r, d in p.grants if r in (Role.EDITOR, Role.APPROVER)}
        with self.database.reading() as session:
            for article, row in session.execute(select(Article, Revision).join(
                    Revision, Revision.article_id == Article.id)):
                assert article.owner == self.model.owners[article.slug]
                assert row.author == "km" or (row.author, row.owner) in writers

    @invariant()
    def what_is_hidden_is_not_answered_and_what_is_shown_again_is(self) -> None:
        now = at(0) + timedelta(hours=self.hour)
        with self.database.reading() as session:
            for slug, until in self.model.hidden.items():
                found = live_by_slug(session, MANAGER, Moment(now, now), slug)
                if until is None or now < until:
                    assert found is None
                else:
                    live = session.scalar(select(Publication.id).join(Article).where(
                        Article.slug == slug, Publication.superseded_at.is_(None)).limit(1))
                    assert (found is not None) is (live is not None)

    @invariant()
    def the_log_is_whole_and_tells_every_publication_once_in_order(self) -> None:
        with self.database.reading() as session:
            assert audit.verify(session).broken_at is None
            told = session.scalars(select(OutboxEvent.article_id).where(OutboxEvent.topic == "article")
                                   .order_by(OutboxEvent.id)).all()
            assert told == self.model.published


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_no_order_of_acts_breaks_a_law(backend: str, request: pytest.FixtureRequest) -> None:
    Writing.begun = None
    Writing.done.clear()
    if backend == "sqlite":
        Writing.store = Files(request.getfixturevalue("migrated"))
    else:
        Writing.store = Served(request.getfixturevalue("postgres"), request.getfixturevalue("migrated_template"))
    case = Writing.TestCase
    case.settings = settings(max_examples=28 if backend == "sqlite" else 16, stateful_step_count=50, deadline=None,
                             suppress_health_check=list(HealthCheck))
    case("runTest").runTest()
    acts = {"start", "edit", "save", "discard", "submit", "sign"}  # the rarer ones come by chance
    if backend == "sqlite":
        acts |= {"hide", "roll back"}
    assert acts <= Writing.done.keys(), f"never done: {acts - Writing.done.keys()}"

"""A small knowledge base with one thing in every state, people of every kind, and a way back to how it was."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import NAMESPACE_URL, uuid4, uuid5

from flask import Flask

from kb.actor import CITIZEN, OPERATOR, Actor, Role
from kb.articles import attachments, comments
from kb.articles.acts import hiding, moving, redaction, reorganising, rules, signatures, workflow
from kb.articles.revisions import BasisText
from kb.articles.writing import drafts
from kb.db import Database
from kb.feedback import subject, verdicts
from kb.feedback.verdicts import Verdict
from kb.known import known
from kb.migrations import migrate
from kb.models import Absence, ReviewTask, Revision
from kb.people import people, tokens
from kb.registers import documents, phones
from kb.registers.document_values import DocumentText
from kb.registers.phones import PhoneText
from kb.upkeep import callback_list, gap_list
from kb.upkeep.links import looking
from kb.upkeep.links.gathering import gather
from kb.upkeep.webhooks import keeping
from retriever.callbacks import find_callbacks
from retriever.gaps import find_gaps
from retriever.language.analysis import Analyser
from tests.conftest import NOW
from tests.kb import factories
from tests.kb.factories import add_department, at, revision_text
from tests.kb.feedback.answers import answered
from tests.web.conftest import site_settings
from web import create_app

OWNER, OTHER = "hrss", "fund"
GRANTS: dict[str, list[people.Grant]] = {
    "agent": [(Role.AGENT, None)], "supervisor": [(Role.SUPERVISOR, None)], "admin": [(Role.ADMIN, None)],
    "manager": [(Role.KNOWLEDGE_MANAGER, None)], "hrss-editor": [(Role.EDITOR, OWNER)],
    "hrss-second": [(Role.EDITOR, OWNER)], "hrss-approver": [(Role.APPROVER, OWNER)],
    "fund-editor": [(Role.EDITOR, OTHER)], "fund-approver": [(Role.APPROVER, OTHER)],
}
AUTHOR = "hrss-editor"
_FEE = "补办收费20元。\n\n## 补领\n\n当场领取。\n"
_SOURCE = "免费补办。\n\n## 补领\n\n当场领取。\n"


@dataclass(frozen=True, slots=True)
class Thing:
    """Something of the department hrss, in a state; ``slug`` and ``key`` (an id, a number or a hash) name it."""

    kind: str
    state: str
    slug: str
    key: str = ""
    sha256: str = ""
    audience: str = "public"
    by: str = AUTHOR  # whose it is

    @property
    def is_published(self) -> bool:
        return self.state in ("published", "internal", "retired", "hidden", "moving", "twice", "asked")


@dataclass
class World:
    """The application, its people and things."""

    app: Flask
    actors: dict[str, Actor]
    headers: dict[str, dict[str, str]]
    things: list[Thing]
    spare: Path  # the database as it was

    def keep(self) -> None:
        """What is there now is how it was."""
        database = self.app.extensions["kb"].database
        with closing(sqlite3.connect(database.engine.url.database)) as present, closing(sqlite3.connect(
                self.spare)) as before:
            present.backup(before)

    def restore(self) -> None:
        """Everything as it was."""
        database = self.app.extensions["kb"].database
        with closing(sqlite3.connect(self.spare)) as before, closing(sqlite3.connect(
                database.engine.url.database)) as present:
            before.backup(present)


@contextmanager
def world(folder: Path, *, url: str = "") -> Iterator[World]:
    """One, made anew; in the database of this URL, where one is named, it cannot be restored."""
    settings = site_settings(folder, database={"url": url}, webhooks={"hosts": "127.0.0.1"})
    database = Database(settings)
    migrate(database)
    for code in (OWNER, OTHER):
        add_department(database, code)
    actors, headers = {"citizen": CITIZEN}, {"citizen": dict[str, str]()}
    with database.transaction() as session:
        for login, grants in GRANTS.items():
            people.create_user(session, OPERATOR, login=login, name=login, grants=grants, password=None, now=at(0))
            scopes = tokens.SCOPES - {"admin"} | ({"admin"} & {role.value for role, _ in grants})
            token = tokens.create_token(session, OPERATOR, login, name="t", scopes=sorted(scopes), days=None, now=at(0))
            actors[login] = people.actor_of(session, login, now=at(0))
            headers[login] = {"Authorization": f"Bearer {token}"}
    things = [*_articles(database, actors), *_drafts(database, actors), *_known(database, actors),
              Thing("person", "enabled", "fund-editor"), _hidden(database, actors),
              _half_signed(database, actors), _moving(database, actors), *_departments(database, actors),
              *_commented(database, actors), *_of_old(database, actors), *_flowed_back(database, actors),
              *_registers(database, actors), *_tasks(database), _webhook(database, actors)]
    database.close()
    app = create_app(settings, clock=lambda: NOW)
    app.extensions["kb"].retriever.catch_up()
    spare = folder / "spare"
    if not url:
        with (closing(sqlite3.connect(settings.data_dir / "kb.sqlite3")) as present,
              closing(sqlite3.connect(spare)) as copy):
            present.backup(copy)
    yield World(app, actors, headers, things, spare)
    app.extensions["kb"].close()


def _webhook(database: Database, actors: dict[str, Actor]) -> Thing:
    """A receiver at an address that is never called."""
    with database.transaction() as session:
        made, _ = keeping.add(session, actors["manager"], name="oa", url="http://127.0.0.1/kb", now=at(1),
                              origin="test")
    return Thing("webhook", "new", "", made.id)


def _registers(database: Database, actors: dict[str, Actor]) -> Iterator[Thing]:
    bases = (BasisText("依据", url="https://www.gov.cn/1.htm"),)
    factories.published(database, revision_text(_SOURCE, title="来源", bases=bases), slug="sourced")
    gather(database, now=at(1))
    with database.transaction() as session:
        phone = phones.put_phone(session, actors["manager"], PhoneText("12399", "热线"), now=at(1), origin="test")
        yield Thing("phone", "listed", "", phone.row.id)
        row = documents.put_document(session, actors["manager"], DocumentText("办法"), now=at(1), origin="test").row
        yield Thing("register", "in-force", "", row.id)
        (link,) = looking.links_after(session, actors["agent"], which=looking.Which.ALL, after="", limit=2, now=at(1))
        yield Thing("link", "new", "", link.id)


def _articles(database: Database, actors: dict[str, Actor]) -> Iterator[Thing]:
    ids = {"published": factories.published(database, revision_text(_SOURCE), slug="published"),
           "internal": factories.published(database, revision_text(_SOURCE, audience="agent"), slug="internal"),
           "retired": factories.published(database, revision_text(_SOURCE), slug="retired")}
    factories.retired(database, "retired", day=10)
    for state in ("in-review", "approved", "withdrawn", "rejected"):
        ids[state] = factories.submitted(database, revision_text(_SOURCE), slug=state)
        with database.transaction() as session:
            row = session.get_one(Revision, ids[state])
            if state == "approved":
                signatures.sign(session, actors["hrss-approver"], row, shown=row.sha256, now=at(1), origin="test")
            elif state == "withdrawn":
                workflow.withdraw(session, actors[AUTHOR], row, reason="", now=at(1), origin="test")
            elif state == "rejected":
                signatures.reject(session, actors["hrss-approver"], row, shown=row.sha256, reason="x", now=at(1),
                                  origin="test")
    for state, revision_id in ids.items():
        sha256 = factories.stored_revision(database, revision_id).sha256
        audience = "agent" if state == "internal" else "public"
        yield Thing("article", state, state, audience=audience)
        yield Thing("revision", state, state, "1", sha256, audience)


def _drafts(database: Database, actors: dict[str, Actor]) -> Iterator[Thing]:
    with database.transaction() as session:
        made = drafts.start(session, actors[AUTHOR], "drafted", revision_text(_SOURCE), now=at(1), origin="test")
        carrying = drafts.start(session, actors[AUTHOR], "carrying", revision_text(_SOURCE), now=at(1), origin="test")
        attachments.attach(session, actors[AUTHOR], carrying.id, "a.txt", b"a", seen=1, now=at(1), origin="test")
    yield Thing("draft", "draft", "drafted", made.id)
    yield Thing("carrying", "draft", "carrying", carrying.id, hashlib.sha256(b"a").hexdigest())


def _flowed_back(database: Database, actors: dict[str, Actor]) -> Iterator[Thing]:
    """A verdict of the agent's, a gap and a call, each about an article of hrss."""
    told = factories.published(database, revision_text(_FEE), slug="told")
    agent, answer_id = actors["agent"], str(uuid4())
    answered(database, told, _FEE, "补办收费20元。", answer_id=answer_id, asked_at=at(2), user_id=agent.user_id)
    with database.transaction() as session:
        given = verdicts.give(session, agent, subject.of_answer(session, answer_id), Verdict.INCOMPLETE, now=at(3),
                              origin="test")
    find_gaps(database, Analyser(), None, days=180, now=at(4))
    factories.published(database, revision_text(_FEE.replace("20", "25")), slug="told", number=2, day=5)
    find_callbacks(database, Analyser(), days=90, now=at(6), origin="test")
    with database.reading() as session:
        (gap,) = gap_list.list_gaps(session, OPERATOR)
        (call,) = callback_list.list_callbacks(session, OPERATOR)
    yield Thing("feedback", "open", "told", given.id, by="agent")
    yield Thing("gap", "open", "told", gap.id)
    yield Thing("callback", "open", "told", call.id, by="agent")


def _known(database: Database, actors: dict[str, Actor]) -> Iterator[Thing]:
    for slug in ("published", "internal"):
        with database.transaction() as session:
            proposed = known.propose(session, actors["agent"], slug, ["补领"], "卡丢了咋办", now=at(2), origin="test")
            released = known.add(session, actors[AUTHOR], slug, ["补领"], "卡不见了咋办", now=at(2), origin="test")
        for found in (proposed, released):
            audience = "agent" if slug == "internal" else "public"
            yield Thing("known", found.state.value, slug, found.id, audience=audience)


def _hidden(database: Database, actors: dict[str, Actor]) -> Thing:
    factories.published(database, revision_text(_SOURCE), slug="hidden")
    with database.transaction() as session:
        hiding.hide(session, actors["hrss-approver"], "hidden", reason="x", now=NOW, origin="test")
    return Thing("hidden", "hidden", "hidden", by="hrss-approver")


def _half_signed(database: Database, actors: dict[str, Actor]) -> Thing:
    with database.transaction() as session:
        rules.set_category(session, actors["manager"], "急", risk="high", review_days=None, now=at(0), origin="test")
        rules.set_rule(session, actors["manager"], department="", category="急", owner_signatures=2, now=at(0),
                       origin="test")
    revision_id = factories.submitted(database, revision_text(_SOURCE, category="急"), slug="half-signed")
    with database.transaction() as session:
        row = session.get_one(Revision, revision_id)
        signatures.sign(session, actors["hrss-approver"], row, shown=row.sha256, now=at(1), origin="test")
        return Thing("half-signed", "half-signed", "half-signed", "1", row.sha256)


def _moving(database: Database, actors: dict[str, Actor]) -> Thing:
    factories.published(database, revision_text(_SOURCE), slug="moving")
    with database.transaction() as session:
        moving.move(session, actors["hrss-approver"], "moving", to=OTHER, now=at(1), origin="test")
    return Thing("moving", "moving", "moving", by="hrss-approver")


def _commented(database: Database, actors: dict[str, Actor]) -> Iterator[Thing]:
    """A text in review of which both who may sign it have said something."""
    revision_id = factories.submitted(database, revision_text(_SOURCE), slug="commented")
    with database.transaction() as session:
        made = [comments.add_comment(session, actors[login], "commented", 1, "金额有误", now=at(1), origin="test")
                for login in ("hrss-approver", "manager")]
    sha256 = factories.stored_revision(database, revision_id).sha256
    yield Thing("commented", "commented", "commented", "1", sha256)
    yield Thing("comment", "open", "commented", str(made[0].id), by="hrss-approver")


def _departments(database: Database, actors: dict[str, Actor]) -> Iterator[Thing]:
    add_department(database, "gone")
    with database.transaction() as session:
        reorganising.dissolve(session, actors["admin"], "gone", successor=None, now=at(1), origin="test")
    yield Thing("department", "standing", OWNER)
    yield Thing("department", "dissolved", "gone")


def _tasks(database: Database) -> Iterator[Thing]:
    """A review task that waits for its person, and one that was put off."""
    for slug, state in (("tasked", "open"), ("tasked-off", "snoozed")):
        revision_id = factories.published(database, revision_text(_SOURCE, review_by=at(300)), slug=slug)
        with database.transaction() as session:
            row = session.get_one(Revision, revision_id)
            task = ReviewTask(id=str(uuid5(NAMESPACE_URL, slug)), article_id=row.article_id, department=OWNER,
                              person=AUTHOR, way="author", in_place_of="", severity="warning", opened_at=at(290),
                              reasons=[{"kind": "review", "key": "", "severity": "warning", "signal": None}],
                              due_on=at(340).date(), state=state, snoozes=1, level=0, escalated_to="", evidence="",
                              snoozed_until=at(400).date() if state == "snoozed" else None)
            session.add(task)
            yield Thing("task", state, slug, task.id, row.sha256)
    with database.transaction() as session:
        absence = Absence(login=AUTHOR, first_day=at(400).date(), last_day=at(401).date(), substitute="",
                      announced_by=AUTHOR, announced_at=at(1))
        session.add(absence)
        session.flush()
        yield Thing("absence", "coming", "", str(absence.id))


def _of_old(database: Database, actors: dict[str, Actor]) -> Iterator[Thing]:
    """An article with an earlier text, and a text whose erasure is asked for."""
    factories.published(database, revision_text(_SOURCE), slug="twice")
    factories.published(database, revision_text("收费。", effective_from=at(2)), slug="twice", number=2, day=2)
    yield Thing("twice", "twice", "twice", "1")
    revision_id = factories.published(database, revision_text(_SOURCE), slug="asked")
    with database.transaction() as session:
        redaction.ask_redaction(session, actors["admin"], session.get_one(Revision, revision_id), reason="x", now=at(1),
                                origin="test")
    yield Thing("asked", "asked", "asked", "1")

"""A city that works for a year: people write, sign, review, leave, are away; departments merge and are renamed.

Chance decides who does what, by a seed; whatever is refused changes nothing. What must always hold is looked at by
:mod:`tests.stateful.test_year`.
"""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import OPERATOR, Actor, Role
from kb.articles import publication
from kb.articles.acts import hiding, signatures
from kb.articles.acts.reorganising import merge, split
from kb.articles.acts.rules import set_category
from kb.articles.writing import drafts, submission
from kb.db import Database
from kb.errors import KbError
from kb.models import Article, Department, Draft, ReviewTask, Revision, RoleGrant, SignalRow, State, User
from kb.people import people
from kb.people.department_editing import rename, set_department
from kb.people.duty import absences
from kb.upkeep.reviews import resolving
from kb.upkeep.reviews import tasks as acts
from kb.upkeep.reviews.daily import follow_signals, tend_tasks
from kb.upkeep.reviews.resolving import Checked
from tests.kb.factories import revision_text

TZ = ZoneInfo("Asia/Shanghai")
FIRST_DAY = date(2026, 1, 5)
DEPARTMENTS = ("hrss", "fund", "tax", "civil", "water")
ARTICLES_EACH = 5
MANAGER, ADMIN = "km", "root"
KINDS = ("basis", "contact", "fact", "negative")
SEVERITIES = ("info", "warning", "warning", "serious")
DECISIONS = {"confirm": 60, "revise": 15, "retire": 4, "snooze": 8, "delegate": 8, "wake": 5}  # how often


@dataclass
class City:
    """The city's knowledge base, its chance, and what was done how often."""

    database: Database
    chance: random.Random
    day: date = FIRST_DAY
    minute: int = 0
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    hired: int = 0

    @property
    def now(self) -> datetime:
        """The present: a minute on with every act."""
        return (datetime.combine(self.day, time(8), tzinfo=TZ) + timedelta(minutes=self.minute)).astimezone(UTC)

    def act(self, what: str, do: Callable[[Session, datetime], object]) -> bool:
        """One act in a transaction; False where it was refused."""
        self.minute += 1
        try:
            with self.database.transaction() as session:
                do(session, self.now)
        except KbError as error:
            self.refused[f"{what}: {error.code}"] += 1
            return False
        self.done[what] += 1
        return True

    def read(self, query: Callable[[Session], list[str]]) -> list[str]:
        with self.database.reading() as session:
            return query(session)

    def actor(self, login: str) -> Actor:
        with self.database.reading() as session:
            return people.actor_of(session, login, now=self.now)

    # --- who and what there is

    def found(self) -> None:
        """Departments with two editors, two approvers and a head each, and their articles."""
        for code in DEPARTMENTS:
            self.act("found", lambda s, _now, code=code: s.merge(Department(  # type: ignore[misc]
                code=code, name_zh=f"市{code}局", name_en=f"{code} bureau", phone="")))
        for login, role in ((MANAGER, Role.KNOWLEDGE_MANAGER), (ADMIN, Role.ADMIN)):
            self.hire(login, [(role, None)])
        for code in DEPARTMENTS:
            for n in (1, 2):
                self.hire(f"{code}-e{n}", [(Role.EDITOR, code)])
                self.hire(f"{code}-a{n}", [(Role.APPROVER, code)])
            self.act("head", lambda s, now, code=code: set_department(  # type: ignore[misc]
                s, self.actor(ADMIN), code, head=f"{code}-a1", deputies=[f"{code}-a2"], now=now, origin="test"))
        for name, risk, days in (("高风险", "high", 120), ("一般", "normal", None), ("低风险", "low", 300)):
            self.act("category", lambda s, now, given=(name, risk, days): set_category(  # type: ignore[misc]
                s, self.actor(MANAGER), given[0], risk=given[1], review_days=given[2], now=now, origin="test"))
        for code in DEPARTMENTS:
            for n in range(ARTICLES_EACH):
                self.write_new(code, f"{code}-{n}")

    def hire(self, login: str, grants: list[people.Grant]) -> None:
        self.act("hire", lambda s, now: people.create_user(s, OPERATOR, login=login, name=login, grants=grants,
                                                           password=None, now=now))

    def department(self) -> str:
        """One that stands."""
        return self.chance.choice(self.read(lambda s: list(s.scalars(
            select(Department.code).where(Department.dissolved_at.is_(None)).order_by(Department.code)))))

    def slug(self) -> str:
        """An article that is not retired."""
        return self.chance.choice(self.read(lambda s: list(s.scalars(
            select(Article.slug).where(Article.retired_at.is_(None)).order_by(Article.slug)))))

    def somebody(self) -> str:
        """An account that is open, managers and administrators too."""
        return self.chance.choice(self.read(lambda s: list(s.scalars(
            select(User.login).where(User.disabled_at.is_(None)).order_by(User.login)))))

    def tasks(self) -> list[str]:
        """The open tasks."""
        return self.read(lambda s: list(s.scalars(select(ReviewTask.id).where(ReviewTask.outcome.is_(None))
                                                  .order_by(ReviewTask.due_on, ReviewTask.opened_at))))

    def holder(self, task_id: str) -> str:
        with self.database.reading() as session:
            return session.scalars(select(ReviewTask.person).where(ReviewTask.id == task_id)).one()

    # --- writing

    def write_new(self, code: str, slug: str) -> None:
        review_on = self.now + timedelta(days=self.chance.randint(20, 500))
        words = revision_text("材料：身份证。\n\n费用：五元。\n", owner=code, review_by=review_on,
                              effective_from=self.now, category=self.chance.choice(("高风险", "一般", "低风险", "")))
        self.act("start", lambda s, now: drafts.start(s, self.actor(f"{code}-e1"), slug, words, now=now, origin="test"))
        self.hand_in(slug)
        self.sign(slug)

    def edit(self) -> None:
        """Somebody begins a draft and hands it in."""
        slug, login = self.slug(), self.somebody()
        if self.act("edit", lambda s, now: self._save(s, self.actor(login), slug, now)):
            self.hand_in(slug)

    def _save(self, session: Session, actor: Actor, slug: str, now: datetime) -> None:
        draft = drafts.edit(session, actor, slug, now=now, origin="test")
        ends = now + timedelta(days=self.chance.randint(5, 60)) if self.chance.random() < 0.05 else None
        text = replace(draft.text, source=f"{draft.text.source}\n第{self.minute}条：{self.chance.randint(1, 99)}元。\n",
                       effective_from=now + timedelta(days=self.chance.choice((0, 0, 0, 20))), effective_to=ends,
                       review_by=now + timedelta(days=self.chance.randint(30, 400)))
        if text.effective_to is not None and text.effective_to <= text.effective_from:
            text = replace(text, effective_to=None)
        drafts.save(session, actor, draft.id, text, seen=draft.version, now=now, origin="test")

    def hand_in(self, slug: str) -> None:
        """Submit what drafts there are of the article."""
        with self.database.reading() as session:
            rows = session.execute(select(Draft.id, Draft.author, Draft.version).join(
                Article, Article.id == Draft.article_id).where(Article.slug == slug)).all()
        for draft_id, author, version in rows:
            self.act("submit", lambda s, now, one=(draft_id, author, version): submission.submit(  # type: ignore[misc]
                s, self.actor(one[1]), one[0], seen=one[2], now=now, origin="test"))

    def sign(self, slug: str = "") -> None:
        """Whoever can signs what waits, and publishes what is signed; now and then somebody who may not tries."""
        with self.database.reading() as session:
            rows = session.execute(
                select(Revision.id, Revision.sha256, Article.owner).join(Article, Article.id == Revision.article_id)
                .where(Revision.state.in_((State.IN_REVIEW, State.APPROVED)), *([Article.slug == slug] if slug else []))
                .order_by(Revision.created_at)).all()
        for revision_id, sha256, owner in rows[:3]:
            login = self.chance.choice((self.signer(owner), self.signer(owner), self.somebody()))
            self.act("sign", lambda s, now, one=(revision_id, sha256, login): signatures.sign(  # type: ignore[misc]
                s, self.actor(one[2]), self.revision(s, one[0]), shown=one[1], reason="代签", now=now, origin="test"))
            self.act("publish", lambda s, now, one=(revision_id, login): publication.publish(  # type: ignore[misc]
                s, self.actor(one[1]), self.revision(s, one[0]), now=now, origin="test"))

    def signer(self, owner: str) -> str:
        """Who signs for the department, or the manager."""
        with self.database.reading() as session:
            found = session.scalars(select(User.login).join(RoleGrant, RoleGrant.user_id == User.id).where(
                User.disabled_at.is_(None), RoleGrant.role == Role.APPROVER, RoleGrant.department == owner)
                .order_by(User.login)).all()
        return self.chance.choice(found) if found else MANAGER

    def revision(self, session: Session, revision_id: str) -> Revision:
        found = session.get_one(Revision, revision_id)
        session.refresh(found, ["article", "co_owners"])
        return found

    def hide_or_show(self) -> None:
        slug, login = self.slug(), self.chance.choice((MANAGER, self.somebody()))
        if not self.act("hide", lambda s, now: hiding.hide(s, self.actor(login), slug, reason="有误", now=now,
                                                           origin="test")):
            self.act("show", lambda s, now: hiding.show(s, self.actor(MANAGER), slug, now=now, origin="test"))

    # --- reviewing

    def find_fault(self) -> None:
        """A check finds something, or no longer."""
        with self.database.transaction() as session:
            open_ = session.scalars(select(SignalRow).where(SignalRow.cleared_at.is_(None)).order_by(SignalRow.id)
                                    ).all()
            if open_ and self.chance.random() < 0.3:
                self.chance.choice(open_).cleared_at = self.now
                self.done["clear"] += 1
                return
            article_id = session.scalars(select(Article.id).where(Article.retired_at.is_(None)).order_by(
                Article.slug)).all()
            session.add(SignalRow(id=str(uuid.UUID(int=self.chance.getrandbits(128))), facts={}, evidence=[],
                                  article_id=self.chance.choice(article_id), kind=self.chance.choice(KINDS),
                                  key=str(self.chance.getrandbits(30)), audience="public", raised_at=self.now,
                                  severity=self.chance.choice(SEVERITIES), cleared_why=""))
            self.done["raise"] += 1

    def review(self) -> None:
        """Somebody decides on a task: mostly whose it is, mostly that the text is right."""
        open_ = self.tasks()
        if not open_:
            return
        task_id = self.chance.choice(open_[:6])
        login = self.holder(task_id) if self.chance.random() < 0.85 else self.somebody()
        what = self.chance.choices(tuple(DECISIONS), tuple(DECISIONS.values()))[0]
        self.act(what, lambda s, now: self._decide(s, self.actor(login), task_id, what, now))

    def _decide(self, session: Session, actor: Actor, task_id: str, what: str, now: datetime) -> None:
        if what == "confirm":
            sha256 = session.scalars(select(Revision.sha256).join(
                ReviewTask, ReviewTask.article_id == Revision.article_id).where(
                ReviewTask.id == task_id, Revision.state == State.PUBLISHED).order_by(Revision.number.desc())).first()
            resolving.confirm_task(session, actor, Checked(task_id, sha256 or "", "与文件核对"), now=now, origin="test")
        elif what == "revise":
            resolving.revise_task(session, actor, task_id, now=now, origin="test")
        elif what == "retire":
            resolving.retire_task(session, actor, task_id, reason="停办", now=now, origin="test")
        elif what == "snooze":
            acts.snooze(session, actor, task_id, until=self.day + timedelta(days=self.chance.randint(1, 12)),
                        reason="等文件", now=now, origin="test")
        elif what == "delegate":
            acts.delegate(session, actor, task_id, to=self.somebody(), now=now, origin="test")
        else:
            acts.wake(session, actor, task_id, now=now, origin="test")

    def tend(self) -> None:
        """The morning's job, twice now and then, as after a crash."""
        self.minute += 1
        tend_tasks(self.database, now=self.now)
        if self.chance.random() < 0.1:
            tend_tasks(self.database, now=self.now)
        self.done["tend"] += 1

    def follow(self) -> None:
        self.minute += 1
        follow_signals(self.database, now=self.now)

    # --- people and departments

    def go_away(self) -> None:
        login, substitute = self.somebody(), self.chance.choice(("", self.somebody()))
        self.act("away", lambda s, now: absences.announce(
            s, self.actor(login), login, first_day=self.day + timedelta(days=self.chance.randint(0, 5)),
            last_day=self.day + timedelta(days=self.chance.randint(5, 30)), substitute=substitute, now=now,
            origin="test"))

    def leave(self) -> None:
        """Somebody leaves, or changes to another department; mostly somebody follows."""
        login, code = self.somebody(), self.department()
        if login in (ADMIN, MANAGER):
            return
        if self.chance.random() < 0.5:
            self.act("leave", lambda s, now: people.disable_user(s, self.actor(ADMIN), login, now=now))
        else:
            self.act("change", lambda s, now: people.set_roles(s, self.actor(ADMIN), login, [(Role.EDITOR, code)],
                                                               now=now))
        if self.chance.random() < 0.8:
            self.hired += 1
            role = self.chance.choice((Role.EDITOR, Role.APPROVER))
            self.hire(f"new-{self.hired}", [(role, code)])

    def reorganise(self) -> None:
        """Two departments are merged, articles go to another, or one is renamed."""
        first, second = self.department(), self.department()
        what = self.chance.choice(("merge", "merge", "split", "rename"))
        admin = self.actor(ADMIN)
        if what == "merge" and len({first, second}) == 2:
            standing = len(self.read(lambda s: list(s.scalars(
                select(Department.code).where(Department.dissolved_at.is_(None))))))
            if standing > 2:
                self.act("merge", lambda s, now: merge(s, admin, first, into=second, now=now, origin="test"))
        elif what == "split":
            slugs = self.read(lambda s: list(s.scalars(select(Article.slug).where(Article.owner == first).order_by(
                Article.slug).limit(2))))
            self.act("split", lambda s, now: split(s, admin, first, into=second, articles=slugs, now=now,
                                                   origin="test"))
        else:
            self.act("rename", lambda s, now: rename(s, admin, first, name_zh=f"市{first}委{self.minute}",
                                                     name_en=f"{first} office {self.minute}", now=now, origin="test"))

"""First set-up: schema, departments, lexicon, the sample articles and their people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from kb.actor import OPERATOR, Role
from kb.content.importers import Report, import_paths
from kb.db import Database
from kb.migrations import migrate
from kb.models import Department
from kb.people import people
from kb.people.passwords import new_password
from kb.settings import Settings

SAMPLE = Path(__file__).with_name("sample")  # in the repository a link to articles/, in an installation the files


def init(database: Database, settings: Settings, *, now: datetime, sample: Path | None = None,
         progress: Callable[[int, int], None] | None = None) -> Report:
    """Bring the schema up; with ``sample`` import and publish that folder's articles with their own history."""
    migrate(database)
    if sample is None:
        return Report()
    return import_paths(database, settings, OPERATOR, [sample], now=now, approver=OPERATOR, progress=progress)


def is_in_use(database: Database) -> bool:
    """Whether people are registered, the sample's or others': then the schema is brought up, and nothing else.

    An import of the sample that broke off has not come to its people yet, and goes on.
    """
    migrate(database)
    with database.reading() as session:
        return people.has_users(session)


def add_sample_users(database: Database, *, now: datetime) -> list[tuple[str, str]]:
    """The sample's first sign-ins (login, password), one of each kind; nothing once there are users.

    Every department gets an editor and an approver, whom its articles name; those of one department can sign in.
    """
    with database.transaction() as session:
        if people.has_users(session):
            return []
        codes = list(session.scalars(select(Department.code).order_by(Department.code)))
        first = "hrss" if "hrss" in codes else next(iter(codes), None)
        kinds: list[tuple[str, str, people.Grant]] = [
            ("agent", "坐席 Agent", (Role.AGENT, None)),
            ("supervisor", "班长 Supervisor", (Role.SUPERVISOR, None)),
            ("manager", "知识管理员 Knowledge manager", (Role.KNOWLEDGE_MANAGER, None)),
            ("admin", "系统管理员 Administrator", (Role.ADMIN, None)),
            *((f"{code}-{role}", f"{code} {role}", (role, code))
              for code in sorted(codes, key=lambda c: c != first) for role in (Role.EDITOR, Role.APPROVER)),
        ]
        shown = []
        for login, name, grant in kinds:
            password = new_password() if grant[1] in (None, first) else None
            people.create_user(session, OPERATOR, login=login, name=name, grants=[grant], password=password,
                               is_once=False, now=now)  # shown to who tries the sample out, all of them in one person
            if password:
                shown.append((login, password))
        return shown

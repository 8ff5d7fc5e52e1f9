"""First set-up: schema, departments, lexicon, the sample articles and their people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import lexicon, people
from kb.db import Database
from kb.errors import Invalid
from kb.front_matter import load_yaml
from kb.importers import Report, import_paths
from kb.migrations import migrate
from kb.models import Department
from kb.permissions import SYSTEM, Action, Actor, require
from kb.settings import Settings
from kb.text import clean_label

DEPARTMENTS, LEXICON = "departments.yaml", "lexicon.yaml"
_LARGEST = 1_000_000  # bytes of a departments.yaml


def load_departments(session: Session, actor: Actor, path: Path) -> int:
    """Create or rename the departments that a departments.yaml lists; how many it lists."""
    require(actor, Action.OPERATE)
    try:
        listed = load_yaml(path.read_text(encoding="utf-8-sig"), largest=_LARGEST, what=str(path))["departments"]
        for item in listed:
            session.merge(Department(code=item["code"], name_zh=clean_label(item["name_zh"]),
                                     name_en=clean_label(item["name_en"]), phone=str(item.get("phone") or "")))
    except (OSError, UnicodeDecodeError, KeyError, TypeError, AttributeError) as error:
        raise Invalid("departments", f"{path}: not a list of departments with code, name_zh, name_en, phone") from error
    session.flush()
    return len(listed)


def init(database: Database, settings: Settings, *, now: datetime, sample: Path | None = None,
         progress: Callable[[int, int], None] | None = None) -> Report:
    """Bring the schema up; with ``sample`` import and publish that folder's articles with their own history.

    Departments and the lexicon come before the articles, so that no text is ever cut without its words.
    """
    migrate(database)
    if sample is None:
        return Report()
    with database.transaction() as session:
        load_departments(session, SYSTEM, sample / DEPARTMENTS)
        if (sample / LEXICON).is_file():
            lexicon.import_file(session, SYSTEM, sample / LEXICON, now=now)
    return import_paths(database, settings, SYSTEM, [sample], now=now, approver=SYSTEM, progress=progress)


def add_sample_users(database: Database, *, now: datetime) -> list[tuple[str, str]]:
    """The sample's first sign-ins (login, password), one of each kind; nothing once there are users."""
    with database.transaction() as session:
        codes = list(session.scalars(select(Department.code).order_by(Department.code)))
        first = ["hrss"] if "hrss" in codes else codes[:1]
        return people.make_sample_users(session, SYSTEM, [*first, *(c for c in codes if c not in first)], now=now)

"""First set-up: schema, departments, and the sample articles."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import yaml
from sqlalchemy.orm import Session

from kb.db import Database
from kb.errors import Invalid
from kb.importers import Report, import_paths
from kb.migrations import migrate
from kb.models import Department
from kb.permissions import SYSTEM, Action, Actor, require
from kb.settings import Settings


def load_departments(session: Session, actor: Actor, path: Path) -> int:
    """Create or rename the departments that a departments.yaml lists; how many it lists."""
    require(actor, Action.OPERATE)
    try:
        listed = yaml.safe_load(path.read_text(encoding="utf-8"))["departments"]
        for item in listed:
            session.merge(Department(code=item["code"], name_zh=item["name_zh"], name_en=item["name_en"],
                                     phone=str(item["phone"])))
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise Invalid("departments", f"{path}: not a list of departments with code, names and phone") from error
    session.flush()
    return len(listed)


def init(database: Database, settings: Settings, *, now: datetime, sample: Path | None = None,
         progress: Callable[[int, int], None] | None = None) -> Report:
    """Bring the schema up; with ``sample`` import and publish that folder's articles with their own history."""
    migrate(database)
    if sample is None:
        return Report()
    with database.transaction() as session:
        load_departments(session, SYSTEM, sample / "departments.yaml")
    return import_paths(database, settings, SYSTEM, [sample], now=now, approver=SYSTEM, progress=progress)

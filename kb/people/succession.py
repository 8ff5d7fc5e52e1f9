"""Who follows a dissolved department: its successor, or that one's, where the chain of them ends.

What a dissolved department had to sign or may read is its successor's, by whoever holds the same role there. One that
nobody follows has nobody: roles that were given for it mean nothing from then on, and where its signature is still
waited for, a knowledge manager signs in its place and says why.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import Role
from kb.models import Department


def standing_department(session: Session, code: str) -> str:
    """The department, or the one that took its place when it was dissolved; itself where that chain leads back."""
    department = session.get(Department, code)
    seen = set()
    while department is not None and department.dissolved_at is not None and department.successor is not None:
        if department.code in seen:
            return code
        seen.add(department.code)
        department = session.get(Department, department.successor)
    return department.code if department is not None else code


def standing_grants(session: Session, grants: Iterable[tuple[Role, str]]
                    ) -> tuple[frozenset[tuple[Role, str]], frozenset[tuple[Role, str]]]:
    """Of roles held for departments those of standing ones, and what comes with them: the same role for each
    dissolved department that is followed by one of these."""
    held = frozenset(grants)
    if not held:
        return held, held
    followed = {row[0]: row[1] for row in session.execute(
        select(Department.code, Department.successor).where(Department.dissolved_at.is_not(None)))}
    standing = frozenset((role, code) for role, code in held if code not in followed)
    heirs = {code: _heir(followed, code) for code in followed}
    return standing, frozenset((role, code) for role, department in standing
                               for code, heir in heirs.items() if heir == department)


def _heir(followed: dict[str, str | None], code: str) -> str | None:
    """The standing department at the end of the chain; None where there is none, or the chain leads back."""
    at: str | None = code
    for _ in range(len(followed) + 1):
        if at is None or at not in followed:
            return at
        at = followed[at]
    return None

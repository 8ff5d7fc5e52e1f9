"""Who acts or reads, and in which roles; what each role may do stands in ``kb.people.permissions``.

An actor acts, a viewer reads; both are an :class:`Actor`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Roles of DESIGN §8."""

    CITIZEN = "citizen"
    AGENT = "agent"
    EDITOR = "editor"
    APPROVER = "approver"
    KNOWLEDGE_MANAGER = "knowledge_manager"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


class Audience(StrEnum):
    """For whom a revision's text is meant."""

    PUBLIC = "public"
    AGENT = "agent"


class Office(StrEnum):
    """What acts and is no person: it holds no role, and may do what is listed for it alone."""

    JOBS = "jobs"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts or reads. The anonymous citizen has no user id and no departments."""

    user_id: str | None
    name: str
    roles: frozenset[Role]
    grants: frozenset[tuple[Role, str]] = frozenset()  # a role held for one department code
    inherited: frozenset[tuple[Role, str]] = frozenset()  # what comes with it: for dissolved ones that it follows
    office: Office | None = None  # no person and no role: a list of rights of its own

    @property
    def departments(self) -> frozenset[str]:
        """The departments for which the actor holds any role."""
        return frozenset(department for _, department in self.grants)

    @property
    def is_signed_in(self) -> bool:
        return self.user_id is not None


CITIZEN = Actor(None, "citizen", frozenset({Role.CITIZEN}))
SYSTEM = Actor(None, "system", frozenset(), office=Office.JOBS)  # what is done by the clock, asked for by nobody
OPERATOR = Actor(None, "operator", frozenset(), office=Office.OPERATOR)  # whoever runs the shell on the server

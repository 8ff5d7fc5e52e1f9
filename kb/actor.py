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


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts or reads. The anonymous citizen has no user id and no departments."""

    user_id: str | None
    name: str
    roles: frozenset[Role]
    grants: frozenset[tuple[Role, str]] = frozenset()  # a role held for one department code
    inherited: frozenset[tuple[Role, str]] = frozenset()  # what comes with it: for dissolved ones that it follows
    is_job: bool = False  # no person and no role: what runs by the clock, which has a table of its own

    @property
    def departments(self) -> frozenset[str]:
        """The departments for which the actor holds any role."""
        return frozenset(department for _, department in self.grants)

    @property
    def is_signed_in(self) -> bool:
        return self.user_id is not None


CITIZEN = Actor(None, "citizen", frozenset({Role.CITIZEN}))
SYSTEM = Actor(None, "system", frozenset({Role.ADMIN, Role.KNOWLEDGE_MANAGER}))  # whoever runs the shell on the server
JOBS = Actor(None, "system", frozenset(), is_job=True)  # what is done by the clock, asked for by nobody

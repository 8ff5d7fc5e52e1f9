"""A department that cannot keep its articles: dissolved, or without two people of whom one writes and another signs.
Giving the article away, or giving people roles, clears it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import Role
from kb.messages.message import Message
from kb.models import Article, Department, RoleGrant, User
from kb.people.succession import standing_grants
from kb.upkeep.signals.live_texts import live_texts, rows_of, whole
from kb.upkeep.signals.signal import Evidence, Finding, Looking, Severity, Topic


class OwnerUnable:
    """Owner department dissolved, or without enabled editors and approvers."""

    kind = "owner"
    topics = frozenset({Topic.ARTICLE, Topic.DEPARTMENT})

    def find(self, session: Session, looking: Looking, articles: Collection[str] | None) -> Iterator[Finding]:
        """One finding for each article in force of such a department."""
        unable = _unable(session, articles)
        if not unable:
            return
        query = live_texts(looking, Article.owner).where(Article.owner.in_(sorted(unable)))
        for article_id, revision_id, owner in rows_of(session, query, articles):
            why, name = unable[owner]
            source = "department" if why == "dissolved" else "people"
            # while nobody signs there a manager may, as a substitute: no word of the text is in doubt for that
            severity = Severity.WARNING if why == "dissolved" else Severity.INFO
            yield Finding(self.kind, article_id, severity,
                          evidence=(whole(revision_id), Evidence(name, source=f"{source}:{owner}")),
                          facts={"why": why, "department": owner})

    def explain(self, facts: Mapping[str, Any]) -> Message:
        if facts["why"] == "dissolved":
            return Message("its department is dissolved")
        if facts["why"] == "nobody_writes":
            return Message("its department has nobody who could write")
        if facts["why"] == "nobody_signs":
            return Message("its department has nobody who could sign")
        return Message("its department has only one person, whose text nobody else could sign")


def _unable(session: Session, articles: Collection[str] | None) -> dict[str, tuple[str, str]]:
    """The departments that own (these) articles and cannot keep them: why, and their name; where nobody is registered
    at all, who writes is not known here."""
    if session.scalar(select(User.id).limit(1)) is None:
        return {}
    people = _people(session)
    found = {}
    query = select(Department.code, Department.name_zh, Department.dissolved_at)
    owners = None if articles is None else {
        row[0] for row in rows_of(session, select(Article.owner).distinct(), articles, Article.id)}
    for code, name, dissolved_at in rows_of(session, query, owners, Department.code):
        why = "dissolved" if dissolved_at is not None else _lack(*people.get(code, (frozenset(), frozenset())))
        if why:
            found[code] = (why, name)
    return found


def _lack(writers: frozenset[str], signers: frozenset[str]) -> str:
    """What these people cannot do together; empty where one can write and another sign."""
    if not writers:
        return "nobody_writes"
    if not signers:
        return "nobody_signs"
    return "nobody_else" if len(writers | signers) < 2 else ""


def _people(session: Session) -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """Of each department the enabled accounts that write, approvers among them, and those that sign."""
    grants: dict[str, set[tuple[Role, str]]] = {}
    for user_id, role, department in session.execute(
            select(RoleGrant.user_id, RoleGrant.role, RoleGrant.department).join(User, User.id == RoleGrant.user_id)
            .where(User.disabled_at.is_(None), RoleGrant.role.in_((Role.EDITOR, Role.APPROVER)))):
        if department is not None:
            grants.setdefault(user_id, set()).add((Role(role), department))
    found: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
    for user_id, held in grants.items():
        for role, department in frozenset.union(*standing_grants(session, held)):
            writers, signers = found.get(department, (frozenset(), frozenset()))
            found[department] = (writers | {user_id}, signers | {user_id} if role is Role.APPROVER else signers)
    return found

"""Who may do what: one table of roles and actions, taken by every service function.

What a viewer may read has an SQL twin in ``kb.articles.live``.
"""

from __future__ import annotations

from enum import StrEnum

from kb.actor import Actor, Audience, Role
from kb.errors import Denied
from kb.messages.message import Message


class Action(StrEnum):
    """What can be done; departments are checked where the table says ``own``."""

    READ = "read"
    READ_HISTORY = "read_history"
    DRAFT = "draft"
    APPROVE = "approve"
    RETIRE = "retire"
    HIDE = "hide"  # out of all answers at once, and show again
    PUBLISH_URGENTLY = "publish_urgently"  # with one signature, the others to follow
    MOVE_ARTICLE = "move_article"  # to another department: sign for one of the two
    REDACT = "redact"  # ask that a text is erased, by law
    AGREE_REDACTION = "agree_redaction"
    EDIT_DEPARTMENTS = "edit_departments"  # rename, merge, split, dissolve; who heads them
    PROPOSE_KNOWN = "propose_known"  # a question that a section answers
    RELEASE_KNOWN = "release_known"  # so that it is searched, or drop it
    IMPORT_HISTORY = "import_history"  # keep the dates and system times that a file states
    EDIT_LEXICON = "edit_lexicon"  # dictionary and synonyms
    EDIT_RULES = "edit_rules"  # how many signatures a text needs
    CONFIRM = "confirm"  # that a text is still right
    MANAGE_USERS = "manage_users"
    OPERATE = "operate"  # settings, backup, index


ANY, OWN = "any", "own"
DEPARTMENT_ROLES = frozenset({Role.EDITOR, Role.APPROVER})  # mean nothing without a department

_TABLE: dict[Role, dict[Action, str]] = {
    Role.CITIZEN: {Action.READ: ANY},
    Role.AGENT: {Action.READ: ANY, Action.READ_HISTORY: ANY, Action.PROPOSE_KNOWN: ANY},
    Role.EDITOR: {Action.READ: ANY, Action.READ_HISTORY: ANY, Action.DRAFT: OWN, Action.CONFIRM: OWN,
                  Action.PROPOSE_KNOWN: OWN, Action.RELEASE_KNOWN: OWN},
    Role.APPROVER: {Action.READ: ANY, Action.READ_HISTORY: ANY, Action.APPROVE: OWN, Action.RETIRE: OWN,
                    Action.HIDE: OWN, Action.PUBLISH_URGENTLY: OWN, Action.MOVE_ARTICLE: OWN,
                    Action.CONFIRM: OWN, Action.PROPOSE_KNOWN: OWN, Action.RELEASE_KNOWN: OWN},
    Role.KNOWLEDGE_MANAGER: {Action.READ: ANY, Action.READ_HISTORY: ANY, Action.DRAFT: ANY, Action.APPROVE: ANY,
                             Action.RETIRE: ANY, Action.HIDE: ANY, Action.PUBLISH_URGENTLY: ANY,
                             Action.MOVE_ARTICLE: ANY, Action.AGREE_REDACTION: ANY, Action.IMPORT_HISTORY: ANY,
                             Action.EDIT_LEXICON: ANY, Action.EDIT_RULES: ANY, Action.CONFIRM: ANY,
                             Action.PROPOSE_KNOWN: ANY, Action.RELEASE_KNOWN: ANY},
    Role.SUPERVISOR: {Action.READ: ANY, Action.READ_HISTORY: ANY, Action.PROPOSE_KNOWN: ANY},
    Role.ADMIN: {Action.READ: ANY, Action.READ_HISTORY: ANY, Action.IMPORT_HISTORY: ANY, Action.MANAGE_USERS: ANY,
                 Action.OPERATE: ANY, Action.REDACT: ANY, Action.EDIT_DEPARTMENTS: ANY},
}


def can(actor: Actor, action: Action, *, department: str | None = None) -> bool:
    """Whether the actor may do this (to things of this department)."""
    for role in actor.roles:
        scope = _TABLE[role].get(action)
        if scope == ANY or (scope == OWN and department is not None and (role, department) in actor.grants):
            return True
    return False


def can_somewhere(actor: Actor, action: Action) -> bool:
    """Whether the actor may do this to things of at least one department."""
    return any(can(actor, action, department=department) for department in (None, *actor.departments))


def require(actor: Actor, action: Action, *, department: str | None = None) -> None:
    """Raise Denied unless :func:`can`."""
    if not can(actor, action, department=department):
        if department:
            raise Denied("denied", f"{actor.name} may not {action.value} for department {department}")
        raise Denied("denied", f"{actor.name} may not {action.value}")


def require_person(actor: Actor, does: Message | str) -> None:
    """Raise Denied for an actor that is nobody: what ``does`` says is done by a person, by name."""
    if not actor.is_signed_in:
        raise Denied("no_person", "{actor} is no person; name who {does}", actor=actor.name,
                     does=Message(does) if isinstance(does, str) else does)


def audiences_of(viewer: Actor, *, narrowed_to: str | None = None) -> frozenset[Audience]:
    """The audiences whose text this viewer may be shown; ``narrowed_to`` narrows and never widens."""
    allowed = frozenset({Audience.PUBLIC}) if viewer.roles <= {Role.CITIZEN} else frozenset(Audience)
    if narrowed_to is None:
        return allowed
    # an agent's screen shows what citizens see too; a citizen's screen shows public text only
    wanted = frozenset({Audience.PUBLIC}) if Audience(narrowed_to) is Audience.PUBLIC else frozenset(Audience)
    return allowed & wanted

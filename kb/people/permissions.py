"""Who may do what: one table of roles and actions, asked of a thing by every service function, and of rows by lists.

:func:`can` is asked with what is acted on, :func:`may_sql` is the same question as a condition on rows (a test holds
them equal), :func:`may_anywhere` whether there is anything at all to do it to, and :func:`why` answers in words. What
the state of a thing or its signatures add to that stands with the acts; what a viewer may read of published texts has
its predicate in ``kb.articles.live``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, true

from kb.actor import Actor, Audience, Office, Role
from kb.errors import Denied
from kb.messages.message import Message
from kb.models import Draft, Revision, Transfer
from kb.people.whose import Rows, Thing, rows_of, whose


class Action(StrEnum):
    """What can be done; whose thing it must be, the table says."""

    READ = "read"
    READ_HISTORY = "read_history"
    READ_UNPUBLISHED = "read_unpublished"  # drafts, and texts that were handed in
    DRAFT = "draft"
    WRITE = "write"  # in a draft that is one's own: save, merge, hand in, throw away
    APPROVE = "approve"  # sign, for the owner or a co-owner, what others wrote
    PUBLISH = "publish"  # what all have signed
    RETIRE = "retire"
    HIDE = "hide"  # out of all answers at once, and show again
    PUBLISH_URGENTLY = "publish_urgently"  # with one signature, the others to follow
    MOVE_ARTICLE = "move_article"  # to another department: sign for one of the two
    REDACT = "redact"  # ask that a text is erased, by law
    AGREE_REDACTION = "agree_redaction"
    EDIT_DEPARTMENTS = "edit_departments"  # rename, merge, split, dissolve; who heads them
    PROPOSE_KNOWN = "propose_known"  # a question that a section answers
    RELEASE_KNOWN = "release_known"  # so that it is searched, or drop it
    IMPORT_DRAFTS = "import_drafts"  # bring texts in as files, for whoever writes on in them
    IMPORT_HISTORY = "import_history"  # keep the dates and system times that a file states
    EDIT_LEXICON = "edit_lexicon"  # dictionary and synonyms
    EDIT_RULES = "edit_rules"  # how many signatures a text needs
    EDIT_CALENDAR = "edit_calendar"  # which days are worked
    RUN_JOBS = "run_jobs"  # look at what the clock does; pause it, let it go on, ask for a run
    EDIT_WEBHOOKS = "edit_webhooks"  # which other systems hear of notices
    EDIT_REGISTERS = "edit_registers"  # the phone ledger and the register of basis documents
    CONFIRM = "confirm"  # that a text is still right
    SEE_TASKS = "see_tasks"  # the review tasks of a department, and how it keeps up
    GIVE_FEEDBACK = "give_feedback"  # say whether an answer was right
    RESOLVE_FEEDBACK = "resolve_feedback"  # answer what was said, decide on a gap
    SEE_INSIGHTS = "see_insights"  # how articles are kept, what was asked, said and missed; as a person, in own calls
    CALL_BACK = "call_back"  # note what became of a call that was told a text which has changed
    KEEP_ACCOUNT = "keep_account"  # a person's sessions and tokens
    KEEP_ABSENCE = "keep_absence"  # when a person is out of the office, and who stands in
    EXPLAIN_RIGHTS = "explain_rights"  # what a person may do, and why
    MANAGE_USERS = "manage_users"
    ADMIT_USERS = "admit_users"  # whom the sign-in service vouches for, with the roles that the settings name
    OPERATE = "operate"  # settings, backup, index
    PRUNE = "prune"  # remove what was kept long enough


class Scope(StrEnum):
    """Whose thing it must be."""

    ANY = "any"
    OWN = "own"  # of a department that the role is held for
    SELF = "self"  # the actor's own, as a person


ANY, OWN, SELF = Scope
DEPARTMENT_ROLES = frozenset({Role.EDITOR, Role.APPROVER})  # mean nothing without a department

# what everybody may who signs in, role or none
_MINE = {Action.KEEP_ACCOUNT: SELF, Action.KEEP_ABSENCE: SELF, Action.EXPLAIN_RIGHTS: SELF}
_STAFF = {Action.READ: ANY, Action.READ_HISTORY: ANY, **_MINE}
_USES = {Action.PROPOSE_KNOWN: ANY, Action.GIVE_FEEDBACK: ANY}  # what those may who have callers on the line
_WRITES = {Action.READ_UNPUBLISHED: OWN, Action.DRAFT: OWN, Action.WRITE: OWN, Action.CONFIRM: OWN,
           Action.PROPOSE_KNOWN: OWN, Action.RELEASE_KNOWN: OWN, Action.RESOLVE_FEEDBACK: OWN,
           Action.SEE_INSIGHTS: OWN, Action.SEE_TASKS: OWN, Action.IMPORT_DRAFTS: OWN}
_SIGNS = {Action.APPROVE: OWN, Action.PUBLISH: OWN, Action.RETIRE: OWN, Action.HIDE: OWN,
          Action.PUBLISH_URGENTLY: OWN, Action.MOVE_ARTICLE: OWN}
_TABLE: dict[Role, dict[Action, Scope]] = {
    Role.CITIZEN: {Action.READ: ANY, **_MINE},
    Role.AGENT: {**_STAFF, **_USES, Action.SEE_INSIGHTS: SELF, Action.CALL_BACK: SELF},
    Role.EDITOR: {**_STAFF, **_WRITES, Action.GIVE_FEEDBACK: ANY},
    Role.APPROVER: {**_STAFF, **_WRITES, **_SIGNS, Action.GIVE_FEEDBACK: ANY},
    Role.KNOWLEDGE_MANAGER: {**_STAFF, **dict.fromkeys((*_WRITES, *_SIGNS), ANY), **dict.fromkeys((
        Action.AGREE_REDACTION, Action.IMPORT_HISTORY, Action.EDIT_LEXICON, Action.EDIT_RULES, Action.KEEP_ABSENCE,
        Action.EDIT_CALENDAR, Action.EDIT_REGISTERS, Action.EDIT_WEBHOOKS, Action.RUN_JOBS, Action.EXPLAIN_RIGHTS,
        Action.GIVE_FEEDBACK, Action.CALL_BACK), ANY)},
    Role.SUPERVISOR: {**_STAFF, **_USES, Action.SEE_INSIGHTS: ANY, Action.CALL_BACK: ANY},
    Role.ADMIN: {**_STAFF, **dict.fromkeys((
        Action.IMPORT_HISTORY, Action.MANAGE_USERS, Action.OPERATE, Action.PRUNE, Action.REDACT,
        Action.EDIT_DEPARTMENTS, Action.EDIT_WEBHOOKS, Action.RUN_JOBS, Action.KEEP_ACCOUNT, Action.KEEP_ABSENCE,
        Action.EXPLAIN_RIGHTS), ANY)},
}
# What those may who are no person, and for what they need it: a job of the clock, or a command of the shell. What the
# clock does besides (signals, tasks, notices, links, checkpoints) nobody can ask for, and needs no right. Neither
# writes, signs or publishes for a department: what comes in as history was signed elsewhere, and is marked as such.
NEEDS: Mapping[Office, Mapping[Action, str]] = {
    Office.JOBS: {Action.READ: "gaps_asked_again",  # asks their questions, as the staff would
                  Action.PRUNE: "prune", Action.ADMIT_USERS: "sign-in"},
    Office.OPERATOR: {
        Action.READ: "ask", Action.READ_HISTORY: "article", Action.READ_UNPUBLISHED: "article",
        Action.IMPORT_DRAFTS: "import", Action.IMPORT_HISTORY: "import", Action.EDIT_LEXICON: "import",
        Action.OPERATE: "import", Action.SEE_TASKS: "review", Action.SEE_INSIGHTS: "gaps", Action.RUN_JOBS: "scheduler",
        Action.EDIT_WEBHOOKS: "webhooks", Action.PRUNE: "prune", Action.MANAGE_USERS: "user",
        Action.KEEP_ACCOUNT: "user"},
}
# What those who have a say beside the owner may too: a text's co-owners, and the department that an article goes to.
_BESIDE: dict[Action, type[Revision] | type[Transfer]] = {
    Action.READ_UNPUBLISHED: Revision, Action.APPROVE: Revision, Action.MOVE_ARTICLE: Transfer}
_OWN_TEXT, _OTHERS_TEXT = Action.WRITE, Action.APPROVE


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody may or may not: a stable id, and the values that a sentence about it needs."""

    id: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether somebody may, and why; of several hindrances all are told."""

    may: bool
    reasons: tuple[Reason, ...]


def can(actor: Actor, action: Action, thing: Thing = None) -> bool:
    """Whether the actor may do this to the thing; without one, to whatever there is."""
    return why(actor, action, thing).may


def may_anywhere(actor: Actor, action: Action) -> bool:
    """Whether there are things that the actor may do this to: of any department, their own, or themselves."""
    reach = _reach(actor, action)
    return reach.is_everywhere or bool(reach.departments) or reach.user_id is not None


def departments_for(actor: Actor, action: Action) -> frozenset[str] | None:
    """The departments whose things the actor may do this to; None where they are everybody's."""
    reach = _reach(actor, action)
    return None if reach.is_everywhere else reach.departments


def may_for_departments(actor: Actor, action: Action) -> bool:
    """Whether there are departments whose things the actor may do this to; not in what is their own as a person alone.
    """
    return departments_for(actor, action) != frozenset()


def may_sql(actor: Actor, action: Action, rows: Rows) -> ColumnElement[bool]:
    """:func:`can` as a condition on the rows of a kind."""
    reach = _reach(actor, action)
    found = true() if reach.is_everywhere else rows_of(rows, sorted(reach.departments), _BESIDE.get(action) is rows)
    if action is _OWN_TEXT and rows in (Draft, Revision):
        found = and_(found, rows.author == actor.name)
    if action is _OTHERS_TEXT and rows in (Draft, Revision):
        wrote = cast(rows.contributors, String).contains(f'"{actor.name}"', autoescape=True)
        found = and_(found, rows.author != actor.name, ~wrote)
    return found


def why(actor: Actor, action: Action, thing: Thing = None) -> Verdict:
    """Whether the actor may do this to the thing, by which role, or what stands against it."""
    it, reach = whose(thing), _reach(actor, action)
    beside = sorted(it.beside) if action in _BESIDE and isinstance(thing, _BESIDE[action]) else []
    asked = [d for d in (it.department, *beside) if d is not None]
    held = [Reason("role", {"role": role.value}) for role in sorted(actor.roles) if _TABLE[role].get(action) is ANY]
    held += [Reason("office", {"office": actor.office.value})] if actor.office and reach.is_everywhere else []
    held += [Reason("role_of_department", {"role": role.value, "department": department})
             for role, department in sorted(actor.grants | actor.inherited)
             if department in asked and role in actor.roles and _TABLE[role].get(action) is OWN]
    if reach.user_id is not None and reach.user_id == it.user_id:
        held.append(Reason("own_account"))
    against = [] if held else [_lack(action, reach, asked)]
    if action is _OWN_TEXT and it.author not in (None, actor.name):
        against.append(Reason("another_author", {"author": it.author}))
    if action is _OTHERS_TEXT and actor.name in it.writers:
        against.append(Reason("own_text"))
    return Verdict(not against, tuple(against or held))


def holds(actor: Actor, action: Action, department: str) -> bool:
    """Whether a role of this very department lets the actor, not one that is held for all."""
    return any(code == department and role in actor.roles and _TABLE[role].get(action) is OWN
               for role, code in actor.grants | actor.inherited)


def require(actor: Actor, action: Action, thing: Thing = None) -> None:
    """Raise Denied unless :func:`can`."""
    if not can(actor, action, thing):
        department = whose(thing).department
        if department:
            raise Denied("denied", "{actor} may not {action} for department {department}", actor=actor.name,
                         action=action, department=department)
        raise Denied("denied", "{actor} may not {action}", actor=actor.name, action=action)


def require_person(actor: Actor, does: Message | str) -> None:
    """Raise Denied for an actor that is nobody: what ``does`` says is done by a person, by name."""
    if not actor.is_signed_in:
        raise Denied("no_person", "{actor} is no person; name who {does}", actor=actor.name,
                     does=Message(does) if isinstance(does, str) else does)


_PUBLIC, _EVERY = frozenset({Audience.PUBLIC}), frozenset(Audience)  # made once: the predicate asks for each text


def audiences_of(viewer: Actor, *, narrowed_to: str | None = None) -> frozenset[Audience]:
    """The audiences whose text this viewer may be shown; ``narrowed_to`` narrows and never widens."""
    is_citizen = viewer.roles <= {Role.CITIZEN} and not (viewer.office and can(viewer, Action.READ))
    allowed = _PUBLIC if is_citizen else _EVERY
    if narrowed_to is None:
        return allowed
    # an agent's screen shows what citizens see too; a citizen's screen shows public text only
    return allowed & (_PUBLIC if Audience(narrowed_to) is Audience.PUBLIC else _EVERY)


@dataclass(frozen=True, slots=True)
class _Reach:
    is_everywhere: bool
    departments: frozenset[str]
    user_id: str | None


def _reach(actor: Actor, action: Action) -> _Reach:
    """How far the actor's roles carry for this."""
    if actor.office is not None:
        return _Reach(action in NEEDS[actor.office], frozenset(), None)
    scopes = {role: _TABLE[role].get(action) for role in actor.roles}
    own = frozenset(department for role, department in actor.grants | actor.inherited if scopes.get(role) is OWN)
    return _Reach(ANY in scopes.values(), own, actor.user_id if SELF in scopes.values() else None)


def _lack(action: Action, reach: _Reach, asked: list[str]) -> Reason:
    if reach.departments:
        return Reason("other_department", {"held": sorted(reach.departments), "departments": asked})
    if reach.user_id is not None:
        return Reason("another_person")
    return Reason("no_role", {"roles": [role.value for role in Role if _TABLE[role].get(action) in (ANY, OWN)]})

"""Who may do what: the table of the design, walked over every role, action and department."""

from __future__ import annotations

import pytest

from kb.actor import CITIZEN, SYSTEM, Actor, Audience, Role
from kb.errors import Denied
from kb.people.permissions import DEPARTMENT_ROLES, Action, audiences_of, can, can_somewhere, require

# any: of every department; own: of one's own; none of the two: not at all
TABLE: dict[Action, dict[Role, str]] = {
    Action.READ: dict.fromkeys(Role, "any"),
    Action.READ_HISTORY: dict.fromkeys(set(Role) - {Role.CITIZEN}, "any"),
    Action.DRAFT: {Role.EDITOR: "own", Role.KNOWLEDGE_MANAGER: "any"},
    Action.APPROVE: {Role.APPROVER: "own", Role.KNOWLEDGE_MANAGER: "any"},
    Action.RETIRE: {Role.APPROVER: "own", Role.KNOWLEDGE_MANAGER: "any"},
    Action.HIDE: {Role.APPROVER: "own", Role.KNOWLEDGE_MANAGER: "any"},
    Action.PUBLISH_URGENTLY: {Role.APPROVER: "own", Role.KNOWLEDGE_MANAGER: "any"},
    Action.MOVE_ARTICLE: {Role.APPROVER: "own", Role.KNOWLEDGE_MANAGER: "any"},
    Action.REDACT: {Role.ADMIN: "any"},
    Action.AGREE_REDACTION: {Role.KNOWLEDGE_MANAGER: "any"},
    Action.EDIT_DEPARTMENTS: {Role.ADMIN: "any"},
    Action.CONFIRM: {Role.EDITOR: "own", Role.APPROVER: "own", Role.KNOWLEDGE_MANAGER: "any"},
    Action.PROPOSE_KNOWN: {Role.AGENT: "any", Role.SUPERVISOR: "any", Role.EDITOR: "own", Role.APPROVER: "own",
                           Role.KNOWLEDGE_MANAGER: "any"},
    Action.RELEASE_KNOWN: {Role.EDITOR: "own", Role.APPROVER: "own", Role.KNOWLEDGE_MANAGER: "any"},
    Action.IMPORT_HISTORY: {Role.KNOWLEDGE_MANAGER: "any", Role.ADMIN: "any"},
    Action.EDIT_LEXICON: {Role.KNOWLEDGE_MANAGER: "any"},
    Action.EDIT_RULES: {Role.KNOWLEDGE_MANAGER: "any"},
    Action.MANAGE_USERS: {Role.ADMIN: "any"},
    Action.OPERATE: {Role.ADMIN: "any"},
}


def holder(role: Role) -> Actor:
    """Who holds the role, for the department hrss where it is one of a department."""
    grants = frozenset({(role, "hrss")}) if role in DEPARTMENT_ROLES else frozenset()
    return Actor(None if role is Role.CITIZEN else "u", "x", frozenset({role}), grants)


def test_every_action_is_in_the_table() -> None:
    assert TABLE.keys() == set(Action)


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_what_the_table_says_and_nothing_else(role: Role, action: Action) -> None:
    actor, scope = holder(role), TABLE[action].get(role)
    assert can(actor, action, department="hrss") is (scope is not None)
    assert can(actor, action, department="fund") is (scope == "any")
    assert can(actor, action) is (scope == "any")
    assert can_somewhere(actor, action) is (scope is not None)
    if scope is None:
        with pytest.raises(Denied, match=action.value):
            require(actor, action, department="hrss")


def test_a_department_role_without_its_department_means_nothing() -> None:
    for role in DEPARTMENT_ROLES:
        bare = Actor("u", "x", frozenset({role}))
        assert not any(can_somewhere(bare, action) for action in (Action.DRAFT, Action.APPROVE, Action.CONFIRM))


def test_rights_of_several_roles_add_up_and_do_not_spread() -> None:
    actor = Actor("u", "x", frozenset({Role.EDITOR, Role.APPROVER}),
                  frozenset({(Role.EDITOR, "hrss"), (Role.APPROVER, "fund")}))
    assert can(actor, Action.DRAFT, department="hrss") and can(actor, Action.APPROVE, department="fund")
    assert not can(actor, Action.APPROVE, department="hrss")


def test_the_system_is_no_person_and_no_administrator_reads_less_than_the_staff() -> None:
    assert not SYSTEM.is_signed_in and not CITIZEN.is_signed_in
    for role in Role:
        seen = audiences_of(holder(role))
        assert seen == ({Audience.PUBLIC} if role is Role.CITIZEN else set(Audience))
        assert audiences_of(holder(role), narrowed_to="public") == {Audience.PUBLIC}
    assert audiences_of(CITIZEN, narrowed_to="agent") == {Audience.PUBLIC}

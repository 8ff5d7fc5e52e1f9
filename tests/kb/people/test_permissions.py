"""Who may do what: the table of the design, walked over every role, action and department."""

from __future__ import annotations

from dataclasses import fields

import pytest

from kb.actor import CITIZEN, OPERATOR, SYSTEM, Actor, Audience, Office, Role
from kb.cli import COMMANDS
from kb.errors import Denied
from kb.models import Article, CoOwner, Draft, Revision, State, Transfer, User
from kb.people.permissions import (
    DEPARTMENT_ROLES,
    NEEDS,
    Action,
    audiences_of,
    can,
    departments_for,
    holds,
    may_anywhere,
    require,
    require_person,
    why,
)
from kb.people.whose import Thing
from kb.settings import JobSettings

# The table of the design (who may do what), word for word, and what each of its words means here.
COLUMNS = (Role.AGENT, Role.EDITOR, Role.APPROVER, Role.KNOWLEDGE_MANAGER, Role.SUPERVISOR, Role.ADMIN, Role.CITIZEN)
DESIGN = """
ask, read live articles | all | all | all | all | all | all | public only
read history and superseded | yes | yes | yes | yes | yes | yes | public changelog
draft, submit | suggest only | own dept | own dept | any | – | – | –
approve, co-sign | – | – | own dept, not own text | any, not own text | – | – | –
resolve review tasks | – | own dept | own dept | any | – | – | –
insights | own calls | own dept | own dept | all | all | – | published figures
hide at once, urgent publication | – | – | own dept | any | – | – | –
move to another department | – | – | both departments' | any, with both | – | – | –
known questions: propose / release | propose | own dept, both | own dept, both | any | propose | – | –
lexicon, phone ledger, basis register, calendar, signature rules | – | – | – | yes | – | – | –
import drafts / signed history | – | own dept / – | own dept / – | any / any | – | – / yes | –
redact (legal) | – | – | – | – | – | yes, with a manager | –
users, tokens, sessions, settings, backup | own | own | own | own | own | yes | –
"""
MEANS = {  # by the first word of a row: the actions that a word of a cell opens, half by half where it has two
    "ask": ((Action.READ,),), "read": ((Action.READ_HISTORY,),),
    "draft": ((Action.DRAFT, Action.WRITE, Action.READ_UNPUBLISHED),),
    "approve": ((Action.APPROVE, Action.PUBLISH, Action.RETIRE),),
    "resolve": ((Action.CONFIRM, Action.RESOLVE_FEEDBACK, Action.SEE_TASKS),),
    "hide": ((Action.HIDE, Action.PUBLISH_URGENTLY),),
    "move": ((Action.MOVE_ARTICLE,),),
    "known": ((Action.PROPOSE_KNOWN,), (Action.RELEASE_KNOWN,)),
    "lexicon": ((Action.EDIT_LEXICON, Action.EDIT_REGISTERS, Action.EDIT_RULES, Action.EDIT_CALENDAR),),
    "import": ((Action.IMPORT_DRAFTS,), (Action.IMPORT_HISTORY,)),
    "redact": ((Action.REDACT,),), "users": ((Action.KEEP_ACCOUNT,),),
    "insights": ((Action.SEE_INSIGHTS,),),
}
SCOPE = {"all": "any", "yes": "any", "any": "any", "public only": "any", "public changelog": "none", "–": "none",
         "suggest only": "none", "own dept": "own", "own dept, not own text": "own", "any, not own text": "any",
         "both departments'": "own", "any, with both": "any", "yes, with a manager": "any", "own": "self",
         "own calls": "self", "published figures": "none"}
# What the design's table leaves to the acts themselves.
BESIDE: dict[Action, dict[Role, str]] = {
    Action.AGREE_REDACTION: {Role.KNOWLEDGE_MANAGER: "any"},  # "with a manager"
    Action.ADMIT_USERS: {},  # the sign-in service vouches for them, and no person
    Action.EDIT_DEPARTMENTS: {Role.ADMIN: "any"}, Action.MANAGE_USERS: {Role.ADMIN: "any"},
    Action.OPERATE: {Role.ADMIN: "any"}, Action.PRUNE: {Role.ADMIN: "any"},
    Action.RUN_JOBS: {Role.KNOWLEDGE_MANAGER: "any", Role.ADMIN: "any"},
    Action.EDIT_WEBHOOKS: {Role.KNOWLEDGE_MANAGER: "any", Role.ADMIN: "any"},
    Action.KEEP_ABSENCE: {**dict.fromkeys(COLUMNS[:-1], "self"), Role.KNOWLEDGE_MANAGER: "any", Role.ADMIN: "any"},
    Action.GIVE_FEEDBACK: dict.fromkeys((Role.AGENT, Role.EDITOR, Role.APPROVER, Role.KNOWLEDGE_MANAGER,
                                         Role.SUPERVISOR), "any"),
    Action.CALL_BACK: {Role.AGENT: "self", Role.KNOWLEDGE_MANAGER: "any", Role.SUPERVISOR: "any"},
    Action.EXPLAIN_RIGHTS: {**dict.fromkeys(COLUMNS[:-1], "self"), Role.KNOWLEDGE_MANAGER: "any", Role.ADMIN: "any"},
}


def scopes_of(row: str, words: str) -> list[str]:
    """What the words of a cell say of each half of its row."""
    halves = len(MEANS[row])
    if row == "known":
        return {"propose": ["any", "none"], "own dept, both": ["own", "own"]}.get(words, [SCOPE.get(words, "")] * 2)
    return [SCOPE[word] for word in (words.split(" / ") * halves)[:halves]]


def table() -> dict[Action, dict[Role, str]]:
    """Of each action how far each role carries: none, self, own, any."""
    found = {action: dict.fromkeys(COLUMNS, "none") | scopes for action, scopes in BESIDE.items()}
    for line in DESIGN.strip().splitlines():
        title, *cells = line.split(" | ")
        row = title.split()[0].rstrip(",:")
        assert len(cells) == len(COLUMNS), line
        for role, words in zip(COLUMNS, cells, strict=True):
            for actions, scope in zip(MEANS[row], scopes_of(row, words), strict=True):
                for action in actions:
                    assert found.setdefault(action, {}).setdefault(role, scope) == scope, (title, role)
    return found


TABLE = table()


def holder(role: Role, login: str = "x") -> Actor:
    """Who holds the role, for the department hrss where it is one of a department."""
    grants = frozenset({(role, "hrss")}) if role in DEPARTMENT_ROLES else frozenset()
    return Actor(None if role is Role.CITIZEN else f"u-{login}", login, frozenset({role}), grants)


def revision(state: State = State.IN_REVIEW, *, owner: str = "hrss", written_for: str = "hrss", co_owner: str = "fund",
             writers: tuple[str, ...] = ("li",)) -> Revision:
    return Revision(state=state, owner=written_for, article=Article(owner=owner), author=writers[0],
                    contributors=list(writers), co_owners=[CoOwner(department=co_owner)])


def test_every_action_is_in_the_table() -> None:
    assert TABLE.keys() == set(Action)


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_what_the_design_says_and_nothing_else(role: Role, action: Action) -> None:
    actor, scope = holder(role), TABLE[action][role]
    assert can(actor, action, "hrss") is (scope in ("own", "any"))
    assert can(actor, action, "tax") is (scope == "any")
    assert can(actor, action) is (scope == "any")
    assert can(actor, action, User(id="u-x")) is (scope in ("self", "any"))
    assert can(actor, action, User(id="u-y")) is (scope == "any")
    assert may_anywhere(actor, action) is (scope != "none")
    if scope == "none":
        with pytest.raises(Denied, match=action.value.replace("_", " ")):
            require(actor, action, "hrss")


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", Role)
def test_a_reason_is_told_of_every_yes_and_every_no(role: Role, action: Action) -> None:
    for thing in ("hrss", "tax", None, revision(), revision(writers=("x",)), User(id="u-x")):
        verdict = why(holder(role), action, thing)
        assert verdict.reasons
        assert verdict.may is all(reason.id in ("role", "role_of_department", "own_account")
                                  for reason in verdict.reasons)


@pytest.mark.parametrize("role", [Role.APPROVER, Role.KNOWLEDGE_MANAGER])
def test_fault_25_nobody_may_sign_what_they_wrote_in_and_is_told_so(role: Role) -> None:
    for writers in (("x",), ("li", "x")):
        verdict = why(holder(role), Action.APPROVE, revision(writers=writers))
        assert (verdict.may, [r.id for r in verdict.reasons]) == (False, ["own_text"])
    assert can(holder(role), Action.APPROVE, revision())
    assert can(holder(role), Action.PUBLISH, revision(writers=("x",)))  # with others' signatures


def test_a_co_owner_signs_and_reads_and_does_nothing_else() -> None:
    fund = Actor("u", "x", frozenset({Role.EDITOR, Role.APPROVER}),
                 frozenset({(Role.EDITOR, "fund"), (Role.APPROVER, "fund")}))
    text = revision()
    assert {action for action in Action if can(fund, action, text) and not can(fund, action)} == {
        Action.APPROVE, Action.READ_UNPUBLISHED}
    assert why(fund, Action.PUBLISH, text).reasons[0].facts == {"held": ["fund"], "departments": ["hrss"]}


def test_a_text_that_waits_goes_with_its_article_and_one_that_was_left_stays() -> None:
    editor = holder(Role.EDITOR)
    for state in State:
        given, taken = revision(state, owner="tax"), revision(state, written_for="tax")
        is_left = state in (State.WITHDRAWN, State.REJECTED)
        assert can(editor, Action.READ_UNPUBLISHED, given) is is_left
        assert can(editor, Action.READ_UNPUBLISHED, taken) is not is_left


def test_one_writes_in_ones_own_draft_alone_wherever_one_may_draft() -> None:
    article = Article(owner="hrss")
    mine, others = (Draft(article=article, author=name, contributors=[name]) for name in ("x", "li"))
    for role in (Role.EDITOR, Role.APPROVER, Role.KNOWLEDGE_MANAGER):
        assert can(holder(role), Action.WRITE, mine) and can(holder(role), Action.DRAFT, others)
        assert [r.id for r in why(holder(role), Action.WRITE, others).reasons] == ["another_author"]
    assert not can(holder(Role.AGENT), Action.WRITE, mine)
    elsewhere = Draft(article=Article(owner="tax"), author="x", contributors=["x"])
    assert not can(holder(Role.EDITOR), Action.WRITE, elsewhere)


def test_either_department_may_sign_a_move() -> None:
    moving: list[Thing] = [Transfer(source="hrss", target="tax"), Transfer(source="tax", target="hrss")]
    assert all(can(holder(Role.APPROVER), Action.MOVE_ARTICLE, thing) for thing in moving)
    assert not can(holder(Role.APPROVER), Action.MOVE_ARTICLE, Transfer(source="tax", target="fund"))


def test_k5_a_department_role_without_its_department_means_nothing() -> None:
    for role in DEPARTMENT_ROLES:
        bare = Actor("u", "x", frozenset({role}))
        assert not any(may_anywhere(bare, action) for action in (Action.DRAFT, Action.APPROVE, Action.CONFIRM))
    stray = Actor("u", "x", frozenset({Role.AGENT}), frozenset({(Role.APPROVER, "hrss")}))
    assert not can(stray, Action.APPROVE, "hrss") and not holds(stray, Action.APPROVE, "hrss")


def test_rights_of_several_roles_add_up_and_do_not_spread() -> None:
    actor = Actor("u", "x", frozenset({Role.EDITOR, Role.APPROVER}),
                  frozenset({(Role.EDITOR, "hrss"), (Role.APPROVER, "fund")}))
    assert can(actor, Action.DRAFT, "hrss") and can(actor, Action.APPROVE, "fund")
    assert not can(actor, Action.APPROVE, "hrss")


def test_what_a_role_of_the_department_gives_is_told_from_what_a_role_for_all_does() -> None:
    manager = Actor("u", "x", frozenset({Role.KNOWLEDGE_MANAGER, Role.EDITOR}), frozenset({(Role.EDITOR, "hrss")}))
    assert can(manager, Action.APPROVE, "hrss") and not holds(manager, Action.APPROVE, "hrss")
    assert holds(manager, Action.DRAFT, "hrss") and not holds(manager, Action.DRAFT, "fund")
    assert holds(holder(Role.APPROVER), Action.APPROVE, "hrss")


def test_no_administrator_reads_less_than_the_staff() -> None:
    assert not CITIZEN.is_signed_in
    for role in Role:
        seen = audiences_of(holder(role))
        assert seen == ({Audience.PUBLIC} if role is Role.CITIZEN else set(Audience))
        assert audiences_of(holder(role), narrowed_to="public") == {Audience.PUBLIC}
    assert audiences_of(CITIZEN, narrowed_to="agent") == {Audience.PUBLIC}


# What each may who is no person: whatever is not here is refused.
OF_THE_CLOCK = {Action.READ, Action.PRUNE, Action.ADMIT_USERS}
OF_THE_SHELL = {
    Action.READ, Action.READ_HISTORY, Action.READ_UNPUBLISHED, Action.IMPORT_DRAFTS, Action.IMPORT_HISTORY,
    Action.EDIT_LEXICON, Action.OPERATE, Action.SEE_TASKS, Action.SEE_INSIGHTS, Action.RUN_JOBS, Action.EDIT_WEBHOOKS,
    Action.PRUNE, Action.MANAGE_USERS, Action.KEEP_ACCOUNT}
NOBODY = ((SYSTEM, OF_THE_CLOCK), (OPERATOR, OF_THE_SHELL))


@pytest.mark.parametrize(("actor", "rights"), NOBODY, ids=lambda one: getattr(one, "name", ""))
@pytest.mark.parametrize("action", Action)
def test_k5_who_is_no_person_may_what_is_listed_and_nothing_else(action: Action, actor: Actor, rights: set[Action]
                                                              ) -> None:
    is_its = action in rights
    for thing in (None, "hrss", revision(), revision(writers=("x",)), Article(owner="hrss"), User(id="u-x"),
                  Draft(article=Article(owner="hrss"), author="x", contributors=["x"]),
                  Transfer(source="hrss", target="tax")):
        assert can(actor, action, thing) is is_its
        assert [r.id for r in why(actor, action, thing).reasons][:1] == (["office"] if is_its else ["no_role"])
        if not is_its:
            with pytest.raises(Denied):
                require(actor, action, thing)
    assert may_anywhere(actor, action) is is_its and not holds(actor, action, "hrss")
    assert departments_for(actor, action) == (None if is_its else frozenset())


def test_who_is_no_person_does_nothing_in_a_departments_name() -> None:
    theirs = {action for action in Action if any(TABLE[action].get(role) == "own" for role in DEPARTMENT_ROLES)}
    seen = {Action.READ_UNPUBLISHED, Action.SEE_TASKS, Action.SEE_INSIGHTS, Action.IMPORT_DRAFTS}  # bring, and look
    assert theirs & OF_THE_CLOCK == set() and theirs & OF_THE_SHELL == seen


def test_who_is_no_person_needs_each_right_for_something_that_is_there() -> None:
    assert NEEDS.keys() == set(Office)
    schedules = {job.name for job in fields(JobSettings)}
    assert set(NEEDS[Office.JOBS].values()) <= schedules | {"sign-in"}
    assert set(NEEDS[Office.OPERATOR].values()) <= COMMANDS.keys()


@pytest.mark.parametrize("actor", [SYSTEM, OPERATOR], ids=lambda actor: actor.name)
def test_who_is_no_person_reads_what_the_staff_reads(actor: Actor) -> None:
    assert not actor.roles and not actor.grants and not actor.is_signed_in
    assert audiences_of(actor) == set(Audience) and audiences_of(actor, narrowed_to="public") == {Audience.PUBLIC}
    with pytest.raises(Denied):
        require_person(actor, "signs")


def test_who_signs_in_without_a_role_keeps_an_account_and_is_a_citizen() -> None:
    bare = Actor("u-x", "x", frozenset({Role.CITIZEN}))
    assert can(bare, Action.KEEP_ACCOUNT, User(id="u-x")) and not can(bare, Action.KEEP_ACCOUNT, User(id="u-y"))
    assert not can(bare, Action.READ_HISTORY)

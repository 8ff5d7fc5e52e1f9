"""Every route of the API for everybody, on every thing in every state: who may, who is refused, who learns nothing.

What is expected is worked out from the rights that the routes declare, the table of permissions, and who may know the
thing; a route that is not in the table of cases fails the test.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from kb.actor import OPERATOR, Actor, Role
from kb.people import tokens
from kb.people.permissions import Action, can, may_anywhere
from tests.conftest import NOW
from tests.postgres import Postgres
from tests.web.api.world import OTHER, OWNER, Thing, World, world

_ANY = {"*": 200}
_UNPUBLISHED = ("in-review", "approved", "withdrawn", "rejected")
_VERSION = {"draft": '"1"', "carrying": '"2"', "phone": '"1"', "register": '"1"'}
_FLOWED_BACK = ("any-answer", "feedback", "gap", "callback")  # of hrss's articles; others learn nothing of them
_READ = dict.fromkeys(("published", "internal", "retired", *_UNPUBLISHED), 200)


@dataclass(frozen=True)
class Case:
    """How a route is called and what it answers to who may: by the thing's state, 409 for those that are not named.

    ``department``: whose right counts where there is no thing; ``also``: whose right does beside the owner's.
    ``is_own``: only who made it may.
    """

    kind: str = ""
    states: Mapping[str, int] = field(default_factory=lambda: _ANY)
    body: Any = None
    query: str = ""
    department: str = ""
    also: str = ""
    is_own: bool = False
    not_own: int = 0  # what who made it gets, where it is for others


def _signed(thing: Thing) -> dict[str, str]:
    return {"sha256": thing.sha256, "reason": "代签"}


CASES: dict[str, Case] = {
    "ask": Case(body={"question": "卡丢了"}),
    "search": Case(query="?q=补领"),
    "suggest": Case(query="?q=补"),
    "describe": Case(),
    "list_articles": Case(),
    "read_article": Case("article", _READ),
    "list_revisions": Case("article", _READ),
    "read_revision": Case("revision", _READ),
    "list_known_questions": Case("article", _READ),
    "propose_known_question": Case("article", _READ, {"heading_path": ["补领"], "text": "去哪里领新卡"}),
    "release_known_question": Case("known", {"proposed": 200}),
    "drop_known_question": Case("known", {"proposed": 200, "released": 200}),
    "note_use": Case("answer", {"agent": 200}, {"citation": 1, "action": "opened"}),
    "judge_answer": Case("any-answer", {"agent": 200}, {"verdict": "wrong"}),
    "judge_search_result": Case(body={"slug": "published", "revision": 1, "start": 0, "end": 4, "q": "补办",
                                      "verdict": "wrong"}),
    "list_feedback": Case(),
    "list_own_feedback": Case(),
    "withdraw_feedback": Case("feedback", {"open": 200}, is_own=True),
    "resolve_feedback": Case("feedback", {"open": 200}, {"state": "accepted"}),
    "list_gaps": Case(),
    "decide_on_gap": Case("gap", {"open": 200}, {"state": "solved"}),
    "list_callbacks": Case(),
    "note_callback": Case("callback", {"open": 200}, {"state": "called"}),
    "list_drafts": Case(),
    "start_draft": Case(states={"*": 201}, department=OWNER,
                        body={"slug": "new", "department": OWNER, "title": "新", "source": "新。"}),
    "edit_article": Case("article", {"published": 201, "internal": 201, **dict.fromkeys(_UNPUBLISHED, 404)}, {}),
    "read_draft": Case("draft", {"draft": 200}),
    "save_draft": Case("draft", {"draft": 200}, {"summary": "新"}, is_own=True),
    "discard_draft": Case("draft", {"draft": 200}, is_own=True),
    "list_attachments": Case("carrying", {"draft": 200}),
    "attach_file": Case("carrying", {"draft": 201}, {"name": "b.txt", "content": "Yg=="}, is_own=True),
    "detach_file": Case("carrying", {"draft": 200}, is_own=True),
    "read_attachment": Case("carrying", {"draft": 200}, query="?name=a.txt"),
    "take_over_draft": Case("draft", {"draft": 200}, not_own=409),
    "rebase_draft": Case("draft", {}, is_own=True),
    "submit_draft": Case("draft", {"draft": 201}, is_own=True),
    "read_draft_check": Case("draft", {"draft": 200}),
    "check_draft": Case("draft", {"draft": 200}),
    "read_revision_check": Case("revision", _READ),
    "list_reviews": Case(),
    "sign_revision": Case("revision", {"in-review": 200}, _signed),
    "reject_revision": Case("revision", {"in-review": 200}, _signed),
    "withdraw_revision": Case("revision", {"in-review": 200, "approved": 200}, {}),
    "publish_revision": Case("revision", {"approved": 200}),
    "publish_urgently": Case("half-signed", {"half-signed": 200}, {"reason": "x"}),
    "read_owed": Case("revision", _READ),
    "read_rights": Case("revision", _READ),
    "list_comments": Case("revision", _READ),
    "add_comment": Case("revision", dict.fromkeys(_READ, 201), {"body": "请核对"}),
    "resolve_comment": Case("comment", {"open": 200}),
    "ask_for_changes": Case("commented", {"commented": 200}, lambda thing: {"sha256": thing.sha256}),
    "list_desk": Case(),
    "list_returned": Case(),
    "retire_article": Case("article", {"published": 200, "internal": 200, **dict.fromkeys(_UNPUBLISHED, 200)},
                           {"reason": "x"}),
    "list_people": Case(),
    "add_person": Case(states={"*": 201}, body={"login": "new", "name": "新"}),
    "read_person": Case("person", {"enabled": 200}),
    "rename_person": Case("person", {"enabled": 200}, {"name": "新"}),
    "set_roles": Case("person", {"enabled": 200}, {"roles": [{"role": "agent"}]}),
    "disable_person": Case("person", {"enabled": 200}),
    "enable_person": Case("person", {}),
    "set_password": Case("person", {"enabled": 200}, {"password": "a long password"}),
    "unlock_person": Case("person", {"enabled": 200}),
    "list_sessions": Case("person", {"enabled": 200}),
    "end_sessions": Case("person", {"enabled": 200}, {}),
    "confirm_article": Case("article", {"published": 200, "internal": 200}, {"review_by": "2099-01-01"}),
    "list_hidden": Case(),
    "hide_article": Case("article", dict.fromkeys(("published", "internal", "retired"), 200), {"reason": "x"}),
    "sign_hiding": Case("hidden", {"hidden": 200}, not_own=403),
    "list_moves": Case(),
    "list_signals": Case(),
    "find_uses": Case(query="?q=0540-8811600"),
    "carry_figure": Case(body={"old": "0540-8811600", "new": "0540-8811699"}),
    "move_article": Case("article", dict.fromkeys((*_READ, "retired"), 200),
                         {"to": OTHER, "department": OWNER, "reason": "x"}),
    "drop_move": Case("moving", {"moving": 200}, also=OTHER),
    "list_departments": Case(),
    "read_department": Case("department", {"standing": 200, "dissolved": 200}),
    "set_department": Case("department", {"standing": 200}, {"phone": "12345"}),
    "rename_department": Case("department", {"standing": 200}, {"name_zh": "新", "name_en": "New"}),
    "merge_department": Case("department", {"standing": 200}, {"into": OTHER}),
    "split_department": Case("department", {"standing": 200}, {"into": OTHER, "articles": ["published"]}),
    "dissolve_department": Case("department", {"standing": 200}, {"successor": OTHER}),
    "roll_back": Case("twice", {"twice": 201}, {"revision": 1}),
    "ask_redaction": Case("revision", dict.fromkeys(("published", "internal", "retired"), 200), {"reason": "x"}),
    "agree_redaction": Case("asked", {"asked": 200}),
    "list_rules": Case(),
    "set_rule": Case(body={"category": "急", "owner_signatures": 2}),
    "list_categories": Case(),
    "set_category": Case(body={"category": "新"}),
    "list_tasks": Case(),
    "list_standings": Case(),
    "read_task": Case("task", {"open": 200, "snoozed": 200}),
    "confirm_task": Case("task", {"open": 200, "snoozed": 200}, lambda thing: {"sha256": thing.sha256, "note": "核对"}),
    "confirm_tasks": Case(body={"tasks": [{"id": "0" * 36, "sha256": "0" * 64, "note": "核对"}]}),
    "revise_task": Case("task", {"open": 200, "snoozed": 200}),
    "retire_task": Case("task", {"open": 200, "snoozed": 200}, {"reason": "x"}),
    "snooze_task": Case("task", {"open": 200, "snoozed": 200}, {"until": "2026-12-01", "reason": "x"}),
    "wake_task": Case("task", {"snoozed": 200}),
    "delegate_task": Case("task", {"open": 200, "snoozed": 200}, {"to": "hrss-second"}),
    "list_absences": Case(),
    "announce_absence": Case(states={"*": 201}, body={"first_day": "2026-12-01", "last_day": "2026-12-02"}),
    "end_absence": Case("absence", {"coming": 200}),
    "list_jobs": Case(),
    "set_job": Case(body={"job": "prune", "is_paused": False}),
    "list_runs": Case(query="?job=prune&outcome=done"),
    "ask_run": Case(body={"job": "prune"}),
    "read_calendar": Case(query="?year=2026&after=2026-09-30&working_days=3"),
    "set_days": Case(body={"first": "2026-12-24", "last": "2026-12-24", "is_working": False, "name": "停电"}),
    "import_year": Case(body={"year": 2027, "source": "通知", "holidays": [
        {"name": "元旦", "first": "2027-01-01", "last": "2027-01-03"}], "workdays": ["2027-01-09"]}),
    "list_webhooks": Case(),
    "add_webhook": Case(states={"*": 201}, body=lambda _thing: {
        "name": str(uuid4()), "url": "http://127.0.0.1/oa", "kinds": ["task"]}),
    "set_webhook": Case("webhook", {"new": 200}, {"is_paused": True}),
    "drop_webhook": Case("webhook", {"new": 200}),
    "renew_webhook_secret": Case("webhook", {"new": 200}, {}),
    "test_webhook": Case("webhook", {"new": 200}, {}),
    "list_deliveries": Case("webhook", {"new": 200}, query="?state=dead"),
    "resend_deliveries": Case("webhook", {"new": 200}, {}),
    "show_article": Case("hidden", {"hidden": 200}, {}),
    "list_phones": Case(),
    "add_phone": Case(states={"*": 201}, body={"number": "0599-5550199", "name_zh": "新"}),
    "read_phone": Case("phone", {"listed": 200}),
    "save_phone": Case("phone", {"listed": 200}, {"number": "12399", "name_zh": "新"}),
    "retire_phone": Case("phone", {"listed": 200}, {}),
    "phone_history": Case("phone", {"listed": 200}),
    "list_documents": Case(),
    "add_document": Case(states={"*": 201}, body={"title": "新办法"}),
    "take_documents": Case(),
    "read_document": Case("register", {"in-force": 200}),
    "save_document": Case("register", {"in-force": 200}, {"title": "新"}),
    "change_document": Case("register", {"in-force": 200}, {"status": "repealed", "changed_on": "2026-01-01"}),
    "document_history": Case("register", {"in-force": 200}),
    "list_links": Case(),
    "look_at_link": Case("link", {"new": 200}, {"department": OWNER, "seen": "new."}),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("walk")) as found:
        yield found


def routed(made: World) -> dict[str, tuple[str, str, Action, str]]:
    """Of each route its method, path, action and scope."""
    found = {}
    for rule in made.app.url_map.iter_rules():
        if rule.endpoint.startswith("api."):
            view = made.app.view_functions[rule.endpoint]
            found[rule.endpoint.removeprefix("api.")] = (
                view.kb_route.method, rule.rule, view.kb_rule.action, view.kb_rule.scope)  # type: ignore[attr-defined]
    return found


def test_fault_28_every_route_has_an_expectation(made: World) -> None:
    assert routed(made).keys() == CASES.keys()


@pytest.mark.parametrize("name", sorted(CASES))
def test_fault_28_who_may_what_in_which_state(made: World, name: str) -> None:
    method, path, action, _ = routed(made)[name]
    case, seen, wrong = CASES[name], Counter[int](), []
    for login, actor in made.actors.items():
        for thing in things(made, case):
            status, text = call(made, login, method, path, case, thing)
            if status not in expected(actor, action, case, thing):
                wrong.append((login, thing and (thing.slug, thing.state), status, expected(actor, action, case, thing),
                              text[:300]))
            seen[status] += 1
    assert not wrong, wrong
    assert seen[200] + seen[201] or not case.states, seen


def test_fault_28_a_token_lends_no_scope_that_it_lacks(made: World) -> None:
    with made.app.extensions["kb"].database.transaction() as session:
        for lacks in ("ask", "read", "write", "admin"):
            token = tokens.create_token(session, OPERATOR, "manager", name=lacks, days=None, now=NOW,
                                        scopes=sorted({"ask", "read", "write"} - {lacks}))
            made.headers[f"without {lacks}"] = {"Authorization": f"Bearer {token}"}
    for name, (method, path, _, scope) in routed(made).items():
        for thing in things(made, CASES[name])[:1]:
            status, text = call(made, f"without {scope}", method, path, CASES[name], thing)
            assert (status, '"scope"' in text) == (403, True), name


def test_k9_what_reads_locks_nothing_which_postgresql_would_refuse(postgres: Postgres, migrated_template: str,
                                                                        tmp_path: Path) -> None:
    url, wrong = postgres.copy_of(migrated_template), []
    with world(tmp_path, url=url) as found:
        reading = {name: (path, action) for name, (method, path, action, _) in routed(found).items() if method == "GET"}
        for name, (path, action) in reading.items():
            for login in ("manager", "admin", "fund-approver"):
                for thing in things(found, CASES[name]):
                    status, text = call(found, login, "GET", path, CASES[name], thing)
                    if status not in expected(found.actors[login], action, CASES[name], thing):
                        wrong.append((name, login, status, text[:200]))
    postgres.drop(url)
    assert not wrong, wrong
    assert len(reading) > 12


def things(made: World, case: Case) -> list[Thing | None]:
    """What the route is tried on."""
    if case.kind in ("answer", "any-answer"):
        asked = made.app.test_client().post("/api/v1/ask", json={"question": "卡丢了怎么补领"},
                                            headers=made.headers["agent"])
        return [Thing(case.kind, "agent", "", asked.get_json()["answer_id"])]
    return [thing for thing in made.things if thing.kind == case.kind] if case.kind else [None]


def call(made: World, login: str, method: str, path: str, case: Case, thing: Thing | None) -> tuple[int, str]:
    """The status and the reply; what was changed is put back."""
    if thing is not None:
        for part, value in (("<slug:slug>", thing.slug), ("<number:number>", thing.key), ("<uuid:draft_id>", thing.key),
                            ("<uuid:known_id>", thing.key), ("<uuid:answer_id>", thing.key),
                            ("<uuid:feedback_id>", thing.key), ("<uuid:gap_id>", thing.key),
                            ("<uuid:callback_id>", thing.key),
                            ("<int(max=2147483647):comment_id>", thing.key),
                            *((f"<uuid:{name}_id>", thing.key) for name in ("phone", "document", "link", "webhook")),
                            ("<login:login>", thing.slug), ("<code:code>", thing.slug),
                            ("<sha256:sha256>", thing.sha256), ("<uuid:task_id>", thing.key),
                            ("<int(max=2147483647):absence_id>", thing.key)):
            path = path.replace(part, value)
    headers = dict(made.headers[login])
    if thing is not None and thing.kind in _VERSION and method != "GET":
        headers["If-Match"] = _VERSION[thing.kind]
    body = case.body(thing) if callable(case.body) else case.body
    response = made.app.test_client().open(path + case.query, method=method, json=body, headers=headers)
    if method != "GET" and response.status_code < 300 and case.kind:
        made.restore()
    return response.status_code, response.get_data(as_text=True)


def expected(actor: Actor, action: Action, case: Case, thing: Thing | None) -> set[int]:
    """The statuses that are right; two where two reasons speak against it."""
    if not may_anywhere(actor, action):
        return {403 if actor.is_signed_in else 401}
    if thing is None:
        return {case.states["*"] if not case.department or can(actor, action, case.department) else 403}
    if thing.kind == "answer":
        return {200 if actor.name == "agent" else 404}
    if thing.kind in _FLOWED_BACK:
        is_own = actor.name == thing.by
        may = is_own if case.is_own or (action is Action.CALL_BACK and not can(actor, action)) else can(
            actor, action, OWNER)
        return {200} if may else {404}
    if thing.kind == "absence":  # the author's own, or anybody's for who may
        return {200 if actor.name == thing.by or actor.roles & {Role.KNOWLEDGE_MANAGER, Role.ADMIN} else 403}
    if thing.kind == "task":  # who may not decide on it does not learn that it is there
        if not can(actor, Action.CONFIRM, OWNER):
            return {404}
        return {case.states.get(thing.state, 409) if can(actor, action, OWNER) else 403}
    if thing.kind in ("person", "department", "phone", "register", "webhook"):
        return {case.states.get(thing.state, 409)}
    if thing.kind == "link":
        return {200 if can(actor, action, OWNER) else 403}
    if action is Action.EXPLAIN_RIGHTS:  # one's own, of what one knows; anybody's, of whatever there is
        return {200 if knows(actor, thing) or can(actor, action) else 404}
    if not knows(actor, thing):
        return {404}
    may = any(can(actor, action, d) for d in (OWNER, case.also)) and (
        not case.is_own or actor.name == thing.by)
    status = case.states.get(thing.state, 409)
    if may and case.not_own and actor.name == thing.by:
        status = case.not_own
    if may:
        return {status}
    return {403} if status < 300 else {403, status}


def knows(actor: Actor, thing: Thing) -> bool:
    """Whether the thing may be known to the actor: published texts by their audience, others where one writes or
    signs."""
    if thing.kind == "known" or thing.is_published:
        return thing.audience == "public" or not actor.roles <= {Role.CITIZEN}
    return can(actor, Action.READ_UNPUBLISHED, OWNER)


def test_the_world_has_others_who_must_be_refused(made: World) -> None:
    assert not can(made.actors["fund-editor"], Action.DRAFT, OWNER)
    assert can(made.actors["fund-editor"], Action.DRAFT, OTHER)
    kinds = {thing.kind for thing in made.things} | {"answer", "any-answer", ""}
    assert kinds == {case.kind for case in CASES.values()}

"""Every page of departments and administrators for everybody, on every thing in every state: who learns nothing of it.

What is expected is worked out from the rights that the routes declare and from who may know the thing; a route that is
not in the table of cases fails the test. Whether an act is done where it may be stands with the acts' own tests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from kb.actor import Actor
from kb.people import people, sessions
from kb.people.permissions import Action, can, may_anywhere
from kb.people.sessions import Lasting
from tests.conftest import NOW
from tests.web.api.test_walk import knows
from tests.web.api.world import OWNER, Thing, World, world
from tests.web.site import Visitor

BLUEPRINTS = ("editor", "reviews", "attachments", "usage", "rights", "rules", "admin")
_REVISIONS = ("revision", "half-signed", "commented", "twice")
_ARTICLES = ("article", "hidden", "moving")


@dataclass(frozen=True)
class Case:
    """What a route is tried on, and what its form sends. ``desk``: only who writes or signs for the department knows
    it at all there, whatever is published."""

    kinds: tuple[str, ...] = ()
    form: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    desk: bool = False


_DRAFT = ("draft", "carrying")
_DESK = Case(_ARTICLES, desk=True)
_ACT = Case(_ARTICLES, {"reason": "石"})
CASES: dict[str, Case] = {
    "editor.articles": Case(query="?q=石&state=waiting"), "editor.draft_list": Case(query="?whose=all"),
    "editor.new_form": Case(), "editor.new": Case(form={"title": "石", "slug": "published", "department": OWNER}),
    "editor.links": Case(query="?q=石"), "editor.documents": Case(query="?q=石"), "editor.present": Case(),
    "editor.preview": Case(form={"source": "石"}),
    "editor.article": _DESK, "editor.confirm": _ACT, "editor.hide": _ACT, "editor.sign_hiding": _ACT,
    "editor.show": _ACT, "editor.retire": Case(_ARTICLES, {"reason": "石", "sure": "1"}),
    "editor.begin": Case(_ARTICLES),
    "editor.withdraw": Case(_REVISIONS, {"reason": "石"}), "editor.call_off": Case(_REVISIONS),
    "editor.publish_urgently": Case(_REVISIONS, {"reason": "石"}),
    "editor.draft": Case(_DRAFT), "editor.hand_in": Case(_DRAFT), "editor.merge": Case(_DRAFT),
    "editor.save": Case(_DRAFT, {"seen": "1", "summary": "石"}), "editor.submit": Case(_DRAFT, {"seen": "1"}),
    "editor.decide": Case(_DRAFT, {"onto": "1"}), "editor.take_over": Case(_DRAFT, {"seen": "1"}),
    "editor.discard": Case(_DRAFT, {"seen": "9"}), "editor.check": Case(_DRAFT),
    "reviews.list_waiting": Case(query="?whose=all"), "reviews.list_known": Case(),
    "reviews.sign_all": Case(form={"chosen": "in-review/1/" + "0" * 64}),
    "reviews.text": Case(_REVISIONS), "reviews.sign": Case(_REVISIONS, {"sha256": "0" * 64}),
    "reviews.reject": Case(_REVISIONS, {"sha256": "0" * 64, "reason": "石"}),
    "reviews.ask_for_changes": Case(_REVISIONS, {"sha256": "0" * 64}), "reviews.publish": Case(("half-signed",)),
    "reviews.comment": Case(_REVISIONS, {"body": "石"}), "reviews.resolve": Case(("comment",)),
    "reviews.decide_known": Case(("known",), {"act": "drop", "reason": "石"}),
    "attachments.desk": Case(_DRAFT), "attachments.attach": Case(_DRAFT, {"seen": "9"}),
    "attachments.detach": Case(("carrying",), {"seen": "9"}), "attachments.file": Case(("carrying",)),
    "usage.find": Case(query="?q=25元"), "usage.carry": Case(form={"old": "25元", "new": "30元", "slug": "internal"}),
    "rights.why": Case(_REVISIONS), "rules.show": Case(), "rules.set_category": Case(), "rules.set_rule": Case(),
    "admin.list_people": Case(), "admin.add_person": Case(), "admin.list_departments": Case(),
    "admin.list_tokens": Case(), "admin.department": Case(("department",)),
    **{f"admin.{act}": Case(("person",)) for act in (
        "person", "rename", "set_roles", "disable", "enable", "reset_password", "unlock", "revoke_token",
        "end_sessions", "unlink", "create_token")},
    **{f"admin.{act}": Case(("department",), {"meant": "石"}) for act in (
        "rename_department", "set_department", "merge_department", "dissolve_department")},
}
_SECRET = "免费补办"  # words of every text of the world


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("pages")) as found:
        yield found


@pytest.fixture(scope="module")
def cookies(made: World) -> dict[str, str]:
    """A session of everybody's."""
    found = {}
    with made.app.extensions["kb"].database.transaction() as session:
        for login in made.actors.keys() - {"citizen"}:
            found[login] = sessions.begin(session, people.find_user(session, login), now=NOW,
                                          lasting=Lasting(12, 60), device="")
    made.keep()
    return found


def routed(app: Flask) -> dict[str, tuple[str, str, Action]]:
    """Of each route its method, path and action."""
    found = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] in BLUEPRINTS and not rule.endpoint.endswith(".static"):
            action = app.view_functions[rule.endpoint].kb_rule.action  # type: ignore[attr-defined]
            found[rule.endpoint] = ("POST" if "POST" in (rule.methods or ()) else "GET", rule.rule, action)
    return found


def test_fault_28_every_page_has_an_expectation(made: World) -> None:
    assert routed(made.app).keys() == CASES.keys()


@pytest.mark.parametrize("endpoint", sorted(CASES))
def test_fault_28_who_may_not_know_a_thing_learns_nothing_of_it_on_any_page(
        made: World, cookies: dict[str, str], endpoint: str) -> None:
    method, path, action = routed(made.app)[endpoint]
    case, seen, wrong = CASES[endpoint], Counter[int](), []
    for login, actor in made.actors.items():
        visitor = visitor_of(made, cookies.get(login))
        for thing in things(made, case):
            reply = call(visitor, method, path, case, thing)
            allowed = expected(actor, action, case, thing)
            if (reply.status_code not in allowed) if allowed else reply.status_code >= 500:
                wrong.append((login, thing and (thing.slug, thing.state), reply.status_code, allowed))
            if allowed and _SECRET in reply.get_data(as_text=True):
                wrong.append((login, thing and (thing.slug, thing.state), reply.status_code, "words"))
            if method == "POST" and reply.status_code < 400:
                made.restore()
            seen[reply.status_code] += 1
    assert not wrong, wrong
    assert seen, endpoint


def visitor_of(made: World, session_id: str | None) -> Visitor:
    visitor = Visitor(made.app)
    if session_id:
        visitor.client.set_cookie("kb_session", session_id)
    return visitor


def things(made: World, case: Case) -> list[Thing | None]:
    return [thing for thing in made.things if thing.kind in case.kinds] if case.kinds else [None]


def call(visitor: Visitor, method: str, path: str, case: Case, thing: Thing | None) -> TestResponse:
    if thing is not None:
        key = thing.key or "1"
        for part, value in (("<slug:slug>", thing.slug), ("<number:number>", key), ("<uuid:draft_id>", key),
                            ("<known_id>", key), ("<int(max=2147483647):comment_id>", key),
                            ("<login>", thing.slug), ("<code:code>", thing.slug), ("<sha256:sha256>", thing.sha256),
                            ("<name>", "a.txt")):
            path = path.replace(part, value)
    return visitor.get(path + case.query) if method == "GET" else visitor.post(path, dict(case.form))


def expected(actor: Actor, action: Action, case: Case, thing: Thing | None) -> set[int]:
    """The only statuses that are right for who may do nothing, or may not know the thing; empty for all others."""
    if not may_anywhere(actor, action):
        return {403 if actor.is_signed_in else 401}
    if thing is None or thing.kind in ("person", "department"):
        return set()
    if case.desk or thing.kind in ("draft", "carrying", "comment"):
        return set() if can(actor, Action.READ_UNPUBLISHED, OWNER) else {404}
    if action is Action.EXPLAIN_RIGHTS and can(actor, action):
        return set()
    return set() if knows(actor, thing) else {404}


def test_the_pages_are_tried_by_people_who_may_and_people_who_may_not(made: World) -> None:
    for action in (Action.DRAFT, Action.APPROVE):
        others = [actor for actor in made.actors.values() if may_anywhere(actor, action)
                  and not can(actor, action, OWNER)]
        assert others and any(can(actor, action, OWNER) for actor in made.actors.values())

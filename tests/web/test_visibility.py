"""What is for agents alone does not exist for citizens, on any road that leads to a text."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.web.conftest import Installation
from tests.web.site import Visitor, words

Road = Callable[[Visitor, str, str], TestResponse]  # visitor, slug, word

# roads that name the article: a citizen gets the same 404 as for what was never there
DIRECT: dict[str, Road] = {
    "article page": lambda v, slug, _: v.get(f"/articles/{slug}"),
    "panel": lambda v, slug, _: v.get(f"/articles/{slug}", headers={"HX-Request": "true"}),
    "revision page": lambda v, slug, _: v.get(f"/articles/{slug}/r/2"),
    "old revision page": lambda v, slug, _: v.get(f"/articles/{slug}/r/1"),
    "cited stretch": lambda v, slug, _: v.get(f"/articles/{slug}/r/1?cite=0-5"),
    "difference": lambda v, slug, _: v.get(f"/articles/{slug}/diff?from=1&to=2"),
    "changelog": lambda v, slug, _: v.get(f"/articles/{slug}/history"),
    "API article": lambda v, slug, _: v.get(f"/api/v1/articles/{slug}"),
    "API changelog": lambda v, slug, _: v.get(f"/api/v1/articles/{slug}/revisions"),
    "API revision": lambda v, slug, _: v.get(f"/api/v1/articles/{slug}/revisions/1"),
}
# roads that might come across it: a citizen gets a page without it
FOUND: dict[str, Road] = {
    "answer": lambda v, _, word: v.ask(f"{word}事项派给谁"),
    "answer as it was": lambda v, _, word: v.ask(f"{word}事项派给谁", as_of="2025-06-01"),
    "answer widened": lambda v, _, word: v.ask(f"{word}事项派给谁", audience="agent"),
    "search": lambda v, _, word: v.get(f"/search?q={word}事项"),
    "search of a department": lambda v, _, word: v.get(f"/search?q={word}&department=hrss"),
    "suggestions": lambda v, _, word: v.post("/suggest", {"typed": word}),
    "catalogue": lambda v, _, __: v.get("/browse/hrss"),
    "API answer": lambda v, _, word: v.client.post(
        "/api/v1/ask", json={"question": f"{word}事项派给谁"}, headers=v.token),
    "API answer widened": lambda v, _, word: v.client.post(
        "/api/v1/ask", json={"question": f"{word}事项派给谁", "audience": "agent"}, headers=v.token),
    "API answer as known": lambda v, _, word: v.client.post(
        "/api/v1/ask", json={"question": f"{word}事项派给谁", "known_at": "2025-06-01"}, headers=v.token),
    "API search": lambda v, _, word: v.get(f"/api/v1/search?q={word}事项"),
    "API search widened": lambda v, _, word: v.get(f"/api/v1/search?q={word}&audience=agent"),
    "API suggestions": lambda v, _, word: v.get(f"/api/v1/suggest?q={word}"),
    "API list": lambda v, _, __: v.get("/api/v1/articles?department=hrss&limit=200"),
}


class Person(Visitor):
    """A visitor of the pages who holds a token for the API."""

    token: dict[str, str]

    def get(self, path: str, **options: object) -> TestResponse:
        if path.startswith("/api/"):
            options["headers"] = self.token
        return super().get(path, **options)


Pair = tuple[Person, Person]  # an agent and a citizen


@pytest.fixture
def people_of(app: Flask, installation: Installation, token: Callable[..., dict[str, str]]) -> Pair:
    inside = Person(app)
    inside.sign_in("agent", installation.passwords["agent"])
    inside.token = token("agent", "ask", "read")
    outside = Person(app)
    outside.token = {}
    return inside, outside


@pytest.mark.parametrize("road", DIRECT)
def test_fault_28_an_internal_article_is_a_404_for_citizens_and_open_to_agents(people_of: Pair, road: str) -> None:
    agent, citizen = people_of
    go = DIRECT[road]
    assert go(agent, "inside", "紫晶").status_code == go(citizen, "outside", "青金").status_code == 200
    hidden, missing = go(citizen, "inside", "紫晶"), go(citizen, "never-was", "紫晶")
    assert hidden.status_code == missing.status_code == 404
    assert (hidden.get_data(as_text=True).replace("inside", "X").split('name="form_token"')[0]
            == missing.get_data(as_text=True).replace("never-was", "X").split('name="form_token"')[0])


@pytest.mark.parametrize("road", FOUND)
def test_fault_29_an_internal_article_turns_up_for_agents_only(people_of: Pair, road: str) -> None:
    agent, citizen = people_of

    def told(person: Person, slug: str, words: str) -> str:
        return re.sub("</?mark>", "", FOUND[road](person, slug, words).get_data(as_text=True))

    assert "紫晶事项派单口径" in told(agent, "inside", "紫晶")
    assert "青金事项派单口径" in told(citizen, "outside", "青金")
    hidden = told(citizen, "inside", "紫晶")
    assert "紫晶事项派单口径" not in hidden and "紫晶首次" not in hidden and "/articles/inside" not in hidden


def test_fault_29_counts_leave_out_what_is_hidden(people_of: Pair) -> None:
    agent, citizen = people_of

    def listed(visitor: Person) -> int:
        return len(visitor.get("/api/v1/articles?department=hrss&limit=200").get_json()["items"])

    for visitor in (agent, citizen):
        assert f"市人力资源和社会保障局 {listed(visitor)}个条目" in words(visitor.get("/browse"))
    assert listed(agent) > listed(citizen)


def test_fault_28_an_article_opened_to_citizens_keeps_its_internal_past_to_itself(people_of: Pair) -> None:
    agent, citizen = people_of
    assert "先安抚" in words(agent.get("/articles/opened/r/1"))
    assert citizen.get("/articles/opened").status_code == 200
    for path in ("/articles/opened/r/1", "/articles/opened/diff?from=1&to=2"):
        assert citizen.get(path).status_code == 404
    for path in ("/articles/opened", "/articles/opened/history", "/api/v1/articles/opened/revisions"):
        page = citizen.get(path).get_data(as_text=True)
        assert "安抚" not in page and "玛瑙内部口径" not in page and "第1版" not in page


def test_an_internal_source_is_marked_where_an_agent_reads_it(people_of: Pair) -> None:
    agent, _ = people_of
    for page in (agent.ask("紫晶事项派给谁"), agent.get("/articles/inside"), agent.get("/search?q=紫晶")):
        assert "内部条目，不对外" in words(page)


def test_an_agent_may_ask_as_a_citizen_would(people_of: Pair) -> None:
    agent, _ = people_of
    assert "紫晶事项派单口径" not in words(agent.ask("紫晶事项派给谁", audience="public"))

"""What no page shows of a text is handed out to those alone who write it: the source, its changes and quotes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.conftest import NOW
from tests.retriever.factories import published_article
from tests.web.conftest import later

SECRET = "口令甲戌"
FIRST = f"黑曜石补贴九百元<!-- {SECRET} -->，每月发放。\n\n[//]: # ({SECRET})\n\n请预约。"


@pytest.fixture(scope="module")
def obsidian(app: Flask, make_app: Callable[..., Flask]) -> Flask:
    database = app.extensions["kb"].database
    published_article(database, "obsidian", FIRST, title="黑曜石补贴", now=NOW)
    published_article(database, "obsidian", FIRST.replace("每月", "每季度").replace(SECRET, f"{SECRET}二"),
                      title="黑曜石补贴", now=NOW)
    return make_app(clock=later(minutes=1))


@pytest.mark.parametrize("login", [None, "agent", "fund-editor"])
def test_who_does_not_write_a_text_gets_its_comments_as_blanks_of_equal_length(
        obsidian: Flask, token: Callable[..., dict[str, str]], login: str | None) -> None:
    client, headers = obsidian.test_client(), token(login, "read", "ask") if login else {}
    source = client.get("/api/v1/articles/obsidian/revisions/1", headers=headers).get_json()["source"]
    assert len(source) == len(FIRST) and not set(SECRET) & set(source)
    assert source[source.index("，"):][:6] == FIRST[FIRST.index("，"):][:6]
    asked = client.post("/api/v1/ask", json={"question": "黑曜石补贴多少钱"}, headers=headers)
    assert "黑曜石补贴九百元" in asked.get_data(as_text=True)
    seen = [asked, client.get("/articles/obsidian/diff?from=1&to=2", headers=headers),
            client.get("/api/v1/search?q=黑曜石补贴", headers=headers),
            client.get("/articles/obsidian", headers=headers)]
    assert [SECRET in response.get_data(as_text=True) for response in seen] == [False] * 4
    for citation in asked.get_json()["citations"]:
        assert len(citation["quote"]) == citation["end"] - citation["start"]


def test_who_writes_it_gets_it_to_the_letter(obsidian: Flask, token: Callable[..., dict[str, str]]) -> None:
    client = obsidian.test_client()
    for login in ("hrss-editor", "hrss-approver", "manager"):
        found = client.get("/api/v1/articles/obsidian/revisions/1", headers=token(login, "read")).get_json()
        assert found["source"] == FIRST

"""Two people at once, over two connections: one is first, the other is told, and nothing is done twice or lost."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.acts import signatures, workflow
from kb.articles.publication import publish
from kb.articles.writing import drafts, submission
from kb.db import Database
from kb.errors import Conflict, Denied, KbError
from kb.models import Draft, Publication, Revision, Signature
from kb.settings import Settings
from tests.kb.factories import approver, at, editor, published, revision_text, submitted

DONE: dict[str, Any] = {"now": at(9), "origin": "test"}
Act = Callable[[Session], Any]


def at_once(settings: Settings, *acts: Act) -> list[Any]:
    """Each act by a server of its own, all begun together; what came of each, or the error."""
    start = threading.Barrier(len(acts))

    def run(act: Act) -> Any:
        database = Database(settings)
        try:
            start.wait()
            with database.transaction() as session:
                return act(session)
        except KbError as error:
            return error
        finally:
            database.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def on(revision_id: str, act: Callable[..., Any], actor: Actor, **more: Any) -> Act:
    def do(session: Session) -> str:
        row = session.get_one(Revision, revision_id)
        shown = {"shown": row.sha256} if act in (signatures.sign, signatures.reject) else {}
        act(session, actor, row, **shown, **more, **DONE)
        return act.__name__

    return do


@pytest.mark.parametrize("rivals", [("sign", "sign"), ("sign", "reject"), ("reject", "withdraw")])
@pytest.mark.parametrize("again", range(3))
def test_fault_69_of_two_decisions_one_counts_and_the_other_is_told(database: Database, settings: Settings,
                                                                    rivals: tuple[str, str], again: int) -> None:
    revision_id = submitted(database, revision_text(f"第{again}次"))
    acts = {"sign": (signatures.sign, {}), "reject": (signatures.reject, {"reason": "错"}),
            "withdraw": (workflow.withdraw, {"reason": ""})}
    people = {"withdraw": editor()}
    found = at_once(settings, *(on(revision_id, acts[name][0], people.get(name, approver(f"p{n}")), **acts[name][1])
                                for n, name in enumerate(rivals)))
    won = [result for result in found if isinstance(result, str)]
    told = [result for result in found if isinstance(result, KbError)]
    assert (len(won), len(told)) == (1, 1), found
    first = r"p[01] signed for HRSS already, on " if rivals == ("sign", "sign") else "by "
    assert re.search(first, told[0].message) or isinstance(told[0], Denied)
    with database.reading() as session:
        state = session.get_one(Revision, revision_id).state
        assert state == {"sign": "approved", "reject": "rejected", "withdraw": "withdrawn"}[won[0]]
        assert session.scalar(select(func.count()).select_from(Signature)) == (won[0] != "withdraw")


def test_fault_69_two_clicks_publish_once(database: Database, settings: Settings) -> None:
    published(database)
    revision_id = submitted(database, revision_text("新"), day=1)
    with database.transaction() as session:
        row = session.get_one(Revision, revision_id)
        signatures.sign(session, approver(), row, shown=row.sha256, **DONE)
    found = at_once(settings, *(on(revision_id, publish, approver(f"p{n}")) for n in range(4)))
    assert sorted(type(result).__name__ for result in found) == ["InvalidTransition"] * 3 + ["str"]
    with database.reading() as session:
        assert session.scalar(select(func.count()).where(Publication.superseded_at.is_(None))) == 1


def test_fault_70_eight_people_write_at_one_draft_and_at_one_article(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        shared = drafts.start(session, editor("li"), "card", revision_text(), **DONE).id

    def save(n: int) -> Act:
        return lambda s: drafts.save(s, editor("li"), shared, revision_text(f"第{n}人"), seen=1, **DONE).text.source

    found = at_once(settings, *(save(n) for n in range(8)))
    won = [result for result in found if isinstance(result, str)]
    assert len(won) == 1 and all(isinstance(r, Conflict) and "li" in r.message for r in found if r not in won)
    with database.reading() as session:
        assert drafts.get(session, editor("li"), shared).text.source == won[0]
    own = at_once(settings, *((lambda s, n=n: drafts.start(  # type: ignore[misc]
        s, editor(f"e{n}"), "card", revision_text(f"第{n}稿"), **DONE).text.source) for n in range(8)))
    assert sorted(own) == sorted(f"第{n}稿" for n in range(8))
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Draft)) == 9


def test_a_draft_is_handed_in_once(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        draft = drafts.start(session, editor("li"), "card", revision_text(), **DONE)
    found = at_once(settings, *((lambda s: submission.submit(s, editor("li"), draft.id, seen=1, **DONE).number)
                                for _ in range(4)))
    assert [result for result in found if isinstance(result, int)] == [1]
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Revision)) == 1

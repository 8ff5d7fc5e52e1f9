"""How long the departments' pages take in a large house: ``python -m bench.pages --articles 100000 --drafts 1000``.

A database is filled with articles, drafts and texts in review, without embeddings, and each page is asked for over HTTP
by somebody who is signed in. Printed as JSON: for each page its p50 and p95 in ms, and the statements of one.
"""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import quote

from alembic import command
from sqlalchemy import event, select
from werkzeug.serving import make_server

from bench.upgrade import _START, RELEASED, fill, reflected
from kb.actor import OPERATOR, Role
from kb.articles.revisions import RevisionText, fields_of
from kb.articles.writing import drafts, submission
from kb.clock import utc_now
from kb.db import Database
from kb.migrations import config_of, migrate
from kb.models import Article, Draft, Revision
from kb.people import people, sessions
from kb.people.sessions import Lasting
from kb.settings import load_settings
from web import create_app

_BATCH = 500
PEOPLE: dict[str, list[people.Grant]] = {
    "manager": [(Role.KNOWLEDGE_MANAGER, None)], "writer": [(Role.EDITOR, "d3")], "signer": [(Role.APPROVER, "d3")],
    "author": [(Role.EDITOR, f"d{n}") for n in range(20)]}  # of the texts in review


def main() -> int:
    """Fill, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--drafts", type=int, default=1_000)
    parser.add_argument("--waiting", type=int, default=300, help="texts in review")
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--folder", default="", help="keep the data there, and use it again")
    args = parser.parse_args()
    with _folder(args.folder) as folder:
        settings = load_settings(folder, {}, data={"dir": str(folder)}, embedding={"provider": "none"},
                                 reader={"provider": "none"}, web={"asks_per_minute_signed_in": 1_000_000})
        is_filled = (folder / "kb.sqlite3").exists()
        database = Database(settings)
        if not is_filled:
            _fill(database, args.articles, args.drafts, args.waiting)
        cookies = _signed_in(database)
        database.close()
        app = create_app(settings)
        found = _measure(app, cookies, args.times)
        app.extensions["kb"].close()
    sys.stdout.write(json.dumps({"articles": args.articles, "drafts": args.drafts, "pages": found}, indent=1) + "\n")
    return 0


@contextmanager
def _folder(kept: str) -> Iterator[Path]:
    if kept:
        Path(kept).mkdir(parents=True, exist_ok=True)
        yield Path(kept)
        return
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


def _fill(database: Database, articles: int, many: int, waiting: int) -> None:
    """Articles that are live, one in fifty to be reviewed since; drafts of all departments; texts in review."""
    command.upgrade(config_of(database), RELEASED)
    with database.engine.begin() as connection:
        fill(connection, articles)
    migrate(database)
    with database.engine.begin() as connection:
        publication = reflected(connection)["publication"]
        connection.execute(publication.update().values(review_by=_START + timedelta(days=3_650)))
        connection.execute(publication.update().where(publication.c.id % 50 == 0)
                           .values(review_by=_START + timedelta(days=1)))
        revision = reflected(connection)["revision"]
        overdue = select(publication.c.revision_id).where(publication.c.id % 50 == 0)
        connection.execute(revision.update().values(review_by=_START + timedelta(days=3_650)))
        connection.execute(revision.update().where(revision.c.id.in_(overdue))
                           .values(review_by=_START + timedelta(days=1)))
    with database.transaction() as session:
        for login, grants in PEOPLE.items():
            people.create_user(session, OPERATOR, login=login, name=login, grants=grants, password=None, now=_START)
    for first in range(0, many, _BATCH):
        with database.transaction() as session:
            session.add_all(_draft(n) for n in range(first, min(first + _BATCH, many)))
    for n in range(waiting):
        with database.transaction() as session:
            _hand_in(session, n)


def _text(n: int) -> RevisionText:
    return RevisionText(title=f"事项 {n} 修改", source=f"# 事项 {n}\n\n办理第 {n} 项收费 {n % 90} 元。\n", lang="zh",
                        audience="public", owner=f"d{n % 20}", effective_from=_START)


def _draft(n: int) -> Draft:
    return Draft(id=f"00000000-0000-4000-8000-{n:012}", article_id=f"a{n}", base_id=f"r{n}", author="writer",
                 contributors=["writer"], version=1, created_at=_START, updated_at=_START + timedelta(seconds=n),
                 fields=fields_of(_text(n)))


def _hand_in(session: Any, n: int) -> None:
    me = people.actor_of(session, "author", now=utc_now())
    draft = drafts.edit(session, me, f"article-{n}", now=utc_now(), origin="bench")
    draft = drafts.save(session, me, draft.id, _text(n), seen=draft.version, now=utc_now(), origin="bench")
    submission.submit(session, me, draft.id, seen=draft.version, now=utc_now(), origin="bench")


def _signed_in(database: Database) -> dict[str, str]:
    with database.transaction() as session:
        return {login: sessions.begin(session, people.find_user(session, login), now=utc_now(),
                                      lasting=Lasting(12, 600), device="") for login in PEOPLE}


def _pages(database: Database) -> dict[str, tuple[str, str]]:
    """Who asks for what, by what it is called."""
    with database.reading() as session:
        last = session.execute(select(Revision.number, Article.slug).join(Article).where(
            Revision.state == "in_review", Article.owner == "d3").limit(1)).one()
    draft = f"/edit/drafts/00000000-0000-4000-8000-{3:012}"
    return {
        "desk, manager": ("manager", "/edit"), "desk overdue, manager": ("manager", "/edit?review=overdue"),
        "desk soon, manager": ("manager", "/edit?review=soon"), "desk live, manager": ("manager", "/edit?state=live"),
        "desk waiting, manager": ("manager", "/edit?state=waiting"),
        "desk expired, manager": ("manager", "/edit?state=expired"),
        "desk unpublished, manager": ("manager", "/edit?state=unpublished"),
        "desk written, manager": ("manager", "/edit?draft=any"), "desk search, manager": ("manager", "/edit?q=事项"),
        "desk, department": ("writer", "/edit"), "desk overdue, department": ("writer", "/edit?review=overdue"),
        "desk search, department": ("writer", "/edit?q=事项"), "drafts, all": ("manager", "/edit/drafts?whose=all"),
        "drafts, own": ("writer", "/edit/drafts"), "article's desk": ("writer", "/edit/articles/article-3"),
        "draft": ("writer", draft), "hand in": ("writer", f"{draft}/hand-in"),
        "queue, mine": ("signer", "/reviews"), "queue, all": ("manager", "/reviews?whose=all"),
        "text in review": ("signer", f"/reviews/{last[1]}/{last[0]}"), "where used": ("writer", "/where-used?q=25元"),
    }


def _measure(app: Any, cookies: dict[str, str], times: int) -> dict[str, Any]:
    parts = app.extensions["kb"]
    pages = _pages(parts.database)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # not a line for each page
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    found = {}
    try:
        for name, (login, path) in pages.items():
            def once(login: str = login, path: str = path) -> None:
                _get(server.server_port, path, cookies[login])

            once()
            took = [_took(once) for _ in range(times)]
            found[name] = {"p50_ms": round(statistics.median(took) * 1000),
                           "p95_ms": round(sorted(took)[max(0, int(len(took) * .95) - 1)] * 1000),
                           "statements": _statements(parts.database, once)}
    finally:
        server.shutdown()
        thread.join(timeout=10)
    return found


def _get(port: int, path: str, cookie: str) -> None:
    address = f"http://127.0.0.1:{port}{quote(path, safe='/?=&')}"
    asked = urllib.request.Request(address, headers={"Cookie": f"kb_session={cookie}"})
    with urllib.request.urlopen(asked) as reply:
        reply.read()


def _took(act: Callable[[], None]) -> float:
    began = perf_counter()
    act()
    return perf_counter() - began


def _statements(database: Database, act: Callable[[], None]) -> int:
    seen: list[str] = []

    def note(*call: Any) -> None:
        seen.append(call[2])

    event.listen(database.engine, "before_cursor_execute", note)
    act()
    event.remove(database.engine, "before_cursor_execute", note)
    return len(seen)


if __name__ == "__main__":
    sys.exit(main())

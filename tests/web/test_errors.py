"""One table from error to status; problem documents for programs, pages for people, nothing of the inside."""

from __future__ import annotations

import logging
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import create_environ, run_wsgi_app

from kb import errors as domain
from kb.db import SPARE
from kb.driver_errors import OVERTAKEN
from kb.errors import Conflict, Denied, Invalid, InvalidTransition, KbError, NotFound, Unavailable
from kb.people.permissions import Action
from retriever import errors as finding
from retriever.errors import BadQuestion, EngineDown, IndexMismatch, RetrieverError
from tests.web.conftest import Installation
from tests.web.site import Visitor, words
from web.application import assemble
from web.auth import permits
from web.errors import STATUS, status_of


@pytest.mark.parametrize(("error", "status"), [
    (NotFound("a", "x"), 404), (Denied("a", "x"), 403), (Denied("throttled", "x"), 429), (Denied("sign_in", "x"), 401),
    (Conflict("a", "x"), 409), (InvalidTransition("a", "x"), 409), (Invalid("a", "x"), 400),
    (Unavailable("a", "x"), 503), (BadQuestion("a", "x"), 400), (EngineDown("a", "x"), 503),
    (IndexMismatch("a", "x"), 503),
])
def test_each_kind_of_error_has_its_status(error: KbError | RetrieverError, status: int) -> None:
    assert status_of(error) == status


def test_k7_a_new_kind_of_error_has_the_status_of_its_nearest_parent(app: Flask) -> None:
    class Unheard(KbError):
        """A child of the base itself."""

    class Elsewhere(NotFound):
        """A child of a listed one."""

    class Both(Elsewhere, Conflict):
        """The first parent comes before the second."""

    class Down(EngineDown):
        """A child of the retriever's."""

    for error, status in ((Unheard, 400), (Elsewhere, 404), (Both, 404), (Down, 503)):
        assert status_of(error("new", "x")) == status
    made = assemble(app.extensions["kb"])

    def fail() -> str:
        raise Unheard("new", "nothing was ever said of this")

    made.add_url_rule("/api/v1/fails", "fails", permits(Action.READ)(fail))
    response = made.test_client().get("/api/v1/fails")
    assert (response.status_code, response.get_json()["code"]) == (400, "new")


def test_who_gave_way_to_another_writer_is_tried_once_more(app: Flask) -> None:
    made, tries = assemble(app.extensions["kb"]), []

    def meet(times: int) -> str:
        tries.append(times)
        if tries.count(times) <= times:
            raise Unavailable(OVERTAKEN, "try again")
        return "done"

    made.add_url_rule("/api/v1/meets/<number:times>", "meets", permits(Action.READ)(meet))
    client = made.test_client()
    assert (client.get("/api/v1/meets/1").status_code, tries) == (200, [1, 1])
    assert (client.get("/api/v1/meets/2").status_code, tries) == (503, [1, 1, 2, 2])


def test_no_kind_of_error_was_forgotten() -> None:
    kinds = [kind for module in (domain, finding) for kind in vars(module).values()
             if isinstance(kind, type) and issubclass(kind, (KbError, RetrieverError)) and kind is not KbError]
    assert kinds and all(any(issubclass(kind, listed) for listed, _ in STATUS if listed is not KbError)
                         for kind in kinds)


@pytest.fixture
def failing(app: Flask) -> Flask:
    """The application with two routes that fail as nobody foresaw."""
    made = assemble(app.extensions["kb"])

    def fail() -> str:
        raise RuntimeError("secret words of the caller")

    for path in ("/fails", "/api/v1/fails"):
        made.add_url_rule(path, path, permits(Action.READ)(fail))
    return made


def test_an_unforeseen_error_shows_an_id_and_nothing_else(failing: Flask, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        page = Visitor(failing).get("/fails")
        problem = failing.test_client().get("/api/v1/fails")
    ids = [record.error_id for record in caplog.records if hasattr(record, "error_id")]
    assert page.status_code == problem.status_code == 500
    assert problem.get_json()["error_id"] == ids[1] and ids[0] in words(page)
    for response in (page, problem):
        text = response.get_data(as_text=True)
        assert "secret" not in text and "RuntimeError" not in text and "Traceback" not in text
        assert response.headers["Content-Security-Policy"]


def test_a_browser_gets_a_page_and_a_program_a_document(citizen: Visitor) -> None:
    page = citizen.get("/articles/none")
    assert page.mimetype == "text/html" and "没有这个页面" in words(page)
    asked = citizen.client.get("/articles/none", headers={"Accept": "application/problem+json"})
    assert asked.mimetype == "application/problem+json" and asked.get_json()["code"] == "no_article"
    for path in ("/api/v1/articles/none", "/api/v1/nothing", "/api/nothing"):
        response = citizen.get(path, headers={"Accept": "text/html"})
        assert (response.status_code, response.mimetype) == (404, "application/problem+json")


def test_a_method_that_is_not_offered_names_those_that_are(citizen: Visitor) -> None:
    response = citizen.client.delete("/api/v1/articles")
    assert response.status_code == 405 and "GET" in response.headers["Allow"]
    assert response.mimetype == "application/problem+json"


@pytest.fixture
def own(installation: Installation, make_app: Callable[..., Flask], tmp_path: Path) -> tuple[Flask, Path]:
    """An application over its own copy of the installation, and the file of its database."""
    folder = tmp_path / "own"
    source = installation.settings.data_dir
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("kb.sqlite3*"))
    with (closing(sqlite3.connect(source / "kb.sqlite3")) as shared,  # not as a file: closing one that this process
          closing(sqlite3.connect(folder / "kb.sqlite3")) as copy):   # has open elsewhere drops SQLite's locks on it
        shared.backup(copy)
    app = make_app(data={"dir": str(folder)}, database={"busy_timeout_ms": 100}, search={"lock_seconds": 0.1})
    return app, folder / "kb.sqlite3"


def test_fault_64_a_database_without_its_tables_is_a_503_that_says_what_to_do(own: tuple[Flask, Path]) -> None:
    app, file = own
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("ALTER TABLE article RENAME TO elsewhere")
    client = app.test_client()
    for path in ("/api/v1/articles", "/api/v1/articles/x", "/browse/hrss", "/articles/x"):
        assert client.get(path).status_code == 503, path
    assert "kb init" in client.get("/api/v1/articles").get_json()["detail"]
    assert "kb init" in words(Visitor(app).get("/browse/hrss"))
    assert client.get("/healthz").status_code == 200


def test_fault_64_a_database_that_is_no_database_makes_the_health_page_red(own: tuple[Flask, Path]) -> None:
    app, file = own
    app.extensions["kb"].database.close()
    for name in file.parent.glob("kb.sqlite3*"):
        name.write_bytes(b"no database at all " * 500)
    client = app.test_client()
    assert client.get("/api/v1/articles").get_json()["code"] == "corrupt"
    assert "put back a copy" in client.get("/api/v1/articles").get_json()["detail"]
    ready = client.get("/readyz")
    assert ready.status_code == 503 and ready.get_json()["parts"]["database"] == {"ok": False, "code": "corrupt"}
    assert client.get("/healthz").status_code == 200


def test_fault_64_while_the_database_is_locked_questions_are_answered_and_say_so(own: tuple[Flask, Path]) -> None:
    app, file = own
    visitor = Visitor(app)
    visitor.ask("社保卡")
    token = visitor.form_token()
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = visitor.client.post("/api/v1/ask", json={"question": "社保卡丢了怎么补办"}).get_json()
        page = visitor.client.post("/ask", data={"form_token": token, "question": "社保卡丢了怎么补办"},
                                   headers={"Accept-Language": "zh"})
    assert answer["sentences"] and answer["degraded"] == ["not_recorded"]
    assert page.status_code == 200 and "本次提问和回答未能记录" in words(page) and "简易检索" not in words(page)


def test_o4_a_server_whose_connections_are_all_in_use_says_so(make_app: Callable[..., Flask]) -> None:
    app = make_app(database={"busy_timeout_ms": 100}, web={"threads": 1})
    database = app.extensions["kb"].database
    with ExitStack() as held:
        while database.engine.pool.checkedout() < database.engine.pool.size() + SPARE:
            held.enter_context(database.engine.connect())
        refused = app.test_client().get("/api/v1/articles")
        assert (refused.status_code, refused.get_json()["code"]) == (503, "database_busy")
        assert "try again" in refused.get_json()["detail"] and refused.headers["Retry-After"]
    assert app.test_client().get("/api/v1/articles").status_code == 200


HOSTS = ["a..b", "a..b:8000", ".", "x" * 64, f"{'y' * 70}.example", "", "a b", "<img>", "[::1", "例..例"]
PRIVATE = "/articles/13812345678%0aINFO%20forged?q=13812345678"


@pytest.mark.parametrize("host", HOSTS)
def test_s10_a_host_that_is_no_name_is_refused_like_any_bad_request(app: Flask, caplog: pytest.LogCaptureFixture,
                                                                host: str) -> None:
    for path in (PRIVATE, "/", "/nothing/13812345678", "/api/v1/articles", "/static/base.css"):
        response = app.test_client().get(path, environ_overrides={"HTTP_HOST": host})
        assert (response.status_code, response.headers["X-Frame-Options"]) == (400, "DENY"), path
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        if path.startswith("/api/"):
            assert response.get_json()["code"] == "host" and "name of this site" in response.get_json()["detail"]
        else:
            assert response.mimetype == "text/html" and "请求" in words(response)
    assert "138" not in caplog.text and "forged" not in caplog.text


@pytest.mark.parametrize("host", ["xn--", "xn--a.example", "kb.xn--.example:8443"])
def test_a_host_that_encodes_no_name_is_refused_too(app: Flask, host: str) -> None:  # the test client cannot read it
    for path in ("/", "/sign-in", "/api/v1/articles"):
        _, status, headers = run_wsgi_app(app, create_environ(path, headers={"Host": host}), buffered=True)
        assert (status[:3], headers["X-Frame-Options"]) == ("400", "DENY"), path


@pytest.mark.parametrize("host", ["localhost", "kb.example.org:8443", "[::1]:8000", "192.0.2.7", "热线.example"])
def test_a_host_that_is_a_name_is_served(app: Flask, host: str) -> None:
    environ = {"HTTP_HOST": host.encode().decode("latin-1") if host.isascii() else host.encode("idna").decode()}
    assert app.test_client().get("/", environ_overrides=environ).status_code == 200


@pytest.mark.parametrize("method", ["BREW", "G" * 5_000, "TRACE", "CONNECT"])
def test_a_method_that_is_none_is_not_implemented_anywhere(app: Flask, method: str) -> None:
    for path in ("/", "/nothing", "/api/v1/articles", "/healthz"):
        response = app.test_client().open(path, method=method)
        assert (response.status_code, response.headers["X-Frame-Options"]) == (501, "DENY"), path
    document = app.test_client().open("/api/v1/ask", method=method)
    assert (document.mimetype, document.get_json()["code"]) == ("application/problem+json", "method")


def test_an_error_page_that_fails_itself_is_a_document_and_the_log_knows_no_path(
        failing: Flask, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> dict[str, object]:
        raise RuntimeError("secret words of the caller")

    failing.context_processor(fail)
    response = failing.test_client().get("/nothing/13812345678")
    assert (response.status_code, response.mimetype) == (500, "application/problem+json")
    assert response.headers["X-Frame-Options"] == "DENY"
    assert [r.error_id for r in caplog.records if hasattr(r, "error_id")][-1] == response.get_json()["error_id"]
    assert "138" not in caplog.text

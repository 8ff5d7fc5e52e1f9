"""The log: one line an event, the number on the page in it, and nothing of what a visitor typed."""

from __future__ import annotations

import io
import json
import logging
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from flask import Flask

from kb.people.permissions import Action
from tests.web.conftest import Installation
from tests.web.site import Visitor, words
from tests.web.test_commands import environment
from web.application import assemble
from web.auth import permits
from web.logs import LineFormatter

PRIVATE = ("13812345678", "forged", "张三", "secret")
Lines = Callable[[], list[str]]


@pytest.fixture(params=["text", "json"])
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def lines(form: str) -> Iterator[Lines]:
    """What is logged from now on, as it is written."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(LineFormatter(form))
    logging.getLogger().addHandler(handler)
    yield lambda: written.getvalue().splitlines()
    logging.getLogger().removeHandler(handler)


def parsed(line: str) -> dict[str, str]:
    if line.startswith("{"):
        return {name: str(value) for name, value in json.loads(line).items()}
    found = re.findall(r'(\w+)=("(?:[^"\\]|\\.)*"|\S+)', line)
    return {name: json.loads(value) if value.startswith('"') else value for name, value in found}


def test_s10_the_number_on_the_page_stands_in_the_log_with_its_route(app: Flask, lines: Lines) -> None:
    failing = assemble(app.extensions["kb"])

    def fail(words: str) -> str:
        raise RuntimeError(f"secret {words}\nlevel=info event=forged")

    failing.add_url_rule("/fails/<words>", "fails", permits(Action.READ)(fail))
    page = Visitor(failing).get("/fails/13812345678%0aforged?q=张三")
    assert page.status_code == 500 and len(lines()) == 1
    event = parsed(lines()[0])
    assert event["error_id"] in words(page)
    assert (event["event"], event["level"], event["status"], event["method"], event["route"]) == (
        "request failed", "error", "500", "GET", "/fails/<words>")
    assert int(event["took_ms"]) >= 0
    assert event["error"] == "builtins.RuntimeError" and event["where"].endswith(" fail")
    assert not [word for word in PRIVATE if word in lines()[0]]


def test_o3_a_lock_out_is_logged_and_a_wrong_password_is_not(make_app: Callable[..., Flask], form: str,
                                                                    lines: Lines) -> None:
    visitor = Visitor(make_app(web={"signin_tries": 3}), address=f"log of {form}")
    for _ in range(3):
        assert visitor.sign_in(f"张三-{form}", "secret").status_code == 401
    assert lines() == []
    assert visitor.sign_in(f"张三-{form}", "secret").status_code == 429
    event = parsed(lines()[0])
    assert (event["event"], event["level"], event["code"], event["status"], event["route"]) == (
        "sign-in locked out", "warning", "throttled", "429", "/sign-in")
    assert not [word for word in PRIVATE if word in lines()[0]]


def test_what_somebody_may_not_do_is_logged(app: Flask, token: Callable[..., dict[str, str]], lines: Lines) -> None:
    client = app.test_client()
    assert client.post("/ask?q=张三", data={"question": "13812345678", "form_token": "secret"}).status_code == 403
    refused = client.post("/api/v1/ask", json={"question": "13812345678"}, headers=token("agent", "read"))
    assert refused.status_code == 403
    events = [parsed(line) for line in lines()]
    assert [(e["event"], e["status"], e["route"], e["code"]) for e in events] == [
        ("request refused", "403", "/ask", "form_token"), ("request refused", "403", "/api/v1/ask", "scope")]
    assert not [word for word in PRIVATE if any(word in line for line in lines())]


def test_of_other_libraries_the_constant_part_of_a_message_is_kept(lines: Lines) -> None:
    logging.getLogger("granian").error("Exception while serving %s", "/articles/13812345678\nforged")
    logging.getLogger("retriever.find").warning("engine down: %s", "index_format")
    assert [parsed(line)["event"] for line in lines()] == ["Exception while serving %s", "engine down: index_format"]


@pytest.mark.parametrize("message", ['a "b" c=d', "one\ntwo\r\x1b[2J\x85\u2028three", "", "back\\slash"])
def test_a_message_is_one_line_whatever_is_in_it(lines: Lines, message: str) -> None:
    logging.getLogger("web").error(message)
    assert len(lines()) == 1 and lines()[0].isprintable() and parsed(lines()[0])["event"] == message


def test_a_server_logs_as_it_is_set(installation: Installation) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "kb", "serve", "--port", str(port), "--workers", "2"], text=True,
        env={**environment(installation.settings.data_dir), "KB__WEB__LOG_FORMAT": "json"}, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE)
    try:
        assert server.stdout
        server.stdout.readline(), server.stdout.readline()
        with pytest.raises(HTTPError) as refused:
            urlopen(f"http://127.0.0.1:{port}/ask", data=b"question=13812345678", timeout=30)
        refused.value.close()
        assert refused.value.code == 403
    finally:
        server.send_signal(signal.SIGTERM)
        _, written = server.communicate(timeout=30)
    events = [json.loads(line) for line in written.splitlines()]
    assert [(e["event"], e["route"]) for e in events if e["logger"] == "web.errors"] == [("request refused", "/ask")]
    assert "13812345678" not in written

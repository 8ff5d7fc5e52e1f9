"""The network's fake: a chat endpoint on this machine that speaks OpenAI's protocol and plays what a test tells it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "key-of-the-test"
Play = Callable[["Call"], None]


class Call:
    """One request: what was asked, and ways to reply."""

    def __init__(self, handler: BaseHTTPRequestHandler, endpoint: ChatEndpoint, body: Mapping[str, Any]) -> None:
        self._handler, self.endpoint, self.body = handler, endpoint, body

    @property
    def given(self) -> dict[str, Any]:
        """The question and the passages with their numbered units, as the model sees them."""
        found: dict[str, Any] = json.loads(self.body["messages"][-1]["content"])
        return found

    def send(self, body: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        """A whole response."""
        self._handler.send_response_only(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)),
                            **(headers or {})}.items():
            self._handler.send_header(name, value)
        self._handler.end_headers()
        self._handler.wfile.write(body)

    def hang_up(self) -> None:
        """Send no more on this connection."""
        self._handler.close_connection = True

    def drip(self, body: bytes, *, before: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n") -> None:
        """A byte now and then, until the other side has had enough."""
        self._handler.close_connection = True
        try:
            self._handler.wfile.write(before)
            while not self.endpoint.is_over.wait(0.02):
                self._handler.wfile.write(body)
                self._handler.wfile.flush()
        except OSError:
            self.endpoint.was_left.set()


class ChatEndpoint:
    """Plays in turn what it was given, the last for ever; keeps what it was asked."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.url = f"http://{address[0]}:{address[1]}/v1"
        self.calls: list[Mapping[str, Any]] = []
        self.paths: list[str] = []
        self.headers: list[Mapping[str, str]] = []
        self.is_over = threading.Event()  # the test is
        self.was_left = threading.Event()  # a caller closed the connection in the middle of a reply
        self._plays: list[Play] = []
        self._lock = threading.Lock()

    def plays(self, *plays: Play) -> None:
        """What to do with the next requests."""
        self._plays = list(plays)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Play one request."""
        self.paths.append(handler.path)
        body = json.loads(handler.rfile.read(int(handler.headers.get("Content-Length", 0))) or b"{}")
        with self._lock:
            self.calls.append(body)
            self.headers.append({name.lower(): value for name, value in handler.headers.items()})
            play = self._plays.pop(0) if len(self._plays) > 1 else self._plays[0]
        play(Call(handler, self, body))


def completion(content: object, *, model: str = "served-model-1", finish: str = "stop", **message: object) -> bytes:
    """A chat completion with this content, an object as JSON."""
    text = content if content is None or isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    return json.dumps({
        "id": "c1", "object": "chat.completion", "created": 1, "model": model,
        "choices": [{"index": 0, "finish_reason": finish,
                     "message": {"role": "assistant", "content": text, **message}}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}).encode()


def says(content: object, **options: Any) -> Play:
    """Reply with a completion of this content."""
    return lambda call: call.send(completion(content, **options))


def marks(*units: tuple[object, object]) -> Play:
    """Reply with these numbers and how sure they are."""
    return says({"units": [{"n": n, "sure": sure} for n, sure in units]})


def fails(status: int, **headers: str) -> Play:
    """Reply with an error of the endpoint's own words."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda call: call.send(b'{"error": {"message": "words of the endpoint"}}', status=status, headers=named)


def is_silent(call: Call) -> None:
    """Never reply."""
    call.endpoint.is_over.wait(60)


def reads_well(call: Call) -> None:
    """Mark the units that share words with the question, the more of them the surer."""
    question = _bigrams(call.given["question"])
    marked = []
    for passage in call.given["passages"]:
        for unit in passage["units"]:
            shared = len(question & _bigrams(unit.get("text", ""))) if "n" in unit else 0
            if shared:
                marked.append({"n": unit["n"], "sure": round(min(0.3 + shared / max(len(question), 1), 1.0), 3)})
    call.send(completion({"units": marked}))


def _bigrams(text: str) -> set[str]:
    plain = text.lower()
    return {plain[i:i + 2] for i in range(len(plain) - 1) if plain[i:i + 2].isalnum()}


@contextmanager
def served() -> Iterator[ChatEndpoint]:
    """The endpoint on a port of its own, that reads well until told otherwise."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            try:
                endpoint.answer(self)
            except (OSError, ValueError):  # the caller left, or does not speak this protocol
                endpoint.was_left.set()
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    endpoint = ChatEndpoint(("127.0.0.1", server.server_port))
    endpoint.plays(reads_well)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        endpoint.is_over.set()
        server.shutdown()
        server.server_close()


def numbers_of(call: Mapping[str, Any], words: Sequence[str]) -> list[int]:
    """The numbers of the units, in what was asked, that hold any of these words."""
    given = json.loads(call["messages"][-1]["content"])
    return [u["n"] for p in given["passages"] for u in p["units"] if "n" in u and any(w in u["text"] for w in words)]

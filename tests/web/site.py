"""A visitor of the site: a browser without script, with its cookies and form tokens."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.test import TestResponse

_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]+)"')
_TAG = re.compile(r"<[^>]*>")


class Visitor:
    """Reads pages and sends their forms; ``language`` is the browser's."""

    def __init__(self, app: Flask, *, language: str = "zh", address: str = "127.0.0.1") -> None:
        self.client = app.test_client()
        self._base = {"headers": {"Accept-Language": language}, "environ_base": {"REMOTE_ADDR": address}}

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, **{**self._base, **options})

    def form_token(self) -> str:
        """The token of a page opened now."""
        found = _TOKEN.search(self.get("/sign-in").get_data(as_text=True))
        assert found
        return found[1]

    def post(self, path: str, fields: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        """Send a form of this site."""
        data = {"form_token": self.form_token(), **(fields or {})}
        return self.client.post(path, data=data, **{**self._base, **options})

    def ask(self, question: str, **fields: Any) -> TestResponse:
        return self.post("/ask", {"question": question, **fields})

    def sign_in(self, login: str, password: str) -> TestResponse:
        return self.post("/sign-in", {"login": login, "password": password})


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


def tags(html: str) -> list[tuple[str, dict[str, str]]]:
    """Every opening tag with its attributes, as a browser would read them."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.found


def check_harmless(html: str) -> None:
    """Nothing in the page runs, styles, frames, or loads anything but this site's own files."""
    for tag, attributes in tags(html):
        assert tag not in {"style", "base", "iframe", "object", "embed"}, tag
        assert tag != "script" or attributes["src"].startswith(("/static/", "/edit/static/"))
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "srcdoc")], attributes
        for name in ("src", "href", "action", "formaction", "data"):
            address = urlsplit(attributes.get(name, "").strip())
            assert address.scheme in ("", "http", "https", "tel", "mailto"), attributes
            assert tag == "a" or not (address.scheme or address.netloc), (tag, attributes)


def words(response: TestResponse) -> str:
    """The page's text without its tags, on one line."""
    return " ".join(_TAG.sub(" ", response.get_data(as_text=True)).split())

"""One installation for all tests of the edge: the sample, people, and articles made to break pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from kb import setup
from kb.actor import OPERATOR
from kb.db import Database
from kb.people import tokens
from kb.settings import Settings, load_settings
from tests.conftest import NOW
from tests.retriever.factories import published_article
from tests.web.site import Visitor
from web import create_app

ROOT = Path(__file__).parents[2]

HOSTILE_TITLE = "翡翠补贴<img src=x onerror=alert(1)>"
HOSTILE = """\
翡翠补贴每人每月三百元。<script>alert(1)</script><style>body{display:none}</style><base href="//evil.example">

## 申领<svg onload=alert(2)>

- [点我](javascript:alert(3)) 和 [这里](  JaVaScRiPt:alert(4)) 还有 [数据](data:text/html;base64,PHNjcmlwdD4=)
- [编码](&#106;avascript:alert(5)) [制表](java\tscript:alert(6)) [脚本](vbscript:msgbox)
- ![追踪](https://evil.example/pixel.gif?翡翠)

<form action="//evil.example"><input name=p></form> <iframe src="//evil.example"></iframe>
"""


@dataclass(frozen=True)
class Installation:
    """A knowledge base with the sample in it, and the sign-ins of its people."""

    settings: Settings
    passwords: dict[str, str]


def site_settings(folder: Path, **sections: dict[str, Any]) -> Settings:
    """No model and no threshold, and enough asks a minute for all tests together."""
    given: dict[str, dict[str, Any]] = {
        "data": {"dir": str(folder)}, "embedding": {"provider": "none"}, "ask": {"precision": 0.0},
        "web": {"asks_per_minute": 1_000_000},
    }
    for section, values in sections.items():
        given[section] = {**given.get(section, {}), **values}
    return load_settings(folder, {}, **given)


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    settings = site_settings(tmp_path_factory.mktemp("site"))
    database = Database(settings)
    assert not setup.init(database, settings, now=NOW, sample=ROOT / "articles").failed
    passwords = dict(setup.add_sample_users(database, now=NOW))
    early, late = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    published_article(database, "hostile", HOSTILE, title=HOSTILE_TITLE, now=early)
    published_article(database, "hostile", HOSTILE.replace("三百", "四百<b>"), title=HOSTILE_TITLE, now=late)
    for audience, slug, word in (("agent", "inside", "紫晶"), ("public", "outside", "青金")):
        for number, hours in ((1, "四十八"), (2, "二十四")):
            published_article(database, slug, f"{word}事项派给人社局，{word}首次联系{hours}小时内。",
                              title=f"{word}事项派单口径", audience=audience, now=early if number == 1 else late)
    published_article(database, "opened", "玛瑙事项内部口径：先安抚。", title="玛瑙内部口径", audience="agent",
                      now=early)
    published_article(database, "opened", "玛瑙事项对外口径：五个工作日办结。", title="玛瑙事项", now=late)
    database.close()
    return Installation(settings, passwords)


@pytest.fixture(scope="session")
def make_app(installation: Installation) -> Iterator[Callable[..., Flask]]:
    """Another application over the same installation, with some settings changed."""
    made: list[Flask] = []

    def make(*, clock: Callable[[], datetime] = lambda: NOW, **sections: dict[str, Any]) -> Flask:
        app = create_app(site_settings(installation.settings.data_dir, **sections), clock=clock)
        app.extensions["kb"].retriever.catch_up()  # the sample is more than an ask catches up with
        made.append(app)
        return app

    yield make
    for app in made:
        app.extensions["kb"].close()


@pytest.fixture(scope="session")
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app()


@pytest.fixture
def citizen(app: Flask) -> Visitor:
    return Visitor(app)


@pytest.fixture
def agent(app: Flask, installation: Installation) -> Visitor:
    visitor = Visitor(app)
    assert visitor.sign_in("agent", installation.passwords["agent"]).status_code == 303
    return visitor


@pytest.fixture(scope="session")
def token(app: Flask) -> Callable[..., dict[str, str]]:
    """Headers with a new token of a user: ``token("agent", "ask", "read")``."""
    def make(login: str, *scopes: str) -> dict[str, str]:
        with app.extensions["kb"].database.transaction() as session:
            made = tokens.create_token(session, OPERATOR, login, name="test", scopes=scopes, days=1, now=NOW)
        return {"Authorization": f"Bearer {made}"}

    return make


def later(**delta: float) -> Callable[[], datetime]:
    """A clock that stands some time after the tests' present."""
    return lambda: NOW + timedelta(**delta)

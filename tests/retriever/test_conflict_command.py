"""``kb conflicts`` shows what is kept, and says what is lacking where it cannot compare."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.articles.kept_conflicts import FoundConflict, keep_conflicts
from kb.cli import main
from kb.db import Database
from kb.migrations import migrate
from kb.settings import load_settings
from tests.conftest import NOW
from tests.retriever.factories import department, published_article


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    for name, value in {"KB__DATA__DIR": str(tmp_path / "data"), "KB__EMBEDDING__PROVIDER": "none"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    database = Database(load_settings())
    migrate(database)
    department(database, "hrss")
    yield database
    database.close()


def test_what_is_kept_is_shown_with_both_sides(store: Database, capsys: pytest.CaptureFixture[str]) -> None:
    one = published_article(store, "one", "补领工本费25元。", title="补领")
    other = published_article(store, "other", "补领收30元。", title="补卡")
    with store.transaction() as session:
        keep_conflicts(session, one, [other], [FoundConflict(one, other, "money", 0.9, 5, 8, 3, 6)], now=NOW)
    assert main(["conflicts", "--kept", "--json"]) == 0
    shown, = json.loads(capsys.readouterr().out)
    assert (shown["kind"], shown["one"]["slug"], shown["one"]["quote"]) == ("money", "one", "25元")
    assert (shown["other"]["slug"], shown["other"]["quote"], shown["other"]["revision"]) == ("other", "30元", 1)
    assert main(["conflicts", "--kept"]) == 0
    assert capsys.readouterr().out.splitlines()[:3] == ["money  0.90", "  one: 25元", "  other: 30元"]


@pytest.mark.usefixtures("store")
def test_nothing_kept_is_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conflicts", "--kept", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.usefixtures("store")
def test_without_a_model_it_says_what_to_set(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conflicts"]) == 2
    told = capsys.readouterr()
    assert (told.out, len(told.err.splitlines()), "embedding.provider" in told.err) == ("", 1, True)

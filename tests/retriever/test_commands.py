"""ask, search and index as typed in the shell: what they print, their exit codes, one line for every mistake."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kb.cli import main
from kb.clock import utc_now
from kb.db import Database
from kb.migrations import migrate
from kb.settings import load_settings
from retriever.factory import index_folder
from tests.retriever.factories import department, published_article

CARD = "## 补办\n\n补办社保卡带身份证，工本费{}元，当场取卡。"
FEE = "补办社保卡工本费多少元"
Shell = Callable[..., tuple[int, str, str]]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """An installation in the working folder, words only, that answers whatever it finds."""
    for name, value in {"KB__DATA__DIR": str(tmp_path / "data"), "KB__EMBEDDING__PROVIDER": "none",
                        "KB__ASK__PRECISION": "0"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    database = Database(load_settings())
    migrate(database)
    department(database, "hrss")
    yield database
    database.close()


@pytest.fixture
def shell(store: Database, capsys: pytest.CaptureFixture[str]) -> Shell:  # noqa: ARG001
    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        told = capsys.readouterr()
        assert len(told.err.splitlines()) <= 1
        assert "Traceback" not in told.err
        return code, told.out, told.err

    return run


def as_json(shell: Shell, *arguments: str) -> dict[str, Any]:
    code, out, _ = shell(*arguments, "--json")
    assert code == 0
    found: dict[str, Any] = json.loads(out)
    return found


@pytest.fixture
def card(store: Database) -> Database:
    now = utc_now()
    published_article(store, "card", CARD.format(20), title="社保卡补办", now=now - timedelta(days=100))
    published_article(store, "card", CARD.format(15), title="社保卡补办", effective_from=now - timedelta(days=10),
                      now=now - timedelta(days=50))
    published_article(store, "desk", "社保卡补办投诉转人社局三科。", title="坐席指引", audience="agent",
                      now=now - timedelta(days=50))
    return store


@pytest.mark.usefixtures("card")
def test_ask_prints_sentences_with_their_citations(shell: Shell) -> None:
    code, out, _ = shell("ask", FEE)
    assert code == 0
    assert "15元" in out
    assert "[1]" in out
    assert "hrss/card r2" in out
    assert "/articles/card/r/2?cite=" in out


@pytest.mark.usefixtures("card")
def test_ask_answers_for_a_date_and_as_it_was_known(shell: Shell) -> None:
    today = utc_now()
    then = (today - timedelta(days=20)).date().isoformat()
    assert as_json(shell, "ask", FEE, "--as-of", then)["citations"][0]["revision"] == 1
    assert as_json(shell, "ask", FEE)["citations"][0]["revision"] == 2
    early = (today - timedelta(days=60)).isoformat()
    assert as_json(shell, "ask", FEE, "--known-at", early)["citations"][0]["revision"] == 1


@pytest.mark.usefixtures("card")
def test_ask_explains_itself_when_asked_to(shell: Shell) -> None:
    explained = as_json(shell, "ask", FEE, "--explain")["explain"]
    assert explained["terms"]
    assert explained["candidates"][0]["slug"] == "card"
    assert "explain" not in as_json(shell, "ask", FEE)
    _, plain, _ = shell("ask", FEE)
    _, out, _ = shell("ask", FEE, "--explain")
    assert "候选段落：初选" in out and "候选段落" not in plain
    assert "{" not in out


@pytest.mark.usefixtures("card")
def test_ask_shows_internal_articles_only_when_told_to(shell: Shell) -> None:
    question = "社保卡补办投诉转哪个科"
    assert "三科" not in shell("ask", question)[1]
    assert "三科" in shell("ask", question, "--audience", "agent")[1]


@pytest.mark.usefixtures("card")
def test_ask_that_finds_nothing_says_so_and_exits_with_1(shell: Shell) -> None:
    code, out, _ = shell("ask", "火星签证")
    assert code == 1
    assert "暂无可靠依据" in out
    code, out, _ = shell("ask", "How do I get a visa for Mars?")
    assert code == 1
    assert "Not known" in out


@pytest.mark.usefixtures("card")
def test_ask_answers_for_the_time_that_a_question_names_unless_told_to_ignore_it(shell: Shell) -> None:
    question = "前天" + FEE
    assert as_json(shell, "ask", question)["read_as_of"]["words"] == "前天"
    assert as_json(shell, "ask", question, "--ignore-time")["read_as_of"] is None
    assert "--ignore-time" in shell("ask", question)[1]
    assert "--ignore-time" not in shell("ask", question, "--ignore-time")[1]


@pytest.mark.usefixtures("card")
def test_ask_says_how_sure_it_is_in_words_and_in_figures_only_where_it_explains(shell: Shell) -> None:
    _, plain, _ = shell("ask", FEE)
    _, explained, _ = shell("ask", FEE, "--explain")
    assert "有把握" in plain and " ms" not in plain
    assert " ms" in explained


@pytest.mark.usefixtures("card")
def test_an_unknown_department_is_wrong_use(shell: Shell) -> None:
    code, _, err = shell("ask", FEE, "--department", "nowhere")
    assert (code, "no department" in err) == (2, True)


@pytest.mark.usefixtures("card")
@pytest.mark.parametrize("arguments", [
    ("ask", ""), ("ask", "   "), ("ask", "社" * 2001), ("ask", FEE, "--as-of", "tomorrow"),
    ("ask", FEE, "--as-of", "2026-13-01"), ("ask", FEE, "--known-at", "0000-00-00"), ("ask",),
    ("ask", FEE, "--audience", "all"), ("ask", FEE, "--lang", "fr"),
    ("search",), ("search", "社保卡", "-k", "0"), ("search", "社保卡", "-k", "101"), ("search", "社保卡", "-k", "x"),
    ("index", "burn"), ("eval", "/nowhere"), ("eval", "tests/data/tiny", "--limit", "0"),
], ids=lambda a: " ".join(a)[:40])
def test_wrong_use_is_one_line_and_exits_with_2(shell: Shell, arguments: tuple[str, ...]) -> None:
    code, out, err = shell(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("kb: ")


@pytest.mark.usefixtures("card")
def test_search_lists_passages_with_their_place(shell: Shell) -> None:
    for k in ("0", "101", "-1"):
        assert "-k is 1 to 100" in shell("search", "社保卡", "-k", k)[2]
    hits = as_json(shell, "search", "社保卡", "补办", "-k", "5")["hits"]
    assert [(h["slug"], h["revision"]) for h in hits] == [("card", 2)]
    assert CARD.format(15)[hits[0]["start"]:hits[0]["end"]] == hits[0]["text"]
    code, out, _ = shell("search", "社保卡")
    assert (code, "hrss/card r2" in out) == (0, True)
    assert shell("search", "火星签证")[0] == 1


def test_the_index_is_updated_checked_and_rebuilt(shell: Shell, card: Database) -> None:
    assert as_json(shell, "index", "update")["articles"] == 2
    before = as_json(shell, "index", "status")
    assert (before["lag"], before["pending_vectors"], before["dictionary_changed"]) == (0, 0, False)
    published_article(card, "ferry", "轮渡票价22元。")
    assert as_json(shell, "index", "status")["lag"] == 1
    assert as_json(shell, "index", "rebuild") == {"articles": 3, "passages": 5, "vectors": 0, "problems": []}
    after = as_json(shell, "index", "status")
    assert after["generation"] != before["generation"]
    assert (after["lag"], after["passages"]) == (0, 5)
    assert as_json(shell, "index", "verify") == {"problems": []}


def test_fault_65_an_index_of_another_release_is_refused_and_rebuilt(shell: Shell, card: Database) -> None:
    shell("index", "update")
    (generation,) = index_folder(load_settings()).glob("gen-*")
    meta = generation / "generation.json"
    meta.write_text(meta.read_text(encoding="utf-8").replace('"format": ', '"format": 9'), encoding="utf-8")
    code, _, err = shell("ask", FEE)
    assert code == 3
    assert "kb index rebuild" in err
    code, _, err = shell("index", "update")
    assert (code, "rebuilding" in err) == (0, True)
    assert shell("ask", FEE)[0] == 0
    assert card.url.endswith("kb.sqlite3")


def test_without_a_store_every_command_says_what_to_do(shell: Shell, store: Database) -> None:
    store.close()
    Path(store.url.removeprefix("sqlite:///")).unlink()
    for arguments in (("ask", FEE), ("search", "补卡"), ("index", "status"), ("index", "verify"), ("index", "rebuild")):
        code, _, err = shell(*arguments)
        assert code == 3, arguments
        assert "kb init" in err, arguments

"""Known questions of article files: imported once, released with the text, given back by an export."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.actor import OPERATOR, Actor
from kb.content import transfer
from kb.content.importers import import_paths
from kb.db import Database
from kb.known import known
from kb.known.known import KnownState
from kb.settings import Settings, load_settings
from tests.conftest import NOW
from tests.kb.content.importers.test_import import EDITOR, folder, imported, write  # noqa: F401  folder is a fixture
from tests.kb.content.test_transfer import carried_over, fresh, template  # noqa: F401  template is a fixture
from tests.kb.factories import MANAGER

BODY = "社保卡是凭证。\n\n## 补领\n\n带身份证。\n\n## 邮寄\n\n### 费用\n\n10元。\n\n## 自取\n\n### 费用\n\n免费。\n"
ASKS = ('title: 补卡\nasks:\n  补领: [医保卡丢了到哪里补, "补卡: 要多少钱"]\n  "": [社保卡有什么用]\n'
        '  邮寄 › 费用:\n  - 寄到家多少钱\n')


def known_of(database: Database) -> set[tuple[tuple[str, ...], str, KnownState]]:
    with database.reading() as session:
        return {(k.heading_path, k.text, k.state) for k in known.list_known(session, OPERATOR, now=NOW)}


def expected(state: KnownState) -> set[tuple[tuple[str, ...], str, KnownState]]:
    return {(("补领",), "医保卡丢了到哪里补", state), (("补领",), "补卡: 要多少钱", state),
            ((), "社保卡有什么用", state), (("邮寄", "费用"), "寄到家多少钱", state)}


def test_questions_are_released_with_the_text_and_importing_again_changes_nothing(
        database: Database, settings: Settings, folder: Path) -> None:  # noqa: F811
    write(folder, front=ASKS, body=BODY)
    assert imported(database, settings, folder).failed == []
    assert known_of(database) == expected(KnownState.RELEASED)
    again = imported(database, settings, folder, days=3)
    assert (again.created, again.unchanged, again.failed) == (0, 1, [])
    assert known_of(database) == expected(KnownState.RELEASED)


@pytest.mark.parametrize("actor", [OPERATOR, EDITOR], ids=lambda a: a.name)
def test_questions_of_a_draft_wait_until_it_is_published(database: Database, settings: Settings, actor: Actor,
                                                        folder: Path) -> None:  # noqa: F811
    write(folder, front=ASKS, body=BODY)
    assert imported(database, settings, folder, approver=None, actor=actor).failed == []
    assert known_of(database) == expected(KnownState.PROPOSED)
    assert imported(database, settings, folder, approver=None, actor=actor).unchanged == 1
    assert imported(database, settings, folder).created == 1
    assert known_of(database) == expected(KnownState.RELEASED)


def test_a_question_added_to_a_file_is_taken_without_a_new_revision(database: Database, settings: Settings,
                                                                   folder: Path) -> None:  # noqa: F811
    write(folder, front="title: 补卡", body=BODY)
    imported(database, settings, folder)
    write(folder, front=ASKS, body=BODY)
    assert imported(database, settings, folder, days=1).created == 1
    assert known_of(database) == expected(KnownState.RELEASED)


def test_what_was_dropped_stays_dropped(database: Database, settings: Settings, folder: Path) -> None:  # noqa: F811
    write(folder, front=ASKS, body=BODY)
    imported(database, settings, folder)
    with database.transaction() as session:
        for item in known.list_known(session, OPERATOR, now=NOW):
            known.drop(session, MANAGER, item.id, now=NOW, origin="test")
    assert imported(database, settings, folder, days=1).unchanged == 1
    assert known_of(database) == expected(KnownState.DROPPED)


def test_older_files_may_ask_too_and_a_heading_that_is_gone_breaks_no_import(
        database: Database, settings: Settings, folder: Path) -> None:  # noqa: F811
    write(folder, "card.r1.md", ASKS, BODY)
    write(folder, "card.md", "title: 补卡\nasks: {补领: [医保卡丢了到哪里补]}", "## 补领\n\n带户口簿。")
    for days in (0, 1):
        assert imported(database, settings, folder, days=days).failed == []
        assert known_of(database) == expected(KnownState.RELEASED)
    with database.reading() as session:
        orphaned = {k.text for k in known.list_known(session, OPERATOR, now=NOW) if k.is_orphaned}
    assert orphaned == {"社保卡有什么用", "寄到家多少钱"}


@pytest.mark.parametrize(("asks", "reason"), [
    ("{没有: [怎么办呀]}", "no heading '没有'"), ("{费用: [多少钱呀]}", "'邮寄 › 费用', '自取 › 费用'"),
    ("[怎么办]", "list of questions"), ("{补领: 怎么办}", "list of questions"), ("{补领: [[怎么办]]}", "is no text"),
    ("{补领: ['?']}", "2 to 200"), ("{补领: [电话13800138000打不通]}", "number"),
])
def test_a_wrong_question_is_refused_with_its_line(database: Database, settings: Settings, asks: str, reason: str,
                                                  folder: Path) -> None:  # noqa: F811
    write(folder, front=f"title: 补卡\nasks: {asks}", body=BODY)
    ((_, told),) = imported(database, settings, folder).failed
    assert told.startswith("line 3: asks") and reason in told
    assert known_of(database) == set()


def test_an_export_gives_the_questions_back(template: Path, tmp_path: Path) -> None:  # noqa: F811
    (tmp_path / "in/hrss").mkdir(parents=True)
    write(tmp_path / "in/hrss", "card.r1.md", ASKS, BODY)
    write(tmp_path / "in/hrss", "card.md", "title: 补卡", "# 补卡\n\n说明。\n\n## 补领\n\n带户口簿。")
    with fresh(tmp_path / "a", template) as first, fresh(tmp_path / "b", template) as second:
        settings = load_settings(tmp_path, {}, data={"dir": str(tmp_path)})
        (tmp_path / "in/departments.yaml").write_text(
            "departments: [{code: hrss, name_zh: 人社局, name_en: HRSS, phone: ''}]", encoding="utf-8")
        assert import_paths(first, settings, OPERATOR, [tmp_path / "in"], now=NOW, approver=MANAGER).failed == []
        with first.transaction() as session:
            known.propose(session, MANAGER, "card", "补领", "只是建议", now=NOW, origin="test")
        assert carried_over(first, second, tmp_path).failed == []
        assert known_of(second) == expected(KnownState.RELEASED)
        transfer.export(second, settings, OPERATOR, tmp_path / "again")
    for name in ("card.md", "card.r1.md"):
        assert (tmp_path / "out/hrss" / name).read_bytes() == (tmp_path / "again/hrss" / name).read_bytes()
    assert "asks:\n  补领: [医保卡丢了到哪里补, '补卡: 要多少钱']" in (tmp_path / "out/hrss/card.md").read_text("utf-8")
    assert "寄到家多少钱" in (tmp_path / "out/hrss/card.r1.md").read_text("utf-8")

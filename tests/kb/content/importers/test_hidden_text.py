"""Imports: what readers would not see is reported with file and line, and a comment without an end is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kb.actor import OPERATOR
from kb.cli import main
from kb.content import transfer
from kb.content.importers import Report, import_paths
from kb.content.importers.hidden import REASONS
from kb.db import Database
from kb.models import Revision
from kb.settings import Settings
from tests.conftest import NOW
from tests.kb.factories import MANAGER, published, revision_text

FRONT = "---\ntitle: 补卡\nowner: hrss\n---\n\n"  # the body begins on line 6


def imported(database: Database, settings: Settings, path: Path, text: str) -> Report:
    path.write_bytes(text.encode())
    return import_paths(database, settings, OPERATOR, [path], now=NOW, approver=MANAGER)


def told(report: Report) -> list[tuple[str, int, str]]:
    return [(hidden.kind, hidden.line, hidden.text) for _, hidden in report.hidden]


@pytest.mark.parametrize(("body", "expected"), [
    ("免费。\n\n<!-- 尚未公布，请勿对外 -->\n", [("comment", 8, "<!-- 尚未公布，请勿对外 -->")]),
    ("Free. <!-- not before May --> Bring your card.\n", [("comment", 6, "<!-- not before May -->")]),
    ("- 免费。\n- 材料：\n  <!-- 待定\n  下周改 -->\n", [("comment", 8, "<!-- 待定 下周改 -->")]),
    ("| 项目 | 费用 |\n|---|---|\n| 补卡 | <!-- 旧价8元 -->5元 |\n", [("comment", 8, "<!-- 旧价8元 -->")]),
    ("见[指南][g]。\n\n[g]: https://example.cn/a '内部标题'\n",
     [("definition", 8, "[g]: https://example.cn/a '内部标题'")]),
    ("见[指南][g]。\n\n> [g]: /a\n> [g]: /内部\n", [("definition", 8, "[g]: /a"), ("definition", 9, "[g]: /内部")]),
    ("Free.\n\n[//]: # (ask Wang first)\n", [("definition", 8, "[//]: # (ask Wang first)")]),
    ("<div hidden>下月涨价</div>\n", [("hidden_element", 6, "<div hidden>")]),
    ("免费。\n\n<p style='color:red; Display : None'>x</p>\n",
     [("hidden_element", 8, "<p style='color:red; Display : None'>")]),
    ("Call <span style=\"visibility:hidden\">555</span> or <b style=\"font-size:0px\">x</b>.\n",
     [("hidden_element", 6, "<span style=\"visibility:hidden\">"),
      ("hidden_element", 6, "<b style=\"font-size:0px\">")]),
    ("一。<!-- 甲 -->\n\n二。<!-- 乙 -->\n\n[r]: /x\n",
     [("comment", 6, "<!-- 甲 -->"), ("comment", 8, "<!-- 乙 -->"), ("definition", 10, "[r]: /x")]),
])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_what_readers_do_not_see_is_reported_with_its_line_and_imported(
    database: Database, settings: Settings, tmp_path: Path, body: str, expected: list[tuple[str, int, str]],
    newline: str,
) -> None:
    report = imported(database, settings, tmp_path / "card.md", (FRONT + body).replace("\n", newline))
    assert (report.created, report.failed) == (1, [])
    assert told(report) == expected
    assert {file for file, _ in report.hidden} == {str(tmp_path / "card.md")}


@pytest.mark.parametrize("body", [
    "在网页里写 `<!-- 注释 -->`。\n", "```html\n<!-- comment -->\n<div hidden>x</div>\n```\n",
    "写\\<!-- 不是注释。\n", "申请 --> 受理 --> 办结。\n", "姓名 <请填写>，电话 <phone>。\n",
    "<p style='font-size:0.9em'>小字</p>\n", "A hidden fee is <b>not</b> charged.\n",
    "注一[^1]。\n\n[^1]: 以窗口为准。\n",
])
def test_what_readers_see_is_not_reported(database: Database, settings: Settings, tmp_path: Path, body: str) -> None:
    report = imported(database, settings, tmp_path / "card.md", FRONT + body)
    assert (report.created, report.failed, told(report)) == (1, [], [])


@pytest.mark.parametrize(("body", "line"), [
    ("免费。\n\n<!-- 待定\n\n下月起收费。\n", 8), ("免费。<!-- 待定\n", 6),
    ("# 补卡\n\n- 甲\n- 乙 <!-- who knows\n", 9),
    ("Free.\n\n<!-- a -->\n\n<!-- b --!>\n\nBring your card.\n", 10), ("免费<!-- 甲\n\n乙 -->。\n", 6),
])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_comment_that_is_not_closed_refuses_the_file_with_its_line(
    database: Database, settings: Settings, tmp_path: Path, body: str, line: int, newline: str
) -> None:
    report = imported(database, settings, tmp_path / "card.md", (FRONT + body).replace("\n", newline))
    assert report.created == 0
    [(file, reason)] = report.failed
    assert file == str(tmp_path / "card.md")
    assert reason.startswith(f"line {line}: the comment ") and "is not closed" in reason and "\n" not in reason


def test_without_front_matter_lines_count_from_the_top(database: Database, settings: Settings, tmp_path: Path) -> None:
    report = imported(database, settings, tmp_path / "card.md", "# 补卡\n\n<!-- 待定 -->\n免费。\n")
    assert told(report) == [("comment", 3, "<!-- 待定 -->")]


def test_a_long_comment_is_told_by_its_beginning(database: Database, settings: Settings, tmp_path: Path) -> None:
    report = imported(database, settings, tmp_path / "card.md", f"{FRONT}免费。\n\n<!-- {'待定' * 500} -->\n")
    [(_, _, text)] = told(report)
    assert text.startswith("<!-- 待定") and text.endswith("…") and len(text) == 60


def test_a_text_that_was_stored_with_an_open_comment_can_be_moved(database: Database, settings: Settings,
                                                                  tmp_path: Path) -> None:
    published(database, revision_text("免费。\n\n<!-- 待定\n"), slug="card")
    transfer.export(database, settings, OPERATOR, tmp_path / "out")
    report = import_paths(database, settings, OPERATOR, [tmp_path / "out"], now=NOW, approver=MANAGER)
    assert (report.failed, [kind for kind, _, _ in told(report)]) == ([], ["unclosed_comment"])
    with database.reading() as session:
        assert session.query(Revision).count() == 1


def test_the_shell_tells_in_both_languages_and_for_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KB__DATA__DIR", str(tmp_path / "data"))
    assert main(["init"]) == 0
    (tmp_path / "departments.yaml").write_text("departments:\n  - {code: hrss, name_zh: 局, name_en: B}\n")
    for name, body in (("a", "免费。\n\n<!-- 待定 -->\n"), ("b", "<p hidden>x</p>\n")):
        (tmp_path / f"{name}.md").write_text(f"{FRONT.replace('补卡', name)}{body}", encoding="utf-8")
    capsys.readouterr()
    assert main(["import", str(tmp_path)]) == 0
    shown = capsys.readouterr()
    assert shown.out == "3 files: 3 new, 0 unchanged, 0 failed, 2 warnings\n"
    assert f"a.md: line 8: {REASONS['comment']}: <!-- 待定 -->\n" in shown.err
    monkeypatch.setenv("KB_LANG", "zh")
    assert main(["import", str(tmp_path)]) == 0
    assert "a.md：第 8 行：注释不会出现在网页、检索和答复里，请删掉：<!-- 待定 -->\n" in capsys.readouterr().err
    monkeypatch.setenv("KB_LANG", "en")
    assert main(["import", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["warnings"]
    assert [(Path(w["file"]).name, w["line"], w["kind"], w["text"], w["reason"]) for w in told] == [
        ("a.md", 8, "comment", "<!-- 待定 -->", str(REASONS["comment"])),
        ("b.md", 6, "hidden_element", "<p hidden>", str(REASONS["hidden_element"]))]

"""A list of departments that comes with texts: taken over from who may operate, only told of from anybody else."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from kb.actor import OPERATOR, Actor, Role
from kb.content import lexicon
from kb.content.importers import Report, import_paths
from kb.db import Database
from kb.models import Department
from kb.record import audit
from kb.settings import Settings
from tests.conftest import NOW
from tests.kb.content.importers.test_archive import ARTICLE, make_zip

ADMIN = Actor("u-ad", "root", frozenset({Role.ADMIN}))
EDITOR = Actor("u-ed", "zhang", frozenset({Role.EDITOR}), frozenset({(Role.EDITOR, "hrss")}))
MANAGER = Actor("u-km", "manager", frozenset({Role.KNOWLEDGE_MANAGER}))
LIST = ("departments:\n  - {code: hrss, name_zh: 市人社局, name_en: HRSS, phone: 0540-6666666}\n"
        "  - {code: fund, name_zh: 公积金中心, name_en: Fund}\n")


def imported(database: Database, settings: Settings, folder: Path, actor: Actor, text: str = LIST, *,
             takes_lists: bool = True) -> Report:
    path = make_zip(folder / "texts.zip", {"hrss/card.md": ARTICLE, "departments.yaml": text.encode()})
    return import_paths(database, settings, actor, [path], now=NOW, takes_lists=takes_lists)


def known(database: Database) -> list[tuple[str, str]]:
    with database.reading() as session:
        return [(d.code, d.phone) for d in session.scalars(select(Department).order_by(Department.code))]


@pytest.mark.parametrize("actor", [EDITOR, MANAGER], ids=["editor", "manager"])
def test_a_list_of_who_may_not_operate_changes_no_department_and_the_report_says_which_differ(
        database: Database, settings: Settings, tmp_path: Path, actor: Actor) -> None:
    report = imported(database, settings, tmp_path, actor)
    assert (report.failed, report.created, report.departments) == ([], 1, [])
    assert [(file, str(difference)) for file, difference in report.departments_left] == [
        (f"{tmp_path}/texts.zip/departments.yaml", "hrss: phone 0540-8810100 -> 0540-6666666"),
        (f"{tmp_path}/texts.zip/departments.yaml", "fund: new, 公积金中心")]
    assert known(database) == [("hrss", "0540-8810100")]
    with database.reading() as session:
        assert "edit_department" not in {e.action for e in audit.tail(session)}


@pytest.mark.parametrize("actor", [ADMIN, OPERATOR], ids=["admin", "shell"])
def test_a_list_of_who_may_operate_is_taken_over_and_the_report_says_each_change(
        database: Database, settings: Settings, tmp_path: Path, actor: Actor) -> None:
    report = imported(database, settings, tmp_path, actor)
    assert [difference.code for _, difference in report.departments] == ["hrss", "fund"]
    assert report.departments_left == []
    assert known(database) == [("fund", ""), ("hrss", "0540-6666666")]
    assert imported(database, settings, tmp_path, actor).departments == []


def test_a_list_that_says_what_stands_is_not_told_of(database: Database, settings: Settings, tmp_path: Path) -> None:
    same = LIST.replace("0540-6666666", "0540-8810100").splitlines(keepends=True)[:2]
    assert imported(database, settings, tmp_path, EDITOR, "".join(same)).departments_left == []


def test_a_list_that_is_wrong_is_refused_whoever_brings_it(database: Database, settings: Settings,
                                                           tmp_path: Path) -> None:
    report = imported(database, settings, tmp_path, EDITOR, "departments: [x]")
    assert [reason for _, reason in report.failed] == ["departments must be a list of code, name_zh, name_en, phone"]


def test_s11_without_publishing_a_list_changes_nothing_and_the_report_says_line_by_line_what_it_would(
        database: Database, settings: Settings, tmp_path: Path) -> None:
    report = imported(database, settings, tmp_path, OPERATOR, takes_lists=False)
    label = f"{tmp_path}/texts.zip/departments.yaml"
    assert [(file, str(d)) for file, d in report.departments] == [(label, "fund: new, 公积金中心")]
    assert [(file, str(d)) for file, d in report.departments_left] == [
        (label, "hrss: phone 0540-8810100 -> 0540-6666666")]
    assert known(database) == [("fund", ""), ("hrss", "0540-8810100")]


def test_the_words_of_an_archive_change_the_lexicon_only_where_something_is_published(
        database: Database, settings: Settings, tmp_path: Path) -> None:
    words = "words: [随手拍照]\ngroups: [[社保卡, 医保卡]]\nsaid: [[补卡, 卡丢了]]\n"
    path = make_zip(tmp_path / "texts.zip", {"hrss/card.md": ARTICLE, "lexicon.yaml": words.encode()})
    told = [(f"{path}/lexicon.yaml", line) for line in (
        "word 随手拍照: new", "group 社保卡、医保卡: new", "group 补卡、卡丢了: new")]
    report = import_paths(database, settings, OPERATOR, [path], now=NOW)
    assert [(file, str(word.message)) for file, word in report.words_left] == told
    assert (report.words, report.created, report.unchanged) == ([], 1, 1)
    with database.reading() as session:
        assert lexicon.stored(session) == lexicon.Lexicon((), (), lexicon.stored(session).version)
    report = import_paths(database, settings, OPERATOR, [path], now=NOW, takes_lists=True)
    assert [(file, str(word.message)) for file, word in report.words] == told and report.words_left == []
    path = make_zip(tmp_path / "more.zip", {"lexicon.yaml": words.replace("医保卡", "保障卡").encode()})
    report = import_paths(database, settings, EDITOR, [path], now=NOW, takes_lists=True)
    assert [str(word.message) for _, word in report.words_left] == ["group 社保卡、医保卡 -> 社保卡、保障卡"]
    report = import_paths(database, settings, OPERATOR, [path], now=NOW, approver=OPERATOR)
    assert [str(word.message) for _, word in report.words] == ["group 社保卡、医保卡 -> 社保卡、保障卡"]

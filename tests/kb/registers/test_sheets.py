"""Tables: read from what spreadsheets save, rehearsed line by line, taken in all or nothing, again without effect."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.db import Database
from kb.errors import Denied, Invalid
from kb.registers import document_sheets, documents, phone_sheets, phones, sheets
from kb.registers.document_values import DocumentStatus, DocumentText
from kb.registers.phones import PhoneText
from kb.registers.sheets import SheetReport
from tests.kb.factories import AGENT, MANAGER, add_department, at

COLUMNS: sheets.Columns = {"number": ("电话", "phone"), "name": ("名称",)}
PHONES = "电话,名称,责任部门,启用日期\r\n0599-5550142,社保咨询,市hrss局,2026/1/1\r\n12345,总机,,\r\n"


def rows(data: bytes) -> list[tuple[int, dict[str, str]]]:
    return [(row.line, dict(row.values)) for row in sheets.rows_of(data, COLUMNS, needed=("number",))]


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("sign", [",", ";", "\t", "，"])
def test_a_table_is_read_however_it_was_saved(coding: str, sign: str) -> None:
    text = f"\n电话{sign}名称\r\n12345{sign}总机\r\n\r\n12329{sign}公积金\n"
    assert rows(text.encode(coding)) == [(3, {"number": "12345", "name": "总机"}),
                                         (5, {"number": "12329", "name": "公积金"})]


def test_columns_are_found_by_their_names_and_cells_may_hold_lines() -> None:
    text = 'Name,Phone,other\n"总机\n二楼",12345,x\n,12329\n'
    assert rows(text.encode()) == [(2, {"name": "总机\n二楼", "number": "12345"}), (4, {"name": "", "number": "12329"})]


@pytest.mark.parametrize(("data", "code"), [
    (b"", "sheet_head"), ("名称\n总机".encode(), "sheet_head"), ("电话,phone\n1,2".encode(), "sheet_head"),
    (b"phone\n12345,more", "sheet_cells"), (b'phone\n"12345', "sheet_csv"), (b"PK\x03\x04\x00\x00", "sheet_text"),
    (b"phone\n" + b"x" * 2_001, "sheet_cells"), (b"phone\n" + b"1\n" * 20_001, "sheet_rows"),
    (b"x" * 8_000_001, "sheet_large"), (b"\xff\xfe\x00", "sheet_text"), (b"\x81\xff\xff", "sheet_text"),
])
def test_what_is_no_table_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        rows(data)
    assert refused.value.code == code


CELL = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=30)


@given(st.lists(st.tuples(CELL, CELL), max_size=5))
def test_what_is_written_is_read_again_and_nothing_in_it_is_a_formula(cells: list[tuple[str, str]]) -> None:
    text = sheets.written(("number", "name"), cells)
    assert [(row["number"], row["name"]) for _, row in rows(text.encode())] == cells
    assert not any(line.startswith(("=", "+", "-", "@")) for line in text.splitlines())


def imported(database: Database, text: str, *, is_trial: bool = False, day: float = 0) -> SheetReport:
    with database.transaction() as session:
        return phone_sheets.import_phones(session, MANAGER, text.encode(), is_trial=is_trial, now=at(day),
                                          origin="import")


def listed(database: Database) -> list[PhoneText]:
    with database.reading() as session:
        return [row.text for row in phones.phones_after(session, AGENT, limit=50, now=at(0))]


def test_a_rehearsal_tells_what_would_come_and_changes_nothing(database: Database) -> None:
    add_department(database, "hrss")
    report = imported(database, PHONES, is_trial=True)
    assert [(one.line, one.outcome, one.name) for one in report.lines] == [(2, "created", "05995550142"),
                                                                         (3, "created", "12345")]
    assert not report.is_done and not listed(database)
    assert imported(database, PHONES).is_done
    assert listed(database) == [PhoneText("05995550142", "社保咨询", department="hrss", valid_from=date(2026, 1, 1)),
                                PhoneText("12345", "总机")]


def test_importing_again_changes_nothing_and_other_columns_stay(database: Database) -> None:
    add_department(database, "hrss")
    imported(database, PHONES)
    assert imported(database, PHONES, day=1).count("unchanged") == 2
    report = imported(database, "电话,名称,备注\n05995550142,社保热线,新名\n", day=2)
    assert [(one.outcome, one.changed) for one in report.lines] == [("changed", ("name_zh", "note"))]
    assert listed(database)[0].department == "hrss" and listed(database)[0].name_zh == "社保热线"


def test_one_wrong_line_keeps_the_whole_file_out_and_each_is_named(database: Database) -> None:
    report = imported(database, "电话,名称,责任部门,启用日期\n12345,总机,,\n电话,甲,,\n12329,,,\n12333,乙,没有,\n"
                                "12366,丙,,昨天\n12345,重复,,\n")
    assert [one.line for one in report.lines if one.outcome == "refused"] == [3, 4, 5, 6, 7]
    assert all(one.reason for one in report.lines if one.outcome == "refused")
    assert not report.is_done and not report.is_sound and not listed(database)


def test_what_is_exported_is_imported_again_without_change(database: Database) -> None:
    add_department(database, "hrss")
    imported(database, PHONES)
    with database.reading() as session:
        text = phone_sheets.export_phones(phones.phones_after(session, AGENT, limit=50, now=at(0)))
    assert imported(database, text, day=1).count("unchanged") == 2


def test_who_may_not_change_the_ledger_imports_nothing_and_rehearses_nothing(database: Database) -> None:
    for is_trial in (True, False):
        with database.transaction() as session, pytest.raises(Denied):
            phone_sheets.import_phones(session, AGENT, PHONES.encode(), is_trial=is_trial, now=at(0), origin="import")
        with database.transaction() as session, pytest.raises(Denied):
            document_sheets.import_documents(session, AGENT, b"title\nx", is_trial=is_trial, now=at(0), origin="import")


def test_documents_come_with_how_they_stand_and_name_each_other(database: Database) -> None:
    text = ("标题,文号,发布日期,状态,废止日期,废止文件\n"
            "失业保险条例,国务院令第258号,1999-1-22,已废止,2026年1月5日,国务院令第800号\n"
            "失业保险条例,国务院令第800号,2025-12-01,有效,,\n社会保险法,,,,,\n")

    def bring(day: float, data: str = text) -> SheetReport:
        with database.transaction() as session:
            return document_sheets.import_documents(session, MANAGER, data.encode("gbk"), is_trial=False, now=at(day),
                                                    origin="import")

    assert bring(0).count("created") == 3
    with database.reading() as session:
        old, new = (documents.find_document(session, AGENT, f"国务院令第{n}号") for n in (258, 800))
        exported = document_sheets.export_documents(documents.all_views(session))
    assert (old.standing.status, old.standing.changed_on, old.standing.changed_by_id) == (
        DocumentStatus.REPEALED, date(2026, 1, 5), new.id)
    assert bring(1).count("unchanged") == 3
    with database.transaction() as session:
        again = document_sheets.import_documents(session, MANAGER, exported.encode(), is_trial=True, now=at(2),
                                                 origin="import")
    assert [(one.outcome, one.changed) for one in again.lines] == [("unchanged", ())] * 3


def test_a_documents_number_is_not_taken_away_by_a_table_of_titles(database: Database) -> None:
    with database.transaction() as session:
        documents.put_document(session, MANAGER, DocumentText("失业保险条例", "国务院令第258号"), now=at(0),
                               origin="test")
        report = document_sheets.import_documents(session, MANAGER, "title,note\n《失业保险条例》,看过\n".encode(),
                                                  is_trial=False, now=at(1), origin="import")
        assert report.count("changed") == 1
        assert [(v.text.number, v.text.note) for v in documents.all_views(session)] == [("国务院令第258号", "看过")]


def test_a_table_of_what_lapsed_and_when_needs_no_other_day(database: Database) -> None:
    data = "标题,文号,时效性,失效时间\n停车收费办法,海发改〔2019〕12号,失效,2026-01-01\n".encode()
    with database.transaction() as session:
        document_sheets.import_documents(session, MANAGER, data, is_trial=False, now=at(0), origin="import")
        standing = documents.find_document(session, AGENT, "海发改〔2019〕12号").standing
    assert (standing.status, standing.changed_on) == (DocumentStatus.REPEALED, date(2026, 1, 1))


@pytest.mark.parametrize("line", ["x,半有效,,", "x,已废止,,", "x,已废止,昨天,", ",有效,,"])
def test_a_line_that_says_nonsense_of_a_document_is_refused(database: Database, line: str) -> None:
    with database.transaction() as session:
        report = document_sheets.import_documents(session, MANAGER, f"title,状态,废止日期,废止文件\n{line}\n".encode(),
                                                  is_trial=False, now=at(0), origin="import")
        assert report.count("refused") == 1 and not documents.all_views(session)

"""The register of basis documents: each once, by its number or its title, and how it stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kb.actor import CITIZEN
from kb.db import Database
from kb.errors import Conflict, Denied, Invalid, NotFound
from kb.registers import documents, history
from kb.registers.document_values import DocumentStatus, DocumentText, Outcome, Standing
from tests.kb.factories import ADMIN, AGENT, MANAGER, at, editor

RULES = DocumentText("失业保险条例", "国务院令第258号", "国务院", date(1999, 1, 22))
LAW = DocumentText("中华人民共和国社会保险法")
REPEALED, AMENDED = DocumentStatus.REPEALED, DocumentStatus.AMENDED


def put(database: Database, text: DocumentText = RULES, *, document_id: str | None = None, seen: int | None = None,
        day: float = 0) -> Outcome:
    with database.transaction() as session:
        return documents.put_document(session, MANAGER, text, document_id=document_id, seen=seen, now=at(day),
                                      origin="test")


def change(database: Database, document_id: str, standing: Standing, *, seen: int | None = None, day: float = 1,
           ) -> Outcome:
    with database.transaction() as session:
        return documents.change_standing(session, MANAGER, document_id, standing, seen=seen, now=at(day),
                                         origin="test")


def test_a_document_is_known_by_its_number_however_that_is_written(database: Database) -> None:
    row = put(database, seen=0).row
    assert not put(database).changed
    again = put(database, replace(RULES, number="国务院令（第二百五十八号）", note="修订中"), day=2)
    assert (again.row.id, again.row.version, again.changed) == (row.id, 2, True)
    with database.reading() as session:
        for words in ("失业保险", "国务院令第258号", "国务院 失业", "第二百五十八号"):
            assert [one.id for one in documents.find_documents(session, AGENT, words).rows] == [row.id]
        assert documents.find_document(session, AGENT, "《失业保险条例》").id == row.id
        with pytest.raises(NotFound):
            documents.find_document(session, AGENT, "没有这份文件")


def test_a_document_that_was_known_by_its_title_gets_its_number(database: Database) -> None:
    row = put(database, LAW).row
    assert put(database, replace(LAW, title="《中华人民共和国 社会保险法》")).row.id == row.id
    numbered = put(database, replace(LAW, number="主席令第35号")).row
    assert numbered.id == row.id and numbered.text.number == "主席令第35号"
    with pytest.raises(Conflict) as refused:
        put(database, replace(RULES, number="主席令第三十五号"), document_id=put(database).row.id)
    assert refused.value.code == "document_twin"


def test_a_document_is_repealed_by_another_and_restored(database: Database) -> None:
    old, new = put(database).row, put(database, replace(RULES, number="国务院令第800号")).row
    gone = change(database, old.id, Standing(REPEALED, date(2026, 1, 5), new.id), seen=old.version).row
    assert (gone.standing.status, gone.changed_by) == (REPEALED, "失业保险条例 国务院令第800号")
    assert not change(database, old.id, gone.standing).changed
    back = change(database, old.id, Standing()).row
    assert (back.standing, back.changed_by) == (Standing(), "")
    with database.reading() as session:
        changes = history.changes_of(session, AGENT, f"register:{old.id}")
    assert [one.action for one in changes] == ["restore_document", "repeal_document", "add_document"]
    assert {(c.field, c.before, c.after) for c in changes[1].changes} == {
        ("status", "in_force", "repealed"), ("changed_on", None, "2026-01-05"),
        ("changed_by", "", "失业保险条例 国务院令第800号")}


def test_a_change_that_says_too_little_or_nonsense_is_refused(database: Database) -> None:
    row = put(database).row
    for standing in (Standing(REPEALED), Standing(AMENDED, date(2026, 1, 1), row.id)):
        with pytest.raises(Invalid):
            change(database, row.id, standing)
    with pytest.raises(NotFound):
        change(database, row.id, Standing(REPEALED, date(2026, 1, 1), "nothing"))
    with pytest.raises(NotFound):
        change(database, "nothing", Standing(REPEALED, date(2026, 1, 1)))
    with pytest.raises(Conflict):
        change(database, row.id, Standing(REPEALED, date(2026, 1, 1)), seen=9)
    named = change(database, row.id, Standing(REPEALED, date(2026, 1, 1), changed_by_text="国发〔2025〕9号")).row
    assert named.changed_by == "国发〔2025〕9号"


@pytest.mark.parametrize(("text", "field"), [
    (replace(RULES, title=" "), "title"), (replace(RULES, title="《》"), "title"),
    (replace(RULES, title="长" * 301), "title"), (replace(RULES, number="长" * 101), "number"),
    (replace(RULES, url="javascript:alert(1)"), "url"), (replace(RULES, url="http://a b"), "url"),
    (replace(RULES, effective_from=date(2026, 2, 1), effective_to=date(2026, 1, 1)), "effective_to"),
])
def test_what_is_no_document_is_refused_by_field(database: Database, text: DocumentText, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        put(database, text)
    assert field in refused.value.facts["fields"]  # type: ignore[operator]


def test_managers_change_the_register_the_staff_reads_it_and_citizens_do_not(database: Database) -> None:
    row = put(database).row
    for actor in (AGENT, editor(), ADMIN, CITIZEN):
        with database.transaction() as session, pytest.raises(Denied):
            documents.put_document(session, actor, RULES, now=at(0), origin="test")
        with database.transaction() as session, pytest.raises(Denied):
            documents.change_standing(session, actor, row.id, Standing(), now=at(0), origin="test")
    with database.reading() as session:
        assert documents.get_document(session, AGENT, row.id).text == RULES
        with pytest.raises(Denied):
            documents.get_document(session, CITIZEN, row.id)

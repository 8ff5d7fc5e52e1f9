"""The pages of the registers: read by the staff, changed by managers, by forms and by tables that are rehearsed."""

from __future__ import annotations

import io
import re
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import select

from kb.actor import OPERATOR
from kb.articles.kept_facts import keep_facts
from kb.db import Database
from kb.models import Article, LedgerPhone, RegisterDocument, SignalRow, SourceLink
from kb.registers import documents, phones
from kb.registers.document_values import DocumentText
from kb.upkeep.links.gathering import gather
from tests.conftest import NOW
from tests.kb.factories import MANAGER
from tests.retriever.factories import published_article
from tests.web.conftest import Installation
from tests.web.site import Visitor, check_harmless, words

PHONE = "0599-5559101"


@pytest.fixture(scope="module")
def database(app: Flask) -> Database:
    found: Database = app.extensions["kb"].database
    return found


@pytest.fixture(scope="module")
def manager(app: Flask, installation: Installation) -> Visitor:
    visitor = Visitor(app)
    assert visitor.sign_in("manager", installation.passwords["manager"]).status_code == 303
    return visitor


def signals(database: Database, slug: str) -> list[tuple[str, str]]:
    with database.reading() as session:
        return [(row.kind, row.severity) for row in session.scalars(
            select(SignalRow).join(Article, Article.id == SignalRow.article_id).where(
                Article.slug == slug, SignalRow.cleared_at.is_(None)))]


def phone_id(database: Database, number: str) -> str:
    with database.reading() as session:
        return phones.phone_by_number(session, OPERATOR, number, now=NOW).id


def test_a_number_is_entered_read_changed_and_taken_off_and_texts_are_told(
        database: Database, manager: Visitor, agent: Visitor) -> None:
    published_article(database, "register-phone", f"螺钿事项请拨打{PHONE}。", title="螺钿事项电话<b>", now=NOW)
    keep_facts(database)
    done = manager.post("/registers/phones", {"number": PHONE, "name_zh": "螺钿咨询<i>", "department": "hrss",
                                              "hours": "全天"})
    assert done.status_code == 303
    page = agent.get("/registers/phones?q=螺钿咨询")
    check_harmless(page.get_data(as_text=True))
    assert "共1个号码" in words(page) and "0599-5559101" in words(page) and "录入电话" not in words(page)
    key = phone_id(database, PHONE)
    address = f"/registers/phones/{key}"
    check_harmless(agent.get(address).get_data(as_text=True))
    assert manager.post(address, {"seen": "1", "name_zh": "螺钿热线", "department": "hrss"}).status_code == 303
    late = manager.post(address, {"seen": "1", "name_zh": "螺钿老线"})
    assert late.status_code == 409 and "螺钿老线" in late.get_data(as_text=True)
    assert manager.post(f"{address}/retire", {"seen": "2", "replaced_by": "号码"}).status_code == 400
    assert not signals(database, "register-phone")
    assert manager.post(f"{address}/retire", {"seen": "2", "replaced_by": "0599-5559102"}).status_code == 303
    assert signals(database, "register-phone") == [("contact_unlisted", "warning")]
    page = agent.get(address)
    assert "请改拨：0599-5559102" in words(page) and "停用" in words(page) and "螺钿咨询" in words(page)
    assert "已停用" in words(agent.get("/registers/phones?standing=retired&department=hrss&page=99999999"))


def test_what_is_no_number_is_said_beside_its_field_and_nothing_is_lost(manager: Visitor, database: Database) -> None:
    page = manager.post("/registers/phones", {"number": "不是号码", "name_zh": "螺钿空号", "valid_from": "2026-01-01"})
    html = page.get_data(as_text=True)
    assert page.status_code == 400 and 'value="螺钿空号"' in html and 'aria-invalid="true"' in html
    assert "不是电话号码" in words(page)
    manager.post("/registers/phones", {"number": "0599-5559103", "name_zh": "螺钿一号"})
    again = manager.post("/registers/phones", {"number": "05995559103", "name_zh": "螺钿二号"})
    assert again.status_code == 409 and "已在电话台账中" in words(again)
    assert manager.post("/registers/phones", {"number": "0599-5559104", "name_zh": "螺钿", "valid_from": "昨天"}
                        ).status_code == 400
    with database.reading() as session:
        assert session.scalar(select(LedgerPhone.name_zh).where(LedgerPhone.number == "05995559103")) == "螺钿一号"


@pytest.mark.parametrize("path", ["/registers/phones", "/registers/phones/import", "/registers/documents",
                                  "/registers/documents/import", "/registers/documents/take"])
def test_the_staff_changes_nothing_and_citizens_see_nothing(path: str, agent: Visitor, citizen: Visitor) -> None:
    assert agent.post(path, {"number": "12399", "name_zh": "螺钿", "title": "螺钿"}).status_code == 403
    assert citizen.post(path, {}).status_code == 401
    assert citizen.get("/registers/phones").status_code == 401
    assert citizen.get("/registers/phones/export").status_code == 401
    assert "台账" not in words(citizen.get("/"))


def test_a_table_is_rehearsed_then_taken_in_and_comes_out_again(manager: Visitor, agent: Visitor, database: Database,
                                                                ) -> None:
    table = "电话,名称,备注\n0599-5559111,螺钿甲线,=1+1\n0599-5559112,螺钿乙线,\n".encode("gbk")
    page = manager.post("/registers/phones/import", {"file": (io.BytesIO(table), "phones.csv")})
    assert page.status_code == 200 and "尚未作任何改动" in words(page) and "新增 2" in words(page)
    with database.reading() as session:
        assert session.scalar(select(LedgerPhone).where(LedgerPhone.number == "05995559111")) is None
    html = page.get_data(as_text=True)
    text = re.search(r'<textarea name="text"[^>]*>\n(.*?)</textarea>', html, re.DOTALL)
    assert text
    done = manager.post("/registers/phones/import", {"act": "take", "text": unescape(text[1])})
    assert "表格已导入" in words(done)
    out = agent.get("/registers/phones/export?q=螺钿甲线")
    assert out.headers["Content-Disposition"].endswith("phones.csv") and out.mimetype == "text/csv"
    assert "0599-5559111,螺钿甲线,,,,,,,'=1+1" in out.get_data(as_text=True)
    wrong = manager.post("/registers/phones/import", {"file": (io.BytesIO("电话,名称\n号码,甲\n".encode()), "a.csv")})
    assert "整份表格都不会导入" in words(wrong) and "确认导入" not in words(wrong)
    bad = manager.post("/registers/phones/import", {"file": (io.BytesIO(b"PK\x03\x04\x00"), "a.xlsx")})
    assert bad.status_code == 400 and "请另存为 CSV" in words(bad)


def test_a_repeal_tells_the_texts_that_rest_on_the_document(manager: Visitor, agent: Visitor, database: Database,
                                                            ) -> None:
    published_article(database, "register-text", "依据螺钿发〔2020〕9号办理螺钿登记。", title="螺钿登记", now=NOW)
    keep_facts(database)
    for title, number in (("螺钿管理办法<b>", "螺钿发〔2020〕9号"), ("螺钿管理新办法", "螺钿发〔2025〕1号")):
        assert manager.post("/registers/documents", {"title": title, "number": number}).status_code == 303
    with database.reading() as session:
        key = documents.find_document(session, OPERATOR, "螺钿发〔2020〕9号").id
    address = f"/registers/documents/{key}"
    page = agent.get(address)
    check_harmless(page.get_data(as_text=True))
    assert "螺钿登记" in words(page) and "保存效力状态" not in words(page)
    lacking = manager.post(f"{address}/standing", {"seen": "1", "status": "repealed"})
    assert lacking.status_code == 400 and "请写明自哪一天起" in words(lacking)
    assert not signals(database, "register-text")
    done = manager.post(f"{address}/standing", {"seen": "1", "status": "repealed", "changed_on": "2026-01-01",
                                                "changed_by": "螺钿发〔2025〕1号"})
    assert done.status_code == 303 and signals(database, "register-text") == [("basis_repealed", "warning")]
    page = agent.get(address)
    assert "已废止" in words(page) and "螺钿管理新办法" in words(page)
    listed = agent.get("/registers/documents?q=螺钿&status=repealed")
    check_harmless(listed.get_data(as_text=True))
    assert "共1份文件" in words(listed)
    assert manager.post(f"{address}/standing", {"seen": "2", "status": "in_force"}).status_code == 303
    assert not signals(database, "register-text")
    assert manager.post(address, {"seen": "9", "title": "螺钿"}).status_code == 409
    assert manager.post(address, {"title": "螺钿"}).status_code == 400


def test_documents_are_taken_from_texts_and_come_out_as_a_table(manager: Visitor, agent: Visitor, database: Database,
                                                                ) -> None:
    page = manager.post("/registers/documents/take", {})
    assert page.status_code == 200 and "现行文本共引用" in words(page)
    with database.reading() as session:
        assert session.scalar(select(RegisterDocument)) is not None
    out = agent.get("/registers/documents/export").get_data(as_text=True)
    assert out.startswith("\ufefftitle,number,issuer,issued_on")
    again = manager.post("/registers/documents/import", {"file": (io.BytesIO(out.encode()), "documents.csv")})
    assert "无变化" in words(again) and "新增" not in words(again).replace("新增行", "")


def test_an_entry_that_is_not_there_is_not_found(agent: Visitor) -> None:
    nothing = "00000000-0000-4000-8000-000000000000"
    for kind in ("phones", "documents"):
        assert agent.get(f"/registers/{kind}/{nothing}").status_code == 404
        assert agent.get(f"/registers/{kind}/nonsense").status_code == 404


def test_whoever_answers_for_a_text_says_that_they_looked_at_its_source(app: Flask, installation: Installation,
                                                                        agent: Visitor, database: Database) -> None:
    gather(database, now=NOW)
    editor = Visitor(app)
    assert editor.sign_in("hrss-editor", installation.passwords["hrss-editor"]).status_code == 303
    page = editor.get("/registers/links?which=all")
    check_harmless(page.get_data(as_text=True))
    assert "目前不查看任何网页" in words(page)
    with database.transaction() as session:
        rows = session.scalars(select(SourceLink)).all()
        for row in rows:
            row.state, row.failing_since, row.reason, row.status = "dead", NOW, "gone", 404
    page = editor.get("/registers/links")
    found = re.findall(r'action="(/registers/links/[0-9a-f-]+/look)".*?name="seen" value="([^"]+)"',
                       page.get_data(as_text=True), re.DOTALL)
    assert found and "已打不开" in words(page) and "已查看，仍然正确" in words(page)
    address, seen = found[0]
    assert editor.post(address, {"seen": "ok.", "department": "hrss"}).status_code == 409
    assert editor.post(address, {"seen": seen, "department": "fund"}).status_code == 403
    assert agent.post(address, {"seen": seen, "department": "hrss"}).status_code == 403
    done = editor.post(address, {"seen": seen, "department": "hrss", "back_which": "trouble"})
    assert done.status_code == 303 and done.location == "/registers/links?which=trouble"
    assert "仍然正确。" in words(editor.get("/registers/links"))
    with database.transaction() as session:
        for row in session.scalars(select(SourceLink)):
            row.state, row.failing_since, row.reason = "new", None, ""


def test_pages_are_said_in_english_too(app: Flask, installation: Installation, database: Database) -> None:
    with database.transaction() as session:
        documents.put_document(session, MANAGER, DocumentText("螺钿English"), now=NOW, origin="test")
    visitor = Visitor(app, language="en")
    visitor.sign_in("manager", installation.passwords["manager"])
    for path, text in (("/registers/phones", "Enter a number"), ("/registers/documents", "Enter a document"),
                       ("/registers/links", "Source links"), ("/registers/phones/import", "Import a table")):
        page = visitor.get(path)
        assert page.status_code == 200 and text in words(page), path

"""A question that names a clause, a document or a form is answered by it, and not by what cites it or stands beside."""

from __future__ import annotations

import pytest

from kb.actor import CITIZEN
from kb.db import Database
from kb.settings import Settings
from retriever.answer import Answer
from retriever.ask import Retriever
from retriever.factory import open_parts
from retriever.reader.fallback import FallingBack, Timed
from retriever.records import AskRequest
from tests.conftest import NOW
from tests.retriever.factories import published_article
from tests.retriever.grounding import check_grounded
from tests.retriever.test_ask_reading import FITTED, MarkingReader

DOGS = """# 城市养犬管理条例

## 登记

第九条 养犬人应当申请登记，违反第十条规定的不予登记。

第十条 登记费每年一百元，导盲犬免收。

## 罚则

第二十条 违反第十条规定的，处五百元罚款。
"""
FUND = """# 公积金缴存通知

## 依据

依据滨政发〔2025〕12号，缴存上限为三千元。

依据滨政发〔2025〕13号，缴存比例为百分之十二。

## 表格

提取填写GJJ-7号表。

转移填写GJJ-9号表。
"""
RENT = """# Tenancy rules

## Part 2

Section 9: The landlord gives notice of thirty days, subject to section 10.

Section 10: The deposit may not be more than one month of rent.

## Forms

Use Form T-12 to complain.

Use Form T-14 to end the lease.
"""

TENTH = "Section 10: The deposit may not be more than one month of rent."


def asked(settings: Settings, database: Database, question: str, reader: MarkingReader) -> Answer:
    for slug, title, lang, source in (("dogs", "城市养犬管理条例", "zh", DOGS), ("fund", "公积金缴存通知", "zh", FUND),
                                      ("rent", "Tenancy rules", "en", RENT)):
        published_article(database, slug, source, title=title, lang=lang)
    retriever = Retriever(settings, database, open_parts(settings, database, None)[0],
                          reader=FallingBack(Timed(reader, 5.0)), fitted=FITTED)
    answer = retriever.ask(AskRequest(question), CITIZEN, now=NOW)
    retriever.close()
    check_grounded(database, answer, CITIZEN)
    return answer


@pytest.mark.parametrize(("question", "marked", "text"), [
    ("养犬条例第十条怎么规定", "第十条", "第十条 登记费每年一百元，导盲犬免收。"),
    ("养犬管理条例第 10 条是什么内容", "条", "第十条 登记费每年一百元，导盲犬免收。"),
    ("养犬管理条例第20条怎么罚", "第十条", "第二十条 违反第十条规定的，处五百元罚款。"),
    ("滨政发〔2025〕13号怎么说", "滨政发", "依据滨政发〔2025〕13号，缴存比例为百分之十二。"),
    ("公积金13号文的缴存规定", "缴存", "依据滨政发〔2025〕13号，缴存比例为百分之十二。"),
    ("公积金GJJ-9号表是干什么用的", "号表", "转移填写GJJ-9号表。"),
    ("what does section 10 of the tenancy rules say", "ection", TENTH),
    ("tenancy rules s.10", "ection", TENTH),
    ("tenancy: what is Form T-14 for", "Form", "Use Form T-14 to end the lease.")])
def test_of_what_is_as_likely_the_one_that_is_named_is_said(settings: Settings, database: Database, question: str,
                                                            marked: str, text: str) -> None:
    answer = asked(settings, database, question, MarkingReader(marked, sure=3.0))
    assert [s.text for s in answer.sentences] == [text]

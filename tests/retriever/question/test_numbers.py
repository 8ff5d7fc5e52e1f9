"""Numbers in a question as exact conditions: what is the clause beats what cites it."""

from __future__ import annotations

import pytest

from retriever.question.numbers import Conditions

TENTH = "第十条 申请人应当如实申报。"
CITES = "第十一条 违反第十条规定的，责令改正。"
OTHER = "申请人应当如实申报。"


@pytest.mark.parametrize("question", ["第十条怎么规定", "第10条怎么规定", "第 10 条說了什麼", "按第１０条能罚吗"])
def test_the_clause_itself_is_preferred_to_one_that_cites_it(question: str) -> None:
    conditions = Conditions.of(question)
    assert [conditions.fits(text) for text in (TENTH, CITES, OTHER)] == [True, False, None]
    assert conditions.prefers([TENTH, CITES, OTHER, "**第 10 条** 同前"]).tolist() == [1, -1, 0, 1]


@pytest.mark.parametrize(("question", "is_it", "cites"), [
    ("What does Article 10 say?", "Article 10. Every keeper shall register.", "Article 12. Subject to article 10, all"),
    ("section 4.2 of the rules", "Section 4.2 Fees are due in March.", "Section 5 See section 4.2."),
    ("第二章讲什么", "第二章 申请", "第三章 依照第二章"),
    ("办理第三步做什么", "第3步：到窗口交材料", "第1步：完成后进入第三步"),
    ("what is in sec. 10?", "Section 10 The deposit is one month's rent.", "Section 9 See section 10."),
    ("tenancy rules s.10", "§ 10 The deposit is one month's rent.", "§ 9 See § 10."),
    ("art. 7 of the charter", "Article 7: every rider pays.", "Art. 8: as in article 7."),
    ("Step 2 of the application?", "Step 2: bring the form", "Step 1: go on to step 2"),
])
def test_clauses_of_each_kind_and_language(question: str, is_it: str, cites: str) -> None:
    conditions = Conditions.of(question)
    assert conditions.fits(is_it) is True and conditions.fits(cites) is False


def test_a_clause_in_the_headings_holds_for_what_stands_below() -> None:
    assert Conditions.of("第三条第一款").fits("第一款 城区户籍。", ("本市养犬办法", "第三条")) is True
    assert Conditions.of("第三条").fits("城区户籍。", ("第四条",)) is False


@pytest.mark.parametrize(("question", "holds", "other"), [
    ("滨府办〔2026〕12号是什么文件", "依据：滨府办[2026]12号", "依据：滨府办〔2026〕13号"),
    ("13号文怎么说", "《关于养犬的通知》（滨府办〔2025〕13号）", "（滨府办〔2025〕3号）"),
    ("2026年第5号公告", "市税务局公告2026年第5号", "市税务局公告2025年第5号"),
    ("Where do I get Form Q-12?", "Fill in form Q12 and sign it.", "Fill in form Q-13."),
    ("表3怎么填", "请填写表三。", "请填写表4。"),
    ("GJJ-9号表是干什么的", "转移填写GJJ-9号表。", "提取填写GJJ-7号表。"),
    ("Q12申请表在哪拿", "请填写Q-12申请表。", "请填写Q-13申请表。"),
    ("附件2在哪下载", "见附件二。", "见附件1。"),
])
def test_documents_and_forms_are_found_wherever_they_stand(question: str, holds: str, other: str) -> None:
    conditions = Conditions.of(question)
    assert conditions.names_text
    assert conditions.fits(holds) is True and conditions.fits(other) is False
    assert conditions.fits(OTHER) is None


@pytest.mark.parametrize(("question", "holds", "other"), [
    ("12333是哪里的电话", "咨询电话：12333。", "咨询电话：12393。"),
    ("0755-88881234是谁的", "值班 075588881234", "值班0755-88881235"),
])
def test_a_telephone_number_is_met_by_its_text_and_refuted_by_none(question: str, holds: str, other: str) -> None:
    conditions = Conditions.of(question)
    assert conditions.fits(holds) is True and conditions.fits(other) is None


@pytest.mark.parametrize("question", [
    "第一次办身份证要带什么", "我住12号楼", "坐3号线去哪站下", "3月5号能办吗", "表现不好怎么办",
    "第二个孩子有补贴吗", "满65岁坐船多少钱",
    "A4表面要不要覆膜", "it's 10 yuan more", "the bus's 10 stops", "B12表示什么",
    "how much is step-free access", "two forms of ID", "低保每月1234元吗",
])
def test_what_only_looks_like_a_number_is_no_condition(question: str) -> None:
    assert not Conditions.of(question)

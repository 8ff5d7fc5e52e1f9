"""What ends an evaluation: a quote, a figure or a section that is not the text of its document."""

from __future__ import annotations

from dataclasses import replace

import pytest

from retriever.answer import Answer, Section, State
from retriever.citation import Citation, Sentence
from retriever.errors import BadResponse
from retriever.lab.evaluation.grounding import check_answer
from tests.conftest import NOW

SOURCE = "# 犬证\n\n办理犬证每年100元。\n\n需带免疫证明。\n"
FEE = "办理犬证每年100元。"
AT = SOURCE.index(FEE)
CITATION = Citation(1, "a", "dog", 1, "犬证", (), FEE, AT, AT + len(FEE), "urban", NOW, None, None, (), "/", "r1")
SECTION = Section("a", "dog", 1, "r1", "犬证", "urban", (), 0, len(SOURCE), SOURCE, ((AT, AT + len(FEE)),), "/")
ANSWER = Answer("q", "多少钱", NOW, NOW, State.ANSWERED, None, 0.9, (Sentence(FEE, (1,)),), (CITATION,), (), "embedded",
                "quote", 1.0, section=SECTION, choices=(SECTION,))


def check(answer: Answer) -> None:
    check_answer("q1", answer, {"r1": SOURCE}.__getitem__)


def test_an_answer_that_is_its_documents_text_passes() -> None:
    check(ANSWER)


@pytest.mark.parametrize(("wrong", "code"), [
    (replace(ANSWER, citations=(replace(CITATION, start=AT + 1),)), "quote"),
    (replace(ANSWER, citations=(replace(CITATION, quote="", start=AT, end=AT),)), "quote"),
    (replace(ANSWER, sentences=(Sentence("免费。", ()),)), "uncited"),
    (replace(ANSWER, sentences=(Sentence("每年200元。", (1,)),)), "figure"),
    (replace(ANSWER, section=replace(SECTION, text="每年100元")), "section"),
    (replace(ANSWER, choices=(SECTION, replace(SECTION, start=3))), "section"),
    (replace(ANSWER, choices=(replace(SECTION, marked=((AT, len(SOURCE) + 1),)),)), "marked"),
    (replace(ANSWER, choices=(replace(SECTION, marked=((AT, AT),)),)), "marked"),
])
def test_a_quote_figure_or_section_that_is_not_ends_the_run(wrong: Answer, code: str) -> None:
    with pytest.raises(BadResponse) as stopped:
        check(wrong)
    assert stopped.value.code == code
    assert "q1" in stopped.value.message


def test_what_is_withheld_is_looked_at_too() -> None:
    withheld = ((Sentence("每年200元。", (1,)),), (CITATION,))
    with pytest.raises(BadResponse):
        check(replace(ANSWER, state=State.UNKNOWN, sentences=(), citations=(), withheld=withheld))

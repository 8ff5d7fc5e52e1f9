"""What the reader is given in the words of the texts, and what is left as the caller said it."""

from __future__ import annotations

import pytest

from kb.content.lexicon import callers_words
from retriever.language.analysis import Analyser
from retriever.question.worded import in_words_of
from retriever.records import Correction

ANALYSER = Analyser([], [["社会保障卡", "社保卡"]], callers_words())


@pytest.mark.parametrize(("question", "text", "worded"), [
    ("疫苗本丢了孩子入园怎么办", "接种证丢了当场补。", "接种证丢了孩子入园怎么办"),
    ("扯证要预约吗", "结婚登记可以预约。", "结婚登记要预约吗"),
    ("社保卡在哪办", "社会保障卡到窗口办。", "社会保障卡在哪办"),
    ("Can I dump old furniture?", "Bulky waste is collected on Mondays.", "Can I dump bulky waste?"),
])
def test_what_the_texts_name_otherwise_is_read_under_their_name(question: str, text: str, worded: str) -> None:
    assert in_words_of([text], question, [], ANALYSER) == worded


@pytest.mark.parametrize(("question", "text"), [
    ("疫苗本丢了孩子入园怎么办", "疫苗本也就是接种证，丢了当场补。"),  # they hold the caller's word too
    ("疫苗本丢了孩子入园怎么办", "护照丢了怎么办。"),  # they hold no other name of it
    ("退休金和养老金是一回事吗", "养老金按月发放。"),  # the question names both
    ("水费多少钱一吨", "水价：每立方米3.15元。"),
    ("老家在外省", "养老家庭"),
])
def test_nothing_else_is_worded_otherwise(question: str, text: str) -> None:
    assert in_words_of([text], question, [], ANALYSER) == question


def test_a_form_that_says_more_than_the_thing_is_left() -> None:
    """满八十 means an old-age allowance and says how old; 不给报工伤 says that somebody refuses."""
    for meant, *forms in callers_words():
        for form in forms:
            if any(sign in form for sign in "不没几"):
                assert in_words_of([meant], form, [], ANALYSER) == form


def test_a_typing_error_is_read_as_what_was_meant() -> None:
    assert in_words_of(["低保怎么申请"], "抵保怎么申请", [Correction("抵保", "低保")], ANALYSER) == "低保怎么申请"


def test_capitals_and_places_stay() -> None:
    assert in_words_of(["Bulky waste"], "Is OLD FURNITURE taken in Wexmoor?", [], ANALYSER) == \
        "Is bulky waste taken in Wexmoor?"
    assert in_words_of(["結婚登記"], "扯證要带啥", [], ANALYSER).startswith("结婚登记")

"""Which of two clauses names another district, office or person; and words that say the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.callbacks import changes_of
from retriever.checking.exchanged import is_exchanged
from retriever.checking.pieces import pieces
from retriever.language.analysis import Analyser

ANALYSER = Analyser()


@pytest.mark.parametrize(("old", "new"), [
    ("到望海区窗口办理", "到港东区窗口办理"), ("由住建局负责", "由城管局负责"), ("费用由自己承担", "费用由单位承担"),
    ("由业主缴纳", "由租户缴纳"), ("找榕岸街道", "找南洲镇")])
def test_another_name_is_put_in_the_place_of_one(old: str, new: str) -> None:
    assert is_exchanged(old, new, new) and is_exchanged(new, old, old)


@pytest.mark.parametrize(("old", "new"), [
    ("由市人社局负责", "由市人力资源和社会保障局负责"), ("到本区窗口办理", "到各区窗口办理"),
    ("由本人承担", "由自己承担"), ("到窗口办理", "到大厅办理"), ("在望海区办理", "在望海区窗口办理"),
    ("由单位办理", "由单位负责人办理")])
def test_the_same_in_other_words_is_no_other_name(old: str, new: str) -> None:
    assert not is_exchanged(old, new, new)


def test_what_is_only_said_in_another_place_is_not_exchanged() -> None:
    assert not is_exchanged("到望海区窗口办理", "到港东区窗口办理", "望海区窗口和港东区窗口都能办")


@given(st.text("望港海东区局由到自己单位", max_size=12), st.text("望港海东区局由到自己单位", max_size=12))
def test_nothing_is_exchanged_in_the_same_words_and_any_two_texts_are_compared(one: str, other: str) -> None:
    assert is_exchanged(one, other, "") in (True, False)
    assert not is_exchanged(one, one, "")


@pytest.mark.parametrize(("old", "new", "is_change"), [
    ("到望海区窗口办理。", "到港东区窗口办理。", True), ("The fee is waived.", "The fee is $5.", True),
    ("造成的损坏，自己承担。", "造成的损坏，责任自负。", False), ("可在网上办。", "可以线上办理。", False),
    ("You don't need to pay.", "There is no charge.", False)])
def test_a_call_is_made_again_for_another_name_and_not_for_other_words(old: str, new: str, *, is_change: bool) -> None:
    assert bool(changes_of(*(pieces(f"## 说明\n\n{text}\n", ANALYSER) for text in (old, new)))) is is_change

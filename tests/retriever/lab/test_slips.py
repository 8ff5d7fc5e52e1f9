"""Slips for measuring: one a question, in a word that the texts hold, the same for everybody."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from rapidfuzz.distance import OSA

from retriever.lab.evaluation.slips import Slips, main
from retriever.language.analysis import Analyser
from retriever.language.pinyin import sounds

TEXTS = "公积金提取要先办理登记。apply for the allowance of your pension"


def slips(seed: int = 1) -> Slips:
    return Slips(TEXTS, Analyser(), random.Random(seed))


@pytest.mark.parametrize("seed", range(20))
def test_a_chinese_slip_is_another_character_of_the_same_sound(seed: int) -> None:
    question = "我的公积金怎么提取"
    slipped = slips(seed).slipped(question)
    assert slipped and slipped != question
    (changed,) = [i for i, (one, other) in enumerate(zip(question, slipped, strict=True)) if one != other]
    assert question[changed] in "公积金提取"
    assert sounds(question[changed]) == sounds(slipped[changed])


@pytest.mark.parametrize("seed", range(20))
def test_an_english_slip_is_one_letter(seed: int) -> None:
    slipped = slips(seed).slipped("how big is the allowance in town")
    assert slipped and slipped.startswith("how big is the a") and slipped.endswith(" in town")
    assert OSA.distance("how big is the allowance in town", slipped) == 1


def test_equal_seeds_give_equal_slips_and_questions_of_other_words_none() -> None:
    questions = ["公积金提取", "登记办理", "pension or allowance"]
    assert [slips().slipped(q) for q in questions] == [slips().slipped(q) for q in questions]
    assert slips().slipped("台风天船开不开") is None
    assert slips().slipped("where is it") is None


def test_a_folder_that_is_none_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([str(tmp_path / "nowhere")])
    assert ended.value.code == 2 and "corpus.jsonl is missing" in capsys.readouterr().err

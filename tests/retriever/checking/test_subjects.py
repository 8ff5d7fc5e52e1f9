"""Two clauses that say the same of other persons, or of other papers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.checking.subjects import differs_by_subject

_WORDS = st.lists(st.sampled_from((
    "外国", "老", "人", "残疾", "家庭", "每人", "每月", "补", "#", "元", "the", "women", "receive", " ")),
                  max_size=10).map("".join)


@pytest.mark.parametrize(("one", "other"), [
    ("八十岁以上老人每人每季补#", "留学归国人才每人每季补#"), ("低保家庭每月补助#", "特困人员每月补助#"),
    ("身份证有效期为#", "居住证有效期为#"), ("请提前#交来体检报告", "请提前#交来公证书"),
    ("Pregnant women receive # a month.", "The low income families receive # a month."),
    ("A passport is accepted for #.", "An inspection report is accepted for #."),
    ("网约配送人员住满#即可申请", "应届毕业生须住满#才能申请"), ("港澳居民住满#就可以办", "孕产妇应当住满#方可办理"),
    ("The parents of small children must have lived here for #.",
     "The visitors on a tourist visa must have lived here for #."),
    ("A birth certificate is accepted for 9 days.", "A health certificate is accepted for 7 days."),
    ("The retired people must have lived here for 5 months.", "The small companies must have lived here for 6 months."),
    ("残疾人住满2年即可申请", "小微企业须住满3年才能申请")])
def test_other_persons_and_other_papers_are_other_cases(one: str, other: str) -> None:
    assert differs_by_subject(one, other) and differs_by_subject(other, one)


@pytest.mark.parametrize(("one", "other"), [
    ("老年人每人每季补#", "八十岁以上老人每人每季补#"), ("申请人每月补助#", "低保家庭每月补助#"),
    ("重度残疾人每月补助#", "残疾人每月补助#"), ("居民身份证有效期为#", "身份证有效期为#"),
    ("房产证工本费每本#", "不动产权证工本费每本#"), ("补领收工本费#", "遗失收工本费#"),
    ("低保家庭#", "特困人员#"), ("Residents receive # a month.", "Residents are given # a month."),
    ("The families receive # a month.", "Low income families receive # a month."),
    ("灵活就业人员可按#缴", "自由职业人员按#缴"), ("参保居民每年缴#", "居民每年缴#")])
def test_names_of_the_same_and_other_words_are_none(one: str, other: str) -> None:
    assert not differs_by_subject(one, other) and not differs_by_subject(other, one)


@given(_WORDS, _WORDS)
def test_it_is_the_same_from_both_sides_and_nothing_differs_from_itself(one: str, other: str) -> None:
    assert differs_by_subject(one, other) == differs_by_subject(other, one)
    assert not differs_by_subject(one, one)

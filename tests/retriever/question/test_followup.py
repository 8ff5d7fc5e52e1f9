"""Follow-ups in full words: an aspect is asked of the subject, another thing takes its place, a remark follows it."""

from __future__ import annotations

import pytest

from retriever.language.analysis import Analyser
from retriever.question.followup import is_remark, rewritten
from retriever.question.topic import may_be_another
from retriever.question.understanding import understand
from retriever.records import Turn

ANALYSER = Analyser(["居住证", "身份证", "社保卡"], [])


@pytest.mark.parametrize(("earlier", "text", "full"), [
    ("身份证丢了补办多少钱", "护照呢", "护照丢了补办多少钱"),
    ("身份证丢了补办多少钱", "那护照的呢？", "护照丢了补办多少钱"),
    ("買冰箱補多少", "洗衣机呢", "买洗衣机补多少"),
    ("办护照要几天", "港澳通行证呢", "办港澳通行证要几天"),
    ("社保卡多少钱", "那身份证呢", "身份证多少钱"),  # names that the lexicon adds, of which the segmenter knows no kind
    ("养狗怎么登记", "那电动车呢", "电动车怎么登记"),  # one keeps no electric bicycle as one keeps a dog
    ("养猫要办证吗", "摩托车呢", "摩托车要办证吗"),
    ("How much is a residence permit?", "And a work permit?", "how much is a work permit?"),
    ("How much is the ferry to Changyu for an adult?", "And for cars?", "how much is the ferry to changyu for cars?"),
    ("how much is a passport for a child", "and for adults?", "how much is a passport for adults"),
    ("What papers do I need for my son?", "what about for my daughter?", "what papers do i need for my daughter?"),
    ("Where do I renew my driving licence?", "ok and what about the permit", "where do i renew the permit?"),
])
def test_another_thing_of_the_kind_takes_the_place_of_the_thing(earlier: str, text: str, full: str) -> None:
    assert rewritten(text, [earlier], ANALYSER) == full


@pytest.mark.parametrize(("earlier", "text", "full"), [
    (["居住证怎么办"], "要带什么材料", "居住证 要带什么材料"),
    (["居住证怎么办"], "多久呢", "居住证 多久呢"),
    (["居住证怎么办", "要带什么材料", "多久"], "要钱吗", "居住证 要钱吗"),
    (["公租房怎么申请"], "那电话是多少", "公租房 那电话是多少"),
    (["办护照要几天"], "在哪儿办啊", "办护照 在哪儿办啊"),
    (["低保怎么申请"], "网上能办吗", "低保 网上能办吗"),
    (["我妈的社保卡丢了怎么补办"], "礼拜六上班吗", "我妈的社保卡丢了 补办 礼拜六上班吗"),
    (["how do i get a library card"], "how long does it take", "get a library card how long does it take"),
    (["What is the fee for a stall permit?", "ok"], "and what do I bring", "a stall permit and what do i bring"),
    (["居住证怎么办", "房东不肯登记怎么办"], "多久能拿到证", "居住证 多久能拿到证"),
    (["失业登记怎么办", "单位不给开证明咋整"], "要带什么材料", "失业登记 要带什么材料"),
    (["户口怎么迁", "他不同意给我户口本呢"], "几天能办好", "户口 迁 几天能办好"),
    (["how do i get a stall permit", "my landlord won't sign anything"], "how much is it",
     "get a stall permit how much is it"),
    (["how do i get a stall permit", "what if the owner refuses to help"], "how long does it take",
     "get a stall permit how long does it take"),
    (["How do I get a stall permit"], "opening hours?", "get a stall permit opening hours?"),
    (["How do I get a stall permit"], "and the fee", "get a stall permit and the fee"),
    (["How do I get a stall permit"], "are you open on saturdays", "get a stall permit are you open on saturdays"),
])
def test_an_aspect_is_asked_of_what_the_dialogue_is_about(earlier: list[str], text: str, full: str) -> None:
    found = rewritten(text, earlier, ANALYSER)
    assert found is not None and found.replace(" ok ", " ") == full


@pytest.mark.parametrize(("earlier", "text"), [
    ("小孩生在家里的没去医院，出生证怎么弄", "江北呢"),  # a place: nothing named before it stands for
    ("三级医院住院报几成，我退休了", "居民呢"),  # a person
    ("老房子能继承不", "塌了呢"),  # a condition
    ("社保卡丢了怎么补办", "已经挂失了"),
    ("身份证多少钱", "加急呢"),  # in which way
    ("补社保卡多少钱", "快递呢"),
    ("how do I get a library card", "got no mail at the shelter"),
])
def test_a_condition_or_remark_follows_what_was_asked_and_replaces_nothing(earlier: str, text: str) -> None:
    full = rewritten(text, [earlier], ANALYSER)
    assert full is not None
    assert full.endswith(text.lower()) and len(full) == len(earlier) + 1 + len(text)


@pytest.mark.parametrize(("earlier", "text"), [
    ([], "多久"),
    (["社保卡丢了怎么补办"], "结婚登记要带什么证件"),
    (["公租房怎么申请"], "要交多少押金"),
    (["How much is a passport?"], "Can I register my dog at the town hall?"),
    (["居住证怎么办"], "how long does it take"),  # another language is another caller
])
def test_what_stands_alone_is_left_as_it_is(earlier: list[str], text: str) -> None:
    assert rewritten(text, earlier, ANALYSER) is None


@pytest.mark.parametrize("text", ["library hours", "parking fees", "is the office open for my form"])
def test_what_names_a_matter_beside_an_aspect_stands_alone(text: str) -> None:
    assert rewritten(text, ["How do I get a stall permit"], ANALYSER) is None


@pytest.mark.parametrize(("earlier", "text", "may"), [
    ("电动车怎么上牌", "轮渡呢", True),  # the segmenter takes it for a verb: it stands for nothing named before
    ("身份证丢了补办多少钱", "护照呢", False), ("老房子能继承不", "塌了呢", False), ("低保怎么申请", "多久呢", False),
])
def test_a_thing_that_stands_for_none_named_before_may_be_another_matter(earlier: str, text: str, may: bool) -> None:
    assert may_be_another(understand(text, (Turn("user", earlier),), ANALYSER)) is may


@pytest.mark.parametrize(("text", "remark"), [
    ("家里已经有两个娃了", True), ("I only rent here", True), ("户口在外省", True), ("要不要本人去", False),
    ("can my wife go", False), ("末班轮渡几点开", False),
])
def test_a_remark_asks_nothing(text: str, remark: bool) -> None:
    assert is_remark(text) is remark


def test_an_aspect_is_searched_with_its_subject_and_without_what_was_asked_before() -> None:
    question = understand("多久", (Turn("user", "居住证怎么办"),), ANALYSER)
    assert (question.text, question.full, question.vector_text) == ("多久", "居住证 多久", "居住证 多久")
    assert "居住" in dict(question.focus)
    assert not may_be_another(question)


def test_a_reply_to_what_the_agent_asked_is_no_follow_up_in_full_words() -> None:
    asked = (Turn("user", "我能领补贴吗"), Turn("agent", "您的社保缴满一年了吗？"))
    assert understand("满了", asked, ANALYSER).full == "满了"


def test_an_over_long_dialogue_leaves_the_question_within_its_budget() -> None:
    turns = tuple(Turn("user", "我家的事情很复杂" * 60) for _ in range(8))
    full = understand("要带什么材料", turns, ANALYSER).full
    assert full.endswith("要带什么材料") and len(full) < 120


@pytest.mark.parametrize("piece", [
    "要", "嗯", "行不", "不", "能", "多少", "那", "how ", "what do i ", "my ", "and ", "一"])
def test_a_hostile_dialogue_takes_no_time_to_speak_of(piece: str) -> None:
    turn = piece * 200
    rewritten(turn[:200], [turn] * 8, ANALYSER)
    may_be_another(understand((piece * 90)[:85], (Turn("user", turn),), ANALYSER))

"""What callers anywhere say is heard, means what it should, and takes no ordinary word for something else."""

from __future__ import annotations

import pytest
import yaml

from kb.content import lexicon
from retriever.language.analysis import Analyser, normalise

SAID = lexicon.callers_words()
LISTED = yaml.safe_load(lexicon.CALLERS_WORDS.read_text(encoding="utf-8"))
# Forms in official terms that mean the same there as elsewhere, or little else.
SHARED = {"离婚", "过户", "换证", "五保", "扰民", "垃圾"}


@pytest.fixture(scope="module")
def analyser() -> Analyser:
    return Analyser((), (), SAID)


def heard(analyser: Analyser, question: str) -> set[str]:
    """The names and forms that are found in a question."""
    return {name for _, name in analyser._names.found(normalise(question))}


def meanings(analyser: Analyser, question: str) -> set[str]:
    """What is meant by them."""
    found = {normalise(name) for name in heard(analyser, question)}
    return {meant for meant, *forms in SAID if found & {normalise(form) for form in forms}}


def test_every_form_is_heard_between_other_words(analyser: Analyser) -> None:
    for meant, *forms in SAID:
        for form in forms:
            assert normalise(form) in heard(analyser, f"，{form}，"), f"{form} ({meant}) is never found"


def test_no_form_takes_an_official_term_apart(analyser: Analyser) -> None:
    """Who asks by the official name is not read as meaning something else by a part of it."""
    of_groups = {normalise(term) for groups in LISTED["groups"].values() for group in groups for term in group}
    for meant, *_ in SAID:
        inside = heard(analyser, meant) - of_groups - SHARED - {normalise(meant)}
        assert not {form for form in inside if meant not in meanings(analyser, form)}, f"{meant}: {inside}"


@pytest.mark.parametrize(("question", "meant"), [
    ("娃要念书咋报名", "小学入学"), ("孩子该上学了去哪报", "小学入学"), ("厂子倒了钱没发", "拖欠工资"),
    ("公司黄了工资没发", "拖欠工资"),
    ("老板联系不上工钱拖着", "拖欠工资"), ("活干完不给", "拖欠工资"), ("扯证要带啥", "结婚登记"), ("去扯证是去哪里",
    "结婚登记"),
    ("把证领了要几天", "结婚登记"), ("下岗了没收入咋办", "失业"), ("下岗没收入咋办", "失业保险金"), ("没工作给钱吗",
    "失业保险金"),
    ("护工的钱能报不", "长期护理保险"), ("老人瘫了请人伺候", "长期护理保险"), ("俩口子离了孩子户口", "离婚登记"),
    ("离了婚户口咋整", "户口迁移"),
    ("房产证烧了咋弄", "不动产权证书补发"), ("新车挂牌照去哪", "机动车登记"), ("屋里没水几时来水", "停水"),
    ("狗啃了要打针不", "狂犬病疫苗"),
    ("剪头发办了年卡，店关门了", "消费投诉"), ("楼下洗车店跑路，卡里的钱怎么要", "消费投诉"),
    ("健身房倒闭了", "消费投诉"),
    ("今年想扯个证", "结婚登记"), ("准备把证扯了", "结婚登记"), ("夫妻俩离了要多久", "离婚登记"),
    ("把婚离了", "离婚登记"),
    ("我医保断了半年", "断缴"), ("医保漏交怎么补", "断缴"),
    ("my gym has closed and kept my money", "consumer complaint"),
    ("there is credit left on my card", "consumer complaint"),
    ("I got the sack, what now", "dismissal"), ("my boss won't pay me", "unpaid wages"), ("is there any dole",
    "unemployment benefit"),
    ("they towed my car away", "vehicle towing"), ("where do I get rid of my sofa", "bulky waste")])
def test_everyday_words_are_understood(analyser: Analyser, question: str, meant: str) -> None:
    assert meant in meanings(analyser, question)


@pytest.mark.parametrize("question", [
    "牌坊在哪条街", "上海今天天气怎么样", "开证明的公章", "这本书的书名是什么", "念书签名的活动", "开水房几点开",
    "报告厅在几楼", "三轮投票的结果",
    "老师讲课的录音", "护工作服怎么领", "厂子公司合并的公告", "地基站的维护", "发钱包的银行",
    "工程师傅的电话", "保安全的措施",
    "打工具箱的钥匙", "白干果多少钱一斤", "车站前广场", "水龙头条新闻", "狗牙根草坪", "门前三包责任书",
    "养老家庭的照片", "市民中心的地图",
    "the library opens at nine", "a sacked city in history", "the doles of the parish", "binsar is a hill",
    "a jabbing pain",
    "old sofas in the museum", "the towers of the castle"])
def test_ordinary_words_are_taken_for_nothing_else(analyser: Analyser, question: str) -> None:
    assert not meanings(analyser, question), heard(analyser, question)


def test_no_form_stands_twice_under_one_meaning() -> None:
    for groups in LISTED["said"].values():
        for meant, *forms in groups:
            assert len(forms) == len(set(forms)) and meant not in forms, meant

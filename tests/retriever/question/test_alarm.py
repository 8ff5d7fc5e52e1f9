"""Emergencies told in words that no sign knows are heard in the question's vector; what only sounds like one is not."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
import yaml

from kb.actor import CITIZEN
from kb.db import Database
from kb.settings import Settings, load_settings
from retriever.embedding import Embedder, Recipe
from retriever.errors import BadModel
from retriever.factory import build_embedder
from retriever.lab.training.emergencies import fit_alarm
from retriever.question.alarm import NONE, Alarm, alarm_for, load_alarm
from retriever.question.emergencies import EMERGENCIES, load_notices, noticed, sounds_like
from retriever.records import AskRequest, Turn
from tests.conftest import NOW
from tests.retriever.factories import published_article, retriever_of

ROOT = Path(__file__).parents[3]
NOTICES = load_notices(hotline="12345")
# said by nobody who taught it, and known to no sign
TOLD = {
    "lift": ["轿厢忽然不走了，灯也灭了，我和孩子在里头", "the lift froze and nobody comes, we are five people inside"],
    "missing": ["我家老太太脑子糊涂，早上出的门，这都天黑了人没回",
                "my five year old let go of my hand at the fair and is gone"],
    "poisoning": ["村里吃席的人一个个都在吐，倒了七八个",
                  "the kids got into the cleaning cupboard and drank from a bottle"],
    "violence": ["有个男的硬往我屋里闯，我顶着门呢", "my ex is kicking at my door and says he will burn us"],
    "drowning": ["涨大水，我们几个被围在河心的石头上", "a boy is under the ice and we cannot reach him"],
    "collapse": ["山坡上的土哗哗往下来，把我们家半间屋推没了",
                 "the balcony above ours came off and there are people below it"],
}
ORDINARY = ["小区电梯年检一般是几月份做", "孩子转学要带什么材料", "老人的医保卡补办要多久", "居民天然气阶梯价格怎么算",
            "游泳馆周末开到几点", "农药包装回收点在哪儿", "how do I renew my residence permit",
            "opening hours of the swimming pool",
            "who inspects the lifts in our block", "school registration for my daughter"]


@pytest.fixture(scope="module")
def embedder(model_folder: Path) -> Embedder:
    found = build_embedder(load_settings(ROOT, {}, data={"dir": str(model_folder.parents[1])}))
    assert found is not None
    return found


def test_other_words_for_an_emergency_are_heard(embedder: Embedder) -> None:
    alarm = alarm_for(embedder)
    assert alarm is not None
    for kind, texts in TOLD.items():
        for text in texts:
            assert noticed(text, (), NOTICES) is None, f"{text}: a sign knows it; say it otherwise"
            heard = sounds_like(text, embedder.embed_query(text), alarm, NOTICES)
            assert heard is not None and heard.kind == kind and heard.phone == NOTICES[kind].phone, text


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_questions_set_nothing_off(embedder: Embedder, text: str) -> None:
    alarm = load_alarm()
    chances = alarm.chances(embedder.embed_query(text)[None])[0]
    assert 1 - chances[list(alarm.kinds).index(NONE)] < alarm.threshold / 2  # by a margin, whatever the processor


def test_a_question_about_a_rule_or_the_past_is_none_however_it_sounds(embedder: Embedder) -> None:
    alarm = alarm_for(embedder)
    assert alarm is not None
    text = f"去年{TOLD['collapse'][0]}，能补多少钱"
    assert sounds_like(text, embedder.embed_query(text), alarm, NOTICES) is None


@pytest.mark.parametrize("text", [
    "厨房水管爆了，水喷了一地", "门口路面塌了个坑，谁来填", "台风把行道树刮倒了，横在路上",
    "邻居的狗咬了我一口，去哪打针",
    "a pipe burst under our kitchen sink", "my internet line is down since monday", "someone hit my parked van",
    "俩口子离了孩子户口", "离了婚孩子户口跟谁", "the power is out in my flat", "my kid ate too many sweets",
    "蜜蜂蛰了孩子的手", "煤气灶打不着火怎么办",
    "烧烤店油烟大没人管",
    "广告牌掉下来砸坏了我的车", "吃野菜中毒怎么预防", "着火点是什么意思", "a dog bit my son at the park",
    "the street light outside is down", "a tree fell on the pavement", "got bitten by a dog, where is the clinic",
])
def test_what_broke_and_harms_nobody_is_no_emergency(embedder: Embedder, text: str) -> None:
    alarm = alarm_for(embedder)
    assert alarm is not None
    assert sounds_like(text, embedder.embed_query(text), alarm, NOTICES) is None


@pytest.mark.parametrize("text", [
    "楼上小孩天天哭闹吵得我神经衰弱", "工地半夜打桩震得床都晃", "对门天天吵架摔东西听着烦",
    "广场舞音响震得心脏病都要犯了", "楼上漏水把我家天花板泡了", "我手机丢在公交上", "井盖没了都差点掉进去",
    "楼下烧烤店天天熏得我睡不着觉", "隔壁饭店抽油烟机嗡嗡响一宿睡不着", "隔壁邻居抽烟烟味往我家飘",
    "油烟倒灌进我家厨房一屋子味", "烟囱冒黑烟天天不敢开窗", "邻居在楼道堆纸箱怕着火", "夜里烧秸秆烟大得看不清路",
    "my neighbour is smoking on the balcony again and it drifts in", "left my wallet in a taxi this morning",
    "老汉儿走了，火葬场车子好多钱", "我的火气很大，等了半小时", "楼下烧香拜佛烟味飘上来", "手机丢在轮渡上找谁",
    "充电宝掉海里了能报销吗", "儿子的手机掉湖里了", "my phone fell into the lake",
    "the barbecue place below us stinks out the whole block", "the bus driver screamed at my mum for asking the way",
])
def test_what_annoys_and_endangers_nobody_is_no_emergency(embedder: Embedder, text: str) -> None:
    alarm = alarm_for(embedder)
    assert alarm is not None
    assert noticed(text, (), NOTICES) is None and sounds_like(text, embedder.embed_query(text), alarm, NOTICES) is None


@pytest.mark.parametrize(("text", "kind"), [
    ("楼下烧烤店的棚子一下子蹿火苗了", "fire"), ("邻居抽烟把阳台被子引着了，烟都进来了", "fire"),
    ("the barbecue went up and now their shed is alight", "fire"),
    ("路面塌了，骑车的人掉进去了", "collapse"), ("树倒下来压着一个骑车的", "collapse"),
    ("水管爆了，水漫到电线插座上冒火花", "electric_shock"),
    ("庙里烧香把房子点着了", "fire"), ("孩子玩手机掉河里了", "drowning"), ("有人捡手机掉河里了", "drowning"),
    ("my son dropped his phone and fell into the lake", "drowning"),
    ("a tree came down on my son", "collapse"), ("the pipe in the hall hisses and it smells of gas", "gas"),
])
def test_what_broke_and_puts_somebody_at_risk_is_one(embedder: Embedder, text: str, kind: str) -> None:
    alarm = alarm_for(embedder)
    assert alarm is not None
    heard = noticed(text, (), NOTICES) or sounds_like(text, embedder.embed_query(text), alarm, NOTICES)
    assert heard is not None and heard.kind == kind


def test_the_answer_carries_the_line_that_the_alarm_found(settings: Settings, database: Database,
                                                         embedder: Embedder) -> None:
    published_article(database, "walls", "# 老房子的墙\n\n老房子的墙由产权人修缮。\n", title="老房子的墙", lang="zh")
    retriever = retriever_of(settings, database, embedder)

    def asked(question: str, *before: Turn) -> str | None:
        answer = retriever.ask(AskRequest(question, history=before), CITIZEN, now=NOW)
        return answer.notice.kind if answer.notice else None

    told = TOLD["collapse"][0]
    assert asked(told) == "collapse" and asked("老房子的墙由谁修") is None
    assert asked(told, Turn("user", "老房子的墙由谁修")) is None  # what a caller adds sounds like anything


def test_vectors_of_another_model_are_not_heard(embedder: Embedder) -> None:
    assert alarm_for(None) is None
    other = SimpleNamespace(recipe=Recipe("local", "other", embedder.recipe.dimension, "of another model"))
    assert alarm_for(cast(Embedder, other)) is None


def test_what_is_taught_is_told_apart_and_written_and_read_again(tmp_path: Path) -> None:
    chance = np.random.default_rng(3)
    middles = np.eye(8)[[0, 1, 2]]
    targets = np.repeat([0, 1, 2], [400, 40, 40])
    vectors = middles[targets] + chance.normal(0, 0.15, (480, 8))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    is_own = np.arange(480) >= 300
    alarm = fit_alarm(vectors, targets, is_own, (NONE, "fire", "gas"), fingerprint="f", most_false=0.01)
    assert [alarm.kind(middle.astype(np.float32)) for middle in middles] == [None, "fire", "gas"]
    heard = [alarm.kind(vector) for vector in vectors]
    assert sum(kind is not None for kind in heard[:400]) <= 8
    assert alarm.training["emergencies"] == 80
    (tmp_path / "alarm.json").write_text(alarm.text(), encoding="utf-8")
    again = load_alarm(tmp_path / "alarm.json")
    assert [again.kind(vector) for vector in vectors] == heard


@pytest.mark.parametrize("change", [
    {"format": 2}, {"kinds": ["none"]}, {"weights": "AAA"}, {"bias": [0.0]}, {"kinds": ["a"] * 12}, {"threshold": "x"}])
def test_a_damaged_file_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    data = json.loads(load_alarm().text()) | change
    (tmp_path / "alarm.json").write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(BadModel, match="emergencies"):
        load_alarm(tmp_path / "alarm.json")


def test_what_teaches_it_is_whole() -> None:
    told = yaml.safe_load((ROOT / "teaching" / "emergencies.yaml").read_text(encoding="utf-8"))
    assert set(told) == EMERGENCIES | {NONE}
    texts = [text for texts in told.values() for text in texts]
    assert all(isinstance(text, str) and text.strip() == text for text in texts) and len(set(texts)) == len(texts)
    alarm: Alarm = load_alarm()
    assert set(alarm.kinds) == set(told) and alarm.training["utterances"] == len(texts)
    assert not {text for both in TOLD.values() for text in both} & set(texts)

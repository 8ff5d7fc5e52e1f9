"""What a text's headings say that another text nowhere says: which case, whom, which of several things it is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from retriever.language.analysis import Analyser, stem

_HAN = re.compile("[\u4e00-\u9fff]")
_NOT_WORDS = re.compile("[^\u4e00-\u9fffA-Za-z0-9]+")
_ENGLISH = re.compile("[a-z]{3,}")
# What headings of any office say; it tells no two cases apart.
_USUAL = frozenset(re.findall(
    r"\S+",
    "办理 指南 须知 标准 收费 条件 对象 时间 问答 规定 说明 安排 方式 范围 材料 要求 期限 时限 流程 服务 管理 申请"
    " 申领 市民 "
    "提示 怎么 怎么办 什么 哪里 多少 问题 常见 解答 解读 政策 办法 一览 待遇 项目 内容 事项 公告 通知 提醒 受理"
    " 工作 我市 本市 "
    "谁 几个 要点 注意 联系 咨询 介绍 目录 清单 手续 所需 登记 发放 缴费 缴纳 参观 参保 年龄 考试 号码 提交 电话"
    " 收取 使用 "
    "开放 接待 对外 窗口 大厅 中心 为什么 怎样 如何 全市 一次 各项 各类 攻略 年度 年检 年审 数量 地点 费用 价格"
    " 上限 名额 "
    "今年 常见问题 进度 查询 报名 参加 购买 领取 投诉 热线 求助 渠道 拨打 致电 专线 缴清 必读 人员 适用 制度 细则"
    " 口径 "
    "工作时间 营业 经营 时段 计费 规则 现场 注意事项 答疑 信息 相关 有关 方法 步骤 表 汇总 简介 概述 总则 其他 附则"))
_KEPT = 4096  # headings whose words are kept
_USUAL_ENGLISH = frozenset(re.findall(
    r"\S+", "the and for what where when who how can your you does with are our from not that this have will get "
    "questions frequently asked guide help about information contact rules costs cost fee fees hours time times"))


class OwnWords:
    """Finds the own words of headings. Safe for several threads."""

    def __init__(self, analyser: Analyser) -> None:
        self._analyser = analyser
        self._words = lru_cache(_KEPT)(self._read)  # the same headings are asked for with every other text

    def of(self, headings: str, other: str) -> list[str]:
        """The words of a text's title and headings that stand nowhere in another text, those of any office left out.

        ``other`` is the other text with its title and headings.
        """
        if _HAN.search(headings):
            return [word for word in self._words(headings) if not _stands_in(word, other)]
        folded = other.lower()
        words = dict.fromkeys(_ENGLISH.findall(headings.lower()))
        return [word for word in words if word not in _USUAL_ENGLISH and stem(word)[:5] not in folded]

    def _read(self, headings: str) -> list[str]:
        text = _NOT_WORDS.sub(" ", headings)
        found = dict.fromkeys(word for word, _ in self._analyser.tagged(text))
        return [word for word in found if len(word) > 1 and word not in _USUAL and not word.isdigit()]


def count_in(words: Sequence[str], text: str) -> int:
    """How many of these words a text says."""
    folded = text.lower()
    return sum((word if _HAN.search(word) else stem(word)[:5]) in folded for word in words)


def _stands_in(word: str, text: str) -> bool:
    return word in text or (len(word) > 2 and any(word[at:at + 2] in text for at in range(len(word) - 1)))

"""Words that an edit may add, drop or exchange without saying anything else, and kinds of Chinese words that are such.

Verbs that any act goes with (办, 去, "get"), what joins and points, and the caller, who is meant anyway. Denials,
duties and bounds are not lost: they are counted apart (wording.py).
"""

from __future__ import annotations

import re

from retriever.language.analysis import stem

# Parts of speech as the dictionary tags them: particles, prepositions, conjunctions, pronouns, numerals, measures,
# adverbs, places like "above"; of longer words they are often wrong.
KINDS = ("u", "p", "c", "r", "y", "m", "q", "x", "w", "e", "o", "zg", "d", "f", "k", "h")

LIGHT_ZH = frozenset(re.findall(
    r"\S+",
    "是 有 到 去 来 要 可 可以 应 应当 必须 能 能够 会 得 让 给 把 办 做 打 由 在 上 下 请 需 需要 须 用 按 "
    "进行 予以 之 者 时 内 外 前 后 以内 以上 以下 以前 以后 之后 之前 期间 左右 起 止 等 该 其 此 这 那 本 "
    "各 每 某 所 再 就 才 都 也 还 又 先 马上 立即 尽快 直接 自己 可能 已 已经 一律 一般 通过 根据 按照 依照 "
    "依据 凭 对 向 从 为 于 将 被 使 令 叫 称 说 即 则 且 而 但 因 如 若 如果 的话 情况 情形 方面 事项 有关 "
    "相关 使用 不 没 没有 无 未 别 勿 除外 怎么 怎样 如何 什么 哪里 多少 个 位 名 次 条 种 件 份 项 家 只 们 "
    "一下 一些 一次 一次性 里 中 间 处 走 拿 出 成 完 好 掉 住 着 过 了 地 算 属于 以 及 和 或 与 并 个人 "
    "的人 一 二 三 两 几 问 答 注 附 来电 来电人 来电者 人 全 共 最 很 较 更 太 同 同时 另 另外 其他 其它 "
    "以外 关于 至 满 达到 超过 不得 不能 不要 不用 不予 无需 不必 不许 不可 不准"))
LIGHT_EN = frozenset(stem(word) for word in re.findall(
    r"\S+",
    "a an the and or but of to in on at by for from with as is are was were be been being am it its this that these "
    "those there here he she they them their his her you your yours we our us i my me who whom whose which what when "
    "where why how if then than so such do does did done have has had having can could may might must shall should "
    "will would not no never nor none cannot get gets got give gives given take takes taken make makes made go goes "
    "come comes also only just even still too very about into onto out up down over under off all any each every some "
    "both either neither one ones other another more most less least again ask say says tell call need needs use uses "
    "used let please per via within without until till unless except because while after before during between "
    "following follows follow becomes become put puts keep keeps s t don doesn want whoever age aged caller"))

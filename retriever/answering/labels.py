"""What people call the features, stages and reasons that an explanation speaks of, in Chinese and English.

One table for the shell, the pages and the report of failures. A name that is not in it is shown as it is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

LABELS: Mapping[str, tuple[str, str]] = {
    # a candidate's
    "words": ("用词", "words"),
    "vectors": ("意思", "meaning"),
    "article_words": ("全文用词", "words of the article"),
    "article_vectors": ("全文意思", "meaning of the article"),
    "same_language": ("语言相同", "same language"),
    "sum": ("初排分", "first score"),
    "in_title": ("标题里的问题用词", "question's words in the title"),
    "in_nearest": ("小标题里的问题用词", "question's words in the heading"),
    "in_dialogue": ("段落说到的问题用词", "question's words in the passage"),
    "run_unit": ("用词连在一句里", "words together in a sentence"),
    "rest_unit": ("一句里说到标题以外的用词", "words beyond the headings in a sentence"),
    "depth": ("小标题层级", "depth below headings"),
    "asked_heading": ("小标题正问此事", "heading asks the same"),
    "known": ("已知问法", "known questions"),
    "within_article": ("条目内次序", "order within the article"),
    # a sentence's or row's
    "passage_rank": ("读句前的段落名次", "place of its passage before reading"),
    "passage_behind": ("读句前落后首选段落", "distance behind the first passage before reading"),
    "with_lead": ("连引语的问题用词", "question's words, with lead-in"),
    "with_all": ("连标题的问题用词", "question's words, with headings"),
    "of_best": ("与用词最多一句之比", "words, beside the best sentence"),
    "rest_of_best": ("标题以外的用词，与最多一句之比", "words beyond the headings, beside the best sentence"),
    "own_named": ("句中被问到的部分", "share of it that is asked for"),
    "wanted": ("给出所问的一类", "gives the kind asked for"),
    "fact_wanted": ("给出所问的事实", "gives the fact asked for"),
    "list_wanted": ("列出所问的各项", "lists what is asked for"),
    "other_wanted": ("说明所问的缘由、办法等", "tells the reason, way or rule asked for"),
    "repeats": ("只是重复问题", "only repeats the question"),
    "says_little": ("几乎没有新内容", "says next to nothing new"),
    "no_end": ("像标签，不成句", "a label more than a sentence"),
    "before_named": ("前一句重复问题", "follows one that repeats the question"),
    "length": ("句长", "length"),
    "new_words": ("问题里没有的词", "words not in the question"),
    "is_row": ("表格的一行", "row of a table"),
    "asked_lead": ("上一句是问句", "follows a question"),
    "opens": ("引出下文", "opens what follows"),
    "asks": ("本身是问句", "is a question"),
    "is_first": ("段落首句", "first of its passage"),
    "before": ("前一句相关", "sentence before it"),
    "after": ("后一句相关", "sentence after it"),
    "nearest_named": ("小标题被问到", "heading is asked for"),
    "refers": ("指向另一条目", "refers to another article"),
    "has_figure": ("有数字", "has a figure"),
    # confidence
    "cosine": ("首选段落的意思", "meaning of the first passage"),
    "gap": ("领先别的条目", "lead over other articles"),
    "margin": ("意思上的领先", "lead in meaning"),
    "said": ("引文说到的问题用词", "question's words in the quotes"),
    # confidence where a reader read
    "by_reading": ("阅读后的次序", "order after reading"),
    "margin_passage": ("读到首选段落能回答", "first passage answers, as read"),
    "margin_unit": ("读到最像回答的一句", "likeliest sentence, as read"),
    "margin_said": ("读到所引各句", "quoted sentences, as read"),
    "margin_gap": ("领先下一段", "lead over the next passage"),
    "margin_elsewhere": ("别的条目也像能回答", "another article seems to answer"),
    "margin_score": ("首选段落的检索分", "search score of the first passage"),
    "margin_lead": ("检索分领先别的条目", "lead over other articles in search"),
    "margin_above": ("首选段落的意思比其余的近多少", "meaning of the first passage beside the others'"),
    "margin_sum": ("首选段落的初选分", "score of the first passage when proposed"),
    "margin_length": ("引文长短", "length of the quotes"),
    # stages
    "catch_up": ("跟上发布", "catch up"),
    "understand": ("理解", "understand"),
    "propose": ("初选", "propose"),
    "authority": ("核对", "authority"),
    "rank": ("排序", "rank"),
    "read": ("读句", "read"),
    "reader": ("阅读", "reader"),
    "evidence": ("选句", "evidence"),
    "verify": ("校验", "verify"),
    "differing": ("查不同说法", "what differs"),
    "record": ("记录", "record"),
}

_SHORT: Mapping[str, tuple[str, str]] = {
    "cosine": ("首选段落的意思也不够近", "even the first passage is not near in meaning"),
    "gap": ("{rival}几乎同样合适", "{rival} fits nearly as well"),
    "margin": ("{rival}的意思几乎同样近", "{rival} is nearly as near in meaning"),
    "said": ("引文未涉及问题里的{words}", "the quotes do not say the question's {words}"),
    "in_dialogue": ("首选段落未涉及问题里的全部用词", "the first passage does not say all that was asked"),
    "margin_passage": ("读下来首选段落不像在回答", "as read, the first passage hardly answers"),
    "margin_unit": ("读下来没有一句像回答", "as read, no sentence is likely to be the answer"),
    "margin_said": ("所引的句子读来不太像回答", "as read, the quoted sentences hardly answer"),
    "margin_gap": ("下一段几乎同样合适", "the next passage fits nearly as well"),
    "margin_score": ("首选段落与问题相符不多", "the first passage has little in common with the question"),
    "margin_lead": ("{rival}几乎同样合适", "{rival} fits nearly as well"),
    "margin_above": ("许多段落的意思差不多近", "many passages are about as near in meaning"),
    "margin_sum": ("首选段落在初选里得分不高", "the first passage scored low when proposed"),
}
_STRONG: Mapping[str, tuple[str, str]] = {
    "cosine": ("首选段落意思很近", "the first passage is near in meaning"),
    "gap": ("明显领先别的条目", "it is well ahead of other articles"),
    "margin": ("意思比别的条目更近", "its meaning is nearer than that of other articles"),
    "said": ("引文说到了问题里的词", "the quotes say the question's words"),
    "in_dialogue": ("段落说到了问题里的词", "the passage says the question's words"),
    "margin_passage": ("读下来首选段落正在回答", "as read, the first passage answers"),
    "margin_unit": ("有一句读来就是回答", "as read, one sentence is the answer"),
    "margin_said": ("所引的句子读来都在回答", "as read, the quoted sentences answer"),
    "margin_gap": ("明显比下一段合适", "it fits far better than the next passage"),
    "margin_score": ("首选段落与问题很相符", "the first passage has much in common with the question"),
    "margin_lead": ("明显领先别的条目", "it is well ahead of other articles"),
    "margin_above": ("首选段落的意思比其余的近", "the first passage is nearer in meaning than the others"),
    "margin_sum": ("首选段落在初选里得分高", "the first passage scored high when proposed"),
}
# What a reader makes of a passage and of a unit, from these logits on.
_ANSWERS: Sequence[tuple[float, tuple[str, str]]] = (
    (1.0, ("能回答", "answers")), (-1.0, ("也许能回答", "may answer")), (-math.inf, ("不像在回答", "hardly answers")))
_NEARLY = 1.5  # logits below what is marked
_PART = {"marked": ("像是答案", "likely part of the answer"), "near": ("接近答案", "nearly part of the answer"),
         "other": ("不是答案", "no part of the answer")}
_NO_RIVAL = ("另一条目", "another article")
_NO_WORDS = ("一些词", "words")


def label(name: str, lang: str) -> str:
    """The name of a feature or stage for people; ``lang`` is zh or en."""
    return LABELS[name][lang != "zh"] if name in LABELS else name


def passage_as_read(logit: float, lang: str) -> str:
    """In words, whether a passage answers, as its reader has it."""
    return next(words for least, words in _ANSWERS if logit >= least)[lang != "zh"]


def unit_as_read(logit: float, threshold: float, lang: str) -> str:
    """In words, whether a unit belongs to the answer, as its reader has it; it is marked from ``threshold`` on."""
    name = "marked" if logit >= threshold else "near" if logit >= threshold - _NEARLY else "other"
    return _PART[name][lang != "zh"]


# What a question may demand in so many words (retriever.question.demands).
_DEMANDED = {"money": ("金额", "sum"), "price": ("价钱", "price"), "time": ("时限", "time"),
             "number": ("电话号码", "number"), "hour": ("钟点", "hour"), "papers": ("材料", "papers")}


def verdict(reason: str | None, value: float, threshold: float, *, short: Sequence[str], strong: Sequence[str],
            missing: Sequence[str], rival: str, unnamed: str = "", untold: Sequence[str] = ()) -> dict[str, str]:
    """One sentence in each language on why there is an answer, or none.

    ``short`` and ``strong`` are features below and above what right answers usually have, the weightiest first.
    ``unnamed`` is the thing of the question that the article never names, ``untold`` what it demands and is not told.
    """
    return {lang: _verdict(i, reason, value, threshold, short, strong, missing, rival, _beside(i, unnamed, untold))
            for i, lang in enumerate(("zh", "en"))}


def _beside(i: int, unnamed: str, untold: Sequence[str]) -> list[str]:
    """What is short beside the features, in words."""
    kinds = ("、", ", ")[i].join(dict.fromkeys(_DEMANDED[kind][i] for kind in untold))
    return [*([(f"条目没有提到“{unnamed}”", f'the article never names "{unnamed}"')[i]] if unnamed else []),
            *([(f"引文里没有问到的{kinds}", f"the quote does not tell the {kinds} asked for")[i]] if kinds else [])]


def _verdict(i: int, reason: str | None, value: float, threshold: float, short: Sequence[str], strong: Sequence[str],
             missing: Sequence[str], rival: str, beside: Sequence[str]) -> str:
    if reason == "nothing_found":
        return ("没有找到任何条目。", "No article was found.")[i]
    if reason == "no_evidence":
        return ("找到了条目，但没有一句可以引用。", "Articles were found, but no sentence that can be quoted.")[i]
    other = (f"“{rival}”" if i == 0 else f'"{rival}"') if rival else _NO_RIVAL[i]
    quoted = "".join(f"“{w}”" for w in missing) if i == 0 else ", ".join(f'"{w}"' for w in missing)
    words = quoted or _NO_WORDS[i]
    lacks = list(beside) or [_SHORT[name][i].format(rival=other, words=words) for name in short
             if name in _SHORT and not (name == "in_dialogue" and "said" in short)]  # nearly the same
    has = [_STRONG[name][i] for name in strong if name in _STRONG and not (name == "in_dialogue" and "said" in strong)]
    comma, semicolon, but, end = (("，", "；", "，但", "。"), (", ", "; ", ", but ", "."))[i]
    if reason is None:
        said, parts = ("有把握", "Confident")[i], comma.join(has)
        compared = ("{:.2f}，门槛 {:.2f}", "{:.2f}, at least {:.2f} is needed")[i]
    else:
        said = ("把握不足", "Not confident enough")[i]
        parts = but.join([*has[:1], semicolon.join(lacks)] if lacks else has[:1])
        compared = ("{:.2f}，不到 {:.2f}", "{:.2f}, below {:.2f}")[i]
    opening, closing = ("（", "）") if i == 0 else (" (", ")")
    if f"{value:.2f}" == f"{threshold:.2f}":  # that one is below the other must be seen
        compared = compared.replace(".2f", ".4f")
    figures = opening + compared.format(value, threshold) + closing
    if reason is None and lacks and not has:
        return f"{said}{figures}{but}{lacks[0]}{end}"
    return f"{said}{figures}{('：', ': ')[i]}{parts}{end}" if parts else f"{said}{figures}{end}"

"""What a check found, in words: one sentence a finding, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping

from kb.articles.writing.check_report import Finding

KINDS: Mapping[str, tuple[str, str]] = {
    "lost": ("原来能答，改后可能答不全或答不了", "Perhaps no longer answered, or only in part"),
    "changed": ("答案可能会变", "Perhaps answered otherwise"),
    "gained": ("原来答不了，改后也许能答", "Perhaps answered at last"),
    "reference": ("链接有误", "Broken references"),
    "title": ("标题重复", "The same title twice"),
    "basis": ("政策依据", "Basis"),
    "reading": ("不易读懂", "Hard to read"),
    "hidden": ("页面上不显示的文字", "Words that no page shows"),
}
WORDS: Mapping[str, tuple[str, str]] = {
    "lost_all": ("原来据以答复的内容已删去。", "What answered is gone."),
    "lost_part": ("原来据以答复的内容少了：{was}。", "A part of what answered is gone: {was}."),
    "lost_audience": ("草稿改为仅供内部使用，市民将查不到。", "The draft is internal: citizens get no answer."),
    "changed_figure": ("数字由“{was}”改为“{now}”。", "A figure changes from “{was}” to “{now}”."),
    "changed_negation": ("可否、应否的说法变了：原为“{was}”，现为“{now}”。",
                         "What may or must be done changes: “{was}” becomes “{now}”."),
    "changed_condition": ("条件、限度变了：原为“{was}”，现为“{now}”。",
                          "A condition or limit changes: “{was}” becomes “{now}”."),
    "changed_heading": ("内容未变，但所在的标题或引导语由“{was}”变为“{now}”。",
                        "The same words now stand below “{now}”, no longer below “{was}”."),
    "gained": ("新增内容也许能答复这个问题。", "What is new may answer this question."),
    "reference_missing": ("链接的知识条目 {target} 不存在。", "The link leads to {target}, which is not there."),
    "reference_retired": ("链接的知识条目 {target} 已停用。", "The link leads to {target}, which is retired."),
    "reference_section": ("知识条目 {target} 里没有“{section}”这一节。", "{target} has no section “{section}”."),
    "title_twin": ("本部门的知识条目 {target}（{url}）标题也是“{title}”，查的人分不清，请改写标题或并入该条目。",
                   "{target} ({url}) of the same department is called “{title}” too: nobody can tell which is meant."),
    "basis_missing": ("没有填写政策依据。", "No basis document is named."),
    "basis_unlisted": ("正文引用了 {number}，政策依据中未列出。",
                       "The text cites {number}, which the basis does not list."),
    "reading_long": ("这句话有 {size} 字，超过 {limit} 字，念给来电人不易听懂，建议拆开。",
                     "This sentence has {size} words, more than {limit}: too long to follow when it is read out."),
    "reading_nested": ("这句话里有 {count} 层条件，建议分条列出。",
                       "This sentence holds {count} conditions: a list would be easier to follow."),
    "reading_negations": ("这句话里有 {count} 处否定，建议改为正面说法。",
                          "This sentence denies {count} times: say what holds instead."),
    "hidden_comment": ("注释“{words}”在页面上不显示，但一直留在原文里，请删去。",
                       "The comment “{words}” is on no page, and stays in the text: remove it."),
    "hidden_element": ("“{words}”想要隐藏，实际会连同标记一起显示，请删去。",
                       "“{words}” asks to be hidden and is shown, its mark too: remove it."),
}


def said(finding: Finding, lang: str) -> str:
    """The finding as a sentence, ``zh`` or ``en``; one that a later release knows is named as it is."""
    words = WORDS.get(finding.message)
    if words is None:
        return finding.message
    facts = dict.fromkeys(("was", "now", "target", "section", "number", "size", "count", "limit", "words",
                           "title", "url"), "")
    return (words[0] if lang == "zh" else words[1]).format(**{**facts, **finding.facts})


def kind_said(finding: Finding, lang: str) -> str:
    """The name of its kind."""
    return KINDS[finding.kind.value][lang != "zh"]

"""What an answer in the shell says beside the text itself, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, tuple[str, str]] = {
    "answered": ("有把握", "Confident"), "check": ("请核对", "Check first"),
    "unknown": ("暂无可靠依据", "No reliable answer"),
    "not_known": ("知识库暂无可靠依据，不能直接答复。",
                  "Not known: the knowledge base has no reliable answer to this."),
    "not_known_for": ("知识库里没有“{what}”的内容。", 'Nothing is known for "{what}".'),
    "ended": ("“{title}”的规定到 {day} 为止，现已停止执行：", '"{title}" was in force until {day} and has ended:'),
    "language": ("另一种语言的条目“{title}”说到这件事：", 'A text in the other language speaks of it, "{title}":'),
    "choices": ("请核对：可能是下面的段落，先读原文再答复。",
                "Not sure: it is probably one of these. Read it before you answer."),
    "nearest": ("相近的段落（未核实）：", "Closest passages (not checked):"),
    "ask": ("请咨询：", "Ask: "), "next": ("接着常问：", "Related: "), "section": ("所在段落：", "From: "),
    "as_of": ("按 {day} 有效的规定", "rules as of {day}"),
    "read_as": ("“{words}”按 {time} 理解，以下是那时的规定；要看今天的规定，加 --ignore-time。",
                '"{words}" was read as {time}, and answered by the rules of that time; --ignore-time answers by '
                "today's."),
    "no_rule_of": ("“{words}”（{time}）的规定没有查到，按今天的规定查找。",
                   'Nothing is known of "{words}" ({time}): looked up in today\'s rules.'),
    "from_on": ("{first} 以后", "{first} and later"), "from_to": ("{first} 至 {last}", "{first} to {last}"),
    "valid": ("{first} 起", "from {first}"), "valid_until": ("{first} 至 {last}", "{first} to {last}"),
    "rules": ("您说的时间里规定有过变化，分段如下：", "The rule changed within that time. Each, with its dates:"),
    "rule": ("只查到其中一段时间的规定：", "A rule was found for part of that time only:"),
    "districts": ("各区县规定不同：以下是{given}的规定，{others}另有规定。请先问清是哪个区县。",
                  "It differs by district: this is the rule of {given}, and there is another for {others}. Ask which "
                  "district it is for."),
    "districts_apart": ("各区县规定不同（{others}）。请先问清是哪个区县。",
                        "It differs by district ({others}). Ask which district it is for."),
    "new_topic": ("已按新问题处理，未结合上文。", "Read as a new question, without what was said before."),
    "spelling": ("“{typed}”可能是“{corrected}”，已一并查找。", '"{typed}" may mean "{corrected}": both were searched.'),
    "differs": ("⚠ 另一条目说法不一致：“{text}”", '⚠ Another article says otherwise: "{text}"'),
    "differs_advice": ("  请向市民说明两处不一致，并向责任部门核实后再答复。",
                       "  Tell the caller that the texts differ, and ask the department before you rely on either."),
    "internal": ("内部口径，不对外", "internal: not for citizens"),
    "to_be_told_apart": ("说法不一，请核实", "Texts differ: to be checked"),
    "steps": ("第 {members} 步，共 {total} 步", "Steps {members} of {total}"),
    "items": ("这是清单的一部分：第 {members} 项，共 {total} 项", "Part of a list: items {members} of {total}"),
    "rows": ("这是表格的一部分：第 {members} 行，共 {total} 行", "Part of a table: rows {members} of {total}"),
    "text": ("只引了原文的一部分：{total} 字中的 {said} 字", "Part of the text only: {said} of {total} characters"),
    "figures": ("把握 {confidence:.2f} · {reader} · {took_ms:.0f} ms", "confidence {confidence:.2f} · {reader} · "
                                                                      "{took_ms:.0f} ms"),
    "no_reader": ("未经阅读", "not read"),
}
DEGRADED: Mapping[str, tuple[str, str]] = {
    "question_cut": ("问题太长，只用了开头和结尾。", "The question is long: only its beginning and its end were used."),
    "dialogue_cut": ("只结合了最近的对话。", "Only the latest part of the conversation was taken into account."),
    "spelling_cut": ("只检查了一部分文字的错别字。", "Only part of the text was checked for typing errors."),
    "words_only": ("向量模型不可用：只按用词检索。", "The embedding model is down: words alone were searched."),
    "vectors_pending": ("条目的语义向量还在计算：结果暂时不全。",
                        "The vectors of some texts are still being computed: what is found is not all yet."),
    "plain_search": ("部分检索不可用：用的是较简单的检索。", "Part of the search is down: a simpler one was used."),
    "no_reader": ("没有阅读模型可用：请核对原文。", "No reader could read the passages: check the text."),
    "reader_down": ("首选的阅读模型不可用：由另一个代读。", "The first reader is down: another one read instead."),
    "reading_cut": ("机器繁忙，只读了一部分段落：请核对原文。",
                    "The machine is busy: only some passages were read. Check the text."),
    "rules_cut": ("那段时间里规定改过多次，只列最近几次。",
                  "The rule changed many times within that time: only the latest are told."),
    "index_behind": ("最新的修改还检索不到。", "The latest changes cannot be searched yet."),
    "not_recorded": ("这次问答没有记录下来。", "This question and its answer could not be recorded."),
}

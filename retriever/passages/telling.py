"""What stands in a text and says nothing: "本节说明…" under that heading, "详见下文", "to be added".

A section of nothing else is as empty as one without a line, and may answer no question: what it announces is missing.
A sentence that states a figure, a condition or a duty tells something, however it begins.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from retriever.language.analysis import normalise

_ANNOUNCES_ZH = re.compile(
    r"(?:本|该|这一?|以下)(?:节|章|条|款|部分|栏目?|段|页|文|篇|表|条目)(?:内容)?(?:主要|将|用来|用于|旨在|是)?"
    r"(?:说明|介绍|规定|列出|列明|列举|讲|阐述|描述|明确|关于|告诉|汇总|收录|给出|解释)(?:了|的是|如何"
    r"|怎样)?(?P<what>[^,，。:：;；]{1,30})")
_ANNOUNCES_EN = re.compile(
    r"(?:this|the following|the) (?:section|chapter|part|page|clause|article|paragraph|table)(?: below)? "
    r"(?:explains|describes|sets out|covers|is about|lists|deals with|gives|outlines|tells you|shows|contains"
    r"|provides|states|summari[sz]es)(?P<what>[^,.:;]{1,90})")
# A whole sentence that only points elsewhere in the text, or says that the text is still to be written.
_POINTS = re.compile(
    r"(?:具体|详细)?(?:内容|情况|规定|说明)?(?:请)?(?:详?见|参见|参阅|同)(?:下文|下表|下述|下方|下面|下|上文|上表"
    r"|上述|上|后文|后)"
    r"|(?:具体)?(?:内容|说明|规定|本节|本条|此处|此项)?(?:如下|略|从略|待定|待补充?|待完善|待更新|待公布|待编写"
    r"|待确认|暂缺|编辑中|整理中|更新中|建设中"
    r"|正在(?:编辑|整理|更新|建设|完善|编写)(?:中)?|(?:尚未|还没)(?:编写|填写|整理|补充)|敬请期待|占位|示例文字|空)"
    r"|(?:please )?(?:see|read) (?:below|above|the (?:next|following) section)"
    r"|(?:details |more |text |content |information )?(?:will |is |are |still |yet )*(?:to be |be )?"
    r"(?:added|written|confirmed|completed|supplied|announced|updated|determined|published|follow)"
    r"(?: later| soon| here| shortly)?|coming soon|under construction|work in progress|tb[acd]|placeholder"
    r"|lorem ipsum.*|as follows")
_DUTY = re.compile(r"\d|[一二两三四五六七八九十百千]+[个天日月年元岁次人份张件]|应当?|必须|不得|可以|不能|禁止|须"
r"|免费|\b(?:must|may not|cannot|shall)\b")
_LIGHT = re.compile(r"的|和|与|及|以及|有关|相关|具体|主要|各项|情况|内容|规定|办法|事项|要求|说明|等|\b(?:the|of"
r"|and|a|an|for|to|in|on|how|what|you|your|is|are|about"
                    r"|details?|rules?|this|who|when|where|which)\b")
_MARKS = re.compile(r"[\W_]+")
_SHARE = 0.7  # of what is announced that the headings say already
# What any of these sentences holds, to be looked for before anything is parsed.
_MAYBE = re.compile(
    r"[本该这下](?:一)?(?:节|章|条|款|部分|栏|段|页|文|篇|表)|[详参]见|见[上下后]|[如从]下|略|待|暂缺"
    r"|[辑理新设完善]中|正在|尚未|敬请|占位"
    r"|\b(?:section|chapter|part|page|clause|article|paragraph|table|below|above|to be|tb[acd]|soon|construction"
    r"|progress|placeholder|lorem|follows?|added|announced|later)\b", re.IGNORECASE)


def may_tell_nothing(source: str) -> bool:
    """Whether some sentence of a text may say nothing; a quick look."""
    return _MAYBE.search(source) is not None


def tells(text: str, headings: Sequence[str]) -> bool:
    """Whether a sentence, as shown, says anything that the ``headings`` above it (the title among them) do not."""
    said = normalise(text).strip(" 。.!！:：()（）[]【】…-—")
    if not said:
        return False
    announces = _ANNOUNCES_ZH.fullmatch(said) or _ANNOUNCES_EN.fullmatch(said)
    if announces is None:
        return _POINTS.fullmatch(said) is None
    what = announces["what"]
    if _DUTY.search(what):
        return True
    return _share_in(what, normalise(" ".join(headings))) < _SHARE


def _share_in(what: str, above: str) -> float:
    """The share of the words (of Chinese, characters) of ``what`` that stand in ``above``."""
    words = _MARKS.sub(" ", _LIGHT.sub(" ", what))
    units = words.split() if words.isascii() else list(words.replace(" ", ""))
    if not units:
        return 1.0
    held = [u for u in units if (u[:4] in above if words.isascii() else u in above)]
    return len(held) / len(units)

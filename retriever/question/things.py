"""What a short question is about: the thing that it names first (养猫罚多少, 地铁几点末班车, the museum's hours).

A text is near to a question that is worded like those it answers, whatever it is about: the timetable of the ferries to
who asks for the last metro. The reader sees the pattern too and is sure of it. So where a text never names the thing,
under whichever name, what it says is no sure answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kb.markup.language import language
from retriever.language.analysis import Analyser, normalise, stem

_LONGEST, _LONGEST_EN = 14, 60  # characters of a question that is about one thing; a longer one tells a story
_CLAUSES = re.compile(r"[,，、。;；:：!！?？]\s*\w")
_NOUN = frozenset({"n", "nz", "nr", "nrt", "vn", "l", "an", "j", ""})  # the segmenter's tags
_PAPER = re.compile("(?:证明?|卡|执照|牌照|牌|本|簿)$")
_TAIL = frozenset(("证", "卡", "牌", "照", "本", "费", "馆", "站"))  # of a thing whose name the dictionary has not
# Who asks or for whom, where it is, and words that no question is about.
_NO_THING = re.compile(
    "^[几数多两办]|[了着过]$|[爸妈爹娘爷奶公婆哥姐弟妹儿女孙孩娃姨舅叔姑]|(?:人|员|生|户|者|士|民|工|兵|家长|老板|师傅|司机|朋友|同事|邻居|房东|租客"
    "|住家|老伴|家属|双胞胎|夫妻|两口|汉)$|[市县区镇乡村街路省港岛州]$|时间|时候|小时|电话|号码|部门|单位|地方|地址|窗口|网上|手机|材料|东西"
    "|手续|流程|过程|条件|标准|费用|价格|价钱|原因|办法|问题|情况|事情|规定|政策|要求|期限|次数|家里|公家|政府|国家|怎么|多少|什么"
    "|哪里|哪些|需要|可以|能不能|会不会|是不是")
# An English question's thing stands behind an article or before what is asked of it; up to three words.
_THING_EN = re.compile(
    r"\b(?P<of>[a-z]{3,})(?='?s? (?:prices?|fees?|charges?|costs?|tickets?|fines?|hours|times|timetable|licen[cs]e"
    r"|permit)\b)"
    r"|(?<!\bin )(?<!\bat )(?<!\bon )(?<!\bto )(?<!\bfrom )(?<!\boff )\b(?:an?|the|my|our)\s+"
    r"(?P<noun>[a-z]{3,}(?: [a-z]{3,}){0,2})")
_NO_THING_EN = frozenset((
    "they", "you", "she", "this", "that", "the", "and", "for", "with", "from", "when", "what", "how", "who", "long",
    "much", "many", "last", "first", "next", "new", "old", "own", "due", "same", "other", "right", "best", "latest",
    "correct", "opening", "open", "closing", "price", "prices", "fee", "fees", "cost", "costs", "fine", "charge",
    "hours", "times", "time", "day", "days", "week", "month", "year", "number", "phone", "office", "documents",
    "papers", "rule", "rules", "maximum", "minimum", "age", "limit", "deadline", "address", "way", "process",
    "procedure", "steps", "city", "town", "public", "late", "per", "any", "wife", "husband", "son", "daughter",
    "child", "kids", "mother", "father", "mum", "dad", "friend", "boss", "neighbour", "neighbor", "landlord", "one",
    "two", "three", "refund", "copy", "replacement", "appointment", "application", "tenant", "employer", "family",
    "parents", "person", "people", "foreigner", "student"))
_ENDING = re.compile("(?<=..)[子儿]$")
_SIZES = frozenset("大小新旧老")
_HALF = 3  # characters of a name that is one word; a longer one is two
_STEM = 5  # characters of an English word that its forms share


@dataclass(frozen=True, slots=True)
class Thing:
    """What a question is about, normalised; its other names; and the nouns beside it, which a text may answer to."""

    name: str
    others: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

    @classmethod
    def of(cls, question: str, analyser: Analyser) -> Thing | None:
        """The thing; None where the question is long, has several clauses, or names none that is known for one."""
        text = normalise(question)
        is_english = language(text) == "en"
        if len(text) > (_LONGEST_EN if is_english else _LONGEST) or _CLAUSES.search(text):
            return None
        name, *beside = [_thing_en(text)] if is_english else _things_zh(text, analyser) or [""]
        others = (other for one in analyser.named(text) if name in one.name or one.name in name for other in one.others)
        return cls(name, tuple(dict.fromkeys(others)), tuple(beside)) if name else None

    def is_named_in(self, text: str) -> bool:
        """Whether a text names it, or what is named beside it."""
        text = normalise(text)
        return any(name in text for name in (*self._own(), *self.others, *self.beside))

    def _own(self) -> list[str]:
        """What of its name stands for it: the beginning of a word, the end of 小车, 树叶 of 树叶子, either half of
        初中语文."""
        if self.name.isascii():
            return [stem(word)[:_STEM] for word in self.name.split()]
        name = _ENDING.sub("", self.name)
        if len(name) > _HALF:
            return [name[:_HALF - 1], name[1 - _HALF:]]
        return [name[1:] if len(name) == 2 and name[0] in _SIZES else name]


def _things_zh(text: str, analyser: Analyser) -> list[str]:
    found: list[str] = []
    before = ""
    words = analyser.tagged(text)
    for (word, kind), (following, _) in zip(words, [*words[1:], ("", "")], strict=True):
        is_noun = len(word) > 1 and ((kind in _NOUN and analyser.is_word(word))
                                     or (len(word) > 2 and _PAPER.search(word) is not None))
        thing = word + following if following in _TAIL and len(word) > 1 else word
        is_apart = before not in ("m", "p")  # not in 第二 | 套房, 在 | 菜市场
        if is_noun and is_apart and (thing != word or not _NO_THING.search(word)):
            found.append(thing)
        before = kind
    return found


def _thing_en(text: str) -> str:
    for match in _THING_EN.finditer(text):
        words = [word for word in (match["of"] or match["noun"]).split() if word not in _NO_THING_EN]
        if words:
            return " ".join(words)
    return ""

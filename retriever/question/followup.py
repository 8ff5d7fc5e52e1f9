"""A follow-up in full words: 护照呢 after 身份证丢了补办多少钱 is 护照丢了补办多少钱, as callers mean it.

A follow-up that names an aspect and nothing else is asked of what the dialogue is about, whose own asking words are
left out, for they would ask for another kind of thing. One that names another thing of the kind takes the place of the
thing named before, where that is beyond doubt. A remark or a condition (塌了呢) is put after what was asked. All else
stands as it is, and is read with the turns before it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from retriever.language.analysis import Analyser, normalise
from retriever.question import aspects
from retriever.question.budget import Size, end

_MOST_TURNS = 8  # earlier turns that are looked at, the newest
_THING = 12  # characters of another thing of the kind
_ONE_THING: Size = (20, 70)  # of a question that names one thing
_BEFORE: Size = (100, 300)  # that what was said before may have in the question, its end

_ANOTHER = re.compile(r"(?:那么?|嗯|哦|好的?|还有|另外|换成|换做|\W)*+(?P<thing>[^\W_]{1,12}?)的?呢\W*")
_CONDITION = re.compile(r"[^\W_]{1,12}(?:呢|的话)\W*|(?:要是|如果)[^\W_]{1,12}")
_VERB = re.compile(
    "(?:我?想|我要|要|去)?(?:申请|办理?|补办?|买|领|坐|交|查|考|开|报|换|退|装)(?:一?[台个本张辆]|新)?")
_KEPT_AS = re.compile("(?:我?想|我要|要)?养(?:一?[只条个])?")  # what is done with that kind of thing alone
_PERSON = re.compile("居民|职工|学生|妈|爸|爹|娘|爷|奶|儿|女|孩|娃|人|老公|老婆|[我你他她亲员哥姐弟妹户工]|生$")
_NO_THING = re.compile(
    r"加急|特急|急件|邮寄|快递|代办|上门|异地|跨省|外地|丢失|遗失|过期|周末|节假日|晚上|"  # in which way, or when
    r"[了过着不没要是有能会在去几哪啥谁什怎一二两三四五六七八九十呢\d]|多少|时候|以后|之后|的话|如果|假如")
# The segmenter's tags; it knows none of the words that a city's titles and lexicon add, which name things.
_NOUN = frozenset({"n", "j", "nz", "vn", "nt", "nr", "ns", "nrt", "l", "nrfg", "an", "eng", ""})
_GENERAL = frozenset({  # nouns that no question is about by themselves
    "国家", "规定", "政策", "家里", "标准", "第一", "首次", "头一回", "问题", "事情", "情况", "东西", "地方", "单位",
    "部门", "银行", "补贴", "补助", "优惠", "平米"})

_ANOTHER_EN = re.compile(
    r"\W*(?:(?:and|ok|okay|so|well|then|but|yes|no|thanks)\W+)*(?:what about|how about|what of|and|same for|and for"
    r"|and with|or|what if it(?:'s| is))\s+(?:for\s+|with\s+)?"
    r"(?P<thing>(?:(?:an?|the|my|our|his|her|their)\s+)?[a-z][\w'-]*(?:\s+[a-z][\w'-]*){0,2})\W*")
_DETERMINER = re.compile(r"\b(?:an?|the|my|our|your|his|her|their|new)\s+")
_FOR_EN = re.compile(r"\bfor\b")
# Whom or what a question is asked for, at its end or before a comma: a determiner and up to three words.
_FOR_WHOM_EN = re.compile(
    r"\bfor (?P<whom>(?:an?|my|our|his|her|their|one) [a-z][\w'-]*(?: [a-z][\w'-]*){0,2})(?=\W*$|,)")
_WORD = re.compile(r"[a-z][\w'-]*")
_STOP_EN = frozenset(re.findall(_WORD, """
    is are was were be been do does did to for in on at of and or that who which when if get cost costs take takes will
    would can could have has had with from by about after before as not just into onto over under out up down off so
    than then there here"""))
_NO_THING_EN = frozenset(re.findall(_WORD, """
    fee fees cost price charge deadline rule rules papers documents paperwork way time people city office form person
    month year day week money number same other rest blue red green cheaper tomorrow today tonight weekend christmas
    monday tuesday tuesdays saturday saturdays sunday sundays half whole
    mother father mom dad son daughter kid kids child children wife husband sister brother aunt uncle grandson family
    granddaughter neighbor neighbour neighbors parents baby friend boy girl landlord tenants boss"""))


def rewritten(text: str, earlier: Sequence[str], analyser: Analyser) -> str | None:
    """The question in full words, normalised; None where it stands alone or is read best as it is.

    ``earlier`` are the caller's turns before it, oldest first.
    """
    state = ""
    for turn in earlier[-_MOST_TURNS:]:
        state = _after(normalise(turn).strip(), state, analyser)
    return _in_full(normalise(text).strip(), state, analyser)


def names_a_thing(text: str) -> bool:
    """Whether a Chinese text puts one word for a thing where nothing says what it stands for ("轮渡呢")."""
    text = normalise(text).strip()
    match = None if text.isascii() or aspects.is_aspect(text) else _ANOTHER.fullmatch(text)
    return match is not None and _is_thing(match["thing"])


def is_remark(text: str) -> bool:
    """Whether a few words ask nothing, so that they say something of what was asked before."""
    return aspects.is_remark(normalise(text))


def _after(turn: str, state: str, analyser: Analyser) -> str:
    """What the dialogue is about after this turn: an aspect leaves it, and so does who stands in the way; a question
    that stands alone is all of it."""
    if state and (aspects.is_aspect(turn) or aspects.is_hindrance(turn)):
        return state
    full = _in_full(turn, state, analyser)
    if full is not None:
        return full
    return turn if not state or aspects.stands_alone(turn) else end(f"{state} {turn}", _BEFORE)


def _in_full(text: str, state: str, analyser: Analyser) -> str | None:
    if not state or not text or text.isascii() != state.isascii():
        return None
    if aspects.is_aspect(text):
        subject = aspects.subject(state)
        return f"{end(subject, _BEFORE)} {text}" if subject else None
    thing = _another(text, analyser)
    replaced = _replaced(state, thing, analyser) if thing else None
    if state.isascii():
        replaced = _for_whom_else(text, state) or replaced
    if replaced is None and (aspects.is_remark(text) or _CONDITION.fullmatch(text)):
        return f"{end(state, _BEFORE)} {text}"
    return replaced


def _another(text: str, analyser: Analyser) -> str | None:
    """Another thing of the kind, where the text names one and nothing else."""
    match = (_ANOTHER_EN if text.isascii() else _ANOTHER).fullmatch(text)
    thing = match["thing"] if match else ""
    if text.isascii():
        words = set(_DETERMINER.sub("", thing).split())
        return thing if words and words.isdisjoint(_STOP_EN | _NO_THING_EN) else None
    if not _is_thing(thing):
        return None
    word, kind = analyser.tagged(thing)[-1]
    return thing if kind in _NOUN or (word, kind) == ("的", "uj") else None


def _is_thing(name: str) -> bool:
    return 1 < len(name) <= _THING and not _NO_THING.search(name) and not _PERSON.search(name)


def _replaced(state: str, thing: str, analyser: Analyser) -> str | None:
    """What was asked before, of this thing; None where no thing is found that it stands for beyond doubt."""
    if state.isascii():
        return _replaced_en(state, thing)
    state = aspects.plain(state)
    if len(state) > _ONE_THING[0] or "," in state:
        return None
    animal = _KEPT_AS.match(state)
    match = animal or _VERB.match(state)
    begin = until = match.end() if match else 0
    for word, kind in analyser.tagged(state[begin:]):
        if kind not in _NOUN or word in _GENERAL or _PERSON.search(word) or aspects.names_aspect(word):
            break
        until += len(word)
    if until - begin <= (animal is None):  # a word of one character is a thing only where a verb says so
        return None
    return f"{'' if animal else state[:begin]}{thing}{state[until:]}"


def _for_whom_else(text: str, state: str) -> str | None:
    """What was asked for somebody or something ("… for an adult?"), for whom the text names ("and for children?")
    instead; None where either names nobody."""
    match, asked = _ANOTHER_EN.fullmatch(text), _FOR_WHOM_EN.search(state)
    if not match or not asked or not _FOR_EN.search(text) or not _STOP_EN.isdisjoint(match["thing"].split()):
        return None
    return f"{state[:asked.start('whom')]}{match['thing']}{state[asked.end('whom'):]}"


def _replaced_en(state: str, thing: str) -> str | None:
    if len(state) > _ONE_THING[1] or not aspects.opens_with_asking(state):
        return None
    for match in _DETERMINER.finditer(state):
        words: list[str] = []
        last = match.end()
        for word in _WORD.finditer(state, match.end()):
            if word[0] in _STOP_EN or len(words) == 3 or state[last:word.start()].strip():
                break
            words.append(word[0])
            last = word.end()
        if words and _NO_THING_EN.isdisjoint(words):
            named = thing if _DETERMINER.match(thing) else f"{match[0]}{thing}"
            return f"{state[:match.start()]}{named}{state[last:]}"
    return None

"""What is seen before anything is searched: emergencies, and what is no question (greetings, thanks, "put me through").

Each has one right first line, configured with its number, and no article. An emergency's line stands above the answer,
which is looked for all the same; what is no question is not searched at all. Pure: the lines come in as
:class:`Notices`, which :func:`load_notices` reads from a file and checks whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from kb.markup.language import language
from retriever.answer import Notice
from retriever.errors import BadModel
from retriever.language.analysis import normalise
from retriever.question.alarm import Alarm
from retriever.question.asides import ASIDE, AT_RISK, BROKEN, BURNING_OR_GAS, FUMES, NOW, PAST
from retriever.question.signs import SIGNS
from retriever.records import Turn

PACKAGED = Path(__file__).with_name("notices.yaml")
NO_QUESTION = frozenset({"greeting", "thanks", "transfer"})  # kinds for which nothing is searched
EMERGENCIES = frozenset(signs.kind for signs in SIGNS)
KINDS = EMERGENCIES | NO_QUESTION
# What the vector hears as missing or drowning, and is a child's registration, or a telephone that fell into the water.
_NO_PERSON = {signs.kind: signs.aside for signs in SIGNS if signs.kind in ("missing", "drowning")}
_IN_WATER = re.compile("(?:孩子|小孩|娃|儿子|女儿|闺女|老人|学生|同学|[他她人])(?![的家])"
                       r"|\b(?:child|kid|boy|girl|son|daughter|man|woman|someone|somebody|he|she|people)\b")


LARGEST_FILE = 100_000  # bytes
LONGEST_LINE = 300  # characters: it is read out while someone waits for help
_LETTER_CHARS = 160  # what is longer is a letter, not a call: it tells what has been, unless it says that it goes on
_READ_CHARS = 1000  # of a question
_LEAST_CHARS = 6  # what has fewer says too little to be heard by its vector
_SHORT_CHARS = 40  # what has more says more than a greeting

_CLAUSE = re.compile(r"[,，.。;；:：!！?？、\n]+(?!\d)|\s{2,}|(?<=[\u4e00-\u9fff]) +(?=[\u4e00-\u9fff])")
_FILLER = re.compile(r"[\s,，.。!！?？~～、:：;；'\"“”…\-]+")


def _made_of(chinese: str, english: str, *, around: str = "") -> re.Pattern[str]:
    """Finds texts made of these words alone, among Chinese words ``around`` them.

    Of each place one word is read and no other is tried (atomic groups): a text takes linear time, however often it
    repeats them.
    """
    mixed = f"(?=.*?(?:{chinese}))(?>{chinese}|{around})+" if around else f"(?:{chinese})+"
    return re.compile(f"{mixed}|(?:{english})(?: (?:{english}))*")


_GREETING = _made_of(
    "你好|您好|喂|哈喽|哈啰|嗨|嘿|在吗|在不在|在么|有人吗|有人在吗|早上好|上午好|中午好|下午好|晚上好|早安|请问|同志|"
    "小姐|先生|客服|12345|吗|啊|呀|呢|我想问一下|我想问个事|我想咨询一下|问个事|想问个问题|"
    "听得到吗|听得见吗|我?(?:要|想|想要)?(?:投诉|举报|反映|反应)(?:一下|个|一个|一件)?(?:问题|情况|事情?)?",
    "i (?:want|would like|need|d like) to (?:complain|make a complaint|report something)|i have a complaint|"
    "hello|hi|hey|hiya|good (?:morning|afternoon|evening|day)|greetings|there|(?:is )?any(?:one|body) there|"
    "are you there|can you hear me|excuse me|i have a question|how are you|sir|madam")
_THANKS = _made_of(
    "好的?|嗯|行|哦|那|就这样|没事了|没有了|没了|知道了|明白了|清楚了|不用了|可以了|了解了|谢谢|多谢|谢了|"
    "非常感谢|感谢|太感谢|麻烦[你您]?了|辛苦|再见|拜|挂了|先这样|你|您|啊|哈|啦|了|吧|没问题",
    "ok(?:ay)?|thanks|thank you|thx|cheers|many|bye|goodbye|good bye|see you|that s all|that is all|got it|great|"
    "perfect|a lot|so much|very much|for (?:your|the) help|no more questions|nothing else|have a (?:nice|good) day|"
    "for now|again")
# of these alone, what may be the reply to an agent's question
_AFFIRMS = _made_of("好的?|嗯|行|哦|那|你|您|啊|哈|啦|了|吧|没了|没有了|没问题",
                    "ok(?:ay)?|great|many|perfect|a lot|so much|very much|again")
_TRANSFER = _made_of(
    "(?:转|接|转接|找|换|叫|要|呼叫|联系|连接|跟)(?:到|个|成)?(?:人工|真人|活人|接线员|话务员|坐席|座席|班长|领导)"
    "(?:客服|服务|坐席|座席|台|接听|说话|讲|聊)?|人工(?:客服|服务|坐席|座席|台)?|真人客服|"
    "(?:不要|不想|不|别)(?:跟|和|同|让|用)?(?:机器人?|电脑|智能客服|ai)(?:说话?|讲话?|聊天?|谈|答|接|回答)?|机器人(?:听不懂|没用|答不了)"
    "|(?:不要|别)(?:跟我|给我|老)?(?:说|讲|念)(?:机器话|废话|套话|这些|那些|稿子)",
    "(?:please |can i |could i |can you |could you |may i |i want to |i d like to |i would like to |i need to |let me |"
    "just |how do i |how can i )*(?:(?:speak|talk|transfer|connect|put|get through|switch)(?: me)?(?: through)?"
    "(?: (?:to|with))?(?: (?:a|an|the|some))?(?: (?:real|live|human))? (?:person|human|human being|agent|operator|"
    "representative|rep|someone|somebody|one|manager|supervisor|staff)|(?:live|human|real) (?:agent|person|operator)|"
    "agent|operator|representative)(?: please| now)*",
    around="嗯|哦|好的?|那个|那|我|请|麻烦|帮|给|你?能不能|能|可以|可不可以|想|要|需要|怎么|"
           "如何|一下子?|下|吧|吗|呀|啊|了|哈|呢|嘛|谢谢|你好|您好|客服|喂|快|直接")


@dataclass(frozen=True, slots=True)
class Line:
    """The configured first line of one kind, in both languages, and the number to call ("" when there is none)."""

    zh: str
    en: str
    phone: str


Notices = Mapping[str, Line]


def load_notices(*, hotline: str, file: Path | None = None) -> Notices:
    """The lines of every kind: the packaged ones, and in their place those of a city's own ``file``.

    ``hotline`` is the hotline's number. Raises BadModel naming file and kind where a file cannot be used.
    """
    lines = _read(PACKAGED, hotline)
    return {**lines, **_read(file, hotline)} if file else lines


def noticed(text: str, history: Sequence[Turn], notices: Notices) -> Notice | None:
    """What is to be said first: an emergency's line, or the reply to what is no question; None for any other question.

    An emergency may be told in two turns ("the lift has stopped", "we are still inside it"): where a question tells
    none by itself, it is read together with the caller's last words, unless these told it already.
    """
    kind = _emergency(text) or _no_question(text)
    if kind is None:
        before = next((turn.text for turn in reversed(history) if turn.role == "user"), "")
        if before and len(text) <= _SHORT_CHARS and _emergency(before) is None:
            kind = _emergency(f"{before}, {text}")
    return _notice(kind, text, notices)


def sounds_like(text: str, vector: NDArray[np.float32], alarm: Alarm, notices: Notices) -> Notice | None:
    """The line of the emergency that a question is told as, in words that no sign knows; ``vector`` is its own."""
    read = normalise(text[:_READ_CHARS])
    if len(text) < _LEAST_CHARS or _is_aside(text, read) or (BROKEN.search(read) and not AT_RISK.search(read)):
        return None
    kind = alarm.kind(vector)
    is_other = ((kind in _NO_PERSON and _NO_PERSON[kind].search(read)
                 and not (kind == "drowning" and _IN_WATER.search(read)))
                or (kind in ("fire", "gas") and FUMES.search(read) and not BURNING_OR_GAS.search(read)))
    return None if is_other and not NOW.search(read) else _notice(kind, text, notices)


def _notice(kind: str | None, text: str, notices: Notices) -> Notice | None:
    line = notices.get(kind) if kind else None
    if kind is None or line is None:
        return None
    return Notice(kind, line.zh if language(text) == "zh" else line.en, line.phone)


def _is_aside(text: str, read: str) -> bool:
    """Whether it is a letter, or about a rule or the past, and does not say that it goes on."""
    is_letter = len(text) > (_LETTER_CHARS if language(text) == "zh" else 3 * _LETTER_CHARS)
    return (is_letter or any(aside.search(read) for aside in (ASIDE, PAST))) and not NOW.search(read)


def _emergency(text: str) -> str | None:
    """The kind of emergency that a clause or two tell of, unless the question is about a rule or the past."""
    whole, text = text, normalise(text[:_READ_CHARS])
    if _is_aside(whole, text):
        return None
    clauses = [clause for clause in _CLAUSE.split(text) if clause]
    clauses += [f"{one}, {next_one}" for one, next_one in pairwise(clauses)]  # "the lift has stopped, we are inside"
    for signs in SIGNS:
        if any(signs.told.search(clause) and not signs.aside.search(clause) for clause in clauses):
            return signs.kind
    return None


def _no_question(text: str) -> str | None:
    """The kind of what is no question: the text as a whole, and nothing more, is a greeting, thanks or a transfer."""
    if len(text) > _SHORT_CHARS:
        return None
    words = _FILLER.sub(" ", normalise(text)).strip()
    if not words.isascii():
        words = words.replace(" ", "")
    if _TRANSFER.fullmatch(words):
        return "transfer"
    if _GREETING.fullmatch(words):
        return "greeting"
    return "thanks" if _THANKS.fullmatch(words) and not _AFFIRMS.fullmatch(words) else None


def _read(path: Path, hotline: str) -> dict[str, Line]:
    """A file's lines, checked; every scalar as it is written, so that 0755 stays a number to call."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        loaded = yaml.load(text, Loader=yaml.BaseLoader) if len(text) <= LARGEST_FILE else None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadModel("notices", "{path}: cannot be read as YAML in UTF-8: {error}", path=path,
                       error=str(error).splitlines()[0]) from error
    if not isinstance(loaded, dict):
        raise BadModel("notices", "{path}: must be a list of kinds, each with zh, en and phone", path=path)
    return {kind: _line(path, kind, given, hotline) for kind, given in loaded.items()}


def _line(path: Path, kind: str, given: object, hotline: str) -> Line:
    if kind not in KINDS:
        raise BadModel("notices", "{path}: kind {kind!r} is unknown; known: {kinds}", path=path, kind=kind,
                       kinds=sorted(KINDS))
    if not isinstance(given, dict) or set(given) != {"zh", "en", "phone"}:
        raise BadModel("notices", "{path}: {kind} must have zh, en and phone, and nothing else", path=path, kind=kind)
    texts = {key: value.strip().replace("{hotline}", hotline) if isinstance(value, str) else ""
             for key, value in given.items()}
    for key in ("zh", "en"):
        if not 1 <= len(texts[key]) <= LONGEST_LINE:
            raise BadModel("notices", "{path}: {kind}.{key} must have 1 to {longest_line} characters", path=path,
                           kind=kind, key=key, longest_line=LONGEST_LINE)
    if not re.fullmatch(r"[\d +()*#,/-]{0,40}", texts["phone"]):
        raise BadModel("notices", "{path}: {kind}.phone must be a number to call, or empty", path=path, kind=kind)
    return Line(**texts)

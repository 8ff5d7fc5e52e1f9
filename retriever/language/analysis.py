"""Text analysis, the same for every engine and for questions: normal form, index terms, sentences' tokens.

Chinese is indexed as overlapping bigrams, which never miss, together with dictionary words of three characters and
more, which are sharper; English as stems. Document numbers and telephone numbers are also kept whole. The fingerprint
names everything that changes the terms, so that an index made by another analyser is recognised and rebuilt.
"""

from __future__ import annotations

import functools
import hashlib
import re
import threading
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import add

import opencc
import rjieba
import snowballstemmer

from retriever.language.naming import Names
from retriever.language.numerals import other_writings

VERSION = 3  # raise it with every change of the terms
LONGEST = 64  # characters of one term; the rest of a longer run of letters is left out
MOST_ALTERNATIVES = 16  # names and numbers of a question of which other writings count; a question of more is a list

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003134f〇"
_TOKEN = re.compile(
    rf"(?P<number>[{_HAN}]{{1,12}}[\[(]\d{{4}}[\])]\s?\d{{1,5}}(?!\d)(?:\s?号)?)"
    r"|(?P<phone>(?<!\d)(?:0\d{2,3}-)?\d{7,8}(?!\d)|(?<!\d)1[3-9]\d{9}(?!\d))"
    rf"|(?P<han>[{_HAN}]+)"
    rf"|(?P<word>[^\W_{_HAN}]+(?:['.][^\W_{_HAN}]+)*)"
)
_ONLY_HAN = re.compile(f"[{_HAN}]+$")
_NUMBER = re.compile(r"(\w+)[\[(](\d{4})[\])]\s?(\d+)")
# invisible, private-control and direction characters match nothing and can hide text
_INVISIBLE = re.compile(
    r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
_BRACKETS = (("〔", "["), ("〕", "]"), ("【", "["), ("】", "]"), ("﹝", "["), ("﹞", "]"))
_MARKUP = re.compile(r"\]\([^)\s]{0,1000}\)|[*_`>#|~]+")

# What callers say around the matter, and what every question word adds: no article is about them.
_ASKING_ZH = re.compile(
    "请问一下|请问|您好|你好|麻烦问一下|麻烦|我想问一下|我想问|我想知道|我想咨询|想咨询|咨询一下|想问一下|问一下|帮我查一下|查一下|谢谢|"
    "怎么样|怎么办|怎么|怎样|如何|什么样|什么时候|为什么|什么|哪些|哪个|哪里|哪儿|多少|多久|多长时间|是不是|是否|能不能|可不可以|"
    "有没有|可以吗|行吗|吗|呢|呀|啊|吧|啦|嘛|了|的|我们|我家|我|你们|您|咋|啥"
)
_STOP_EN = frozenset(re.findall(
    r"\w+",
    "a an and any are as at be been but by can could did do does for from get had has have he her his how i if in is "
    "it its me my no not of on or our she should so such than that the their them then there these they this to us "
    "was we were what when where which who whom whose why will with would you your am about into must may might also "
    "please tell",
))

@functools.cache
def _to_simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


class _Stemmer(threading.local):
    """One for each thread: a stemmer works in its own fields, and two threads in one would mix their words up."""

    def __init__(self) -> None:
        self.english = snowballstemmer.stemmer("english")


_STEMMER = _Stemmer()


@functools.lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The English stem of a lower-case word; words with other letters are left alone."""
    return str(_STEMMER.english.stemWord(word)) if word.isascii() and word.isalpha() else word


def clean(text: str) -> str:
    """NFKC without characters that cannot be seen; line breaks stay."""
    seen = _INVISIBLE.sub("", text)
    composed = unicodedata.normalize("NFKC", seen)
    return composed if composed == seen else _INVISIBLE.sub("", composed)


def simplified(text: str) -> str:
    """The text in simplified Chinese."""
    return text if text.isascii() else str(_to_simplified().convert(text))


def normalise(text: str) -> str:
    """The form in which texts are compared: :func:`clean`, simplified Chinese, lower case, one kind of bracket."""
    text = clean(text)
    if text.isascii():
        return text.lower()
    text = simplified(text)
    for bracket, plain in _BRACKETS:
        text = text.replace(bracket, plain)
    return text.lower()


def is_han(text: str) -> bool:
    """Whether a text consists of Chinese characters alone."""
    return _ONLY_HAN.match(text) is not None


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of normalised text: its kind (number, phone, han, word) and text."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Alternative:
    """The terms of a name that a question uses, and the terms of each other name of the same thing."""

    named: tuple[str, ...]
    others: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Named:
    """A name at a place of a text, and the other names of the same thing, all as they are written."""

    place: int
    name: str
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Analysed:
    """A question's own terms in their order; the weight of each searched term; its names that have synonyms.

    ``is_cut`` where it names more than MOST_ALTERNATIVES of them.
    """

    own: tuple[str, ...]
    weights: dict[str, float]
    alternatives: tuple[Alternative, ...]
    is_cut: bool = False


class Analyser:
    """Text to terms, with the hotline's dictionary and synonyms.

    ``groups`` are lists of interchangeable terms, the official one first; ``said`` are lists of what is meant and the
    forms in which callers say it, which stand for it and not the other way round.
    """

    def __init__(self, words: Iterable[str] = (), groups: Sequence[Sequence[str]] = (),
                 said: Sequence[Sequence[str]] = ()) -> None:
        self.words = tuple(sorted({normalise(w).strip() for w in words} - {""}))
        self.groups = tuple(tuple(normalise(t).strip() for t in group) for group in groups)
        self._jieba = rjieba.Jieba()
        for word in {*self.words, *(t for g in self.groups for t in g)}:
            if len(word) > 1 and re.fullmatch(f"[{_HAN}]+", word):
                self._jieba.add_word(word, None, None)
        self._synonyms: dict[str, list[str]] = {}
        for group in self.groups:
            for term in group:
                self._synonyms.setdefault(term, []).extend(t for t in group if t != term)
        names = frozenset(self._synonyms)
        # normalised in one go: one by one, some thousand forms would cost every start 30 ms
        for line in normalise("\n".join("\t".join(group) for group in said)).split("\n"):
            meant, *forms = line.split("\t")
            for form in forms:
                self._synonyms.setdefault(form, []).append(meant)
        self._names = Names(names, self._synonyms, self.cut)

    @property
    def fingerprint(self) -> str:
        """Changes when the terms of any text may change."""
        state = repr((VERSION, self.words, self.groups))
        return hashlib.sha256(state.encode()).hexdigest()[:16]

    def words_of(self, han: str) -> list[str]:
        """Dictionary words of a run of Chinese characters, overlapping ones too."""
        return [str(w) for w in self._jieba.cut_for_search(han)]

    def cut(self, han: str) -> list[str]:
        """A run of Chinese characters cut into words of the dictionary and single characters, nothing guessed."""
        return [str(w) for w in self._jieba.cut(han, False)]

    def tagged(self, han: str) -> list[tuple[str, str]]:
        """The words of a run of Chinese characters, unknown names among them, with their part of speech."""
        return [(str(w), str(kind)) for w, kind in self._jieba.tag(han)]

    def is_word(self, word: str) -> bool:
        """Whether the dictionary, the general or the hotline's own, has this word."""
        return bool(self._jieba.has_word(word))

    def frequency(self, word: str) -> int:
        """How often the general dictionary counts this word; 0 when it does not have it."""
        return int(self._jieba.suggest_freq(word)) if self._jieba.has_word(word) else 0

    def terms(self, text: str) -> list[str]:
        """Index terms of a text, repeated as often as they occur."""
        return self.terms_in(normalise(text))

    def terms_in(self, text: str) -> list[str]:
        """:meth:`terms` of a text that is normalised already."""
        found: list[str] = []
        for match in _TOKEN.finditer(_MARKUP.sub(" ", text)):
            kind, token = match.lastgroup, match[0]
            if kind == "han":
                self._add_han(found, token)
            elif kind == "word":
                word = token.replace("'s", "")[:LONGEST]
                found.append(stem(word))
                if "." in word or "'" in word:
                    found.extend(stem(w) for w in re.split("[.']", word) if w)
            elif kind == "number":
                self._add_number(found, token)
            else:
                found.append(token.replace("-", ""))
        return found

    def _add_han(self, found: list[str], text: str) -> None:
        """A run of Chinese characters: its pairs, and its dictionary words that are longer."""
        if len(text) == 1:
            found.append(text)
            return
        found += map(add, text, text[1:])
        if len(text) > 2:
            found += [word for word in self._jieba.cut_for_search(text) if len(word) > 2]

    def _add_number(self, found: list[str], text: str) -> None:
        """A document number in one form: the run before the year may begin with other words, so its end counts too."""
        match = _NUMBER.match(text)
        if match is None:
            return
        issuer, year, number = match.groups()
        found.extend(dict.fromkeys(f"{name}[{year}]{number}号" for name in (issuer, issuer[-2:])))
        found += [year, number]
        self._add_han(found, issuer)

    def question_core(self, text: str) -> str:
        """A normalised question without greeting, politeness and question words (unless nothing else is left)."""
        text = normalise(text)
        core = _ASKING_ZH.sub(" ", text)
        return core if _TOKEN.search(core) else text

    def analysed(self, text: str, *, synonym_weight: float = 0.5) -> Analysed:
        """A question's own terms, its terms with synonyms, and the names that have them, in one pass."""
        own, alternatives = self.own_terms(text), self.alternatives(text, most=MOST_ALTERNATIVES + 1)
        is_cut, alternatives = len(alternatives) > MOST_ALTERNATIVES, alternatives[:MOST_ALTERNATIVES]
        weights = dict.fromkeys(own, 1.0)
        for alternative in alternatives:
            for terms in alternative.others:
                for term in terms:
                    weights.setdefault(term, synonym_weight)
        return Analysed(tuple(own), weights, tuple(alternatives), is_cut)

    def query_terms(self, text: str) -> list[tuple[str, float]]:
        """Weighted terms of a question, those of synonyms among them. Each term once."""
        return list(self.analysed(text).weights.items())

    def own_terms(self, text: str) -> list[str]:
        """The different terms of a question as it is worded, in their order, without stop words (unless all are)."""
        terms = [t for t in self.terms(self.question_core(text)) if t not in _STOP_EN]
        return list(dict.fromkeys(terms or self.terms(text)))

    def alternatives(self, text: str, *, most: int = MOST_ALTERNATIVES) -> list[Alternative]:
        """What a question names that has other names: names with synonyms, of which the longest counts where they lie
        in one another, and numbers with their unit; the first ``most``, so many of either being looked at."""
        normalised = normalise(text)
        names = dict.fromkeys(name for _, name in self._names.found(normalised))
        found = [Alternative(self._searched(name), tuple(self._searched(o) for o in self._synonyms[name]))
                 for name in islice(names, most)]
        for stated, others in islice(dict(other_writings(normalised)).items(), most):
            written = tuple(terms for terms in map(self._written, others) if terms)
            if written:
                found.append(Alternative(self._searched(stated), written))
        return found[:most]

    def named(self, text: str) -> list[Named]:
        """The first MOST_ALTERNATIVES names in a text, normalised already, that have other names."""
        return [Named(place, name, tuple(self._synonyms[name]))
                for place, name in islice(self._names.found(text), MOST_ALTERNATIVES)]

    def _written(self, number: str) -> tuple[str, ...]:
        """A number's figures and pairs of characters, since texts do not keep it apart from its neighbours; none for
        a small figure that would be left alone, as it stands in most texts, but for a section's and for per cent."""
        terms = tuple(t for t in self._searched(number) if len(t) == 2 or t.isdecimal())
        small = len(terms) == 1 and len(terms[0]) < 3 and terms[0].isdecimal()
        return () if small and (len(terms[0]) < 2 or number[-1] not in "条%") else terms

    def _searched(self, name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(t for t in self.terms(name) if t not in _STOP_EN))

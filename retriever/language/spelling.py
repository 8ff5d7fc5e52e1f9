"""Spelling: which word of this knowledge base a mistyped one probably was.

The slips of Chinese are characters of the same sound (公鸡金 for 公积金), those of English a letter too many, too few,
wrong or swapped. The words that may have been meant are those of the index and the names of its articles. Whether one
was meant is decided as a noisy channel: only where the word's share in the texts, times the chance of the slip, is far
above the chance of what was typed (Kernighan, Church and Gale 1990). What stands in a text, holds a number or is part
of a person's name is never corrected, and a correction is searched beside what was typed, never instead.
"""

from __future__ import annotations

import heapq
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from retriever.language.analysis import Analyser, is_han, normalise, stem
from retriever.language.pinyin import near, sound_of, sounds
from retriever.records import Correction, Passage

MOST_TERMS = 100_000  # of the index, the most frequent; rarer words are not offered
_FEWEST = 2  # texts that hold a word before it is offered
_LONGEST = 6  # characters of a Chinese word that is looked for
_MOST_READINGS = 3  # a text with more is another language, or too long to be a question

# Decimal logarithms: the chance that a word is typed as another of its sound; for each syllable that only sounds
# nearly the same; and by how much the reading must be likelier. The callers' real slips (dev half) lie above 0.9; of
# 2,471 right Chinese questions of other sets, four hold anything beyond that, in rare technical names.
_SAME_SOUND, _NEARLY, _MARGIN = -3.0, -1.0, 0.9
_GENERAL = 60_101_967  # words counted for the frequencies of the general dictionary
_RARE = 100  # a character that is used less often there is no slip: input methods offer the frequent ones

# Letters of an English stem from which one slip is allowed, and two; shorter words resemble too many others.
_ONE_SLIP, _TWO_SLIPS = 5, 9
_UNGUARDED = 7  # the first when no model tells ordinary words from slips
_PINYIN = 5  # letters of a Chinese word written by its sound (gongjijin)
_PINYIN_TEXTS = 5  # texts that hold such a word

_NUMERAL = re.compile("[0-9零〇一二两俩三四五六七八九十百千万亿半几第]")
_HAN_RUN = re.compile("[\u3400-\u9fff]+")
# not in a code (ab12xyz), an e-mail address or a web address
_LETTERS = re.compile(r"(?<![a-z0-9@.])[a-z]++(?![0-9@]|\.[a-z0-9])")
_NO_TERM = "\0"  # a term that no text holds
_WORD = re.compile("[a-z]+")

# Words that a stretch of a text may have been meant as: by how much each is likelier, and the word; likeliest first.
_Meant = list[tuple[float, str]]
_Likely = tuple[str, _Meant]  # what was said, and what may have been meant
_Stretch = tuple[str, int, _Meant]  # the same with where it begins

# A word in the form in which texts that the asker may see write it; None when none of them holds it.
Written = Callable[[str], str | None]


def as_written(word: str, passages: Iterable[Passage]) -> str | None:
    """The word, an English one in whatever inflection, as one of these passages writes it; None when none does."""
    # one after the other: mostly the first holds it, and to normalise them all would take longer than to find them
    texts = (normalise(" ".join((p.title, *p.keywords, *p.heading_path, p.context, p.body))) for p in passages)
    if not word.isascii():
        return word if any(word in text for text in texts) else None
    first = None
    for text in texts:
        forms = [w for w in _WORD.findall(text) if stem(w) == stem(word)]
        if word in forms:
            return word
        first = first or next(iter(forms), None)
    return first


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    texts: int
    chance: float
    sounds: tuple[str, ...]


class Speller:
    """The words of one state of the knowledge base. Never changes, so any number of threads may use it."""

    def __init__(self, terms: Iterable[tuple[str, int]], names: Iterable[str], analyser: Analyser, *,
                 idf: Callable[[Sequence[str]], dict[str, float]],
                 is_common: Callable[[str], bool] | None = None) -> None:
        """``terms``: of the index, with how many texts hold each; ``names``: titles, keywords, synonyms.

        ``idf`` is the engine's; ``is_common`` tells whether a foreign word is an ordinary one.
        """
        self._analyser = analyser
        self._idf = idf
        self._is_common = is_common
        self._words: dict[str, int] = {}
        self._stems: dict[str, list[tuple[str, int]]] = {}
        for term, texts in terms:
            if texts < _FEWEST:
                continue
            if is_han(term):
                if 1 < len(term) <= _LONGEST and analyser.is_word(term):
                    self._words[term] = texts
            elif len(term) >= _ONE_SLIP - 1 and term.isascii() and term.isalpha():
                self._stems.setdefault(term[0], []).append((term, texts))
        for name in names:
            if 1 < len(name) <= _LONGEST and is_han(name):
                self._words.setdefault(name, _FEWEST)
        whole = sum(self._words.values()) or 1
        self._by_sound: dict[str, list[_Word]] = {}
        self._spelled: dict[str, _Word] = {}
        for text, texts in self._words.items():
            if not _NUMERAL.search(text):
                word = _Word(text, texts, math.log10(texts / whole), sounds(text))
                self._by_sound.setdefault(" ".join(map(near, word.sounds)), []).append(word)
                if texts >= _PINYIN_TEXTS:
                    latin = "".join(word.sounds)
                    best = self._spelled.get(latin)
                    if len(latin) >= _PINYIN and (best is None or best.texts < texts):
                        self._spelled[latin] = word

    def corrections(self, text: str, written: Written = str) -> tuple[Correction, ...]:
        """What a text is also searched as, the surest first.

        The words are of all texts, also of those that this asker may not see: ``written`` tells which of them count.
        """
        core = self._analyser.question_core(text)
        taken = dict.fromkeys(self._likeliest(core, written))
        for word in dict.fromkeys(_LETTERS.findall(core)):
            if len(taken) >= _MOST_READINGS:
                break
            if (foreign := self._foreign(word, written)) is not None:
                taken[foreign] = None
        return tuple(taken)

    # Chinese

    def _likeliest(self, core: str, written: Written) -> list[Correction]:
        """The surest readings of Chinese stretches. Only words that may still be taken are looked for, the surest
        first: that takes a hundred times as long as all the rest."""
        runs = _HAN_RUN.findall(core)
        sounding = [list(self._sounding(run)) for run in runs]
        standing = self._standing({pair for found in sounding for said, _, _ in found for pair in _pairs(said)})
        likely = [judged for run, found in zip(runs, sounding, strict=True)
                  for judged in self._unknown(run, [s for s in found if not standing.issuperset(_pairs(s[0]))])]
        waiting = [(-words[0][0], place, 0) for place, (_, words) in enumerate(likely)]
        heapq.heapify(waiting)
        taken: list[Correction] = []
        used: set[str] = set()
        while waiting and len(taken) < _MOST_READINGS:
            _, place, at = heapq.heappop(waiting)
            said, words = likely[place]
            if used.isdisjoint(said):
                form = written(words[at][1])
                if form is None and at + 1 < len(words):
                    heapq.heappush(waiting, (-words[at + 1][0], place, at + 1))
                elif form is not None and form not in core:
                    taken.append(Correction(said, form))
                    used.update(said)
        return taken

    def _sounding(self, run: str) -> Iterator[_Stretch]:
        """Stretches of whole words and single characters that sound like words which fit far better."""
        syllables = [near(sound_of(c)) for c in run]
        tokens = self._analyser.cut(run)
        ends = [0]
        for token in tokens:
            ends.append(ends[-1] + len(token))
        for first in range(len(tokens)):
            for last in range(first, len(tokens)):
                start, end = ends[first], ends[last + 1]
                if end - start > _LONGEST:
                    break
                words = self._by_sound.get(" ".join(syllables[start:end])) if end - start > 1 else None
                if words:
                    likely = self._judge(run[start:end], tokens[first:last + 1], words)
                    if likely:
                        yield run[start:end], start, likely

    def _unknown(self, run: str, stretches: Sequence[_Stretch]) -> Iterator[_Likely]:
        """Those of these stretches that are no part of a person's name."""
        names = self._names(run) if stretches else []  # seldom: it takes longest
        for said, start, likely in stretches:
            if not any(a < start + len(said) and b > start for a, b in names):
                yield said, likely

    def _judge(self, said: str, tokens: Sequence[str], words: Sequence[_Word]) -> _Meant:
        """The words that are likely enough for what was said, and by how much they are likelier; likeliest first."""
        if said in self._words or _NUMERAL.search(said):
            return []
        frequency = self._analyser.frequency
        typed = sum(math.log10(max(frequency(token), 1) / _GENERAL) for token in tokens)
        heard = [sound_of(c) for c in said]
        gains = sorted(((w.chance + _NEARLY * sum(a != b for a, b in zip(heard, w.sounds, strict=True)) + _SAME_SOUND
                         - typed, w.text) for w in words), reverse=True)
        likely = [(gain, word) for gain, word in gains if gain >= _MARGIN]
        return [] if any(frequency(c) < _RARE for c in said) else likely

    def _standing(self, pairs: set[str]) -> set[str]:
        """Those of these pairs of neighbouring characters that texts hold: where they hold all of a stretch, it is no
        slip. All are asked for at once, for the index looks whether it is the newest each time."""
        idf = self._idf([*pairs, _NO_TERM]) if pairs else {}
        return {pair for pair in pairs if idf[pair] < idf[_NO_TERM]}

    def _names(self, run: str) -> list[tuple[int, int]]:
        """Where persons' names stand that the dictionary does not know."""
        at, found = 0, []
        for token, kind in self._analyser.tagged(run):
            if kind.startswith("nr") and len(token) > 1 and not self._analyser.is_word(token):
                found.append((at, at + len(token)))
            at += len(token)
        return found

    # English, and Chinese written by its sound

    def _foreign(self, word: str, written: Written) -> Correction | None:
        """The word of the texts that differs from this unknown one by a slip or two; its Chinese for pinyin."""
        typed = stem(word)
        if len(word) < _ONE_SLIP or (self._is_common is not None and self._is_common(word)) or self._held(typed):
            return None
        spelled = self._spelled.get(word)
        if spelled is not None:
            form = written(spelled.text)
            return Correction(word, form) if form else None
        if len(typed) < (_ONE_SLIP if self._is_common else _UNGUARDED):
            return None
        most = 2 if len(typed) >= _TWO_SLIPS else 1
        near_ones = []
        for known, texts in self._stems.get(typed[0], ()):
            if abs(len(known) - len(typed)) <= most:
                slips = OSA.distance(typed, known, score_cutoff=most)
                if slips <= most:
                    near_ones.append((slips, -texts, known))
        forms = (written(_inflected(word, typed, known)) for _, _, known in sorted(near_ones))
        return next((Correction(word, form) for form in forms if form), None)

    def _held(self, term: str) -> bool:
        idf = self._idf([term, _NO_TERM])
        return idf[term] < idf[_NO_TERM]


def _pairs(said: str) -> list[str]:
    return [said[i:i + 2] for i in range(len(said) - 1)]


def _inflected(word: str, typed: str, known: str) -> str:
    """The word with its stem exchanged (lisenc-e, licenc -> licence), or the stem alone when that is another word."""
    exchanged = known + word[len(typed):]
    return exchanged if word.startswith(typed) and stem(exchanged) == known else known

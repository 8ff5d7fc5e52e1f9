"""Questions and dialogues made to be dear: what the budgets of a question are measured and tested against.

Every text is as long as the limits allow, and is made of what some stage finds hardest: words that sound like the
knowledge base's own, misspelt English words, pinyin, numbers with units, names with synonyms, document numbers, forms
that grow when they are normalised, characters that no text holds.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence

from retriever.language.analysis import Analyser, is_han
from retriever.language.pinyin import sound_of, sounds
from retriever.records import Turn

CHARS = 2_000  # of a question
TURNS, TURN_CHARS = 40, 600  # of a dialogue
_SELDOM, _OFTEN = 100, 3_000  # uses of a character that a typed word is made of: seldom, yet offered by input methods
_SYLLABLES = re.findall(r"\w+", "ba cha dan fei gao hua jin lou mian nong pian qing ruo shen tian wang xie yan zhi cuo")


class Attacker:
    """Makes texts out of the words of a knowledge base; the same seed makes the same texts."""

    def __init__(self, words: Sequence[str], names: Sequence[str], analyser: Analyser, *, seed: int = 1) -> None:
        """``words`` are of the index, ``names`` have synonyms."""
        self._chance = random.Random(seed)
        self._chinese = [w for w in words if is_han(w) and 1 < len(w) < 5 and analyser.is_word(w)]
        self._english = [w for w in words if w.isascii() and w.isalpha() and len(w) > 5]
        self._names = [n for n in names if n]
        self._alike: dict[str, list[str]] = {}
        for character in map(chr, range(0x4E00, 0x9FA6)):
            if _SELDOM <= analyser.frequency(character) <= _OFTEN:
                self._alike.setdefault(sound_of(character), []).append(character)
        self._makers: dict[str, Callable[[], Iterator[str]]] = {
            "homophones": lambda: self._homophones(""), "homophones, apart": lambda: self._homophones("，"),
            "misspelt English": self._misspelt, "pinyin": self._pinyin, "unknown English": self._unknown,
            "numbers with units": self._numbers, "digits": lambda: self._every("0123456789"),
            "one number": lambda: iter(["1" * CHARS]), "names with synonyms": self._named,
            "document numbers": self._documents, "rare characters": lambda: self._every(list(map(chr, range(
                0x3400, 0x4DB0)))), "usual characters": lambda: self._every(list(map(chr, range(0x4E00, 0x9FA6)))),
            "one character": lambda: iter(["补" * CHARS]), "one letter": lambda: iter(["x" * CHARS]),
            "ligatures": lambda: iter(["\ufdfa" * CHARS]), "Chinese words": lambda: self._words(self._chinese, ""),
            "English words": lambda: self._words(self._english, " "), "mixed": self._mixed,
        }

    def questions(self) -> dict[str, str]:
        """A question of each kind, as long as is taken."""
        return {name: self.text(name, CHARS) for name in self._makers}

    def text(self, name: str, chars: int) -> str:
        """A text of this kind."""
        made, size = [], 0
        for piece in self._makers[name]():
            made.append(piece)
            size += len(piece)
            if size >= chars:
                break
        return "".join(made)[:chars]

    def dialogue(self, name: str, *, turns: int = TURNS, chars: int = TURN_CHARS) -> tuple[Turn, ...]:
        """A caller's turns of this kind."""
        return tuple(Turn("user", self.text(name, chars)) for _ in range(turns))

    def _homophones(self, between: str) -> Iterator[str]:
        while True:
            word = self._chance.choice(self._chinese)
            yield "".join(self._chance.choice(self._alike.get(sound, ["怼"])) for sound in sounds(word)) + between

    def _misspelt(self) -> Iterator[str]:
        while True:
            word = self._chance.choice(self._english)
            i = self._chance.randrange(1, len(word) - 1)
            yield word[:i] + self._chance.choice("abcdefghijklmnopqrstuvwxyz") + word[i + 1:] + " "

    def _pinyin(self) -> Iterator[str]:
        while True:
            yield "".join(sounds(self._chance.choice(self._chinese))) + " "

    def _unknown(self) -> Iterator[str]:
        while True:
            yield "".join(self._chance.choice(_SYLLABLES) for _ in range(3)) + " "

    def _numbers(self) -> Iterator[str]:
        while True:
            yield f"{self._chance.randrange(1, 99_999)}{self._chance.choice('元天年月人次')}"
            yield f"{self._chance.choice('二三四五六七八九')}百{self._chance.choice('二三四五六七八九')}十元"

    def _named(self) -> Iterator[str]:
        while True:
            yield self._chance.choice(self._names or ["社保卡"]) + "，"

    def _documents(self) -> Iterator[str]:
        while True:
            yield f"滨人社发〔{self._chance.randrange(1990, 2030)}〕{self._chance.randrange(1, 999)}号"

    def _every(self, characters: Sequence[str]) -> Iterator[str]:
        while True:
            yield self._chance.choice(characters)

    def _words(self, words: Sequence[str], between: str) -> Iterator[str]:
        while True:
            for word in self._chance.sample(words, len(words)):  # all different, as long as there are others
                yield word + between

    def _mixed(self) -> Iterator[str]:
        makers = [maker() for name, maker in self._makers.items() if name != "mixed" and not name.startswith("one ")
                  and name != "ligatures"]
        while True:
            yield next(self._chance.choice(makers))

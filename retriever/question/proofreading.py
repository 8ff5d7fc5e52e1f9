"""Correcting typing errors in one question and its dialogue, within a budget: the question, then its newest turns."""

from __future__ import annotations

from collections.abc import Callable

from retriever.language.spelling import Written
from retriever.question.budget import LOOKUPS, SPARING, SPELLED_CHARS
from retriever.records import Correction

# From a text, and a lookup of the form in which visible texts write a word, to its corrections: Speller.corrections.
Corrects = Callable[[str, Written], tuple[Correction, ...]]


class Proofreader:
    """The budget of one question: so many characters read, so many words looked for in the texts.

    A text is read once, and a word looked for once, also where the question is understood a second time. Of the
    question as much is read as fits, of its dialogue the turns that fit whole.
    """

    def __init__(self, corrects: Corrects, written: Written) -> None:
        """``written`` looks a word up where this asker may see it, which takes longest of all."""
        self._corrects = corrects
        self._written = written
        self._chars, self._lookups = SPELLED_CHARS, LOOKUPS
        self._forms: dict[str, str | None] = {}
        self._read: dict[str, tuple[Correction, ...]] = {}
        self._cut: set[str] = set()
        self._text = ""  # under way

    def corrections(self, text: str, *, is_earlier: bool = False) -> tuple[Correction, ...]:
        """The typing errors of the question, or of an earlier turn."""
        if text not in self._read:
            if not is_earlier and len(text) > SPARING:
                self._lookups = min(self._lookups, int(len(text) <= SPELLED_CHARS))
            fitting = "" if is_earlier and len(text) > self._chars else text[:self._chars]
            self._chars -= len(fitting)
            self._text = text
            if fitting != text:
                self._cut.add(text)
            self._read[text] = self._corrects(fitting, self._looked_up) if fitting else ()
        return self._read[text]

    def is_cut(self, text: str) -> bool:
        """Whether part of this text was left unread, or a word in it not looked for."""
        return text in self._cut

    def _looked_up(self, word: str) -> str | None:
        if word not in self._forms:
            if len(self._forms) >= self._lookups:
                self._cut.add(self._text)
                return None
            self._forms[word] = self._written(word)
        return self._forms[word]

"""Which names of the lexicon a question holds: left to right, the longest where they lie in one another.

Looked up by their length at each place, not by one pattern of them all: a pattern of two thousand names is tried name
by name, and costs more than all the rest of reading a question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

SHORT = 3  # characters of a form that may lie across other words: 老家 in 养老家庭

Cut = Callable[[str], list[str]]


class Names:
    """The names of a lexicon. Never changes."""

    def __init__(self, names: Iterable[str], said: Iterable[str], cut: Cut) -> None:
        """``said`` are forms of callers, of which a short one counts only where it ends no other word in the middle.

        ``cut`` cuts Chinese characters into the words of the dictionary.
        """
        self._names = frozenset(names)
        self._said = frozenset(said) - self._names
        self._cut = cut
        self._lengths: dict[str, tuple[int, ...]] = {}
        for name in (self._names | self._said) - {""}:
            self._lengths[name[0]] = (*self._lengths.get(name[0], ()), len(name))
        self._lengths = {first: tuple(sorted(set(lengths), reverse=True)) for first, lengths in self._lengths.items()}

    def found(self, text: str) -> Iterator[tuple[int, str]]:
        """The names in a normalised text, each with the place where it begins, in their order."""
        inside: frozenset[int] | None = None
        at = 0
        while at < len(text):
            step = 1
            for length in self._lengths.get(text[at], ()):
                name = text[at:at + length]
                if (name not in self._names and name not in self._said) or not _is_whole(text, at, name):
                    continue
                if name in self._said and length <= SHORT and not name.isascii():
                    inside = _inside_words(text, self._cut) if inside is None else inside
                    if at in inside or at + length in inside:
                        continue
                yield at, name
                step = length
                break
            at += step


def _is_whole(text: str, at: int, name: str) -> bool:
    """Whether a name in Latin letters is not part of a longer word; Chinese may stand beside it ("办rp要多久")."""
    end = at + len(name)
    return not (name.isascii() and (_is_latin(text[at - 1:at]) or _is_latin(text[end:end + 1])))


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _inside_words(text: str, cut: Cut) -> frozenset[int]:
    """The places of a text at which a word of the dictionary is neither beginning nor over."""
    places: list[int] = []
    at = 0
    for word in cut(text):
        places += range(at + 1, at + len(word))
        at += len(word)
    return frozenset(places)

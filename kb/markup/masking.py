"""What is done to a source before it is parsed, character for character, so that every offset stays.

An article's ``<…>`` is text to its readers: its ``<`` is exchanged for a mark of punctuation that the source does not
hold, wherever it would begin raw HTML. ``<br>`` is a line break, as everywhere that Markdown is written. Only comments
stay raw HTML, since they are hidden. Text on the line on which a comment ends would be raw HTML too; there the comment
is exchanged for filling, and the text is Markdown again. Emphasis that ends in a Chinese mark of punctuation is
emphasis also where no blank follows, as none does in Chinese: CommonMark's rule, made for blanks, shows its asterisks.
So is emphasis that begins or ends in a bracket, which may be a link's and stays: what stands beside it is exchanged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

_MARKS = "⸺⸻⁕⁑⁜※⸎⸖⸙⸟⹀⹁⹂"  # punctuation, as "<" is: what may begin or end emphasis beside it is the same
_PRIVATE = "\uf8fe\uf8fd\uf8fc\ue0fe\ue0fd\ue0fc"  # beside these emphasis is as beside a letter
_CHINESE = "[。，、；：？！（）《》〈〉“”‘’「」『』【】〔〕…—·]"
_HAN = "[\u3400-\u9fff]"
_SYMBOL = "[%‰％℃㎡°.,;:?!\"'/+=$¥￥€]"  # these end emphasis before a Chinese character too: **1%**计
_BESIDE = re.compile(rf"{_CHINESE}(?=[*~])|(?<=[*~]){_CHINESE}|{_SYMBOL}(?=\*{{1,3}}(?:{_HAN}|{_CHINESE}))"
                     rf"|(?<={_HAN}\*){_SYMBOL}|(?<={_HAN}\*\*){_SYMBOL}")
_EMPHASIS = re.compile(r"(?<!\*)(\*{1,3})(?!\*)([^*\s](?:[^*\n]*[^*\s])?)\1(?!\*)")
_NEIGHBOUR = re.compile(f"{_HAN}|{_CHINESE}")
_UNPRINTABLE = re.compile("[\0\ud800-\udfff]")
# What a "<" may belong to: escaped, a link's address, a comment, an address in angle brackets, a line break; else it
# begins raw HTML.
_LESS = re.compile(
    r"\\."
    r"|\][(:][ \t]*\n?[ \t]*<(?!br[ \t/>])"
    r"|<!--"
    r"|<(?=[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*>)"
    r"|<(?=[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9.-]+>)"
    r"|(?P<line><br[ \t]{0,9}/?>)"
    r"|(?P<raw><)(?=[A-Za-z/?!])", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Masked:
    """A source as it is parsed, of the same length as the ``clean`` one that is shown.

    Each "<" that is text is ``less``, each character of a line break ``line``, of a comment beside text ``filling``, a
    Chinese mark beside emphasis ``letter``, a Chinese character beside emphasis of brackets ``mark``.
    """

    text: str
    clean: str
    less: str
    line: str
    filling: str
    letter: str
    mark: str

    def shown(self, value: str, start: int, end: int) -> str:
        """What the source shows there, of which the parser has made ``value``."""
        if value == self.text[start:end]:
            return self.clean[start:end]
        if self.letter and (self.letter in value or self.mark in value):
            written = zip(self.clean[start:end], self.text[start:end], strict=True)
            beside = iter([character for character, parsed in written if parsed in (self.letter, self.mark)])
            value = re.sub(f"[{self.letter}{self.mark}]", lambda found: next(beside, found[0]), value)
        return self.unmasked(value)

    def unmasked(self, text: str) -> str:
        """Parsed text, of which the parser has changed something, as the source wrote it."""
        if not self.less:
            return text
        return re.sub(f"{self.line}+", "<br>", text.replace(self.less, "<")).replace(self.filling, "")

    def filled(self, stretches: Iterable[tuple[int, int]]) -> Masked:
        """The same with these stretches exchanged for filling, which is never shown; linear however many there are."""
        parts, at = [], 0
        for start, end in sorted(stretches):
            if end > at:
                parts += [self.text[at:max(at, start)], self.filling * (end - max(at, start))]
                at = end
        return replace(self, text="".join((*parts, self.text[at:])))


def masked(source: str) -> Masked:
    """The source as it is parsed. Characters that cannot be shown become U+FFFD.

    A source that holds all the marks that could be put in stays as it is: its raw HTML is text that holds no Markdown.
    """
    clean = _UNPRINTABLE.sub("\ufffd", source)
    punctuation = [mark for mark in _MARKS if mark not in clean][:2]
    private = [mark for mark in _PRIVATE if mark not in clean][:3]
    if len(punctuation) < 2 or len(private) < 3:
        return Masked(clean, clean, "", "", "", "", "")
    (less, mark), (line, filling, letter) = punctuation, private

    def exchanged(found: re.Match[str]) -> str:
        if found["raw"]:
            return less
        return line * len(found[0]) if found["line"] else found[0]

    text = _beside_brackets(_LESS.sub(exchanged, clean), mark)
    return Masked(_BESIDE.sub(letter, text), clean, less, line, filling, letter, mark)


def _beside_brackets(text: str, mark: str) -> str:
    """The text with a mark for each Chinese character before emphasis that begins in a bracket, and after one that ends
    in one: emphasis may begin and end between two marks of punctuation."""
    pieces, at = [], 0
    for found in _EMPHASIS.finditer(text):
        for place, is_bracket in ((found.start() - 1, found[2][0] in "(["), (found.end(), found[2][-1] in ")]")):
            if is_bracket and at <= place < len(text) and _NEIGHBOUR.match(text, place):
                pieces += [text[at:place], mark]
                at = place + 1
    return "".join((*pieces, text[at:]))


def comments_of(text: str) -> Iterator[tuple[int, int]]:
    """Where comments stand that end; linear, since the last that does not end stops the search."""
    at = text.find("<!--")
    while at >= 0:
        end = next((at + 4 + n for n in (1, 2) if text.startswith("->"[2 - n:], at + 4)), None)
        if end is None:
            end = text.find("-->", at + 4) + 3
            if end < 3:
                return
        yield at, end
        at = text.find("<!--", end)

"""Where each visible character of parsed Markdown stands in its source.

The parser tells the lines of a block and the visible pieces of its text, in order, but not their columns. So each
piece is looked for from where the last one ended: strictly, character by character, allowing only for what Markdown
itself drops (backslashes, entities, the markers of containers at the start of a line). Work is bounded; a character
that cannot be placed has no offset.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it.helpers import parseLinkDestination, parseLinkTitle
from markdown_it.token import Token

_PREFIX = re.compile(r"(?:[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t])))*[ \t]*(?:#{1,6}[ \t]+)?")
_CONTINUATION = re.compile(r"[ \t>]*")
_ENTITY = re.compile(r"&(?:#[xX][0-9a-fA-F]{1,6}|#[0-9]{1,7}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_NEWLINE = re.compile(r"\r\n?|\n")
_EFFORT = 40  # characters compared for each character of a document before giving up


@dataclass(slots=True)
class Piece:
    """A visible piece of text: ``offsets[i]`` is where ``text[i]`` stands in the source, None where unknown.

    ``token`` is a text, inline code, fence or code block token. ``block`` is the source range of its block's lines.
    """

    token: Token
    text: str
    offsets: list[int | None]
    block: tuple[int, int]


class _Walk:
    """One pass over a document, remembering how far it has come and what work is left."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.starts = [0, *(m.end() for m in _NEWLINE.finditer(source)), len(source)]
        self.at = 0
        self.effort = _EFFORT * len(source) + 10_000

    def lines(self, token: Token, parent: tuple[int, int]) -> tuple[int, int]:
        if token.map is None:
            return parent
        last = len(self.starts) - 1
        return self.starts[min(token.map[0], last)], self.starts[min(token.map[1], last)]

    def inline(self, token: Token, block: tuple[int, int]) -> Iterator[Piece]:
        start, end = block
        if self.at <= start:
            prefix = _PREFIX.match(self.source, start, end)
            self.at = prefix.end() if prefix else start
        for child in token.children or []:
            if child.type in ("text", "text_special", "code_inline"):
                yield Piece(child, child.content, self.place(child.content, end), block)
            elif child.type == "image":
                text = child.content
                yield Piece(child, text, self.place(text, end), block)
                self.skip_target(end)
            elif child.type == "link_close" and child.info != "auto":
                self.skip_target(end)

    def place(self, text: str, end: int) -> list[int | None]:
        """Offsets of ``text`` at its first strict match from here on; all None when there is none."""
        if text:
            first = re.compile(rf"[{re.escape(text[0])}\\&\n]")
            for candidate in first.finditer(self.source, self.at, end):
                found = self.strict(text, candidate.start(), end)
                if found is not None:
                    return list(found)
                if self.effort <= 0:
                    break
        return [None] * len(text)

    def strict(self, text: str, at: int, end: int) -> list[int] | None:
        """Offsets when the source spells ``text`` here; moves past it."""
        source, found = self.source, []
        index = 0
        while index < len(text):
            self.effort -= 1
            if at >= end or self.effort <= 0:
                return None
            wanted, char = text[index], source[at]
            step = 1
            if char == "\\" and at + 1 < end and source[at + 1] == wanted:
                at += 1
            elif char == "&" and (entity := _ENTITY.match(source, at, end)):
                spelled = html.unescape(entity.group())
                if text.startswith(spelled, index):
                    found += [at] * len(spelled)
                    index, at = index + len(spelled), entity.end()
                    continue
                if char != wanted:
                    return None
            elif char == "\n" and wanted in " \n":
                continuation = _CONTINUATION.match(source, at + 1, end)
                step += len(continuation.group()) if continuation else 0
            elif char != wanted and not (char == "\0" and wanted == "\ufffd"):
                return None
            found.append(at)
            at, index = at + step, index + 1
        self.at = at
        return found

    def skip_target(self, end: int) -> None:
        """Move past ``](address "title")`` or ``][name]``, where text must not be looked for."""
        source = self.source
        at = source.find("]", self.at, end)
        if at < 0 or at + 1 >= end:
            return
        if source[at + 1] == "[":
            self.at = max(source.find("]", at + 2, end), at) + 1
        elif source[at + 1] == "(":
            at = self.blank(at + 2, end)
            target = parseLinkDestination(source, at, end)
            at = self.blank(target.pos if target.ok else at, end)
            title = parseLinkTitle(source, at, end)
            at = self.blank(title.pos if title.ok else at, end)
            if at < end and source[at] == ")":
                self.at = at + 1
        else:
            self.at = at + 1

    def blank(self, at: int, end: int) -> int:
        while at < end and self.source[at] in " \t\n":
            at += 1
        return at

    def code(self, token: Token, block: tuple[int, int]) -> Piece:
        """Code keeps its lines; each ends where its source line ends, after the container's indent."""
        offsets: list[int | None] = []
        first = (token.map or [0])[0] + (1 if token.type == "fence" else 0)
        for number, line in enumerate(token.content.split("\n"), first):
            start, stop = (self.starts[min(n, len(self.starts) - 1)] for n in (number, number + 1))
            written = self.source[start:stop].rstrip("\r\n")
            begin = start + len(written) - len(line)
            fits = written.endswith(line)
            offsets += [begin + i if fits else None for i in range(len(line) + 1)]
        self.at = max(self.at, block[1])
        return Piece(token, token.content, offsets[: len(token.content)], block)


def pieces(source: str, tokens: Sequence[Token]) -> list[Piece]:
    """Every visible piece of the parsed source, in order."""
    walk = _Walk(source)
    found: list[Piece] = []
    block = (0, len(source))
    for token in tokens:
        block = walk.lines(token, block)
        if token.type == "inline":
            walk.at = max(walk.at, block[0])
            found.extend(walk.inline(token, block))
        elif token.type in ("fence", "code_block"):
            found.append(walk.code(token, block))
    return found

"""Markdown to HTML that is safe to show, with cited stretches of the source marked.

Raw HTML in the source is shown as text, and the final HTML is sanitised, never the source. Pictures are not loaded:
their description stands in their place. Marks follow source offsets (see source_map), so a citation made from the
source lands on the same words on the page.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from urllib.parse import unquote

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from kb.markup.source_map import Piece, pieces
from kb.text import BIDI

_NESTING = 40  # levels of blocks and of inline markup; deeper ones are left as text
_TAGS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "s",
         "table", "thead", "tbody", "tr", "th", "td", "a", "br", "hr", "mark", "span"}
_ATTRIBUTES: dict[str, set[str]] = {"*": set(), "a": {"href"}, "ol": {"start"}, "mark": {"id"}, "span": {"class"},
               **{f"h{level}": {"id"} for level in range(1, 7)}}
_SCHEMES = {"http", "https", "mailto", "tel"}
_ARTICLE = re.compile(r"article:([a-z0-9][a-z0-9-]{0,119})(#.*)?", re.DOTALL)
_TARGET = re.compile(r"https?://|mailto:|tel:|/|#", re.IGNORECASE)
_SURROGATE = re.compile("[\ud800-\udfff]")
_MARKUP = re.compile(r"[\[\]!*_`~<>&|]|[-+](?=[ \t])|\d[.)](?=[ \t])")
_MOST_MARKUP = 60_000  # such characters in one text: parsing takes 25 µs each, and no honest article has as many
_MOST_TOKENS = 200_000  # of a parsed text, cells that a table leaves out included: showing takes 10 µs each


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "maxNesting": _NESTING}).enable(["table", "strikethrough"])


def heading_id(text: str) -> str:
    """The anchor of a heading: its letters and digits in lower case, under a prefix that no other id has."""
    words = re.sub(r"[^\w]+", "-", unicodedata.normalize("NFKC", text).casefold()).strip("-")
    return f"h-{words[:80]}"


def render_html(source: str, *, highlights: Sequence[tuple[int, int]] = (),
                link: Callable[[str], str] | None = None) -> str:
    """Sanitised HTML of a revision: no raw HTML, scripts, pictures, nor links other than http(s), mail, phone, paths.

    ``highlights`` are half-open source ranges; the n-th (from 1) is marked piece by piece, its first piece being
    ``<mark id="cite-n">``. ``article:slug`` links lead to ``link(slug)``, and nowhere without it. Headings get ids.
    """
    source = _SURROGATE.sub("\ufffd", source)
    parser = _parser()
    tokens = _parsed(source)
    found = pieces(source, tokens)
    covers = _cover(found, highlights)
    opened: set[int] = set()
    shown = {id(piece.token): _shown(piece, cover, opened) for piece, cover in zip(found, covers, strict=True)}
    taken: dict[str, int] = {}
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            _name(token, tokens[at + 1], taken)
        if token.type == "inline":
            token.children = [_rewritten(child, shown, link) for child in token.children or []]
    html = parser.renderer.render([_rewritten(t, shown, link) for t in tokens], parser.options, {})
    return nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES,
                     link_rel="noopener noreferrer nofollow")


def _parsed(source: str) -> list[Token]:
    """The text's tokens; the whole text as one block of code when it was made to keep the server busy."""
    if len(_MARKUP.findall(source)) <= _MOST_MARKUP:
        tokens = _parser().parse(source)
        if sum(1 + len(token.children or ()) for token in tokens) <= _MOST_TOKENS:
            return tokens
    return [Token("code_block", "code", 0, content=source, map=[0, source.count("\n") + 1])]


def _cover(found: Sequence[Piece], highlights: Sequence[tuple[int, int]]) -> list[list[frozenset[int]]]:
    """For every piece and character, the highlights (from 1) that hold it; each highlight holds at least one piece.

    A character of unknown place belongs to what both its neighbours belong to. A highlight that holds no visible
    character (table rules, a link's address) marks the first block that it touches or precedes.
    """
    covers: list[list[frozenset[int]]] = [[frozenset()] * len(piece.text) for piece in found]
    for n, (start, end) in enumerate(highlights, 1):
        is_found = False
        for piece, cover in zip(found, covers, strict=True):
            if piece.block[1] <= start or piece.block[0] >= end:
                continue
            for i, offset in enumerate(piece.offsets):
                if offset is not None and start <= offset < end:
                    cover[i] |= {n}
                    is_found = True
        if not is_found:
            near = next((p.block for p in found if p.block[1] > start and p.text.strip()), None)
            for piece, cover in zip(found, covers, strict=True):
                if near == piece.block:
                    cover[:] = [c | {n} for c in cover]
    for piece, cover in zip(found, covers, strict=True):
        for i, offset in enumerate(piece.offsets):
            if offset is None and i and i + 1 < len(cover):
                cover[i] |= cover[i - 1] & cover[i + 1]
    return covers


def _shown(piece: Piece, cover: Sequence[frozenset[int]], opened: set[int]) -> str:
    """The piece as HTML, cut where its highlights change."""
    parts = []
    begin = 0
    for at in range(1, len(cover) + 1):
        if at < len(cover) and cover[at] == cover[begin]:
            continue
        text, marks = _escaped(piece.text[begin:at]), cover[begin]
        if marks and (text.strip() or not marks <= opened):
            new = sorted(marks - opened)
            opened |= marks
            text = "".join(f'<mark id="cite-{n}">' for n in new) + ("" if new else "<mark>") + text
            text += "</mark>" * max(len(new), 1)
        parts.append(text)
        begin = at
    html = "".join(parts)
    if piece.token.type == "code_inline":
        return f"<code>{html}</code>"
    if piece.token.type in ("fence", "code_block"):
        return f"<pre><code>{html}</code></pre>\n"
    if piece.token.type == "image":
        return f'<span class="picture">{html or "…"}</span>'
    return html


def _escaped(text: str) -> str:
    """Text as HTML; overrides of writing direction, which make text read as what it is not, become visible."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return BIDI.sub(lambda found: f"[U+{ord(found.group()):04X}]", text)


def _rewritten(token: Token, shown: dict[int, str], link: Callable[[str], str] | None) -> Token:
    """The token as it is to be rendered: visible pieces as prepared HTML, links resolved."""
    if id(token) in shown:
        return Token("html_inline", "", 0, content=shown[id(token)])
    if token.type == "link_open":
        href = str(token.attrGet("href") or "")
        article = _ARTICLE.fullmatch(href)
        if article:
            href = (link(article[1]) + _fragment(article[2] or "")) if link else ""
        elif href.startswith("#"):
            href = _fragment(href)
        token.attrs = {"href": href} if _TARGET.match(href) else {}
    return token


def _fragment(written: str) -> str:
    """A link to a heading by its text or id, as a link to its id."""
    name = unquote(written.removeprefix("#"))
    return f"#{heading_id(name.removeprefix('h-'))}" if name else ""


def _name(heading: Token, inline: Token, taken: dict[str, int]) -> None:
    """Give the heading an id that no other one on the page has."""
    name = heading_id("".join(c.content for c in inline.children or [] if c.type in ("text", "code_inline")))
    taken[name] = taken.get(name, 0) + 1
    heading.attrSet("id", name if taken[name] == 1 else f"{name}-{taken[name]}")

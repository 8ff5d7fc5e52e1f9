"""Article files: YAML front matter and Markdown, taken as untrusted data and bounded before any parser sees them.

Refuses what cannot be stored or shown safely; rendering sanitises the final HTML, never the source.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

import nh3
import yaml
from markdown_it import MarkdownIt

from kb.errors import Invalid
from kb.settings import LimitSettings

BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_NESTING = re.compile(r"^(?:[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t])))+")
_MARKER = re.compile(r">|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t])")
_TABLE_ROW = re.compile(r"^\s*\|")


@dataclass(frozen=True, slots=True)
class ArticleFile:
    """A parsed file: front matter values and the Markdown body exactly as written."""

    meta: dict[str, Any]
    body: str


class _StrictLoader(yaml.SafeLoader):
    """Plain data only: no aliases (bombs), no duplicate keys."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise Invalid("yaml_alias", f"line {mark.line + 2}: YAML aliases are not accepted; write the value out")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, (dict, list)):
                raise Invalid("yaml_key", f"line {key_node.start_mark.line + 2}: a key must be a word")
            if key in seen:
                raise Invalid("yaml_duplicate", f"line {key_node.start_mark.line + 2}: key {key!r} is given twice")
            seen.add(key)
        return super().construct_mapping(node, deep)


def parse_article(data: bytes, limits: LimitSettings) -> ArticleFile:
    """Bytes of a file as front matter and body; raises Invalid with line and reason."""
    if len(data) > limits.article_bytes:
        raise Invalid("too_large", f"{len(data)} bytes; the limit is {limits.article_bytes} (limits.article_bytes)")
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Invalid("not_utf8", f"line {line}: not UTF-8; save the file as UTF-8") from error
    meta: dict[str, Any] = {}
    if text.startswith("---\n"):
        end = text.find("\n---\n", 3)
        if end < 0:
            raise Invalid("front_matter", "line 1: the front matter has no closing ---")
        head, text = text[4:end + 1], text[end + 5:].removeprefix("\n")
        meta = _load_yaml(head, limits)
    check_source(text, limits)
    return ArticleFile(meta, text)


def _load_yaml(head: str, limits: LimitSettings) -> dict[str, Any]:
    if len(head.encode()) > limits.front_matter_bytes:
        raise Invalid("front_matter", f"front matter over {limits.front_matter_bytes} bytes")
    if re.search(r"[\[{]{20}", re.sub(r"\s", "", head)):
        raise Invalid("front_matter", "front matter nested too deeply")
    try:
        meta = yaml.load(head, Loader=_StrictLoader)
    except yaml.MarkedYAMLError as error:
        line = (error.problem_mark.line + 2) if error.problem_mark else 1
        raise Invalid("bad_yaml", f"line {line}: {error.problem or 'not valid YAML'}") from error
    except ValueError as error:  # YAML's own dates: 2026-13-45
        raise Invalid("bad_date", f"front matter: impossible date or number: {error}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise Invalid("bad_yaml", f"front matter: {str(error).splitlines()[0]}") from error
    if not isinstance(meta, dict):
        raise Invalid("bad_yaml", "line 2: front matter must be key: value lines")
    return meta


def check_source(source: str, limits: LimitSettings) -> None:
    """Refuse Markdown beyond the limits or with characters that deceive; linear in the text."""
    found = _CONTROL.search(source)
    if found:
        at = source.count("\n", 0, found.start()) + 1
        raise Invalid("control_character", f"line {at}: control character U+{ord(found.group()):04X}; remove it")
    if any("\ud800" <= c <= "\udfff" for c in source):
        raise Invalid("surrogate", "the text holds a lone surrogate; save the file as UTF-8")
    lines = source.split("\n")
    if len(lines) > limits.article_lines:
        raise Invalid("too_many_lines", f"{len(lines)} lines; the limit is {limits.article_lines}")
    rows = 0
    for number, line in enumerate(lines, 1):
        if len(line) > limits.line_chars:
            raise Invalid("long_line", f"line {number}: {len(line)} characters; the limit is {limits.line_chars}")
        prefix = _NESTING.match(line)
        indent = (len(line) - len(line.lstrip(" \t"))) // 2
        if (prefix and len(_MARKER.findall(prefix.group())) > limits.nesting) or (prefix and indent > limits.nesting):
            raise Invalid("nesting", f"line {number}: nested deeper than {limits.nesting} levels")
        rows = rows + 1 if _TABLE_ROW.match(line) else 0
        if rows > limits.table_rows:
            raise Invalid("table_rows", f"line {number}: table over {limits.table_rows} rows; split it")


def clean_label(value: str) -> str:
    """A title or name in NFKC on one line, without bidi overrides and zero-width characters."""
    text = unicodedata.normalize("NFKC", BIDI.sub("", value))
    return " ".join("".join(c for c in text if unicodedata.category(c) not in ("Cf", "Cc", "Cs")).split())


_TAGS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "s",
         "table", "thead", "tbody", "tr", "th", "td", "a", "br", "hr", "mark"}


def render_html(source: str) -> str:
    """Sanitised HTML of a revision: no raw HTML, scripts, images or links other than http(s) and paths."""
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 40}).enable(["table", "strikethrough"])
    html = parser.render(BIDI.sub(lambda m: f"[U+{ord(m.group()):04X}]", source))
    return nh3.clean(html, tags=_TAGS, attributes={"a": {"href"}, "ol": {"start"}}, url_schemes={"http", "https"},
                     link_rel="noopener noreferrer nofollow")

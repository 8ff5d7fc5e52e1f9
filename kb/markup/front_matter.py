"""Article files taken apart: YAML front matter, as plain data only, and the Markdown body exactly as written.

YAML is bounded before the parser sees it; aliases (bombs), tags and duplicate keys are refused. A value is text, as it
was written, or nothing: YAML would read a title ``10:45`` as 645, ``3.10`` as 3.1, a keyword ``on`` as true. What is to
be a number, a day or a yes is read from the text by whoever wants it (:func:`moment`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import yaml

from kb.errors import Invalid
from kb.messages.message import Message
from kb.settings import LimitSettings
from kb.text import check_source

_WHAT = Message("front matter")
_DEEPEST = 20  # nested lists and mappings; PyYAML recurses for each


@dataclass(frozen=True, slots=True)
class ArticleFile:
    """A parsed file: front matter values, the line of each key, and the Markdown body exactly as written.

    ``first_line`` is the body's first line in the file.
    """

    meta: dict[str, Any]
    body: str
    lines: Mapping[str, int] = field(default_factory=dict)
    first_line: int = 1


_NOTHING = {first: [(tag, form) for tag, form in known if tag.endswith(":null")]
            for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()}
_KINDS = frozenset({"str", "seq", "map", "null"})  # of values; others can only be asked for by a tag


class _StrictLoader(yaml.SafeLoader):
    """Plain data only: no aliases, no tags, no duplicate keys; scalars are text, or nothing where nothing is written.

    ``first_line`` is where the YAML begins in its file.
    """

    yaml_implicit_resolvers = _NOTHING
    first_line = 1
    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            line = self.peek_event().start_mark.line + self.first_line  # type: ignore[no-untyped-call]
            raise Invalid("yaml_alias", "line {line}: YAML aliases are not accepted; write the value out", line=line)
        if self.depth >= _DEEPEST:
            line = self.peek_event().start_mark.line + self.first_line  # type: ignore[no-untyped-call]
            raise Invalid("yaml_nesting", "line {line}: nested too deeply", line=line)
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        if node.tag.rpartition(":")[2] not in _KINDS:
            raise Invalid("bad_yaml", "line {line}: YAML tags are not accepted",
                          line=node.start_mark.line + self.first_line)
        return super().construct_object(node, deep)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            line = key_node.start_mark.line + self.first_line
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, (dict, list)):
                raise Invalid("yaml_key", "line {line}: a key must be a word", line=line)
            if key in seen:
                raise Invalid("yaml_duplicate", "line {line}: key {key!r} is given twice", line=line, key=key)
            seen.add(key)
        return super().construct_mapping(node, deep)


def moment(value: str) -> date | datetime | str:
    """A day or an instant as YAML writes them (2026-03-01, 2026-3-1 9:00:00 +8); else the text as it is."""
    if yaml.SafeLoader.timestamp_regexp.match(value) is None:
        return value
    try:
        found: date | datetime = yaml.SafeLoader("").construct_yaml_timestamp(
            yaml.ScalarNode("tag:yaml.org,2002:timestamp", value))
    except (ValueError, OverflowError):  # 2026-13-45
        return value
    return found


def load_yaml(text: str, *, largest: int, what: Message | str = _WHAT, first_line: int = 1) -> dict[str, Any]:
    """A YAML mapping of untrusted text as plain data; raises Invalid with the line counted from ``first_line``."""
    return _load(text, largest, what, first_line)[0]


def _load(text: str, largest: int, what: Message | str, first_line: int) -> tuple[dict[str, Any], dict[str, int]]:
    """The mapping, and the line on which each of its keys stands."""
    if len(text.encode("utf-8", "surrogatepass")) > largest:
        raise Invalid("yaml_too_large", "{what} is larger than {largest} bytes", what=what, largest=largest)
    unprintable = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if unprintable:
        line = text.count("\n", 0, unprintable.start()) + first_line
        raise Invalid("control_character", "line {line}: character U+{code_point:04X}; remove it", line=line,
                      code_point=ord(unprintable.group()))
    loader = _StrictLoader(text)
    loader.first_line = first_line
    try:
        root = loader.get_single_node()
        meta = None if root is None else loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + first_line if mark else first_line
        problem = error.problem or Message("not valid YAML")
        raise Invalid("bad_yaml", "line {line}: {problem}", line=line, problem=problem) from error
    except (yaml.YAMLError, RecursionError) as error:
        problem = str(error).splitlines()[0] if str(error) else Message("nested too deeply")
        raise Invalid("bad_yaml", "{what}: {problem}", what=what, problem=problem) from error
    finally:
        loader.dispose()
    if root is None or not isinstance(meta, dict):
        raise Invalid("bad_yaml", "line {first_line}: {what} must be key: value lines", first_line=first_line,
                      what=what)
    return meta, {str(key.value): key.start_mark.line + first_line for key, _ in root.value}


def parse_article(data: bytes, limits: LimitSettings) -> ArticleFile:
    """Bytes of a file as front matter and body; raises Invalid with line and reason."""
    if len(data) > limits.article_bytes:
        raise Invalid("too_large", "larger than {article_bytes} bytes (limits.article_bytes)",
                      article_bytes=limits.article_bytes)
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Invalid("not_utf8", "line {line}: not UTF-8; save the file as UTF-8", line=line) from error
    meta: dict[str, Any] = {}
    lines: dict[str, int] = {}
    above = 0
    if text.startswith("---\n"):
        end = text.find("\n---\n", 3)
        if end < 0:
            raise Invalid("front_matter", "line 1: the front matter has no closing ---")
        head, body = text[4:end + 1], text[end + 5:].removeprefix("\n")
        above = text.count("\n", 0, len(text) - len(body))
        meta, lines = _load(head, limits.front_matter_bytes, _WHAT, 2)
        text = body
    check_source(text, limits, first_line=above + 1)
    return ArticleFile(meta, text, lines, above + 1)

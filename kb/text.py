"""Text taken in: untrusted, bounded before any parser sees it, labels cleaned of what deceives the eye."""

from __future__ import annotations

import re
import unicodedata

from kb.errors import Invalid
from kb.settings import LimitSettings

LONGEST_SLUG = 120  # characters
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,119}")
LONGEST_NOTE = 2_000  # characters of a reason or a note
BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_NESTING = re.compile(r"^(?:[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t])))+")
_CHINESE_MARKS = re.compile("([，：；！？（）～…])")
# Letters and marks that are drawn as nothing (Default_Ignorable_Code_Point beside the format characters, and two blanks
# that are no white space): fillers, selectors of variants, the joiner of graphemes.
_DRAWS_NOTHING = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U0001d159"
                            "\U000e0000-\U000e0fff]")
_MARKER = re.compile(r">|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t])")
_TABLE_ROW = re.compile(r"^\s*\|")


def check_source(source: str, limits: LimitSettings, *, first_line: int = 1) -> None:
    """Refuse Markdown beyond the limits or with control characters; linear in the text.

    Lines are counted from ``first_line``, where the text begins in its file.
    """
    found = _CONTROL.search(source)
    if found:
        at = source.count("\n", 0, found.start()) + first_line
        raise Invalid("control_character", "line {at}: control character U+{code_point:04X}; remove it", at=at,
                      code_point=ord(found.group()))
    if any("\ud800" <= c <= "\udfff" for c in source):
        raise Invalid("surrogate", "the text holds a lone surrogate; save the file as UTF-8")
    lines = source.split("\n")
    if len(lines) > limits.article_lines:
        raise Invalid("too_many_lines", "{count} lines; the limit is {article_lines}", count=len(lines),
                      article_lines=limits.article_lines)
    rows = 0
    for number, line in enumerate(lines, first_line):
        if len(line) > limits.line_chars:
            raise Invalid("long_line", "line {number}: {count} characters; the limit is {line_chars}", number=number,
                          count=len(line), line_chars=limits.line_chars)
        prefix = _NESTING.match(line)
        indent = (len(line) - len(line.lstrip(" \t"))) // 2
        if (prefix and len(_MARKER.findall(prefix.group())) > limits.nesting) or (prefix and indent > limits.nesting):
            raise Invalid("nesting", "line {number}: nested deeper than {nesting} levels", number=number,
                          nesting=limits.nesting)
        rows = rows + 1 if _TABLE_ROW.match(line) else 0
        if rows > limits.table_rows:
            raise Invalid("table_rows", "line {number}: table over {table_rows} rows; split it", number=number,
                          table_rows=limits.table_rows)


def unseen_in(value: str, *, lines: bool = False) -> str | None:
    """The first character that is none or that no reader sees: a control character, half of a pair, an override of
    direction; breaks of lines and tabs count unless ``lines`` may be."""
    return next((c for c in value if BIDI.match(c) or (
        unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") and not (lines and c in "\n\t"))), None)


def clean_note(value: str, *, field: str, longest: int = LONGEST_NOTE) -> str:
    """A reason or a note as it is kept, its lines as they were written; raises Invalid naming the field.

    Every service takes what people say about an act through here: what cannot be read is refused, not cut or mended.
    """
    note = value.replace("\r\n", "\n").replace("\r", "\n").strip(" \n\t\u3000")
    unseen, length = unseen_in(note, lines=True), len(note)
    if unseen is not None:
        named = f"U+{ord(unseen):04X}"
        raise Invalid("field", "{field}: character {named}; remove it", field=field, named=named,
                      fields={field: "not text"})
    if length > longest:
        raise Invalid("field", "{field}: {length} characters; the limit is {longest}", field=field, length=length,
                      longest=longest, fields={field: "too long"})
    return note


def excerpt(text: str, most: int) -> str:
    """How a text begins, on one line of so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most - 1]}…"


def clean_label(value: str) -> str:
    """A title or name in NFKC on one line, without bidi overrides and zero-width characters; cleaning twice is once.

    Chinese punctuation stays as it is written: NFKC would turn it into ASCII, which reads badly among characters.
    """
    parts = _CHINESE_MARKS.split(_visible(value))
    return " ".join(_visible("".join(unicodedata.normalize("NFKC", p) if i % 2 == 0 else p
                                     for i, p in enumerate(parts))).split())


def _visible(value: str) -> str:
    """Without format characters, controls other than white space, lone surrogates, and what is drawn as nothing."""
    return "".join(c for c in value if c.isspace() or not (unicodedata.category(c) in ("Cf", "Cc", "Cs")
                                                           or _DRAWS_NOTHING.match(c)))

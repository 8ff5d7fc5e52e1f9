"""Advice on a text alone: what it rests on, what it hides, and sentences that nobody could follow when read out.

Limits are for text that is read to somebody at the telephone: an agent has ten seconds, and a sentence of eighty
Chinese characters takes twenty.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from kb.articles.revisions import RevisionText
from kb.articles.writing.check_report import Finding, Kind, Stretch
from kb.markup.document import Block, Document
from kb.markup.headings import places
from kb.markup.parse import parse
from kb.text import excerpt

LONG_HAN, LONG_WORDS = 90, 35  # characters of a sentence, words of an English one (plain-language guides: 20 to 30)
MOST_CONDITIONS = 3  # in one sentence
MOST_DENIALS = 2
_EXCERPT = 60  # characters of what is hidden
_MOST = 20  # findings of one kind: who gets more reads none
_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")
_SENTENCE = re.compile(r"[^。！？!?；;\n]+(?:[。！？!?；;]|(?=\n)|$)")
_SENTENCE_EN = re.compile(r"[^\n]+?(?:(?<!\b[A-Z])(?<!\be\.g)(?<!\bi\.e)[.!?;](?=\s|$)|(?=\n)|$)")
_CONDITION = re.compile(
    r"如果|若(?!干)|如(?=[未不有在属系遇需果])|(?<=[，、])但|除外|除非|仅当|只有|的，|情形"
    r"|\b(?:if|unless|except|provided|when|where|until|in case|only if)\b", re.IGNORECASE)
_DENIAL = re.compile(
    r"(?<![对要])不(?!动产|锈|同|断|仅|但|管|论|少于|超过|低于|满|足)|未(?!来|成年)|非(?!常|机动)|无(?!障碍|线)"
    r"|除外|除非|\b(?:not|never|no|nor|unless|except|without|cannot|n't)\b", re.IGNORECASE)
_NUMBER = re.compile(r"[\u4e00-\u9fff]{1,12}[〔\[（(]\d{4}[〕\]）)]\s?(?:第\s?)?\d{1,5}\s?号")


def advice_on(text: RevisionText) -> Iterator[Finding]:
    """What is missing of the text's basis, what it hides, and its hard passages, the hardest first."""
    document = parse(text.source)
    yield from _of_basis(text, document)
    yield from _of_hidden(document)
    yield from sorted(_of_sentences(document), key=lambda one: -one.score)[:_MOST]


def _of_basis(text: RevisionText, document: Document) -> Iterator[Finding]:
    if not text.bases:
        yield Finding(Kind.BASIS, "basis_missing")
    listed = {_plain(f"{basis.title} {basis.number}") for basis in text.bases}
    told: set[str] = set()
    for found in _NUMBER.finditer(text.source):
        number = _plain(found[0])
        year = re.search(r"\d{4}.*", number)
        if not year or number in told or any(year[0] in one for one in listed):
            continue
        told.add(number)
        if len(told) > _MOST:
            return
        yield Finding(Kind.BASIS, "basis_unlisted", {"number": found[0]},
                      after=(_stretch(document, found.start(), found.end()),))


def _of_hidden(document: Document) -> Iterator[Finding]:
    """Left over among colleagues, as a rule: a note, a paragraph "until it is announced". Link definitions are not."""
    hidden = [one for one in document.hidden if one.kind != "definition"]
    for one in hidden[:_MOST]:
        yield Finding(Kind.HIDDEN, "hidden_element" if one.kind == "hidden_element" else "hidden_comment",
                      {"words": excerpt(one.text.removeprefix("<!--").removesuffix("-->"), _EXCERPT)})


def _plain(text: str) -> str:
    return re.sub(r"[\s第]", "", text.translate(str.maketrans("〔〕（）()", "[][][]")))


def _of_sentences(document: Document) -> Iterator[Finding]:
    for leaf in document.leaves:
        if leaf.kind in ("heading", "code", "cell", "header"):
            continue
        yield from _of_leaf(document, leaf)


def _of_leaf(document: Document, leaf: Block) -> Iterator[Finding]:
    source = document.source[leaf.start:leaf.end]
    is_han = len(_HAN.findall(source)) * 4 > len(source)
    for found in (_SENTENCE if is_han else _SENTENCE_EN).finditer(source):
        start, end = leaf.start + found.start(), leaf.start + found.end()
        said = document.said(start, end)
        size, limit = (len(said), LONG_HAN) if is_han else (len(_WORD.findall(said)), LONG_WORDS)
        conditions, denials = len(_CONDITION.findall(said)), len(_DENIAL.findall(said))
        for message, count, most in (("reading_long", size, limit), ("reading_nested", conditions, MOST_CONDITIONS),
                                     ("reading_negations", denials, MOST_DENIALS)):
            is_listing = said.count("、") > 4 or said.count(", ") > 6  # long, and read as a list
            if count > most and not (message == "reading_long" and is_listing):
                facts = {"size" if message == "reading_long" else "count": count, "limit": most}
                yield Finding(Kind.READING, message, facts, after=(_stretch(document, start, end),),
                              score=round(count / most, 3))
                break


def _stretch(document: Document, start: int, end: int) -> Stretch:
    parts = places(document)
    at = bisect_right([part.start for part in parts], start) - 1
    return Stretch("draft", document.said(start, end), start, end, parts[at].path if at >= 0 else ())

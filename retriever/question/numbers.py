"""Clause, document, form and telephone numbers in a question: exact conditions, which a text meets or does not.

"第十条怎么规定" asks for the clause that is number ten, not for one that cites it. So a text meets a clause's number
where a line of it or a heading begins with it; a document's, form's or telephone's where it stands anywhere. Numerals
are compared by value: 第十条, 第 10 条 and 第10条 are one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kb.markup.facts.numerals import chinese_number
from retriever.language.analysis import normalise
from retriever.question.documents import DocumentNumber, document_numbers, of_normalised

_NUMERAL = "[零〇一二三四五六七八九十百千]"
_CLAUSE_ZH = re.compile(rf"第\s?(?P<n>\d{{1,4}}|{_NUMERAL}{{1,9}})\s?(?P<unit>[条款项章节编步])(?![件目])")
_CLAUSE_EN = re.compile(
    r"(?:\b(?P<unit>article|section|clause|paragraph|chapter|rule|step)\s+|(?<![\w'’])(?P<short>art|sec|para|cl|s)\.\s?"
    r"|(?P<sign>§)\s?)(?P<n>\d{1,4}(?:\.\d{1,3})*[a-z]?)\b")
_SAME = {"条": "article", "款": "paragraph", "章": "chapter", "节": "section", "步": "step",
         "art": "article", "sec": "section", "s": "section", "§": "section", "para": "paragraph", "cl": "clause"}
_FORM = re.compile(
    r"\b(?:forms?|annex|schedule|appendix|table)\s+(?:no\.?\s*)?(?P<en>[a-z]{0,4}-?\d{1,5}[a-z]?(?:-\d{1,4})?)\b"
    r"|(?P<kind>表格?|附件|附表)\s?(?P<zh>[a-z]{0,4}-?\d{1,4}(?:-\d{1,4})?|[一二三四五六七八九十]{1,3})(?![\d年月日个份张元%])"
    r"|(?<![a-z\d-])(?P<code>[a-z]{1,4}-?\d{1,5}(?:-\d{1,4})?)\s?号?(?:申请|登记)?表(?![示现明达面])")
_PHONE = re.compile(
    r"(?<![\d.,-])(?:0\d{2,3}-?\d{7,8}|1[3-9]\d{9}|400-?\d{3}-?\d{4}|12\d{3}|9[56]\d{3,4}|[2-8]\d{6,7})"
    r"(?![\d.,-]*\d)(?!\s?[元块人户平])")
_LEADING = re.compile(r"^[\s>*_#|`~\-+(\[]*")


@dataclass(frozen=True, slots=True)
class Number:
    """One number that a text states; ``kind`` is clause:article …, document, form or phone."""

    kind: str
    value: str
    document: DocumentNumber | None = None

    @property
    def is_clause(self) -> bool:
        """Whether it counts the parts of a text, so that many texts have it."""
        return self.kind.startswith("clause:")


@dataclass(frozen=True, slots=True)
class Conditions:
    """The numbers that a question names; empty when it names none."""

    numbers: tuple[Number, ...] = ()
    documents: tuple[DocumentNumber, ...] = ()

    @classmethod
    def of(cls, question: str) -> Conditions:
        """The numbers that this question names."""
        return cls(tuple(dict.fromkeys(_stated(normalise(question)))), tuple(document_numbers(question)))

    def __bool__(self) -> bool:
        return bool(self.numbers)

    @property
    def names_text(self) -> bool:
        """Whether a document, form or telephone is named, which stands for itself in whatever article."""
        return any(not number.is_clause for number in self.numbers)

    def fits(self, text: str, headings: Sequence[str] = ()) -> bool | None:
        """Whether the text is what is named: False where it is another one of its kind, None where it says nothing."""
        lines = [_LEADING.sub("", line) for line in normalise("\n".join((*headings, text))).split("\n")]
        begun = [number for line in lines if (number := _beginning(line)) is not None]
        stated = set(_stated("\n".join(lines))) if self.names_text else set[Number]()
        verdicts = [self._fits(number, begun, stated) for number in self.numbers]
        if True in verdicts:
            return False not in verdicts
        return False if False in verdicts else None

    def prefers(self, texts: Sequence[str]) -> NDArray[np.int8]:
        """Of each text 1 where it is what is named, -1 where it is another one of its kind, else 0."""
        values = {True: 1, False: -1, None: 0}
        return np.array([values[self.fits(text)] for text in texts], np.int8)

    def _fits(self, number: Number, begun: Sequence[Number], stated: set[Number]) -> bool | None:
        if number.is_clause:
            values = {other.value for other in begun if other.kind == number.kind}
            return number.value in values if values else None
        if any(_is_same(number, other) for other in stated):
            return True
        is_other = number.kind != "phone" and any(other.kind == number.kind for other in stated)
        return False if is_other else None


def _is_same(asked: Number, stated: Number) -> bool:
    """Whether it is the same number; a document that is asked for without year and issuer is any of its number."""
    if asked.kind != stated.kind:
        return False
    if asked.document is None or stated.document is None:
        return asked.value == stated.value
    return asked.document.is_same(stated.document)


def _beginning(line: str) -> Number | None:
    """The clause that a line begins with."""
    match = _CLAUSE_ZH.match(line) or _CLAUSE_EN.match(line)
    return _clause(match) if match else None


def _clause(match: re.Match[str]) -> Number:
    parts = match.groupdict()
    unit = parts["unit"] or parts["short"] or parts["sign"]
    return Number(f"clause:{_SAME.get(unit, unit)}", _figure(match["n"]))


def _figure(text: str) -> str:
    """A numeral as figures; a letter or point stays."""
    value = chinese_number(text)
    if value is not None:
        return str(value)
    return str(int(text)) if text.isdecimal() else text


def _stated(text: str) -> Iterable[Number]:
    """The numbers that a normalised text states."""
    for pattern in (_CLAUSE_ZH, _CLAUSE_EN):
        for match in pattern.finditer(text):
            yield _clause(match)
    for number in of_normalised(text):
        yield Number("document", f"{number.issuer}/{number.year}/{number.figure}", number)
    for match in _FORM.finditer(text):
        kind = {"表格": "表", "附表": "表"}.get(match["kind"] or "", match["kind"] or "")
        figure = _figure((match["en"] or match["zh"] or match["code"]).replace("-", ""))
        yield Number("form", f"{kind if kind == '附件' else ''}{figure}")
    for match in _PHONE.finditer(text):
        yield Number("phone", match[0].replace("-", ""))

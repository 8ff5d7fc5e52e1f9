"""A unit's text as it is compared: clauses, each with its quantities, its content words and whether it denies.

Polishing keeps these and changes what lies between them. Words are cut by the dictionary; of Chinese only those of a
kind that carries something, of English the stems. A clause falls into elements at 、, "and", "or", 的 and their like:
an element of which nothing is left was dropped, however small a part of its clause it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from retriever.checking.light_words import KINDS, LIGHT_EN, LIGHT_ZH
from retriever.checking.quantities import HOLE, Quantity, taken_out
from retriever.language.analysis import Analyser, is_han, normalise, stem

_NUMBERING = re.compile(
    r"^\s*(?:[一二三四五六七八九十]{1,3}[、.]|[(][一二三四五六七八九十\d]{1,3}[)]|\d{1,2}[.、)](?!\d)"
    r"|第[一二三四五六七八九十百\d]{1,5}[条款项章节步][:.、]?|[a-h][.)]\s|(?:step|part) \d+[.:])\s*", re.IGNORECASE)
_CLAUSE = re.compile(r"[,，。;；:!！?？()|\n“”\"《》…]|\.(?=\s|$)|—+|\s-\s")
_HAN = "\u4e00-\u9fff"
_ELEMENT = re.compile(rf"、|/|(?<=[{_HAN}{HOLE}])(?:和|或者?|及其?|以及|与|并且?|而且|的|但是?)|\b(?:and|or|but|nor)\b")
UP, DOWN = "↑", "↓"  # stand where a text names a lower or an upper bound
# Before words are counted: the same thing said in other ways, and what looks like a denial and is none.
_SAME = (
    (" free ", "不再?[收交要] ?(?:任何)?(?:费用?|钱)|免(?:收|交)?费用?|免(?=[,。;|) ]|$)|无需付费"
               r"|free of (?:charge|fees?|cost)|\bno (?:fee|charge|cost)s?\b|without (?:charge|fees?)"
               r"|at no (?:charge|cost)|not charged|(?:do not|don't|need not) (?:need to |have to )?pay|\bwaived\b"),
    ("自己承担", "(?:责任|后果)?(?:自负|自担)|自理(?!能力)"), (" 网上 ", "线上|在线(?=办|申|提|查|缴|报|预约)"),
    (" ", "有没有|是不是|能不能|可不可以|要不要|会不会|对不起|不动产|不锈钢|不断|不仅|不但|不管|不论|不妨|差不多"
          "|不良|不同|无障碍|无线|无人机|非机动|非常|未成年|未来|whether or not|not only"),
    (f" {DOWN} ", "[不未](?:得|能|可|应)?(?:超过?|高于|多于|晚于|大于|迟于)|[不未](?:满|足)"
                  f"|不到(?= ?{HOLE})|低于|少于|小于|早于|最多|至多|最长|最高|(?<={HOLE})(?:以下|以内|之内|内)"
                  "|up to|at (?:the )?most|no (?:more|later|longer) than|not (?:more|later|longer|exceed\\w*|over)"
                  f"(?: than)?|less than|fewer than|under(?= {HOLE})|within"),
    (f" {UP} ", "[不未](?:得|能|可|应)?(?:少于|低于|早于|小于)|超过|高于|多于|大于|晚于|最低|最少|至少|起码"
                f"|(?<={HOLE})以上|满(?= ?{HOLE})|at least|no (?:less|fewer|earlier) than"
                f"|not (?:less|before|fewer)(?: than)?|more than|(?:over|above)(?= {HOLE})"
                f"|(?<={HOLE}) (?:or|and) (?:over|more|older|above)"),
    (" ", "只要|只有|仅限?|只(?=能|有|限|收|需|要)"),
)
_PUT = tuple((re.compile(pattern), put) for put, pattern in _SAME)
_DENIES = re.compile(
    rf"不|没|(?<![{_HAN}])无|无(?![{_HAN}]?效果)|未|勿|严禁|禁止|禁(?=[烟停行止])"
    r"|(?<![级特分性类个区识鉴判告差派辨])别(?![人名墅处家国的])|除外"
    r"|n't\b|\b(?:not|never|no|nor|none|nobody|cannot|without|neither|nothing|except|unless)\b")
_MUST = re.compile(rf"必须|应当|应(?=[{_HAN}])|务必|须|\b(?:must|shall|have to|has to|required)\b")
_MAY = re.compile(r"可以|可(?!能|回收|靠|燃)|允许|\b(?:may|can|could|allowed)\b")
_RUN = re.compile(r"[\u3400-\u9fff]+|[a-z][a-z'’-]*[a-z]|[a-z]")


@dataclass(frozen=True, slots=True)
class Element:
    """A part of a clause that may be dropped by itself; ``is_head`` of what 的 hangs on, which is exchanged for another
    word sooner than dropped. ``text`` is how it reads."""

    words: tuple[str, ...]
    quantities: tuple[Quantity, ...]
    is_head: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause, ``text`` as it reads; ``is_label`` where it only names what comes next."""

    text: str
    elements: tuple[Element, ...]
    denials: int
    obliges: int  # 1 must, -1 may, 0 neither or both
    bounds: int  # lower bounds less upper ones
    is_label: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """Its content words."""
        return tuple(word for element in self.elements for word in element.words)

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """Its quantities."""
        return tuple(quantity for element in self.elements for quantity in element.quantities)

    @property
    def marks(self) -> tuple[str, ...]:
        """Its words and its quantities: what tells which clauses are about the same."""
        return (*self.words, *(f"{quantity.measure} {quantity.value}" for quantity in self.quantities))


@dataclass(frozen=True, slots=True)
class Wording:
    """A text as it is compared; ``plain`` is what it says without spaces and quantities."""

    clauses: tuple[Clause, ...]
    plain: str

    @property
    def words(self) -> tuple[str, ...]:
        """Its content words in their order."""
        return tuple(word for clause in self.clauses for word in clause.words)

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """Its quantities in their order."""
        return tuple(quantity for clause in self.clauses for quantity in clause.quantities)

    @property
    def denials(self) -> int:
        """How often it denies."""
        return sum(clause.denials for clause in self.clauses)

    @property
    def key(self) -> tuple[tuple[str, ...], tuple[str, ...], int, int, int]:
        """What two texts share that say the same in almost the same words."""
        return (tuple(sorted(self.words)), tuple(sorted(f"{q.measure} {q.value}" for q in self.quantities)),
                self.denials, sum(clause.bounds for clause in self.clauses),
                sum(clause.obliges for clause in self.clauses))


def wording(text: str, analyser: Analyser) -> Wording:
    """The wording of what a page shows of a unit; numbering before it does not count."""
    text = _NUMBERING.sub("", normalise(" ".join(text.split())))
    text, quantities = taken_out(text)
    written = [piece for piece, _ in _pieces(text)]
    for pattern, put in _PUT:
        text = pattern.sub(put, text)
    found = list(_pieces(text))
    if len(written) != len(found):  # what stands for a word never holds a mark, so that they go together
        written = [piece for piece, _ in found]
    left = iter(quantities)
    clauses = tuple(_clause(piece, mark, said, left, analyser)
                    for (piece, mark), said in zip(found, written, strict=True))
    return Wording(tuple(clause for clause in clauses if clause.words or clause.quantities or clause.denials),
                   re.sub(rf"[\s{HOLE}{UP}{DOWN}]", "", text))


def joined(wordings: Sequence[Wording]) -> Wording:
    """Several as one."""
    return Wording(tuple(clause for one in wordings for clause in one.clauses),
                   "\n".join(one.plain for one in wordings))


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """The clauses of a text, each with the mark that ends it."""
    at = 0
    for match in _CLAUSE.finditer(text):
        yield text[at:match.start()], match[0]
        at = match.end()
    yield text[at:], ""


def _clause(text: str, mark: str, written: str, left: Iterator[Quantity], analyser: Analyser) -> Clause:
    elements: list[Element] = []
    held: list[Quantity] = []
    marks, parts, as_written = ["", *_ELEMENT.findall(text)], _ELEMENT.split(text), _ELEMENT.split(written)
    for n, (joint, part) in enumerate(zip(marks, parts, strict=True)):
        quantities = tuple(next(left) for _ in range(part.count(HOLE)))
        held += quantities
        words = tuple(_words(part, analyser))
        if words or quantities:
            said = _filled(as_written[n], quantities) if len(as_written) == len(parts) else ""
            elements.append(Element(words, quantities, joint == "的", said))
    must, may = bool(_MUST.search(text)), bool(_MAY.search(text))
    return Clause(_filled(written, held), tuple(elements), len(_DENIES.findall(text)), int(must) - int(may),
                  text.count(UP) - text.count(DOWN), mark == ":")


def _filled(text: str, quantities: Sequence[Quantity]) -> str:
    """The words with their quantities back in their places."""
    first, *rest = text.split(HOLE)
    return "".join((first, *(f"{one.text}{part}" for one, part in zip(quantities, rest, strict=False)))).strip()


def _words(text: str, analyser: Analyser) -> Iterator[str]:
    for run in _RUN.findall(text):
        if is_han(run):
            for word, kind in analyser.tagged(run):
                if word not in LIGHT_ZH and not (kind.startswith(KINDS) and len(word) < 3):
                    yield word
        else:
            yield from (stem(part) for part in re.split("['’-]", run)
                        if len(part) > 1 and stem(part) not in LIGHT_EN)

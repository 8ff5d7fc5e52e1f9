"""What a text says of other documents: that they are repealed, have lost their force, or were replaced.

《旧办法》（某政〔2018〕5号）同时废止 names 旧办法 by title and number. The document that does it (《新办法》自…施行) is
not among them, nor is what is only said on a condition or denied. Here stand the keys by which documents are compared.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from kb.markup.facts.extract import facts_in
from kb.markup.facts.fact import Fact
from kb.markup.facts.sought import kept_value
from kb.markup.facts.stated import Shown
from kb.markup.parse import parse

_SENTENCE = re.compile(r"(?:[^。！？!?\n.]|\.(?!\s+[A-Z]|$))+[。！？!?.]?")
_CLAUSE = re.compile(r"(?:(?!\sand the\b)[^，；,;])+")
_VERB = re.compile(r"废止|失效|作废|(?:停止|终止)(?:执行|施行|实施)|不再(?:执行|适用|施行|有效)"
                   r"|[被由][^，,。；;]{1,30}?(?:取代|替代|代替)|[号》）)](?:文件)?停止使用|修订为《"
                   r"|\b(?:repealed|rescinded|revoked|abolished|superseded|replaced|lapsed|withdrawn|expired"
                   r"|no longer (?:in force|in effect|valid|appl(?:y|ies))"
                   r"|ceased? to (?:apply|be in force|have effect))\b", re.IGNORECASE)
_ACTIVE = re.compile(r"(?:废止|代替|取代|替代)(?:了|原|[以下]{1,2}列?(?:规范性)?文件[：:])?\s?《"
                     r"|\b(?:repeal|rescind|revoke|abolish|supersede|replace)(?:e?s)?\b", re.IGNORECASE)
_NOT_SO = re.compile(r"如|若|未|没有?|不得|不(?:因|会|被|予)|是否|可能|拟|建议|征求意见|的[，,]|自行失效"
                     r"|证书|执照|许可证|\b(?:if|unless|(?-i:may)|not|never|whether)\b", re.IGNORECASE)
# Said of the whole sentence: what it tells is not so.
_DENIED = re.compile(r"不属实|不实(?:传言|消息|信息)|并?不是事实|并非事实|谣[言传]|网传|误传|讹传"
                     r"|\b(?:rumours?|rumors?|untrue|not true)\b", re.IGNORECASE)
_QUOTED = re.compile(r"《[^《》\n]{1,120}》|[“\"][^”\"\n]{2,120}[”\"]")
_DOES_IT = re.compile(r"施行|实施|生效|印发|发布|公布|根据|按照|依据|^按"
                      r"|\b(?:takes? effect|in force from|appl(?:y|ies)|under)\b", re.IGNORECASE)
_TITLE = re.compile(r"《([^《》\n]{2,120})》|\b[Tt]he ([A-Z][\w'’-]*(?: (?:[A-Z][\w'’-]*|of|and|for|on|the)){1,14})")
_EDITION = re.compile(r"[(（](?:\d{4}年?)?(?:第[一二三四五六七八九十\d]+次)?(?:修订|修正|修改|试行|暂行)[^)）]*[)）]$")
_BEFORE_NUMBER = re.compile(r"^[原该旧](?=[一-鿿]{2})")  # 原某政发〔2018〕5号: no part of who issued it
_BEHIND = 3  # characters between a title and its number
_SHORTEST = 4  # characters of a title that names one document


@dataclass(frozen=True, slots=True)
class Repeal:
    """A sentence that says that documents no longer hold: of each the keys of its number and title, one of them empty
    where the sentence gives the other alone; and the day from which on, where it names one."""

    start: int
    end: int
    documents: tuple[tuple[str, str], ...]
    from_day: date | None


def number_key(number: str) -> str:
    """The form by which numbers of documents are compared, whatever their brackets; empty for none."""
    found = [fact for fact in facts_in(number) if fact.kind == "document"]
    fact = found[0] if len(found) == 1 else Fact("document", number, 0, 0)
    return kept_value(fact)[:100] if number.strip() else ""


def title_key(title: str) -> str:
    """The form by which titles are compared: without brackets, blanks, and which edition it is; empty where it is too
    short to name one document."""
    bare = "".join(unicodedata.normalize("NFKC", title).split()).strip("《》").casefold()
    kept = _EDITION.sub("", bare)
    return kept[:200] if len(kept) >= _SHORTEST else ""


def repeals_of(source: str) -> Iterator[Repeal]:
    """The sentences of a text that say so, in their order; offsets are into ``source``."""
    if not (_VERB.search(source) or _ACTIVE.search(source)):
        return
    document = parse(source)
    lead = ""  # 下列文件自…起废止：, whose items stand below it
    for leaf in document.leaves:
        shown = Shown.of(document, leaf)
        if lead and leaf.tight:
            documents = tuple(dict.fromkeys(_documents(shown.text)))
            if documents and shown.text.strip():
                start, end = shown.source_of(*_trimmed(shown.text, 0, len(shown.text)))
                yield Repeal(start, end, documents, _from_day(lead))
            continue
        lead = ""
        for found in _SENTENCE.finditer(shown.text):
            documents = _named(found.group())
            if documents:
                start, end = shown.source_of(*_trimmed(shown.text, *found.span()))
                yield Repeal(start, end, documents, _from_day(found.group()))
            elif _is_lead(found.group()):
                lead = found.group()


def _named(sentence: str) -> tuple[tuple[str, str], ...]:
    """The documents of a sentence that no longer hold."""
    if _DENIED.search(sentence):
        return ()
    clauses = [found.group() for found in _CLAUSE.finditer(sentence)]
    found: list[tuple[str, str]] = []
    for n, clause in enumerate(clauses):
        active = _ACTIVE.search(clause)
        said = _QUOTED.sub("《》", clause)  # 《关于…的若干意见》 is no condition
        if not (active or _VERB.search(said)) or _NOT_SO.search(said):
            continue
        here = _documents(clause[active.start():] if active else clause[:_end_of_verb(clause)])
        if not here and n and not _DOES_IT.search(clauses[n - 1]):
            here = _documents(clauses[n - 1])  # 《旧办法》，自即日起废止
        found += here
    return tuple(dict.fromkeys(found))


def _is_lead(sentence: str) -> bool:
    """Whether it says of what is listed below it that it no longer holds."""
    return sentence.rstrip().endswith(("：", ":")) and bool(_VERB.search(sentence)) and not (
        _NOT_SO.search(sentence) or _DENIED.search(sentence))


def _end_of_verb(clause: str) -> int:
    """Past the last verb; past all of the clause where what no longer holds stands after it."""
    last = list(_VERB.finditer(clause))[-1]
    return len(clause) if clause[last.end():last.end() + 1] in ("《", "了") else last.end()


def _documents(text: str) -> list[tuple[str, str]]:
    """The documents that a text names: a number right behind a title is that document's."""
    numbers = [(fact.start, _BEFORE_NUMBER.sub("", kept_value(fact))[:100]) for fact in facts_in(text)
               if fact.kind == "document"]
    found = []
    for title in _TITLE.finditer(text):
        key = title_key(title[1] or title[2] or "")
        behind = [at for at, _ in numbers if title.end() <= at <= title.end() + _BEHIND
                  and not _TITLE.search(text, title.end(), at)]
        number = next((value for at, value in numbers if behind and at == behind[0]), "")
        numbers = [(at, value) for at, value in numbers
                   if at not in behind[:1] and not title.start() <= at < title.end()]
        if key or number:
            found.append((number, key))
    return found + [(number, "") for _, number in numbers]


def _from_day(sentence: str) -> date | None:
    """The last whole day that the sentence names: from then on."""
    days = []
    for fact in facts_in(sentence):
        parts = fact.value.strip("/").split("-")
        if fact.kind == "date" and len(parts) == 3 and all(part.isdecimal() for part in parts):
            try:
                days.append(date(*map(int, parts)))
            except ValueError:  # 30 February
                continue
    return max(days, default=None)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    inner = text[start:end]
    return start + len(inner) - len(inner.lstrip()), end - (len(inner) - len(inner.rstrip()))

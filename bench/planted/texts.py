"""Planting in the words of texts: dates, documents, numbers, references, figures of two articles."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

from bench.planted.truth import Corpus, Draft, Listed, Planted, Registered, days
from bench.planted.writing import Writer, basis_of
from kb.registers.document_values import DocumentStatus, DocumentText
from kb.registers.phones import PhoneText

_AREA, _OTHER_AREA = "0540", "0541"
_WIDE = str.maketrans("0123456789-", "０１２３４５６７８９－")
_HEADINGS = {"zh": ["说明", "补充说明", "有关事项", "提示", "其他"], "en": ["Please note", "More", "Details"]}


class TextPlanter:
    """Plants what stands in words; ``wordings`` are those of one of the sets."""

    def __init__(self, writer: Writer, corpus: Corpus, wordings: dict[str, Any]) -> None:
        self.writer, self.corpus, self.wordings = writer, corpus, wordings
        self.rng = writer.rng
        self._turns: dict[str, int] = {}

    def plant(self, kind: str, is_fault: bool) -> None:
        """One fault or trap of the kind."""
        getattr(self, kind)(is_fault)

    # what the kinds have in common

    def wording(self, kind: str, is_fault: bool) -> tuple[str, Any, int]:
        """The next wording of the kind, its language and number: each has its turn, Chinese twice as often."""
        group = self.wordings[kind]["faults" if is_fault else "traps"]
        choices = [("zh", n) for n in range(len(group["zh"]))] + [("en", n) for n in range(len(group["en"]))]
        key = f"{kind}/{is_fault}"
        turn = self._turns[key] = self._turns.get(key, -1) + 1
        lang, n = choices[turn % len(choices)]
        return lang, group[lang][n], n

    def article(self, lang: str) -> Draft:
        """A new article for something to be planted in."""
        draft = self.writer.article(lang)
        draft.is_taken = True
        self.corpus.articles.append(draft)
        return draft

    def note(self, kind: str, draft: Draft, is_fault: bool, shape: str, quote: str = "", *tolerated: str) -> None:
        """Write down what was planted."""
        self.corpus.planted.append(Planted(kind, draft.slug, is_fault, shape, quote if is_fault else "", tolerated))

    def say(self, draft: Draft, template: str, **given: str) -> dict[str, str]:
        """Add the words to the article: a paragraph of a section, or a section of their own."""
        slots = self.writer.slots(draft.lang, draft.place, draft.service, draft.owner, **given)
        words = self.writer.fill(template, slots)
        if words.startswith("### ") or self.rng.random() < 0.4:
            draft.sections.append((self.rng.choice(_HEADINGS[draft.lang]), words))
        else:
            at = self.rng.randrange(len(draft.sections))
            heading, body = draft.sections[at]
            draft.sections[at] = (heading, f"{body}\n\n{words}")
        return slots

    # kinds

    def date(self, is_fault: bool) -> None:
        """A sentence whose own day has passed."""
        lang, template, n = self.wording("date", is_fault)
        draft = self.article(lang)
        slots = self.say(draft, template)
        said = next((slots[name] for name in ("past", "pastcn", "pastdot", "pastiso", "pastus", "pastmonth")
                     if f"{{{name}}}" in template), "")
        self.note("date", draft, is_fault, f"{lang}{n}", said)

    def basis(self, is_fault: bool) -> None:
        """Another article says that a document is repealed, or rests on a later edition."""
        if self.rng.random() < 0.25:
            self._edition(is_fault)
            return
        lang, template, n = self.wording("basis", is_fault)
        resting, telling = self.article(lang), self.article(lang)
        document = self.writer.document(resting.service[0] if lang == "zh" else "")
        resting.bases = [basis_of(document)]
        if self.rng.random() < 0.5:
            self.say(resting, "按《{doc}》（{no}）办理。" if lang == "zh" else "The rule is \"{doc}\" ({no}).",
                     doc=document.title, no=document.number)
        self.say(telling, template, doc=document.title, no=document.number,
                 noplain=document.number.replace("〔", "[").replace("〕", "]"),
                 near=self.writer.other_number(document.number))
        self.note("basis", resting, is_fault, f"{lang}{n}", document.number)
        if not is_fault:
            self.note("basis", telling, False, f"{lang}{n}, telling")

    def _edition(self, is_fault: bool) -> None:
        """Two articles rest on documents of one title: the same issuer's earlier and later one, or two issuers'."""
        resting, later = self.article("zh"), self.article("zh")
        old = self.writer.document(resting.service[0])
        marks = self.writer.texts["documents"]["marks"]
        city = next(name for name, known in marks.items() if any(old.number.startswith(mark) for mark in known))
        if is_fault:
            mark, issuer = old.number.partition("〔")[0], old.issuer
        else:
            other = self.rng.choice([name for name in marks if name != city])
            mark, issuer = self.rng.choice(marks[other]), f"{other}人民政府"
        title = f"关于规范{resting.service[0]}（{resting.place}）工作的通知"
        number = f"{mark}〔2025〕{self.rng.randint(100, 900)}号"
        resting.bases = [basis_of(DocumentText(title, old.number, old.issuer, old.issued_on))]
        later.bases = [basis_of(DocumentText(title, number, issuer, days(-self.rng.randint(100, 300)).date()))]
        self.note("basis", resting, is_fault, "edition")

    def basis_repealed(self, is_fault: bool) -> None:
        """The register says that what the text rests on is repealed or amended."""
        lang, template, n = self.wording("basis_repealed", is_fault)
        draft = self.article(lang)
        document = self.writer.document(draft.service[0] if lang == "zh" else "")
        shape = f"{lang}{n}"
        status, since = DocumentStatus.REPEALED, days(-self.rng.randint(3, 300))
        if is_fault and self.rng.random() < 0.3:
            draft.bases, shape = [basis_of(document)], "basis entry"
            status = self.rng.choice((DocumentStatus.REPEALED, DocumentStatus.AMENDED))
        elif not is_fault and self.rng.random() < 0.15:
            draft.bases, shape, status = [basis_of(document)], "amended before the text", DocumentStatus.AMENDED
            since = draft.published_at - timedelta(days=self.rng.randint(20, 200))
        else:
            self.say(draft, template, doc=document.title, no=document.number,
                     noplain=document.number.replace("〔", "[").replace("〕", "]"),
                     nowide=document.number.replace("〔", " 〔").replace("〕", "〕 "),
                     no2=document.number.replace("号", f"{self.rng.randint(0, 9)}号"),
                     near=self.writer.other_number(document.number))
        self.corpus.register.append(Registered(document, status, since))
        self.note("basis_repealed", draft, is_fault, shape, document.number)

    def contact_unlisted(self, is_fault: bool) -> None:
        """A number that the ledger lists no longer, or that went to another department."""
        lang, template, n = self.wording("contact_unlisted", is_fault)
        draft = self.article(lang)
        local = self.writer.phone()
        full = f"{_AREA}-{local}"
        shape = f"{lang}{n}"
        row = PhoneText(full, f"{draft.owner}旧号", department=draft.owner,
                        valid_to=days(-self.rng.randint(2, 200)).date())
        listed = Listed(row)
        if self.rng.random() < 0.15:
            template = "咨询电话{full}。" if lang == "zh" else "Call {full}."
            other = self.rng.choice([code for code in self.writer.lines if code != draft.owner])
            if is_fault:
                shape = "went to another department"
                listed = Listed(PhoneText(full, "热线", department=draft.owner), moved_to=other)
            elif self.rng.random() < 0.5:
                shape = "went to this department"
                listed = Listed(PhoneText(full, "热线", department=other), moved_to=draft.owner)
            else:
                shape = "listed until later"
                listed = Listed(PhoneText(full, "热线", department=draft.owner,
                                          valid_to=days(self.rng.randint(20, 200)).date()))
        self.corpus.ledger.append(listed)
        self.say(draft, template, full=full, local=local, spaced=f"{_AREA} {local[:3]} {local[3:]}",
                 paren=f"（{_AREA}）{local}" if lang == "zh" else f"({_AREA}) {local}", bare=f"{_AREA}{local}",
                 dots=f"{_AREA}.{local[:3]}.{local[3:]}", plus=f"+86 {_AREA[1:]} {local}", wide=full.translate(_WIDE),
                 elsewhere=f"{_OTHER_AREA}-{local}")
        self.note("contact_unlisted", draft, is_fault, shape, local)

    def reference(self, is_fault: bool) -> None:
        """A link to an article that is gone, hidden or not there, or to a section that is not there."""
        lang, template, n = self.wording("reference", is_fault)
        draft = self.article(lang)
        good = self.rng.choice(self.writer.pool[lang])
        target, shape = f"gone-{draft.slug}", f"{lang}{n}"
        if is_fault:
            match self.rng.randrange(4):
                case 0:
                    shape += ", missing"
                case 1:
                    other = self.article(lang)
                    target, shape = other.slug, f"{shape}, retired"
                    self.corpus.retired.append((other.slug, self.rng.choice(("", good.slug))))
                case 2:
                    other = self.article(lang)
                    target, shape = other.slug, f"{shape}, hidden"
                    self.corpus.hidden.append(other.slug)
                case 3:
                    target = f"{good.slug}#{'第九十部分' if lang == 'zh' else 'Part-ninety'}"
                    shape += ", section"
        heading = good.sections[-1][0]
        self.say(draft, template, target=target, t2=good.title, good=good.slug,
                 section=heading.replace(" ", "%20"), sectionenc=quote(heading),
                 own=quote(draft.sections[0][0]))
        self.note("reference", draft, is_fault, shape, target.partition("#")[0])

    def contradiction(self, is_fault: bool) -> None:
        """Two departments' articles on one matter, whose figures differ, or only seem to."""
        lang, pair, n = self.wording("contradiction", is_fault)
        service = self.rng.choice(self.writer.services[lang])
        place = self.writer.name(lang, "places")
        titles = ("{p}{s}办事指南", "{p}{s}常见问题") if lang == "zh" else ("{s} in {p}", "Questions about {s} in {p}")
        both = [self.writer.article(lang, service=service, place=place, owner=owner, aspects=aspects, title=title)
                for title, owner, aspects in zip(titles, ("civil", "market"), (("papers",), ("limits",)), strict=True)]
        more = {"t3": f"{_AREA}-{self.writer.phone()}", "t": f"{_AREA}-{self.writer.phone()}"}
        slots = self.writer.slots(lang, place, (service[1], service[2]), "civil", **more)
        lead = "{p}的{s}由{o}统一受理，" if lang == "zh" else "In {p} the {o} is in charge of {s}. "
        heading = {"zh": "办理要点", "en": "In short"}[lang]
        for draft, template in zip(both, pair, strict=True):
            draft.is_taken = draft.is_first = True
            draft.audience = "public"
            draft.sections.insert(0, (heading, self.writer.fill(lead + template, slots)))
            self.corpus.articles.append(draft)
        self.note("contradiction", both[0], is_fault, f"{lang}{n}")
        self.note("contradiction", both[1], False, f"{lang}{n}, the other side", "",
                  *(("contradiction",) if is_fault else ()))

"""Writing ordinary articles: guides of a city's departments, none of which goes stale by itself."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import yaml

from bench.planted.truth import NOW, Draft, days
from kb.articles.revisions import BasisText
from kb.registers.document_values import DocumentText
from kb.registers.phones import PhoneText

HERE = Path(__file__).parent
_SLOT = re.compile(r"\{(\w+)\}")
_CHINESE, _AGENTS = 0.7, 0.06
_TRIES = 200  # titles that are drawn before one is told apart by a number
_NUMERALS = "〇一二三四五六七八九"
_CITIES = {"": "滨海市", "w": "望海区", "g": "港东区", "y": "云门区", "c": "长屿县"}


def shown(day: datetime, lang: str) -> str:
    """A day as texts of the language write it."""
    return f"{day.year}年{day.month}月{day.day}日" if lang == "zh" else f"{day.day} {day:%B %Y}"


def in_numerals(day: datetime) -> str:
    """The day as old documents write it."""
    def two(n: int) -> str:
        tens, ones = divmod(n, 10)
        return ("" if tens == 0 else "十" if tens == 1 else f"{_NUMERALS[tens]}十") + (_NUMERALS[ones] if ones else "")

    return f"{''.join(_NUMERALS[int(c)] for c in str(day.year))}年{two(day.month)}月{two(day.day)}日"


class Writer:
    """Writes articles one after the other; everything follows from the seed."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(f"planted/{seed}")
        words = yaml.safe_load((HERE.parent / "vocabulary.yaml").read_text(encoding="utf-8"))
        self.texts: dict[str, Any] = yaml.safe_load((HERE / "ordinary.yaml").read_text(encoding="utf-8"))
        self.words = words
        self.services = {lang: [(code, *item.split("|")) for code, by_lang in words["services"].items()
                                for item in by_lang.get(lang, ())] for lang in ("zh", "en")}
        self.titles: set[str] = set()
        self.numbers: set[str] = set()
        self.documents: list[DocumentText] = []
        self.lines: dict[str, str] = {}  # the service line of each department
        self.pool: dict[str, list[Draft]] = {"zh": [], "en": []}
        self._serials: set[str] = set()
        self._documents: set[str] = set()
        self._count = 0

    # what things are called

    def name(self, lang: str, kind: str) -> str:
        """An invented name of a place, road or company."""
        first, second = self.rng.sample(self.words[lang]["syllables"], 2)
        last = self.rng.choice(self.words[lang][kind])
        return f"{first}{second}{last}" if lang == "zh" else f"{(first + second).capitalize()} {last}"

    def department(self, code: str) -> str:
        """A department for matters of this code: the city's, or a district's."""
        return f"{code}{self.rng.choice(('', '', '-w', '-g', '-y', '-c'))}"

    def phone(self) -> str:
        """The local part of a number that nobody has yet."""
        while True:
            number = f"{self.rng.choice(('88', '86', '83', '82'))}{self.rng.randrange(10**5):05d}"
            if number not in self.numbers:
                self.numbers.add(number)
                return number

    def document(self, service: str = "") -> DocumentText:
        """A document of its own number."""
        given, name = self.texts["documents"], service
        while True:
            city = self.rng.choice(given["cities"])
            name = name or self.rng.choice(self.services["zh"])[1]
            title = self.rng.choice(given["zh"]).replace("{city}", city).replace("{s}", name)
            if title not in self._documents:  # editions of one document are planted, and come about in no other way
                break
            name = ""
        self._documents.add(title)
        while True:
            year, serial = self.rng.randint(2014, 2024), self.rng.randint(3, 98)
            number = f"{self.rng.choice(given['marks'][city])}〔{year}〕{serial}号"
            if number not in self._serials:
                self._serials.add(number)
                break
        return DocumentText(title, number, f"{city}人民政府", date(year, self.rng.randint(1, 12), 8))

    def other_number(self, number: str) -> str:
        """A number that looks like this one and is nobody's."""
        mark, year, serial = re.fullmatch(r"(.+)〔(\d+)〕(\d+)号", number).groups()  # type: ignore[union-attr]
        while True:
            near = self.rng.choice((f"{mark}〔{year}〕{int(serial) + self.rng.randint(1, 9)}号",
                                    f"{mark}〔{int(year) - self.rng.randint(1, 4)}〕{serial}号",
                                    f"{mark}〔{year}〕{serial}{self.rng.randint(0, 9)}号"))
            if near not in self._serials:
                self._serials.add(near)
                return near

    # sentences

    def slots(self, lang: str, place: str, service: tuple[str, str], owner: str = "", **given: str) -> dict[str, str]:
        """What the slots of one sentence stand for; a slot means one thing within it."""
        rng, words = self.rng, self.words[lang]
        y, n, a, pc = rng.randint(4, 90) * 5, rng.randint(5, 28), rng.choice((16, 18, 22, 60)), rng.choice((20, 30, 40))
        past = days(-rng.randint(8, 280))
        before = past - timedelta(days=rng.randint(20, 60))
        old = datetime(rng.randint(2001, 2014), rng.randint(1, 12), rng.randint(1, 28), tzinfo=NOW.tzinfo)
        doc = rng.choice(self.documents) if self.documents else DocumentText("", "")
        office = rng.choice(words["offices"])
        month = past.replace(day=1) - timedelta(days=1)
        g, g2 = rng.sample(words["groups"], 2)
        found = {
            "s": service[0], "c": service[1], "p": place, "p2": self.name(lang, "places"), "g": g, "g2": g2,
            "o": f"{place}{office}" if lang == "zh" else str(office), "r": self.name(lang, "roads"),
            "r2": self.name(lang, "roads"), "b": self.name(lang, "companies"), "n": str(n), "k": str(rng.randint(2, 9)),
            "n2": str(n + rng.randint(2, 12)), "y": str(y), "y2": str(y + rng.randint(2, 20) * 5), "half": str(y // 2),
            "a": str(a), "a2": str(a + rng.randint(1, 4)), "pc": str(pc), "pc2": str(pc + 15),
            "h": f"{rng.randint(8, 9)}:{rng.choice(('00', '30'))}–{rng.randint(16, 18)}:00",
            "t": self.lines.get(owner, "12345"), "past": shown(past, lang), "pastfrom": shown(before, lang),
            "pastdot": f"{past.year}.{past.month}.{past.day}", "pastiso": f"{past:%Y-%m-%d}",
            "pastus": f"{past:%B} {past.day}, {past.year}", "pastcn": in_numerals(past), "pastmonth": f"{month:%B %Y}",
            "old": shown(old, lang), "old2": shown(old + timedelta(days=rng.randint(60, 900)), lang),
            "future": shown(days(rng.randint(40, 600)), lang), "doc": doc.title, "no": doc.number,
        }
        return {**found, **given}

    def fill(self, template: str, slots: Mapping[str, str]) -> str:
        """The template with its slots filled; papers are drawn one by one."""
        def value(slot: re.Match[str]) -> str:
            if slot[1] == "m":
                return str(self.rng.choice(self.words["zh" if "年" in slots["past"] else "en"]["papers"]))
            return slots[slot[1]]

        return _SLOT.sub(value, template)

    # articles

    def article(self, lang: str = "", *, service: tuple[str, str, str] | None = None, place: str = "",
                owner: str = "", aspects: tuple[str, ...] = (), title: str = "") -> Draft:
        """An ordinary article about a service in a place that none is about yet."""
        rng = self.rng
        lang = lang or ("zh" if rng.random() < _CHINESE else "en")
        for tries in count():
            code, official, said = service or rng.choice(self.services[lang])
            where = place or self.name(lang, "places")
            template = title or rng.choice(self.texts[lang]["titles"])
            called = template.replace("{p}", where).replace("{s}", official).replace("{c}", said)
            called = called[:1].upper() + called[1:]
            if tries > _TRIES:  # what is asked for is taken, as often as it is drawn
                called = f"{called} ({tries - _TRIES + 1})"
            if called not in self.titles:
                self.titles.add(called)
                break
        self._count += 1
        owner = owner or self.department(code)
        began = days(-rng.randint(420, 1500))
        draft = Draft(f"guide-{self._count:05d}", called, lang, owner, where, (official, said), [], began,
                      began - timedelta(days=rng.randint(1, 20)), days(rng.randint(61, 700)),
                      audience="agent" if rng.random() < _AGENTS else "public",
                      summary=rng.choice(self.texts[lang]["summaries"]).format(p=where, s=official, c=said))
        given = self.texts[lang]["aspects"]
        chosen = aspects or tuple(rng.sample(list(given), rng.randint(3, len(given))))
        for aspect in chosen:
            draft.sections.append((rng.choice(given[aspect]["headings"]), self.body(draft, given[aspect]["sentences"])))
        if rng.random() < 0.6 and self.documents:
            draft.bases.append(basis_of(rng.choice(self.documents)))
        return draft

    def body(self, draft: Draft, sentences: list[str]) -> str:
        """The text of a section: two to four sentences, lists and tables last."""
        links = self._links(draft)
        usable = [s for s in sentences if links or "{l" not in s]
        chosen = self.rng.sample(usable, min(len(usable), self.rng.randint(2, 4)))
        parts = [self.fill(s, self.slots(draft.lang, draft.place, draft.service, draft.owner, **links)) for s in chosen]
        prose = [p for p in parts if not p.startswith(("- ", "| ", "1. "))]
        blocks = [p for p in parts if p.startswith(("- ", "| ", "1. "))]
        return "\n\n".join([("" if draft.lang == "zh" else " ").join(prose), *blocks]).strip()

    def _links(self, draft: Draft) -> dict[str, str]:
        if not self.pool[draft.lang]:
            return {}
        one, two = (self.rng.choice(self.pool[draft.lang]) for _ in range(2))
        return {"link": f"[{one.title}](article:{one.slug})",
                "ls": f"[{two.title}](article:{two.slug}#{two.sections[0][0].replace(' ', '%20')})"}

    def fill_pool(self, count: int) -> list[Draft]:
        """The articles that others link to, so many of each language."""
        for lang in ("zh", "en"):
            made = [self.article(lang) for _ in range(count)]
            for one in made:
                one.is_taken = True
            self.pool[lang] = made
        return self.pool["zh"] + self.pool["en"]

    def people(self) -> tuple[list[dict[str, Any]], list[tuple[str, str, str]]]:
        """The departments, each with its service line, an editor and an approver."""
        found, people = [], []
        for code in self.words["services"]:
            for mark, city in _CITIES.items():
                key = f"{code}-{mark}" if mark else code
                self.lines[key] = f"0540-{self.phone()}"
                found.append({"code": key, "name_zh": f"{city}{code}局", "name_en": f"{code} bureau of {key}",
                              "phone": self.lines[key]})
                people += [(f"{key}-editor", "editor", key), (f"{key}-approver", "approver", key)]
        return found, people

    def listed(self) -> list[PhoneText]:
        """The ledger's rows of the service lines."""
        return [PhoneText(number, f"{code}服务热线", department=code) for code, number in self.lines.items()]


def basis_of(document: DocumentText, url: str = "") -> BasisText:
    """The document as an article names it."""
    return BasisText(document.title, document.number, document.issuer, document.issued_on, url)

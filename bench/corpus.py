"""Realistic corpora of any size: articles of a city's departments, and what callers ask about them.

Places, services and questions are drawn by Zipf's law, some sentences come from the sample articles with other figures,
so that the vocabulary has a natural tail. Everything follows from the seed, a smaller corpus is the beginning of a
larger one, and no two passages say the same. The rules are invented: nothing here tells anybody what the law is.
"""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

import yaml

from kb.markup.front_matter import parse_article
from kb.markup.parse import parse
from kb.settings import LimitSettings
from retriever.passages.units import units

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "articles"
_CHINESE, _AGENTS, _REVISED, _REVISED_TWICE = 0.75, 0.08, 0.15, 0.04  # shares of the articles
_SAMPLE_SENTENCE = 0.6  # share of passages with a sentence of the sample
_SECTIONS = (3, 4, 5, 6, 7, 8, 9, 10, 12)
_PLACES = 3_000
_ZIPF = 0.9
_FILTERED = 0.4  # share of questions with a filter
_SLOT = re.compile(r"\{(\w)\}")
# figures of rules: amounts and short numbers, but no dates, hours or telephone numbers
_FIGURE = re.compile(r"(?<![\d:–-])\d{1,4}(?=元| yuan)|(?<![\d:–-])\d{1,3}(?![\d:–-]|[年月日]| [A-Z])")
_LENGTHS = {"zh": (12, 60), "en": (40, 180)}  # characters of a borrowed sentence


@dataclass(frozen=True, slots=True)
class Text:
    """One revision of an article; every section is one passage: (aspect, heading, body)."""

    slug: str
    number: int
    title: str
    lang: str
    department: str
    audience: str
    effective_from: date
    service: tuple[str, str]  # official name, caller's name
    place: str
    sections: tuple[tuple[str, str, str], ...]

    @property
    def source(self) -> str:
        """The Markdown below the front matter."""
        return "\n\n".join(f"## {heading}\n\n{body}" for _, heading, body in self.sections) + "\n"

    def file(self) -> str:
        """The article file."""
        known = (self.effective_from - timedelta(days=20)).isoformat()
        meta = {"title": self.title, "revision": self.number, "lang": self.lang, "audience": self.audience,
                "owner": self.department, "effective_from": self.effective_from.isoformat(), "review_by": "never",
                "author": "bench", "approvers": ["bench-approver"], "published_at": f"{known}T10:00:00+08:00"}
        return "---\n" + "".join(f"{k}: {json.dumps(v, ensure_ascii=False) if k == 'title' else _plain(v)}\n"
                                 for k, v in meta.items()) + f"---\n\n{self.source}"


@dataclass(frozen=True, slots=True)
class Question:
    """What a caller asks, with the filters that an agent has set."""

    text: str
    lang: str
    department: str | None = None
    only_lang: str | None = None
    audience: str = "public"
    as_of: date | None = None

    @property
    def is_filtered(self) -> bool:
        """Whether any filter is set."""
        return self != Question(self.text, self.lang)


def _plain(value: Any) -> str:
    return f"[{', '.join(value)}]" if isinstance(value, list) else str(value)


def _cumulative(count: int) -> list[float]:
    """Cumulative Zipf weights of ``count`` ranks."""
    return list(accumulate(1 / (rank + 1) ** _ZIPF for rank in range(count)))


class _Words:
    """One language's vocabulary and its way of filling slots."""

    def __init__(self, lang: str, vocabulary: dict[str, Any], sample: dict[str, list[str]], seed: int) -> None:
        self.lang, self.given = lang, vocabulary[lang]
        rng = random.Random(f"{seed}/{lang}")
        self.services = [(department, *item.split("|")) for department, by_lang in vocabulary["services"].items()
                         for item in by_lang.get(lang, ())]
        rng.shuffle(self.services)
        self.places = [self._name(rng, "places") for _ in range(_PLACES)]
        self.sample = sample
        self._weights = {n: _cumulative(n) for n in (len(self.services), _PLACES)}

    def zipf(self, rng: random.Random, items: Sequence[Any]) -> Any:
        """One of the items, earlier ones more often."""
        weights = self._weights.setdefault(len(items), _cumulative(len(items)))
        return rng.choices(items, cum_weights=weights)[0]

    def _name(self, rng: random.Random, kind: str) -> str:
        """An invented name of a place, road or company."""
        first, second, last = (*rng.sample(self.given["syllables"], 2), rng.choice(self.given[kind]))
        return f"{first}{second}{last}" if self.lang == "zh" else f"{(first + second).capitalize()} {last}"

    def fill(self, rng: random.Random, template: str, service: tuple[str, str], place: str) -> str:
        """The template with its slots filled; the first place named is the article's own."""
        own = [place]

        def value(slot: re.Match[str]) -> str:
            match slot[1]:
                case "s" | "c":
                    return service[slot[1] == "c"]
                case "p":
                    return own.pop() if own else str(self.zipf(rng, self.places))
                case "o":
                    office = rng.choice(self.given["offices"])
                    return f"{place}{office}" if self.lang == "zh" else str(office)
                case "g" | "m":
                    return str(self.zipf(rng, self.given["groups" if slot[1] == "g" else "papers"]))
                case "r" | "b":
                    return self._name(rng, "roads" if slot[1] == "r" else "companies")
                case "t":
                    return f"0540-88{rng.randrange(10**5):05d}"
                case "n" | "k":
                    return str(rng.randint(7, 60) if slot[1] == "n" else rng.randint(2, 9))
                case "y":
                    return str(rng.randint(2, 400) * 5)
                case "u":
                    return str(rng.randint(2021, 2026))
                case "h":
                    return f"{rng.randint(7, 9)}:{rng.choice(('00', '30'))}–{rng.randint(16, 19)}:00"
            day = date(rng.randint(2021, 2025), rng.randint(1, 12), rng.randint(1, 28))
            return f"{day.year}年{day.month}月{day.day}日" if self.lang == "zh" else day.strftime("%-d %B %Y")

        return _SLOT.sub(value, template)

    def body(self, rng: random.Random, aspect: dict[str, list[str]], department: str, service: tuple[str, str],
             place: str) -> str:
        """The text of one section: two or three sentences, often one of the sample's with other figures."""
        chosen = rng.sample(aspect["sentences"], rng.choice((2, 3, 3)))
        parts = [self.fill(rng, template, service, place) for template in chosen]
        pool = self.sample.get(department) or self.sample[""]
        if rng.random() < _SAMPLE_SENTENCE:
            parts.insert(rng.randrange(len(parts) + 1), _other_figures(rng, str(self.zipf(rng, pool))))
        blocks = sorted(parts, key=lambda part: part.startswith(("- ", "| ")))  # lists and tables stand last
        prose = [part for part in blocks if not part.startswith(("- ", "| "))]
        return "\n\n".join([("" if self.lang == "zh" else " ").join(prose), *blocks[len(prose):]]).strip()


def _other_figures(rng: random.Random, text: str) -> str:
    """The text with other figures of the same length, so that the rule is another one."""
    return _FIGURE.sub(lambda m: str(rng.randint(10 ** (len(m[0]) - 1), 10 ** len(m[0]) - 1)), text)


def _sample_sentences(seed: int) -> dict[str, dict[str, list[str]]]:
    """Sentences of the sample articles by language and department; under "" those of all departments."""
    found: dict[str, dict[str, list[str]]] = {"zh": {"": []}, "en": {"": []}}
    for path in sorted(SAMPLE.glob("*/*.md")):
        article = parse_article(path.read_bytes(), LimitSettings())
        lang, (shortest, longest) = str(article.meta["lang"]), _LENGTHS[str(article.meta["lang"])]
        for unit in units(parse(article.body)):
            text = article.body[unit.start:unit.end].replace("**", "").strip()
            if unit.kind == "sentence" and shortest <= len(text) <= longest and "\n" not in text:
                for key in ("", path.parent.name):
                    found[lang].setdefault(key, []).append(text)
    for pools in found.values():
        for key, pool in pools.items():
            pools[key] = list(dict.fromkeys(pool))
            random.Random(f"{seed}/{key}").shuffle(pools[key])
    return found


def articles(passages: int, *, seed: int = 1) -> Iterator[list[Text]]:
    """Articles, each as its revisions, oldest first, until they hold exactly ``passages`` passages."""
    vocabulary = yaml.safe_load((Path(__file__).parent / "vocabulary.yaml").read_text(encoding="utf-8"))
    sample = _sample_sentences(seed)
    words = {lang: _Words(lang, vocabulary, sample[lang], seed) for lang in ("zh", "en")}
    titles: set[str] = set()
    seen: set[str] = set()
    made = 0
    while made < passages:
        rng = random.Random(f"{seed}/{len(titles)}")
        text = _article(rng, words["zh" if rng.random() < _CHINESE else "en"], f"b{len(titles):06d}", titles, seen)
        history = [text]
        for _ in range((rng.random() < _REVISED) + (rng.random() < _REVISED_TWICE)):
            history.append(_revised(rng, history[-1], seen))
        for i, revision in enumerate(history):
            history[i] = replace(revision, sections=revision.sections[:passages - made])
            made += len(history[i].sections)
        yield [revision for revision in history if revision.sections]


def _article(rng: random.Random, words: _Words, slug: str, titles: set[str], seen: set[str]) -> Text:
    """A new article about a service in a place that none is about yet."""
    while True:
        department, *names = words.zipf(rng, words.services)
        service, place = (names[0], names[1]), str(words.zipf(rng, words.places))
        title = words.fill(rng, rng.choice(words.given["titles"]), service, place)
        if title not in titles:
            titles.add(title)
            break
    aspects = words.given["aspects"]
    chosen = rng.sample(list(aspects), min(rng.choice(_SECTIONS), len(aspects)))
    sections = []
    for i in range(max(len(chosen), rng.choice(_SECTIONS))):
        aspect = chosen[i % len(chosen)]
        heading = rng.choice(aspects[aspect]["headings"])
        if i >= len(chosen):  # the same aspect for another group, as long guides have it
            group = words.zipf(rng, words.given["groups"])
            heading = f"{group}：{heading}" if words.lang == "zh" else f"{heading}: {group}"
        while (body := words.body(rng, aspects[aspect], department, service, place)) in seen:
            pass
        seen.add(body)
        sections.append((aspect, heading, body))
    return Text(slug, 1, title, words.lang, department, "agent" if rng.random() < _AGENTS else "public",
                date(2021, 1, 1) + timedelta(days=rng.randrange(900)), service, place, tuple(sections))


def _revised(rng: random.Random, text: Text, seen: set[str]) -> Text:
    """The next revision, a year or more later, with other figures in every section."""
    sections = []
    for aspect, heading, body in text.sections:
        day = text.effective_from + timedelta(days=rng.randint(300, 600))
        while (new := _other_figures(rng, body)) in seen:  # also when there are no figures to change
            day += timedelta(days=1)
            body = f"{body.rstrip()} ({day.isoformat()})"
        seen.add(new)
        sections.append((aspect, heading, new))
    return replace(text, number=text.number + 1, sections=tuple(sections),
                   effective_from=text.effective_from + timedelta(days=rng.randint(300, 600)))


def questions(corpus: Sequence[Sequence[Text]], count: int, *, seed: int = 1) -> list[Question]:
    """Callers' questions, popular articles more often, four in ten with a filter; no two alike."""
    vocabulary = yaml.safe_load((Path(__file__).parent / "vocabulary.yaml").read_text(encoding="utf-8"))
    rng = random.Random(f"{seed}/questions")
    words = {lang: _Words(lang, vocabulary, {}, seed) for lang in ("zh", "en")}
    popular = rng.sample(list(corpus), len(corpus))
    weights = _cumulative(len(popular))
    found: dict[str, Question] = {}
    while len(found) < count:
        history = rng.choices(popular, cum_weights=weights)[0]
        text = history[-1]
        aspect = words[text.lang].given["aspects"][rng.choice(text.sections)[0]]
        asked = words[text.lang].fill(rng, rng.choice(aspect["questions"]), text.service, text.place)
        found.setdefault(asked, _with_filter(rng, Question(asked, text.lang), history))
    return list(found.values())


def _with_filter(rng: random.Random, question: Question, history: Sequence[Text]) -> Question:
    """The question with the article's own department, language, audience or an earlier date as filter, or none."""
    if history[-1].audience == "agent":
        question = replace(question, audience="agent")
    if rng.random() >= _FILTERED:
        return question
    match rng.choice(("department", "lang", "audience", "as_of")):
        case "department":
            return replace(question, department=history[-1].department)
        case "lang":
            return replace(question, only_lang=question.lang)
        case "audience":
            return replace(question, audience="agent")
    return replace(question, as_of=history[0].effective_from + timedelta(days=rng.randrange(1, 300)))


def write(folder: Path, corpus: Sequence[Sequence[Text]]) -> None:
    """The corpus as a folder of article files, with the sample's departments and lexicon."""
    for name in ("departments.yaml", "lexicon.yaml"):
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(SAMPLE / name, folder / name)
    for history in corpus:
        place = folder / history[0].department
        place.mkdir(exist_ok=True)
        for text in history:
            suffix = ".md" if text is history[-1] else f".r{text.number}.md"
            (place / f"{text.slug}{suffix}").write_text(text.file(), encoding="utf-8")

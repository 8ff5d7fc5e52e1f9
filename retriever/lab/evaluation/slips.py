"""What one typing error costs, and how much of that reading it mends: `python -m retriever.evaluation.slips DIR`.

Each right question gets one slip in a word that the set's texts hold: a Chinese character becomes another frequent one
of its sound, an English letter is lost, doubled, wrong or swapped. The same questions are asked right and slipped, with
spelling and without. The seed stands below, so that anyone gets the same slips.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kb.markup.language import language
from kb.settings import load_settings
from retriever.lab.evaluation.dataset import Dataset, Query, read_dataset
from retriever.lab.evaluation.run import evaluate
from retriever.lab.evaluation.shell import print_measures
from retriever.language.analysis import Analyser
from retriever.language.pinyin import sound_of

SEED = 20_261_124
_FREQUENT = 2_000  # uses in the general dictionary of a character that an input method offers
_SHORTEST = 5  # letters of an English word
_HAN = re.compile("[\u4e00-\u9fff]+")
_WORD = re.compile(f"[A-Za-z]{{{_SHORTEST},}}")
_EMPTY = frozenset("的了我你他她是在有和不就都要会能可这那一二三四五六七八九十百千万两几个")
_MEASURES = ("queries", "ndcg@10", "recall@5", "passage_hit@1", "passage_hit@5", "answer_f1")


class Slips:
    """Typing errors in words of these texts."""

    def __init__(self, texts: str, analyser: Analyser, chance: random.Random) -> None:
        self._texts = texts
        self._analyser = analyser
        self._chance = chance
        self._alike: dict[str, list[str]] = {}
        for character in map(chr, range(0x4E00, 0x9FA6)):
            if analyser.frequency(character) >= _FREQUENT:
                self._alike.setdefault(sound_of(character), []).append(character)

    def slipped(self, question: str) -> str | None:
        """The question with one slip; None when it holds no word of the texts."""
        places = list(self._characters(question) if language(question) == "zh" else self._letters(question))
        if not places:
            return None
        start, end, written = self._chance.choice(places)
        return question[:start] + self._chance.choice(written) + question[end:]

    def _characters(self, question: str) -> Iterator[tuple[int, int, list[str]]]:
        for run in _HAN.finditer(question):
            at = run.start()
            for word in self._analyser.cut(run[0]):
                if len(word) > 1 and not _EMPTY & set(word) and word in self._texts:
                    for i, character in enumerate(word, at):
                        others = [c for c in self._alike.get(sound_of(character), ()) if c != character]
                        if others:
                            yield i, i + 1, others
                at += len(word)

    def _letters(self, question: str) -> Iterator[tuple[int, int, list[str]]]:
        for match in _WORD.finditer(question):
            word = match[0]
            if word.lower() in self._texts:
                i = self._chance.randrange(1, len(word) - 1)
                wrong = self._chance.choice("abcdefghijklmnopqrstuvwxyz")
                one, two = word[i], word[i + 1]
                slips = (one, one + one + two, wrong + two, two + one)
                written = {word[:i] + slip + word[i + 2:] for slip in slips}
                yield match.start(), match.end(), sorted(written - {word})


def pairs(dataset: Dataset, texts: str, *, seed: int = SEED) -> list[tuple[Query, Query]]:
    """The answerable questions that are right and can be slipped, each with its slipped one."""
    slips = Slips(texts.lower(), Analyser(), random.Random(seed))
    found = []
    for query in dataset.queries:
        if query.answerable and not {"typo", "homophone"} & set(query.kinds):
            text = slips.slipped(query.text)
            if text is not None:
                found.append((query, replace(query, text=text)))
    return found


def measure(folder: Path, *, root: Path | None = None) -> dict[str, Any]:
    """The measures of :func:`evaluate` for each language, right and slipped, with spelling and without."""
    dataset = read_dataset(folder)
    texts = "\n".join(path.read_text(encoding="utf-8") for path in sorted(dataset.articles.rglob("*.md"))) \
        if dataset.articles else "\n".join(d.text for d in dataset.documents.values())
    both = pairs(dataset, texts)
    result: dict[str, Any] = {"set": dataset.name, "seed": SEED}
    for lang in ("zh", "en"):
        chosen = [pair for pair in both if language(pair[0].text) == lang]
        for name, which in (("right", 0), ("slipped", 1)) if chosen else ():
            asked = replace(dataset, queries=[pair[which] for pair in chosen])
            for spelling in (False, True):
                settings = load_settings(root, search={"spelling": spelling})
                measured = evaluate(settings, asked, now=datetime.now(UTC))
                result[f"{lang} {name}, {'with' if spelling else 'without'} spelling"] = {
                    key: measured[key] for key in _MEASURES}
    return result


def main(argv: Sequence[str] | None = None) -> int:
    """Measure one folder and print the figures."""
    return print_measures("retriever.lab.evaluation.slips", measure.__doc__, measure, argv)


if __name__ == "__main__":
    sys.exit(main())

"""An evaluation folder: corpus.jsonl, queries.jsonl, qrels.tsv, answers.jsonl.

Instead of corpus.jsonl, corpus.yaml may name a folder of articles (``articles: ../../articles``): then the corpus has
revisions, a corpus id is a slug, and a query may ask as of a date or as an agent.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kb.errors import Invalid
from kb.markup.front_matter import load_yaml
from kb.markup.language import language
from retriever.records import Turn

_LARGEST_GRADE = 1e6  # sums of larger ones would overflow


@dataclass(frozen=True, slots=True)
class Document:
    """One document of the corpus; ``text`` is Markdown and offsets count its characters."""

    id: str
    title: str
    text: str
    department: str
    lang: str


@dataclass(frozen=True, slots=True)
class Query:
    """One question with its earlier turns; ``as_of`` and ``audience`` only in the project's own sets."""

    id: str
    text: str
    lang: str
    history: tuple[Turn, ...]
    answerable: bool
    as_of: str | None = None
    audience: str = "public"
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gold:
    """A gold answer and its spans: (document id, first offset or -1, end offset, text).

    ``must`` are strings without which an answer is not acceptable, the first its core; the spans are then the ideal.
    In a folder of articles the document of a span is a revision, ``slug@number``, and its offset is found later.
    """

    answer: str
    spans: tuple[tuple[str, int, int, str], ...]
    must: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dataset:
    """A whole set; ``relevant`` maps query id to document id to grade.

    ``sources`` are the revisions' texts by ``slug@number``, where the corpus is a folder of articles and published.
    """

    name: str
    documents: dict[str, Document]
    queries: list[Query]
    relevant: dict[str, dict[str, float]]
    gold: dict[str, Gold] = field(default_factory=dict)
    articles: Path | None = None
    sources: Mapping[str, str] = field(default_factory=dict)

    def source(self, name: str) -> str:
        """The text that offsets in a document or revision count in; empty where there is none of that name."""
        document = self.documents.get(name)
        return document.text if document else self.sources.get(name, "")


def json_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file with one on each line. Raises Invalid naming the line that is none."""
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    try:
                        item = json.loads(line)
                    except ValueError as error:
                        raise Invalid("eval_set", "{path}: line {number}: not JSON", path=path,
                                      number=number) from error
                    if not isinstance(item, dict):
                        raise Invalid("eval_set", "{path}: line {number}: not an object", path=path, number=number)
                    yield item
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid("eval_set", "{path}: cannot be read: {error}", path=path, error=error) from error


def _text(item: dict[str, Any], key: str, path: Path) -> str:
    value = item.get(key)
    if not isinstance(value, str):
        raise Invalid("eval_set", "{path}: {id}: {key} must be text", path=path, id=item.get("id", "?"), key=key)
    return value


def read_corpus(path: Path) -> dict[str, Document]:
    """The documents by id."""
    found = {}
    for item in json_lines(path):
        text = _text(item, "text", path)
        lang = item.get("lang") or language(text)
        document = Document(_text(item, "id", path), str(item.get("title") or item["id"]), text,
                            str(item.get("department") or ""), "zh" if str(lang).startswith("zh") else "en")
        if document.id in found:
            raise Invalid("eval_set", "{path}: document {id} stands twice", path=path, id=document.id)
        found[document.id] = document
    return found


def read_queries(path: Path) -> list[Query]:
    """The questions in file order."""
    found = [
        Query(_text(q, "id", path), _question(q, path), str(q.get("lang") or ""),
              tuple(_turn(turn, path) for turn in q.get("history") or ()),
              bool(q.get("answerable", True)), q.get("as_of"),
              str(q.get("audience") or "public"), _kinds(q))
        for q in json_lines(path)
    ]
    twice = [name for name, times in Counter(q.id for q in found).items() if times > 1]
    if twice:
        raise Invalid("eval_set", "{path}: question {twice} stands twice", path=path, twice=twice[0])
    return found


def _kinds(item: dict[str, Any]) -> tuple[str, ...]:
    """What kinds of question a set says that this one is: several, or the one."""
    named = item.get("kinds")
    return tuple(map(str, named if isinstance(named, list) and named else [item["kind"]] if item.get("kind") else []))


def _question(item: dict[str, Any], path: Path) -> str:
    text = _text(item, "text", path)
    if not text.strip():
        raise Invalid("eval_set", "{path}: {id}: text is empty", path=path, id=item.get("id", "?"))
    return text


def _turn(turn: Any, path: Path) -> Turn:
    if not isinstance(turn, dict) or not {"role", "text"} <= set(turn):
        raise Invalid("eval_set", "{path}: every turn of a history must have role and text", path=path)
    return Turn(str(turn["role"]), str(turn["text"]))


def read_qrels(path: Path) -> dict[str, dict[str, float]]:
    """Grades above zero, by query and document."""
    found: dict[str, dict[str, float]] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid("eval_set", "{path}: cannot be read: {error}", path=path, error=error) from error
    for number, line in enumerate(lines[1:], 2):
        try:
            query_id, document_id, score = line.split("\t")
            grade = float(score)
            if not abs(grade) <= _LARGEST_GRADE:
                raise ValueError(score)
            if grade > 0:
                found.setdefault(query_id, {})[document_id] = grade
        except ValueError as error:
            raise Invalid("eval_set", "{path}: line {number}: must be query, document and score with tabs", path=path,
                          number=number) from error
    return found


def read_dataset(folder: Path) -> Dataset:
    """The set in a folder. Raises Invalid naming the file that is missing or wrong."""
    articles = _articles_folder(folder)
    for name in (*(() if articles else ("corpus.jsonl",)), "queries.jsonl", "qrels.tsv"):
        if not (folder / name).is_file():
            raise Invalid("eval_set", "{folder}: {name} is missing; see docs/evaluation.md for the format",
                          folder=folder, name=name)
    documents = {} if articles else read_corpus(folder / "corpus.jsonl")
    gold: dict[str, Gold] = {}
    if (folder / "answers.jsonl").is_file():
        for item in json_lines(folder / "answers.jsonl"):
            query_id = _text(item, "query_id", folder / "answers.jsonl")
            spans = tuple(_span(span, documents, folder) for span in item.get("spans") or ())
            gold[query_id] = Gold(str(item.get("answer") or ""), spans, tuple(map(str, item.get("must") or ())))
    queries, qrels = read_queries(folder / "queries.jsonl"), read_qrels(folder / "qrels.tsv")
    return Dataset(folder.name, documents, queries, qrels, gold, articles)


def _articles_folder(folder: Path) -> Path | None:
    path = folder / "corpus.yaml"
    if not path.is_file():
        return None
    named = load_yaml(path.read_text(encoding="utf-8"), largest=10_000, what=str(path)).get("articles")
    articles = (folder / str(named)).resolve()
    if not articles.is_dir():
        raise Invalid("eval_set", "{path}: articles names no folder", path=path)
    return articles


def _span(span: Any, documents: dict[str, Document], folder: Path) -> tuple[str, int, int, str]:
    if not isinstance(span, dict) or not {"corpus_id", "text"} <= set(span):
        raise Invalid("eval_set", "{folder}: spans must have corpus_id and text", folder=folder / "answers.jsonl")
    text, name = str(span["text"]), str(span["corpus_id"])
    if "revision" in span:
        return (f"{name}@{span['revision']}", -1, -1, text)
    start = documents[name].text.find(text) if name in documents else -1
    return (name, start, start + len(text), text)

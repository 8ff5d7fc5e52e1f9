"""Sets of edits: does the check before submitting warn of the questions that an edit takes the answer from?

The corpus is published and its answerable questions are asked once, which makes the log. Then each edit becomes a draft
of its article, is checked as an editor would have it checked, and is thrown away.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from kb.actor import OPERATOR, Actor, Role
from kb.articles.kept_facts import keep_facts
from kb.articles.writing import drafts
from kb.articles.writing.check_report import CheckReport, Kind
from kb.db import Database
from kb.errors import Invalid
from kb.markup.front_matter import load_yaml
from kb.people import people
from kb.settings import Settings
from kb.upkeep.callbacks import Told
from retriever.ask import Retriever
from retriever.factory import build_reading
from retriever.lab.evaluation.calls import Calls, calls_of, figures, offered_by
from retriever.lab.evaluation.dataset import Dataset, json_lines, read_dataset
from retriever.lab.evaluation.run import Progress, opened, request_of

EDITS = "edits.jsonl"
_EDITOR = "eval"  # the login of whoever edits
_WARNS = (Kind.LOST, Kind.CHANGED)  # of a question that is answered at last nobody needs to be warned


@dataclass(frozen=True, slots=True)
class Edit:
    """An edit of a document: what is replaced by what, and the questions whose answer changes in substance."""

    id: str
    doc: str
    pairs: tuple[tuple[str, str], ...]
    kind: str
    is_harmful: bool
    questions: frozenset[str]
    other: str  # the document that it contradicts; empty for none


@dataclass(frozen=True, slots=True)
class Checked:
    """An edit with the questions that were warned of."""

    edit: Edit
    warned: tuple[str, ...]
    took_ms: float
    is_complete: bool = True
    contradictions: tuple[tuple[str, str], ...] = ()  # with which document, and its words
    calls: Calls = field(default_factory=Calls)  # whose answer would be told anew, were it published

    @property
    def is_rightly_warned(self) -> bool:
        """Whether a question that changes was named, or the article that the edit contradicts."""
        return bool(self.edit.questions & set(self.warned)) or (
            bool(self.edit.other) and any(doc == self.edit.other for doc, _ in self.contradictions))

    def line(self) -> str:
        """Its line of a run file."""
        return json.dumps({"id": self.edit.id, "warned": list(self.warned), "contradictions": [
                               {"article": doc, "quote": quote} for doc, quote in self.contradictions],
                           "took_ms": self.took_ms, "callbacks": list(self.calls.named)}, ensure_ascii=False)


def is_set_of_edits(folder: Path) -> bool:
    """Whether a folder holds edits."""
    return (folder / EDITS).is_file()


def read_edits(folder: Path) -> tuple[Dataset, list[Edit]]:
    """The corpus and questions that a set names, and its edits; raises Invalid where they do not fit."""
    path = folder / "set.yaml"
    if not path.is_file():
        raise Invalid("eval_set", "{path} is missing: it names the folder of the corpus and the questions (of: …)",
                      path=path)
    named = load_yaml(path.read_text(encoding="utf-8"), largest=10_000, what=str(path)).get("of")
    dataset = read_dataset((folder / str(named)).resolve())
    edits = [_edit(item, dataset, folder / EDITS) for item in json_lines(folder / EDITS)]
    return dataset, edits


def _edit(item: Mapping[str, Any], dataset: Dataset, path: Path) -> Edit:
    name, doc = str(item.get("id")), str(item.get("doc"))
    if doc not in dataset.documents:
        raise Invalid("eval_set", "{path}: {name}: no document {doc!r}", path=path, name=name, doc=doc)
    pairs = tuple((str(old), str(new)) for old, new in item.get("edits") or ())
    if any(old not in dataset.documents[doc].text for old, _ in pairs):
        raise Invalid("eval_set", "{path}: {name}: the document does not hold what is replaced", path=path, name=name)
    return Edit(name, doc, pairs, str(item.get("kind") or ""), bool(item.get("harmful")),
                frozenset(map(str, item.get("questions") or ())), str(item.get("other") or ""))


def evaluate_edits(settings: Settings, folder: Path, *, now: datetime, limit: int | None = None,
                   run_file: TextIO | None = None, progress: Progress = lambda *_: None) -> dict[str, Any]:
    """Check every edit (at most ``limit``); the measures of DESIGN §9 as one object."""
    dataset, edits = read_edits(folder)
    asked = [query for query in dataset.queries if query.answerable]
    checked = []
    with opened(settings, dataset, now=now, progress=progress, reading=build_reading(settings),
                check={"questions": len(asked)}) as (retriever, corpus, database):
        by_slug = {slug: doc for doc, slug in corpus.slugs.items()}
        keep_facts(database)
        editor = _editor(database, now)
        answers: dict[str, str] = {}
        offered: list[Told] = []
        for n, query in enumerate(asked, 1):
            request, viewer = request_of(query, retriever.timezone)
            answer = retriever.ask(request, viewer, now=now)
            answers[answer.answer_id] = query.id
            offered += offered_by(answer)
            progress("ask", n, len(asked))
        for n, edit in enumerate(edits[:limit], 1):
            source, slug = dataset.documents[edit.doc].text, corpus.slugs[edit.doc]
            report = _checked(retriever, database, source, slug, edit, editor, now)
            warned = [answers[one.question.answer_id] for one in report.of(*_WARNS) if one.question]
            told = tuple((by_slug.get(one["article"], one["article"]), str(one["quote"]))
                         for one in report.contradictions)
            calls = calls_of(database, retriever.analyser, slug, edit.pairs, answers, offered,
                             edit.questions, now=now)
            checked.append(Checked(edit, tuple(dict.fromkeys(warned)), report.took_ms, report.is_complete, told, calls))
            if run_file:
                run_file.write(checked[-1].line() + "\n")
                run_file.flush()
            progress("check", n, len(edits[:limit]))
    return {"set": folder.name, "questions": len(asked), **measures(checked)}


def _editor(database: Database, now: datetime) -> Actor:
    with database.transaction() as session:
        people.create_user(session, OPERATOR, login=_EDITOR, name="", password=None, now=now, origin="eval",
                           grants=[(Role.KNOWLEDGE_MANAGER, None)])
        return people.actor_of(session, _EDITOR, now=now)


def _checked(retriever: Retriever, database: Database, source: str, slug: str, edit: Edit, editor: Actor,
             now: datetime) -> CheckReport:
    """The report on the edit as a draft."""
    for old, new in edit.pairs:
        source = source.replace(old, new, 1)
    with database.transaction() as session:
        draft = drafts.edit(session, editor, slug, number=None, now=now, origin="eval")
        draft = drafts.save(session, editor, draft.id, replace(draft.text, source=source), seen=draft.version, now=now,
                            origin="eval")
    try:
        return retriever.check(draft.id, editor, now=now)
    finally:
        with database.transaction() as session:
            drafts.discard(session, editor, draft.id, seen=draft.version, now=now, origin="eval")


def measures(checked: Sequence[Checked]) -> dict[str, Any]:
    """How many harmful edits were rightly warned of, precision and recall over questions, false warnings a harmless
    edit; in all and by kind of edit. ``alone`` leaves contradictions with other articles out; of these, how many were
    wanted and found, and how many others were told."""
    by_kind: dict[str, list[Checked]] = defaultdict(list)
    for one in checked:
        by_kind[one.edit.kind].append(one)
    took = [one.took_ms for one in checked] or [0.0]
    alone = [one for one in checked if not one.edit.other]
    return {"edits": len(checked), **_figures(checked), "alone": _figures(alone),
            "took_ms": {name: round(float(np.percentile(took, q)), 1) for name, q in (("p50", 50), ("p95", 95),
                                                                                    ("max", 100))},
            "contradictions": {
                "wanted": sum(bool(one.edit.other) for one in checked),
                "found": sum(any(doc == one.edit.other for doc, _ in one.contradictions) for one in checked),
                "others": sum(doc != one.edit.other for one in checked for doc, _ in one.contradictions)},
            "callbacks": figures([(one.edit.is_harmful, one.calls) for one in checked]),
            "incomplete": sum(not one.is_complete for one in checked),
            "kinds": {kind: _figures(some) for kind, some in sorted(by_kind.items())}}


def _figures(checked: Sequence[Checked]) -> dict[str, Any]:
    harmful = [one for one in checked if one.edit.is_harmful]
    harmless = [one for one in checked if not one.edit.is_harmful]
    right = sum(len(one.edit.questions & set(one.warned)) for one in checked)
    warned, wanted = sum(len(one.warned) for one in checked), sum(len(one.edit.questions) for one in harmful)
    return {
        "harmful": len(harmful),
        "rightly_warned": _share(sum(one.is_rightly_warned for one in harmful), len(harmful)),
        "precision": _share(right, warned), "recall": _share(right, wanted), "warned": warned,
        "harmless": len(harmless),
        "false_per_harmless": _share(sum(len(one.warned) for one in harmless), len(harmless)),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None

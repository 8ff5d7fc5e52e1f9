"""How well each kind of signal is told from what looks like it: in the sample's own faults, and in planted ones."""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from kb import setup
from kb.actor import OPERATOR
from kb.db import Database
from kb.settings import load_settings
from kb.upkeep.signals.scanning import Scanned, scan_all
from kb.upkeep.signals.showing import Signal, Wanted, signals
from tests.conftest import NOW

ROOT = Path(__file__).parents[4]
TZ = ZoneInfo("Asia/Shanghai")
OF_SAMPLE: list[dict[str, Any]] = yaml.safe_load(
    (ROOT / "tests/data/staleness_faults.yaml").read_text(encoding="utf-8"))
PLANTED: list[dict[str, Any]] = yaml.safe_load((ROOT / "tests/data/planted_faults.yaml").read_text(encoding="utf-8"))
# not basis_superseded: its two editions are named in two languages, which only a register of documents can tell
KINDS = {"retired_reference": "reference", "missing_section": "reference", "basis_repealed": "basis",
         "review_overdue": "review", "expired_no_successor": "ending",
         "expires_soon": "ending"}
PRECISION, RECALL = 0.95, 0.9  # that every kind must reach
Found = tuple[str, str, str]  # kind, article, key


def scanned(folder: Path, articles: Path) -> dict[Found, Signal]:
    """The signals of these articles as of the tests' present."""
    settings = load_settings(folder, {}, embedding={"provider": "none"})
    database = Database(settings)
    try:
        report = setup.init(database, settings, now=NOW, sample=articles)
        assert not report.failed, report.failed
        setup.add_sample_users(database, now=NOW)
        scan_all(database, NOW, TZ)
        assert scan_all(database, NOW, TZ) == Scanned()
        return {(s.kind, s.slug, key): s for s, key in listed(database)}
    finally:
        database.close()


def listed(database: Database) -> Iterator[tuple[Signal, str]]:
    with database.reading() as session:
        after: str | None = ""
        while after is not None:
            page = signals(session, OPERATOR, Wanted(), now=NOW, after=after, limit=200)
            for one in page.items:
                target, section = one.facts.get("target", ""), one.facts.get("section", "")
                yield one, "#".join(filter(None, (target, section and f"§{section}"))) or one.id
            after = page.next_after


@pytest.fixture(scope="module")
def of_sample(tmp_path_factory: pytest.TempPathFactory) -> dict[Found, Signal]:
    return scanned(tmp_path_factory.mktemp("faults"), ROOT / "articles")


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> dict[Found, Signal]:
    folder = tmp_path_factory.mktemp("planted")
    shutil.copytree(ROOT / "articles", folder / "articles")
    for fault in PLANTED:
        path, = (folder / "articles").glob(f"*/{fault['article']}.md")
        path.write_text(edited(path.read_text(encoding="utf-8"), fault), encoding="utf-8")
    return scanned(folder, folder / "articles")


def edited(text: str, fault: dict[str, Any]) -> str:
    for name, value in fault.get("front", {}).items():
        if name == "basis":
            text = re.sub(r"^basis:\n(?:  .*\n)*", f"basis:\n{value}\n", text, count=1, flags=re.MULTILINE)
            assert value in text
        else:
            text, count = re.subn(rf"^{name}: .*$", f"{name}: {value}", text, count=1, flags=re.MULTILINE)
            assert count
    return f"{text.rstrip()}\n\n{fault['append']}\n" if "append" in fault else text


def quoted(signal: Signal) -> str:
    return "\n".join(place.quote for place in signal.evidence)


@pytest.mark.parametrize("kind", sorted(set(KINDS.values())))
def test_the_faults_of_the_sample_are_found_and_nothing_else(of_sample: dict[Found, Signal], kind: str) -> None:
    wanted = defaultdict(list)
    for fault in OF_SAMPLE:
        if KINDS.get(fault["kind"]) == kind:
            wanted[fault["articles"][0]].append(fault)
    told = {slug for found, slug, _ in of_sample if found == kind
            and (kind != "review" or of_sample[found, slug, _].severity == "warning")}
    right = told & wanted.keys()
    assert len(right) >= RECALL * len(wanted), wanted.keys() - told
    assert len(right) >= PRECISION * len(told), told - wanted.keys()


def test_links_and_repeals_are_quoted_from_both_texts(of_sample: dict[Found, Signal]) -> None:
    for fault in OF_SAMPLE:
        if fault["kind"] == "retired_reference":
            own = [s for (kind, slug, _), s in of_sample.items() if kind == "reference" and slug == fault["articles"][0]
                   and s.facts["target"] == fault["articles"][1]]
            assert [s.facts["why"] for s in own] == ["retired"]
            assert quoted(own[0]).splitlines()[0] in fault["quotes"][0]
        if fault["kind"] == "basis_repealed":
            own = [s for (kind, slug, _), s in of_sample.items() if kind == "basis" and slug == fault["articles"][0]]
            assert any(fault["quotes"][1] in quoted(s) and s.severity == "serious" for s in own)


@pytest.mark.parametrize("kind", sorted({fault["kind"] for fault in PLANTED}))
def test_planted_faults_are_told_from_what_looks_like_them(
        of_sample: dict[Found, Signal], planted: dict[Found, Signal], kind: str) -> None:
    before = {(s.slug, quoted(s) or s.said("en")) for (k, _, _), s in of_sample.items() if k == kind}
    new = {(s.slug, key) for (k, _, key), s in planted.items()
           if k == kind and (s.slug, quoted(s) or s.said("en")) not in before}
    faults = [f for f in PLANTED if f["kind"] == kind and f["fault"]]
    hit = [f for f in faults if any(slug == f["article"] and f.get("key", key) == key for slug, key in new)]
    assert len(hit) >= RECALL * len(faults), [f for f in faults if f not in hit]
    right = {f["article"] for f in faults}
    wrong = {slug for slug, _ in new if slug not in right}
    assert len(wrong) <= (1 - PRECISION) * len(new), wrong

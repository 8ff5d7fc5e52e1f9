"""The sample articles hold what their ground truth says."""

from __future__ import annotations

from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]


def test_every_planted_fault_stands_verbatim_in_its_article() -> None:
    faults = yaml.safe_load((ROOT / "tests/data/staleness_faults.yaml").read_text(encoding="utf-8"))
    texts = {p.stem: p.read_text(encoding="utf-8") for p in (ROOT / "articles").glob("*/*.md")}
    assert faults
    for fault in faults:
        for slug, quote in zip(fault["articles"], fault["quotes"], strict=False):
            assert quote in texts[slug], (slug, quote)

"""The generator of planted faults: that it is deterministic, and that the bars hold on a few hundred articles."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.planted.__main__ import Clock, scan_planted
from bench.planted.generating import WORDINGS, generate
from bench.planted.scoring import Raised, scored
from bench.planted.truth import FAULTS, TRAPS, UNPLANTED, Planted
from kb.upkeep.signals.registry import KINDS

_FROM_DATA = ("review", "ending", "reference", "owner", "votes", "corrected", "unanswered", "unread", "link_dead",
              "link_changed")


def test_what_is_planted_follows_from_its_seed() -> None:
    one, again, other = (generate(40, seed=seed, wordings="building") for seed in (5, 5, 6))
    assert [a.source for a in one.articles] == [a.source for a in again.articles]
    assert (one.planted, one.talks, one.pages) == (again.planted, again.talks, again.pages)
    assert [a.source for a in one.articles] != [a.source for a in other.articles]


def test_every_kind_is_planted_and_has_traps() -> None:
    assert set(FAULTS) == set(TRAPS) == set(KINDS) - UNPLANTED
    assert min(FAULTS.values()) >= 30 and sum(FAULTS.values()) == 500 and sum(TRAPS.values()) >= 2_000


@pytest.mark.parametrize("wordings", WORDINGS)
def test_every_slug_that_is_planted_in_is_an_article(wordings: str) -> None:
    corpus = generate(40, seed=7, wordings=wordings)
    slugs = {article.slug for article in corpus.articles}
    assert {one.slug for one in corpus.planted} <= slugs
    assert "{" not in "".join(article.source for article in corpus.articles)


def test_a_signal_counts_where_its_words_name_what_was_planted() -> None:
    planted = [Planted("date", "a", True, "", "2026年9月30日"), Planted("date", "b", True, "", "2026年9月30日"),
               Planted("date", "c", False, ""), Planted("unread", "d", True, "", "", ("unanswered",))]
    signals = [Raised("date", "a", "warning", "至2026 年9月30日"), Raised("date", "b", "warning", "2025年1月1日"),
               Raised("date", "c", "info", ""), Raised("unanswered", "d", "info", "")]
    date, unread, unanswered = scored(["date", "unread", "unanswered"], planted, signals)
    assert (date.found, len(date.false), len(date.missed)) == (1, 2, 1)
    assert (unread.found, unread.recall, unanswered.false) == (0, 0.0, ())


def test_the_bars_hold_for_what_follows_from_data(tmp_path: Path) -> None:
    figures = {one.kind: one for one in scan_planted(tmp_path, generate(50, seed=11, wordings="building"), Clock())}
    assert {kind: figures[kind].as_dict() for kind in _FROM_DATA if not figures[kind].holds} == {}

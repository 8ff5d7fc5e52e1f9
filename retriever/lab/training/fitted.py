"""What is fitted, where the search begins, and which features belong together: everything else takes it from here.

A feature that is computed and not named here has no weight and is not fitted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from retriever.ranking.features import CONFIDENCE, MORE, PASSAGE, UNIT
from retriever.ranking.fusion import BASE
from retriever.ranking.model import Logistic, Model

GAINS = ("asked_heading",)  # reorder within an article only; kept as they are, too few questions tell them
CORRECTIONS = tuple(name for name in PASSAGE if name not in {*BASE, *GAINS, "sum", "in_title", "in_dialogue"})
EVIDENCE = UNIT
WITH_VECTORS = CONFIDENCE
WORDS_ALONE = tuple(name for name in CONFIDENCE if name not in {"cosine", "margin"})  # what vectors say is 0 there

# What measures likeness may not count against a unit or an answer: where it seems to, the sets are too small to tell.
NEVER_AGAINST = frozenset({"with_lead", "with_all", "of_best", "own_named", "wanted", "fact_wanted", "list_wanted",
                           "other_wanted", "rest_of_best", "cosine", "gap", "margin", "said", *BASE})

# Round numbers: vectors somewhat above words, what is a passage's own above what is its article's, and what stands
# below a heading, which answers, a little above an introduction, which repeats what is asked; most so below a heading
# that asks the same.
START = Model(
    base={"words": 0.3, "vectors": 0.45, "article_words": 0.25, "article_vectors": 0.15, "same_language": 0.05},
    corrections={"depth": 0.05}, gains={"asked_heading": 0.15},
    evidence={"of_best": 1.0}, more=Logistic(0.0, {}),
    with_vectors=Logistic(0.0, {}), words_alone=Logistic(0.0, {}))


@dataclass(frozen=True, slots=True)
class Subset:
    """The features that one training may weigh."""

    base: tuple[str, ...] = BASE
    corrections: tuple[str, ...] = CORRECTIONS
    gains: tuple[str, ...] = GAINS
    evidence: tuple[str, ...] = EVIDENCE
    more: tuple[str, ...] = MORE
    reading: tuple[str, ...] = ("reading",)
    with_vectors: tuple[str, ...] = WITH_VECTORS
    words_alone: tuple[str, ...] = WORDS_ALONE

    def without(self, names: frozenset[str]) -> Subset:
        """The subset without some features."""
        return replace(self, **{part: tuple(n for n in getattr(self, part) if n not in names)
                                for part in self.__dataclass_fields__})


# Groups for the table of what brings what. A name counts in every list that holds it.
GROUPS: Mapping[str, frozenset[str]] = {
    "words": frozenset({"words", "article_words"}),
    "vectors": frozenset({"vectors", "article_vectors", "cosine", "margin"}),
    "article": frozenset({"article_words", "article_vectors", "margin"}),
    "language": frozenset({"same_language"}),
    "headings": frozenset({"in_title", "in_nearest", "asked_heading", "nearest_named", "with_all"}),
    "depth": frozenset({"depth"}),
    "run": frozenset({"run_unit"}),
    "rest": frozenset({"rest_unit", "rest_of_best"}),
    "dialogue": frozenset({"in_dialogue"}),
    "rank": frozenset({"passage_rank", "passage_behind", "gap"}),
    "overlap": frozenset({"with_lead", "of_best", "own_named", "new_words", "before", "after", "said",
                          "repeats", "says_little", "before_named"}),
    "how many": frozenset({"behind", "share_taken", "relative_length", "taken", "one_fact", "english", "same_line",
                           "english_line", "choices"}),
    "reading": frozenset({"reading"}),
    "answer type": frozenset({"wanted", "fact_wanted", "list_wanted", "other_wanted", "has_figure"}),
    "form": frozenset({"length", "is_row", "asked_lead", "opens", "asks", "is_first", "refers", "no_end"}),
}

"""The values that cross the retriever's modules on the way from a question to its answer, which answer.py holds.

Frozen; offsets count characters of a revision's Markdown source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Span:
    """When a passage may answer: both axes half-open, instants in UTC; None is open-ended."""

    effective_from: datetime
    effective_to: datetime | None
    known_from: datetime
    known_to: datetime | None


@dataclass(frozen=True, slots=True)
class Unit:
    """The smallest stretch of a source that may be quoted, and the stretches that it depends on.

    ``kind`` is sentence, item, row or code. ``leads`` stand before it and are quoted with it: the question just
    answered, a list's lead-in and every parent item, a table's header rows and the cells above that an empty one stands
    for, the heading that holds a table's unit of measure. ``notes`` are the footnotes that it refers to. ``text`` and
    ``lead_text`` are what a page shows of it and of its leads: they are there while its words are analysed, and are
    not kept.
    """

    start: int
    end: int
    kind: str
    leads: tuple[tuple[int, int], ...] = ()
    notes: tuple[tuple[int, int], ...] = ()
    text: str = field(default="", compare=False)
    lead_text: str = field(default="", compare=False)


def passage_id(revision_id: str, ordinal: int) -> str:
    """The name of a passage: its revision, and which of its passages it is, from 0."""
    return f"{revision_id}:{ordinal}"


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrievable piece of one revision; ``text == source[start:end]`` always.

    ``body`` is what a page shows of it below its headings; that is matched and embedded. So is ``context``, which
    stands further up: the list's lead-in, the table's header row.
    ``spans`` are the bitemporal rectangles in which its revision is live (several when a later revision cut it).
    ``terms`` are the analysed words of its parts (see terms.py), kept so that ranking need not analyse again.
    """

    passage_id: str  # see passage_id
    article_id: str
    revision_id: str
    ordinal: int
    title: str
    heading_path: tuple[str, ...]
    start: int
    end: int
    text: str
    context: str = ""
    department: str = ""
    audience: str = "public"
    lang: str = "zh"
    keywords: tuple[str, ...] = ()  # the article's keywords and synonyms
    spans: tuple[Span, ...] = ()
    units: tuple[Unit, ...] = ()
    terms: tuple[str, ...] = ()
    body: str = ""

    def with_units(self, kept: Sequence[int]) -> Passage:
        """The passage with these of its units alone; of ``terms`` four are the whole's, then three each unit's."""
        return replace(self, units=tuple(self.units[n] for n in kept),
                       terms=(*self.terms[:4], *(t for n in kept for t in self.terms[4 + 3 * n:7 + 3 * n])))


@dataclass(frozen=True, slots=True)
class Filters:
    """What this asker may be shown, applied inside the engine before anything is ranked."""

    as_of: datetime
    known_at: datetime
    audiences: frozenset[str] = frozenset({"public"})
    departments: frozenset[str] | None = None
    langs: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class EngineQuery:
    """A question ready for an engine: weighted index terms, and the question's vector if there is one.

    ``limit`` are proposed by words and by vectors each; ``lang`` is the question's.
    """

    terms: tuple[tuple[str, float], ...]
    vector: NDArray[np.float32] | None
    filters: Filters
    limit: int = 50
    lang: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Proposals:
    """What an engine proposes: its ids, and for each the raw scores of every part, 0.0 where a part has none.

    ``words`` BM25 of the passage, ``vectors`` its cosine, ``article_words`` BM25 of the whole article (the revision's
    full text), ``article_vectors`` the best cosine of the article's proposals, ``same_language`` whether the passage is
    in the question's. Equal proposals stand in an equal order.
    """

    ids: tuple[str, ...]
    words: NDArray[np.float64]
    vectors: NDArray[np.float64]
    article_words: NDArray[np.float64]
    article_vectors: NDArray[np.float64]
    same_language: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PendingText:
    """A text whose vector an engine waits for; ``key`` is the engine's name for it."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A proposed passage. All scores are of this query; a score that was not computed is 0.0.

    ``word_score`` BM25 of the passage, ``vector_score`` cosine of the passage, ``article_*`` the same of the whole
    article. ``normalised`` are the same as shares of the best of all that was proposed (see ranking/fusion.py).
    """

    passage: Passage
    word_score: float
    vector_score: float
    article_word_score: float = 0.0
    article_vector_score: float = 0.0
    normalised: tuple[float, ...] = (0.0,) * 5


@dataclass(frozen=True, slots=True)
class LiveText:
    """The revision that a passage stands in, as the database holds it: what ranking weighs and citations state."""

    article_id: str
    slug: str
    revision_id: str
    number: int
    title: str
    source: str
    lang: str
    audience: str
    department: str
    department_name_zh: str
    department_name_en: str
    department_phone: str
    effective_from: datetime
    effective_to: datetime | None
    review_by: datetime | None


@dataclass(frozen=True, slots=True)
class Allowed:
    """A candidate that passed the authority check, with the live revision it stands in."""

    candidate: Candidate
    live: LiveText


@dataclass(frozen=True, slots=True)
class Hit:
    """A candidate after the authority check, with its final score; higher is better."""

    passage: Passage
    score: float
    candidate: Candidate
    features: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier turn of the dialogue; role is ``user`` or ``agent``."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Correction:
    """A typing error of a question: what was typed, and the word that is searched beside it."""

    typed: str
    corrected: str


CALL_REF_CHARS = 64


@dataclass(frozen=True, slots=True)
class AskRequest:
    """One question. Unset instants mean now; ``audience`` narrows what the viewer may see, never widens it.

    ``read_time``: a time that the question names is the time it is answered for, unless ``as_of`` is set.
    ``call_ref``: the call, as the hotline numbers it; kept beside the answer, for nothing else. ``answer_id``: the id
    that the answer gets, so that a question sent twice is recorded once; without it one is made. ``follows``: the
    answer before it in the conversation, whose words are in ``history``.
    """

    question: str
    as_of: datetime | None = None
    known_at: datetime | None = None
    department: str | None = None
    audience: str | None = None
    lang: str | None = None
    history: tuple[Turn, ...] = ()
    explain: bool = False
    read_time: bool = True
    call_ref: str | None = None
    answer_id: str | None = None
    follows: str | None = None


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One result of a search: a passage of a live revision that this viewer may read."""

    article_id: str
    slug: str
    revision: int
    title: str
    department: str
    department_name_zh: str
    department_name_en: str
    lang: str
    audience: str
    heading_path: tuple[str, ...]
    text: str
    body: str  # what a page shows of the text below its headings
    start: int
    end: int
    score: float
    effective_from: datetime
    effective_to: datetime | None
    url: str

    def as_dict(self) -> dict[str, Any]:
        """The JSON form, the same in the shell and the API."""
        return {
            "article_id": self.article_id, "slug": self.slug, "revision": self.revision, "title": self.title,
            "department": self.department, "lang": self.lang, "audience": self.audience,
            "heading_path": list(self.heading_path), "text": self.text, "body": self.body,
            "start": self.start, "end": self.end, "score": round(self.score, 4),
            "effective_from": self.effective_from.isoformat(),
            "effective_to": self.effective_to.isoformat() if self.effective_to else None, "url": self.url,
        }


@dataclass(frozen=True, slots=True)
class SearchPage:
    """A page of results, best first; ``has_more`` says whether ``offset + limit`` would show others. ``words`` are the
    terms that were searched, other names included."""

    hits: tuple[SearchHit, ...]
    has_more: bool
    took_ms: float
    degraded: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A completion while typing: an article title the asker may see, or a known ``question`` that it answers."""

    slug: str
    title: str
    department: str
    question: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """An engine's own word on itself; ``code`` names for programs what is wrong, empty when nothing is."""

    ok: bool
    detail: str
    passages: int
    vectors: int
    checkpoint: int
    fingerprint: str
    code: str = ""

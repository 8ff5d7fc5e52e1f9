"""The one door to LangChain: searching as a ``BaseRetriever``, answering as a ``Runnable``.

Both hold the viewer they act for and pass it on with every call, so a chain never sees what its asker may not; what
flows through a chain (questions, history, filters) can narrow that view and never widen it. A document carries all
that is needed to cite it: ``page_content`` is the revision's source from ``start`` to ``end``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.messages import BaseMessage
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableConfig, RunnableSerializable
from pydantic import ConfigDict, Field

from kb.actor import CITIZEN, Actor
from kb.clock import utc_now
from retriever.ask import DEEPEST, Retriever
from retriever.errors import BadQuestion
from retriever.records import AskRequest, SearchHit, Turn

_KEYS = frozenset({"question", "history", "as_of", "known_at", "department", "audience", "lang", "explain"})


class PassageRetriever(BaseRetriever):
    """Passages of live articles that ``viewer`` may read, best first, at most three of one article.

    ``now`` is the present instant when unset; ``as_of`` and ``known_at`` are ``now`` when unset.
    """

    retriever: Retriever
    viewer: Actor = CITIZEN
    k: int = Field(default=10, ge=1, le=DEEPEST)
    now: datetime | None = None
    as_of: datetime | None = None
    known_at: datetime | None = None
    department: str | None = None
    audience: str | None = None
    lang: str | None = None

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002
                                k: int | None = None) -> list[Document]:
        page = self.retriever.search(
            query, self.viewer, now=self.now or utc_now(), as_of=self.as_of, known_at=self.known_at,
            department=self.department, audience=self.audience, lang=self.lang, limit=self.k if k is None else k)
        return [_document(hit) for hit in page.hits]


def _document(hit: SearchHit) -> Document:
    """The passage with what a citation needs; instants as ISO 8601, so that documents can be stored and sent."""
    return Document(
        id=f"{hit.slug}/r{hit.revision}:{hit.start}-{hit.end}", page_content=hit.text,
        metadata={
            "article_id": hit.article_id, "slug": hit.slug, "revision": hit.revision, "title": hit.title,
            "heading_path": list(hit.heading_path), "start": hit.start, "end": hit.end, "department": hit.department,
            "lang": hit.lang, "audience": hit.audience, "effective_from": hit.effective_from.isoformat(),
            "effective_to": hit.effective_to.isoformat() if hit.effective_to else None, "url": hit.url,
            "score": hit.score,
        })


class Answering(RunnableSerializable[str | dict[str, Any], dict[str, Any]]):
    """A question in, the answer object of ``kb ask --json`` out: cited sentences or an honest abstention.

    The input is the question, or a mapping with ``question`` and any of ``history``, ``as_of``, ``known_at``,
    ``department``, ``audience``, ``lang``, ``explain``. ``history`` is a list of LangChain messages or of
    ``{"role": "user" | "agent", "text": …}``, oldest first. Raises BadQuestion for anything else. The input's filters
    stand in for the fields', except that a chain for the public stays one.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    retriever: Retriever
    viewer: Actor = CITIZEN
    now: datetime | None = None
    department: str | None = None
    audience: str | None = None
    lang: str | None = None

    def invoke(self, input: str | dict[str, Any], config: RunnableConfig | None = None,
               **kwargs: Any) -> dict[str, Any]:
        """The answer; callbacks, tags and tracing of ``config`` see the question and the answer."""
        return self._call_with_config(self._answer, input, config, **kwargs)

    def _answer(self, given: str | dict[str, Any]) -> dict[str, Any]:
        answer = self.retriever.ask(self._request(given), self.viewer, now=self.now or utc_now())
        return answer.as_dict()

    def _request(self, given: str | dict[str, Any]) -> AskRequest:
        fields: Mapping[str, Any] = {"question": given} if isinstance(given, str) else given
        if not isinstance(fields, Mapping) or not isinstance(fields.get("question"), str):
            raise BadQuestion("not_text", "give a question as text, or a mapping with the key question")
        unknown = sorted(str(key) for key in fields if key not in _KEYS)
        if unknown:
            raise BadQuestion("unknown_key", "unknown key {unknown!r}; known: {keys}", unknown=unknown[0],
                              keys=sorted(_KEYS))
        return AskRequest(
            question=fields["question"], history=_turns(fields.get("history") or ()),
            as_of=_instant(fields.get("as_of"), "as_of"), known_at=_instant(fields.get("known_at"), "known_at"),
            department=fields.get("department") or self.department,
            audience="public" if self.audience == "public" else fields.get("audience") or self.audience,
            lang=fields.get("lang") or self.lang, explain=fields.get("explain") is True)


def _instant(value: object, name: str) -> datetime | None:
    """An aware instant, given as one or as ISO 8601 with its offset."""
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        moment = None
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise BadQuestion("bad_date", "{name} must be an instant with its offset, such as 2026-03-01T00:00+08:00",
                          name=name)
    return moment


def _turns(history: Sequence[object]) -> tuple[Turn, ...]:
    """Earlier turns from messages or from role and text."""
    turns = []
    for item in history:
        if isinstance(item, BaseMessage):
            turns.append(Turn("user" if item.type == "human" else "agent", item.text))
        elif isinstance(item, Mapping) and isinstance(item.get("text"), str) and item.get("role") in ("user", "agent"):
            turns.append(Turn(item["role"], item["text"]))
        else:
            raise BadQuestion("history", "a turn is a message, or a mapping with role (user or agent) and text")
    return tuple(turns)

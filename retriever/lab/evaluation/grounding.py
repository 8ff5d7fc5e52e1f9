"""What must hold of every answer of a run, without exception: each quote and each section shown is its document's text.

Raises BadResponse, which ends the run: this is never a matter of degree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kb.markup.parse import parse
from kb.markup.shown import shown_source
from retriever.answer import Answer, Section
from retriever.citation import Citation, Sentence
from retriever.errors import BadResponse
from retriever.language.analysis import normalise
from retriever.language.numerals import numbers

SourceOf = Callable[[str], str]  # a revision's text by its id


def check_answer(query_id: str, answer: Answer, source_of: SourceOf) -> None:
    """The answer, given or withheld, the section it stands in, and what is offered to be checked."""
    sentences, citations = answer.withheld or (answer.all_sentences, answer.citations)
    _check_quotes(query_id, sentences, citations, source_of)
    for section in (*((answer.section,) if answer.section else ()), *answer.choices):
        _check_section(query_id, section, source_of(section.revision_id))


def _check_quotes(query_id: str, sentences: Sequence[Sentence], citations: Sequence[Citation],
                  source_of: SourceOf) -> None:
    """Each sentence cites, each quote is the document's text, figures stand in quotes."""
    numbers_of = {c.n: c for c in citations}
    for citation in citations:
        text = source_of(citation.revision_id)
        if text[citation.start:citation.end] != citation.quote or not citation.quote:
            raise BadResponse("quote", "query {query_id}: citation {n} is not the text of its document",
                              query_id=query_id, n=citation.n)
    for sentence in sentences:
        if not sentence.citations or any(n not in numbers_of for n in sentence.citations):
            raise BadResponse("uncited", "query {query_id}: a sentence cites nothing", query_id=query_id)
        quotes = [numbers_of[n] for n in sentence.citations]
        quoted = normalise(" ".join(parse(source_of(q.revision_id)).said(q.start, q.end) for q in quotes))
        if not numbers(normalise(sentence.text)) <= numbers(quoted):
            raise BadResponse("figure", "query {query_id}: a figure does not stand in its quotes", query_id=query_id)


def _check_section(query_id: str, section: Section, source: str) -> None:
    """A section is the document's text from its start to its end, and what is marked lies within it."""
    if shown_source(source, section.start, section.end) != section.text or not section.text:
        raise BadResponse("section", "query {query_id}: the section {heading_path} is not the text of its document",
                          query_id=query_id, heading_path=section.heading_path)
    if not all(section.start <= start < end <= section.end for start, end in section.marked):
        raise BadResponse("marked", "query {query_id}: what is marked lies outside the section {heading_path}",
                          query_id=query_id, heading_path=section.heading_path)

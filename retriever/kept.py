"""What an answer's log entry keeps so that a page can show it again: where it stands, what was left out, what else.

No text of a revision is kept here, only places in it and its headings; whoever shows it reads the words anew. What
repeats words of the question is kept only where the question is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from retriever.answer import Answer, Elsewhere, LeftOut, Nearest, NearestPassage, NextStep, Notice, Section
from retriever.citation import Sentence
from retriever.records import Correction
from retriever.validity import ByDistrict, ReadAsOf, Rule


def kept_of(answer: Answer, *, with_words: bool) -> dict[str, Any]:
    """The answer's further parts, as JSON; ``with_words`` says whether the question's own may be among them."""
    order = {sentence: n for n, sentence in enumerate(answer.all_sentences)}
    section = answer.section
    return {
        "said": [order[s] for s in answer.sentences],
        "rules": [{"from": _written(rule.effective_from), "to": _written(rule.effective_to),
                   "said": [order[s] for s in rule.sentences]} for rule in answer.rules],
        "section": {"revision_id": section.revision_id, "heading_path": list(section.heading_path),
                    "start": section.start, "end": section.end,
                    "marked": [list(span) for span in section.marked]} if section else None,
        "next": [[list(step.heading_path), step.kind, step.url] for step in answer.next],
        "near": [[n.article_id, list(n.passage.heading_path), n.passage.url] for n in answer.nearest if n.passage],
        "notice": [answer.notice.kind, answer.notice.text, answer.notice.phone] if answer.notice else None,
        "left_out": answer.left_out.as_dict() if answer.left_out else None,
        "by_district": answer.by_district.as_dict() if answer.by_district else None,
        "read_as_of": _kept_time(answer.read_as_of, with_words=with_words),
        "no_rule_of": _kept_time(answer.no_rule_of, with_words=with_words),
        "ask_department": answer.ask_department, "reader": answer.reader, "new_topic": answer.new_topic,
        "read_as": [[c.typed, c.corrected] for c in answer.read_as] if with_words else [],
        "not_known_for": answer.not_known_for if with_words else None,
        "elsewhere": [one.as_dict() | {"title": ""} for one in answer.elsewhere],  # read anew where it is shown
    }


def restored(answer: Answer, kept: Mapping[str, Any], section: Section | None) -> Answer:
    """The answer, of which ``sentences`` are all that were said, with the parts that :func:`kept_of` wrote."""
    said, notice = answer.sentences, kept["notice"]
    left, by = kept["left_out"], kept["by_district"]
    passages = {article_id: NearestPassage(tuple(path), "", url) for article_id, path, url in kept["near"]}
    return replace(
        answer, sentences=_of(said, kept["said"]), section=section,
        rules=tuple(Rule(datetime.fromisoformat(rule["from"]), _instant(rule["to"]), _of(said, rule["said"]))
                    for rule in kept["rules"]),
        next=tuple(NextStep(tuple(path), kind, url) for path, kind, url in kept["next"]),
        nearest=tuple(_near(near, passages) for near in answer.nearest),
        notice=Notice(*notice) if notice else None,
        left_out=LeftOut(left["kind"], left["said"], left["total"], tuple(left["members"])) if left else None,
        by_district=ByDistrict(tuple(by["given"]), tuple(by["others"])) if by else None,
        read_as_of=_time(kept["read_as_of"]),
        no_rule_of=_time(kept.get("no_rule_of")),  # older entries know nothing of it
        ask_department=kept["ask_department"], reader=kept["reader"], new_topic=kept["new_topic"],
        read_as=tuple(Correction(typed, corrected) for typed, corrected in kept["read_as"]),
        not_known_for=kept["not_known_for"], elsewhere=tuple(map(_elsewhere, kept.get("elsewhere", ()))))


def _of(said: tuple[Sentence, ...], numbers: list[int]) -> tuple[Sentence, ...]:
    return tuple(said[n] for n in numbers)


def _elsewhere(one: Mapping[str, Any]) -> Elsewhere:
    return Elsewhere(one["kind"], one["article_id"], one["slug"], one["revision"], one["title"], one["department"],
                     one["lang"], tuple(one["heading_path"]), one["url"], _instant(one["ended_at"]))


def _near(near: Nearest, passages: Mapping[str, NearestPassage]) -> Nearest:
    return replace(near, passage=passages.get(near.article_id))


def _kept_time(read: ReadAsOf | None, *, with_words: bool) -> dict[str, str | None] | None:
    return {"words": read.words if with_words else "", "from": _written(read.begins_at),
            "to": _written(read.ends_at)} if read else None


def _time(read: Mapping[str, Any] | None) -> ReadAsOf | None:
    return ReadAsOf(read["words"], datetime.fromisoformat(read["from"]), _instant(read["to"])) if read else None


def _written(value: datetime | None) -> str | None:
    return value.isoformat() if value else None


def _instant(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None

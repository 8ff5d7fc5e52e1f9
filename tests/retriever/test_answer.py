"""The JSON form of an answer: the object that DESIGN §9 fixes for shell and API."""

from __future__ import annotations

from dataclasses import replace

import pytest

from retriever.answer import Answer, LeftOut, Nearest, NearestPassage, NextStep, Notice, Section, State
from retriever.validity import ReadAsOf
from tests.conftest import NOW
from web.api.shapes import answers as shapes

SOURCE = "# 居住证\n\n## 费用\n\n首次办理免费，补办20元。\n"
FEE = Section(article_id="a1", slug="residence", revision=2, revision_id="r2", title="居住证", department="police",
              heading_path=("居住证", "费用"), start=7, end=len(SOURCE), text=SOURCE[7:], marked=((14, 28),),
              url="/articles/residence/r/2")
ANSWER = Answer(answer_id="q1", question="多少钱", as_of=NOW, known_at=NOW, state=State.ANSWERED, reason=None,
                confidence=0.9, sentences=(), citations=(), nearest=(), engine="embedded", composer="quote",
                took_ms=1.0)


def test_every_member_of_the_object_is_described_and_none_is_described_that_is_not_given() -> None:
    described = shapes.Answer.model_fields
    assert set(ANSWER.as_dict()) == {name for name, member in described.items() if member.is_required()}
    assert set(described) == {*ANSWER.as_dict(), "explain"}


@pytest.mark.parametrize("state", State)
def test_nothing_is_said_in_the_states_that_abstain(state: State) -> None:
    body = replace(ANSWER, state=state).as_dict()
    assert (body["state"], body["abstained"]) == (state.value, state.value in {"check", "unknown"})


def test_members_that_have_nothing_to_say_are_null_or_empty() -> None:
    body = ANSWER.as_dict()
    assert [body[name] for name in ("notice", "section", "read_as_of", "left_out", "reader")] == [None] * 5
    assert (body["choices"], body["next"], body["rules"], body["by_district"]) == ([], [], [], None)


def test_a_choice_is_a_section_with_its_text_and_neither_tells_the_revisions_id() -> None:
    body = replace(ANSWER, state=State.CHECK, section=FEE, choices=(FEE,)).as_dict()
    assert body["choices"] == [body["section"] | {"text": FEE.text}]
    assert set(body["section"]) == set(shapes.Section.model_fields)
    assert (body["section"]["heading_path"], body["section"]["marked"]) == (["居住证", "费用"], [[14, 28]])


def test_notice_next_step_reader_time_read_and_what_was_left_out_stand_in_the_object() -> None:
    body = replace(
        ANSWER, notice=Notice("gas", "先开窗", "96777"), next=(NextStep(("居住证", "材料"), "papers", "/articles/x"),),
        read_as_of=ReadAsOf("去年", NOW, None), reader="local", left_out=LeftOut("steps", 1, 5, (2,))).as_dict()
    assert body["notice"] == {"kind": "gas", "text": "先开窗", "phone": "96777"}
    assert body["next"] == [{"heading_path": ["居住证", "材料"], "kind": "papers", "url": "/articles/x"}]
    assert body["read_as_of"] == {"words": "去年", "from": NOW.isoformat(), "to": None}
    assert body["left_out"] == {"kind": "steps", "said": 1, "total": 5, "members": [2]}
    assert body["reader"] == "local"


def test_a_near_article_shows_its_best_passage_where_there_is_one() -> None:
    near = Nearest("a1", "residence", "居住证", "police", 0.41234)
    with_passage = replace(near, passage=NearestPassage(("费用",), "补办20元。", "/articles/residence"))
    body = replace(ANSWER, state=State.UNKNOWN, nearest=(near, with_passage)).as_dict()
    assert [n["passage"] for n in body["nearest"]] == [
        None, {"heading_path": ["费用"], "text": "补办20元。", "url": "/articles/residence"}]
    assert body["nearest"][0]["score"] == 0.4123

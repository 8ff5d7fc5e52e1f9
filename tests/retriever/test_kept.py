"""What the log keeps of an answer gives the same answer back, and nothing of the question where that is not kept."""

from __future__ import annotations

import json
from dataclasses import replace

from kb.actor import CITIZEN
from kb.db import Database
from retriever.answer import Answer, Elsewhere, LeftOut, Nearest, NearestPassage, NextStep, Notice
from retriever.ask import Retriever
from retriever.citation import Sentence
from retriever.kept import kept_of, restored
from retriever.records import AskRequest, Correction
from retriever.validity import ByDistrict, ReadAsOf, Rule
from tests.conftest import NOW
from tests.retriever.factories import published_article


def answered(retriever: Retriever, database: Database) -> Answer:
    """An answer of which every further part says something."""
    published_article(database, "card", "# 补卡\n\n补卡收费20元。\n\n## 材料\n\n带身份证。", title="补卡")
    answer = retriever.ask(AskRequest("补卡多少钱"), CITIZEN, now=NOW)
    other = Sentence("以前收费10元。", answer.sentences[0].citations)
    return replace(
        answer, rules=(Rule(NOW.replace(year=2020), NOW, (other,)), Rule(NOW, None, answer.sentences)),
        next=(NextStep(("补卡", "材料"), "papers", "/articles/card/r/1?cite=9-20"),),
        notice=Notice("gas", "关阀", "119"), left_out=LeftOut("steps", 1, 3, (2,)),
        by_district=ByDistrict(("港东区",), ("长屿县",)),
        read_as_of=ReadAsOf("去年", NOW.replace(year=2025), None),
        no_rule_of=ReadAsOf("那年", NOW.replace(year=2001), NOW.replace(year=2002)),
        read_as=(Correction("补咔", "补卡"),),
        not_known_for="北港区", new_topic=True,
        elsewhere=(Elsewhere("ended", "b", "old", 2, "旧办法", "hrss", "zh", ("旧办法",), "/articles/old/r/2", NOW),
                   Elsewhere("language", "c", "zoo", 1, "Zoo", "parks", "en", (), "/articles/zoo/r/1")),
        reader="local", ask_department={"code": "hrss"},
        nearest=(Nearest("a", "card", "补卡", "hrss", 0.5, NearestPassage(("补卡",), "收费", "/articles/card/r/1")),))


def bare(answer: Answer) -> Answer:
    """The same as the rest of the log entry tells it."""
    return replace(answer, sentences=answer.all_sentences, section=None, rules=(), next=(), notice=None, left_out=None,
                   by_district=None, read_as_of=None, no_rule_of=None, read_as=(), not_known_for=None, new_topic=False,
                   reader="", ask_department=None, elsewhere=(),
                   nearest=tuple(replace(n, passage=None) for n in answer.nearest))


def test_an_answer_is_the_same_after_it_was_kept(retriever: Retriever, database: Database) -> None:
    answer = answered(retriever, database)
    kept = json.loads(json.dumps(kept_of(answer, with_words=True)))
    back = restored(bare(answer), kept, answer.section)
    passage = answer.nearest[0].passage
    assert passage is not None  # its words are read anew
    assert back == replace(answer, nearest=(replace(answer.nearest[0], passage=replace(passage, text="")),),
                           elsewhere=tuple(replace(one, title="") for one in answer.elsewhere))
    assert answer.section is not None and kept["section"]["revision_id"] == answer.section.revision_id


def test_without_the_question_none_of_its_words_are_kept(retriever: Retriever, database: Database) -> None:
    answer = answered(retriever, database)
    kept = json.dumps(kept_of(answer, with_words=False), ensure_ascii=False)
    assert not [words for words in ("去年", "那年", "补咔", "北港区") if words in kept]
    back = restored(bare(answer), json.loads(kept), answer.section)
    assert (back.read_as, back.not_known_for, back.rules) == ((), None, answer.rules)


def test_no_text_of_a_revision_is_kept(retriever: Retriever, database: Database) -> None:
    answer = answered(retriever, database)
    assert answer.section is not None and answer.section.text.strip()
    assert "收费20元" not in json.dumps(kept_of(answer, with_words=True), ensure_ascii=False)


def test_the_same_question_sent_twice_is_kept_once(retriever: Retriever, database: Database) -> None:
    published_article(database, "card", "补卡收费20元。", title="补卡")
    asked = AskRequest("补卡多少钱", answer_id="5d2f0f5e-0000-4000-8000-000000000001")
    first, second = (retriever.ask(asked, CITIZEN, now=NOW) for _ in range(2))
    assert first.answer_id == second.answer_id == asked.answer_id
    assert "not_recorded" not in second.degraded

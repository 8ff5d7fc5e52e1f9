"""A question that names a document by its number is led to what rests on it, and to nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kb.actor import CITIZEN
from kb.db import Database
from kb.settings import Settings
from retriever.answer import Answer, State
from retriever.records import AskRequest
from tests.conftest import NOW
from tests.kb.factories import MANAGER
from tests.retriever.factories import published_article, retriever_of

HERDING = "# 放牧登记\n\n牧户每年三月到镇农业站登记。\n\n## 费用\n\n登记不收费。\n"
MILLING = "# 磨坊用水\n\n磨坊用水按表计费。\n\n## 沿革\n\n《水车管理办法》（云水规〔2019〕8号）自今年起废止。\n"
INSIDE = "# 牧场巡查口径\n\n巡查员每周上山一次。\n"


@pytest.fixture
def bases(database: Database) -> Database:
    published_article(database, "herding", HERDING, title="放牧登记", bases=["云农规〔2026〕16号"])
    published_article(database, "milling", MILLING, title="磨坊用水", bases=["云河市人大常委会公告第33号"])
    published_article(database, "patrol", INSIDE, title="牧场巡查口径", audience="agent", bases=["云农密〔2026〕44号"])
    return database


def asked(settings: Settings, database: Database, question: str, **more: object) -> Answer:
    retriever = retriever_of(settings, database)
    answer = retriever.ask(AskRequest(question, **more), CITIZEN, now=NOW)  # type: ignore[arg-type]
    retriever.close()
    return answer


def led_to(answer: Answer) -> set[str]:
    return {c.slug for c in answer.citations} | {c.slug for c in answer.choices} | {n.slug for n in answer.nearest}


@pytest.mark.parametrize(("question", "slug"), [
    ("云农规〔2026〕16号讲什么", "herding"), ("云农规[2026]16号", "herding"), ("云农规（2026）16号是关于什么的",
    "herding"),
    ("云农规2026年16号文怎么规定", "herding"), ("2026年16号文", "herding"), ("公告第33号怎么规定", "milling"),
    ("33号公告是什么内容", "milling"), ("what is in Yun Nong Gui [2026] No. 16", "herding"),
    ("云水规〔2019〕8号还有效吗", "milling"), ("云水规2019年8号", "milling")])
def test_the_number_of_a_basis_or_in_a_text_leads_to_its_article_alone(settings: Settings, bases: Database,
                                                                       question: str, slug: str) -> None:
    answer = asked(settings, bases, question)
    assert answer.state is not State.UNKNOWN and led_to(answer) == {slug}
    assert answer.read_as_of is None


@pytest.mark.parametrize(("question", "number"), [
    ("云农规〔2026〕17号讲什么", "云农规〔2026〕17号"), ("公告第99号怎么规定", "公告第99号"), ("云政发2031年4号文",
    "云政发2031年4号文"),
    ("请问云牧发[2030]2号放牧登记收费吗", "云牧发[2030]2号"), ("What does Notice No. 77 of 2026 say?",
    "Notice No. 77 of 2026"),
    ("云农密〔2026〕44号讲什么", "云农密〔2026〕44号")])
def test_a_number_that_no_article_holds_is_said_not_to_be_known(settings: Settings, bases: Database, question: str,
                                                                number: str) -> None:
    """So is one that only an internal article holds, to whoever may not read that."""
    answer = asked(settings, bases, question)
    assert (answer.state, answer.reason, answer.not_known_for) == (State.UNKNOWN, "unknown_document", number)
    assert (answer.sentences, answer.choices, answer.nearest) == ((), (), ())


def test_an_agent_is_led_to_what_is_internal(settings: Settings, bases: Database) -> None:
    retriever = retriever_of(settings, bases)
    answer = retriever.ask(AskRequest("云农密〔2026〕44号讲什么"), MANAGER, now=NOW)
    assert led_to(answer) == {"patrol"}


def test_what_rested_on_it_once_is_offered_and_not_said(settings: Settings, bases: Database) -> None:
    changed = published_article(bases, "herding", HERDING.replace("三月", "五月"), title="放牧登记",
                                bases=["云农规〔2027〕2号"], effective_from=NOW, now=NOW)
    retriever = retriever_of(settings, bases)
    later = NOW + timedelta(days=1)
    answer = retriever.ask(AskRequest("云农规〔2026〕16号放牧登记几月"), CITIZEN, now=later)
    assert answer.state is State.CHECK and {c.revision_id for c in answer.choices} == {changed}
    assert retriever.ask(AskRequest("云农规〔2027〕2号放牧登记几月"), CITIZEN, now=later).state is State.ANSWERED


@pytest.mark.parametrize("question", ["我住云河路16号，放牧登记收费吗", "放牧登记第16号窗口收费吗",
"3月16号放牧登记收费吗"])
def test_a_number_that_may_be_an_address_or_a_day_is_no_document(settings: Settings, bases: Database,
                                                                 question: str) -> None:
    answer = asked(settings, bases, question)
    assert answer.reason != "unknown_document" and "herding" in led_to(answer)

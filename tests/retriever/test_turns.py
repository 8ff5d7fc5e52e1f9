"""Later turns of calls, with the packaged model and reader: the section shown is the one that the last turn asks for.

The dialogue says which matter it is; the part of it that an earlier turn asked for does not answer every later one.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb import setup
from kb.actor import CITIZEN
from kb.db import Database
from kb.settings import load_settings
from retriever.answer import Answer, Section, State
from retriever.ask import Retriever
from retriever.embedding.local import LocalEmbedder
from retriever.factory import build_reading, open_parts
from retriever.indexing.consumer import catch_up
from retriever.indexing.vectors import embed_pending
from retriever.records import AskRequest, Turn
from tests.conftest import NOW
from tests.retriever.conftest import ROOT
from tests.retriever.grounding import check_grounded

ARTICLES = (
    "culture/library-borrowing", "culture/library-card-en", "fund/fund-rent-withdrawal", "civil/divorce-registration",
    "police/dog-licence", "police/passport-hk-macau-permit", "police/ebike-registration",
    "transport/ferry-timetable-fares", "transport/ferry-guide-en", "hrss/unemployment-benefit-claim",
    "police/id-card-reissue")


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory, model_folder: Path) -> Iterator[tuple[Database, Retriever]]:
    folder = tmp_path_factory.mktemp("calls")
    for name in ARTICLES:
        (folder / "articles" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "articles" / f"{name}.md", folder / "articles" / f"{name}.md")
    for file in (ROOT / "articles").glob("*.*"):  # the departments
        shutil.copy(file, folder / "articles" / file.name)
    settings = load_settings(folder, {}, reader={"local_seconds": 60.0})
    database = Database(settings)
    setup.init(database, settings, now=NOW, sample=folder / "articles")
    parts, _ = open_parts(settings, database, LocalEmbedder(model_folder))
    catch_up(database, parts.engine)
    while embed_pending(parts.engine, parts.embedder):
        pass
    named = load_settings(ROOT, {}, data={"dir": str(model_folder.parents[1])}, reader={"local_seconds": 60.0})
    reader, fitted = build_reading(named)
    assert reader is not None
    retriever = Retriever(settings, database, parts, reader=reader, fitted=fitted)
    yield database, retriever
    retriever.close()
    database.close()


def shown(answer: Answer) -> Section:
    """The section that was answered from, or else the first that is offered."""
    section = answer.section or next(iter(answer.choices), None)
    assert section is not None, (answer.question, answer.state)
    return section


def ask(calls: tuple[Database, Retriever], dialogue: str) -> Answer:
    """The answer to the last turn; turns stand between ``>>``."""
    *before, last = (turn.strip() for turn in dialogue.split(">>"))
    answer = calls[1].ask(AskRequest(last, history=tuple(Turn("user", turn) for turn in before)), CITIZEN, now=NOW)
    check_grounded(calls[0], answer, CITIZEN)
    return answer


@pytest.mark.parametrize(("dialogue", "heading"), [
    ("opening hours?", "Opening hours"),
    ("how much is a library card deposit >> what if I lose the card >> opening hours?", "Opening hours"),
    ("how much is a library card deposit >> when are you open", "Opening hours"),
    ("how many books can I borrow >> is the library open on mondays", "Opening hours"),
    ("图书馆借书证要押金吗 >> 丢了怎么办 >> 几点开门", "开放时间"),
    ("ferry fares >> can I bring a dog", "Luggage, pets, what to leave at home"),
    ("轮渡票价多少 >> 能带狗吗", "购票与乘船"),
    ("港澳通行证多少钱 >> 那台湾通行证呢 >> 加急呢", "多久拿到"),
    ("办护照多少钱 >> 几天能拿到", "多久拿到"),
])
def test_a_later_turn_is_answered_from_the_part_that_it_asks_for(calls: tuple[Database, Retriever], dialogue: str,
                                                                heading: str) -> None:
    assert shown(ask(calls, dialogue)).heading_path[-1] == heading


@pytest.mark.parametrize(("dialogue", "slug"), [
    ("养狗怎么登记 >> 那电动车呢", "ebike-registration"),
    ("养狗怎么登记 >> 那电动车呢 >> 轮渡呢", "ferry-timetable-fares"),
    ("ferry fares >> opening hours of the library?", "library-card-en"),
    ("图书馆押金多少 >> 丢了怎么办 >> 离婚要跑几趟", "divorce-registration"),
    ("离婚怎么预约 >> 冷静期多久 >> 要带什么", "divorce-registration"),  # the same matter still
])
def test_a_turn_about_another_matter_leads_to_that_and_one_about_the_same_does_not(
        calls: tuple[Database, Retriever], dialogue: str, slug: str) -> None:
    assert shown(ask(calls, dialogue)).slug == slug


@pytest.mark.parametrize("question", ["失业金怎么领", "怎么申领失业保险金", "失业金的申领流程"])
def test_how_a_thing_is_done_is_answered_from_the_heading_that_asks_it_and_not_from_how_much(
        calls: tuple[Database, Retriever], question: str) -> None:
    assert shown(ask(calls, question)).heading_path[-1] == "怎样申领"


@pytest.mark.parametrize("question", ["失业金一个月领多少", "失业金能领几个月"])
def test_how_much_is_still_answered_from_how_much(calls: tuple[Database, Retriever], question: str) -> None:
    assert shown(ask(calls, question)).heading_path[-1] == "领多少、领多久"


def test_an_answer_beside_the_matter_is_not_given_for_what_an_earlier_turn_asked(
        calls: tuple[Database, Retriever]) -> None:
    answer = ask(calls, "how much is a library card deposit >> what if I lose the card >> opening hours?")
    assert answer.state is not State.ANSWERED or "9:00" in " ".join(s.text for s in answer.sentences)


@pytest.mark.parametrize("question", [
    "地铁几点末班车", "高铁首班车几点", "养猫罚多少", "养鸡罚多少钱", "护士证到期怎么换",
    "科技馆周一开门吗", "opening hours of the museum",
])
def test_what_no_text_names_is_not_said_as_sure(calls: tuple[Database, Retriever], question: str) -> None:
    """These are worded as what the timetable, the dog fines and the library's hours answer."""
    assert ask(calls, question).state is not State.ANSWERED


@pytest.mark.parametrize("question", ["养狗没登记罚多少", "what are the opening hours of the library"])
def test_what_a_text_names_still_is(calls: tuple[Database, Retriever], question: str) -> None:
    assert ask(calls, question).state is State.ANSWERED


@pytest.mark.parametrize(("dialogue", "said"), [
    ("How much is the ferry to Changyu for an adult? >> And for cars?", "80"),
    ("身份证丢了补办多少钱 >> 护照呢", "护照"),
])
def test_another_thing_of_the_kind_is_not_answered_with_the_first(calls: tuple[Database, Retriever], dialogue: str,
                                                                  said: str) -> None:
    answer = ask(calls, dialogue)
    told = " ".join(s.text for s in answer.sentences) or shown(answer).title
    assert said in told

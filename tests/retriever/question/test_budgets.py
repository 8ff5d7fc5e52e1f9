"""What one question may cost, counted in work: hostile questions and dialogues beside an ordinary one."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from bench.attacks import CHARS, Attacker
from kb.actor import CITIZEN
from kb.db import Database
from retriever.ask import Retriever
from retriever.language.analysis import MOST_ALTERNATIVES, Analyser
from retriever.language.spelling import Speller, Written
from retriever.question import budget, topic
from retriever.question.proofreading import Proofreader
from retriever.question.understanding import Question, check_text, understand
from retriever.records import AskRequest, Correction, Turn
from tests.conftest import NOW
from tests.retriever.conftest import ROOT
from tests.retriever.factories import published_article

ORDINARY = "没备案租房公积金一个月能提多少，要带什么材料去哪里办"  # as long as half of the callers' questions
KINDS = ("Chinese words", "English words", "digits", "document numbers", "homophones", "homophones, apart", "ligatures",
         "misspelt English", "mixed", "names with synonyms", "numbers with units", "one character", "one letter",
         "one number", "pinyin", "rare characters", "unknown English", "usual characters")
GROUPS = [["社会保障卡", "社保卡", "医保卡"], ["居住证", "暂住证"], ["公积金", "住房公积金", "房钱"],
          *([f"{a}{b}证", f"{a}{b}本"] for a in "甲乙丙丁戊" for b in "天地人和")]
# Microseconds of a piece of work, as measured; only their proportion counts. A search for a word; what the model reads
# of the longest question; a character analysed, and read for typing errors; a term that is searched and ranked by; the
# rest of a question (search, authority check, ranking, keeping the answer), and what of it is done again for a second
# reading.
LOOKED_FOR, MODEL, ANALYSED, SPELLED, TERM, REST, AGAIN = 5_000, 35_000, 7, 30, 25, 14_000, 10_000
MOST = 5  # times the work of an ordinary question


class Counting(Analyser):
    """An analyser that counts the characters that it is given."""

    counted = 0

    def terms(self, text: str) -> list[str]:
        self.counted += len(text)
        return super().terms(text)


@dataclass
class Work:
    """One question understood by the words of the sample articles, and what that took."""

    speller: Speller
    holds: bool  # whether the texts that the asker may see hold the words that are looked for
    proofreader: Proofreader = field(init=False)
    analyser: Counting = field(default_factory=lambda: Counting([], GROUPS))
    looked_for: list[str] = field(default_factory=list)
    spelled: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.proofreader = Proofreader(self.corrects, self.written)

    def written(self, word: str) -> str | None:
        self.looked_for.append(word)
        return word if self.holds else None

    def corrects(self, text: str, written: Written) -> tuple[Correction, ...]:
        self.spelled.append(text)
        return self.speller.corrections(text, written)

    def understood(self, text: str, history: Sequence[Turn] = ()) -> Question:
        checked = check_text(text, longest=CHARS)
        return understand(checked, history, self.analyser, self.proofreader)

    def of(self, text: str, history: Sequence[Turn] = ()) -> float:
        """The work of this question, which is read twice where it may be another topic."""
        question = self.understood(text, history)
        read = [question.vector_text]
        if topic.may_be_another(question):
            read += [self.understood(text).vector_text, question.before]
        model = sum(budget.size_of(part, budget.READ) for part in read)
        return (REST + AGAIN * (len(read) > 1) + MODEL * model + LOOKED_FOR * len(self.looked_for)
                + ANALYSED * self.analyser.counted + SPELLED * sum(map(len, self.spelled))
                + TERM * (len(question.terms) + len(question.focus)))


@pytest.fixture(scope="module")
def speller() -> Speller:
    """What the sample articles are written in."""
    analyser = Analyser()
    texts = Counter(term for path in sorted((ROOT / "articles").rglob("*.md"))
                    for term in set(analyser.terms(path.read_text(encoding="utf-8"))))

    def idf(terms: Sequence[str]) -> dict[str, float]:
        return {t: math.log(1 + 200.5 / (texts[t] + 0.5)) for t in terms}

    return Speller(texts.items(), [], analyser, idf=idf)


@pytest.fixture(scope="module")
def attacker(speller: Speller) -> Attacker:
    """One who has read the articles."""
    words = sorted({*speller._words, *(stem for stems in speller._stems.values() for stem, _ in stems)})
    return Attacker(words, [name for group in GROUPS for name in group], Analyser())


def test_the_kinds_of_attack_are_those_that_are_tested(attacker: Attacker) -> None:
    assert set(attacker.questions()) == set(KINDS)
    assert {len(text) for text in attacker.questions().values()} == {CHARS}


@pytest.mark.parametrize("holds", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_no_question_takes_more_than_five_ordinary_ones(speller: Speller, attacker: Attacker, kind: str,
                                                        holds: bool) -> None:
    assert Work(speller, holds).of(attacker.text(kind, CHARS)) <= MOST * Work(speller, True).of(ORDINARY)


@pytest.mark.parametrize("holds", [True, False])
@pytest.mark.parametrize("question", ["那要带什么材料", "长屿线轮渡儿童票价多少", "补办"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_dialogue_takes_more_than_five_ordinary_questions(speller: Speller, attacker: Attacker, kind: str,
                                                             question: str, holds: bool) -> None:
    most = MOST * Work(speller, True).of(ORDINARY)
    for history in (attacker.dialogue(kind), attacker.dialogue(kind, turns=1, chars=24_000)):
        assert Work(speller, holds).of(question, history) <= most


@pytest.mark.parametrize("kind", KINDS)
def test_a_long_question_in_a_long_dialogue_takes_no_more_either(speller: Speller, attacker: Attacker,
                                                                 kind: str) -> None:
    most = MOST * Work(speller, True).of(ORDINARY)
    history = attacker.dialogue("homophones")
    for chars in (80, 110, 300, CHARS):
        assert Work(speller, False).of(attacker.text(kind, chars), history) <= most, chars


@pytest.mark.parametrize("kind", KINDS)
def test_every_stage_keeps_to_its_budget(speller: Speller, attacker: Attacker, kind: str) -> None:
    work = Work(speller, False)
    question = work.understood(attacker.text(kind, CHARS), attacker.dialogue(kind))
    assert len(work.looked_for) <= budget.LOOKUPS
    assert sum(map(len, work.spelled)) <= budget.SPELLED_CHARS
    assert len(question.terms) <= budget.MOST_TERMS
    assert len(question.alternatives) <= MOST_ALTERNATIVES
    assert budget.size_of(question.text, budget.QUESTION) <= 1.01  # and the gap
    assert budget.size_of(question.vector_text, budget.READ) <= 1.01
    assert {"question_cut", "dialogue_cut"} <= set(question.cut)


# what is left out is the least, and is said


def test_an_ordinary_question_and_dialogue_are_read_whole(speller: Speller) -> None:
    history = (Turn("user", "社保卡丢了怎么补办"), Turn("agent", "补卡免费，先挂失，再到任一网点补领。" * 10))
    question = Work(speller, True).understood("那要带什么材料", history)
    assert question.cut == () and question.text == "那要带什么材料"


@pytest.mark.parametrize(("text", "inside"), [
    ("我要投诉" + "，事情是这样的" * 60 + "，请问社保卡怎么补办", ("我要投诉", "请问社保卡怎么补办")),
    ("My residence permit " + "was lost on the way home " * 40 + "so where do I renew it?",
     ("My residence permit", "where do I renew it?")),
])
def test_of_an_over_long_question_the_beginning_and_the_end_are_read(text: str, inside: tuple[str, str]) -> None:
    question = understand(text, (), Analyser())
    assert question.cut == ("question_cut",)
    for part in inside:
        assert part in question.text and part in question.vector_text
    assert len(question.text) < len(text)


def test_what_the_model_does_not_read_of_a_long_question_is_searched_by_its_words() -> None:
    text = "我要投诉" + "，事情是这样的" * 15 + "，在青云桥" + "，事情是这样的" * 8 + "，请问社保卡怎么补办"
    assert budget.size_of(text, budget.QUESTION) <= 1 < budget.size_of(text, budget.READ)
    question = understand(text, (), Analyser())
    assert question.text == text and question.cut == ("question_cut",)
    assert "青云桥" not in question.vector_text
    assert any("云" in term for term, _ in question.terms)
    for part in ("我要投诉", "请问社保卡怎么补办"):
        assert part in question.vector_text


def test_the_question_is_read_for_typing_errors_before_its_dialogue_and_the_newest_turn_first(speller: Speller) -> None:
    history = tuple(Turn("user", f"第{i}轮" + "说了很多话" * 12) for i in range(4))
    work = Work(speller, True)
    question = work.understood("公鸡金怎么取", history)
    assert work.spelled[:3] == ["公鸡金怎么取", history[-1].text, history[-2].text]
    assert work.spelled[3:] == [] and question.cut == ("spelling_cut",)
    assert question.read_as == (Correction("公鸡金", "公积金"),)


def test_only_the_newest_turns_count(speller: Speller) -> None:
    history = (Turn("user", "养狗登记"), *(Turn("user", f"社保卡{i}") for i in range(budget.TURNS)))
    question = Work(speller, True).understood("那要带什么材料呢", history)
    assert "社保" in question.earlier and "养狗" not in question.earlier
    assert question.cut == ("dialogue_cut",)


def test_a_word_is_looked_for_once_and_no_further_ones_when_the_budget_is_spent() -> None:
    asked: list[str] = []

    def written(word: str) -> str | None:
        asked.append(word)
        return None

    def corrects(text: str, written: Written) -> tuple[Correction, ...]:
        for word in text.split():
            written(word)
        return ()

    proofreader = Proofreader(corrects, written)
    proofreader.corrections("a b a")
    proofreader.corrections("a b a")
    assert asked == ["a", "b"] and not proofreader.is_cut("a b a")
    proofreader.corrections("c d e")
    assert asked == ["a", "b", "c"] and proofreader.is_cut("c d e")


def test_words_are_looked_for_only_until_enough_are_found(speller: Speller, attacker: Attacker) -> None:
    work = Work(speller, True)
    assert len(work.understood(attacker.text("homophones", budget.SPARING)).read_as) == 3
    assert len(work.looked_for) <= 4


def test_of_a_long_question_one_word_is_looked_for_and_of_a_longer_one_none(speller: Speller,
                                                                            attacker: Attacker) -> None:
    for length, most in ((budget.SPELLED_CHARS, 1), (budget.SPELLED_CHARS + 1, 0)):
        work = Work(speller, True)
        assert "spelling_cut" in work.understood(attacker.text("homophones", length)).cut
        assert len(work.looked_for) <= most


def test_a_question_that_names_many_things_says_that_it_was_cut(speller: Speller) -> None:
    named = [f"{a}{b}证" for a in "甲乙丙丁戊" for b in "天地人和"]
    assert Work(speller, True).understood("，".join(named)).cut == ("question_cut",)
    assert Work(speller, True).understood("，".join(named[:MOST_ALTERNATIVES])).cut == ()


def test_an_answer_says_what_was_left_out(retriever: Retriever, database: Database) -> None:
    published_article(database, "card", "社保卡丢失后先挂失，再到网点补领。", title="社保卡挂失与补领")
    long = AskRequest("社保卡丢了怎么补办" + "，这个事情说来话长" * 150)
    assert "question_cut" in retriever.ask(long, CITIZEN, now=NOW).degraded
    talked = AskRequest("那要带什么", history=tuple(Turn("user", f"社保卡丢了{i}") for i in range(30)))
    assert "dialogue_cut" in retriever.ask(talked, CITIZEN, now=NOW).degraded
    assert retriever.ask(AskRequest("社保卡丢了怎么补办"), CITIZEN, now=NOW).degraded == ()
    assert "question_cut" in retriever.search(long.question, CITIZEN, now=NOW).degraded

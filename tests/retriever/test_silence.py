"""Nothing of internal texts reaches a citizen, not even by a statistic: whatever is published for agents, every number
of a citizen's answers, and of the index's own figures, stays what it was, to the last digit."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.actor import CITIZEN, Actor, Role
from kb.db import Database
from kb.settings import Settings, load_settings
from retriever.ask import Retriever
from retriever.factory import index_folder, open_parts
from retriever.indexing.consumer import catch_up
from retriever.indexing.rebuild import Generations, fill
from retriever.indexing.vectors import embed_pending
from retriever.records import AskRequest, Turn
from tests.conftest import NOW
from tests.fakes import FakeEmbedder
from tests.retriever.factories import published_article, retired_article, retriever_of

DAY = timedelta(days=1)
LATER = NOW + 40 * DAY
AGENT = Actor(None, "agent", frozenset({Role.AGENT}))

PUBLIC = {
    "card": ("社保卡补办", "zh",
             "## 费用\n\n补办社保卡工本费{}元。\n\n## 材料\n\n补办社保卡须带身份证，到社保窗口办理。"),
    "ferry": ("轮渡票价", "zh", "轮渡票价{}元，学生半价。\n\n轮渡每天六点开，末班二十二点。"),
    "boat": ("坐轮渡带宠物", "zh", "坐轮渡可以带猫，装在笼子里，另收{}元。"),
    "fund": ("公积金租房提取", "zh", "没有备案的租房，公积金每月最多提取{}元。\n\n公积金提取须带租房合同。"),
    "permit": ("Residence permit", "en", "## Fee\n\nThe fee for a residence permit is {} yuan.\n\n## Documents\n\n"
               "Bring your passport and a photo to the residence office."),
    "licence": ("Driving licence", "en", "A foreign driving licence is not recognised. The test costs {} yuan.\n\n"
                "The driving licence office opens at nine."),
}
ASKED = (
    AskRequest("社保卡补办多少钱"), AskRequest("坐轮度要多少钱"), AskRequest("公鸡金租房能提多少"),
    AskRequest("养老金几号发"),
    AskRequest("What is the fee for a residence permit?"), AskRequest("residense permit documents"),
    AskRequest("How do I adopt a dog?"), AskRequest("社保卡补办投诉转哪个科", audience="agent"),
    AskRequest("要带什么", history=(Turn("user", "社保卡补办多少钱"), Turn("agent", "工本费20元。"))),
    AskRequest("And the documents?", history=(Turn("user", "What is the fee for a residence permit?"),)),
    AskRequest("轮渡几点开", history=(Turn("user", "社保卡补办多少钱"), Turn("agent", "工本费20元。"))),
)


@dataclass(frozen=True)
class World:
    """An installation in a folder of its own."""

    settings: Settings
    database: Database

    @classmethod
    def at(cls, folder: Path) -> World:
        settings = load_settings(folder, {}, data={"dir": str(folder / "data")}, embedding={"provider": "none"})
        return cls(settings, Database(settings))

    def copied(self, folder: Path) -> World:
        shutil.copytree(self.settings.root, folder)
        return World.at(folder)

    def catch_up(self) -> None:
        parts, _ = open_parts(self.settings, self.database, FakeEmbedder())
        catch_up(self.database, parts.engine)
        embed_pending(parts.engine, parts.embedder)
        parts.engine.close()

    def rebuild(self) -> None:
        parts, folder = open_parts(self.settings, self.database, FakeEmbedder(), fresh=True)
        fill(self.database, parts.engine)
        embed_pending(parts.engine, parts.embedder)
        Generations(index_folder(self.settings)).promote(folder)
        parts.engine.close()


@dataclass(frozen=True)
class Base:
    """Public texts with a history, what a citizen is given of them, and the same after a rebuild."""

    world: World
    given: list[Any]
    rebuilt: list[Any]


def seen(world: World, viewer: Actor = CITIZEN) -> list[Any]:
    """All that a citizen is given, and all that it was chosen by, with the model and by words alone."""
    found: list[Any] = []
    for embedder in (FakeEmbedder(), None):
        retriever = retriever_of(world.settings, world.database, embedder)
        found += [_answer(retriever, request, viewer) for request in ASKED]
        found += [replace(retriever.search(words, viewer, now=LATER), took_ms=0.0)
                  for words in ("轮渡 票价", "驾照", "driving licence office")]
        found += [retriever.suggest(typed, viewer, now=LATER) for typed in ("社保", "lundu", "Resid")]
        health = retriever.health(viewer)
        found.append((health.ok, health.detail, health.passages, health.vectors, health.code, retriever.lag(viewer)))
        retriever.close()
    return found


def _answer(retriever: Retriever, request: AskRequest, viewer: Actor) -> Any:
    answer = retriever.ask(request, viewer, now=LATER)
    hits = [(h.passage.passage_id, h.score, h.features, h.candidate.word_score, h.candidate.vector_score,
             h.candidate.article_word_score, h.candidate.normalised) for h in answer.hits]
    return (request, hits, replace(answer, answer_id="", took_ms=0.0, hits=()))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Base]:
    """Public texts with a history, what a citizen is given of them, and the same after a rebuild."""
    folder = tmp_path_factory.mktemp("silence")
    (folder / "base" / "data").mkdir(parents=True)
    shutil.copy(migrated, folder / "base" / "data" / "kb.sqlite3")
    world = World.at(folder / "base")
    for n in range(3):
        for slug, (title, lang, source) in PUBLIC.items():
            published_article(world.database, slug, source.format(20 + n), title=title, lang=lang, now=NOW + n * DAY)
        world.catch_up()
    rebuilt = world.copied(folder / "rebuilt")
    rebuilt.rebuild()
    yield Base(world, seen(world), seen(rebuilt))
    for one in (world, rebuilt):
        one.database.close()


WORDS = ("社保卡补办工本费二十元。", "轮渡。轮渡。轮渡票价另行通知。", "轮度班次由轮度科安排。",
         "公鸡金是错字，应为公积金。", "养老金每月十五号发。",
         "The residense permit desk handles a residense permit complaint.",
         "Driving licence fee waivers: ask the desk.",
         "To adopt a dog, call the shelter.", "社保卡补办投诉转三科。", "要带什么材料由窗口决定。")
TITLES = ("社保卡补办", "轮渡票价", "轮度", "公鸡金", "养老金", "Residence permit", "residense", "Adopt a dog")
slugs = st.sampled_from(("desk", "inside", "notes", "scripts"))
acts = st.one_of(
    st.tuples(st.just("publish"), slugs, st.lists(st.sampled_from(WORDS), min_size=1, max_size=30),
              st.sampled_from(TITLES)),
    st.tuples(st.just("publish"), slugs, st.lists(st.sampled_from(WORDS), min_size=1, max_size=30),
              st.sampled_from(TITLES)),
    st.tuples(st.just("retire"), slugs), st.just(("catch_up",)), st.just(("rebuild",)))


def do(world: World, act: tuple[Any, ...], now: datetime, known: dict[str, bool]) -> None:
    """One thing that is done for agents only; ``known`` tells of each article whether it is still there."""
    match act:
        case ("publish", slug, texts, title) if known.setdefault(slug, True):
            published_article(world.database, slug, "\n\n".join(texts), title=title, audience="agent", now=now)
        case ("retire", slug) if known.get(slug):
            known[slug] = False
            retired_article(world.database, slug, now=now)
        case ("catch_up",):
            world.catch_up()
        case ("rebuild",):
            world.rebuild()


@settings(max_examples=12, deadline=None)
@given(done=st.lists(acts, min_size=1, max_size=6))
def test_whatever_is_published_for_agents_no_digit_of_a_citizens_answers_moves(
        base: Base, tmp_path_factory: pytest.TempPathFactory,
        done: list[tuple[Any, ...]]) -> None:
    world = base.world.copied(tmp_path_factory.mktemp("hidden") / "world")
    known: dict[str, bool] = {}
    for number, act in enumerate(done):
        do(world, act, NOW + (4 + number) * DAY, known)
    world.catch_up()
    for before, after in zip(base.rebuilt if ("rebuild",) in done else base.given, seen(world), strict=True):
        assert after == before
    world.database.close()


def test_to_agents_the_same_texts_do_make_a_difference(base: Base,
                                                       tmp_path: Path) -> None:
    world = base.world.copied(tmp_path / "world")
    before = seen(world, AGENT)
    published_article(world.database, "desk", "\n\n".join(WORDS), title="社保卡补办", audience="agent",
                      now=NOW + 4 * DAY)
    world.catch_up()
    after = seen(world, AGENT)
    assert sum(a != b for a, b in zip(after, before, strict=True)) > len(before) / 2
    world.database.close()


def test_the_questions_are_of_all_kinds(base: Base) -> None:
    answers = [found[2] for found in base.given if isinstance(found, tuple) and isinstance(found[0], AskRequest)]
    assert {answer.abstained for answer in answers} == {True, False}
    assert any(answer.read_as for answer in answers)


"""Learning which sentences make an answer: the choice among them, what one more brings, and how they are then taken."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from retriever.answering import evidence, quote
from retriever.lab.evaluation import metrics
from retriever.lab.training.answers import Known, choices, fit_more, fit_reading
from retriever.lab.training.choice import Choices, fit_choice
from retriever.lab.training.collect import Asked, Collected
from retriever.lab.training.logistic import Bent, minimum
from retriever.ranking.features import MORE, UNIT
from retriever.ranking.model import Logistic, packaged


@pytest.fixture(scope="module")
def known(tiny: Collected) -> list[tuple[Asked, Known]]:
    found = [(a, Known.of(a, packaged(), tiny.analyser)) for a in tiny.asked]
    return [(a, k) for a, k in found if k is not None]


def _groups(weights: list[float], *, seed: int, questions: int = 400) -> Choices:
    """Questions whose rows are chosen by exactly these weights."""
    random_numbers = np.random.default_rng(seed)
    rows = [random_numbers.normal(size=(random_numbers.integers(2, 9), len(weights))) for _ in range(questions)]
    return Choices(rows, [evidence.shares_of(r @ np.array(weights)) for r in rows])


def test_the_weights_of_a_choice_are_found_again() -> None:
    found = fit_choice([_groups([2.0, -1.0], seed=3)], ("a", "b"), penalty=1e-9)
    assert found is not None
    assert (found["a"], found["b"]) == pytest.approx((2.0, -1.0), abs=1e-3)


def test_what_may_not_count_against_is_left_out_of_a_choice() -> None:
    found = fit_choice([_groups([2.0, -1.0], seed=3)], ("a", "b"), penalty=1e-9, never_against=frozenset({"b"}))
    assert found is not None and set(found) == {"a"}


def test_a_set_that_is_weighed_more_pulls_a_choice_its_way() -> None:
    sets = [_groups([2.0, 0.0], seed=3), _groups([0.0, 2.0], seed=4)]
    same = fit_choice(sets, ("a", "b"), penalty=1e-3)
    pulled = fit_choice([replace(sets[0], times=9.0), sets[1]], ("a", "b"), penalty=1e-3)
    assert same is not None and pulled is not None
    assert same["a"] == pytest.approx(same["b"], abs=0.2)
    assert pulled["a"] > same["a"] and pulled["b"] < same["b"]


@pytest.mark.parametrize("penalty", [1e-6, 1e-3])
def test_the_least_loss_is_reached_where_whole_steps_overshoot(penalty: float) -> None:
    # log cosh: from 3, Newton's step leads to -97, and on to minus infinity
    def bent(at: NDArray[np.float64]) -> Bent:
        far = at - 3.0
        return (float(np.logaddexp(far, -far).sum() + penalty * at @ at), np.tanh(far) + 2 * penalty * at,
                lambda: np.diag(1 / np.cosh(far) ** 2 + 2 * penalty))

    found = minimum(bent, 2)
    assert bent(found)[1] == pytest.approx(0.0, abs=1e-5)
    assert found == pytest.approx(3.0, abs=0.1)


@given(st.integers(2, 6), st.integers(0, 10_000), st.sampled_from([1e-4, 1e-2]))
@settings(deadline=None, max_examples=30)
def test_no_small_change_of_a_weight_lowers_the_loss(width: int, seed: int, penalty: float) -> None:
    drawn = np.random.default_rng(seed)
    rows = [drawn.normal(size=(drawn.integers(2, 7), width)) * drawn.choice([0.1, 1, 30], width) for _ in range(100)]
    targets = [evidence.shares_of(5 * r[:, 0] - 40 * (r[:, 1] > 0)) for r in rows]
    names = [f"f{i}" for i in range(width)]
    found = fit_choice([Choices(rows, targets)], names, penalty=penalty)
    assert found is not None
    spread = np.sqrt(np.mean([((r - _mean(rows)) ** 2).mean(axis=0) for r in rows], axis=0))

    def loss(weights: dict[str, float]) -> float:
        w = np.array([weights[n] for n in names])
        likely = [t @ np.log(np.maximum(evidence.shares_of(r @ w), 1e-300)) for r, t in zip(rows, targets, strict=True)]
        return float(-np.mean(likely) + penalty * ((w * spread) ** 2).sum())

    assert all(loss(found) <= loss({**found, n: found[n] + d}) + 1e-6
                              for n in names for d in (-0.02, 0.02))


def _mean(rows: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.asarray(np.mean([r.mean(axis=0) for r in rows], axis=0))


def test_nothing_is_learned_from_nothing() -> None:
    assert fit_choice([], ("a",), penalty=1.0) is None
    assert fit_choice([Choices([], [])], ("a",), penalty=1.0) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_the_f1_of_units_is_that_of_the_answer_they_make(known: list[tuple[Asked, Known]], data: st.DataObject) -> None:
    asked, one = data.draw(st.sampled_from(known))
    taken = data.draw(st.lists(st.integers(0, len(one.lengths) - 1), unique=True, max_size=4))
    reached = one.f1_with(taken)
    at = data.draw(st.integers(0, len(one.lengths) - 1).filter(lambda i: i not in taken))
    chosen = [evidence.Chosen(one.pool.sources[one.pool.places[i][0]], one.pool.unit(i)) for i in (*taken, at)]
    text = " ".join(s.text for s in quote.compose(chosen, most_chars=10_000).sentences)
    assert asked.gold is not None
    assert reached[at] == pytest.approx(metrics.f1(text, asked.gold.answer, asked.lang))


def test_only_questions_whose_answer_a_unit_says_teach_a_choice(known: list[tuple[Asked, Known]]) -> None:
    found = choices([k for _, k in known], range(len(UNIT)), 1.0)
    assert 0 < len(found.rows) <= len(known)
    for rows, targets in zip(found.rows, found.targets, strict=True):
        assert rows.shape == (len(targets), len(UNIT)) and targets.sum() == pytest.approx(1.0)
    unsaid = replace(known[0][1], counts=np.zeros_like(known[0][1].counts),
                     lead_counts=np.zeros_like(known[0][1].lead_counts))
    assert choices([unsaid], range(len(UNIT)), 1.0).rows == []


def test_more_is_learned_from_answers_that_grow(known: list[tuple[Asked, Known]]) -> None:
    ones = [k for _, k in known]
    found = fit_more([(ones, 1.0)], packaged(), MORE, penalty=1e-3, most=4, most_chars=600)
    assert found is not None and set(found.weights) <= set(MORE)
    assert fit_more([([], 1.0)], packaged(), MORE, penalty=1e-3, most=4, most_chars=600) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_units_are_taken_within_their_limits_and_the_best_first(known: list[tuple[Asked, Known]],
                                                               data: st.DataObject) -> None:
    _, one = data.draw(st.sampled_from(known))
    more = Logistic(data.draw(st.sampled_from([-50.0, 0.0, 50.0])), {"behind": 1.0, "same_line": 1.0})
    most, most_chars = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 600))
    model = replace(packaged(), more=more)
    scores = one.pool.scores(model)
    assert evidence.shares_of(scores).sum() == pytest.approx(1.0)
    taken = evidence.taken_from(one.pool, scores, model, most=most, most_chars=most_chars)
    assert taken[0] == int(np.argmax(scores)) and len(set(taken)) == len(taken) <= most
    assert len(taken) == 1 or one.pool.sizes[taken].sum() <= most_chars
    if more.intercept < 0:
        assert len(taken) == 1
    lines = one.pool.lines
    for n, at in enumerate(taken[1:], 1):
        left = [i for i in range(len(scores)) if i not in taken[:n]
                and one.pool.sizes[taken[:n]].sum() + one.pool.sizes[i] <= most_chars]
        assert scores[at] == max(scores[left]) or lines[at] in lines[taken[:n]]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_reading_moves_the_passages_of_the_first_article_only(known: list[tuple[Asked, Known]],
                                                              data: st.DataObject) -> None:
    asked, one = data.draw(st.sampled_from(known))
    ranked = asked.ranked(packaged())
    model = replace(packaged(), reading=data.draw(st.floats(0, 50)))
    led = evidence.leading(ranked, one.pool, model)
    own = [i for i, r in enumerate(ranked) if r.allowed.live.article_id == ranked[0].allowed.live.article_id]
    assert [r.hit.score for r in led] == [r.hit.score for r in ranked]
    assert {r.hit.passage.passage_id for r in led} == {r.hit.passage.passage_id for r in ranked}
    for i, (now, before) in enumerate(zip(led, ranked, strict=True)):
        assert now.allowed.live.article_id == before.allowed.live.article_id
        assert now.hit.passage == before.hit.passage or i in own[:len(one.pool.sources)]
    said = one.pool.said(one.pool.scores(model))
    assert np.exp(said).sum() == pytest.approx(1.0, abs=1e-4)
    worth = {r.hit.passage.passage_id: r.hit.score + model.reading * said[i] for i, r in enumerate(one.pool.sources)}
    placed = [worth[r.hit.passage.passage_id] for r in led if r.hit.passage.passage_id in worth]
    assert placed == sorted(placed, reverse=True)
    assert [r.hit.passage for r in evidence.leading(ranked, one.pool, replace(model, reading=0.0))] == [
        r.hit.passage for r in ranked]


def test_how_much_reading_counts_is_learned_from_where_answers_stand(known: list[tuple[Asked, Known]]) -> None:
    several = [k for _, k in known if len(k.pool.sources) > 1]
    assert several
    told = []
    for one in several:
        said = one.pool.said(one.pool.scores(packaged()))
        told.append(replace(one, holds=said == said.max()))
    assert fit_reading([(told, 1.0)], packaged(), penalty=1e-3) > 0
    everywhere = [replace(one, holds=np.ones_like(one.holds)) for one in several]
    assert fit_reading([(everywhere, 1.0)], packaged(), penalty=1e-3) == 0.0

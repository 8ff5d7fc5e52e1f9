"""A score grows with what is found and how grave it is, and says what it is made of."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kb.upkeep.signals.registry import KINDS
from kb.upkeep.signals.score import MOST, score
from kb.upkeep.signals.signal import Severity

SIGNALS = st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from(tuple(Severity))), max_size=12)


@given(SIGNALS, st.tuples(st.sampled_from(KINDS), st.sampled_from(tuple(Severity))))
def test_a_further_signal_never_lowers_a_score_and_the_order_does_not_matter(
        signals: list[tuple[str, str]], more: tuple[str, str]) -> None:
    assert 0 <= score(signals).points <= score([*signals, more]).points <= MOST
    assert score(signals) == score(reversed(signals))


@given(SIGNALS)
def test_the_reasons_add_up_to_the_score_and_name_every_signal(signals: list[tuple[str, str]]) -> None:
    found = score(signals)
    assert found.points == min(MOST, round(sum(reason.points for reason in found.reasons)))
    assert sum(reason.count for reason in found.reasons) == len(signals)
    assert [r.points for r in found.reasons] == sorted((r.points for r in found.reasons), reverse=True)


def test_a_repealed_basis_outweighs_any_number_of_links_that_lead_nowhere() -> None:
    assert score([("basis", "serious")]).points > score([("reference", "warning")] * 50).points
    assert score([]).points == 0

"""Two passages contradict each other at sight where their words leave no doubt, without any model."""

from __future__ import annotations

import pytest

from retriever.checking.at_sight import AtSight, Glimpse, at_sight
from retriever.checking.own_words import OwnWords
from retriever.language.analysis import Analyser

WORDS = OwnWords(Analyser())
ONE = "补领居住证收取工本费20元，当场制证。"


def seen(text: str, *, above: str = "居住证补领 › 费用", start: int = 0, department: str = "市公安局", end: int = 500,
         lang: str = "zh") -> Glimpse:
    return Glimpse.of(text, above=above, lang=lang, start=start, spans=[(0, end)], department=department)


def found(one: Glimpse, other: Glimpse) -> list[AtSight]:
    return list(at_sight(one, other, WORDS))


def test_a_figure_of_the_same_matter_that_differs_is_found_where_it_stands_in_the_whole_text() -> None:
    other = "补领居住证收取工本费25元，三日制证。"
    assert found(seen(ONE), seen(other, start=100)) == [AtSight("money", (0, 14), (100, 114))]
    assert ONE[:14] == "补领居住证收取工本费20元，"


def test_it_is_seen_alike_from_both_sides() -> None:
    one, other = seen(ONE), seen("补领居住证收取工本费25元。")
    assert [(each.other, each.one) for each in found(other, one)] == [(each.one, each.other)
                                                                     for each in found(one, other)]


@pytest.mark.parametrize(("text", "more"), [
    ("补领居住证收取工本费二十元。", {}), ("补领居住证交20元工本费。", {}),  # the same
    ("换领居住证收取工本费25元。", {}), ("首次申领居住证收取工本费25元。", {}),  # another procedure
    ("补领居住证收取工本费25元。", {"above": "望海区居住证补领"}),  # a district's beside the city's
    ("补领居住证收取工本费25元。", {"department": "望海区公安分局"}),
    ("补领居住证收取工本费25元。", {"end": 0}),  # not what is said
    ("补领居住证收取工本费20元；加急的补领居住证收取工本费25元。", {}),  # agrees elsewhere
    ("养犬登记每只每年收取管理费300元。", {"above": "养犬登记 › 费用"}), ("", {}),
    ("补领居住证收取工本费25元。", {"above": "2019年居住证补领"}),
])
def test_whatever_leaves_a_doubt_is_not_told(text: str, more: dict[str, object]) -> None:
    own = seen(ONE, above="2026年居住证补领") if "2019" in str(more) else seen(ONE)
    assert not found(own, seen(text, **more))  # type: ignore[arg-type]


def test_it_is_found_in_english_too() -> None:
    one = seen("A replacement residence card costs 20 dollars.", above="Residence card", department="", lang="en")
    other = seen("A replacement residence card costs 25 dollars.", above="Residence card", department="", lang="en")
    assert [each.kind for each in found(one, other)] == ["money"]

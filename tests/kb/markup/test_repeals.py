"""Which documents a sentence says no longer hold, by number or title, and since when."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.markup.repeals import number_key, repeals_of, title_key

OLD = ("海政发[2018]5号", "海州市犬只管理办法")


@pytest.mark.parametrize(("sentence", "documents", "day"), [
    ("本办法自2024年1月1日起施行，《海州市犬只管理办法》（海政发〔2018〕5号）同时废止。", [OLD], date(2024, 1, 1)),
    ("《海州市犬只管理办法》已于去年废止。", [("", OLD[1])], None),
    ("原《海州市犬只管理办法》（海政发〔2018〕5号），自即日起停止执行。", [OLD], None),
    ("《新条例某某》废止了《旧条例某某》。", [("", "旧条例某某")], None),
    ("《甲乙丙丁办法》《戊己庚辛办法》（某政〔2001〕3号）予以废止。",
     [("", "甲乙丙丁办法"), ("某政[2001]3号", "戊己庚辛办法")], None),
    ("The Fishing Rules (某渔规〔2026〕4号) apply and the Old Fishing Rules (某渔规〔2020〕3号) are repealed.",
     [("某渔规[2020]3号", "oldfishingrules")], None),
    ("Ordinance No. 12 was repealed by Ordinance No. 15.", [("ordinanceno.12", "")], None),
    ("原《关于养犬的若干意见》（海政发〔2018〕5号）自2024年1月1日起废止。",
     [(OLD[0], "关于养犬的若干意见")], date(2024, 1, 1)),
    ("《许可证管理办法》（海政发〔2018〕5号）不再适用。", [(OLD[0], "许可证管理办法")], None),
    ("《海州市犬只管理办法》（海政发〔2018〕5号）已被新的条例取代。", [OLD], None),
    ("The rule 海政发〔2018〕5号 no longer applies.", [(OLD[0], "")], None),
    ("原海政发〔2018〕5号文件停止施行。", [(OLD[0], "")], None),
    ("These measures repeal 海政发〔2018〕5号.", [(OLD[0], "")], None),
    ("The rule 海政发〔2018〕5号 is repealed from 6 May 2024.", [(OLD[0], "")], date(2024, 5, 6)),
    ("《海州市犬只管理办法》（海政发〔2018〕5号）由本办法替代。", [OLD], None),
    ("《海州市犬只管理办法》（海政发〔2018〕5号）已修订为《海州市养犬条例》（海政发〔2024〕1号）。", [OLD], None),
    ("海政发〔2018〕5号文件停止使用。", [(OLD[0], "")], None),
    ("废止下列文件：《海州市犬只管理办法》（海政发〔2018〕5号）、《海州市禽类管理办法》。",
     [OLD, ("", "海州市禽类管理办法")], None),
    ("The Parking Fee Rules were withdrawn on 1 January 2024.", [("", "parkingfeerules")], date(2024, 1, 1)),
])
def test_what_a_sentence_repeals(sentence: str, documents: list[tuple[str, str]], day: date | None) -> None:
    before, after = ("It is so. ", " More.") if sentence[0].isascii() else ("前一句。", "后一句。")
    source = f"# 说明\n\n{before}{sentence}{after}\n"
    found, = repeals_of(source)
    assert (list(found.documents), found.from_day) == (documents, day)
    assert source[found.start:found.end] == sentence


@pytest.mark.parametrize("sentence", [
    "如《海州市犬只管理办法》废止，另行通知。", "《海州市犬只管理办法》未废止。", "营业执照作废的，应当登报。",
    "旧版发票同时作废。", "根据《海州市犬只管理办法》，原证失效。", "按《海州市犬只管理办法》，月卡到期失效。",
    "根据《海州市犬只管理办法》办理的旧证停止使用。", "The permit may be repealed.",
    "本办法自2024年1月1日起施行。", "《海州市犬只管理办法》没有废止，继续执行。",
    "《海州市犬只管理办法》不因本办法施行而废止。",
    "网传《海州市犬只管理办法》已经废止，不属实。", "海政发〔2018〕5号 has not been repealed."])
def test_what_is_conditional_denied_or_of_no_document_repeals_nothing(sentence: str) -> None:
    assert list(repeals_of(sentence)) == []


def test_documents_are_compared_whatever_their_dress() -> None:
    assert {number_key(f"海政发{year}5号") for year in ("〔2018〕", "[2018]", "（2018） ")} == {OLD[0]}
    assert title_key("《海州市犬只管理办法（2023年修订）》") == title_key("海州市犬只管理办法（试行）") == OLD[1]
    assert title_key("通知") == number_key(" ") == ""


@given(st.text("《》甲乙废止失效，。号〔2〕0185 \n", max_size=60))
def test_any_text_is_read_and_every_place_is_in_it(source: str) -> None:
    for found in repeals_of(source):
        assert 0 <= found.start < found.end <= len(source)
        assert found.documents


def test_what_is_listed_below_words_of_repeal_is_repealed() -> None:
    source = ("自2024年1月1日起，下列文件废止：\n\n- 《海州市犬只管理办法》（海政发〔2018〕5号）\n"
              "- 《海州市禽类管理办法》\n\n"
              "《海州市渔业办法》照旧。\n\n下列文件没有废止：\n\n- 《海州市船只管理办法》\n")
    one, other = repeals_of(source)
    assert (one.documents, one.from_day) == ((OLD,), date(2024, 1, 1))
    assert other.documents == (("", "海州市禽类管理办法"),)
    assert source[other.start:other.end] == "《海州市禽类管理办法》"

"""Districts: those of the list, those that are none, and rules that differ by them."""

from __future__ import annotations

import pytest

from retriever.question.place import Place, districts_apart, districts_of

CITY = districts_of("望海区/Wanghai District｜港东区/Gangdong District｜长屿县/Changyu County")


@pytest.mark.parametrize(("question", "known", "unknown"), [
    ("望海区幼儿园怎么报名", ("望海区",), ()), ("港东那边停车收费吗", ("港东区",), ()),
    ("我住長嶼縣能申请吗", ("长屿县",), ()),
    ("How much is parking in Gangdong?", ("港东区",), ()),
    ("rules of Wanghai District and Changyu", ("望海区", "长屿县"), ()),
    ("北港区停车多少钱", (), ("北港区",)), ("我住在北港区那边停车多少钱", (), ("北港区",)),
    ("青石县的低保标准", (), ("青石县",)),
    ("我在桥头镇开店", (), ("桥头镇",)), ("parking fees in Northport District", (), ("Northport District",)),
    ("is there a bus in oldtown district", (), ("oldtown district",)),
    ("小区停车怎么收费", (), ()), ("我们社区能办吗", (), ()), ("哪个区能办", (), ()), ("老城区限行吗", (), ()),
    ("景区门票多少钱", (), ()),
    ("各区标准一样吗", (), ()), ("城镇居民医保交多少", (), ()), ("开发区上班能补吗", (), ("开发区",)),
    ("学区房怎么划", (), ()),
    ("高新区低保标准", (), ("高新区",)), ("我在经开区上班，补贴多少", (), ("经开区",)),
    ("家住高新技术产业开发区能申请吗", (), ("高新技术产业开发区",)), ("高新区里怎么办暂住", (), ("高新区",)),
    ("新区怎么办社保", (), ("新区",)), ("我搬到新区了", (), ("新区",)), ("江湾新区怎么办证", (), ("江湾新区",)),
    ("西城区怎么落户", (), ("西城区",)), ("东城区公租房在哪申请", (), ("东城区",)), ("南山区养狗登记", (), ("南山区",)),
    ("偏远山区有补贴吗", (), ()), ("城区停车贵不贵", (), ()), ("主城区能放鞭炮吗", (), ()), ("市区限行吗", (), ()),
    ("地区差别大吗", (), ()), ("校区门口堵车", (), ()), ("产业园区的企业", (), ()), ("小区开发区域怎么分", (), ()),
    ("小区新区长叫什么", (), ()), ("禁停区能停吗", (), ()), ("上下车区在哪", (), ()), ("怎么区分真假", (), ()),
    ("我们镇上能办吗", (), ()), ("我们县有吗", (), ()), ("想在镇上开店", (), ()), ("别的区能办吗", (), ()),
    ("政府镇压什么", (), ()),
    ("a dog licence in Northbank district", (), ("Northbank district",)),
    ("Is Northbank District covered", (), ("Northbank District",)),
    ("subsistence allowance northbank district", (), ("northbank district",)),
    ("residence permit in the high-tech zone", (), ("high-tech zone",)),
    ("I live in the Economic Development Zone", (), ("Economic Development Zone",)),
    ("I live in Lakeside New Area", (), ("Lakeside New Area",)), ("the district of Eastmoor", (), ("Eastmoor",)),
    ("a new area of law", (), ()), ("parking in a residential district", (), ()),
    ("the school district of my child", (), ()), ("which district am I in", (), ()), ("身份证怎么办", (), ()),
])
def test_a_place_is_read_from_the_list_or_from_its_end(question: str, known: tuple[str, ...],
                                                       unknown: tuple[str, ...]) -> None:
    place = Place.of(question, CITY)
    assert (place.known, place.unknown) == (known, unknown)


def test_a_rule_of_another_district_conflicts_and_one_of_the_whole_city_does_not() -> None:
    place = Place.of("望海区停车多少钱", CITY)
    assert place.fits("望海区：首小时5元") and not place.conflicts("望海区：首小时5元")
    assert place.conflicts("港东区：首小时3元") and not place.conflicts("全市首小时5元")
    assert not place.conflicts("望海区、港东区：首小时5元")
    assert Place.of("parking in Wanghai", CITY).conflicts("Gangdong District: 3 yuan an hour")


@pytest.mark.parametrize(("question", "texts", "name"), [
    ("北港区停车多少钱", ["望海区停车收费", "全市停车收费办法"], "北港区"),
    ("parking in Northport District", ["Parking fees of Wanghai District"], "Northport District"),
    ("北港区停车多少钱", ["北港区停车收费"], None),
    ("长屿县停车多少钱", ["望海区停车收费", "港东区停车收费"], "长屿县"),
    ("长屿县停车多少钱", ["望海区停车收费", "全市停车收费办法"], None),
    ("停车多少钱", ["望海区停车收费"], None),
    ("长屿县停车多少钱", [], None),
])
def test_no_other_places_rule_answers_for_a_place(question: str, texts: list[str], name: str | None) -> None:
    assert Place.of(question, CITY).not_known_for(texts) == name


@pytest.mark.parametrize(("question", "texts", "districts"), [
    ("停车多少钱", ["港东区停车收费", "望海区停车收费", "养犬登记"], ("望海区", "港东区")),
    ("how much is parking", ["Parking in Gangdong District", "Parking in Changyu County"], ("港东区", "长屿县")),
    ("停车多少钱", ["港东区停车收费", "全市停车收费"], ()),
    ("望海区停车多少钱", ["港东区停车收费", "望海区停车收费"], ()),
    ("停车多少钱", [], ()),
])
def test_rules_that_differ_by_district_are_listed_for_a_question_without_one(question: str, texts: list[str],
                                                                            districts: tuple[str, ...]) -> None:
    assert districts_apart(Place.of(question, CITY), texts) == districts


def test_a_city_without_a_list_has_no_districts() -> None:
    assert districts_of("") == () and not Place.of("望海怎么走", districts_of(""))

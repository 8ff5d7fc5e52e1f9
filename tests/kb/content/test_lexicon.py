"""The lexicon: imported twice it is the same, edited it has another version, nonsense is refused whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.actor import CITIZEN, OPERATOR
from kb.content import lexicon
from kb.db import Database
from kb.errors import Denied, Invalid
from tests.conftest import NOW


def write(folder: Path, content: str) -> Path:
    path = folder / "lexicon.yaml"
    path.write_text(content, encoding="utf-8")
    return path


def test_words_and_groups_are_added_once_and_a_group_can_be_changed(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path, "words: [社保卡, 公积金]\ngroups:\n- [社会保障卡, 社保卡, 医保卡]\n- [fee, charge]\n")
    with database.transaction() as session:
        assert lexicon.import_file(session, OPERATOR, path, now=NOW) == (2, 2)
        first = lexicon.load(session)
        assert lexicon.import_file(session, OPERATOR, path, now=NOW) == (0, 0)
        assert lexicon.load(session) == first
    assert first.words == ("公积金", "社保卡")
    assert first.groups == (("社会保障卡", "社保卡", "医保卡"), ("fee", "charge"))
    write(tmp_path, "groups: [[社会保障卡, 社保卡]]")
    with database.transaction() as session:
        assert lexicon.import_file(session, OPERATOR, path, now=NOW) == (0, 1)
        second = lexicon.load(session)
    assert second.groups[0] == ("社会保障卡", "社保卡")
    assert second.version != first.version


def test_what_is_said_goes_one_way_and_stands_beside_a_group_of_the_same_term(database: Database,
                                                                              tmp_path: Path) -> None:
    path = write(tmp_path, "groups: [[结婚登记, 婚姻登记]]\nsaid: [[结婚登记, 打结婚证, 领本本]]\n")
    with database.transaction() as session:
        assert lexicon.import_file(session, OPERATOR, path, now=NOW) == (0, 2)
        assert lexicon.import_file(session, OPERATOR, path, now=NOW) == (0, 0)
        own = lexicon.stored(session)
    assert (own.groups, own.said) == ((("结婚登记", "婚姻登记"),), (("结婚登记", "打结婚证", "领本本"),))


def test_a_form_that_the_citys_own_lists_hold_means_what_these_say(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path, "said: [[滨海婚恋服务, 扯证]]\n")
    with database.transaction() as session:
        before = lexicon.load(session)
        lexicon.import_file(session, OPERATOR, path, now=NOW)
        after = lexicon.load(session)
    assert [meant for meant, *forms in before.said if "扯证" in forms] == ["结婚登记"]
    assert [meant for meant, *forms in after.said if "扯证" in forms] == ["滨海婚恋服务"]
    assert after.version == before.version  # texts are cut as before: nothing is to be rebuilt


def test_what_callers_anywhere_say_comes_with_the_product_and_is_not_stored(database: Database) -> None:
    with database.reading() as session:
        assert lexicon.load(session).said == lexicon.callers_words()
        assert lexicon.stored(session).said == ()


def test_callers_words_are_well_formed() -> None:
    forms = [form for _, *group in lexicon.callers_words() for form in group]
    assert len(forms) >= 1500
    for terms in lexicon.callers_words():
        assert 2 <= len(set(terms)) == len(terms), terms
        assert all(2 <= len(term) <= lexicon.LONGEST_WORD and term == term.strip() for term in terms), terms


@pytest.mark.parametrize("content", ["words: x", "words: [[a]]", "groups: [[a]]", "groups: [a, b]", "more: [a]", "- a",
                                     "words: [&a x, *a]", "words: ['']", "words: [null]", f"words: [{'x' * 65}]",
                                     "words: [a]\nwords: [b]", "words: [", "groups: {a: b}", "groups: [[a, a]]",
                                     "said: [[a]]", "said: a"])
def test_a_bad_file_changes_nothing(database: Database, tmp_path: Path, content: str) -> None:
    path = write(tmp_path, content)
    with pytest.raises(Invalid), database.transaction() as session:
        lexicon.import_file(session, OPERATOR, path, now=NOW)
    with database.reading() as session:
        assert lexicon.load(session).words == ()


def test_citizens_do_not_edit_the_lexicon(database: Database, tmp_path: Path) -> None:
    with pytest.raises(Denied), database.transaction() as session:
        lexicon.import_file(session, CITIZEN, write(tmp_path, "words: [a]"), now=NOW)

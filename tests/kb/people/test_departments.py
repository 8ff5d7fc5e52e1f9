"""The list of departments: read whole or not at all, names that counterfeit others refused, every change audited."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from kb.actor import OPERATOR, Actor, Role
from kb.db import Database
from kb.errors import Denied, Invalid
from kb.models import Department
from kb.people import departments
from kb.people.succession import standing_department
from kb.record import audit
from tests.conftest import NOW


def listed(database: Database, path: Path, text: str, actor: Actor = OPERATOR) -> list[str]:
    path.write_text(text, encoding="utf-8")
    with database.transaction() as session:
        return [str(change) for change in departments.import_file(session, actor, path, now=NOW)]


def test_departments_are_added_and_renamed_once_and_audited(database: Database, tmp_path: Path) -> None:
    text = ("departments:\n  - {code: hrss, name_zh: 市人社局, name_en: HRSS, phone: 0540-2}\n"
            "  - {code: fund, name_zh: 公积金\u200b中心, name_en: Fund, dissolved_at: 2026-01-01}\n")
    told = ["hrss: phone 0540-8810100 -> 0540-2", "fund: new, 公积金中心"]
    with database.reading() as session:
        (tmp_path / "d.yaml").write_text(text, encoding="utf-8")
        assert [str(d) for d in departments.differences(session, tmp_path / "d.yaml")] == told  # and changes nothing
    assert listed(database, tmp_path / "d.yaml", text) == told
    assert listed(database, tmp_path / "d.yaml", text) == []
    assert listed(database, tmp_path / "d.yaml", text.replace("2026-01-01", "2026-02-01").replace("0540-2", "''")) == [
        "hrss: phone 0540-2 -> none", "fund: dissolved_at 2026-01-01 -> 2026-02-01"]
    with database.reading() as session:
        assert session.execute(select(Department.code, Department.name_zh, Department.phone)
                               .order_by(Department.code)).all() == [
            ("fund", "公积金中心", ""), ("hrss", "市人社局", "")]
        assert [(e.action, e.subject) for e in audit.tail(session)] == [
            ("edit_department", "department:fund"), ("edit_department", "department:hrss")] * 2


def following(code: str, successor: str, dissolved: str = ", dissolved_at: 2026-01-01") -> str:
    return f"  - {{code: {code}, name_zh: 第{code}局, name_en: {code} office, successor: {successor}{dissolved}}}\n"


@pytest.mark.parametrize(("items", "reason"), [
    (following("c", "d") + following("d", "c"), "circle: c -> d -> c"),
    (following("c", "d") + following("d", "e") + following("e", "c"), "circle: c -> d -> e -> c"),
    (following("a", "c") + following("c", "d") + following("d", "c"), "circle: a -> c -> d -> c"),
    (following("z", "z"), "circle: z -> z"), (following("c", "gone"), "followed by gone, which is no department"),
    (following("c", "hrss", ""), "no dissolved_at"),
])
def test_a_list_whose_successors_lead_nowhere_or_in_a_circle_is_refused(database: Database, tmp_path: Path, items: str,
                                                                        reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        listed(database, tmp_path / "d.yaml", f"departments:\n{items}")
    with database.reading() as session:
        assert session.scalars(select(Department.code)).all() == ["hrss"]


def test_a_circle_over_two_lists_is_refused_and_one_of_before_ends_the_search(database: Database, tmp_path: Path
                                                                             ) -> None:
    listed(database, tmp_path / "d.yaml", "departments:\n" + following("c", "d")
           + "  - {code: d, name_zh: 第d局, name_en: d office}\n")
    with pytest.raises(Invalid, match="circle: d -> c -> d"):
        listed(database, tmp_path / "d.yaml", "departments:\n" + following("d", "c"))
    with database.transaction() as session:
        assert standing_department(session, "c") == "d"
        end = session.get_one(Department, "d")
        end.dissolved_at, end.successor = NOW, "c"
        session.flush()
        assert [standing_department(session, code) for code in ("c", "d")] == ["c", "d"]
    listed(database, tmp_path / "d.yaml", "departments:\n  - {code: d, name_zh: 第d局, name_en: d office}\n")
    with database.reading() as session:  # no longer dissolved, it has no successor
        assert (session.get_one(Department, "d").successor, standing_department(session, "c")) == (None, "d")


@pytest.mark.parametrize(("item", "reason"), [
    ("{code: new, name_zh: 市入社局, name_en: New}", None),
    ("{code: new, name_zh: 市人社局, name_en: New}", "looks like that of hrss"),
    ("{code: new, name_zh: 新局, name_en: \"HR\\u0405S\"}", "looks like that of hrss"),
    ("{code: new, name_zh: \"市人\\u200B社局\", name_en: New}", "looks like that of hrss"),
    ("{code: \"h\\u0433ss\", name_zh: 新局, name_en: New}", "use lower-case letters"),
    ("{code: ../x, name_zh: 新局, name_en: New}", "use lower-case letters"),
    ("{name_zh: 新局, name_en: New}", "code"), ("{code: new, name_en: New}", "needs name_zh"),
    ("{code: new, name_zh: 新局, name_en: New, boss: x}", "unknown key"), ("new", "must be a list"),
    ("{code: new, name_zh: 甲, name_en: A}\n  - {code: new, name_zh: 乙, name_en: B}", "twice"),
    ("{code: new, name_zh: " + "长" * 201 + ", name_en: New}", "at most 200"),
])
def test_fault_09_a_department_that_counterfeits_another_or_is_wrong_refuses_the_list(
    database: Database, tmp_path: Path, item: str, reason: str | None
) -> None:
    text = f"departments:\n  - {{code: first, name_zh: 第一局, name_en: First}}\n  - {item}\n"
    if reason is None:  # 入 and 人 are different words, however alike
        assert len(listed(database, tmp_path / "d.yaml", text)) == 2
        return
    with pytest.raises(Invalid, match=reason):
        listed(database, tmp_path / "d.yaml", text)
    with database.reading() as session:
        assert session.scalars(select(Department.code)).all() == ["hrss"]


@pytest.mark.parametrize("data", [b"\xff", b"a: [", b"departments: {}", b"departments: &x [*x]", b"- 1", b""])
def test_fault_18_a_file_that_is_no_list_is_refused(database: Database, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "d.yaml").write_bytes(data)
    with pytest.raises(Invalid), database.transaction() as session:
        departments.import_file(session, OPERATOR, tmp_path / "d.yaml", now=NOW)


def test_only_administrators_change_departments(database: Database, tmp_path: Path) -> None:
    with pytest.raises(Denied):
        listed(database, tmp_path / "d.yaml", "departments: []", Actor("u", "km", frozenset({Role.KNOWLEDGE_MANAGER})))

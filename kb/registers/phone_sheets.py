"""The phone ledger as a table: imported all or nothing, after a rehearsal that says what comes of each line.

Only the columns that a file has are changed; a number that it does not name stays as it is. Importing a file again
changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields as fields_of
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.errors import Invalid
from kb.messages.message import Message
from kb.models import Department, LedgerPhone
from kb.people.permissions import Action, require
from kb.registers import fields, phones, sheets
from kb.registers.history import changed_fields
from kb.registers.keys import phone_key, phone_shown
from kb.registers.phones import PhoneText, PhoneView
from kb.registers.sheets import LineReport, SheetReport, SheetRow

COLUMNS: sheets.Columns = {
    "number": ("电话", "电话号码", "号码", "联系电话", "phone", "telephone"),
    "name_zh": ("名称", "单位", "中文名称", "单位名称", "name"), "name_en": ("英文名称", "english name"),
    "department": ("责任部门", "部门", "部门代码"), "hours": ("服务时间", "接听时间", "工作时间"),
    "valid_from": ("启用日期", "生效日期"), "valid_to": ("停用日期", "失效日期"),
    "replaced_by": ("改拨", "新号码", "替代号码"), "note": ("备注", "说明"),
}
_DAYS = ("valid_from", "valid_to")


def import_phones(session: Session, actor: Actor, data: bytes, *, is_trial: bool, now: datetime,
                  origin: str) -> SheetReport:
    """Take a file into the ledger, or say what would come of it; nothing is taken where a line is refused."""
    require(actor, Action.EDIT_REGISTERS)
    plan = list(_plan(session, sheets.rows_of(data, COLUMNS, needed=("number", "name_zh"))))
    report = SheetReport(tuple(line for line, _ in plan), is_done=False)
    if is_trial or not report.is_sound:
        return report
    for line, text in plan:
        if text is not None and line.outcome != "unchanged":
            phones.put_phone(session, actor, text, now=now, origin=origin)
    return replace(report, is_done=True)


def export_phones(rows: Iterable[PhoneView]) -> str:
    """The rows as a file that can be imported again."""
    names = [f.name for f in fields_of(PhoneText)]

    def cells(row: PhoneView) -> list[str]:
        values = row.text.as_dict() | {name: phone_shown(getattr(row.text, name)) for name in ("number", "replaced_by")}
        return [str(values[name] or "") for name in names]

    return sheets.written(names, map(cells, rows))


def _plan(session: Session, rows: Iterable[SheetRow]) -> Iterable[tuple[LineReport, PhoneText | None]]:
    """What comes of each row, as the ledger stands."""
    codes: dict[str, str] = {}
    for code, name_zh, name_en in session.execute(select(Department.code, Department.name_zh, Department.name_en)):
        codes |= {code: code, name_zh: code, name_en: code}
    known = {row.number: phones.text_of(row) for row in session.scalars(select(LedgerPhone))}
    seen: dict[str, int] = {}
    for row in rows:
        name = row.values["number"][:40]
        try:
            number = phone_key(row.values["number"])
            text = phones.checked(session, _text(row.values, known.get(number), codes), departments=codes)
            if number in seen:
                raise Invalid("sheet_twice", "the number stands in line {line} already", line=seen[number])
        except Invalid as error:
            yield LineReport(row.line, "refused", name, Message(error.template, **error.facts)), None
            continue
        seen[number] = row.line
        before = known[number].as_dict() if number in known else {}
        _, after = changed_fields(before, text.as_dict())
        outcome = "unchanged" if not after else "changed" if before else "created"
        yield LineReport(row.line, outcome, number, changed=tuple(after) if before else ()), text


def _text(values: Mapping[str, str], known: PhoneText | None, codes: Mapping[str, str]) -> PhoneText:
    """The row's text: what the file has no column for stays as it is."""
    given: dict[str, Any] = dict(values)
    for name in _DAYS:
        if name in given:
            given[name] = fields.day(given[name], name)
    if given.get("department"):
        given["department"] = codes.get(given["department"], given["department"])
    return replace(known or PhoneText("", ""), **given)

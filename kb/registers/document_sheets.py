"""The register as a table: imported all or nothing, after a rehearsal that says what comes of each line.

Only the columns that a file has are changed. ``changed_by`` names the document that repealed or amended the row's, by
its number or title: one of the register, or of the same file, is meant where there is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.errors import Invalid, NotFound
from kb.messages.message import Message
from kb.people.permissions import Action, require
from kb.registers import documents, fields, sheets
from kb.registers.document_values import DocumentStatus, DocumentText, DocumentView, Standing
from kb.registers.history import changed_fields
from kb.registers.keys import document_key, title_key
from kb.registers.sheets import LineReport, SheetReport, SheetRow

COLUMNS: sheets.Columns = {
    "title": ("标题", "文件名称", "名称", "文件标题"), "number": ("文号", "发文字号"),
    "issuer": ("发文机关", "制定机关", "发布机关"), "issued_on": ("发布日期", "成文日期", "印发日期"),
    "effective_from": ("施行日期", "生效日期", "实施日期"), "effective_to": ("失效日期", "失效时间"),
    "url": ("链接", "网址", "地址"), "note": ("备注", "说明"),
    "status": ("状态", "效力状态", "文件状态", "时效性", "效力"),
    "changed_on": ("变动日期", "废止日期", "废止时间", "修订日期"),
    "changed_by": ("变动文件", "废止文件", "修订文件", "替代文件"),
}
_STATUSES = {
    "现行有效": DocumentStatus.IN_FORCE, "有效": DocumentStatus.IN_FORCE, "in force": DocumentStatus.IN_FORCE,
    "已修订": DocumentStatus.AMENDED, "已修改": DocumentStatus.AMENDED, "修订": DocumentStatus.AMENDED,
    "修改": DocumentStatus.AMENDED, "已废止": DocumentStatus.REPEALED, "废止": DocumentStatus.REPEALED,
    "失效": DocumentStatus.REPEALED, "已失效": DocumentStatus.REPEALED,
    **{status.value: status for status in DocumentStatus},
}
_DAYS = ("issued_on", "effective_from", "effective_to")
_HEAD = (*COLUMNS,)


@dataclass(frozen=True, slots=True)
class _Planned:
    """A row as it is to be: ``standing`` is None where the file says nothing of it."""

    text: DocumentText
    standing: Standing | None


class _Known:
    """The register's documents, found by number or title."""

    def __init__(self, views: Iterable[DocumentView]) -> None:
        self._numbers: dict[str, DocumentView] = {}
        self._titles: dict[str, list[DocumentView]] = {}
        for view in views:
            if key := document_key(view.text.number):
                self._numbers[key] = view
            self._titles.setdefault(title_key(view.text.title), []).append(view)

    def meant(self, number: str, title: str) -> DocumentView | None:
        """The document of this number; else the one of this title, unless both have a number, or several have it."""
        key = document_key(number)
        if key in self._numbers:
            return self._numbers[key]
        titled = self._titles.get(title_key(title), [])
        return titled[0] if len(titled) == 1 and not (number and titled[0].text.number) else None


def import_documents(session: Session, actor: Actor, data: bytes, *, is_trial: bool, now: datetime,
                     origin: str) -> SheetReport:
    """Take a file into the register, or say what would come of it; nothing is taken where a line is refused."""
    require(actor, Action.EDIT_REGISTERS)
    plan = list(_plan(session, sheets.rows_of(data, COLUMNS, needed=("title",))))
    report = SheetReport(tuple(line for line, _ in plan), is_done=False)
    if is_trial or not report.is_sound:
        return report
    made = [(documents.put_document(session, actor, planned.text, now=now, origin=origin).row.id, planned.standing)
            for line, planned in plan if planned is not None and line.outcome != "unchanged"]
    for document_id, standing in made:  # now all are there that another may name
        if standing is not None:
            documents.change_standing(session, actor, document_id, _named(session, actor, standing), now=now,
                                      origin=origin)
    return replace(report, is_done=True)


def export_documents(rows: Iterable[DocumentView]) -> str:
    """The rows as a file that can be imported again."""
    def cells(row: DocumentView) -> list[str]:
        values = row.as_dict()
        return [str(values[name] or "") for name in _HEAD]

    return sheets.written(_HEAD, map(cells, rows))


def _plan(session: Session, rows: Iterable[SheetRow]) -> Iterable[tuple[LineReport, _Planned | None]]:
    """What comes of each row, as the register stands."""
    known = _Known(documents.all_views(session))
    seen: dict[str, int] = {}
    for row in rows:
        name = (row.values.get("number") or row.values["title"])[:60]
        try:
            before = known.meant(row.values.get("number", ""), row.values["title"])
            planned = _planned(row.values, before)
            key = _key(planned.text)
            if key in seen:
                raise Invalid("sheet_twice", "the document stands in line {line} already", line=seen[key])
        except Invalid as error:
            yield LineReport(row.line, "refused", name, Message(error.template, **error.facts)), None
            continue
        seen[key] = row.line
        changed = _changed(before, planned, known)
        outcome = "created" if before is None else "changed" if changed else "unchanged"
        yield LineReport(row.line, outcome, name, changed=tuple(changed) if before else ()), planned


def _planned(values: Mapping[str, str], before: DocumentView | None) -> _Planned:
    given: dict[str, Any] = {name: value for name, value in values.items()
                             if name not in ("status", "changed_on", "changed_by")}
    for name in _DAYS:
        if name in given:
            given[name] = fields.day(given[name], name)
    if before and not given.get("number"):
        given["number"] = before.text.number  # by its title: a file that leaves the number out does not take it away
    text = documents.checked(replace(before.text if before else DocumentText(""), **given))
    return _Planned(text, _standing(values))


def _standing(values: Mapping[str, str]) -> Standing | None:
    """How the file says that the document stands; raises Invalid for what it cannot mean."""
    said = values.get("status", "").casefold()
    if not said:
        return None
    status = _STATUSES.get(said)
    if status is None:
        raise Invalid("document_status", "status: {status!r} is not one of {known}", status=said[:40],
                      known=[one.value for one in DocumentStatus], fields={"status": "unknown"})
    if status is DocumentStatus.IN_FORCE:
        return Standing()
    day = fields.day(values.get("changed_on", ""), "changed_on")
    if day is None and status is DocumentStatus.REPEALED:
        day = fields.day(values.get("effective_to", ""), "effective_to")  # a table of what lapsed, and when
    if day is None:
        raise Invalid("changed_on", "say from which day it is so", fields={"changed_on": "required"})
    by = fields.label(values.get("changed_by", ""), "changed_by", longest=300)
    return Standing(status, day, changed_by_text=by)


def _named(session: Session, actor: Actor, standing: Standing) -> Standing:
    """With the register's own row in place of its name, where there is one."""
    if not standing.changed_by_text:
        return standing
    try:
        found = documents.find_document(session, actor, standing.changed_by_text)
    except NotFound:
        return standing
    return replace(standing, changed_by_id=found.id, changed_by_text="")


def _changed(before: DocumentView | None, planned: _Planned, known: _Known) -> list[str]:
    """The names of the fields that differ from what stands."""
    if before is None:
        return []
    _, after = changed_fields(before.text.as_dict(), planned.text.as_dict())
    names = list(after)
    if planned.standing is not None:
        was, new = before.standing, planned.standing
        by = known.meant(new.changed_by_text, "") or known.meant("", new.changed_by_text)
        is_by_same = was.changed_by_id == by.id if by else was.changed_by_text == new.changed_by_text
        names += [name for name, differs in (
            ("status", was.status is not new.status), ("changed_on", was.changed_on != new.changed_on),
            ("changed_by", not is_by_same)) if differs]
    return names


def _key(text: DocumentText) -> str:
    number = document_key(text.number)
    return f"number:{number}" if number else f"title:{title_key(text.title)}"

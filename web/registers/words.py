"""What the registers' fields, acts and states are called on pages."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l

from kb.registers.keys import phone_shown
from web.filters import day

FIELDS = {
    "number": _l("Number"), "name_zh": _l("Name in Chinese"), "name_en": _l("Name in English"),
    "department": _l("Department"), "hours": _l("Hours"), "valid_from": _l("Listed from"),
    "valid_to": _l("No longer listed from"), "replaced_by": _l("Number to call instead"), "note": _l("Remark"),
    "title": _l("Title"), "issuer": _l("Issuer"), "issued_on": _l("Issued on"),
    "effective_from": _l("In force from"), "effective_to": _l("No longer in force from"), "url": _l("Link"),
    "status": _l("Status"), "changed_on": _l("From which day"), "changed_by": _l("By which document"),
}
ACTS = {
    "add_phone": _l("entered"), "edit_phone": _l("changed"), "retire_phone": _l("taken off the list"),
    "add_document": _l("entered"), "edit_document": _l("changed"), "repeal_document": _l("noted as repealed"),
    "amend_document": _l("noted as amended"), "restore_document": _l("noted as in force"),
}
OUTCOMES = {"created": _l("new"), "changed": _l("changed"), "unchanged": _l("as it stands"), "refused": _l("not taken")}
STATUSES = {"in_force": _l("in force"), "amended": _l("amended"), "repealed": _l("repealed")}
STANDINGS = {"listed": _l("listed"), "retired": _l("no longer listed"), "to_come": _l("not yet listed")}
STATES = {
    "new": _l("not looked at yet"), "ok": _l("there"), "failing": _l("does not answer at present"),
    "dead": _l("gone"), "unclear": _l("cannot be seen"), "refused": _l("not looked at"),
}
REASONS = {
    "gone": _l("The page is not there any more."), "broken": _l("The server reports an error."),
    "home": _l("It leads to the site's first page."), "fetch_name": _l("The site's name is not known."),
    "fetch_connect": _l("The site takes no connection."), "fetch_time": _l("The site does not answer in time."),
    "fetch_redirects": _l("It leads from one address to another without end."),
    "fetch_tls": _l("The site's certificate does not hold."), "fetch_reply": _l("The site's answer cannot be read."),
    "closed": _l("The site shows the page only to some."), "restless": _l("It says something else at every look."),
    "address_host": _l("It leads to a host that is not on the list."),
    "address_inside": _l("It leads to an address that is not looked at."),
    "address_port": _l("It leads to a port that is not looked at."), "address": _l("Its address cannot be looked at."),
}


def shown_value(name: str, value: Any) -> str:
    """A field's value as a page shows it."""
    if value in (None, ""):
        return "–"
    if name in ("number", "replaced_by"):
        return phone_shown(str(value))
    if name == "status":
        return str(STATUSES.get(str(value), value))
    if name.endswith(("_on", "_from", "_to")):
        try:
            return day(date.fromisoformat(str(value)))
        except ValueError:
            return str(value)
    return str(value)

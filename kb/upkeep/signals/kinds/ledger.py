"""A telephone number that a text gives and that the phone ledger lists no longer, or that went to another department.

The ledger speaks of the numbers that it lists or listed: of one that never stood in it nothing is said. A number within
its area is that of the ledger where no other number ends alike. A text that itself says that the number is out of use
knows of it. A new text, or listing the number again, clears it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from kb.clock import start_of_day
from kb.messages.message import Message
from kb.models import Article, FactRow, LedgerPhone, Publication, Revision
from kb.registers.keys import local_form, phone_forms, phone_shown
from kb.upkeep.resting import around
from kb.upkeep.signals.live_texts import BATCH, MOST_PLACES, live_texts, local_day, rows_of
from kb.upkeep.signals.signal import Evidence, Finding, Looking, Severity, Topic

_SAYS_SO = re.compile(
    r"停用|停机|停止使用|注销|作废|空号|拆机|不再(?:使用|受理|接听|属于|启用)|不属于|已?并入|原(?:号码|电话|热线)|[旧老]号"
    r"|(?:请?勿|不要|不必)(?:再|继续)?(?:拨打?|致电|呼叫|打)|(?:号码|电话|热线)[^，。；]{0,8}(?:取消|(?:变更|更改|更换|改)为)"
    r"|[由从][^，。；]{0,24}(?:变更|更改|更换|改|换)(?:为|成)"
    r"|\b(?:no longer|discontinued|disconnected|replaced by|(?:former|old|previous) (?:number|line)|switched off"
    r"|out of (?:use|service)|not in (?:use|service)|do not (?:call|ring|dial|use)|changed from|withdrawn)",
    re.IGNORECASE)


class ContactUnlisted:
    """A contact that the phone ledger no longer lists."""

    kind = "contact_unlisted"
    topics = frozenset({Topic.ARTICLE, Topic.LEDGER, Topic.TIME})

    def find(self, session: Session, looking: Looking, articles: Collection[str] | None) -> Iterator[Finding]:
        """One finding for each such number of a text, with every place that states it."""
        today = local_day(looking)
        rows = session.scalars(select(LedgerPhone).where(or_(
            LedgerPhone.former_department.is_not(None),
            and_(LedgerPhone.valid_to.is_not(None), LedgerPhone.valid_to <= today)))).all()
        if not rows:
            return
        forms, rows_by_number = _forms(session, rows), {row.number: row for row in rows}
        found: defaultdict[tuple[str, str], list[Evidence]] = defaultdict(list)
        owners: dict[str, tuple[str, Any]] = {}
        for article_id, revision_id, owner, published_at, value, start, end, source in _stated(
                session, looking, forms, articles):
            if not _SAYS_SO.search(around(source, start, end)):
                owners[article_id] = owner, published_at
                place = Evidence(source[start:end], revision_id, start, end)
                if place not in found[article_id, forms[value].number]:
                    found[article_id, forms[value].number].append(place)
        for (article_id, number), places in found.items():
            row = rows_by_number[number]
            why = _why(row, *owners[article_id], looking)
            since = row.valid_to if why == "retired" else row.moved_on
            if why and since is not None:
                entry = Evidence(f"{row.name_zh} {phone_shown(row.number)}", source=f"ledger:{row.id}")
                yield Finding(self.kind, article_id, Severity.WARNING if why == "retired" else Severity.INFO,
                              row.number, (*places[:MOST_PLACES], entry),
                              {"why": why, "number": row.number, "on": since.isoformat(),
                               "instead": row.replaced_by if why == "retired" else ""})

    def explain(self, facts: Mapping[str, Any]) -> Message:
        number, instead = phone_shown(facts["number"]), phone_shown(facts["instead"])
        on = date.fromisoformat(facts["on"])
        if facts["why"] == "moved":
            return Message("it gives {number}, which by the phone ledger is another department's since {on}",
                           number=number, on=on)
        if instead:
            return Message("it gives {number}, which the phone ledger lists no longer since {on}; it has {instead} "
                           "in its place", number=number, on=on, instead=instead)
        return Message("it gives {number}, which the phone ledger lists no longer since {on}", number=number, on=on)


def giving(session: Session, looking: Looking, number: str) -> set[str]:
    """The articles whose texts in force give this number, with its area code or without."""
    forms = (phone_forms(number) | {local_form(number)}) - {""}
    query = live_texts(looking).join(FactRow, FactRow.revision_id == Publication.revision_id).where(
        FactRow.kind == "phone")
    return {row[0] for row in rows_of(session, query, forms, FactRow.value)}


def _forms(session: Session, rows: Collection[LedgerPhone]) -> dict[str, LedgerPhone]:
    """The rows by every form in which a text may give their numbers."""
    local = {row.number: form for row in rows if (form := local_form(row.number))}
    shared: defaultdict[str, set[str]] = defaultdict(set)
    for number in session.scalars(select(LedgerPhone.number)):
        shared[local_form(number) or number].add(number)
    found = {form: row for row in rows for form in phone_forms(row.number)}
    for row in rows:
        form = local.get(row.number, "")
        if form and shared[form] == {row.number}:
            found[form] = row
    return found


def _stated(session: Session, looking: Looking, forms: Collection[str], articles: Collection[str] | None,
            ) -> Iterator[Any]:
    """Where texts in force state one of these numbers."""
    query = live_texts(looking, Article.owner, Publication.published_at, FactRow.value, FactRow.figure_start,
                       FactRow.figure_end, Revision.source).join(
        FactRow, FactRow.revision_id == Publication.revision_id).join(
        Revision, Revision.id == Publication.revision_id).where(
        FactRow.kind == "phone", Revision.redacted_at.is_(None)).order_by(
        Publication.article_id, FactRow.figure_start)
    wanted = None if articles is None else frozenset(articles)
    if wanted is not None and len(wanted) <= BATCH:
        query = query.where(Publication.article_id.in_(wanted))
    return (row for row in rows_of(session, query, forms, FactRow.value) if wanted is None or row[0] in wanted)


def _why(row: LedgerPhone, owner: str, published_at: Any, looking: Looking) -> str:
    """Why the number is told: it is retired, or it went from this very owner to another since the text was published.
    """
    if row.valid_to is not None and row.valid_to <= local_day(looking):
        return "retired"
    is_older = row.moved_on is not None and published_at < start_of_day(row.moved_on, looking.tz)
    return "moved" if row.former_department == owner != row.department and is_older else ""

"""Entering into the ledger and the register as one act with what follows: texts that rest on the entry are looked at
at once.

Each function opens a transaction of its own, and when that is committed has the articles looked at that the entry is
about. Filling the register from the basis entries of texts stands here too, as it reads texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.live import LiveRevision, Moment, live_of_articles
from kb.clock import zone
from kb.db import Database, settings_of
from kb.models import Basis, Publication, RegisterDocument, SignalRow
from kb.people.permissions import Action, require
from kb.registers import document_sheets, document_values, documents, phone_sheets, phones
from kb.registers.document_values import DocumentText, Standing
from kb.registers.keys import document_key, title_key
from kb.registers.phones import PhoneText, PhoneView
from kb.registers.sheets import SheetReport
from kb.settings import Settings
from kb.upkeep.links import checking, looking
from kb.upkeep.links.gathering import one_form
from kb.upkeep.links.looking import LinkView
from kb.upkeep.looking_again import look_again
from kb.upkeep.resting import resting_on
from kb.upkeep.signals.kinds.ledger import ContactUnlisted, giving
from kb.upkeep.signals.kinds.register import BasisRepealed
from kb.upkeep.signals.live_texts import live_texts
from kb.upkeep.signals.signal import Looking, Topic


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of filling the register from texts: how many documents are new, how many they name in all."""

    added: int
    named: int


def enter_phone(database: Database, actor: Actor, text: PhoneText, *, seen: int | None, now: datetime,
                origin: str) -> phones.Outcome:
    """Enter a number, or say otherwise of one that is listed."""
    with database.transaction() as session:
        done = phones.put_phone(session, actor, text, seen=seen, now=now, origin=origin)
    if done.created or done.changed:
        _look_at_phone(database, done.row.text.number, now=now, origin=origin)
    return done


def retire_phone(database: Database, actor: Actor, phone_id: str, *, on: date, replaced_by: str, note: str, seen: int,
                 now: datetime, origin: str) -> PhoneView:
    """List a number no longer; texts that give it are told at once."""
    with database.transaction() as session:
        done = phones.retire_phone(session, actor, phone_id, on=on, replaced_by=replaced_by, note=note, seen=seen,
                                   now=now, origin=origin)
    _look_at_phone(database, done.text.number, now=now, origin=origin)
    return done


def import_phones(database: Database, actor: Actor, data: bytes, *, is_trial: bool, now: datetime,
                  origin: str) -> SheetReport:
    """Take a file into the ledger, or say what would come of it."""
    with database.transaction() as session:
        report = phone_sheets.import_phones(session, actor, data, is_trial=is_trial, now=now, origin=origin)
    if report.is_done and report.count("unchanged") < len(report.lines):
        look_again(database, Topic.LEDGER, None, now=now, origin=origin)
    return report


def enter_document(database: Database, actor: Actor, text: DocumentText, *, document_id: str | None = None,
                   seen: int | None, now: datetime, origin: str) -> document_values.Outcome:
    """Enter a document, or say otherwise of one that is there."""
    with database.transaction() as session:
        done = documents.put_document(session, actor, text, document_id=document_id, seen=seen, now=now,
                                      origin=origin)
    if done.created or done.changed:
        _look_at_document(database, done.row.id, now=now, origin=origin)
    return done


def change_standing(database: Database, actor: Actor, document_id: str, standing: Standing, *, seen: int | None,
                    note: str = "", now: datetime, origin: str) -> document_values.Outcome:
    """Say that a document is repealed or amended, or in force after all; all that rests on it is told at once."""
    with database.transaction() as session:
        done = documents.change_standing(session, actor, document_id, standing, seen=seen, note=note, now=now,
                                         origin=origin)
    if done.changed:
        _look_at_document(database, document_id, now=now, origin=origin)
    return done


def import_documents(database: Database, actor: Actor, data: bytes, *, is_trial: bool, now: datetime,
                     origin: str) -> SheetReport:
    """Take a file into the register, or say what would come of it."""
    with database.transaction() as session:
        report = document_sheets.import_documents(session, actor, data, is_trial=is_trial, now=now, origin=origin)
    if report.is_done and report.count("unchanged") < len(report.lines):
        look_again(database, Topic.REGISTER, None, now=now, origin=origin)
    return report


def take_from_articles(database: Database, actor: Actor, *, now: datetime, origin: str) -> Taken:
    """Enter the documents that texts in force name as their basis and that the register does not have yet."""
    with database.transaction() as session:
        require(actor, Action.EDIT_REGISTERS)
        named = _named(session, now)
        numbers = {key for key in session.scalars(select(RegisterDocument.number_key)) if key}
        titles = set(session.scalars(select(RegisterDocument.title_key)))
        new = [text for text in named if document_key(text.number) not in numbers
               and not (not text.number and title_key(text.title) in titles)]
        for text in new:
            documents.put_document(session, actor, text, now=now, origin=origin)
    return Taken(len(new), len(named))


def note_look(database: Database, actor: Actor, link_id: str, department: str, *, seen: str, note: str = "",
              now: datetime, origin: str) -> LinkView:
    """Say for a department that somebody looked at a page as it is now; what was told of it there is cleared."""
    with database.transaction() as session:
        done = looking.note_look(session, actor, link_id, department, seen=seen, note=note, now=now, origin=origin)
        articles = looking.articles_naming(session, [link_id], now)
    look_again(database, Topic.LINKS, articles, now=now, origin=origin)
    return done


def look_at_pages(database: Database, settings: Settings, *, now: datetime, origin: str,
                  only: Sequence[str] | None = None) -> checking.Round:
    """A round of looking at pages; texts whose page is gone, is back, or says something else are told at once."""
    done = checking.run_round(database, settings, now=now, only=only)
    if done.news:
        with database.reading() as session:
            articles = looking.articles_naming(session, done.news, now)
        look_again(database, Topic.LINKS, articles, now=now, origin=origin)
    return done


def resting_texts(session: Session, viewer: Actor, document_id: str, *, now: datetime) -> list[LiveRevision]:
    """The texts in force that name a document, as far as the viewer may read them."""
    require(viewer, Action.READ_HISTORY)
    found = live_of_articles(session, viewer, Moment(now, now),
                             sorted(resting_on(session, _looking(session, now), [document_id])))
    return sorted(found.values(), key=lambda live: live.slug)


def _look_at_document(database: Database, document_id: str, *, now: datetime, origin: str) -> None:
    """Have what names the document looked at, and what was told of it before, under another name perhaps."""
    with database.reading() as session:
        articles = resting_on(session, _looking(session, now), [document_id]) | told_of(
            session, BasisRepealed.kind, document_id)
    look_again(database, Topic.REGISTER, articles, now=now, origin=origin)


def _look_at_phone(database: Database, number: str, *, now: datetime, origin: str) -> None:
    """Have what gives the number looked at, and what was told of it before."""
    with database.reading() as session:
        articles = giving(session, _looking(session, now), number) | told_of(session, ContactUnlisted.kind, number)
    look_again(database, Topic.LEDGER, articles, now=now, origin=origin)


def told_of(session: Session, kind: str, key: str) -> set[str]:
    """The articles with an open signal of this kind and key."""
    return set(session.scalars(select(SignalRow.article_id).where(
        SignalRow.kind == kind, SignalRow.key == key, SignalRow.cleared_at.is_(None))))


def _looking(session: Session, now: datetime) -> Looking:
    return Looking(now, zone(settings_of(session).hotline.timezone))


def _named(session: Session, now: datetime) -> list[DocumentText]:
    """The documents that texts in force name as their basis, each once, with the most that any of them says."""
    columns = (Basis.title, Basis.number, Basis.issuer, Basis.issued_on, Basis.url)
    rows = session.execute(live_texts(_looking(session, now), *columns).join(
        Basis, Basis.revision_id == Publication.revision_id).order_by(Publication.id.desc()))
    found: dict[tuple[str, str], DocumentText] = {}
    for _, _, title, number, issuer, issued_on, url in rows:
        if not title_key(title):
            continue
        key = (document_key(number), "") if document_key(number) else ("", title_key(title))
        known = found.get(key) or DocumentText(title, number)
        found[key] = replace(known, issuer=known.issuer or issuer, issued_on=known.issued_on or issued_on,
                             url=known.url or one_form(url))
    numbered = {title_key(text.title) for key, text in found.items() if key[0]}
    return [text for key, text in found.items() if key[0] or key[1] not in numbered]

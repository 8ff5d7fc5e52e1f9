"""Bringing what was generated into an empty knowledge base, by the services that its people use."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.planted.truth import NOW, Corpus, Draft, days
from kb.actor import OPERATOR, Role
from kb.articles import publication
from kb.articles.acts import confirming, hiding, reorganising
from kb.articles.revisions import RevisionText
from kb.articles.writing.intake import import_history
from kb.db import Database
from kb.models import Article, LedgerPhone
from kb.people import departments, people
from kb.registers import documents, phones
from kb.registers.document_values import DocumentStatus, Standing

ORIGIN = "bench"
MANAGER, ROOT = "km", "root"
AGENTS = tuple(f"agent-{n}" for n in range(10))
_BATCH = 100  # articles in one transaction
_SETTLED = days(-3000)  # when everybody was there already


def settle(database: Database, corpus: Corpus) -> None:
    """Departments and people."""
    with tempfile.TemporaryDirectory() as folder, database.transaction() as session:
        path = Path(folder) / "departments.yaml"
        path.write_text(yaml.safe_dump({"departments": corpus.departments}, allow_unicode=True), encoding="utf-8")
        departments.import_file(session, OPERATOR, path, now=_SETTLED)
    grants: dict[str, list[people.Grant]] = {MANAGER: [(Role.KNOWLEDGE_MANAGER, None)], ROOT: [(Role.ADMIN, None)]}
    for login in AGENTS:
        grants[login] = [(Role.AGENT, None)]
    for login, role, code in corpus.people:
        grants[login] = [(Role(each), code) for each in role.split("+")]
    gone = {one["code"] for one in corpus.departments if one.get("dissolved_at")}
    with database.transaction() as session:
        for login, granted in grants.items():
            if not any(code in gone for _, code in granted):
                people.create_user(session, OPERATOR, login=login, name=login, grants=granted, password=None,
                                   now=_SETTLED)
        for login in corpus.disabled:
            people.disable_user(session, OPERATOR, login, now=days(-100))


def bring_in(database: Database, drafts: Sequence[Draft]) -> None:
    """Publish the articles with all their revisions, as imported history."""
    for start in range(0, len(drafts), _BATCH):
        with database.transaction() as session:
            for draft in drafts[start:start + _BATCH]:
                for number, one in enumerate((draft, *draft.follows), start=1):
                    _publish(session, one, number)


def _publish(session: Session, draft: Draft, number: int) -> None:
    text = RevisionText(
        title=draft.title, source=draft.source, lang=draft.lang, audience=draft.audience, owner=draft.owner,
        effective_from=draft.effective_from, effective_to=draft.effective_to, review_by=draft.review_by,
        summary=draft.summary, bases=tuple(draft.bases), author="import")
    revision, _ = import_history(session, OPERATOR, draft.slug, text, number=number, now=NOW, origin=ORIGIN,
                                 signed={"bench-approver": draft.published_at}, created_at=draft.published_at)
    publication.publish(session, OPERATOR, revision, now=NOW, origin=ORIGIN, published_at=draft.published_at)


def follow_up(database: Database, corpus: Corpus) -> None:
    """What happened to articles and registers since."""
    with database.transaction() as session:
        manager = people.actor_of(session, MANAGER, now=NOW)
        for slug, heir in corpus.retired:
            publication.retire(session, manager, _article(session, slug), reason="并入其他条目",
                               successor=_article(session, heir) if heir else None, now=days(-20), origin=ORIGIN)
        for slug in corpus.hidden:
            hiding.hide(session, manager, slug, reason="内容待核", now=NOW - timedelta(hours=2), origin=ORIGIN)
        for slug, until in corpus.confirmed:
            confirming.confirm(session, manager, slug, review_by=until, note="已核对", now=days(-1), origin=ORIGIN)
        for code, heir in corpus.dissolved:
            reorganising.dissolve(session, people.actor_of(session, ROOT, now=NOW), code, successor=heir,
                                  now=days(-50), origin=ORIGIN)
    _fill_registers(database, corpus)


def _fill_registers(database: Database, corpus: Corpus) -> None:
    with database.transaction() as session:
        manager = people.actor_of(session, MANAGER, now=NOW)
        for entry in corpus.register:
            row = documents.put_document(session, manager, entry.text, now=days(-900), origin=ORIGIN).row
            if entry.status is not DocumentStatus.IN_FORCE and entry.since is not None:
                documents.change_standing(session, manager, row.id, Standing(entry.status, entry.since.date()),
                                          now=entry.since, origin=ORIGIN)
        for listed in corpus.ledger:
            phones.put_phone(session, manager, listed.text, now=days(-900), origin=ORIGIN)
    moved = {listed.text.number.replace("-", ""): listed.moved_to for listed in corpus.ledger if listed.moved_to}
    with database.transaction() as session:
        for entry_moved in _rows(session, moved):
            text = replace(phones.text_of(entry_moved), department=moved[entry_moved.number])
            phones.put_phone(session, manager, text, now=days(-30), origin=ORIGIN)


def _rows(session: Session, moved: Iterable[str]) -> list[LedgerPhone]:
    return list(session.scalars(select(LedgerPhone).where(LedgerPhone.number.in_(sorted(moved)))))


def _article(session: Session, slug: str) -> Article:
    return session.scalars(select(Article).where(Article.slug == slug)).one()

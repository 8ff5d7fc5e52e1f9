"""The scan raises once and clears once, looks at one article as at all, and is harmless beside another."""

from __future__ import annotations

import threading

from sqlalchemy import delete, select

from kb.articles.acts.confirming import confirm
from kb.articles.acts.hiding import hide, show
from kb.articles.acts.redaction import agree_redaction, ask_redaction
from kb.articles.kept_readings import keep_readings
from kb.articles.revisions import BasisText
from kb.db import Database
from kb.models import Article, AuditEntry, OutboxConsumer, Revision, SignalEvidence, SignalRow, TextReading
from kb.record import audit, outbox
from kb.upkeep.signals import scanning
from kb.upkeep.signals.scanning import Plan, Scanned, Stated, planned, scan, scan_articles, scan_changed
from kb.upkeep.signals.signal import Topic
from tests.kb.factories import ADMIN, MANAGER, approver, at, editor, retired
from tests.kb.upkeep.signals.arranging import TZ, look, open_signals, write


def rows(database: Database) -> list[SignalRow]:
    with database.reading() as session:
        return list(session.scalars(select(SignalRow).order_by(SignalRow.raised_at, SignalRow.id)))


def acts(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(AuditEntry.action).where(AuditEntry.subject.startswith("signal:"))
                                    .order_by(AuditEntry.id)))


def some_faults(database: Database) -> None:
    """Articles with a finding of every kind that texts alone give."""
    write(database, "fee", "收费标准。", review_by=at(5))
    write(database, "card", "见[收费](article:fee)、[无](article:nowhere)。减免执行至2026年1月5日。")
    write(database, "dog", bases=(BasisText("海州市犬只管理办法", "海政发〔2018〕5号"),))
    write(database, "rule", "《海州市犬只管理办法》（海政发〔2018〕5号）同时废止。", effective_to=at(12))


def test_a_scan_raises_what_it_finds_and_a_second_one_changes_nothing(database: Database) -> None:
    some_faults(database)
    assert look(database, day=10) == Scanned(raised=5)
    kept, told = rows(database), acts(database)
    assert {row[:2] for row in open_signals(database)} == {
        ("fee", "review"), ("card", "reference"), ("card", "date"), ("dog", "basis"), ("rule", "ending")}
    assert told == ["raise_signal"] * 5
    assert look(database, day=11) == Scanned()
    assert [(r.id, r.raised_at, r.facts, r.evidence) for r in rows(database)] == [
        (r.id, r.raised_at, r.facts, r.evidence) for r in kept]
    assert acts(database) == told


def test_what_holds_no_more_is_cleared_and_may_come_again(database: Database) -> None:
    some_faults(database)
    look(database, day=10)
    write(database, "card", "见[收费](article:fee)。", number=2, day=11)
    assert look(database, day=11) == Scanned(cleared=2)
    write(database, "card", "见[收费](article:fee)、[无](article:nowhere)。", number=3, day=12)
    assert look(database, day=12).raised == 1
    history = [(row.raised_at, row.cleared_at) for row in rows(database) if row.kind == "reference"]
    assert history == [(at(10), at(11)), (at(12), None)]


def test_a_signal_that_grows_graver_stays_the_same_signal(database: Database) -> None:
    write(database, "card", review_by=at(20))
    look(database, day=10)
    assert look(database, day=20) == Scanned(changed=1)
    row, = rows(database)
    assert (row.severity, row.raised_at, row.facts["is_past"]) == ("warning", at(10), True)
    assert acts(database) == ["raise_signal", "change_signal"]


def test_the_log_tells_of_signals_without_words_of_texts(database: Database) -> None:
    some_faults(database)
    look(database, day=10)
    with database.reading() as session:
        for entry in session.scalars(select(AuditEntry).where(AuditEntry.subject.startswith("signal:"))):
            assert entry.after is not None
            assert entry.after.keys() == {"article", "kind", "key", "severity"}
            assert entry.origin == "test"
        assert audit.verify(session).broken_at is None


def test_an_internal_text_in_the_evidence_makes_the_signal_internal(database: Database) -> None:
    write(database, "fee", "收费标准。", audience="agent")
    write(database, "card", "见[收费](article:fee)。")
    retired(database, "fee", day=2)
    look(database, day=3)
    row, = rows(database)
    assert row.audience == "agent"


def test_scans_of_some_topics_leave_the_others_alone(database: Database) -> None:
    some_faults(database)
    look(database, day=10)
    assert look(database, day=10, topics=frozenset({Topic.REGISTER})) == Scanned()
    assert len(open_signals(database)) == 5


def test_a_finding_of_a_check_that_is_no_more_is_cleared_by_a_whole_scan(database: Database) -> None:
    some_faults(database)
    with database.transaction() as session:
        article_id = session.scalars(select(Article.id).where(Article.slug == "fee")).one()
        session.add(SignalRow(id="old", article_id=article_id, kind="old-kind", severity="info", audience="public",
                              raised_at=at(1)))
    assert look(database, day=10) == Scanned(raised=5, cleared=1)


def test_two_scans_at_once_raise_nothing_twice(database: Database) -> None:
    for n in range(30):
        write(database, f"card-{n}", review_by=at(5))
    keep_readings(database, tz=TZ)
    ready = threading.Barrier(3, timeout=20)
    done: list[Scanned] = []

    def run() -> None:
        ready.wait()
        done.append(scan(database, now=at(10), tz=TZ, origin="test"))

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(each.raised for each in done) == len(rows(database)) == len(acts(database)) == 30


def test_after_a_publication_the_article_and_what_rests_on_it_are_looked_at(database: Database) -> None:
    some_faults(database)
    assert scan_changed(database, at(10), TZ).raised == 5  # nothing was ever looked at: everything is
    assert scan_changed(database, at(10), TZ) == Scanned()
    retired(database, "fee", day=11)
    write(database, "rule", "新规定。", number=2, day=11, effective_to=at(500))
    done = scan_changed(database, at(11), TZ)
    assert done == Scanned(raised=1, cleared=3)  # fee's review, dog's basis, rule's end; card refers to fee
    with database.reading() as session:
        assert outbox.heard(session, scanning.CONSUMER) == outbox.head(session)


def test_confirming_hiding_and_showing_are_heard_of(database: Database) -> None:
    some_faults(database)
    scan_changed(database, at(10), TZ)
    with database.transaction() as session:
        confirm(session, editor(), "fee", review_by=at(500), now=at(11), origin="test")
        hide(session, approver(), "fee", reason="金额有误", now=at(11), origin="test")
    assert scan_changed(database, at(11), TZ) == Scanned(raised=1, cleared=1)
    with database.transaction() as session:
        show(session, approver(), "fee", now=at(12), origin="test")
    assert scan_changed(database, at(12), TZ) == Scanned(cleared=1)


def test_events_that_were_pruned_unheard_make_everything_be_looked_at(database: Database) -> None:
    write(database, "card")
    scan_changed(database, at(1), TZ)
    write(database, "house", "减免执行至2026年1月5日。", day=2)
    write(database, "bus", day=2)
    with database.transaction() as session:
        session.execute(delete(OutboxConsumer))
        outbox.prune(session, before=at(10), now=at(10))
        outbox.note_heard(session, scanning.CONSUMER, 1, now=at(1))
        assert outbox.pruned_up_to(session) > 1
    assert scan_changed(database, at(10), TZ).raised == 1


def test_erased_words_go_from_signals_and_what_is_kept_of_texts(database: Database) -> None:
    some_faults(database)
    look(database, day=10)
    with database.transaction() as session:
        revision = session.scalars(select(Revision).join(Article, Article.id == Revision.article_id)
                                   .where(Article.slug == "card")).one()
        ask_redaction(session, ADMIN, revision, reason="法院裁定", now=at(11), origin="test")
    with database.transaction() as session:
        agree_redaction(session, MANAGER, session.get_one(Revision, revision.id), now=at(11), origin="test")
    assert not any(e["revision_id"] == revision.id for row in rows(database) for e in row.evidence)
    with database.reading() as session:
        assert session.scalars(select(SignalEvidence).where(SignalEvidence.revision_id == revision.id)).all() == []
        assert session.get(TextReading, revision.id) is None
    assert look(database, day=11) == Scanned()
    with database.reading() as session:
        kept = session.get_one(TextReading, revision.id)
        assert kept.anchors == []


def test_what_is_planned_makes_the_known_what_was_found() -> None:
    a, b = ("a", "x", "1"), ("a", "x", "2")
    one, graver = Stated("info", "public", {}, []), Stated("warning", "public", {}, [])
    assert planned({a: one}, {a: one}) == Plan({}, ())
    assert planned({a: graver}, {a: one, b: one}) == Plan({a: graver}, (b,))


def test_scanning_one_article_raises_its_part_alone(database: Database) -> None:
    some_faults(database)
    with database.reading() as session:
        dog = session.scalars(select(Article.id).where(Article.slug == "dog")).one()
    keep_readings(database, tz=TZ)
    assert scan_articles(database, [dog], now=at(10), tz=TZ) == Scanned(raised=1)
    assert {row[:2] for row in open_signals(database)} == {("dog", "basis")}
    assert look(database, day=10) == Scanned(raised=4)

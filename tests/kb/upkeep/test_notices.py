"""A person is told a thing once, in their language and their way; nobody reads another's; erased words are gone."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from kb.actor import OPERATOR, Actor, Role
from kb.articles.acts.redaction import agree_redaction, ask_redaction
from kb.db import Database
from kb.errors import Denied
from kb.messages.catalogue import say
from kb.messages.message import Message
from kb.models import Notice, NoticeChoice, NoticeDelivery, Revision, Webhook
from kb.people import people
from kb.upkeep import notices
from kb.upkeep.calendar import WorkingCalendar, packaged
from kb.upkeep.notice_choices import Choices, Kind, Way, mail_at
from tests.conftest import NOW
from tests.kb.factories import ADMIN, MANAGER, published

TZ = ZoneInfo("Asia/Shanghai")
DUE = Message("review of {title} is due on {day}", title="补卡", day=NOW.date())
CN = WorkingCalendar({d.day: d.is_working for plan in packaged("cn") for d in plan.days}, frozenset({2025, 2026}))


def person(database: Database, login: str, **choices: object) -> Actor:
    with database.transaction() as session:
        user = people.create_user(session, ADMIN, login=login, name=login, grants=[(Role.AGENT, None)], password=None,
                                  now=NOW)
        if choices:
            session.add(NoticeChoice(**{"user_id": user.id, "language": "zh", **choices}))
        return Actor(user.id, login, frozenset({Role.AGENT}))


def tell(database: Database, *logins: str, key: str = "task:1", kind: Kind = Kind.TASK,
         article_id: str | None = None) -> int:
    with database.transaction() as session:
        return notices.tell(session, logins, notices.News(kind, DUE, "/tasks/1", key, article_id), now=NOW)


def rows(database: Database, table: type[Notice] | type[NoticeDelivery]) -> list[Notice | NoticeDelivery]:
    with database.reading() as session:
        return list(session.scalars(select(table).order_by(table.id)))


def test_a_person_is_told_a_thing_once(database: Database) -> None:
    li, wu = person(database, "li"), person(database, "wu")
    assert tell(database, "li", "nobody") == 1
    assert tell(database, "li", "wu", "wu") == 1  # to wu alone it is news
    assert tell(database, "li", key="task:2") == 1
    with database.reading() as session:
        assert [say(one.message, "en") for one in notices.list_notices(session, wu)] == [
            "review of 补卡 is due on 2026-11-24"]
        assert [one.link for one in notices.list_notices(session, li)] == ["/tasks/1"] * 2
        assert notices.count_unread(session, li) == 2


def test_of_many_that_tell_it_at_once_one_does(database: Database) -> None:
    person(database, "li", mail="li@example.org")
    ready, news = threading.Barrier(4, timeout=20), []

    def act() -> None:
        ready.wait()
        news.append(tell(database, "li"))

    threads = [threading.Thread(target=act) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(news) == 1 and len(rows(database, Notice)) == len(rows(database, NoticeDelivery)) == 1


def test_nobody_who_is_shut_out_is_told(database: Database) -> None:
    person(database, "li")
    with database.transaction() as session:
        people.disable_user(session, ADMIN, "li", now=NOW, origin="test")
    assert tell(database, "li") == 0


def test_each_reads_and_marks_their_own_alone(database: Database) -> None:
    li, wu = person(database, "li"), person(database, "wu")
    tell(database, "li", "wu")
    _, second = rows(database, Notice)
    with database.transaction() as session:
        notices.mark_read(session, li, notice_id=second.id, now=NOW)
        notices.mark_read(session, li, up_to=second.id, now=NOW)
        assert (notices.count_unread(session, li), notices.count_unread(session, wu)) == (0, 1)
        assert [one.is_read for one in notices.list_notices(session, wu)] == [False]
        assert notices.list_notices(session, li, unread=True) == []
        with pytest.raises(Denied):
            notices.list_notices(session, Actor("u", "c", frozenset({Role.CITIZEN})))


def test_a_list_is_read_page_by_page(database: Database) -> None:
    li = person(database, "li")
    for n in range(5):
        tell(database, "li", key=f"task:{n}")
    with database.reading() as session:
        page = notices.list_notices(session, li, limit=2)
        rest = notices.list_notices(session, li, limit=2, before=page[1].id)
        assert len(page) == len(rest) == 3 and page[2].id == rest[0].id


def test_what_was_chosen_decides_what_is_mailed_and_shown(database: Database) -> None:
    li = person(database, "li", mail="li@example.org", ways={"task": "none", "gap": "page", "signal": "once"})
    for kind in (Kind.TASK, Kind.GAP, Kind.SIGNAL, Kind.REMINDER, Kind.ESCALATION):
        tell(database, "li", key=kind.value, kind=kind)
    with database.reading() as session:
        assert {one.kind for one in notices.list_notices(session, li)} == {"gap", "signal", "reminder", "escalation"}
    due = {row.key: row.next_at for row in rows(database, NoticeDelivery)}  # NOW is noon of a Tuesday there
    assert due == {"signal": NOW, "escalation": NOW, "reminder": datetime(2026, 11, 25, 0, tzinfo=UTC)}


def test_a_webhook_hears_of_each_key_once_and_reads_no_words(database: Database) -> None:
    person(database, "li"), person(database, "wu")
    with database.transaction() as session:
        for name, kinds, stopped in (("all", [], None), ("gaps", ["gap"], None), ("old", [], NOW)):
            session.add(Webhook(id=name, name=name, url="https://example.org", secret="s", kinds=kinds, made_by="root",
                                made_at=NOW, stopped_at=stopped))
    tell(database, "li")
    tell(database, "wu")
    (sent,) = rows(database, NoticeDelivery)
    assert sent.body == {"kind": "task", "key": "task:1", "link": "/tasks/1", "told_at": NOW.isoformat()}


@pytest.mark.parametrize("link", ["https://example.org", "//example.org", "tasks", "/a\nb", "/" + "x" * 300])
def test_a_link_stays_on_this_site(link: str) -> None:
    with pytest.raises(ValueError, match="link"):
        notices.News(Kind.TASK, DUE, link, "k")


def test_erased_words_stand_in_no_notice_and_it_is_not_told_again(database: Database) -> None:
    li, revision_id = person(database, "li"), published(database)
    with database.reading() as session:
        article_id = session.get_one(Revision, revision_id).article_id
    tell(database, "li", article_id=article_id)
    with database.transaction() as session:
        ask_redaction(session, ADMIN, session.get_one(Revision, revision_id), reason="判决", now=NOW, origin="test")
        agree_redaction(session, MANAGER, session.get_one(Revision, revision_id), now=NOW, origin="test")
    assert "补卡" not in str([row.message for row in rows(database, Notice)])
    assert tell(database, "li", article_id=article_id) == 0
    with database.reading() as session:
        assert "erased" in say(notices.list_notices(session, li)[0].message, "en")


HOURS = st.integers(0, 23)
CHOICES = st.builds(Choices, mail=st.just("a@example.org"), digest_hour=HOURS, is_on_working_days=st.booleans(),
                    quiet=st.none() | st.tuples(HOURS, HOURS).filter(lambda pair: pair[0] != pair[1]),
                    ways=st.sampled_from([{"task": "once"}, {"task": "digest"}]))
INSTANTS = st.integers(1_766_188_800, 1_797_724_800).map(lambda s: datetime.fromtimestamp(s, UTC))  # 2026


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe"])
@given(choices=CHOICES, now=INSTANTS)
def test_mail_is_never_sent_in_quiet_hours_nor_on_days_off_nor_before_it_was_told(zone: str, choices: Choices,
                                                                                  now: datetime) -> None:
    tz = ZoneInfo(zone)
    at = mail_at(choices, Kind.TASK, now, tz, CN)
    local = at.astimezone(tz)
    assert at >= now and at - now < timedelta(days=14)
    assert not choices.is_on_working_days or CN.is_working(local.date())
    if choices.quiet:
        start, end = choices.quiet
        assert not (start <= local.hour < end if start <= end else local.hour >= start or local.hour < end)
    elif choices.way_of(Kind.TASK) is Way.DIGEST:
        assert local.hour in (choices.digest_hour, choices.digest_hour + 1)  # where clocks leave the hour out


def test_the_usual_way_is_the_days_mail_and_at_once_for_what_is_urgent() -> None:
    assert Choices().way_of(Kind.TASK) is Way.DIGEST and Choices().way_of(Kind.ESCALATION) is Way.ONCE
    assert Choices(ways={"task": "carrier pigeon"}).way_of(Kind.TASK) is Way.DIGEST
    assert OPERATOR.user_id is None  # nobody to tell

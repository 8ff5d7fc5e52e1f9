"""Mail over a real connection: one message a person, in their language, retried, given up, never with a header of
somebody else's making."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from hypothesis import given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st
from sqlalchemy import select

from kb.actor import Actor, Role
from kb.db import Database
from kb.errors import Denied, Invalid, NotFound
from kb.messages.catalogue import say
from kb.messages.message import Message
from kb.models import AuditEntry, NoticeDelivery
from kb.people import people
from kb.settings import Settings, load_settings
from kb.upkeep import notices
from kb.upkeep.choosing import choices_of, choose
from kb.upkeep.delivery import deliver
from kb.upkeep.mailing import Item, check_address, written
from kb.upkeep.notice_choices import Kind, Way
from kb.upkeep.undelivered import count_dead, dead_mail, send_anew
from tests.conftest import NOW
from tests.kb.factories import ADMIN, AGENT, MANAGER

LATER = NOW + timedelta(days=1)


class Post:
    """Takes mail, or refuses it with ``answers`` by turns."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.answers: list[str] = []
        self.port = 0

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.answers.pop(0) if self.answers else "250 taken"
        if answer.startswith("2"):
            found = message_from_bytes(envelope.content or b"", policy=default)  # type: ignore[arg-type]
            assert isinstance(found, EmailMessage)
            self.messages.append(found)
        return answer


@pytest.fixture
def post() -> Iterator[Post]:
    taken = Post()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        taken.port = free.getsockname()[1]
    controller = Controller(taken, hostname="127.0.0.1", port=taken.port)
    controller.start()
    yield taken
    controller.stop()


def mailing(settings: Settings, port: int, **more: Any) -> Settings:
    return load_settings(settings.root, {}, data={"dir": str(settings.data_dir)},
                         database={"url": settings.database_url}, web={"base_url": "https://kb.example.org"},
                         mail={"host": "127.0.0.1", "port": port, "security": "none", "sender": "kb@example.org",
                               "seconds": 5, **more})


def person(database: Database, login: str, *, language: str = "zh", mail: str = "", **ways: str) -> Actor:
    with database.transaction() as session:
        user = people.create_user(session, ADMIN, login=login, name=login, grants=[(Role.AGENT, None)], password=None,
                                  now=NOW)
        actor = Actor(user.id, login, frozenset({Role.AGENT}))
        choose(session, actor, mail=mail or f"{login}@example.org", language=language, ways=ways, digest_hour=8,
               is_on_working_days=False, quiet=None, now=NOW, origin="test")
        return actor


def tell(database: Database, *logins: str, key: str = "k", title: str = "补卡") -> None:
    with database.transaction() as session:
        message = Message("the job {job} failed: {reason}", job=title, reason="x")
        notices.tell(session, logins, notices.News(Kind.TASK, message, "/tasks/1", key), now=NOW)


def states(database: Database) -> list[tuple[str, int, str]]:
    with database.reading() as session:
        return [(row.state, row.attempts, row.error) for row in session.scalars(
            select(NoticeDelivery).order_by(NoticeDelivery.id))]


def test_each_gets_one_message_in_their_language_with_all_of_the_day(database: Database, settings: Settings,
                                                                     post: Post) -> None:
    given_ = mailing(settings, post.port)
    person(database, "li"), person(database, "wu", language="en")
    for n in range(3):
        tell(database, "li", "wu", key=f"k{n}", title=f"标题{n}")
    assert str(deliver(database, given_, now=NOW)) == "0 messages sent, 0 not"  # before their hour
    deliver(database, given_, now=LATER)
    deliver(database, given_, now=LATER)
    li, wu = sorted(post.messages, key=lambda message: message["To"])
    assert (li["To"], wu["To"]) == ("li@example.org", "wu@example.org") and li["From"].endswith("<kb@example.org>")
    assert "3 条通知" in li["Subject"] and "3 notices" in wu["Subject"]
    body = wu.get_content()
    assert all(f"the job 标题{n} failed: x" in body for n in range(3))
    assert "https://kb.example.org/tasks/1" in body and "定时任务 标题1 执行失败" in li.get_content()
    assert {state for state, _, _ in states(database)} == {"sent"}


def test_what_is_refused_for_a_while_is_tried_again_with_the_same_id(database: Database, settings: Settings,
                                                                     post: Post) -> None:
    given_ = mailing(settings, post.port)
    person(database, "li", task="once")
    tell(database, "li")
    post.answers = ["451 later", "451 later"]
    for minutes in (0, 1, 5, 6, 21):
        deliver(database, given_, now=NOW + timedelta(minutes=minutes))
    assert states(database) == [("sent", 3, "")] and len(post.messages) == 1


def test_what_is_refused_for_good_is_dead_until_somebody_sends_it_anew(database: Database, settings: Settings,
                                                                       post: Post) -> None:
    given_ = mailing(settings, post.port)
    person(database, "li", task="once"), person(database, "wu", task="once")
    tell(database, "li", "wu")
    post.answers = ["554 never"]
    deliver(database, given_, now=NOW)
    assert sorted(states(database)) == [("dead", 1, "mail_refused"), ("sent", 1, "")]
    with database.transaction() as session:
        assert [count_dead(session, who, NOW) for who in (ADMIN, MANAGER, AGENT)] == [1, 0, 0]
        (lost,) = dead_mail(session, ADMIN)
        assert (lost.login, lost.kind, lost.attempts) in {("li", "task", 1), ("wu", "task", 1)}
        assert say(lost.failure, "zh") == "邮件服务器拒收该邮件"
        with pytest.raises(Denied):
            send_anew(session, AGENT, now=NOW, origin="test")
        for act in (dead_mail, lambda s, who: send_anew(s, who, now=NOW, origin="test")):
            with pytest.raises(Denied):
                act(session, MANAGER)
        with pytest.raises(NotFound):
            send_anew(session, ADMIN, delivery_id=lost.id + 99, now=NOW, origin="test")
        assert send_anew(session, ADMIN, now=NOW, origin="test") == 1
    deliver(database, given_, now=NOW)
    assert {state for state, _, _ in states(database)} == {"sent"} and len(post.messages) == 2


def test_a_server_that_is_away_is_waited_for(database: Database, settings: Settings, post: Post) -> None:
    away = mailing(settings, 1)
    person(database, "li", task="once")
    tell(database, "li")
    for hours in (0, 1, 3, 8):
        deliver(database, away, now=NOW + timedelta(hours=hours))
    (state,) = states(database)
    assert state[0] == "waiting" and state[2] == "mail_server"
    deliver(database, mailing(settings, post.port), now=NOW + timedelta(days=2))
    assert [message["To"] for message in post.messages] == ["li@example.org"]


def test_nothing_is_sent_to_who_is_shut_out_or_took_the_address_away(database: Database, settings: Settings,
                                                                     post: Post) -> None:
    li, _ = person(database, "li", task="once"), person(database, "wu", task="once")
    tell(database, "li", "wu")
    with database.transaction() as session:
        people.disable_user(session, ADMIN, "wu", now=NOW, origin="test")
        choose(session, li, mail="", language="zh", ways={}, digest_hour=8, is_on_working_days=True, quiet=None,
               now=NOW, origin="test")
    deliver(database, mailing(settings, post.port), now=LATER)
    assert post.messages == [] and states(database) == []


def test_without_a_mail_server_what_is_planned_waits(database: Database, settings: Settings) -> None:
    person(database, "li", task="once")
    tell(database, "li")
    assert str(deliver(database, settings, now=NOW)) == "no mail server is set"
    assert states(database) == [("waiting", 0, "")]


@settings_of_hypothesis(deadline=None)
@given(words=st.text(max_size=60) | st.sampled_from(["补卡\r\nBcc: all@example.org", "a\nSubject: b", "\u2028x"]))
def test_no_title_makes_a_header(words: str) -> None:
    made = written([Item(1, Message("{words}", words=words), "/a")], to="li@example.org", language="zh",
                   sender="kb@example.org", hotline="滨海市\n热线", base_url="https://kb.example.org/", now=NOW)
    back = message_from_bytes(made.as_bytes(), policy=default)
    assert sorted(back.keys()) == sorted([
        "Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "Content-Type", "Content-Transfer-Encoding",
        "MIME-Version"])
    assert back["To"] == "li@example.org" and "\n" not in back["Subject"]
    assert "https://kb.example.org/a" in back.get_content()


@pytest.mark.parametrize("text", [
    "li", "li@", "@example.org", "li@example", "li@exa mple.org", "li@example.org\nBcc: x@example.org",
    "a b@example.org", "li@example.org, wu@example.org", "Li <li@example.org>", "李@example.org",
    "x" * 250 + "@example.org", "li@@a.b",
])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        check_address(text)


def test_addresses_are_of_the_domains_that_are_allowed() -> None:
    assert check_address(" li@City.gov.cn ", domains="city.gov.cn, other.example") == "li@City.gov.cn"
    with pytest.raises(Invalid):
        check_address("li@elsewhere.example", domains="city.gov.cn")


def test_choices_are_ones_own_and_the_log_has_no_address(database: Database) -> None:
    li = person(database, "li", task="none", nonsense="once", gap="pigeon")
    with database.transaction() as session:
        found = choices_of(session, li)
        assert (found.mail, found.way_of(Kind.TASK), found.way_of(Kind.GAP)) == ("li@example.org", Way.NONE, Way.DIGEST)
        for wrong in ({"digest_hour": 24}, {"quiet": (5, 5)}, {"quiet": (5, 24)}, {"language": "fr"}, {"mail": "x"}):
            given_: dict[str, Any] = {"mail": "", "language": "zh", "ways": {}, "digest_hour": 8, "quiet": None,
                                      "is_on_working_days": True, **wrong}
            with pytest.raises(Invalid):
                choose(session, li, **given_, now=NOW, origin="test")
        assert "example.org" not in str([(e.before, e.after) for e in session.scalars(select(AuditEntry))])


@pytest.mark.parametrize("mail", [{"host": "mail.example.org", "security": "none", "user": "kb"},
                                  {"sender": "not an address"}, {"sender": "a@b.c\nBcc: x@y.z"}])
def test_a_password_in_the_clear_and_a_wrong_sender_are_refused_at_the_start(settings: Settings,
                                                                             mail: dict[str, str]) -> None:
    with pytest.raises(Invalid) as caught:
        load_settings(settings.root, {}, mail=mail)
    assert str(caught.value.facts["key"]).startswith("mail.")

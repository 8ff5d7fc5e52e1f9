"""Other systems hear of notices: signed, once each, tried again, given up; no call is led inside."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from kb.actor import OPERATOR
from kb.db import Database
from kb.errors import AddressRefused, Conflict, Denied, Invalid, NotFound
from kb.messages.catalogue import say
from kb.messages.message import Message
from kb.models import AuditEntry, NoticeDelivery, Webhook
from kb.settings import Settings, load_settings
from kb.upkeep import notices
from kb.upkeep.fetching.addresses import Policy
from kb.upkeep.notice_choices import Kind
from kb.upkeep.webhooks import keeping, log, sending
from kb.upkeep.webhooks.signing import KEY_FILE, seal, signature, unseal
from tests.conftest import NOW
from tests.kb.factories import ADMIN, AGENT, MANAGER
from tests.kb.upkeep.servers import LOOPBACK, Page, Server, raw_server, serving
from tests.kb.upkeep.test_notices import person

WORDS = Message("the job {job} failed: {reason}", job="吴女士的问题", reason="x")


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as found:
        yield found


def given(settings: Settings, **webhooks: Any) -> Settings:
    return load_settings(settings.root, {}, data={"dir": str(settings.data_dir)},
                         database={"url": settings.database_url}, web={"base_url": "https://kb.example.org"},
                         webhooks={"hosts": "127.0.0.1", **webhooks})


def added(database: Database, port: int, path: str = "/hook", name: str = "oa", kinds: tuple[str, ...] = (),
          ) -> tuple[str, str]:
    with database.transaction() as session:
        made, secret = keeping.add(session, MANAGER, name=name, url=f"http://127.0.0.1:{port}{path}", kinds=kinds,
                                   now=NOW, origin="test", policy=policy(port))
    return made.id, secret


def policy(*ports: int) -> Policy:
    return Policy(frozenset({"127.0.0.1"}), frozenset(ports), LOOPBACK)


def tell(database: Database, *keys: str, kind: Kind = Kind.JOB) -> None:
    with database.transaction() as session:
        for key in keys:
            notices.tell(session, ["li"], notices.News(kind, WORDS, "/scheduler", key), now=NOW)


def states(database: Database) -> list[tuple[str, str, int, str, int | None]]:
    with database.reading() as session:
        return [(row.key, row.state, row.attempts, row.error, row.status) for row in session.scalars(
            select(NoticeDelivery).where(NoticeDelivery.webhook_id.is_not(None)).order_by(NoticeDelivery.id))]


def test_a_call_is_signed_and_says_no_words(database: Database, settings: Settings, server: Server) -> None:
    person(database, "li")
    _, secret = added(database, server.port)
    server.pages["/hook"] = Page(b"ok")
    tell(database, "job:a")
    assert str(sending.deliver(database, given(settings), now=NOW, policy=policy(server.port))) == \
        "1 calls taken, 0 not"
    (asked,) = server.asked
    assert json.loads(asked.body) == {"kind": "job", "key": "job:a", "link": "/scheduler",
                                      "told_at": NOW.isoformat(), "url": "https://kb.example.org/scheduler"}
    assert "吴".encode("unicode_escape") not in asked.body and asked.headers["Content-Type"] == "application/json"
    stamp, name = asked.headers["webhook-timestamp"], asked.headers["webhook-id"]
    key = base64.b64decode(secret.removeprefix("whsec_"))
    proof = hmac.new(key, f"{name}.{stamp}.".encode() + asked.body, hashlib.sha256).digest()
    assert asked.headers["webhook-signature"] == f"v1,{base64.b64encode(proof).decode()}"
    assert int(stamp) == int(NOW.timestamp())
    assert states(database) == [("job:a", "sent", 1, "", 200)]
    sending.deliver(database, given(settings), now=NOW + timedelta(days=9), policy=policy(server.port))
    assert len(server.asked) == 1


def test_another_body_time_id_or_secret_is_another_signature() -> None:
    one = signature("whsec_" + base64.b64encode(b"k" * 32).decode(), "msg_1", "1", b"{}")
    others = {signature("whsec_" + base64.b64encode(key * 32).decode(), name, stamp, body) for key, name, stamp, body in
              ((b"j", "msg_1", "1", b"{}"), (b"k", "msg_2", "1", b"{}"), (b"k", "msg_1", "2", b"{}"),
               (b"k", "msg_1", "1", b"[]"))}
    assert len(others) == 4 and one not in others


def test_a_secret_is_shown_once_and_stands_in_no_table_and_no_log(database: Database, settings: Settings,
                                                                   server: Server) -> None:
    hook, secret = added(database, server.port, "/hook/geheim")
    with database.transaction() as session:
        row = session.get_one(Webhook, hook)
        assert secret not in row.secret and unseal(settings, row.secret) == secret
        new = keeping.renew_secret(session, MANAGER, "oa", now=NOW, origin="test")
        assert new != secret and unseal(settings, session.get_one(Webhook, hook).secret) == new
        told = str([(e.before, e.after) for e in session.scalars(select(AuditEntry))])
        assert secret not in told and new not in told and "geheim" not in told
        assert "secret" not in set(keeping.Receiver.__slots__)
    assert (settings.data_dir / KEY_FILE).stat().st_mode & 0o077 == 0


def test_a_key_in_the_settings_seals_for_several_machines(settings: Settings) -> None:
    keyed = given(settings, key="k" * 32)
    assert unseal(keyed, seal(keyed, "whsec_x")) == "whsec_x"
    assert not (settings.data_dir / KEY_FILE).exists()
    with pytest.raises(Invalid):
        seal(given(settings, key="short"), "whsec_x")


def test_what_fails_is_tried_again_with_growing_pauses_and_then_given_up(database: Database, settings: Settings,
                                                                          server: Server) -> None:
    person(database, "li")
    added(database, server.port)
    server.pages["/hook"] = Page(status=500)
    tell(database, "job:a")
    now, ids = NOW, set()
    for attempt in range(1, 4):
        sending.deliver(database, given(settings, tries=3), now=now, policy=policy(server.port))
        sending.deliver(database, given(settings, tries=3), now=now, policy=policy(server.port))  # it is not due
        assert len(server.asked) == attempt
        ids.add(server.asked[-1].headers["webhook-id"])
        now += sending.pause_after(attempt)
    assert states(database) == [("job:a", "dead", 3, "status", 500)] and len(ids) == 1
    server.pages["/hook"] = Page()
    with database.transaction() as session:
        with pytest.raises(Denied):
            log.resend(session, AGENT, "oa", now=now, origin="test")
        assert log.resend(session, ADMIN, "oa", now=now, origin="test") == 1
        assert log.resend(session, ADMIN, "oa", now=now, origin="test") == 0
        with pytest.raises(NotFound):
            log.resend(session, ADMIN, "oa", delivery_id=999, now=now, origin="test")
    sending.deliver(database, given(settings), now=now, policy=policy(server.port))
    assert states(database) == [("job:a", "sent", 1, "", 200)]


def test_pauses_grow_up_to_a_day() -> None:
    found = [sending.pause_after(n) for n in range(1, 30)]
    assert found == sorted(found) and found[0] == timedelta(minutes=1) and found[-1] == timedelta(days=1)


def test_fault_72_a_receiver_that_leads_inside_is_not_followed(database: Database, settings: Settings,
                                                               server: Server) -> None:
    person(database, "li")
    added(database, server.port)
    server.pages["/hook"] = Page(status=302, headers={"Location": f"http://127.0.0.1:{server.port}/inside"})
    server.pages["/inside"] = Page(b"keys")
    tell(database, "job:a")
    sending.deliver(database, given(settings), now=NOW, policy=policy(server.port))
    assert [asked.path for asked in server.asked] == ["/hook"]
    assert states(database) == [("job:a", "waiting", 1, "status", 302)]


def test_fault_72_an_address_of_this_machine_is_not_called_whatever_the_list_says(
        database: Database, settings: Settings, server: Server) -> None:
    person(database, "li")
    added(database, server.port)
    server.pages["/hook"] = Page()
    tell(database, "job:a")
    sending.deliver(database, given(settings, ports=str(server.port)), now=NOW)
    assert server.asked == [] and states(database) == [("job:a", "waiting", 1, "address_inside", None)]


@pytest.mark.parametrize("url", ["http://elsewhere.example/", "http://127.0.0.1:22/", "ftp://127.0.0.1/",
                                 "http://user:pass@127.0.0.1/", "http://2130706433/", "not an address"])
def test_fault_72_only_listed_addresses_are_added(database: Database, url: str) -> None:
    with database.transaction() as session, pytest.raises(AddressRefused):
        keeping.add(session, MANAGER, name="x", url=url, now=NOW, origin="test", policy=policy(80))


def test_a_slow_receiver_is_cut_off_and_holds_up_no_other(database: Database, settings: Settings) -> None:
    person(database, "li")

    def never(_connection: socket.socket, closing: threading.Event) -> None:
        closing.wait(20)

    with raw_server(never) as slow, serving() as good:
        good.pages["/hook"] = Page()
        added(database, slow, name="slow")
        added(database, good.port, name="good")
        tell(database, "job:a", "job:b")
        sending.deliver(database, given(settings, seconds=0.5), now=NOW, policy=policy(slow, good.port))
        assert len(good.asked) == 2
    failed = [row for row in states(database) if row[1] == "waiting"]
    assert [row[2:4] for row in failed] == [(1, "fetch_time")] * 2  # called once, left alone for the rest


def test_a_receiver_that_breaks_off_is_called_again(database: Database, settings: Settings) -> None:
    person(database, "li")
    seen: list[bytes] = []

    def breaks(connection: socket.socket, _closing: threading.Event) -> None:
        seen.append(connection.recv(65_536))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhal")

    with raw_server(breaks) as port:
        added(database, port)
        tell(database, "job:a")
        for minutes in (0, 1):
            sending.deliver(database, given(settings), now=NOW + timedelta(minutes=minutes), policy=policy(port))
    assert len(seen) == 2 and states(database) == [("job:a", "waiting", 2, "fetch_reply", None)]


def test_of_two_processes_one_calls(database: Database, settings: Settings, server: Server) -> None:
    person(database, "li")
    added(database, server.port)
    server.pages["/hook"] = Page()
    tell(database, *(f"job:{n}" for n in range(5)))
    ready = threading.Barrier(3, timeout=20)

    def act() -> None:
        ready.wait()
        sending.deliver(database, given(settings), now=NOW, policy=policy(server.port))

    threads = [threading.Thread(target=act) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.asked) == 5 and {row[1] for row in states(database)} == {"sent"}


def test_who_is_paused_hears_nothing_and_who_is_dropped_leaves_nothing(database: Database, settings: Settings,
                                                                        server: Server) -> None:
    person(database, "li")
    added(database, server.port, kinds=("job",))
    server.pages["/hook"] = Page()
    tell(database, "job:a")
    with database.transaction() as session:
        keeping.pause(session, MANAGER, "oa", now=NOW, origin="test")
        with pytest.raises(Conflict):
            keeping.pause(session, MANAGER, "oa", now=NOW, origin="test")
    tell(database, "job:b")
    sending.deliver(database, given(settings), now=NOW, policy=policy(server.port))
    assert server.asked == [] and [row[:2] for row in states(database)] == [("job:a", "waiting")]
    with database.transaction() as session:
        keeping.go_on(session, MANAGER, "oa", now=NOW, origin="test")
    tell(database, "task:c", kind=Kind.TASK)  # it wants to hear of jobs alone
    sending.deliver(database, given(settings), now=NOW, policy=policy(server.port))
    assert len(server.asked) == 1
    with database.transaction() as session:
        keeping.drop(session, MANAGER, "oa", now=NOW, origin="test")
        assert keeping.list_receivers(session, MANAGER) == []
    assert states(database) == []


def test_a_test_says_at_once_what_came_of_it_and_leaves_nothing_to_send(database: Database, settings: Settings,
                                                                         server: Server) -> None:
    added(database, server.port)
    server.pages["/hook"] = Page(status=204)
    chosen, allowed = given(settings), policy(server.port)
    taken = sending.ping(database, chosen, MANAGER, "oa", now=NOW, origin="test", policy=allowed)
    assert (taken.code, say(taken.told, "zh")) == ("", "对方已接收：204")
    assert json.loads(server.asked[0].body)["kind"] == "ping"
    server.pages["/hook"] = Page(status=404)
    refused = sending.ping(database, chosen, MANAGER, "oa", now=NOW, origin="test", policy=allowed)
    assert "404" in say(refused.told, "en") and states(database) == []
    with pytest.raises(Denied):
        sending.ping(database, chosen, AGENT, "oa", now=NOW, origin="test", policy=allowed)


def test_a_secret_that_was_sealed_elsewhere_stops_the_calls_and_says_so(database: Database, settings: Settings,
                                                                         server: Server) -> None:
    person(database, "li")
    added(database, server.port)
    tell(database, "job:a")
    (settings.data_dir / KEY_FILE).write_bytes(b"x" * 32)
    sending.deliver(database, given(settings), now=NOW, policy=policy(server.port))
    assert server.asked == [] and states(database)[0][3] == "webhook_key"
    with database.reading() as session:
        (one,) = keeping.list_receivers(session, MANAGER)
        assert one.failing is not None and "make a new one" in say(one.failing, "en")


def test_receivers_are_named_apart_and_kept_by_those_who_may(database: Database, server: Server) -> None:
    added(database, server.port)
    for wrong, error in (({"name": "oa"}, Conflict), ({"name": " "}, Invalid), ({"kinds": ["pigeon"]}, Invalid)):
        more: dict[str, Any] = {"name": "b", "url": f"http://127.0.0.1:{server.port}/", "policy": policy(server.port),
                                **wrong}
        with database.transaction() as session, pytest.raises(error):
            keeping.add(session, MANAGER, now=NOW, origin="test", **more)
    with database.reading() as session:
        assert keeping.list_receivers(session, OPERATOR)
        for act in (keeping.list_receivers, lambda s, who: log.deliveries(s, who, "oa")):
            with pytest.raises(Denied):
                act(session, AGENT)


def test_what_was_sent_is_listed_page_by_page(database: Database, settings: Settings, server: Server) -> None:
    person(database, "li")
    added(database, server.port)
    tell(database, *(f"job:{n}" for n in range(5)))
    sending.deliver(database, given(settings), now=NOW, policy=policy(server.port))
    with database.transaction() as session:
        session.execute(update(NoticeDelivery).values(state="dead"))
        page = log.deliveries(session, MANAGER, "oa", state="dead", limit=2)
        rest = log.deliveries(session, MANAGER, "oa", state="dead", limit=9, before=page[1].id)
        assert [one.key for one in page[:2] + rest] == [f"job:{n}" for n in (4, 3, 2, 1, 0)]
        assert page[0].status == 404 and page[0].failure and page[0].next_at is None
        assert log.deliveries(session, MANAGER, "oa", state="sent") == []

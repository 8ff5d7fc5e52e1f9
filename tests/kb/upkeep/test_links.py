"""Looking at pages: what a look means, what of a page counts, who is asked when, and what is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import delete, select

from kb.articles.revisions import BasisText
from kb.db import Database
from kb.errors import AddressRefused, Conflict, Denied, FetchFailed, KbError, NotFound
from kb.markup.page_text import decoded, page_text
from kb.models import AuditEntry, Basis, SourceLink, SourceLinkLook
from kb.settings import Settings, load_settings
from kb.upkeep.fetching.fetch import Reply
from kb.upkeep.links import looking
from kb.upkeep.links.checking import Timer, asking, run_round
from kb.upkeep.links.gathering import gather, one_form
from kb.upkeep.links.judging import Known, LinkState, content_hash, judged
from kb.upkeep.links.looking import Which
from kb.upkeep.links.settings import LinkSettings
from tests.kb.factories import AGENT, at, editor, published, retired, revision_text
from tests.kb.upkeep.servers import Page, serving

OPTIONS = LinkSettings(hosts="www.gov.cn", failures=3, days=2)
PAGE = "https://www.gov.cn/zhengce/258.htm"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def reply(body: str = "正文", status: int = 200, address: str = PAGE, **headers: str) -> Reply:
    return Reply(status, address, {"content-type": "text/html; charset=utf-8",
                                   **{name.replace("_", "-"): value for name, value in headers.items()}},
                 f"<html><body><p>{body}</p></body></html>".encode())


def after(*came: Reply | KbError, known: Known | None = None, hours: float = 24) -> Known:
    """What is known after these looks, a day apart unless it is said otherwise."""
    found = known or Known(PAGE)
    for n, one in enumerate(came):
        found = judged(found, one, OPTIONS, now=NOW + n * timedelta(hours=hours))
    return found


def test_the_first_look_is_what_later_ones_are_compared_with() -> None:
    known = after(reply(etag='"1"', last_modified="yesterday"))
    assert (known.state, known.status, known.etag, known.changed_at) == (LinkState.OK, 200, '"1"', None)
    assert after(reply(), known=known).changed_at is None
    same = after(replace(reply(), status=304), known=known)
    assert (same.state, same.content_hash) == (LinkState.OK, known.content_hash)


def test_other_words_count_when_they_were_seen_twice() -> None:
    once = after(reply(), reply("新规定"))
    assert (once.state, once.changed_at, once.next_check_at) == (LinkState.OK, None, NOW + timedelta(hours=25))
    twice = after(reply(), reply("新规定"), reply("新规定"))
    assert twice.changed_at == NOW + timedelta(days=2)
    assert after(reply(), reply("维护中"), reply()).changed_at is None


def test_words_that_come_back_are_no_change() -> None:
    back = after(reply("旧"), reply("新"), reply("新"), reply("旧"), reply("旧"))
    assert back.changed_at is None and len(back.hashes) == 1
    middle = after(reply("一"), reply("二"), reply("二"), reply("三"), reply("三"), reply("二"), reply("二"))
    assert middle.changed_at == NOW + timedelta(days=2)


def test_a_page_that_is_never_twice_the_same_is_told_to_nobody() -> None:
    restless = after(*(reply(f"随机{n}") for n in range(6)))
    assert (restless.state, restless.reason, restless.changed_at) == (LinkState.UNCLEAR, "restless", None)
    assert restless.next_check_at == NOW + timedelta(days=6)


@pytest.mark.parametrize("came", [
    reply(status=404), reply(status=410), reply(status=500), reply(status=502), reply(address="https://www.gov.cn/"),
    reply(address="https://www.gov.cn/index.html"), reply(address="https://www.gov.cn/404.html"),
    FetchFailed("fetch_name", "x"), FetchFailed("fetch_connect", "x"), FetchFailed("fetch_time", "x"),
])
def test_a_page_is_gone_after_several_failures_over_days(came: Reply | KbError) -> None:
    found, states = after(reply()), []
    for days in (1, 1.1, 1.2, 3):
        found = judged(found, came, OPTIONS, now=NOW + timedelta(days=days))
        states.append(found.state)
    assert states == [LinkState.FAILING, LinkState.FAILING, LinkState.FAILING, LinkState.DEAD]
    assert found.failing_since == NOW + timedelta(days=1) and found.reason
    assert after(came, came, known=found).state is LinkState.DEAD
    back = after(reply(), known=found)
    assert (back.state, back.failures, back.failing_since, back.reason) == (LinkState.OK, 0, None, "")


@pytest.mark.parametrize(("came", "state"), [
    (reply(status=401), LinkState.UNCLEAR), (reply(status=403), LinkState.UNCLEAR),
    (reply(status=412), LinkState.UNCLEAR), (reply(status=429), LinkState.UNCLEAR),
    (reply(status=503), LinkState.UNCLEAR), (reply(status=302), LinkState.UNCLEAR),
    (FetchFailed("fetch_tls", "x"), LinkState.UNCLEAR), (FetchFailed("fetch_reply", "x"), LinkState.UNCLEAR),
    (AddressRefused("address_host", "x"), LinkState.REFUSED),
    (AddressRefused("address_inside", "x"), LinkState.REFUSED),
])
def test_what_keeps_this_system_out_says_nothing_of_the_page(came: Reply | KbError, state: LinkState) -> None:
    known = after(reply(), *[came] * 9)
    assert (known.state, known.failures, known.changed_at) == (state, 0, None)


def test_of_a_page_its_words_count_and_not_what_stands_around_them() -> None:
    first = page_text("<html><head><title>甲</title></head><body><nav>首页</nav><main><p>每月<b>800</b>元</p></main>"
                      "<footer>1</footer></body></html>")
    second = page_text("<html><head><title>乙</title><style>p{}</style></head><body><nav>新闻</nav><main class=x>\n"
                       "<div>每月８００元</div><p>浏览次数：93</p></main><script>x()</script><footer>2</footer>")
    assert first == second == "每月800元"
    assert page_text("<p>甲</p><p>乙</p>") != page_text("<p>甲</p>") and page_text("") == ""


def test_a_page_is_read_in_the_coding_that_it_names_or_has() -> None:
    words = "<meta charset='gb2312'><p>失业保险</p>"
    assert "失业保险" in decoded(words.encode("gbk")) and "失业保险" in decoded("失业保险".encode("gb18030"))
    assert "失业保险" in decoded("失业保险".encode(), "no-such-coding") and decoded(b"\xff\xff\xff\x80") == ""


def test_what_is_no_page_counts_by_its_bytes() -> None:
    file = Reply(200, PAGE, {"content-type": "application/pdf"}, b"%PDF-1")
    assert content_hash(file) == content_hash(replace(file)) != content_hash(replace(file, body=b"%PDF-2"))
    cut = replace(file, is_cut=True, headers={"content-type": "application/pdf", "content-length": "9"})
    assert content_hash(cut) != content_hash(replace(cut, headers={**cut.headers, "content-length": "8"}))


def rests(database: Database, slug: str, *urls: str, **more: Any) -> None:
    bases = tuple(BasisText(f"文件{n}", url=url) for n, url in enumerate(urls))
    published(database, revision_text(bases=bases, **more), slug=slug)


def known_links(database: Database) -> dict[str, SourceLink]:
    with database.reading() as session:
        return {row.address: row for row in session.scalars(select(SourceLink))}


def test_links_are_those_that_texts_in_force_name_each_once(database: Database) -> None:
    rests(database, "one", PAGE, f"{PAGE}#part", "HTTPS://WWW.GOV.CN/zhengce/258.htm", "ftp://x/", "不是网址")
    rests(database, "two", "http://rsj.example.cn/政策")
    assert gather(database, now=at(1)).added == 2
    assert set(known_links(database)) == {PAGE, "http://rsj.example.cn/%E6%94%BF%E7%AD%96"}
    retired(database, "two", day=2)
    done = gather(database, now=at(2))
    assert (done.added, done.left) == (0, 1)
    assert [row.is_used for row in known_links(database).values()].count(True) == 1
    assert one_form("http://用户@x/") == "" and one_form(f"http://x/{'a' * 600}") == ""


def test_an_address_that_stands_in_no_text_any_more_is_not_kept(database: Database) -> None:
    rests(database, "one", PAGE)
    gather(database, now=at(1))
    with database.transaction() as session:
        session.add(SourceLinkLook(link_id=next(iter(known_links(database).values())).id, department="hrss",
                                   content_hash="", state="new", looked_at=at(1), looked_by="li"))
        session.execute(delete(Basis))  # as an erasure does
    gather(database, now=at(2))
    assert not known_links(database)


class Clock:
    """Time that only passes when somebody waits, or asks for a page."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.asked: list[tuple[float, str]] = []
        self.headers: list[dict[str, str]] = []
        self.replies: dict[str, Reply | KbError] = {}

    @property
    def timer(self) -> Timer:
        return Timer(lambda: self.seconds, self._pass)

    def _pass(self, seconds: float) -> None:
        self.seconds += seconds

    def ask(self, address: str, headers: dict[str, str], /) -> Reply | KbError:
        self.asked.append((self.seconds, address))
        self.headers.append(headers)
        self.seconds += 0.1
        return self.replies.get(address, reply(address=address, etag='"1"'))


def watching(settings: Settings, hosts: str = "a.example *.b.example", **more: Any) -> Settings:
    return load_settings(settings.root, {}, data={"dir": str(settings.data_dir)}, links={"hosts": hosts, **more})


def test_without_a_list_of_hosts_nothing_is_asked(database: Database, settings: Settings) -> None:
    rests(database, "one", PAGE)
    clock = Clock()
    assert run_round(database, settings, now=at(1), ask=clock.ask, timer=clock.timer).looked == 0
    assert run_round(database, watching(settings), now=at(1), ask=clock.ask, timer=clock.timer).looked == 0
    assert not clock.asked


def test_one_host_is_never_asked_twice_within_a_pause(database: Database, settings: Settings) -> None:
    rests(database, "one", *(f"http://a.example/{n}" for n in range(3)), "http://x.b.example/", "http://c.example/")
    clock = Clock()
    done = run_round(database, watching(settings, pause_seconds=5.0), now=at(1), ask=clock.ask, timer=clock.timer)
    assert (done.looked, done.waiting) == (4, 0)
    own = [when for when, address in clock.asked if "a.example" in address]
    assert all(later - earlier >= 5 for earlier, later in pairwise(own))
    assert all("c.example" not in address for _, address in clock.asked)
    assert clock.headers[0]["User-Agent"] == "hotline-kb (link check)"


def test_a_round_has_an_end_and_the_next_goes_on(database: Database, settings: Settings) -> None:
    rests(database, "one", *(f"http://a.example/{n}" for n in range(5)))
    clock, options = Clock(), watching(settings, pause_seconds=5.0, round_seconds=11.0)
    first = run_round(database, options, now=at(1), ask=clock.ask, timer=clock.timer)
    second = run_round(database, options, now=at(1), ask=clock.ask, timer=clock.timer)
    assert (first.looked, first.waiting, second.looked, second.waiting) == (3, 2, 2, 0)
    assert len({address for _, address in clock.asked}) == 5
    assert run_round(database, options, now=at(1.5), ask=clock.ask, timer=clock.timer).looked == 0
    assert run_round(database, options, now=at(2.5), ask=clock.ask, timer=clock.timer).looked == 3
    assert clock.headers[-1]["If-None-Match"] == '"1"'


def test_news_of_a_page_is_kept_and_stands_in_the_log(database: Database, settings: Settings) -> None:
    rests(database, "one", "http://a.example/1")
    clock, options = Clock(), watching(settings, failures=1, days=0)
    outcomes = []
    for day, came in ((1, reply()), (2, reply("新")), (3, reply("新")), (4, reply(status=404)), (5, reply("新"))):
        clock.replies["http://a.example/1"] = replace(came, address="http://a.example/1")
        done = run_round(database, options, now=at(day), ask=clock.ask, timer=clock.timer)
        outcomes.append((done.changed, done.dead, done.back))
    assert outcomes == [(0, 0, 0), (0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)]
    (row,) = known_links(database).values()
    assert (row.state, row.changed_at, row.checked_at) == ("ok", at(3), at(5))
    with database.reading() as session:
        assert list(session.scalars(select(AuditEntry.action).where(AuditEntry.subject == f"link:{row.id}").order_by(
            AuditEntry.id))) == ["link_changed", "link_dead", "link_back"]


def test_a_page_is_fetched_through_the_guarded_door(settings: Settings) -> None:
    with serving() as server:
        server.pages["/"] = Page(b"secret")
        options = watching(settings, hosts="127.0.0.1 localhost")
        for host in ("127.0.0.1", "localhost"):
            came = asking(options)(f"http://{host}:{server.port}/", {})
            assert isinstance(came, AddressRefused)
        assert not server.asked


def test_a_look_is_the_departments_and_of_what_was_seen(database: Database, settings: Settings) -> None:
    rests(database, "one", "http://a.example/1")
    clock, options = Clock(), watching(settings, failures=1, days=0)
    clock.replies["http://a.example/1"] = reply(status=404, address="http://a.example/1")
    run_round(database, options, now=at(1), ask=clock.ask, timer=clock.timer)
    with database.reading() as session:
        (view,) = looking.find_links(session, editor(), departments=["hrss"], now=at(1)).rows
        assert looking.find_links(session, AGENT, departments=["tax"], now=at(1)).total == 0
        assert looking.find_links(session, AGENT, which=Which.UNSEEN, now=at(1)).total == 0
        (seen_by_agent,) = looking.links_after(session, AGENT, which=Which.ALL, after="", limit=5, now=at(1))
    assert (view.state, [use.slug for use in view.uses], view.may_look) == ("dead", ["one"], ("hrss",))
    assert seen_by_agent.may_look == ()

    def note(actor: Any, department: str = "hrss", seen: str = view.version) -> looking.LinkView:
        with database.transaction() as session:
            return looking.note_look(session, actor, view.id, department, seen=seen, note="看过", now=at(2),
                                     origin="test")

    with pytest.raises(Denied):
        note(AGENT)
    with pytest.raises(Denied):
        note(editor("tax-editor", "tax"))
    with pytest.raises(NotFound):
        note(editor("tax-editor", "tax"), "tax")
    with pytest.raises(Conflict):
        note(editor(), seen="ok.")
    looked = note(editor())
    assert looked.may_look == () and looked.looked == (("hrss", "hrss-editor", at(2)),)


def test_a_page_that_two_rounds_want_is_asked_for_once(database: Database, settings: Settings) -> None:
    rests(database, "one", "http://a.example/1")
    clock, options = Clock(), watching(settings)

    def ask(address: str, headers: dict[str, str], /) -> Reply | KbError:
        inner = run_round(database, options, now=at(1), ask=clock.ask, timer=clock.timer)  # another process's
        assert inner.looked == 0
        return clock.ask(address, headers)

    assert run_round(database, options, now=at(1), ask=ask, timer=clock.timer).looked == 1
    assert len(clock.asked) == 1

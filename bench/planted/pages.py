"""Pages on the net that are looked at over forty days, each with a behaviour of its own; nothing is really asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

from bench.planted.truth import Page, days
from kb.db import Database
from kb.errors import FetchFailed, KbError
from kb.settings import Settings
from kb.upkeep.fetching.fetch import Reply
from kb.upkeep.links.checking import Timer, run_round

HOSTS = "*.pages.example"
LOOKS = (-40.0, -30.0, -20.0, -19.0, -18.0, -17.9, -14.0, -13.9, -10.0, -9.9, -5.0, -4.9, -3.0, -1.0, -0.9)
_HEAD = {"content-type": "text/html; charset=utf-8"}
_SINCE = -20.5  # from when on it is otherwise


def look_at(database: Database, settings: Settings, pages: Sequence[Page]) -> list[datetime]:
    """All rounds of looking; the instants of them."""
    behaviours = {page.address: page for page in pages}
    rounds = [days(at) for at in LOOKS]
    for at, now in zip(LOOKS, rounds, strict=True):
        run_round(database, settings, now=now, ask=partial(_ask, behaviours, at), timer=Timer(lambda: 0.0, _wait))
    return rounds


def _wait(_seconds: float) -> None:
    raise AssertionError("every page has a host of its own, so none is waited for")


def _ask(pages: dict[str, Page], at: float, address: str, _headers: dict[str, str]) -> Reply | KbError:
    page = pages[address]
    kind, _, shape = page.behaviour.partition(": ")
    return _dead(page, shape, at) if kind == "link_dead" else _changed(page, shape, at)


def _text(page: Page, fee: int = 20, more: str = "", *, heading: str = "关于收费标准的通知") -> str:
    return (f"<h1>{heading}（{page.slug}）</h1><p>各有关单位：为规范管理，现将有关事项通知如下。</p>"
            f"<p>一、每件收取工本费{fee}元。</p><p>二、自受理之日起十五日内办结。</p>{more}<p>本通知自印发之日起施行。</p>")


def _reply(page: Page, text: str, *, status: int = 200, address: str = "", frame: str = "", etag: str = "") -> Reply:
    body = f"<html><head><title>通知</title>{frame}</head><body>{text}</body></html>"
    return Reply(status, address or page.address, {**_HEAD, **({"etag": etag} if etag else {})}, body.encode())


def _dead(page: Page, shape: str, at: float) -> Reply | KbError:
    host = urlsplit(page.address).hostname or ""
    fine, gone = _reply(page, _text(page)), at > _SINCE
    match shape:
        case "404" | "410" | "500":
            return _reply(page, "<p>您访问的页面不存在</p>", status=int(shape)) if gone else fine
        case "no name":
            return FetchFailed("fetch_name", "the name {host} cannot be resolved", host=host) if gone else fine
        case "no connection":
            return FetchFailed("fetch_connect", "{host} cannot be reached", host=host) if gone else fine
        case "home page":
            return _reply(page, "<h1>首页</h1><p>欢迎</p>", address=f"https://{host}/") if gone else fine
        case "error page":
            return _reply(page, "<p>页面找不到了</p>", address=f"https://{host}/404.html") if gone else fine
        case "404 once":
            return _reply(page, "<p>无</p>", status=404) if at == -18.0 else fine
        case "403" | "503" | "429":
            return _reply(page, "<p>访问受限</p>", status=int(shape)) if gone else fine
        case "moved":
            return _reply(page, _text(page), address=f"https://{host}/new/{page.slug}.html") if gone else fine
        case "404 since yesterday":
            return _reply(page, "<p>无</p>", status=404) if at > -1.5 else fine
        case "slow once":
            return FetchFailed("fetch_time", "{host} took too long", host=host) if at in (-18.0, -5.0) else fine
        case _:
            return FetchFailed("fetch_tls", "{host} has no valid certificate", host=host) if gone else fine


def _changed(page: Page, shape: str, at: float) -> Reply | KbError:
    host = urlsplit(page.address).hostname or ""
    fine, new = _reply(page, _text(page), etag='"1"'), at > _SINCE
    match shape:
        case "figure" | "looked at":
            return _reply(page, _text(page, 35), etag='"2"') if new else fine
        case "repealed note":
            return _reply(page, _text(page, more="<p>本通知已于2026年10月31日废止。</p>")) if new else fine
        case "rewritten":
            told = _text(page, 60, heading="关于调整收费标准的通知", more="<p>三、免收复印费。</p>")
            return _reply(page, told) if new else fine
        case "clause added":
            return _reply(page, _text(page, more="<p>三、低保家庭凭证明免收。</p>")) if new else fine
        case "layout":
            return _reply(page, f"<div class='main'>{_text(page)}</div>", frame="<style>p{color:red}</style>"
                          "<script>var t=1;</script>") if new else fine
        case "counter":
            return _reply(page, _text(page, more=f"<p>浏览次数：{int(1000 + at * 10)}</p>"))
        case "blanks":
            return _reply(page, _text(page).replace("<p>", "<p>\n  ")) if new else fine
        case "moved":
            return _reply(page, _text(page), address=f"https://{host}/zcwj/{page.slug}.html") if new else fine
        case "for a day":
            return _reply(page, "<p>系统维护中，请稍后访问。</p>") if at == -18.0 else fine
        case _:  # tag alone
            return _reply(page, _text(page), etag='"2"') if new else fine

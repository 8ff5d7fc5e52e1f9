"""The web server's settings: declared here, loaded and checked by ``kb.settings``."""

from __future__ import annotations

from dataclasses import dataclass

from kb.settings import option


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Serving pages and the API."""

    host: str = option("127.0.0.1", "address to listen on")
    port: int = option(8000, "port to listen on", minimum=1, maximum=65535)
    workers: int = option(1, "server processes; each takes some 150 MB beside the models, which they share",
                          minimum=1, maximum=64)
    threads: int = option(8, "request threads of each server process", minimum=1, maximum=256)
    queue: int = option(64, "requests that may wait for a thread, times the processes; further ones are refused",
                        minimum=0, maximum=10_000)
    queue_seconds: float = option(10.0, "how long a request may wait for a thread, or for a process that starts",
                                  minimum=0.1, maximum=300)
    idle_seconds: float = option(30.0, "how long a connection may be idle, and how long its next header may take",
                                 minimum=1, maximum=3600)
    body_seconds: float = option(20.0, "how long a request's body may take", minimum=1, maximum=3600)
    connections: int = option(4000, "most open connections", minimum=100, maximum=100_000)
    stop_seconds: float = option(30.0, "how long requests under way may take when the server stops", minimum=0.1,
                                 maximum=3600)
    base_url: str = option("", "address users reach the site at, for links that leave it; empty: relative links")
    proxies: int = option(0, "reverse proxies in front whose X-Forwarded-For is believed", minimum=0, maximum=5)
    log_format: str = option("text", "how the server logs: key=value lines, or an object of JSON a line",
                             choices=("text", "json"))
    metrics: str = option("loopback", "who reads /metrics: loopback: who is on this machine; token: who brings one "
                          "with the scope read", choices=("loopback", "token"))
    secure_cookies: bool = option(False, "send cookies over HTTPS only; set it behind HTTPS")
    session_hours: int = option(12, "hours until a sign-in ends", minimum=1, maximum=720)
    idle_minutes: int = option(120, "minutes without use after which a sign-in ends before that", minimum=10,
                               maximum=43_200)
    body_bytes: int = option(1_000_000, "largest request body", minimum=10_000, maximum=100_000_000)
    asks_per_minute: int = option(120, "asks a minute from one address, or IPv6 network (/64), without signing in",
                                  minimum=1)
    asks_per_minute_signed_in: int = option(1200, "asks a minute of one user or of one user's tokens", minimum=1)
    signin_tries: int = option(10, "failed sign-ins in 15 minutes for one account at one address",
                               minimum=3, maximum=1000)
    examples_zh: str = option("没备案租房公积金一个月能提多少｜身份证丢了要带什么｜公积金贷款提前还款要交违约金吗",
                              "example questions on the Chinese start page, with ｜ between them; empty: none")
    examples_en: str = option("How long does a residence permit take?"
                              "｜What is the fee for a residence permit?"
                              "｜Can I use my foreign driving licence?",
                              "example questions on the English start page, with ｜ between them; empty: none")

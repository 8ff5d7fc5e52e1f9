"""A browser's side of HTTP, no more than a load test needs: connections that are kept, and one resend as browsers do.

A request that finds its kept connection dead, or cut off before any of the reply came, is sent again on a new one,
once; browsers do the same. Only what fails after that has failed.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field


class Cut(Exception):
    """The connection ended before the reply was there."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply as it came."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Connection:
    """One connection to the server, opened when it is needed and kept."""

    port: int
    headers: dict[str, str] = field(default_factory=dict)
    resent: int = 0
    _streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def request(self, method: str, path: str, *, body: bytes = b"", seconds: float = 30.0,
                      **headers: str) -> Answer:
        """Send it and take the reply; raises Cut or TimeoutError."""
        try:
            async with asyncio.timeout(seconds):
                return await self._once(method, path, body, headers)
        except (Cut, OSError):
            self.resent += 1
        async with asyncio.timeout(seconds):
            try:
                return await self._once(method, path, body, headers)
            except OSError as error:
                raise Cut from error

    async def _once(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self._streams
        told = {"Host": f"127.0.0.1:{self.port}", **self.headers,
                **{name.replace("_", "-"): value for name, value in headers.items()}}
        if body:
            told["Content-Length"] = str(len(body))
        head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        try:
            writer.write(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body)
            await writer.drain()
            answer = await _answer(reader)
        except BaseException as error:
            self.close()
            if isinstance(error, asyncio.IncompleteReadError):
                raise Cut from error
            raise
        if answer.headers.get("connection") == "close":
            self.close()
        return answer

    async def closed(self) -> None:
        """Wait until the server closes the connection."""
        if self._streams is not None:
            with suppress(OSError):
                await self._streams[0].read()
        self.close()

    def close(self) -> None:
        """Let go of the connection."""
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None


async def _answer(reader: asyncio.StreamReader) -> Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Answer(int(head[0].split()[1]), headers, body)


async def drip(port: int, opening: bytes, *, pause: float = 1.0) -> None:
    """A connection that sends its opening at once and then a byte at a time, until the server has enough of it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    ended = asyncio.ensure_future(reader.read())
    try:
        writer.write(opening)
        while not ended.done():
            await writer.drain()
            await asyncio.wait({ended}, timeout=pause)
            writer.write(b"x")
    except OSError:
        pass
    finally:
        ended.cancel()
        writer.close()


SLOW_HEADER = b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "
SLOW_BODY = (b"POST /ask HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
             b"Content-Length: 10000\r\n\r\n")

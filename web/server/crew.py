"""The server processes as the gateway sees them: who has a free thread, what waits, and what is sent once more.

A request waits here, not in a process, so that none waits in one that dies. It goes to the process with the fewest
under way. When a process ends, what it had not begun is given to another; what it had begun is so too where doing it
twice does no harm. All its waits together are bounded; and one that ended several processes is given to no more, for
it may be what ends them.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Literal

from web.server import frames
from web.server.environ import Reply
from web.server.frames import Message

MOST_ENDED = 3  # processes that may end while they answer one request

Refusal = Literal["busy", "slow_body", "bad_body", "interrupted"]
Lane = Literal["ask", "watch"]


class Refused(Exception):
    """The gateway itself answers."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


class Ended(Exception):
    """The process ended before it replied."""

    def __init__(self, *, was_begun: bool) -> None:
        super().__init__(was_begun)
        self.was_begun = was_begun


@dataclass(frozen=True, slots=True)
class Request:
    """A whole request; it is told to a process as ``environ`` and body. ``may_repeat``: done twice it does no harm."""

    lane: Lane
    environ: dict[str, str]
    body: bytes
    may_repeat: bool


@dataclass(slots=True)
class _Asked:
    """A request that a process has."""

    reply: asyncio.Future[Reply]
    was_begun: bool = False


@dataclass(eq=False)
class Member:
    """One server process, ready for requests until it leaves or ends. ``on_say`` hears what is no reply."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    on_say: Callable[[Message], None]
    free: dict[Lane, int] = field(default_factory=dict)  # threads; none before it is ready
    takes: bool = False
    is_open: bool = True
    _asked: dict[int, _Asked] = field(default_factory=dict)
    _next: int = 0

    @property
    def under_way(self) -> int:
        return len(self._asked)

    async def answer(self, request: Request, *, again: bool) -> Reply:
        """Its reply; raises Ended."""
        if not self.is_open:  # it ended since it was chosen
            raise Ended(was_begun=False)
        self._next += 1
        asked = self._asked[self._next] = _Asked(asyncio.get_running_loop().create_future())
        number = self._next
        try:
            self.writer.write(frames.packed({"id": number, "lane": request.lane, "environ": request.environ,
                                             "again": again}, request.body))
            return await asked.reply
        finally:
            self._asked.pop(number, None)

    async def follow(self) -> None:
        """Take in what it says, until it ends."""
        try:
            while True:
                said, body = await frames.read(self.reader)
                if "id" not in said:
                    self.on_say(said)
                elif (asked := self._asked.get(said["id"])) is None:
                    continue
                elif "begun" in said:
                    asked.was_begun = True
                elif not asked.reply.done():
                    asked.reply.set_result(Reply(said["status"], [
                        (name.encode("latin-1"), value.encode("latin-1")) for name, value in said["headers"]], body))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.takes = self.is_open = False
            for asked in self._asked.values():
                if not asked.reply.done():
                    asked.reply.set_exception(Ended(was_begun=asked.was_begun))
            self.writer.close()

    def tell(self, message: Message) -> None:
        """Say something to it; nothing where it is gone."""
        with suppress(OSError, RuntimeError):
            self.writer.write(frames.packed(message))


class Crew:
    """Gives requests to members, within bounds."""

    def __init__(self, *, queue: int, seconds: float) -> None:
        """``queue`` requests may wait in each lane, so long each."""
        self.queue, self.seconds = queue, seconds
        self._members: list[Member] = []
        self._waiting: dict[Lane, deque[asyncio.Future[Member]]] = {"ask": deque(), "watch": deque()}

    async def answer(self, request: Request) -> Reply:
        """The reply of whichever process gives one; raises Refused."""
        left, ended, tries = self.seconds, 0, 0
        while True:
            began = monotonic()
            member = await self._member(request.lane, left, is_first=tries > 0)
            left -= monotonic() - began
            tries += 1
            try:
                return await member.answer(request, again=ended > 0)
            except Ended as end:
                ended += end.was_begun
                if end.was_begun and (not request.may_repeat or ended >= MOST_ENDED):
                    raise Refused("interrupted") from end
            finally:
                member.free[request.lane] += 1
                self._give(request.lane)

    async def _member(self, lane: Lane, seconds: float, *, is_first: bool) -> Member:
        """A member with a free thread, which is taken; raises Refused when too many wait or it takes too long."""
        waiting = self._waiting[lane]
        if (not waiting or is_first) and (member := self._freest(lane)) is not None:
            member.free[lane] -= 1
            return member
        if len(waiting) >= self.queue and not is_first:
            raise Refused("busy")
        turn: asyncio.Future[Member] = asyncio.get_running_loop().create_future()
        waiting.insert(0 if is_first else len(waiting), turn)
        try:
            done, _ = await asyncio.wait({turn}, timeout=max(seconds, 0.0))
        except asyncio.CancelledError:
            self._give_up(lane, turn)
            raise
        if not done:
            self._give_up(lane, turn)
            raise Refused("busy")
        return turn.result()

    def _give_up(self, lane: Lane, turn: asyncio.Future[Member]) -> None:
        """Leave the queue, and give back what was given in the same moment."""
        with suppress(ValueError):
            self._waiting[lane].remove(turn)
        if turn.done() and not turn.cancelled():
            turn.result().free[lane] += 1
            self._give(lane)

    def _freest(self, lane: Lane) -> Member | None:
        able = [member for member in self._members if member.takes and member.free.get(lane, 0) > 0]
        return min(able, key=lambda member: member.under_way, default=None)

    def _give(self, lane: Lane) -> None:
        """Let those who wait have what is free."""
        waiting = self._waiting[lane]
        while waiting and (member := self._freest(lane)) is not None:
            turn = waiting.popleft()
            if not turn.done():
                member.free[lane] -= 1
                turn.set_result(member)

    def add(self, member: Member) -> None:
        """It is warm, and takes requests from now on."""
        member.takes = True
        self._members.append(member)
        for lane in self._waiting:
            self._give(lane)

    def remove(self, member: Member) -> None:
        """It takes no more requests; what it has it may finish."""
        member.takes = False
        with suppress(ValueError):
            self._members.remove(member)

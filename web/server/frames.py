"""What the gateway's process and a server process say to each other: frames over one socket that both hold.

A frame is a line of JSON and, behind it, a body: of a request or a reply. Nothing of it is ever kept, and both ends are
this release's own, so that the form may change with every one. When a process ends, however it ends, the kernel closes
its end, and all that it had written before can still be read: of a request whose beginning was not told, the other end
then knows for sure that it was not begun.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
from collections.abc import Iterator
from typing import Any

_HEAD = struct.Struct("!II")  # bytes of the JSON, bytes of the body
_READ = 262_144

Message = dict[str, Any]


def packed(message: Message, body: bytes = b"") -> bytes:
    """The frame's bytes."""
    told = json.dumps(message, separators=(",", ":")).encode()
    return _HEAD.pack(len(told), len(body)) + told + body


async def read(reader: asyncio.StreamReader) -> tuple[Message, bytes]:
    """The next frame; raises IncompleteReadError or OSError when the other end is gone."""
    size, length = _HEAD.unpack(await reader.readexactly(_HEAD.size))
    told: Message = json.loads(await reader.readexactly(size))
    return told, await reader.readexactly(length) if length else b""


class Channel:
    """A server process's end. Any thread may send; one receives."""

    def __init__(self, own: socket.socket) -> None:
        self._socket = own
        self._sending = threading.Lock()
        self._unread = b""

    def send(self, message: Message, body: bytes = b"") -> None:
        """Send a frame; OSError when the other end is gone."""
        frame = packed(message, body)
        with self._sending:
            self._socket.sendall(frame)

    def received(self) -> Iterator[tuple[Message, bytes]]:
        """Frames as they come, until the other end is gone."""
        while (head := self._take(_HEAD.size)) is not None:
            size, length = _HEAD.unpack(head)
            told, body = self._take(size), self._take(length)
            if told is None or body is None:
                return
            yield json.loads(told), body

    def _take(self, size: int) -> bytes | None:
        parts, missing = [self._unread], size - len(self._unread)
        while missing > 0:
            try:
                data = self._socket.recv(_READ)
            except OSError:
                return None
            if not data:
                return None
            parts.append(data)
            missing -= len(data)
        found = b"".join(parts)
        self._unread = found[size:]
        return found[:size]

"""The reader that is any OpenAI-compatible chat endpoint: it is given numbered units and gives numbers back.

The one door to LangChain's ``ChatOpenAI``. What the model replies is data: numbers are checked (numbering.py), and no
word of it is said, kept or logged. A call has one time for all its tries, and is cut off when it is over, also when the
endpoint sends a little at a time; too much in one reply, a redirection and a compressed reply are refused. What cannot
be read is ReaderDown, and another reader may read (fallback.py). Nothing is sent anywhere else: LangChain's tracing is
off inside, whatever the environment says.
"""

from __future__ import annotations

import asyncio
import logging
import math
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from hashlib import sha256
from threading import Thread
from typing import Any

import openai
from langchain_core.messages import BaseMessage
from langchain_core.runnables import Runnable
from langchain_openai import ChatOpenAI
from langsmith import tracing_context
from pydantic import SecretStr

from retriever.errors import ReaderDown
from retriever.reader import Read, ReadableText
from retriever.reader.guard import Breaker, Clock, Spending
from retriever.reader.numbering import INSTRUCTIONS, SCHEMA, numbered, taken

log = logging.getLogger(__name__)

_TRIES = 3
_BACK_OFF = 0.2  # seconds before the second try; the third waits twice as long
_AGAIN = frozenset((408, 409, 429, 500, 502, 503, 504))  # what may pass by itself
_REPLY_BYTES = 256_000  # of one reply; numbers for a thousand units are a tenth of it
_REPLY_TOKENS = 4_096
_GRACE = 0.5  # seconds that cutting a call off may take
_MODEL = re.compile(r"[\w.:/@-]{1,80}", re.ASCII)
_PROMPT = sha256(f"{INSTRUCTIONS}{SCHEMA}".encode()).hexdigest()[:6]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to ask, whom, and how much."""

    url: str
    model: str
    key: str = field(repr=False)
    question_chars: int  # most characters sent for one question
    hour_chars: int  # most characters sent within an hour
    failures: int  # in a row, before a pause
    pause_seconds: float


class EndpointReader:
    """Reads by asking a chat model which units answer. Safe for several threads.

    The caller hands over only passages that the asker may see: all that is given is sent to the endpoint, personal
    numbers in question and earlier turns as ``mask`` leaves them.
    """

    def __init__(self, endpoint: Endpoint, *, mask: Callable[[str], str] = str,
                 clock: Clock = time.monotonic) -> None:
        self._endpoint, self._mask = endpoint, mask
        self._breaker = Breaker(endpoint.failures, endpoint.pause_seconds, clock)
        self._spending = Spending(endpoint.hour_chars, clock)
        self._model = _chat_model(endpoint)
        self._served = endpoint.model
        self._loop = asyncio.new_event_loop()
        Thread(target=self._loop.run_forever, name="reader", daemon=True).start()

    @property
    def name(self) -> str:
        """The model, as the endpoint itself last named it, and the version of what it is told to do."""
        return f"{self._served}#{_PROMPT}"

    def read(self, question: str, earlier: Sequence[str], texts: Sequence[ReadableText], *,
             seconds: float) -> list[Read]:
        """The passages read (see Reader); those beyond the characters for one question are not read."""
        given = numbered(self._mask(question), [self._mask(turn) for turn in earlier], texts,
                         most_chars=self._endpoint.question_chars)
        if not given.places:
            return given.reads(texts, {})
        with self._breaker.passing():
            message = self._called(given.message, seconds)
            sure, dropped = taken(message.content, len(given.places))
        if dropped:
            log.warning("reader marked what it was not given: %d", dropped)
        self._note_model(message.response_metadata.get("model_name"))
        return given.reads(texts, sure)

    def close(self) -> None:
        """End the thread that calls are made in; nothing can be read afterwards."""
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _note_model(self, served: object) -> None:
        """Remember which model it was: endpoints change what stands behind a name."""
        if isinstance(served, str) and _MODEL.fullmatch(served) and served != self._served:
            log.warning("reader's model is now %s", served)
            self._served = served

    # calling

    def _called(self, message: str, seconds: float) -> BaseMessage:
        """The model's reply, within the time."""
        future = asyncio.run_coroutine_threadsafe(self._within(message, seconds), self._loop)
        try:
            return future.result(seconds + _GRACE)
        except TimeoutError as error:
            future.cancel()  # which closes the connection, and so ends the work at the other end
            raise ReaderDown("timeout", "the reader's endpoint did not reply within {seconds:g} seconds: raise "
                             "reader.seconds, or choose a faster model", seconds=seconds) from error

    async def _within(self, message: str, seconds: float) -> BaseMessage:
        ends = self._loop.time() + seconds
        async with asyncio.timeout_at(ends):
            for tries in range(1, _TRIES + 1):
                self._spending.take(len(INSTRUCTIONS) + len(message))
                try:
                    return await self._tried(message)
                except _Failed as failed:
                    wait = _BACK_OFF * tries if failed.wait is None else failed.wait
                    if not failed.may_pass or tries == _TRIES or wait >= ends - self._loop.time():
                        raise failed.down from failed.__cause__
                    await asyncio.sleep(wait)
        raise AssertionError("the last try returns or raises")

    async def _tried(self, message: str) -> BaseMessage:
        """One request. Raises _Failed for whatever goes wrong in it."""
        try:
            with tracing_context(enabled=False):
                return await self._model.ainvoke([("system", INSTRUCTIONS), ("human", message)])
        except openai.APIStatusError as error:
            raise _refused(error.status_code, error.response.headers) from error
        except openai.APIConnectionError as error:
            if isinstance(error.__cause__, _Unreadable):
                raise _unusable(error.__cause__) from error
            raise _Failed(ReaderDown("unreachable", "the reader's endpoint cannot be reached: check reader.url and "
                                     "whether the service runs"), may_pass=True) from error
        except Exception as error:  # a broken reply fails wherever the vendors' code first trips over it
            raise _unusable(error) from error


class _Failed(Exception):
    """A request that failed: what it means, whether another may succeed, and after how many seconds."""

    def __init__(self, down: ReaderDown, *, may_pass: bool = False, wait: float | None = None) -> None:
        super().__init__(down.code)
        self.down, self.may_pass, self.wait = down, may_pass, wait


def _refused(status: int, headers: Any) -> _Failed:
    """What a status other than 200 means."""
    if status == 429:
        down = ReaderDown("rate_limited", "the reader's endpoint takes no more questions for now: ask its operator for "
                          "a higher rate")
    elif status in (401, 403):
        down = ReaderDown("refused", "the reader's endpoint refused the key ({status}): check KB__READER__KEY",
                          status=status)
    elif status == 404:
        down = ReaderDown("refused", "the reader's endpoint knows no such model or address (404): check reader.url and "
                          "reader.model")
    else:
        down = ReaderDown("refused", "the reader's endpoint replied with status {status}: look into its own log",
                          status=status)
    return _Failed(down, may_pass=status in _AGAIN, wait=_retry_after(headers))


def _retry_after(headers: Any) -> float | None:
    """Seconds to wait, given as such or as a date, which counts from the endpoint's own; None where nothing is said."""
    asked = headers.get("retry-after")
    if asked is None:
        return None
    try:
        wait = float(asked)
    except ValueError:
        try:
            wait = (parsedate_to_datetime(asked) - parsedate_to_datetime(headers.get("date", ""))).total_seconds()
        except (ValueError, TypeError):
            return None
    return None if math.isnan(wait) else max(wait, 0.0)


def _unusable(error: Exception) -> _Failed:
    log.warning("reader's reply cannot be used: %s", type(error).__name__)
    return _Failed(ReaderDown("bad_reply", "the reader's endpoint replied with what is no chat completion: check "
                              "reader.url, which usually ends in /v1, and the service's own log"))


class _Unreadable(Exception):
    """A reply of a size or kind that is not read."""


class _Client(openai.DefaultAsyncHttpxClient):
    """Follows nowhere, and reads no more of a reply than a reply may be; compressed, it could become any size."""

    def __init__(self) -> None:
        super().__init__(follow_redirects=False, headers={"Accept-Encoding": "identity"})

    async def send(self, request: Any, **options: Any) -> Any:
        """The response, read."""
        response = await super().send(request, **{**options, "stream": True})
        body = bytearray()
        try:
            if response.headers.get("content-encoding", "identity") != "identity":
                raise _Unreadable
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > _REPLY_BYTES:
                    raise _Unreadable
        finally:
            await response.aclose()
        return type(response)(response.status_code, headers=response.headers, content=bytes(body), request=request)


def _chat_model(endpoint: Endpoint) -> Runnable[Any, BaseMessage]:
    """LangChain's model, bound to reply by the schema."""
    logging.getLogger("openai").setLevel(logging.WARNING)  # what it tells below that holds what is sent
    model = ChatOpenAI(
        model=endpoint.model, base_url=endpoint.url, api_key=SecretStr(endpoint.key or "none"), temperature=0,
        max_completion_tokens=_REPLY_TOKENS, max_retries=0, timeout=None, cache=False, streaming=False,
        use_responses_api=False, http_async_client=_Client())
    return model.bind(response_format={
        "type": "json_schema", "json_schema": {"name": "units", "strict": True, "schema": SCHEMA}})

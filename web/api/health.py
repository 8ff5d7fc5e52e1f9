"""What machines watch: /healthz, /readyz, /metrics.

The first two are open to everybody, and the figures of the index are of what the viewer may see: public texts, or all
with the token of somebody who may. How many internal texts there are, and that one was just published, tells something
of them.
"""

from __future__ import annotations

from functools import partial
from ipaddress import IPv6Address, ip_address
from random import Random
from typing import Any

from flask import Response, request

from kb.actor import Actor
from kb.errors import Denied, KbError
from kb.people.permissions import Action
from kb.record.soundness import check_sound
from retriever.errors import RetrieverError
from web.api import ops
from web.auth import is_staff, permits, viewer
from web.error_replies import json_response
from web.errors import NotSignedIn
from web.metrics import CONTENT_TYPE
from web.wiring import Edge, edge

_MOST_LAG = 1_000  # outbox events; further behind, it is told
_SOUND_S = 0.1  # for a look at the database's file
_ADVICE = "run `kb index verify`, then `kb index rebuild`"


@ops.get("/healthz")
@permits(Action.READ)
def healthz() -> Response:
    """The process answers. (A server answers this itself, before the application: see web/server/gateway.py.)"""
    return json_response({"status": "ok"})


@ops.get("/readyz")
@permits(Action.READ)
def readyz() -> Response:
    """Whether this process can answer questions: 200 or 503, and each part's state; also when a part hangs."""
    parts = _look("database", "index", "engine")
    is_ready = all(part["ok"] for part in parts.values())
    return json_response({"status": "ready" if is_ready else "not ready", "parts": parts}, 200 if is_ready else 503)


def _look(*names: str) -> dict[str, dict[str, Any]]:
    """The state of these parts, as this viewer may know it."""
    parts, who = edge(), viewer()
    checks = {"database": partial(_database, parts, tells_head=is_staff()), "index": partial(_index, parts, who),
              "engine": partial(_engine, parts, who)}
    kind = "staff" if is_staff() else "public"  # looks of two kinds of viewer are not the same
    found = parts.probes.look({f"{name} {kind}": checks[name] for name in names})
    return {name: found[f"{name} {kind}"] for name in names}


def _database(parts: Edge, *, tells_head: bool) -> dict[str, Any]:
    try:
        head = check_sound(parts.database, seconds=_SOUND_S, dice=Random())
    except KbError as error:
        return {"ok": False, "code": error.code}
    return {"ok": True, "outbox_head": head} if tells_head else {"ok": True}


def _index(parts: Edge, who: Actor) -> dict[str, Any]:
    try:
        lag = parts.retriever.lag(who)
    except (KbError, RetrieverError) as error:
        return {"ok": False, "code": error.code, "advice": _ADVICE}
    # what was published lately is not found yet, and each answer says so: no reason to answer nothing
    return {"ok": True, "lag": lag, "behind": True} if lag > _MOST_LAG else {"ok": True, "lag": lag}


def _engine(parts: Edge, who: Actor) -> dict[str, Any]:
    try:
        health = parts.retriever.health(who)
    except RetrieverError as error:
        return {"ok": False, "code": error.code, "advice": _ADVICE}
    found: dict[str, Any] = {"ok": health.ok, "passages": health.passages, "vectors": health.vectors}
    return found if health.ok else {**found, "code": health.code, "advice": _ADVICE}


@ops.get("/metrics")
@permits(Action.READ)
def metrics() -> Response:
    """The figures of all server processes for Prometheus, for whom ``web.metrics`` names."""
    _check_reader()
    found = _look("index", "engine")
    index, engine = found["index"], found["engine"]
    gauges = {
        "kb_index_lag_events": ("Outbox events not yet in the index.", float(index.get("lag", "nan"))),
        "kb_passages": ("Passages in the index.", float(engine.get("passages", "nan"))),
        "kb_vectors": ("Passages that have a vector.", float(engine.get("vectors", "nan"))),
        "kb_engine_up": ("Whether the engine can answer.", float(engine["ok"])),
    }
    return Response(edge().metrics.exposition(gauges), content_type=CONTENT_TYPE)


def _check_reader() -> None:
    """Raise NotSignedIn or Denied for whoever may not read the figures."""
    if edge().web.metrics == "token":
        if not is_staff():
            raise NotSignedIn("not_signed_in", "send `Authorization: Bearer kb_…`, a token with the scope read")
    elif not _is_here(request.remote_addr or ""):
        raise Denied("not_here", "the figures are read on this machine alone; set web.metrics: token to read them from "
                     "another, with one")


def _is_here(address: str) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return parsed.is_loopback or (isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None
                                  and parsed.ipv4_mapped.is_loopback)

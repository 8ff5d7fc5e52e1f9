"""What machines watch: /healthz, /readyz, /metrics; and the API's own description.

They are open to everybody, so their figures of the index are of what the viewer may see: public texts, or all with the
token of somebody who may. How many internal texts there are, and that one was just published, tells something of them.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from flask import Response

from kb.errors import KbError
from kb.people.permissions import Action
from kb.record import outbox
from retriever.errors import RetrieverError
from web.api import api, ops
from web.auth import is_staff, permits, viewer
from web.errors import json_response
from web.metrics import CONTENT_TYPE
from web.wiring import edge

_MOST_LAG = 1_000  # outbox events; behind further, what was published lately is not found
_ADVICE = "run `kb index verify`, then `kb index rebuild`"


@ops.get("/healthz")
@permits(Action.READ)
def healthz() -> Response:
    """The process answers."""
    return json_response({"status": "ok"})


@ops.get("/readyz")
@permits(Action.READ)
def readyz() -> Response:
    """Whether this process can answer questions: 200 or 503, and each part's state."""
    parts = {"database": _database(), "index": _index(), "engine": _engine()}
    is_ready = all(part["ok"] for part in parts.values())
    return json_response({"status": "ready" if is_ready else "not ready", "parts": parts}, 200 if is_ready else 503)


def _database() -> dict[str, Any]:
    try:
        with edge().database.reading() as session:
            head = outbox.head(session)
            return {"ok": True, "outbox_head": head} if is_staff() else {"ok": True}
    except KbError as error:
        return {"ok": False, "code": error.code}


def _index() -> dict[str, Any]:
    try:
        lag = edge().retriever.lag(viewer())
    except (KbError, RetrieverError) as error:
        return {"ok": False, "code": error.code, "advice": _ADVICE}
    return {"ok": lag <= _MOST_LAG, "lag": lag}


def _engine() -> dict[str, Any]:
    try:
        health = edge().retriever.health(viewer())
    except RetrieverError as error:
        return {"ok": False, "code": error.code, "advice": _ADVICE}
    found: dict[str, Any] = {"ok": health.ok, "passages": health.passages, "vectors": health.vectors}
    return found if health.ok else {**found, "code": health.code, "advice": _ADVICE}


@ops.get("/metrics")
@permits(Action.READ)
def metrics() -> Response:
    """This process's figures for Prometheus; what was asked of it is counted whoever asked."""
    index, engine = _index(), _engine()
    gauges = {
        "kb_index_lag_events": ("Outbox events not yet in the index.", float(index.get("lag", "nan"))),
        "kb_passages": ("Passages in the index.", float(engine.get("passages", "nan"))),
        "kb_vectors": ("Passages that have a vector.", float(engine.get("vectors", "nan"))),
        "kb_engine_up": ("Whether the engine can answer.", float(engine["ok"])),
    }
    return Response(edge().metrics.exposition(gauges), content_type=CONTENT_TYPE)


@api.get("/openapi.json")
@permits(Action.READ)
def openapi() -> Response:
    """The description of this API."""
    return json_response(_description())


@cache
def _description() -> dict[str, Any]:
    described: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "openapi.yaml").read_text(encoding="utf-8"))
    return described

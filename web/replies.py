"""Requests sent again under the same ``Idempotency-Key``: which request it is, and its reply as it was.

A key is its sender's: a user's, or an address's without one. What is kept, and how often it is carried out, says
:mod:`kb.record.requests`.
"""

from __future__ import annotations

import hashlib

from flask import Response, request

from kb.record.requests import Kept, Sent
from web.auth import viewer
from web.errors import BadRequest, route

HEADER = "Idempotency-Key"
LONGEST_KEY = 255


def sent(stamp: str) -> Sent:
    """This request under its key; ``stamp`` names what its reply will rest on."""
    key = request.headers.get(HEADER, "")
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise BadRequest("idempotency_key", f"{HEADER} must be 1 to {LONGEST_KEY} printable ASCII characters")
    who = viewer()
    sender = f"user:{who.user_id}" if who.is_signed_in else f"address:{request.remote_addr}"
    what = b"\n".join((request.method.encode(), request.path.encode("utf-8", "replace"),
                       request.headers.get("If-Match", "").encode("utf-8", "replace"), request.get_data()))
    return Sent(_hash(sender.encode()), _hash(key.encode()), f"{request.method} {route()}"[:200], _hash(what),
                _hash(stamp.encode()) if stamp else "")


def kept(response: Response) -> Kept:
    """The reply as it is kept."""
    return Kept(response.status_code, response.get_data(as_text=True), response.headers.get("ETag"))


def replayed(found: Kept) -> Response:
    """The reply that was given before."""
    response = Response(found.reply, found.status, content_type="application/json")
    response.headers["Idempotent-Replayed"] = "true"
    if found.tag is not None:
        response.headers["ETag"] = found.tag
        response.headers["Cache-Control"] = "private, no-cache"
    return response


def _hash(value: bytes) -> str:
    return hashlib.sha256(value).hexdigest()

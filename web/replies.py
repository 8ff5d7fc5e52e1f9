"""Requests sent again under the same ``Idempotency-Key``: which request it is, and its reply as it was.

A key is its sender's: a user's, or an address's without one. What is kept, and how often it is carried out, says
:mod:`kb.record.requests`. Of the key only a hash is kept, and the reply is encrypted under the key: an answer repeats
the caller's question, which stands nowhere else as it was typed.
"""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet
from flask import Response, request

from kb.record.requests import Kept, Sent
from web.auth import viewer
from web.errors import BadRequest, route

HEADER = "Idempotency-Key"
LONGEST_KEY = 255
SENT_AGAIN = "kb.sent_again"  # in the environment: the process that had begun this request ended before it replied


def sent(stamp: str) -> Sent:
    """This request under its key; ``stamp`` names what its reply will rest on, besides the sender's rights.

    Whose rights have changed is not given again what they were told before: the act is tried anew.
    """
    key = request.headers.get(HEADER, "")
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise BadRequest("idempotency_key", "{header} must be 1 to {longest_key} printable ASCII characters",
                         header=HEADER, longest_key=LONGEST_KEY)
    who = viewer()
    sender = f"user:{who.user_id}" if who.is_signed_in else f"address:{request.remote_addr}"
    what = b"\n".join((key.encode(), request.method.encode(), request.path.encode("utf-8", "replace"),
                       request.headers.get("If-Match", "").encode("utf-8", "replace"), request.get_data()))
    return Sent(_hash(f"{sender} {key}".encode()), _hash(key.encode()), f"{request.method} {route()}"[:200],
                _hash(what), _hash(f"{sorted(who.roles)}|{sorted(who.grants | who.inherited)}|{stamp}".encode()))


def kept(response: Response) -> Kept:
    """The reply as it is kept."""
    return Kept(response.status_code, _cipher().encrypt(response.get_data()).decode(), response.headers.get("ETag"))


def replayed(found: Kept) -> Response:
    """The reply that was given before."""
    response = Response(_cipher().decrypt(found.reply), found.status, content_type="application/json")
    response.headers["Idempotent-Replayed"] = "true"
    if found.tag is not None:
        response.headers["ETag"] = found.tag
        response.headers["Cache-Control"] = "private, no-cache"
    return response


def _cipher() -> Fernet:
    key = hashlib.sha256(b"reply under " + request.headers[HEADER].encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def _hash(value: bytes) -> str:
    return hashlib.sha256(value).hexdigest()

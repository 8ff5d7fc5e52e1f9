"""How a receiver knows that a call is from here: secrets, kept sealed, and signatures made with them.

The signature is that of the Standard Webhooks specification (standardwebhooks.com), for which receivers find libraries:
HMAC-SHA256 over id, time and body, so that a call that was overheard cannot be sent again later or with other words.
Of the database alone nobody can sign: the key that secrets are sealed with lies outside it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken

from kb.errors import Invalid, Unavailable
from kb.key_files import kept_key
from kb.settings import Settings
from kb.upkeep.webhooks.settings import WebhookSettings

KEY_FILE = "webhooks.key"
PREFIX = "whsec_"
_BYTES = 32


def new_secret() -> str:
    """A secret as the receiver is given it, once."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def seal(settings: Settings, secret: str) -> str:
    """The secret as it is kept."""
    return _cipher(settings).encrypt(secret.encode()).decode()


def unseal(settings: Settings, sealed: str) -> str:
    """The secret; raises Unavailable where it was sealed with another key, as after a move without the key."""
    try:
        return _cipher(settings).decrypt(sealed).decode()
    except InvalidToken as error:
        raise Unavailable("webhook_key", "the secret was sealed with another key: put {path} back, or make a new "
                          "secret", path=settings.data_dir / KEY_FILE) from error


def signed(secret: str, event_id: str, body: bytes, at: datetime) -> dict[str, str]:
    """The headers that prove a call."""
    stamp = str(int(at.timestamp()))
    return {"webhook-id": event_id, "webhook-timestamp": stamp,
            "webhook-signature": f"v1,{signature(secret, event_id, stamp, body)}"}


def signature(secret: str, event_id: str, stamp: str, body: bytes) -> str:
    """HMAC-SHA256 over ``id.timestamp.body`` in base64; the key is what the secret says behind its prefix."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.digest(key, f"{event_id}.{stamp}.".encode() + body, "sha256")).decode()


def _cipher(settings: Settings) -> Fernet:
    given = settings.section(WebhookSettings).key
    if 0 < len(given) < _BYTES:
        raise Invalid("setting_range", "setting {key}: a key has 32 characters at least", key="webhooks.key")
    key = given.encode() if given else kept_key(settings.make_data_dir() / KEY_FILE)
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"webhook secrets under " + key).digest()))

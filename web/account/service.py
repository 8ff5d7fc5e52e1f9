"""The sign-in service as it is spoken to: OpenID Connect, authorization code with PKCE, an ID token that is verified.

Where the service's pages and keys are, it says itself (discovery); both are kept for a while, and keys are asked for
anew when a token names one that is not known. Everything that comes back must hold: the state of this very browser's
attempt, the code with the verifier that began it, the token's signature, issuer, audience, times and nonce.

Nothing of the service's is kept: no token, no profile.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from kb.errors import Denied, Unavailable
from kb.people.identities import LONGEST, Claimed, OidcSettings

KEPT = timedelta(hours=1)  # what the service says of itself
PAUSE = timedelta(seconds=15)  # after it did not answer
LEEWAY_S = 60  # that its clock may differ
# Asymmetric ones alone: with the others whoever knows the client's secret could make a token, and "none" is no proof.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
_LARGEST = 1_000_000  # bytes of a reply


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in that was begun: what this browser must bring back, and where it leads."""

    state: str
    nonce: str
    verifier: str
    next: str
    until: float  # seconds since 1970


@dataclass(frozen=True, slots=True)
class Returned:
    """What the service sent the browser back with; each may be empty, and each is anybody's to make up."""

    state: str
    code: str
    error: str
    issuer: str


@dataclass(frozen=True, slots=True)
class _Known:
    """What the service said of itself, and when it was asked."""

    metadata: dict[str, Any]
    keys: KeySet
    at: datetime


class SignInService:
    """One service, for one address that it leads back to."""

    def __init__(self, settings: OidcSettings, *, leads_back_to: str) -> None:
        self.settings = settings
        self._leads_back_to = leads_back_to
        self._known: _Known | None = None
        self._failed_at: datetime | None = None

    def begin(self, wanted: str, *, now: datetime, minutes: int) -> tuple[str, Attempt]:
        """Where to send the browser, and what it must bring back within so many minutes."""
        attempt = Attempt(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48), wanted,
                          (now + timedelta(minutes=minutes)).timestamp())
        with self._client() as client:
            address, _ = client.create_authorization_url(
                self._endpoint("authorization_endpoint", now=now), state=attempt.state, nonce=attempt.nonce,
                code_verifier=attempt.verifier)
        return str(address), attempt

    def finish(self, attempt: Attempt | None, returned: Returned, *, now: datetime) -> Claimed:
        """Whom the service has sent back; raises Denied where what came does not hold, Unavailable where the service
        cannot be asked."""
        if attempt is None or attempt.until <= now.timestamp() or not secrets.compare_digest(
                attempt.state.encode(), returned.state.encode("utf-8", "replace")):
            raise Denied("oidc_state", "this sign-in was not begun in this browser, or too long ago: begin it again")
        if returned.error or not returned.code or returned.issuer not in ("", self.settings.issuer):  # RFC 9207
            raise Denied("oidc_refused", "the sign-in service did not let them in")
        endpoint = self._endpoint("token_endpoint", now=now)
        try:
            with self._client() as client:
                token = client.fetch_token(endpoint, grant_type="authorization_code", code=returned.code,
                                           code_verifier=attempt.verifier, timeout=self.settings.seconds,
                                           allow_redirects=False)
        except requests.RequestException as failure:
            raise _down() from failure
        except (AuthlibBaseError, ValueError) as failure:
            raise Denied("oidc_refused", "the sign-in service did not take the code") from failure
        claims = self._verified(str(token.get("id_token") or ""), str(token.get("access_token") or ""), attempt.nonce,
                                now=now)
        return Claimed(self.settings.issuer, str(claims["sub"])[:LONGEST + 1],
                       str(claims.get(self.settings.login_claim) or ""), str(claims.get("name") or ""))

    def sign_out_address(self, back: str, *, now: datetime) -> str | None:
        """Where to send a browser so that it is signed out at the service too; None where the service has no place."""
        try:
            address = self._endpoint("end_session_endpoint", now=now, is_needed=False)
        except Unavailable:  # they are signed out here all the same
            return None
        query = urlencode({"client_id": self.settings.client_id, "post_logout_redirect_uri": back})
        return f"{address}{'&' if urlsplit(address).query else '?'}{query}" if address else None

    def _verified(self, id_token: str, access_token: str, nonce: str, *, now: datetime) -> dict[str, Any]:
        """The statements of an ID token that holds."""
        known = self._knowledge(now=now)
        try:
            try:
                found = jwt.decode(id_token, known.keys, algorithms=list(ALGORITHMS))
            except InvalidKeyIdError:  # the service has new keys
                known = self._learn(now=now)
                found = jwt.decode(id_token, known.keys, algorithms=list(ALGORITHMS))
            claims = CodeIDToken(
                found.claims, found.header,
                {"iss": {"essential": True, "value": self.settings.issuer},
                 "aud": {"essential": True, "value": self.settings.client_id}, "nonce": {"essential": True}},
                {"nonce": nonce, "client_id": self.settings.client_id, "access_token": access_token})
            claims.validate(now=int(now.timestamp()), leeway=LEEWAY_S)
        except (JoseError, ValueError, TypeError, KeyError) as failure:  # the last three: a token of odd parts
            raise Denied("oidc_token", "what the sign-in service says of who came does not hold ({kind})",
                         kind=type(failure).__name__) from failure
        return dict(claims)

    def _endpoint(self, name: str, *, now: datetime, is_needed: bool = True) -> str:
        """An address of the service's own, which must be as safe as the one that it is known by."""
        address = str(self._knowledge(now=now).metadata.get(name) or "")
        is_safe = urlsplit(address).scheme in ("https", urlsplit(self.settings.issuer).scheme)
        if is_needed and not (address and is_safe):
            raise Unavailable("oidc_down", "the sign-in service names no {name} that can be used", name=name)
        return address if is_safe else ""

    def _knowledge(self, *, now: datetime) -> _Known:
        known = self._known
        return known if known is not None and now - known.at < KEPT else self._learn(now=now)

    def _learn(self, *, now: datetime) -> _Known:
        """Ask the service what it is; not again at once where it has just failed, for each who asks waits."""
        if self._failed_at is not None and timedelta(0) <= now - self._failed_at < PAUSE:
            raise _down()
        try:
            self._known = self._asked(now)  # whoever learns it at the same time learns the same
        except Unavailable:
            self._failed_at = now
            raise
        self._failed_at = None
        return self._known

    def _asked(self, now: datetime) -> _Known:
        metadata = self._read(f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration")
        if metadata.get("issuer") != self.settings.issuer:  # OpenID Connect Discovery §4.3
            raise Unavailable("oidc_down", "the sign-in service names itself otherwise than setting oidc.issuer does")
        try:
            keys = KeySet.import_key_set(self._read(str(metadata.get("jwks_uri") or "")))  # type: ignore[arg-type]
        except (JoseError, ValueError, TypeError, KeyError) as failure:
            raise Unavailable("oidc_down", "the sign-in service's keys cannot be read") from failure
        return _Known(metadata, keys, now)

    def _read(self, address: str) -> dict[str, Any]:
        if urlsplit(address).scheme not in ("https", urlsplit(self.settings.issuer).scheme):
            raise Unavailable("oidc_down", "the sign-in service names no address of its keys that can be used")
        try:
            with requests.get(address, timeout=self.settings.seconds, allow_redirects=False, stream=True) as reply:
                if reply.status_code != 200:
                    raise _down()
                found = json.loads(reply.raw.read(_LARGEST, decode_content=True))
        except (requests.RequestException, OSError, ValueError) as failure:
            raise _down() from failure
        if not isinstance(found, dict):
            raise _down()
        return found

    def _client(self) -> Any:
        return OAuth2Session(self.settings.client_id, self.settings.client_secret or None, scope=self.settings.scope,
                             redirect_uri=self._leads_back_to, code_challenge_method="S256")


def _down() -> Unavailable:
    return Unavailable("oidc_down", "the sign-in service does not answer as it should; try again, or sign in by "
                       "password")

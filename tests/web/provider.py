"""A sign-in service of its own process: OpenID Connect on a socket, with keys made at the start, and faults on demand.

It asks for no password: whoever comes is the person whom ``POST /behave`` named last. Run as
``python -m tests.web.provider LEADS_BACK_TO``; its first line is its address.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, grants
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import AuthorizationCodeMixin, UserInfo
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, Response, jsonify, redirect, request
from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import make_server

CLIENT_ID, CLIENT_SECRET = "hotline", "a secret of the service's"


@dataclass
class Person:
    """Whom the service has before it; ``fault`` is what it says wrongly of them."""

    subject: str = "sub-1"
    login: str = "wang"
    name: str = "王小明"
    fault: str = ""


@dataclass
class Client(ClientMixin):
    """The one site that it knows."""

    leads_back_to: str

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_default_redirect_uri(self) -> str:
        return self.leads_back_to

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self.leads_back_to

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == CLIENT_SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic" or endpoint != "token"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class Code(AuthorizationCodeMixin):
    """A code that was given out."""

    value: str
    person: Person
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    code_challenge_method: str

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return "another nonce" if self.person.fault == "nonce" else self.nonce

    def get_auth_time(self) -> int:
        return int(time.time())

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


def application(address: str, leads_back_to: str) -> Flask:
    """The service at this address."""
    app, client, codes, present = Flask("provider"), Client(leads_back_to), {}, Person()
    key, other = (RSAKey.generate_key(2048, {"kid": "1", "use": "sig", "alg": "RS256"}) for _ in range(2))
    server = AuthorizationServer(app, query_client=lambda client_id: client if client_id == CLIENT_ID else None,
                                 save_token=lambda _token, _request: None)

    class CodeGrant(grants.AuthorizationCodeGrant):  # type: ignore[misc]
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)

        def save_authorization_code(self, code: str, request: Any) -> None:
            data = request.payload.data
            codes[code] = Code(code, request.user, data["redirect_uri"], data["scope"], data["nonce"],
                               data["code_challenge"], data["code_challenge_method"])

        def query_authorization_code(self, code: str, client: Client) -> Code | None:  # noqa: ARG002
            return codes.get(code)

        def delete_authorization_code(self, authorization_code: Code) -> None:
            del codes[authorization_code.value]

        def authenticate_user(self, authorization_code: Code) -> Person:
            return authorization_code.person

    class Identity(OpenIDCode):  # type: ignore[misc]
        def exists_nonce(self, nonce: str, request: Any) -> bool:  # noqa: ARG002
            return False

        def resolve_client_private_key(self, client: Client) -> RSAKey:  # noqa: ARG002
            return other if present.fault == "signature" else key

        def get_encode_header(self, client: Client) -> dict[str, str]:  # noqa: ARG002
            return {"alg": "RS256", "kid": "2" if present.fault == "kid" else "1"}

        def get_client_claims(self, client: Client) -> dict[str, Any]:  # noqa: ARG002
            claims: dict[str, Any] = {"iss": address, "aud": [CLIENT_ID]}
            if present.fault == "audience":
                claims["aud"] = ["another site"]
            if present.fault == "issuer":
                claims["iss"] = "https://another.example"
            if present.fault == "expired":
                claims |= {"iat": int(time.time()) - 7200, "exp": int(time.time()) - 3600}
            return claims

        def generate_user_info(self, user: Person, scope: str) -> UserInfo:  # noqa: ARG002
            return UserInfo(sub=user.subject, preferred_username=user.login, name=user.name)

    server.register_grant(CodeGrant, [Identity(), CodeChallenge(required=True)])

    @app.get("/.well-known/openid-configuration")
    def configuration() -> Response:
        if present.fault == "down":
            return Response("down", 503)
        return jsonify(issuer=address, authorization_endpoint=f"{address}/authorize",
                       token_endpoint=f"{address}/token", jwks_uri=f"{address}/keys",
                       end_session_endpoint=f"{address}/sign-out")

    @app.get("/keys")
    def keys() -> Any:
        return KeySet([key]).as_dict()

    @app.get("/authorize")
    def authorize() -> Response:
        grant = server.get_consent_grant(end_user=present)
        user = None if present.fault == "refused" else Person(**vars(present))
        return server.create_authorization_response(grant_user=user, grant=grant)  # type: ignore[no-any-return]

    @app.post("/token")
    def token() -> Response:
        if present.fault == "unsigned":
            return jsonify(access_token="a", token_type="Bearer", id_token=_unsigned(address, request.form["code"]))
        return server.create_token_response()  # type: ignore[no-any-return]

    def _unsigned(address: str, code: str) -> str:
        import base64
        import json

        now = int(time.time())
        parts = ({"alg": "none"}, {"iss": address, "aud": CLIENT_ID, "sub": "sub-1", "iat": now, "exp": now + 600,
                                   "nonce": codes[code].nonce})
        return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts) + "."

    @app.get("/sign-out")
    def sign_out() -> Any:
        return redirect(request.args["post_logout_redirect_uri"])

    @app.post("/behave")
    def behave() -> str:
        vars(present).update(vars(Person(**request.get_json())))
        return "ok"

    return app


def main() -> None:
    """Serve until killed."""
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # it is spoken to on this machine alone
    holder = make_server("127.0.0.1", 0, Flask("none"), threaded=True)
    address = f"http://127.0.0.1:{holder.port}"
    holder.app = application(address, sys.argv[1])
    sys.stdout.write(address + "\n")
    sys.stdout.flush()
    holder.serve_forever()


if __name__ == "__main__":
    main()

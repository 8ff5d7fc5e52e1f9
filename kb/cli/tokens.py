"""``kb user token``: API tokens, made, listed and ended. A token is shown once."""

from __future__ import annotations

import argparse
from datetime import datetime

from kb.actor import OPERATOR
from kb.cli.output import hint, iso, line, say, say_json
from kb.clock import utc_now
from kb.db import Database
from kb.messages.catalogue import in_shell
from kb.people import tokens
from kb.settings import Settings


def token(parser: argparse.ArgumentParser) -> None:
    """kb user token create|list|revoke"""
    verbs = parser.add_subparsers(dest="token_verb", required=True, metavar="VERB")
    made = verbs.add_parser("create", help="a new token, shown this once",
                            epilog="example: kb user token create li --name desk --scope ask --days 90")
    made.add_argument("login")
    made.add_argument("--name", required=True, help="what it is for")
    made.add_argument("--scope", action="append", required=True, dest="scopes", choices=sorted(tokens.SCOPES),
                      help="may be given again")
    made.add_argument("--days", type=int, metavar="N", help="how long it lasts; default without end")
    made.add_argument("--json", action="store_true", help="for programs")
    made.set_defaults(run=_create_token)
    listed = verbs.add_parser("list", help="tokens, without the secret",
                              epilog="example: kb user token list li")
    listed.add_argument("login", nargs="?", help="only this user's")
    listed.add_argument("--json", action="store_true", help="for programs")
    listed.set_defaults(run=_list_tokens)
    ended = verbs.add_parser("revoke", help="end a token at once",
                             epilog="example: kb user token revoke 3f0c…")
    ended.add_argument("id", help="as `kb user token list` shows it")
    ended.set_defaults(run=_revoke_token)


def _create_token(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.transaction() as session:
        made = tokens.create_token(session, OPERATOR, args.login, name=args.name, scopes=args.scopes, days=args.days,
                                   now=utc_now())
    if args.json:
        say_json({"token": made})
    else:
        line(made)
        hint("shown this once; keep it where secrets are kept")
    return 0


def _list_tokens(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    now = utc_now()
    with database.reading() as session:
        found = tokens.list_tokens(session, OPERATOR, args.login)
    if args.json:
        say_json([{"id": t.id, "login": t.login, "name": t.name, "scopes": list(t.scopes),
                   "created_at": t.created_at.isoformat(), "expires_at": iso(t.expires_at),
                   "revoked_at": iso(t.revoked_at)} for t in found])
    else:
        for t in found:
            line(f"{t.id}  {t.login:<20} {t.name:<20} {','.join(t.scopes):<15} {_state(t, now)}")
    return 0 if found else 1


def _state(token: tokens.TokenView, now: datetime) -> str:
    if token.revoked_at:
        return in_shell("revoked")
    if token.expires_at is None:
        return in_shell("without end")
    return in_shell("expired") if token.expires_at <= now else in_shell("until {day}", day=token.expires_at.date())


def _revoke_token(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.transaction() as session:
        tokens.revoke_token(session, OPERATOR, args.id, now=utc_now())
    say("token ended")
    return 0

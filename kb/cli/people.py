"""``kb user``: add, list, disable, and their API tokens. Passwords and tokens are shown once, or never."""

from __future__ import annotations

import argparse
import getpass
import sys
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path

from kb.actor import SYSTEM, Role
from kb.cli.output import note, say, say_json
from kb.clock import utc_now
from kb.db import Database
from kb.errors import Invalid
from kb.people import people
from kb.people.passwords import LONGEST, new_password
from kb.settings import Settings


def user(parser: argparse.ArgumentParser) -> None:
    """kb user add|list|disable|token …"""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    _add_parser(verbs.add_parser("add", help="a person or a program that signs in",
                                 epilog="example: kb user add li --role approver:hrss --role agent"))
    listed = verbs.add_parser("list", help="everybody, with their roles")
    listed.add_argument("--json", action="store_true", help="for programs")
    listed.set_defaults(run=_list)
    disabled = verbs.add_parser("disable", help="shut out at once: sessions and tokens end too")
    disabled.add_argument("login")
    disabled.set_defaults(run=_disable)
    _token_parser(verbs.add_parser("token", help="API tokens: create, list, revoke"))


def _add_parser(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("login")
    parser.add_argument("--name", default="", help="the person's name; default the login")
    parser.add_argument("--role", action="append", default=[], dest="roles", metavar="ROLE[:DEPARTMENT]",
                        help=f"{', '.join(role for role in Role if role != Role.CITIZEN)}; editor and approver of a "
                        "department, e.g. editor:hrss; may be given again")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--ask-password", action="store_true", help="type the password here")
    how.add_argument("--password-file", metavar="FILE", help="take it from the file's first line; - is standard input")
    how.add_argument("--no-password", action="store_true", help="for programs, which hold tokens")
    parser.add_argument("--json", action="store_true", help="for programs; the password is there when it was made up")
    parser.set_defaults(run=_add)


def _add(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    grants = [_grant(role) for role in args.roles]
    password = None if args.no_password else _password(args)
    with database.transaction() as session:
        people.create_user(session, SYSTEM, login=args.login, name=args.name, grants=grants, password=password,
                           now=utc_now())
    is_made_up = password is not None and not (args.ask_password or args.password_file)
    if args.json:
        say_json({"login": args.login, "name": args.name or args.login, "password": password if is_made_up else None,
                  "roles": [{"role": role.value, "department": department} for role, department in grants]})
    else:
        say(f"user {args.login} added" + (f"; password, shown this once: {password}" if is_made_up else ""))
    if not grants:
        note("kb: no --role given: they read what citizens read")
    return 0


def _grant(written: str) -> people.Grant:
    role, _, department = written.partition(":")
    if role not in set(Role) - {Role.CITIZEN}:
        raise Invalid("role", f"role {role[:40]!r} is unknown; known: "
                      + ", ".join(r for r in Role if r != Role.CITIZEN))
    return Role(role), department or None


def _password(args: argparse.Namespace) -> str:
    """The password typed twice, read from a file or standard input, or made up."""
    if args.ask_password:
        first = getpass.getpass("password: ", stream=sys.stderr)
        if getpass.getpass("again: ", stream=sys.stderr) != first:
            raise Invalid("password", "the two passwords differ; try again")
        return first
    if args.password_file is None:
        return new_password()
    try:
        with (nullcontext(sys.stdin) if args.password_file == "-"
              else Path(args.password_file).open(encoding="utf-8")) as file:
            return file.readline(LONGEST + 2).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid("password_file", f"{args.password_file}: cannot be read as text: {error}") from error


def _list(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.reading() as session:
        users = people.list_users(session, SYSTEM)
    if args.json:
        say_json([{"login": u.login, "name": u.name, "disabled_at": _iso(u.disabled_at),
                   "roles": [{"role": role.value, "department": department} for role, department in u.grants]}
                  for u in users])
    else:
        for u in users:
            roles = " ".join(role + (f":{department}" if department else "") for role, department in u.grants)
            say(f"{u.login:<20} {u.name:<30} {roles}" + ("  (disabled)" if u.disabled_at else ""))
    return 0 if users else 1


def _disable(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.transaction() as session:
        people.disable_user(session, SYSTEM, args.login, now=utc_now())
    say(f"user {args.login} disabled; sessions and tokens have ended")
    return 0


def _token_parser(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="token_verb", required=True, metavar="VERB")
    made = verbs.add_parser("create", help="a new token, shown this once",
                            epilog="example: kb user token create li --name desk --scope ask --days 90")
    made.add_argument("login")
    made.add_argument("--name", required=True, help="what it is for")
    made.add_argument("--scope", action="append", required=True, dest="scopes", choices=sorted(people.SCOPES),
                      help="may be given again")
    made.add_argument("--days", type=int, metavar="N", help="how long it lasts; default without end")
    made.add_argument("--json", action="store_true", help="for programs")
    made.set_defaults(run=_create_token)
    listed = verbs.add_parser("list", help="tokens, without the secret")
    listed.add_argument("login", nargs="?", help="only this user's")
    listed.add_argument("--json", action="store_true", help="for programs")
    listed.set_defaults(run=_list_tokens)
    ended = verbs.add_parser("revoke", help="end a token at once")
    ended.add_argument("id", help="as `kb user token list` shows it")
    ended.set_defaults(run=_revoke_token)


def _create_token(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.transaction() as session:
        token = people.create_token(session, SYSTEM, args.login, name=args.name, scopes=args.scopes, days=args.days,
                                    now=utc_now())
    if args.json:
        say_json({"token": token})
    else:
        say(token)
        note("kb: shown this once; keep it where secrets are kept")
    return 0


def _list_tokens(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    now = utc_now()
    with database.reading() as session:
        tokens = people.list_tokens(session, SYSTEM, args.login)
    if args.json:
        say_json([{"id": t.id, "login": t.login, "name": t.name, "scopes": list(t.scopes),
                   "created_at": t.created_at.isoformat(), "expires_at": _iso(t.expires_at),
                   "revoked_at": _iso(t.revoked_at)} for t in tokens])
    else:
        for t in tokens:
            state = ("revoked" if t.revoked_at else "expired" if t.expires_at and t.expires_at <= now
                     else f"until {t.expires_at.date()}" if t.expires_at else "without end")
            say(f"{t.id}  {t.login:<20} {t.name:<20} {','.join(t.scopes):<15} {state}")
    return 0 if tokens else 1


def _revoke_token(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.transaction() as session:
        people.revoke_token(session, SYSTEM, args.id, now=utc_now())
    say("token ended")
    return 0


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None

"""``kb user``: people, their roles and passwords. Passwords and tokens are shown once, or never."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from kb.actor import OPERATOR
from kb.cli.output import hint, iso, line, padded, say, say_json
from kb.cli.sign_ins import link, sessions_of, unlink
from kb.cli.tokens import token
from kb.clock import utc_now
from kb.db import Database
from kb.errors import Invalid
from kb.messages.catalogue import in_shell
from kb.people import credentials, directory, people
from kb.people.passwords import LONGEST, new_password
from kb.settings import Settings

_VERBS = """\
examples:
  kb user add li --name 李明 --role approver:hrss --role agent
  kb user list
  kb user name li 李小明
  kb user roles li --role editor:hrss
  kb user password li --ask-password
  kb user unlock li
  kb user sessions li --all
  kb user link li 8c1f7a
  kb user unlink li
  kb user disable li
  kb user enable li
  kb user token create portal --name portal --scope ask --days 90"""


def user(parser: argparse.ArgumentParser) -> None:
    """kb user add|list|name|roles|password|unlock|sessions|link|unlink|disable|enable|token …"""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = f"{parser.epilog}\n\n{_VERBS}"
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    _add_parser(verbs.add_parser("add", help="a person or a program that signs in",
                                 epilog="example: kb user add li --role approver:hrss --role agent"))
    listed = verbs.add_parser("list", help="everybody, with their roles and last sign-in",
                              epilog="example: kb user list --json")
    listed.add_argument("--json", action="store_true", help="for programs")
    listed.set_defaults(run=_list)
    named = verbs.add_parser("name", help="give them another name; the login stays",
                             epilog="example: kb user name li 李小明")
    named.add_argument("login")
    named.add_argument("name", metavar="NAME")
    named.set_defaults(run=_name)
    _roles_parser(verbs.add_parser("roles", help="put these roles in place of all they have, which ends their sessions",
                                   epilog="example: kb user roles li --role editor:hrss --role agent"))
    changed = verbs.add_parser("password", help="give them a new one, which ends their sessions",
                               epilog="example: kb user password li --password-file secret.txt")
    changed.add_argument("login")
    _password_options(changed)
    changed.add_argument("--json", action="store_true", help="for programs; the password is there when it was made up")
    changed.set_defaults(run=_set_password)
    freed = verbs.add_parser("unlock", help="let them sign in again at once after failed tries",
                             epilog="example: kb user unlock li")
    freed.add_argument("login", nargs="?")
    freed.add_argument("--address", metavar="ADDRESS", help="an address from which too many tries failed, of whomever")
    freed.set_defaults(run=_unlock)
    sessions_of(verbs.add_parser("sessions", help="where they are signed in; end that",
                                 epilog="example: kb user sessions li --all"))
    link(verbs.add_parser("link", help="say who they are at the sign-in service (oidc.issuer)",
                          epilog="example: kb user link li 8c1f7a"))
    unlink(verbs.add_parser("unlink", help="let them sign in by that service no more",
                            epilog="example: kb user unlink li"))
    disabled = verbs.add_parser("disable", help="shut out at once: sessions and tokens end too",
                                epilog="example: kb user disable li")
    disabled.add_argument("login")
    disabled.set_defaults(run=_disable)
    enabled = verbs.add_parser("enable", help="let in again who was disabled", epilog="example: kb user enable li")
    enabled.add_argument("login")
    enabled.set_defaults(run=_enable)
    token(verbs.add_parser("token", help="API tokens: create, list, revoke", epilog="example: kb user token list"))


def _add_parser(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("login")
    parser.add_argument("--name", default="", help="the person's name; default the login")
    _role_option(parser)
    _password_options(parser).add_argument("--no-password", action="store_true",
                                           help="for programs, which hold tokens")
    parser.add_argument("--json", action="store_true", help="for programs; the password is there when it was made up")
    parser.set_defaults(run=_add)


def _roles_parser(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("login")
    _role_option(parser)
    parser.add_argument("--no-roles", action="store_true", help="take all away: they read what citizens read")
    parser.set_defaults(run=_roles)


def _role_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--role", action="append", default=[], dest="roles", metavar="ROLE[:DEPARTMENT]",
                        help=f"{people.ROLES}; editor and approver of a department, e.g. editor:hrss; may be given "
                        "again")


def _password_options(parser: argparse.ArgumentParser) -> argparse._MutuallyExclusiveGroup:
    """How a password comes in; without any of these one is made up."""
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--ask-password", action="store_true", help="type the password here")
    how.add_argument("--password-file", metavar="FILE", help="take it from the file's first line; - is standard input")
    parser.add_argument("--lasting", action="store_true", help="with either: they chose it themselves, and need not "
                        "change it when they first sign in")
    return how


def _add(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    grants = [people.parse_grant(role) for role in args.roles]
    password = None if args.no_password else _password(args)
    with database.transaction() as session:
        people.create_user(session, OPERATOR, login=args.login, name=args.name, grants=grants, password=password,
                           is_once=not args.lasting, now=utc_now())
    shown = None if password is None or _is_given(args) else password
    if args.json:
        say_json({"login": args.login, "name": args.name or args.login, "password": shown, "roles": _plain(grants)})
    else:
        if shown:
            say("user {login} added; password, shown this once: {password}", login=args.login, password=shown)
        else:
            say("user {login} added", login=args.login)
        _note_once(args, password)
    if not grants:
        hint("no --role given: they read what citizens read")
    return 0


def _plain(grants: Sequence[people.Grant]) -> list[dict[str, str | None]]:
    return [{"role": role.value, "department": department} for role, department in grants]


def _is_given(args: argparse.Namespace) -> bool:
    return bool(args.ask_password or args.password_file)


def _note_once(args: argparse.Namespace, password: str | None) -> None:
    if password is not None and not args.lasting:
        hint("it must be changed at the first sign-in")


def _password(args: argparse.Namespace) -> str:
    """The password typed twice, read from a file or standard input, or made up."""
    if args.lasting and not _is_given(args):
        raise Invalid("password", "--lasting is for a password that they chose: give it with --ask-password or "
                      "--password-file")
    if args.ask_password:
        first = getpass.getpass(in_shell("password: "), stream=sys.stderr)
        if getpass.getpass(in_shell("again: "), stream=sys.stderr) != first:
            raise Invalid("password", "the two passwords differ; try again")
        return first
    if args.password_file is None:
        return new_password()
    try:
        with (nullcontext(sys.stdin) if args.password_file == "-"
              else Path(args.password_file).open(encoding="utf-8")) as file:
            return file.readline(LONGEST + 2).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid("password_file", "{password_file}: cannot be read as text: {error}",
                      password_file=args.password_file, error=error) from error


def _list(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.reading() as session:
        users = directory.list_users(session, OPERATOR)
    if args.json:
        say_json([{"login": u.login, "name": u.name, "disabled_at": iso(u.disabled_at),
                   "last_sign_in_at": iso(u.last_sign_in_at), "must_change_password": u.must_change_password,
                   "roles": _plain(u.grants)} for u in users])
    else:
        for u in users:
            roles = " ".join(role + (f":{department}" if department else "") for role, department in u.grants)
            last = (in_shell("signed in {at:%Y-%m-%d %H:%M} UTC", at=u.last_sign_in_at) if u.last_sign_in_at
                    else in_shell("never signed in"))
            mark = "  " + in_shell("(disabled {at:%Y-%m-%d})", at=u.disabled_at) if u.disabled_at else ""
            line(f"{u.login:<20} {padded(u.name, 30)} {padded(last, 31)} {roles or in_shell('(no role)')}{mark}")
    return 0 if users else 1


def _name(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.transaction() as session:
        people.rename_user(session, OPERATOR, args.login, args.name, now=utc_now())
    say("user {login} renamed", login=args.login)
    return 0


def _roles(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    if bool(args.roles) == args.no_roles:
        raise Invalid("roles", "give every role they are to have with --role, or --no-roles to take all away")
    with database.transaction() as session:
        people.set_roles(session, OPERATOR, args.login, [people.parse_grant(role) for role in args.roles],
                         now=utc_now())
    say("user {login} has these roles now: {roles}", login=args.login, roles=args.roles)
    return 0


def _set_password(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    password = _password(args)
    with database.transaction() as session:
        ended = credentials.set_password(session, OPERATOR, args.login, password, is_once=not args.lasting,
                                          now=utc_now())
    shown = None if _is_given(args) else password
    if args.json:
        say_json({"login": args.login, "password": shown, "sessions_ended": ended})
    else:
        if shown:
            say("user {login} has a new password, shown this once: {password}", login=args.login, password=shown)
        else:
            say("user {login} has a new password", login=args.login)
        _note_once(args, password)
        hint("{ended} open sessions have ended; API tokens go on: kb user token list {login}", ended=ended,
             login=args.login)
    return 0


def _unlock(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    if (args.login is None) == (args.address is None):
        raise Invalid("unlock", "name the user to unlock, or an address: kb user unlock LOGIN, or --address ADDRESS")
    with database.transaction() as session:
        if args.login is not None:
            forgotten = credentials.unlock_user(session, OPERATOR, args.login, now=utc_now())
        else:
            forgotten = credentials.unlock_address(session, OPERATOR, args.address, now=utc_now())
    say("{login} may sign in again; failed tries forgotten: {forgotten}", login=args.login or args.address,
        forgotten=forgotten)
    return 0


def _disable(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.transaction() as session:
        people.disable_user(session, OPERATOR, args.login, now=utc_now())
    say("user {login} disabled; sessions and tokens have ended", login=args.login)
    return 0


def _enable(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.transaction() as session:
        people.enable_user(session, OPERATOR, args.login, now=utc_now())
    say("user {login} enabled, with the roles and the password they had", login=args.login)
    return 0

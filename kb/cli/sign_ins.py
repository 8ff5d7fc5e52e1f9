"""``kb user sessions`` and ``kb user link``: where people are signed in, and who they are at the sign-in service."""

from __future__ import annotations

import argparse

from kb.actor import OPERATOR
from kb.cli.output import hint, say, say_json
from kb.clock import utc_now
from kb.db import Database
from kb.errors import Invalid
from kb.messages.message import Message
from kb.people import identities, sessions
from kb.settings import Settings


def sessions_of(parser: argparse.ArgumentParser) -> None:
    """kb user sessions LOGIN [--revoke ID | --all]"""
    parser.add_argument("login")
    parser.add_argument("--json", action="store_true", help="for programs")
    ended = parser.add_mutually_exclusive_group()
    ended.add_argument("--revoke", metavar="ID", help="end this one at once")
    ended.add_argument("--all", action="store_true", help="end all of them at once")
    parser.set_defaults(run=_sessions)


def link(parser: argparse.ArgumentParser) -> None:
    """kb user link LOGIN SUBJECT"""
    parser.add_argument("login")
    parser.add_argument("subject", metavar="SUBJECT", help="the service's lasting id of the person (the claim sub)")
    parser.set_defaults(run=_link)


def unlink(parser: argparse.ArgumentParser) -> None:
    """kb user unlink LOGIN"""
    parser.add_argument("login")
    parser.set_defaults(run=_unlink)


def _sessions(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    if args.revoke or args.all:
        return _end(args, database)
    with database.reading() as session:
        found = sessions.list_sessions(session, OPERATOR, args.login, now=utc_now())
    if args.json:
        say_json([{"id": s.handle, "opened_at": s.opened_at.isoformat(), "used_at": s.used_at.isoformat(),
                   "ends_at": s.ends_at.isoformat(), "device": s.device, "issuer": s.issuer} for s in found])
    else:
        for s in found:
            say("{handle}  opened {opened_at:%Y-%m-%d %H:%M}  used {used_at:%Y-%m-%d %H:%M} UTC  {device}",
                handle=s.handle, opened_at=s.opened_at, used_at=s.used_at, device=s.device or Message("unknown device"))
    return 0 if found else 1


def _end(args: argparse.Namespace, database: Database) -> int:
    with database.transaction() as session:
        if args.all:
            ended = sessions.end_sessions(session, OPERATOR, args.login, now=utc_now())
        else:
            sessions.end_session(session, OPERATOR, args.login, args.revoke, now=utc_now())
            ended = 1
    if args.json:
        say_json({"login": args.login, "sessions_ended": ended})
    else:
        say("sessions of {login} ended: {ended}", login=args.login, ended=ended)
        hint("API tokens go on: kb user token list {login}", login=args.login)
    return 0


def _link(args: argparse.Namespace, settings: Settings, database: Database) -> int:
    issuer = _issuer(settings)
    with database.transaction() as session:
        identities.link(session, OPERATOR, args.login, issuer=issuer, subject=args.subject, now=utc_now())
    say("{login} signs in at {issuer}", login=args.login, issuer=issuer)
    return 0


def _unlink(args: argparse.Namespace, settings: Settings, database: Database) -> int:
    issuer = _issuer(settings)
    with database.transaction() as session:
        identities.unlink(session, OPERATOR, args.login, issuer=issuer, now=utc_now())
    say("{login} signs in at {issuer} no more", login=args.login, issuer=issuer)
    hint("open sessions go on: kb user sessions {login}", login=args.login)
    return 0


def _issuer(settings: Settings) -> str:
    issuer = settings.section(identities.OidcSettings).issuer
    if not issuer:
        raise Invalid("no_oidc", "no sign-in service is set: give its address as oidc.issuer")
    return issuer

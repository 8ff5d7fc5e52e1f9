"""Who acts: a named person who proves it, since whoever runs the shell is only the operator and signs for nobody.

The person's API token of scope write in ``KB_TOKEN``, or the password at the prompt.
"""

from __future__ import annotations

import argparse
import getpass
import os
import sys

from kb.actor import Actor
from kb.clock import utc_now
from kb.db import Database
from kb.errors import Denied, Invalid
from kb.messages.catalogue import in_shell
from kb.people import sessions, tokens

TOKEN = "KB_TOKEN"
_TRIES = 10  # wrong passwords in a quarter of an hour
_LASTING = sessions.Lasting(hours=1, idle_minutes=60)
_ADDRESS = "shell"  # where sign-ins from here are counted


def add_as(parser: argparse.ArgumentParser, *, is_required: bool = True) -> None:
    """The option ``--as LOGIN``."""
    parser.add_argument("--as", dest="login", metavar="LOGIN", required=is_required,
                        help=f"who acts; proves it by a token of scope write in {TOKEN}, or the password at the prompt")


def acting(args: argparse.Namespace, database: Database) -> Actor:
    """The person named by ``--as``, with the rights they hold now; raises Denied unless they prove who they are."""
    now = utc_now()
    token = os.environ.get(TOKEN)
    if token:
        with database.reading() as session:
            found = tokens.viewer_by_token(session, token, now=now)
        if found is None:
            raise Denied("token", "the token in {token} is unknown, expired or ended", token=TOKEN)
        actor, scopes = found
        if actor.name != args.login:
            raise Denied("token", "the token in {token} is not {login}'s", token=TOKEN, login=args.login)
        if "write" not in scopes:
            raise Denied("scope", "the token in {token} lacks the scope write", token=TOKEN)
        return actor
    if not sys.stdin.isatty():
        raise Invalid("no_proof", "set {token} to a token of {login}'s of scope write, or run this in a terminal to "
                      "type the password", token=TOKEN, login=args.login)
    try:
        password = getpass.getpass(in_shell("password of {login}: ", login=args.login), stream=sys.stderr)
    except EOFError as error:
        raise Invalid("no_proof", "no password was typed") from error
    session_id = sessions.sign_in(database, args.login, password, address=_ADDRESS, now=now, lasting=_LASTING,
                                  tries=_TRIES)
    with database.transaction() as session:
        opened = sessions.find_session(session, session_id, now=now)
        sessions.sign_out(session, session_id, now=now, origin="cli")  # this one act is all that it was for
    if opened is None or opened.must_change_password:  # else whoever set it could act in the other's name unnoticed
        raise Denied("password_once", "{login}'s password was set by somebody else and is good once: sign in with a "
                     "browser and choose another first", login=args.login)
    return opened.actor

"""``kb audit``: verify the log and what it speaks of, sign its head, show its end; ``kb prune``: what is old enough."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from kb.actor import OPERATOR
from kb.cli.arguments import whole_number
from kb.cli.output import line, note, progress_bar, say, say_json
from kb.clock import utc_now
from kb.content import verification
from kb.db import Database
from kb.errors import Invalid
from kb.messages.catalogue import in_shell
from kb.messages.message import Message
from kb.record import audit, checkpoints
from kb.record.audit import Head
from kb.settings import RetentionSettings, Settings
from kb.upkeep import retention
from kb.upkeep.jobs.clock import write_checkpoint

_MOST = 100_000  # entries told at once


def audit_(parser: argparse.ArgumentParser) -> None:
    """kb audit verify|checkpoint|tail"""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    checked = verbs.add_parser(
        "verify", help="check the log and what it speaks of", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Checks that no entry was changed, removed or moved, and that texts, signatures, dates and\n"
        "rights are as the entries say. Ends with 1 at the first thing that is wrong, and where the\n"
        "machine's clock was set back.",
        epilog="Keep the head that it prints elsewhere: a log whose end was cut off, or that was written anew, is\n"
        "found by a head alone.\n\nexample: kb audit verify --head 774:472834c58403e0506b9747d28aadfcd8"
        "37a2852169b2a3be8c2610833d25f41f")
    checked.add_argument("--head", action="append", default=[], dest="heads", metavar="N:HASH",
                         help="a head that this command or `kb backup` printed earlier; may be given again")
    checked.add_argument("--checkpoints", type=Path, metavar="DIR",
                         help="a folder of signed checkpoints, as `kb serve` writes them: each must be on the way")
    checked.add_argument("--public-key", type=Path, metavar="FILE",
                         help="the key that signed them (default: this installation's; better the copy kept with them)")
    checked.set_defaults(run=_verify)
    signed = verbs.add_parser("checkpoint", help="sign the log's head, to be kept on another machine",
                              epilog="example: kb audit checkpoint --out /mnt/elsewhere/kb")
    signed.add_argument("--out", type=Path, metavar="DIR", help="the folder (default: upkeep.checkpoint_dir)")
    signed.set_defaults(run=_checkpoint)
    newest = verbs.add_parser("tail", help="the newest entries, newest first", epilog="example: kb audit tail -n 5")
    newest.add_argument("-n", type=whole_number(1, _MOST), default=20, metavar="N", help="how many (default 20)")
    newest.set_defaults(run=_tail)
    for verb in (checked, signed, newest):
        verb.add_argument("--json", action="store_true", help="for programs")


def prune_(parser: argparse.ArgumentParser) -> None:
    """kb prune [--dry-run]"""
    parser.description = ("Removes questions' texts, whole answers, web sessions and failed sign-ins that were kept as "
                          "long as retention: in config.yaml says. May run while the server runs.")
    parser.add_argument("--dry-run", action="store_true", help="only count what would be removed")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(run=_prune)


def _verify(args: argparse.Namespace, settings: Settings, database: Database) -> int:
    heads = [Head.parse(text) for text in args.heads]
    seen = max((head.number for head in heads), default=0)  # a checkpoint is signed by a job, and looked at by nobody
    kept: list[checkpoints.Checkpoint] = []
    if args.checkpoints:
        key = checkpoints.public_key(args.public_key or settings.data_dir / checkpoints.PUBLIC_KEY)
        kept = checkpoints.read(args.checkpoints, key)
        heads += [checkpoint.head for checkpoint in kept]
    elif args.public_key:
        raise Invalid("public_key", "--public-key reads checkpoints: name their folder with --checkpoints")
    with progress_bar("checked") as show, database.reading() as session:
        checked = verification.verify(session, heads, seen=seen, show=show)
    finding, set_back = checked.finding, checked.set_back
    if args.json:
        say_json({"holds": finding is None, "entries": checked.head.number, "head": str(checked.head),
                  "set_back_at": set_back.entry if set_back else None,
                  "broken_at": finding.entry if finding else None,
                  "subject": in_shell(finding.subject) if finding else None,
                  "reason": in_shell(finding.reason) if finding else "",
                  "advice": in_shell(finding.advice) if finding else "", "rows_since": checked.since})
        return 1 if finding or set_back else 0
    if finding is None:
        say("{number} entries hold, and what they speak of; head {head}", number=checked.head.number, head=checked.head)
        if checked.since != 1:
            say("what is more than texts, signatures and roles is compared from entry {since} on: the release before "
                "told nothing of it", since=checked.since)
        if kept:
            say("they pass through {count} signed checkpoints, the newest of {at:%Y-%m-%d %H:%M} UTC", count=len(kept),
                at=kept[-1].at)
    for found in (finding, set_back):
        if found:
            say("broken: {subject}: {reason}", subject=found.subject, reason=found.reason)
            note("to do: {advice}", advice=found.advice)
    return 1 if finding or set_back else 0


def _checkpoint(args: argparse.Namespace, settings: Settings, database: Database) -> int:
    made = write_checkpoint(settings, database, now=utc_now(), folder=args.out)
    public = settings.data_dir / checkpoints.PUBLIC_KEY
    if args.json:
        say_json({"file": str(made) if made else None, "public_key": str(public)})
    elif made is None:
        say("this head has a checkpoint already")
    else:
        say("{made}; keep it on another machine, and once {public}", made=made, public=public)
    return 0


def _prune(args: argparse.Namespace, settings: Settings, database: Database) -> int:
    kept = settings.section(RetentionSettings)
    with progress_bar("rows") as show:
        pruned = retention.prune(database, OPERATOR, kept, now=utc_now(), origin="cli", is_trial=args.dry_run,
                                 show=show)
    if args.json:
        say_json({"dry_run": args.dry_run, **asdict(pruned), "questions_before": pruned.questions_before.isoformat(),
                  "answers_before": pruned.answers_before.isoformat()})
        return 0
    told = Message("the questions of {questions} answers from before {questions_before:%Y-%m-%d}, {answers} answers "
                   "with {citations} citations from before {answers_before:%Y-%m-%d}, {sessions} web sessions that are "
                   "over, {attempts} old failed sign-ins, {events} changes that every index has heard, {runs} runs of "
                   "jobs, {requests} replies kept for requests that are sent again, {files} files that no text "
                   "carries, {notes} notes on answers and questions in gaps, {notices} notices, {deliveries} "
                   "mails and calls of other systems that were sent, {signals} signals that were cleared",
                   **asdict(pruned))
    if args.dry_run:
        say("would remove {what}", what=told)
    else:
        say("removed {what}", what=told)
    return 0


def _tail(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.reading() as session:
        entries = audit.tail(session, args.n)
    if args.json:
        say_json([{"id": e.id, "at": e.at.isoformat(), "actor": e.actor, "action": e.action, "subject": e.subject,
                   "origin": e.origin, "before": e.before, "after": e.after, "rows": e.rows,
                   "hash": e.hash} for e in entries])
    else:
        for e in entries:
            line(f"{e.id} {e.at.isoformat()} {e.actor} {e.action} {e.subject}")
    return 0 if entries else 1

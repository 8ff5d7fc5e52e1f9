"""``kb scheduler``: run the jobs in a process of their own, or one of them now; what runs when; what ran; pause."""

from __future__ import annotations

import argparse
import contextlib
import threading
from datetime import datetime
from zoneinfo import ZoneInfo

from kb.actor import OPERATOR
from kb.cli.arguments import whole_number
from kb.cli.output import iso, line, padded, say, say_json
from kb.clock import utc_now, zone
from kb.db import Database
from kb.errors import Invalid
from kb.messages.catalogue import in_shell
from kb.settings import Settings
from kb.upkeep.jobs import scheduling
from kb.upkeep.jobs.runs import Job, Work
from kb.upkeep.jobs.schedule import schedules_of
from kb.upkeep.jobs.scheduling import Outcome


def scheduler(parser: argparse.ArgumentParser) -> None:
    """kb scheduler run|status|runs|pause|resume"""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    run = verbs.add_parser("run", help="run the jobs until stopped; or one of them now", epilog="examples:\n"
                           "  kb scheduler run\n  kb scheduler run prune --now",
                           formatter_class=argparse.RawDescriptionHelpFormatter)
    run.add_argument("job", nargs="?", metavar="JOB", help="with --now: this job")
    run.add_argument("--now", action="store_true", help="do the job here and now, whether it is due or paused or not")
    run.set_defaults(run=_run)
    status = verbs.add_parser("status", help="each job: next and last run", epilog="example: kb scheduler status")
    status.set_defaults(run=_status)
    runs = verbs.add_parser("runs", help="what ran, the latest first", epilog="example: kb scheduler runs prune -n 5")
    runs.add_argument("job", nargs="?", default="", metavar="JOB", help="of this job alone")
    runs.add_argument("--failed", action="store_true", help="those that failed alone")
    runs.add_argument("-n", type=whole_number(1, scheduling.MOST), default=20, metavar="N",
                      help="how many (default 20)")
    runs.add_argument("--after", default="", metavar="POSITION", help="go on where --json said `next`")
    runs.set_defaults(run=_runs)
    paused = verbs.add_parser("pause", help="let no run of a job begin by the clock",
                              epilog="example: kb scheduler pause prune")
    resumed = verbs.add_parser("resume", help="let the clock go on with a job",
                               epilog="example: kb scheduler resume prune")
    for verb, act in ((paused, scheduling.pause), (resumed, scheduling.resume)):
        verb.add_argument("job", metavar="JOB")
        verb.set_defaults(run=_change, act=act)
    for verb in verbs.choices.values():
        verb.add_argument("--json", action="store_true", help="for programs")


def _run(args: argparse.Namespace, settings: Settings, database: Database) -> int:
    if args.now != bool(args.job):
        raise Invalid("run_what", "name a job and --now to do it now, or neither to run them all by the clock")
    if args.now:
        return _once(args, settings, database)
    from kb.cli import verb_of

    return int(verb_of("scheduler run")(args, settings, database))


def _once(args: argparse.Namespace, settings: Settings, database: Database) -> int:
    """Ask for a run, and be the one who takes it up, unless another process is faster."""
    from kb.upkeep.jobs.clock import jobs_of

    schedules = schedules_of(settings)
    with database.transaction() as session:
        due = scheduling.ask_run(session, OPERATOR, args.job, schedules, now=utc_now(), origin="cli")
    own = {job.name: job for job in jobs_of(settings, database)}
    with contextlib.ExitStack() as stack:
        if args.job not in own:  # it needs what finds and answers
            more = stack.enter_context(_others(settings, database))
            own = {job.name: job for job in jobs_of(settings, database, more)}
        return _do(args, database, own[args.job], due)


def _others(settings: Settings, database: Database) -> contextlib.AbstractContextManager[dict[str, Work]]:
    from kb.cli import verb_of

    found: contextlib.AbstractContextManager[dict[str, Work]] = verb_of("scheduler once")(settings, database)
    return found


def _do(args: argparse.Namespace, database: Database, job: Job, due: datetime) -> int:
    from kb.upkeep.jobs.running import Runner

    pause = threading.Event()
    while True:
        Runner(database, [job]).look()
        with database.reading() as session:
            asked = [run for run in scheduling.list_runs(session, OPERATOR, job=args.job, limit=scheduling.MOST)
                     if run.due_at == due]
        if asked and asked[0].finished_at:
            break
        pause.wait(0.5)  # another process is at it, or it waits to be tried again
    if args.json:
        say_json(_as_dict(asked[0]))
    else:
        say("{job}: {outcome}: {told}", job=args.job, outcome=asked[0].outcome, told=asked[0].told)
    return 0 if asked[0].outcome is Outcome.DONE else 1


def _status(args: argparse.Namespace, settings: Settings, database: Database) -> int:
    now, tz = utc_now(), zone(settings.hotline.timezone)
    with database.reading() as session:
        found = scheduling.list_jobs(session, OPERATOR, schedules_of(settings), now=now)
    if args.json:
        say_json([{"job": job.name, "schedule": job.expression, "next_at": iso(job.next_at),
                   "paused_at": iso(job.paused_at), "paused_by": job.paused_by or None, "is_running": job.is_running,
                   "is_asked": job.is_asked, "failures": job.failures,
                   "last": _as_dict(job.last) if job.last else None} for job in found])
        return 0
    width = max(len(job.name) for job in found) + 2
    for job in found:
        state = (in_shell("paused by {actor}", actor=job.paused_by) if job.paused_at else
                 in_shell("next {at}", at=_local(job.next_at, tz)) if job.next_at else in_shell("only when asked for"))
        last = in_shell("last {at}: {outcome}: {told}", at=_local(job.last.due_at, tz),
                        outcome=job.last.outcome, told=job.last.told) if job.last else in_shell("no run yet")
        running = f"  [{in_shell('running')}]" if job.is_running else ""
        line(f"{padded(job.name, width)}{padded(job.expression, 16)}{padded(state, 28)}{last}{running}")
    return 0


def _runs(args: argparse.Namespace, settings: Settings, database: Database) -> int:
    if args.job and args.job not in schedules_of(settings):
        raise Invalid("no_job", "there is no job {name!r}; known: {known}", name=args.job[:40],
                      known=sorted(schedules_of(settings)))
    tz = zone(settings.hotline.timezone)
    with database.reading() as session:
        found = scheduling.list_runs(session, OPERATOR, job=args.job, after=args.after, limit=args.n,
                                     outcome=Outcome.FAILED if args.failed else None)
    shown = found[:args.n]
    if args.json:
        say_json({"runs": [_as_dict(run) for run in shown],
                  "next": shown[-1].position if len(found) > args.n else None})
    else:
        for run in shown:
            outcome = in_shell("{outcome}", outcome=run.outcome)
            asked = f"  ({in_shell('asked for by {actor}', actor=run.asked_by)})" if run.asked_by else ""
            line(f"{_local(run.due_at, tz)}  {padded(run.job, 18)}{padded(outcome, 10)}{in_shell(run.told)}{asked}")
    return 0 if shown else 1


def _change(args: argparse.Namespace, settings: Settings, database: Database) -> int:
    with database.transaction() as session:
        args.act(session, OPERATOR, args.job, schedules_of(settings), now=utc_now(), origin="cli")
    if args.json:
        say_json({"job": args.job, "is_paused": args.verb == "pause"})
    elif args.verb == "pause":
        say("{job} is paused", job=args.job)
    else:
        say("{job} goes on", job=args.job)
    return 0


def _local(at: datetime | None, tz: ZoneInfo) -> str:
    return f"{at.astimezone(tz):%Y-%m-%d %H:%M}" if at else ""


def _as_dict(run: scheduling.Run) -> dict[str, object]:
    return {"job": run.job, "due_at": iso(run.due_at), "asked_by": run.asked_by or None, "worker": run.worker,
            "began_at": iso(run.claimed_at) if run.attempts else None, "finished_at": iso(run.finished_at),
            "outcome": run.outcome.value, "attempts": run.attempts, "detail": in_shell(run.told)}

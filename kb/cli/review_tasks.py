"""``kb review tasks|task|confirm|revise|retire|snooze|wake|delegate``: what is to be looked at, by whom and until when;
and ``kb review absence``: who is out of the office.

Reading is the operator's; every act is a named person's, who proves it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from typing import Any

from kb.actor import OPERATOR, Actor
from kb.cli.acting import acting, add_as
from kb.cli.output import hint, line, padded, say, say_json
from kb.clock import utc_now
from kb.db import Database, Session
from kb.errors import Invalid
from kb.messages.catalogue import say_word, shell_language
from kb.messages.message import Message
from kb.people.duty import absences
from kb.reading.tasks.entries import TaskEntry
from kb.reading.tasks.page import task_page
from kb.reading.tasks.queue import MOST, SEVERITIES, Standing, Wanted, Whose, task_queue
from kb.reading.tasks.standings import standings
from kb.settings import Settings
from kb.upkeep.reviews import resolving
from kb.upkeep.reviews import tasks as acts
from kb.upkeep.reviews.daily import tend_tasks

Verbs = Any  # what argparse's add_subparsers gives; it has no public name


def add_task_verbs(verbs: Verbs) -> None:
    """Add the verbs about review tasks to those of ``kb review``."""
    _reading(verbs)
    _deciding(verbs)
    _absence(verbs)


def _reading(verbs: Verbs) -> None:
    tasks = verbs.add_parser("tasks", help="open review tasks, the gravest first; with --departments how each stands",
                             epilog="example: kb review tasks --department hrss --standing late")
    tasks.add_argument("--department", default="", metavar="CODE", help="only of this owner")
    tasks.add_argument("--severity", default="", choices=("", *SEVERITIES), metavar="SEVERITY",
                       help="one of: " + ", ".join(SEVERITIES))
    tasks.add_argument("--person", default="", metavar="LOGIN", help="only whose they are")
    tasks.add_argument("--standing", default=Standing.OPEN.value, choices=tuple(Standing), metavar="STATE",
                       help="one of: " + ", ".join(Standing))
    tasks.add_argument("--after", default="", metavar="ID", help="go on after this task")
    tasks.add_argument("--departments", action="store_true", help="how the departments stand")
    _json(tasks, _tasks)
    one = verbs.add_parser("task", help="one task: why, its evidence, and what happened to it",
                           epilog="example: kb review task 3f2a91bc-…")
    one.add_argument("id")
    _json(one, _task)
    tend = verbs.add_parser("tend", help="open, remind, escalate now, as the server does each morning",
                            epilog="example: kb review tend")
    _json(tend, _tend)


def _deciding(verbs: Verbs) -> None:
    confirm = _act(verbs, "confirm", "state that the text is still right, with the evidence", _confirm,
                   'kb review confirm ID --sha256 HASH --note "与文件核对" --as hrss-editor')
    confirm.add_argument("--sha256", required=True, metavar="HASH", help="of the text that you read: `kb review task`")
    confirm.add_argument("--note", default="", metavar="TEXT", help="how it was checked")
    confirm.add_argument("--source", default="", metavar="TEXT", help="against which document or address")
    confirm.add_argument("--next-on", type=_day, metavar="DATE", help="look at it again before the usual day")
    _act(verbs, "revise", "begin a draft; the task is done when it is published", _revise,
         "kb review revise ID --as hrss-editor")
    retire = _act(verbs, "retire", "retire the article", _retire,
                  'kb review retire ID --reason "业务已停办" --as hrss-approver')
    retire.add_argument("--reason", default="", metavar="TEXT", help="why, where no other article takes its place")
    retire.add_argument("--successor", default="", metavar="SLUG", help="the article that takes its place")
    snooze = _act(verbs, "snooze", "put a task off, with the reason", _snooze,
                  'kb review snooze ID --until 2026-12-11 --reason "等待新文件" --as hrss-editor')
    snooze.add_argument("--until", type=_day, required=True, metavar="DATE")
    snooze.add_argument("--reason", required=True, metavar="TEXT", help="why")
    _act(verbs, "wake", "take up a task that was put off", _wake, "kb review wake ID --as hrss-editor")
    delegate = _act(verbs, "delegate", "hand a task on, or take it", _delegate,
                    "kb review delegate ID --to hrss-approver --as hrss-editor")
    delegate.add_argument("--to", required=True, metavar="LOGIN", help="who may decide on texts of the department")
    delegate.add_argument("--reason", default="", metavar="TEXT", help="what they should know")


def _absence(verbs: Verbs) -> None:
    absence = verbs.add_parser("absence", help="who is out of the office: announce, end, or list",
                               epilog="example: kb review absence hrss-editor --from 2026-12-01 --to 2026-12-10 "
                                      "--substitute hrss-approver --as hrss-editor")
    absence.add_argument("person", metavar="LOGIN")
    absence.add_argument("--from", dest="first_day", type=_day, metavar="DATE", help="the first day")
    absence.add_argument("--to", dest="last_day", type=_day, metavar="DATE", help="the last day")
    absence.add_argument("--substitute", default="", metavar="LOGIN", help="who stands in")
    absence.add_argument("--end", type=int, metavar="N", help="end the absence of this number")
    add_as(absence)
    _json(absence, _absent)


def _json(parser: argparse.ArgumentParser, run: Callable[..., int]) -> None:
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(run=run)


def _act(verbs: Verbs, name: str, help_text: str, do: Callable[[argparse.Namespace, Session, Actor], Message],
         example: str) -> argparse.ArgumentParser:
    """A verb that does something with one task, as a named person."""
    parser: argparse.ArgumentParser = verbs.add_parser(name, help=help_text, epilog=f"example: {example}")
    parser.add_argument("id", help="the task's: `kb review tasks`")
    add_as(parser)

    def run(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
        actor = acting(args, database)
        with database.transaction() as session:
            told = do(args, session, actor)
        if args.json:
            say_json({"id": args.id, "done": name})
        else:
            say(told)
        return 0

    _json(parser, run)
    return parser


def _confirm(args: argparse.Namespace, session: Session, actor: Actor) -> Message:
    checked = resolving.Checked(args.id, args.sha256.lower(), args.note, args.source)
    resolving.confirm_task(session, actor, checked, next_on=args.next_on, now=utc_now(), origin="cli")
    return Message("confirmed; the task is done")


def _revise(args: argparse.Namespace, session: Session, actor: Actor) -> Message:
    draft = resolving.revise_task(session, actor, args.id, now=utc_now(), origin="cli")
    return Message("draft {draft} is begun; the task is done when it is published", draft=draft.id)


def _retire(args: argparse.Namespace, session: Session, actor: Actor) -> Message:
    resolving.retire_task(session, actor, args.id, reason=args.reason, successor=args.successor, now=utc_now(),
                          origin="cli")
    return Message("the article is retired; the task is done")


def _snooze(args: argparse.Namespace, session: Session, actor: Actor) -> Message:
    task = acts.snooze(session, actor, args.id, until=args.until, reason=args.reason, now=utc_now(), origin="cli")
    return Message("put off until {until}; due by {due}", until=args.until.isoformat(), due=task.due_on.isoformat())


def _wake(args: argparse.Namespace, session: Session, actor: Actor) -> Message:
    task = acts.wake(session, actor, args.id, now=utc_now(), origin="cli")
    return Message("taken up again; due by {due}", due=task.due_on.isoformat())


def _delegate(args: argparse.Namespace, session: Session, actor: Actor) -> Message:
    acts.delegate(session, actor, args.id, to=args.to, reason=args.reason, now=utc_now(), origin="cli")
    return Message("handed on to {login}", login=args.to)


def _tasks(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    now = utc_now()
    if args.departments:
        with database.reading() as session:
            stand = standings(session, OPERATOR, now=now)
        if args.json:
            say_json([one.as_dict() for one in stand])
        for one in () if args.json else stand:
            say("{code}: {open} open, {late} overdue, {serious} serious, {snoozed} put off, {done} done lately",
                code=one.code, open=one.open, late=one.late, serious=one.serious, snoozed=one.snoozed, done=one.done)
        return 0 if stand else 1
    wanted = Wanted(Whose.DEPARTMENTS, Standing(args.standing), args.department, args.severity, args.person)
    with database.reading() as session:
        found = task_queue(session, OPERATOR, wanted, now=now, after=args.after, limit=MOST)
    if args.json:
        say_json([one.as_dict() for one in found.items])
    else:
        for entry in found.items:
            line(_row(entry))
    if found.next_after:
        hint("there are more: `kb review tasks --after {task_id}`", task_id=found.next_after)
    if not found.items:
        hint("no such tasks")
    return 0 if found.items else 1


def _row(entry: TaskEntry) -> str:
    said = say_word(entry.severity, shell_language())
    return (f"{entry.id}  {padded(said, 8)} {entry.due_on.isoformat()}  {padded(entry.department, 10)} "
            f"{padded(entry.person, 18)} {entry.title}")


def _task(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    lang = shell_language()
    with database.reading() as session:
        found = task_page(session, OPERATOR, args.id, now=utc_now())
    if args.json:
        say_json(found.entry.as_dict() | {"signals": [one.as_dict(lang) for one in found.signals]})
        return 0
    line(_row(found.entry))
    line(f"{found.entry.slug} r{found.entry.number} {found.entry.sha256}")
    for signal in found.signals:
        line(f"  {padded(say_word(signal.severity, lang), 8)} {signal.said(lang)}")
    for step in found.steps:
        line(f"  {step.at:%Y-%m-%d %H:%M}  {padded(step.kind, 10)} {padded(step.person, 18)} {step.note}".rstrip())
    return 0


def _tend(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    done = tend_tasks(database, now=utc_now())
    if args.json:
        say_json({"done": str(done)})
    else:
        say(done)
    return 0


def _absent(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor, now = acting(args, database), utc_now()
    if (args.first_day is None) != (args.last_day is None):
        raise Invalid("days", "name the first day and the last: --from, --to", fields={"last_day": "required"})
    with database.transaction() as session:
        if args.end is not None:
            absences.end(session, actor, args.end, now=now, origin="cli")
        if args.first_day is not None:
            absences.announce(session, actor, args.person, first_day=args.first_day, last_day=args.last_day,
                              substitute=args.substitute, now=now, origin="cli")
        found = absences.absences_of(session, actor, args.person, now=now)
    if args.json:
        say_json([one.as_dict() for one in found])
        return 0
    for one in found:
        line(f"{one.id:>4}  {one.first_day.isoformat()} – {one.last_day.isoformat()}  {one.substitute}".rstrip())
    if not found:
        hint("{login} is not out of the office", login=args.person)
    return 0


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date; write 2026-03-01") from error

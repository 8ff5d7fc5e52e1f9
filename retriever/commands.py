"""Commands of finding and answering: ask, search, index, eval."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from kb.clock import parse_instant, utc_now, zone
from kb.db import Database
from kb.errors import Invalid
from kb.permissions import CITIZEN, SYSTEM, Actor
from kb.settings import Settings
from retriever.explain_shell import print_explanation
from retriever.files import written_whole
from retriever.records import Answer, AskRequest, SearchHit


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _say_json(value: Any) -> None:
    _say(json.dumps(value, ensure_ascii=False, indent=2))


@contextmanager
def progress_bar() -> Any:
    """A progress bar on standard error, when that is a terminal: call it with (what, done, of)."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as progress:
        tasks: dict[str, Any] = {}

        def show(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what)
            progress.update(tasks[what], completed=done, total=of)

        yield show


def _filters(parser: argparse.ArgumentParser) -> None:
    """The filters that ask and search share."""
    parser.add_argument("--as-of", metavar="DATE", help="answer for this date (2026-03-01) or instant; default now")
    parser.add_argument("--known-at", metavar="TIME", help="as the system knew it then; default now")
    parser.add_argument("--department", metavar="CODE", help="only articles of this department, e.g. hrss")
    parser.add_argument("--audience", choices=("public", "agent"), default="public",
                        help="public: what citizens may read (default); agent: internal articles too")
    parser.add_argument("--lang", choices=("zh", "en"), help="only articles in this language")
    parser.add_argument("--json", action="store_true", help="the object of the API, for programs")


def _viewer(args: argparse.Namespace) -> Actor:
    """Who holds the shell holds the database; the narrower view is the default all the same."""
    return SYSTEM if args.audience == "agent" else CITIZEN


def _instant(text: str | None, settings: Settings, field: str) -> datetime | None:
    return parse_instant(text, zone(settings.hotline.timezone), field=field) if text else None


def ask(parser: argparse.ArgumentParser) -> None:
    """kb ask "question" [--as-of DATE] [--known-at TS] [--department D] [--audience A] [--lang L] [--explain|--json]"""
    parser.epilog = 'example: kb ask "坐轮渡多少钱" --as-of 2025-03-01'
    parser.add_argument("question")
    _filters(parser)
    parser.add_argument("--explain", action="store_true", help="show terms, candidates, evidence and times")

    def run(args: argparse.Namespace, settings: Settings, database: Database) -> int:
        from retriever.factory import build

        request = AskRequest(
            args.question, as_of=_instant(args.as_of, settings, "--as-of"),
            known_at=_instant(args.known_at, settings, "--known-at"), department=args.department,
            audience=args.audience, lang=args.lang, explain=args.explain)
        retriever = build(settings, database)
        try:
            answer = retriever.ask(request, _viewer(args), now=utc_now())
        finally:
            retriever.close()
        if args.json:
            _say_json(answer.as_dict())
        else:
            _print_answer(answer, settings)
        return 1 if answer.abstained else 0

    parser.set_defaults(run=run)


def _print_answer(answer: Answer, settings: Settings) -> None:
    """The answer as a person reads it."""
    day = answer.as_of.astimezone(zone(settings.hotline.timezone)).date()
    if answer.abstained:
        _say(f"知识库中没有可靠答案 / not known as of {day} (confidence {answer.confidence:.2f}).")
        if answer.ask_department:
            d = answer.ask_department
            _say(f"请咨询 / ask: {d['name_zh']} {d['name_en']} {d['phone']}")
        for near in answer.nearest:
            _say(f"  相近条目 / near: {near.title}  [{near.department}/{near.slug}]")
    for sentence in answer.sentences:
        _say(sentence.text + "".join(f"[{n}]" for n in sentence.citations))
    if answer.citations:
        _say("")
    for c in answer.citations:
        where = " › ".join((c.title, *(h for h in c.heading_path if h != c.title)))
        _say(f"[{c.n}] {where} — {c.department}/{c.slug} r{c.revision}, {c.start}–{c.end}, "
             f"{c.effective_from.astimezone(zone(settings.hotline.timezone)).date()} →")
        _say(f"    {c.url}")
    if answer.degraded:
        _say(f"(degraded: {', '.join(answer.degraded)})")
    _say(f"\nas of {day} · confidence {answer.confidence:.2f} · {answer.took_ms:.0f} ms")
    if answer.explain is not None:
        _say("")
        print_explanation(answer.explain, sys.stdout)


def search(parser: argparse.ArgumentParser) -> None:
    """kb search "words" [-k N] [same filters] [--json]"""
    parser.epilog = "example: kb search 公积金 提取 -k 5"
    parser.add_argument("words", nargs="+")
    parser.add_argument("-k", type=int, default=10, metavar="N", help="how many passages, 1 to 100 (default 10)")
    _filters(parser)

    def run(args: argparse.Namespace, settings: Settings, database: Database) -> int:
        from retriever.ask import DEEPEST
        from retriever.factory import build

        if not 1 <= args.k <= DEEPEST:
            raise Invalid("page", f"-k is 1 to {DEEPEST}, not {args.k}")
        retriever = build(settings, database)
        try:
            page = retriever.search(
                " ".join(args.words), _viewer(args), now=utc_now(), as_of=_instant(args.as_of, settings, "--as-of"),
                known_at=_instant(args.known_at, settings, "--known-at"), department=args.department,
                audience=args.audience, lang=args.lang, limit=args.k)
        finally:
            retriever.close()
        if args.json:
            _say_json({"hits": [hit_dict(h) for h in page.hits], "has_more": page.has_more,
                       "took_ms": round(page.took_ms, 1), "degraded": list(page.degraded)})
        else:
            for i, hit in enumerate(page.hits, 1):
                _say(f"{i:>2}. {hit.title} — {' › '.join(hit.heading_path)}  [{hit.department}/{hit.slug} "
                     f"r{hit.revision}]  {hit.score:.3f}")
                _say("    " + " ".join(hit.text.split())[:160])
            if not page.hits:
                _say("没有找到 / nothing found")
        return 0 if page.hits else 1

    parser.set_defaults(run=run)


def hit_dict(hit: SearchHit) -> dict[str, Any]:
    """A search hit in its JSON form, as the API gives it too."""
    return {
        "article_id": hit.article_id, "slug": hit.slug, "revision": hit.revision, "title": hit.title,
        "department": hit.department, "lang": hit.lang, "audience": hit.audience,
        "heading_path": list(hit.heading_path), "text": hit.text, "start": hit.start, "end": hit.end,
        "score": round(hit.score, 4), "effective_from": hit.effective_from.isoformat(),
        "effective_to": hit.effective_to.isoformat() if hit.effective_to else None, "url": hit.url,
    }


def index(parser: argparse.ArgumentParser) -> None:
    """kb index update|rebuild|status|verify"""
    parser.epilog = "example: kb index rebuild && kb index verify"
    parser.add_argument("verb", choices=("update", "rebuild", "status", "verify"),
                        help="update: index what is missing, words and vectors; rebuild: a new index beside the old "
                        "one, then swap; verify: compare with the database")
    parser.add_argument("--json", action="store_true")

    def run(args: argparse.Namespace, settings: Settings, database: Database) -> int:
        work: dict[str, Callable[[Settings, Database, bool], int]] = {
            "update": _update, "rebuild": _rebuild, "status": _status, "verify": _verify}
        return work[args.verb](settings, database, args.json)

    parser.set_defaults(run=run)


def _update(settings: Settings, database: Database, as_json: bool) -> int:
    from retriever.errors import IndexMismatch
    from retriever.factory import build_embedder, open_parts
    from retriever.indexing.consumer import catch_up

    try:
        parts, _ = open_parts(settings, database, build_embedder(settings))
    except IndexMismatch as error:  # after an upgrade; the vectors are cached, so this takes seconds
        sys.stderr.write(f"kb: {error.message.split(':')[0]}; rebuilding it\n")
        return _rebuild(settings, database, as_json)
    with progress_bar() as show:
        articles = catch_up(database, parts.engine)
        total = parts.engine.pending_vectors()
        while parts.engine.embed_pending(64):
            show("embed", total - parts.engine.pending_vectors(), total)
    health = parts.engine.health()
    parts.engine.close()
    if as_json:
        _say_json({"articles": articles, "passages": health.passages, "vectors": health.vectors})
    else:
        _say(f"{articles} articles indexed; {health.passages} passages, {health.vectors} vectors")
    return 0


def _rebuild(settings: Settings, database: Database, as_json: bool) -> int:
    from retriever.factory import build_embedder, index_folder, open_parts
    from retriever.indexing.rebuild import Generations, fill, verify

    with progress_bar() as show:
        parts, folder = open_parts(settings, database, build_embedder(settings), fresh=True)
        articles = fill(database, parts.engine, progress=lambda n, of: show("index", n, of))
        total = parts.engine.pending_vectors()
        while parts.engine.embed_pending(256):
            show("embed", total - parts.engine.pending_vectors(), total)
    problems = verify(database, parts.engine)
    if not problems:
        Generations(index_folder(settings)).promote(folder)
    health = parts.engine.health()
    parts.engine.close()
    if as_json:
        _say_json({"articles": articles, "passages": health.passages, "vectors": health.vectors, "problems": problems})
    else:
        _say(f"{articles} articles, {health.passages} passages, {health.vectors} vectors")
        for problem in problems:
            sys.stderr.write(f"kb: {problem}\n")
    return 1 if problems else 0


def _status(settings: Settings, database: Database, as_json: bool) -> int:
    from kb import lexicon
    from retriever.factory import build_embedder, index_folder, open_parts
    from retriever.indexing.consumer import lag
    from retriever.indexing.rebuild import Generations, words_of

    parts, folder = open_parts(settings, database, build_embedder(settings))
    health, behind, pending = parts.engine.health(), lag(database, parts.engine), parts.engine.pending_vectors()
    with database.reading() as session:
        stale = lexicon.load(session).version != words_of(folder).version
    generation = Generations(index_folder(settings)).current()
    if as_json:
        _say_json({"engine": parts.engine.name, "generation": generation.name if generation else None,
                   "passages": health.passages, "vectors": health.vectors, "pending_vectors": pending,
                   "checkpoint": health.checkpoint, "lag": behind, "fingerprint": health.fingerprint,
                   "dictionary_changed": stale})
    else:
        _say(f"{parts.engine.name}: {health.passages} passages, {health.vectors} vectors ({pending} pending), "
             f"checkpoint {health.checkpoint}, {behind} events behind")
        if stale:
            _say("the dictionary has changed since the index was built: run `kb index rebuild`")
    parts.engine.close()
    return 0


def _verify(settings: Settings, database: Database, as_json: bool) -> int:
    from retriever.factory import open_parts
    from retriever.indexing.consumer import catch_up
    from retriever.indexing.rebuild import verify

    parts, _ = open_parts(settings, database, None)
    catch_up(database, parts.engine)
    problems = verify(database, parts.engine)
    parts.engine.close()
    if as_json:
        _say_json({"problems": problems})
    else:
        _say("\n".join(problems) or "index and database agree")
    return 1 if problems else 0


def eval_(parser: argparse.ArgumentParser) -> None:
    """kb eval DIR [--engine E] [--limit N] [--run FILE] [--errors FILE] [--json]"""
    parser.epilog = "example: kb eval tests/data/tiny --run run.jsonl"
    parser.add_argument("dir", type=Path, metavar="DIR", help="folder with corpus.jsonl, queries.jsonl, qrels.tsv")
    parser.add_argument("--engine", choices=("embedded",), default="embedded")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N questions")
    parser.add_argument("--run", type=Path, metavar="FILE", dest="run_file", help="write one line a question here")
    parser.add_argument("--errors", type=Path, metavar="FILE", dest="errors_file",
                        help="write the failures, worst first, and the risk-coverage curve here, as one HTML page")
    parser.add_argument("--json", action="store_true", help="(the result always is one JSON object)")

    def run(args: argparse.Namespace, settings: Settings, database: Database) -> int:  # noqa: ARG001
        from retriever.ask import model_of
        from retriever.evaluation.dataset import read_dataset
        from retriever.evaluation.errors import Failures
        from retriever.evaluation.run import evaluate
        from retriever.settings import SearchSettings

        if args.limit is not None and args.limit < 1:
            raise Invalid("limit", f"--limit is at least 1, not {args.limit}")
        if args.run_file and args.errors_file and args.run_file.absolute() == args.errors_file.absolute():
            raise Invalid("files", f"--run and --errors name one file: {args.run_file}")
        dataset = read_dataset(args.dir)
        with ExitStack() as files, progress_bar() as show:
            # opened before the first question, so that a wrong path is noticed at once
            file = files.enter_context(written_whole(args.run_file)) if args.run_file else None
            page = files.enter_context(written_whole(args.errors_file)) if args.errors_file else None
            failures = Failures(model_of(settings.section(SearchSettings))) if page else None
            result = evaluate(settings, dataset, now=utc_now(), limit=args.limit, run_file=file, progress=show,
                              watch=failures.see if failures else None)
            if failures and page:
                failures.write(page, result, threshold=result["threshold"])
        _say_json(result)
        return 0

    parser.set_defaults(run=run)

"""Commands of finding and answering: ask, search, index."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from kb.actor import CITIZEN, OPERATOR, Actor
from kb.clock import parse_instant, utc_now, zone
from kb.db import Database
from kb.errors import Invalid
from kb.garbage import none_while_loading
from kb.messages.catalogue import in_shell
from kb.settings import Settings
from retriever.answering.answer_shell import print_answer
from retriever.answering.explain_shell import print_explanation
from retriever.records import CALL_REF_CHARS, AskRequest
from retriever.shell import hint, line, progress_bar, say, say_json

if TYPE_CHECKING:
    from retriever.ask import Retriever


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
    return OPERATOR if args.audience == "agent" else CITIZEN


def _instant(text: str | None, settings: Settings, field: str) -> datetime | None:
    return parse_instant(text, zone(settings.hotline.timezone), field=field) if text else None


def _call_ref(text: str | None) -> str | None:
    if text is not None and not (0 < len(text) <= CALL_REF_CHARS and text.isprintable()):
        raise Invalid("call_ref", "--call-ref has 1 to {call_ref_chars} printable characters",
                      call_ref_chars=CALL_REF_CHARS)
    return text


def _built(settings: Settings, database: Database) -> Retriever:
    with none_while_loading():
        from retriever.factory import build

        return build(settings, database)


def ask(parser: argparse.ArgumentParser) -> None:
    """kb ask "question" [--as-of DATE] [--known-at TS] [--department D] [--audience A] [--lang L] [--ignore-time]
    [--call-ref REF] [--explain|--json]"""
    parser.epilog = 'example: kb ask "坐轮渡多少钱" --as-of 2025-03-01'
    parser.add_argument("question")
    _filters(parser)
    parser.add_argument("--ignore-time", action="store_true",
                        help="answer by today's rules, whatever time the question names")
    parser.add_argument("--call-ref", metavar="REF", help="the call's number, kept beside the answer")
    parser.add_argument("--explain", action="store_true", help="show terms, candidates, evidence, figures and times")

    def run(args: argparse.Namespace, settings: Settings, database: Database) -> int:
        request = AskRequest(
            args.question, as_of=_instant(args.as_of, settings, "--as-of"),
            known_at=_instant(args.known_at, settings, "--known-at"), department=args.department,
            audience=args.audience, lang=args.lang, explain=args.explain,
            read_time=not args.ignore_time, call_ref=_call_ref(args.call_ref))
        retriever = _built(settings, database)
        try:
            retriever.catch_up()
            answer = retriever.ask(request, _viewer(args), now=utc_now())
        finally:
            retriever.close()
        if args.json:
            say_json(answer.as_dict())
        else:
            print_answer(answer, sys.stdout, zone(settings.hotline.timezone), with_figures=args.explain)
            if answer.explain is not None:
                say("")
                print_explanation(answer.explain, sys.stdout)
        return 1 if answer.abstained else 0

    parser.set_defaults(run=run)


def search(parser: argparse.ArgumentParser) -> None:
    """kb search "words" [-k N] [same filters] [--json]"""
    parser.epilog = "example: kb search 公积金 提取 -k 5"
    parser.add_argument("words", nargs="+")
    parser.add_argument("-k", type=int, default=10, metavar="N", help="how many passages, 1 to 100 (default 10)")
    _filters(parser)

    def run(args: argparse.Namespace, settings: Settings, database: Database) -> int:
        with none_while_loading():
            from retriever.ask import DEEPEST

        if not 1 <= args.k <= DEEPEST:
            raise Invalid("page", "-k is 1 to {deepest}, not {k}", deepest=DEEPEST, k=args.k)
        retriever = _built(settings, database)
        try:
            retriever.catch_up()
            page = retriever.search(
                " ".join(args.words), _viewer(args), now=utc_now(), as_of=_instant(args.as_of, settings, "--as-of"),
                known_at=_instant(args.known_at, settings, "--known-at"), department=args.department,
                audience=args.audience, lang=args.lang, limit=args.k)
        finally:
            retriever.close()
        if args.json:
            say_json({"hits": [h.as_dict() for h in page.hits], "has_more": page.has_more,
                       "took_ms": round(page.took_ms, 1), "degraded": list(page.degraded)})
        else:
            for i, hit in enumerate(page.hits, 1):
                line(f"{i:>2}. {hit.title} — {' › '.join(hit.heading_path)}  [{hit.department}/{hit.slug} "
                     f"r{hit.revision}]  {hit.score:.3f}")
                line("    " + " ".join(hit.body.split())[:160])
            if not page.hits:
                say("nothing found")
        return 0 if page.hits else 1

    parser.set_defaults(run=run)


def index(parser: argparse.ArgumentParser) -> None:
    """kb index update|rebuild|status|verify"""
    parser.epilog = "example: kb index rebuild && kb index verify"
    parser.add_argument("verb", choices=("update", "rebuild", "status", "verify"),
                        help="update: index what is missing, words and vectors; rebuild: a new index beside the old "
                        "one, then swap; verify: compare with the database, and look for damage")
    parser.add_argument("--json", action="store_true")

    def run(args: argparse.Namespace, settings: Settings, database: Database) -> int:
        work: dict[str, Callable[[Settings, Database, bool], int]] = {
            "update": _update, "rebuild": _rebuild, "status": _status, "verify": _verify}
        return work[args.verb](settings, database, args.json)

    parser.set_defaults(run=run)


def _update(settings: Settings, database: Database, as_json: bool) -> int:
    from retriever.errors import EngineDown, IndexMismatch
    from retriever.factory import build_embedder, open_parts
    from retriever.indexing.consumer import catch_up
    from retriever.indexing.vectors import embed_pending

    try:
        parts, _ = open_parts(settings, database, build_embedder(settings))
        articles = catch_up(database, parts.engine)
    except (EngineDown, IndexMismatch) as error:  # after an upgrade; the vectors are cached, so this takes seconds
        if isinstance(error, EngineDown) and error.code != "index_outrun":
            raise
        hint("the search index cannot be used as it is ({code}); rebuilding it", code=error.code)
        return _rebuild(settings, database, as_json)
    with progress_bar() as show:
        total = parts.engine.pending_vectors()
        while embed_pending(parts.engine, parts.embedder, 64):
            show("embed", total - parts.engine.pending_vectors(), total)
    health = parts.engine.health()
    parts.engine.close()
    if as_json:
        say_json({"articles": articles, "passages": health.passages, "vectors": health.vectors})
    else:
        say("{articles} articles indexed; {passages} passages, {vectors} vectors", articles=articles,
            passages=health.passages, vectors=health.vectors)
    return 0


def _rebuild(settings: Settings, database: Database, as_json: bool) -> int:
    from retriever.factory import build_embedder, index_folder, open_parts
    from retriever.indexing.rebuild import Generations, compare_with_database, fill
    from retriever.indexing.vectors import embed_pending

    cut: dict[str, int] = {}
    with progress_bar() as show:
        parts, folder = open_parts(settings, database, build_embedder(settings), fresh=True)
        articles = fill(database, parts.engine, progress=lambda n, of: show("index", n, of), cut=cut)
        total = parts.engine.pending_vectors()
        while embed_pending(parts.engine, parts.embedder, 256):
            show("embed", total - parts.engine.pending_vectors(), total)
    problems = compare_with_database(database, parts.engine, cut=cut)
    if not problems:
        Generations(index_folder(settings)).promote(folder)
    health = parts.engine.health()
    parts.engine.close()
    if as_json:
        say_json({"articles": articles, "passages": health.passages, "vectors": health.vectors,
                  "problems": [in_shell(problem) for problem in problems]})
    else:
        say("{articles} articles, {passages} passages, {vectors} vectors", articles=articles, passages=health.passages,
            vectors=health.vectors)
        for problem in problems:
            hint(problem)
    return 1 if problems else 0


def _status(settings: Settings, database: Database, as_json: bool) -> int:
    from kb.content import lexicon
    from retriever.factory import build_embedder, index_folder, open_parts
    from retriever.indexing.consumer import lag
    from retriever.indexing.rebuild import Generations, words_of

    parts, folder = open_parts(settings, database, build_embedder(settings))
    health, behind, pending = parts.engine.health(), lag(database, parts.engine), parts.engine.pending_vectors()
    with database.reading() as session:
        stale = lexicon.load(session).version != words_of(folder).version
    generation = Generations(index_folder(settings)).current()
    if as_json:
        say_json({"engine": parts.engine.name, "generation": generation.name if generation else None,
                   "passages": health.passages, "vectors": health.vectors, "pending_vectors": pending,
                   "checkpoint": health.checkpoint, "lag": behind, "fingerprint": health.fingerprint,
                   "dictionary_changed": stale})
    else:
        say("{name}: {passages} passages, {vectors} vectors ({pending} pending), checkpoint {checkpoint}, {behind} "
            "events behind", name=parts.engine.name, passages=health.passages, vectors=health.vectors, pending=pending,
            checkpoint=health.checkpoint, behind=behind)
        if stale:
            say("the dictionary has changed since the index was built: run `kb index rebuild`")
    parts.engine.close()
    return 0


def _verify(settings: Settings, database: Database, as_json: bool) -> int:
    from retriever.factory import build_embedder, open_parts
    from retriever.indexing.consumer import catch_up
    from retriever.indexing.rebuild import compare_with_database

    parts, _ = open_parts(settings, database, build_embedder(settings))
    catch_up(database, parts.engine)
    problems = compare_with_database(database, parts.engine)
    parts.engine.close()
    if as_json:
        say_json({"problems": [in_shell(problem) for problem in problems]})
    for problem in problems if not as_json else ():
        say(problem)
    if not problems and not as_json:
        say("index and database agree")
    return 1 if problems else 0

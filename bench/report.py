"""The bench's figures as tables for people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

_MIB = 1024 * 1024
_NOTES = (
    "ask: cited answer. search: ten passages. All of one process, warm, one after the other; p50 / p95 / p99.",
    "Our questions carry their filters (department, language, audience, date); the others know none and rank the same "
    "passages, older revisions included. All embed each question anew with the same model.",
    "build: from article files (ours: import, publish, words) or from passages (theirs), vectors from the cache.",
    "publish: from the click until a question finds the text. cold start: a fresh process, its first answer.",
    "search and read: the others' ten passages and the reader's time for the best of them; ask is this system's.",
    "memory: peak resident; of it own, and mapped files after the asks, which the system takes back when short.",
)


def show(sizes: Sequence[dict[str, Any]], compared: Sequence[dict[str, Any]]) -> None:
    """Print one table a size and one of quality."""
    console = Console(width=120)
    for size in sizes:
        console.print(_speed(size))
    if len(sizes) > 1:
        first, last = sizes[0], sizes[-1]
        grown = last["ours"]["ask_ms"]["p99"] / first["ours"]["ask_ms"]["p99"]
        console.print(f"From {first['passages']:,} to {last['passages']:,} passages ask p99 grew × {grown:.1f}.")
    for note in _NOTES if sizes else ():
        console.print(f"  {note}", style="dim")
    if compared:
        console.print(_quality(compared))


def _speed(size: dict[str, Any]) -> Table:
    """One corpus size: a row for each figure, a column for each system."""
    ours, peers = size["ours"], size["peers"]
    table = Table(title=f"{size['passages']:,} passages, {size['questions']:,} questions")
    for heading in ("", "this system", *peers):
        table.add_column(heading, justify="left" if not heading else "right")

    def row(label: str, own: str, theirs: Callable[[dict[str, Any]], str] = lambda _: "–") -> None:
        table.add_row(label, own, *("not installed" if p is None else theirs(p) for p in peers.values()))

    build = ours["build"]
    row("ask ms", _spread(ours["ask_ms"]))
    row("ask ms, no filter", _spread(ours["ask_unfiltered_ms"]))
    row("search ms", _spread(ours["search_ms"]), lambda p: _spread(_percentiles(p["search_ms"])))
    if any(p and "reading_ms" in p for p in peers.values()):
        row("search and read ms", _spread(ours["ask_ms"]), lambda p: _spread(_percentiles(_read_ms(p))))
    load = ours["sustained"]
    row(f"ask ms at {load['asked_per_s']}/s", f"{_spread(load)} ({load['answered_per_s']:.0f}/s)")
    row("publish ms", f"{ours['publish_ms']['p50']:.0f} / {ours['publish_ms']['p99']:.0f} (p50 / p99)",
        lambda p: f"{max(p['publish_ms']):.0f} (worst of {len(p['publish_ms'])})")
    row("import articles/s", f"{build['articles'] / build['import_s']:.0f}")
    row("build s", f"{build['import_s'] + build['index_s'] + build['vectors_s']:.0f}", lambda p: f"{p['build_s']:.0f}")
    row("disk MiB", f"{build['disk_bytes'] / _MIB:.0f}", lambda p: f"{p['disk_bytes'] / _MIB:.0f}")
    row("memory MiB", _memory(ours["memory"]), lambda p: _memory(p["memory"]))
    if any(p and "memory_reading" in p for p in peers.values()):
        row("memory MiB, with reader", _memory(ours["memory"]), lambda p: _memory(p["memory_reading"]))
    row("cold start s", f"{ours['cold_start_s']:.1f}", lambda p: f"{p['cold_start_s']:.1f}")
    for name, spread in ours["stages_ms"].items():
        row(f"  of ask: {name}", _spread(spread))
    return table


def _read_ms(peer: dict[str, Any]) -> list[float]:
    """Milliseconds of searching and reading, question by question."""
    return [search + read for search, read in zip(peer["search_ms"], peer["reading_ms"], strict=True)]


def _percentiles(values: Sequence[float]) -> dict[str, float]:
    from retriever.lab.evaluation.metrics import percentile

    return {f"p{round(100 * share)}": percentile(values, share) for share in (0.5, 0.95, 0.99)}


def _spread(values: dict[str, float]) -> str:
    return " / ".join(f"{values[name]:.1f}" for name in ("p50", "p95", "p99"))


def _memory(values: dict[str, int]) -> str:
    return f"{values['peak'] / _MIB:.0f} (own {values['own'] / _MIB:.0f}, mapped {values['mapped'] / _MIB:.0f})"


def _quality(compared: Sequence[dict[str, Any]]) -> Table:
    """nDCG@10, passage_hit@1 and @5 of every set and system, × 100."""
    table = Table(title="Quality × 100: nDCG@10 / passage_hit@1 / passage_hit@5")
    table.add_column("set")
    for name in compared[0]["systems"]:
        table.add_column(name, justify="right")
    for one in compared:
        table.add_row(f"{one['set']} ({one['questions']})", *(
            "not installed" if found is None else " / ".join("–" if v is None else f"{v:.1f}" for v in found.values())
            for found in one["systems"].values()))
    return table

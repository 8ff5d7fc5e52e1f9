"""An explanation as a person reads it in the shell: short, aligned in columns (a Chinese character takes two), in the
question's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from retriever.answering.labels import label, passage_as_read

_WIDTH = 110  # where no terminal says how wide it is
_FEATURES = 3
_TERMS = 12
_TEXTS: Mapping[str, tuple[str, str]] = {
    "words": ("检索用词", "Words searched, with their rarity"),
    "question": ("问题", "question"), "dialogue": ("对话", "dialogue"), "other_name": ("别名", "other names"),
    "spelling": ("改字", "other spelling"), "read_as": ("“{said}”可能是“{read}”", '"{said}" may mean "{read}"'),
    "reads": ("连同对话，模型读到：", "With the dialogue the model reads: "),
    "leans": ("问题本身太短，以对话为准。", "The question says little by itself, so the dialogue stands in for it."),
    "new_topic": ("已按新问题处理，未结合上文。", "Read as a new topic, without the dialogue."),
    "candidates": ("候选段落：初选 {proposed}，核对去掉 {dropped}",
                   "Candidates: {proposed} proposed, {dropped} dropped by the check"),
    "passage": ("段落", "passage"), "score": ("得分", "score"),
    "why": ("得分来自 / 落后原因", "scored by / behind on"),
    "missing": ("未涉及：", "not said: "),
    "reading": ("阅读：{threshold:+.2f} 起标出", "As read: marked from {threshold:+.2f}"),
    "answers": ("回答", "answers"),
    "evidence": ("句子", "Sentences"), "chance": ("可能", "chance"), "sentence": ("句子", "sentence"),
    "confidence": ("置信度", "Confidence"), "feature": ("特征", "feature"), "value": ("值", "value"),
    "adds": ("贡献", "adds"), "costs": ("差距", "short by"),
    "start": ("起点", "base"), "times": ("用时", "Times"),
}


def print_explanation(explained: Mapping[str, Any], out: TextIO) -> None:
    """Write it to ``out``; colours and the terminal's own width only where that is a terminal."""
    console = Console(file=out, highlight=False, emoji=False, markup=False)
    if not console.is_terminal:
        console.width = _WIDTH
    lang = explained["lang"]
    with console.capture() as written:
        console.print(Text(explained["confidence"]["summary"][lang], style="bold"))
        for title, body in (_words(explained, lang), _candidates(explained, lang),
                            _reading(explained["reading"], lang) if explained["reading"] else
                            _sentences(explained["evidence"], lang), _confidence(explained["confidence"], lang),
                            _times(explained["stages_ms"], lang)):
            console.print(Text(f"\n{title}", style="bold cyan"))
            console.print(Padding(body, (0, 0, 0, 2)))
    out.write("".join(f"{line.rstrip()}\n" for line in written.get().splitlines()))


def _text(name: str, lang: str, **values: object) -> str:
    return _TEXTS[name][lang != "zh"].format(**values)


def _grid(*columns: tuple[str, dict[str, Any]]) -> Table:
    """Columns (heading, how it is set) without lines between them."""
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading, options in columns:
        table.add_column(heading, overflow="fold", **options)
    return table


def _signed(parts: Sequence[tuple[str, float]], lang: str, sign: str) -> str:
    gap = "" if lang == "zh" else " "  # a Chinese line then breaks between reasons only
    return "  ".join(f"{label(name, lang)}{gap}{sign}{value:.2f}" for name, value in parts)


def _words(explained: Mapping[str, Any], lang: str) -> tuple[str, Group]:
    lines = []
    for origin in ("question", "spelling", "dialogue", "other_name"):
        terms = [t for t in explained["terms"] if t["from"] == origin]
        terms.sort(key=lambda t: -t["weight"] * t["rarity"])
        if terms:
            told = " · ".join(f"{t['term']} {t['rarity']:.1f}" for t in terms[:_TERMS])
            lines.append(Text(_text(origin, lang) + ("：" if lang == "zh" else ": ") + told))
    lines += [Text(_text("read_as", lang, **reading), style="yellow") for reading in explained["read_as"]]
    dialogue = explained["dialogue"]
    if dialogue["used"]:
        lines.append(Text(_text("reads", lang) + dialogue["model_reads"], style="dim"))
    if dialogue["leans_on_it"]:
        lines.append(Text(_text("leans", lang), style="dim"))
    if dialogue["new_topic"]:
        lines.append(Text(_text("new_topic", lang), style="dim"))
    return _text("words", lang), Group(*lines)


def _candidates(explained: Mapping[str, Any], lang: str) -> tuple[str, Table]:
    table = _grid(("#", {"justify": "right"}), (_text("score", lang), {"justify": "right"}),
                  (_text("passage", lang), {"ratio": 5}), (_text("why", lang), {"ratio": 4}))
    for c in explained["candidates"]:
        if c["place"] == 1:
            best = sorted(c["contributions"].items(), key=lambda item: -item[1])[:_FEATURES]
            why = Text(_signed(best, lang, "+"), style="green")
            if c["missing"]:
                why.append(f"\n{_text('missing', lang)}{' '.join(c['missing'])}", style="yellow")
        else:
            why = Text(_signed([(r["feature"], r["by"]) for r in c["lost_by"]], lang, "−"))
        place = Text(" › ".join([c["title"], *(h for h in c["heading_path"] if h != c["title"])]))
        place.append(f"  {c['slug']} r{c['revision']} {c['start']}–{c['end']}", style="dim")
        table.add_row(str(c["place"]), f"{c['score']:.3f}", place, why)
    counts = {name: explained[name] for name in ("proposed", "dropped")}
    return _text("candidates", lang, **counts), table


def _reading(reading: Mapping[str, Any], lang: str) -> tuple[str, Table]:
    """What the reader says of each passage and of its likeliest units, as logits."""
    table = _grid(("", {}), ("#", {"justify": "right"}), (_text("answers", lang), {"justify": "right"}),
                  (_text("sentence", lang), {"ratio": 1}))
    for passage in reading["passages"]:
        place = Text(" › ".join(passage["heading_path"]), style="bold")
        place.append(f"  {passage['slug']}  {passage_as_read(passage['logit'], lang)}", style="dim")
        table.add_row("", str(passage["place"]), f"{passage['logit']:+.2f}", place)
        for unit in passage["units"]:
            style = "green" if unit["marked"] else "dim"
            table.add_row("✓" if unit["marked"] else "", "", Text(f"{unit['logit']:+.2f}", style=style),
                          Text(unit["text"], style=style))
    return _text("reading", lang, threshold=reading["threshold"]), table


def _sentences(evidence: Mapping[str, Any], lang: str) -> tuple[str, Table]:
    table = _grid(("", {}), (_text("chance", lang), {"justify": "right"}), (_text("sentence", lang), {"ratio": 5}),
                  (_text("why", lang), {"ratio": 4}))
    for one in evidence["chosen"]:
        best = sorted(((n, v) for n, v in one["contributions"].items() if v > 0), key=lambda item: -item[1])
        table.add_row("✓", f"{one['chance']:.2f}", Text(one["text"]),
                      Text(_signed(best[:_FEATURES], lang, "+"), style="green"))
    for one in evidence["not_chosen"]:
        why = _signed([(r["feature"], r["by"]) for r in one["lost_by"]], lang, "−")
        table.add_row("", f"{one['chance']:.2f}", Text(one["text"], style="dim"), Text(why, style="dim"))
    return _text("evidence", lang), table


def _confidence(confidence: Mapping[str, Any], lang: str) -> tuple[str, Table]:
    table = _grid((_text("feature", lang), {}), (_text("value", lang), {"justify": "right"}),
                  (_text("adds", lang), {"justify": "right"}), (_text("costs", lang), {"justify": "right"}))
    short = {s["feature"]: s["by"] for s in confidence["short"]}
    table.add_row(_text("start", lang), "", f"{confidence['intercept']:+.2f}", "")
    for name, value in confidence["features"].items():
        could = f"+{short[name]:.2f}" if name in short else ""
        table.add_row(label(name, lang), f"{value:.2f}", f"{confidence['contributions'][name]:+.2f}",
                      Text(could, style="yellow"))
    return f"{_text('confidence', lang)} {confidence['value']:.2f} / {confidence['threshold']:.2f}", table


def _times(stages: Mapping[str, float], lang: str) -> tuple[str, Text]:
    told = " · ".join(f"{label(name, lang)} {ms:.1f}" for name, ms in stages.items())
    return f"{_text('times', lang)} (ms)", Text(told)

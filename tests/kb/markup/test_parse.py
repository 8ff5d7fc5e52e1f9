"""The one parse: what a page shows is what is matched and said, offsets are exact, what is hidden is nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise

import pyromark
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.markup.document import SHOWN, Block, Document, footnotes
from kb.markup.parse import parse
from kb.markup.render import render_html
from retriever.language.analysis import Analyser
from retriever.passages.cutting import split
from retriever.passages.tables import rows_by_start
from tests.commonmark_spec import Example, examples
from tests.retriever.watch import watchdog

GFM = (pyromark.Options.ENABLE_TABLES | pyromark.Options.ENABLE_FOOTNOTES | pyromark.Options.ENABLE_STRIKETHROUGH
       | pyromark.Options.ENABLE_TASKLISTS)


def squeezed(text: str) -> str:
    """Text without blanks: where a page breaks its lines is the browser's business."""
    return "".join(text.split())


class _Text(HTMLParser):
    """A page's text: pictures by their description, without the boxes of tasks and the numbers of footnotes."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = dict(attrs)
        if tag == "img":
            self.parts.append(facts.get("alt") or "")
        elif tag not in ("br", "hr", "input"):
            self._inside.append("sup" if facts.get("class") in ("task", "footnote-definition-label") else tag)

    def handle_endtag(self, tag: str) -> None:
        if self._inside and tag not in ("br", "hr"):
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if "sup" not in self._inside:
            self.parts.append(data)


def text_of(html: str) -> str:
    parser = _Text()
    parser.feed(html)
    parser.close()
    return squeezed("".join(parser.parts))


def page_of(document: Document) -> str:
    """What the page should show, in its order: footnotes stand at its end, those in footnotes too."""
    def leaves(block: Block) -> Iterator[Block]:
        for inner in block.blocks:
            if inner.kind != "footnote":
                yield from leaves(inner)
        if not block.blocks:
            yield block

    shown, notes = list(leaves(document.root)), list(footnotes(document.root))
    met = [piece.data for piece in document.pieces if piece.kind == "note"]
    order = {label: n for n, label in reversed(list(enumerate((*met, *(note.label for note in notes)))))}
    for note in sorted(notes, key=lambda note: order[note.label]):
        shown += leaves(note)
    return squeezed("".join(document.visible(b.start, b.end, struck=True) for b in shown))


def check(source: str) -> None:
    """What holds for any source whatever."""
    document = parse(source)
    last = 0
    for piece in document.pieces:
        assert last <= piece.start <= piece.end <= len(source)
        last = piece.end if piece.kind in SHOWN else last
        if piece.is_literal and piece.kind in ("text", "code"):
            written = re.sub("[\0\ud800-\udfff]", "\ufffd", source[piece.start:piece.end])
            assert piece.text == (written.replace("\n", " ") if piece.data else written)
    page = text_of(render_html(source)).replace("…", "")
    assert page == page_of(document).replace("…", "")
    # what is struck out is shown and never said
    unstruck = squeezed(document.visible(0, len(source)))
    for cut in split(source):
        assert squeezed(cut.body) in unstruck
        for unit in cut.units:
            assert source[unit.start:unit.end].strip() and unit.text
            said = squeezed(document.said(unit.start, unit.end))
            if unit.kind == "row":
                row = rows_by_start(source)[unit.start]
                assert all(squeezed(cell.text) in unstruck for cell in row.cells)
                assert said == squeezed("".join(cell.text for cell in row.cells if cell.is_own))
            else:
                assert said == squeezed(unit.text)
                assert said in unstruck


# generated Markdown: every construct, mixed and nested, in both languages

WORDS = st.sampled_from(["工本费20元", "身份证、户口簿", "长屿区", "办理", "the fee", "Form Q-12", "e.g. a copy",
                         "5 < 6", "No. 5",
                         "（含邮费；不含税）", "“不行。”", "1．甲", "（一）本市户籍", "①乙", "a) copy"])
ENDS = st.sampled_from(["。", "；", "：", ". ", "？", "?", "", " ", "，"])
HIDDEN = "密文hush"
INLINE = st.recursive(
    st.one_of(WORDS, st.tuples(WORDS, ENDS).map("".join)),
    lambda inner: st.one_of(
        inner.map(lambda t: f"**{t}**"), inner.map(lambda t: f"*{t}*"), inner.map(lambda t: f"~~{t}~~"),
        inner.map(lambda t: f"[{t}](https://{HIDDEN}.example/a?b=1 \"{HIDDEN}\")"), inner.map(lambda t: f"[{t}][ref]"),
        inner.map(lambda t: f"![{t}](x.png)"), inner.map(lambda t: f"<b>{t}</b>"), inner.map(lambda t: f"<{t}>"),
        st.tuples(inner, inner).map("".join), st.tuples(inner, inner).map("\n".join),
        st.tuples(inner, inner).map("\\\n".join), st.tuples(inner, inner).map("<br>".join),
        inner.map(lambda t: f"{t}[^1]"), inner.map(lambda t: f"{t}<!-- {HIDDEN} -->"),
        st.sampled_from(["`code <b> & |`", "&amp;&nbsp;&lt;", r"\*\[\<", "<https://a.example/x?y=1>",
                         "<span hidden>x</span>"])),
    max_leaves=6)
LINE = INLINE.map(lambda t: t.replace("\n", " "))


def _indented(block: str, mark: str) -> str:
    return mark + block.replace("\n", "\n" + " " * len(mark))


BLOCK = st.recursive(
    st.one_of(
        INLINE, LINE.map(lambda t: f"## {t}"), LINE.map(lambda t: f"{t}\n==="),
        st.just(f"[//]: # ({HIDDEN})"), st.just(f"[ref]: https://a.example/{HIDDEN} '{HIDDEN}'"), st.just("---"),
        st.just(f"<!-- {HIDDEN}\n\n{HIDDEN} -->"), LINE.map(lambda t: f"<!-- {HIDDEN} --> {t}"),
        LINE.map(lambda t: f"[^1]: {t}"), LINE.map(lambda t: f"[^2]: > [^3]: {t}"),
        LINE.map(lambda t: f"```\n{t}\n  # x\n```"),
        st.lists(st.tuples(LINE, LINE, LINE), min_size=1, max_size=4).map(
            lambda rows: "| 项 | 数 | |\n|---|:-:|--:|\n" + "\n".join(
                "| " + " | ".join(c.replace("|", "\\|") for c in row) + " |" for row in rows)),
        st.sampled_from(["a | b\n--|--\n1 | 2", "| 项 | 元 |\n|---|---|\n| 补卡 | 20 |\n| | 免费 |\n| - | - |",
                         "第一章……1"])),
    lambda inner: st.one_of(
        inner.map(lambda b: "> " + b.replace("\n", "\n> ")),
        st.lists(inner, min_size=1, max_size=3).map(lambda bs: "\n".join(_indented(b, "- ") for b in bs)),
        st.lists(inner, min_size=1, max_size=3).map(lambda bs: "\n".join(_indented(b, "1. ") for b in bs)),
        inner.map(lambda b: _indented(b, "- [x] "))),
    max_leaves=8)
NAMED = WORDS.map(lambda t: f"## {t} {{#{HIDDEN}}}")
SOURCES = st.lists(st.one_of(BLOCK, NAMED), max_size=8).map("\n\n".join)


@settings(max_examples=400, deadline=None)
@given(SOURCES)
def test_page_passages_and_units_show_the_same_words_at_exact_places(source: str) -> None:
    check(source)


@settings(max_examples=300, deadline=None)
@given(SOURCES)
def test_nothing_that_the_page_hides_is_indexed_or_said(source: str) -> None:
    page = text_of(render_html(source))
    analyser = Analyser()
    for cut in split(source):
        for text in (cut.body, cut.context, *cut.heading_path, *(u.text + u.lead_text for u in cut.units)):
            assert HIDDEN in page or ("hush" not in text and "hush" not in analyser.terms(text))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(WORDS, st.sampled_from([
    f"[//]: # ({HIDDEN})", f"[ref]: https://a.example/{HIDDEN} '{HIDDEN}'", f"<!-- {HIDDEN}\n\n{HIDDEN} -->",
    f"- 甲\n\n  <!-- {HIDDEN} -->", f"> [x]: /{HIDDEN}", f"[题](https://{HIDDEN}.example '{HIDDEN}')",
])), max_size=8).map("\n\n".join))
def test_what_markdown_hides_no_page_shows(source: str) -> None:
    assert HIDDEN not in text_of(render_html(source))
    assert HIDDEN not in squeezed(parse(source).visible(0, len(source), struck=True))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([
    *"[]()!*_`~<>&|\\#-+.:\n \t\"'{}^1甲。；：（）“”😀\0", "\n\n", "<!--", "-->", "](", "]:", "**", "~~", "```", "[^1]",
    "[^1]:", "| a |\n|---|\n", "    ", "> ", "- ", "1. ", "<br>", "<b ", "&amp;", "\ud800", "\r\n",
]), max_size=60).map("".join))
def test_any_mixture_of_marks_is_shown_indexed_and_said_alike(source: str) -> None:
    check(source)


@pytest.mark.parametrize("source", [
    "[^1]: > [^2]: 退款须知\n", "[^1]:2. [^2]: a\n[^2]:b",
    " <!-->~<!--", "  <!--> 甲 <!-- 乙 --> 丙 <!--", "<!-->~<!--",
    "> \t<!-- 甲 --> 乙\n> 丙", "- 甲`" + "长、" * 150 + "\n  " + "乙、" * 150 + "`丙。",
    "a `" + "long, " * 60 + "\n> " + "b, " * 60 + "` c.", "> a `" + "long, " * 60 + "\n> " + "b, " * 60 + "` c.",
])
def test_page_and_index_agree_where_constructs_meet_oddly(source: str) -> None:
    check(source)
    units = [unit for cut in split(source) for unit in cut.units]
    assert all(first.end <= second.start for first, second in pairwise(units))


# the specification's own examples, and cases of GFM's extensions

ADDRESS = re.compile(r"<(?:https?|mailto|[a-z]+:|[\w.]+@)[^ >]*>")
PLAIN = [e for e in examples() if e.section not in ("HTML blocks", "Raw HTML")
         and not re.search(r"<[a-zA-Z/!?]", ADDRESS.sub("", e.markdown))]


@pytest.mark.parametrize("example", PLAIN, ids=lambda e: str(e.number))
def test_the_specifications_examples_show_its_text(example: Example) -> None:
    document = parse(example.markdown)
    shown = squeezed(document.visible(0, len(example.markdown), struck=True))
    assert shown == text_of(example.html.replace("<br />", " "))
    check(example.markdown)


@pytest.mark.parametrize("example", examples(), ids=lambda e: str(e.number))
def test_no_example_of_the_specification_breaks_page_or_passages(example: Example) -> None:
    check(example.markdown)


@pytest.mark.parametrize("source", [
    "| a | b |\n|---|---|\n| 1 | 2 | 3 |\n| x |\n", "a|b\n-|-\n`x\\|y`|**z**", "| 甲 |\n|:-:|\n| |\n\n段",
    "|a|\n|-|\n|b|\n> q",
    "~~删~~留 ~一~ ~~未完", "~~**删**~~", "- [ ] 一\n- [x] 二\n  - [X] 三\n- [] 四", "1. [x] 甲",
    "文[^1]和[^注]。\n\n[^1]: 一\n\n    二\n[^注]: - 三",
    "[^1]\n\n[^1]: 自[^1]引", "[^无]", "> [^1]: 引\n\n[^1]", "[^a]: 没有引用",
    "| a[^1] |\n|---|\n| b[^1] |\n\n[^1]: 注", "文[^1]\n\n[^1]: > [^2]: 注中之注\n", "[^a]: - [^b]: note in a note",
    "[^1]: - 甲\n      - [^2]: > [^3]: 乙\n\n文[^3]", "[^1]: 甲\n\n[^1]: 再甲\n\n文[^1]",
])
def test_gfms_extensions_show_what_the_parsers_own_renderer_shows(source: str) -> None:
    wanted = text_of(pyromark.html(source, options=GFM))
    assert sorted(text_of(render_html(source))) == sorted(wanted)  # footnotes stand elsewhere
    check(source)


@pytest.mark.parametrize("source", [
    "前<!-- 尚未公布，请勿对外 -->后", "<!-- 尚未公布 -->\n后", "<!-- 尚未公布 --> 后 **粗**", 
    "- 甲<!-- 尚未公布\n公布 -->\n- 乙",
    "> <!-- 尚未公布 -->\n> 引", "[//]: # (尚未公布)\n\n后", "[尚未公布]: http://x\n\n后", "后\n\n<!-- 尚未公布",
    "<!--尚未公布-->后<!-- 公布 -->",
    "| a |\n|---|\n| b<!-- 尚未公布 --> |", "## 题<!-- 尚未公布 -->\n\n后", "Shown <!-- 尚未公布 --> text",
    "<!-- a --> x <!-- 尚未\n公布 --> y",
])
def test_comments_and_definitions_are_neither_shown_nor_indexed_and_are_reported(source: str) -> None:
    document = parse(source)
    for text in (document.visible(0, len(source)), unescape(render_html(source)), *(c.body for c in split(source))):
        assert "公布" not in text
    assert any(hidden.text.count("公布") for hidden in document.hidden)
    assert all(source.startswith(hidden.text, hidden.start) for hidden in document.hidden)


@pytest.mark.parametrize(("source", "shown"), [
    ("**工本费20元。**逾期不收。", "工本费20元。逾期不收。"), ("根据**《办法》**第三条", "根据《办法》第三条"),
    ("他说**“可以”**后走了", "他说“可以”后走了"), ("~~8元。~~5元", "8元。5元"), ("*（注）*正文", "（注）正文"),
    ("价格**(含税)**的部分", "价格(含税)的部分"), ("运费**20元(单程)**，另付", "运费20元(单程)，另付"),
    ("另计，**(含税)**。", "另计，(含税)。"), ("利率为**1%**，按日计", "利率为1%，按日计"),
    ("见**[办法](http://x.cn)**的规定", "见办法的规定"), ("*见注(一)*的说明", "见注(一)的说明"),
    ("[甲](u)**乙**丙", "甲乙丙"), ("***(含税)***的", "(含税)的"), ("(一)**甲**(二)*乙*丙", "(一)甲(二)乙丙"),
    ("(甲)**乙**丙**丁**戊", "(甲)乙丙丁戊"), ("**(一)**甲**(二)**乙*丙*丁", "(一)甲(二)乙丙丁"),
    ("a**(b)**c", "a**(b)**c"),
])
def test_emphasis_beside_chinese_punctuation_is_emphasis(source: str, shown: str) -> None:
    assert squeezed(parse(source).visible(0, len(source), struck=True)) == shown


CONSTRUCTS = {
    "paragraph": "政策说明。", "emphasis": "*a* ", "link": "[a](b) ", "quote": "> ", "list": "- a\n", "code": "`a` ",
    "table": "| a | b |\n", "entity": "&amp;", "footnote": "[^1] ", "note": "[^a]: b\n\n", "bracket": "[",
    "star": "**a ",
    "less": "<", "tick": "`", "html": "<b>x</b> ", "comment": "<!-- x --> ", "unclosed": "<!-- ", "opened": "<!--",
    "escape": "\\*", "lines": "a\n", "paragraphs": "段\n\n", "break": "a<br>", "definition": "[a]: b\n",
    "link mark": "](",
    "address": "<http://a> ", "lazy": "> a\n", "astral": "😀é中a", "setext": "a\n===\n", "heading": "# a\n",
    "tilde": "~~a ",
    "rule": "---\n\n", "nested": "- - ", "fence": "```\na\n", "mark": "。**",
}


@pytest.mark.parametrize("name", sorted(CONSTRUCTS))
def test_fault_11_a_million_characters_of_any_construct_are_parsed_in_bounded_time(name: str) -> None:
    unit = CONSTRUCTS[name]
    head = "| a | b |\n|---|---|\n" if name == "table" else ""
    with watchdog():
        document = parse.__wrapped__(head + unit * (1_000_000 // len(unit)))
    assert len(document.pieces) <= 200_000


@pytest.mark.parametrize("name", ["comment", "link", "footnote", "entity", "break", "address", "definition"])
def test_fault_11_so_are_those_among_much_text(name: str) -> None:
    unit = CONSTRUCTS[name] + "字" * 45
    with watchdog(8):
        parse.__wrapped__(unit * (1_000_000 // len(unit)))

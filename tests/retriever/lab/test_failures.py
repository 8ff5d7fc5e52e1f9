"""``kb eval --errors``: every failure has its first cause, the page shows it, runs nothing of a set's, and filters."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from retriever.answer import State
from retriever.lab.evaluation.dataset import Dataset, Gold, Query
from retriever.lab.evaluation.failures.causes import CAUSES, Cause, cause_of
from retriever.lab.evaluation.outcomes import Outcome
from tests.retriever.lab.test_evaluation import TINY, kb_eval
from tests.web.test_browser import ARGUMENTS, CHROMIUM, DESK, PHONE

TEXT = "甲乙丙丁。押金最多一个月。退房三日内退还押金。"
FIRST, SECOND, THIRD = (0, 5), (5, 13), (13, 23)


def query(*, answerable: bool = True) -> Query:
    return Query("q", "押金几天退", "zh", (), answerable)


def outcome(*, ranking: tuple[str, ...] = ("d", "e"), passage: tuple[int, int] = (5, 23),
            quote: tuple[int, int] = THIRD, abstained: bool = False, answerable: bool = True) -> Outcome:
    """An answer to "when is the deposit paid back", right unless something is changed."""
    text = TEXT[quote[0]:quote[1]]
    return Outcome(
        query=query(answerable=answerable), ranking=[(d, 1.0) for d in ranking], passages=[("d", *passage)],
        answer=text, state=State.UNKNOWN if abstained else State.ANSWERED, confidence=0.5,
        citations=[("d", *quote, text)], took_ms=1.0, lang="zh")


def dataset(*, spans: bool = True, answer: str = "退房三日内") -> Dataset:
    gold = Gold(answer, (("d", *THIRD, TEXT[13:23]),) if spans else ())
    return Dataset("set", {}, [query()], {"q": {"d": 1.0}}, {"q": gold})


@pytest.mark.parametrize(("given", "expected"), [
    (outcome(), None),
    (outcome(answerable=False), Cause.ANSWERED),
    (outcome(answerable=False, abstained=True), None),
    (outcome(ranking=(*"abcefghijk", "d")), Cause.MISSED),
    (outcome(ranking=(*"abcefghij", "d")), None),
    (outcome(ranking=("e",), abstained=True), Cause.MISSED),
    (outcome(passage=FIRST, quote=FIRST), Cause.PASSAGE),
    (outcome(passage=FIRST, quote=FIRST, abstained=True), Cause.PASSAGE),
    (outcome(passage=FIRST), None),  # quoted from another passage of the article, and rightly
    (outcome(quote=SECOND), Cause.SENTENCE),
    (outcome(quote=(19, 23)), Cause.SENTENCE),  # touches the span and says nothing
    (outcome(abstained=True), Cause.REFUSED),
])
def test_the_first_thing_that_went_wrong_is_the_kind(given: Outcome, expected: Cause | None) -> None:
    assert cause_of(dataset(), given) is expected


def test_without_spans_documents_and_the_gold_answer_judge() -> None:
    assert cause_of(dataset(spans=False), outcome()) is None
    assert cause_of(dataset(spans=False), outcome(ranking=("e", "d"))) is Cause.PASSAGE
    assert cause_of(dataset(spans=False), outcome(quote=FIRST)) is Cause.SENTENCE
    assert cause_of(dataset(spans=False, answer=""), outcome(quote=FIRST)) is None
    assert cause_of(replace(dataset(), relevant={}), outcome(ranking=("e",))) is None


def test_a_gold_answer_that_does_not_stand_in_its_spans_does_not_judge_the_sentence() -> None:
    assert cause_of(dataset(answer="是"), outcome()) is None


HOSTILE = ("</script><script>document.title='run'</script><img src=//evil.example/x onerror=\"alert(1)\">"
           "\u202e\x00\x1b[2J")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], list[dict[str, Any]]]:
    """A set with failures of all kinds and hostile texts, evaluated: the page, the measures, the lines."""
    folder = tmp_path_factory.mktemp("failures")
    sets = folder / f"set{'&lt;b'}"
    sets.mkdir()

    def write(name: str, items: list[dict[str, Any]]) -> None:
        (sets / name).write_text("".join(json.dumps(i, ensure_ascii=False) + "\n" for i in items), encoding="utf-8")

    documents = [(TINY / name).read_text(encoding="utf-8").splitlines() for name in ("corpus.jsonl", "queries.jsonl",
                                                                                      "answers.jsonl")]
    corpus, queries, answers = ([json.loads(line) for line in lines] for lines in documents)
    corpus.append({"id": "evil", "title": f"翡翠补贴{HOSTILE}",
                   "text": f"翡翠补贴每月三百元{HOSTILE}。\n\n翡翠补贴另有规定。"})
    queries += [{"id": f"no{i}", "text": f"翡翠补贴能不能{word}{HOSTILE}", "answerable": False,
                 "history": [{"role": "user", "text": f"你好{HOSTILE}"}]} for i, word in enumerate(("转让", "继承"))]
    queries.append({"id": "far", "text": "翡翠补贴每月多少元", "answerable": True})  # the set wants another document
    answers.append({"query_id": "far", "answer": HOSTILE, "spans": [{"corpus_id": corpus[0]["id"],
                                                                    "text": corpus[0]["text"][:20]}]})
    write("corpus.jsonl", corpus)
    write("queries.jsonl", queries)
    write("answers.jsonl", answers)
    qrels = (TINY / "qrels.tsv").read_text(encoding="utf-8").rstrip("\n") + f"\nfar\t{corpus[0]['id']}\t1\n"
    (sets / "qrels.tsv").write_text(qrels, encoding="utf-8")
    done = kb_eval(folder, str(sets), "--errors", str(folder / "errors.html"), "--run", str(folder / "run.jsonl"))
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in (folder / "run.jsonl").read_text(encoding="utf-8").splitlines()]
    return folder / "errors.html", json.loads(done.stdout), lines


Run = tuple[Path, dict[str, Any], list[dict[str, Any]]]


class Tags(HTMLParser):
    """All opening tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_the_page_loads_nothing_and_escapes_what_a_set_holds(run: Run) -> None:
    html = run[0].read_text(encoding="utf-8")
    tags = Tags(html).found
    assert [tag for tag, _ in tags].count("script") == 1
    assert not {tag for tag, _ in tags} & {"img", "link", "iframe", "object", "base", "form"}
    for _, attributes in tags:
        assert not [a for a in attributes if a.startswith("on") or a in ("src", "href", "action", "srcset")]
    assert "&lt;img src=//evil.example" in html
    assert "\u202e" not in html and "[U+202E]" in html
    assert not {"\x00", "\x1b"} & set(html) and "[U+001B]" in html
    assert "url(" not in html and "@import" not in html


def test_the_page_counts_what_the_run_gave(run: Run) -> None:
    path, result, lines = run
    html = path.read_text(encoding="utf-8")
    answerable = {json.loads(q)["id"]: json.loads(q).get("answerable", True)
                  for q in (path.parent / "set&lt;b" / "queries.jsonl").read_text(encoding="utf-8").splitlines()}
    shown = [(a["data-kind"], a["data-given"]) for tag, a in Tags(html).found if tag == "details"]
    wrongly_answered = sum(not answerable[line["query_id"]] and not line["abstained"] for line in lines)
    assert shown.count(("answered", "1")) == wrongly_answered
    counts = {kind: sum(k == kind for k, _ in shown) for kind in CAUSES}
    for kind, (name, _) in CAUSES.items():
        (told,) = re.findall(rf"{name}<small>.*?</small></span><span class=\"n\">(\d+)</span>", html)
        assert int(told) == counts[kind]
    right, refused = (int(re.findall(rf"{name}</span><span class=\"n\">(\d+)<", html)[0])
                      for name in ("Answered right", "Rightly refused"))
    assert right + refused + sum(counts.values()) == result["queries"] == len(lines)
    assert refused == sum(line["abstained"] and not answerable[line["query_id"]] for line in lines)
    given = [g for _, g in shown]
    assert given == sorted(given, reverse=True)  # what was said and wrong stands first
    assert counts[Cause.MISSED] or counts[Cause.PASSAGE]


def test_the_curve_has_a_point_for_each_coverage_and_marks_the_threshold(run: Run) -> None:
    path, result, lines = run
    html = path.read_text(encoding="utf-8")
    points = re.search(r'<polyline class="curve" points="([^"]+)"', html)
    assert points
    places = [tuple(map(float, p.split(","))) for p in points[1].split()]
    assert len(places) == len(lines)
    assert [x for x, _ in places] == sorted(x for x, _ in places)
    assert places[-1][0] == 576.0  # all are answered
    answered = sum(not line["abstained"] for line in lines) / len(lines)
    mark = re.search(r'<circle class="at" cx="([0-9.]+)" cy="([0-9.]+)"', html)
    assert mark and float(mark[1]) == pytest.approx(56 + 520 * answered, abs=0.1)
    assert result["abstention"]["answered"] == pytest.approx(answered, abs=1e-3)
    told = re.search(r">threshold ([0-9.]+):", html)
    assert told and float(told[1]) == pytest.approx(result["threshold"], abs=0.006)


def test_a_file_that_cannot_be_written_is_said_before_the_first_question(tmp_path: Path) -> None:
    done = kb_eval(tmp_path, str(TINY), "--errors", str(tmp_path / "nowhere" / "e.html"))
    assert done.returncode != 0 and done.stdout == ""
    assert len(done.stderr.splitlines()) == 1 and "e.html" in done.stderr


@pytest.fixture
def open_report(run: Run) -> Iterator[Callable[[dict[str, int]], Page]]:
    """The page in a real browser; it may ask for nothing and complain of nothing."""
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}: make browser, or CHROMIUM=…")
    troubles: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)

        def start(size: dict[str, int]) -> Page:
            page = browser.new_page(viewport={"width": size["width"], "height": size["height"]})
            page.on("console", lambda m: troubles.append(m.text))
            page.on("pageerror", lambda error: troubles.append(str(error)))
            page.on("request", lambda r: troubles.append(r.url) if not r.url.startswith("file:") else None)
            page.goto(run[0].as_uri())
            return page

        yield start
        browser.close()
    assert not troubles


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_failures_are_filtered_by_kind_and_words(open_report: Callable[[dict[str, int]], Page],
                                                     size: dict[str, int]) -> None:
    page = open_report(size)
    failures = page.locator("details.failure")
    total = failures.count()
    expect(page.locator("#count")).to_have_text(f"{total} of {total}")
    chip = page.locator("button[data-kind=answered]")
    chip.focus()
    page.keyboard.press("Enter")
    expect(chip).to_have_attribute("aria-pressed", "true")
    expect(page.locator("details.failure:not([hidden]):not([data-kind=answered])")).to_have_count(0)
    page.fill("#words", "继承")
    shown = page.locator("details.failure:not([hidden])")
    assert shown.count() <= 1
    chip.click()
    page.fill("#words", "")
    expect(page.locator("#count")).to_have_text(f"{total} of {total}")
    for item in failures.all():
        item.locator("summary").click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.title().startswith("Failures of set")

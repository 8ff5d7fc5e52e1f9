"""The sample articles hold what their ground truth says, and are as many and as varied as the evaluation needs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

ROOT = Path(__file__).parents[1]
TZ = ZoneInfo("Asia/Shanghai")
TODAY = datetime(2026, 11, 24, tzinfo=TZ)  # the day on which the ground truth is judged
KINDS = {"conflicting_fact", "wrong_phone", "missing_section", "retired_reference", "basis_repealed",
         "basis_superseded", "review_overdue", "expired_no_successor", "expires_soon", "old_owner_name"}
LINK = re.compile(r"\]\(article:([^)#]+)")
SECTION = re.compile(r"“([^”]+)”一节|the section “([^”]+)”")
HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
REPEALED = re.compile(r"[（(]([^（()）]+号)[）)](?:同时废止| are repealed)")
SERVICE_LINE = re.compile(r"0540-881[01]\d{3}")


@dataclass(frozen=True)
class Revision:
    """One file of an article."""

    meta: dict[str, Any]
    body: str
    text: str


def _instant(value: date) -> datetime:
    return value if isinstance(value, datetime) else datetime.combine(value, time(), TZ)


def _read(path: Path) -> Revision:
    text = path.read_text(encoding="utf-8")
    head, body = text.removeprefix("---\n").split("\n---\n", 1)
    return Revision(yaml.safe_load(head), body.strip(), text)


def _articles() -> dict[str, list[Revision]]:
    """Every article's revisions, oldest first."""
    found: dict[str, list[Revision]] = {}
    for path in (ROOT / "articles").glob("*/*.md"):
        found.setdefault(re.sub(r"\.r\d+$", "", path.stem), []).append(_read(path))
    return {slug: sorted(revisions, key=lambda r: r.meta["revision"]) for slug, revisions in found.items()}


def _in_force(revisions: list[Revision]) -> Revision:
    """The newest revision published and begun by today; for an expired article, its last."""
    return [r for r in revisions if max(_instant(r.meta[k]) for k in ("published_at", "effective_from")) <= TODAY][-1]


ARTICLES = _articles()
IN_FORCE = {slug: _in_force(revisions) for slug, revisions in ARTICLES.items()}
NEWEST = {slug: revisions[-1] for slug, revisions in ARTICLES.items()}
RETIRED = {slug for slug, r in NEWEST.items() if "retired" in r.meta and _instant(r.meta["retired"]["at"]) <= TODAY}
EXPIRED = {slug for slug, r in IN_FORCE.items()
           if r.meta["effective_to"] and _instant(r.meta["effective_to"]) <= TODAY and slug not in RETIRED}
LIVE = {slug: r for slug, r in IN_FORCE.items() if slug not in RETIRED | EXPIRED}
FAULTS: list[dict[str, Any]] = yaml.safe_load((ROOT / "tests/data/staleness_faults.yaml").read_text(encoding="utf-8"))


def _listed(kind: str) -> set[str]:
    """The articles at fault in this way."""
    return {fault["articles"][0] for fault in FAULTS if fault["kind"] == kind}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault['kind']}-{fault['articles'][0]}")
def test_every_fault_stands_verbatim_in_the_revision_in_force(fault: dict[str, Any]) -> None:
    assert fault.keys() == {"kind", "articles", "detail", "quotes"}
    assert fault["kind"] in KINDS
    assert fault["detail"]
    assert 1 <= len(fault["quotes"]) <= len(fault["articles"])
    assert not set(fault["articles"]) - ARTICLES.keys()
    assert fault["articles"][0] not in RETIRED
    for slug, quote in zip(fault["articles"], fault["quotes"], strict=False):
        assert quote in IN_FORCE[slug].text, (slug, quote)


def test_there_are_faults_of_every_kind_and_none_twice() -> None:
    assert len(FAULTS) >= 25
    assert {fault["kind"] for fault in FAULTS} == KINDS
    assert len({(fault["kind"], *fault["articles"]) for fault in FAULTS}) == len(FAULTS)


def test_what_dates_show_to_be_stale_is_listed() -> None:
    assert _listed("review_overdue") == {slug for slug, r in LIVE.items() if _instant(r.meta["review_by"]) <= TODAY}
    assert _listed("expired_no_successor") == EXPIRED
    assert _listed("expires_soon") == {slug for slug, r in LIVE.items() if r.meta["effective_to"]}


def test_references_that_lead_nowhere_are_listed() -> None:
    linked = {slug: set(LINK.findall(r.body)) for slug, r in LIVE.items()}
    assert _listed("retired_reference") == {slug for slug, targets in linked.items() if targets & RETIRED}
    headings = {slug: {h for target in targets for h in HEADING.findall(IN_FORCE[target].body)}
                for slug, targets in linked.items()}
    assert _listed("missing_section") == {slug for slug, r in LIVE.items() for pair in SECTION.findall(r.body)
                                          if "".join(pair) not in headings[slug]}


def test_documents_that_another_article_repeals_are_listed() -> None:
    gone = {number for r in LIVE.values() for number in REPEALED.findall(r.body)}
    assert _listed("basis_repealed") == {slug for slug, r in LIVE.items()
                                         if gone & {basis["number"] for basis in r.meta["basis"]}}


def test_service_lines_that_no_department_has_are_listed() -> None:
    known = yaml.safe_load((ROOT / "articles/departments.yaml").read_text(encoding="utf-8"))["departments"]
    phones = {department["phone"] for department in known}
    assert _listed("wrong_phone") == {slug for slug, r in LIVE.items() if set(SERVICE_LINE.findall(r.body)) - phones}


def test_document_numbers_name_one_document_each() -> None:
    dates: dict[str, set[date]] = {}
    for revisions in ARTICLES.values():
        for basis in (basis for r in revisions for basis in r.meta["basis"]):
            dates.setdefault(basis["number"], set()).add(basis["date"])
    assert not {number: found for number, found in dates.items() if len(found) > 1}


def test_every_link_leads_to_an_article() -> None:
    links = {(slug, target) for slug, revisions in ARTICLES.items() for r in revisions
             for target in LINK.findall(r.body)}
    assert links
    assert not {(slug, target) for slug, target in links if target not in ARTICLES}


def test_articles_are_many_and_varied() -> None:
    assert len({r.meta["owner"] for r in NEWEST.values()}) >= 14
    assert sum(r.meta["lang"] == "zh" for r in NEWEST.values()) >= 100
    assert sum(r.meta["lang"] == "en" for r in NEWEST.values()) >= 30
    assert sum(2 <= len(revisions) <= 4 for revisions in ARTICLES.values()) >= 30
    assert any(_instant(r.meta["effective_from"]) > TODAY for r in NEWEST.values())
    assert any(r.meta["audience"] == "agent" for r in LIVE.values())
    assert EXPIRED
    assert RETIRED


@pytest.mark.parametrize("slug", sorted(ARTICLES))
def test_an_articles_revisions_are_complete_and_differ(slug: str) -> None:
    revisions = ARTICLES[slug]
    assert [r.meta["revision"] for r in revisions] == list(range(1, len(revisions) + 1))
    assert len({r.body for r in revisions}) == len(revisions)
    for key in ("effective_from", "published_at"):
        instants = [_instant(r.meta[key]) for r in revisions]
        assert instants == sorted(set(instants)), key
    assert 300 <= len(revisions[-1].body) <= 2000


def test_the_lexicon_names_each_thing_in_one_group() -> None:
    lexicon = yaml.safe_load((ROOT / "articles/lexicon.yaml").read_text(encoding="utf-8"))
    terms = [term for group in lexicon["groups"] for term in group]
    assert len(lexicon["words"]) >= 200
    assert len(lexicon["groups"]) >= 150
    assert len(set(lexicon["words"])) == len(lexicon["words"])
    assert len(set(terms)) == len(terms)
    assert not [term for term in terms if len(term) < 2]
    texts = "\n".join(r.text for revisions in ARTICLES.values() for r in revisions).lower()
    assert not [word for word in lexicon["words"] if word not in texts]
    assert not [group[0] for group in lexicon["groups"] if group[0] not in texts]

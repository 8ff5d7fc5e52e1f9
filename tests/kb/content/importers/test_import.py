"""Imports: idempotent, all-or-nothing an article, every refusal with line and reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from kb import setup
from kb.actor import CITIZEN, OPERATOR, Actor, Role
from kb.articles import live
from kb.articles.writing import drafts, submission
from kb.content import verification
from kb.content.importers import Report, import_paths
from kb.db import Database
from kb.models import Article, Department, Draft, Publication, Revision, Signature, User
from kb.people import people
from kb.record import audit
from kb.record.journal import record
from kb.settings import Settings, load_settings
from tests.conftest import NOW
from tests.kb.factories import MANAGER

ROOT = Path(__file__).parents[4]
EDITOR = Actor("u-ed", "zhang", frozenset({Role.EDITOR}), frozenset({(Role.EDITOR, "hrss")}))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in/hrss").mkdir(parents=True)
    return tmp_path / "in/hrss"


def write(folder: Path, name: str = "card.md", front: str = "title: 补卡", body: str = "免费。") -> Path:
    (folder / name).write_text(f"---\n{front}\n---\n\n{body}", encoding="utf-8")
    return folder / name


def imported(database: Database, settings: Settings, *paths: Path, approver: Actor | None = MANAGER,
             actor: Actor = OPERATOR, days: int = 0, department: str | None = None) -> Report:
    return import_paths(database, settings, actor, paths, now=NOW + timedelta(days=days), approver=approver,
                        department=department)


def stored(database: Database) -> list[tuple[str, int, str]]:
    with database.reading() as session:
        rows = session.execute(select(Article.slug, Revision.number, Revision.state)
                               .join(Revision, Revision.article_id == Article.id)
                               .order_by(Article.slug, Revision.number))
        return [(row[0], row[1], row[2]) for row in rows]


def written(database: Database) -> list[tuple[str, str]]:
    """The drafts, by slug, with their authors."""
    with database.reading() as session:
        rows = session.execute(select(Article.slug, Draft.author).join(Draft, Draft.article_id == Article.id)
                               .order_by(Article.slug))
        return [(row[0], row[1]) for row in rows]


def test_fault_21_the_sample_imports_whole_and_twice_changes_nothing(database: Database, settings: Settings) -> None:
    first = setup.init(database, settings, now=NOW, sample=ROOT / "articles")
    assert first.failed == []
    assert first.created >= 130
    with database.reading() as session:
        entries = audit.verify(session).entries
    second = setup.init(database, settings, now=NOW + timedelta(days=3), sample=ROOT / "articles")
    assert (second.created, second.unchanged, second.failed) == (0, first.files, [])
    with database.reading() as session:
        assert audit.verify(session).entries == entries


def test_fault_21_what_a_file_leaves_open_is_decided_once(database: Database, settings: Settings, folder: Path) -> None:
    write(folder)
    assert imported(database, settings, folder).created == 1
    again = imported(database, settings, folder, days=40)
    assert (again.created, again.unchanged, again.failed) == (0, 1, [])


@pytest.mark.parametrize(("content", "line", "reason"), [
    ("---\ntitle: x\nsummary: [\n---\nx", 4, "expected"),
    ("---\ntitle: x\ntitle: y\n---\nx", 3, "twice"),
    ("---\ntitle: x\n", 1, "closing ---"),
    ("no title", 1, "missing field: title"),
    ("---\nsummary: x\n---\nx", 1, "missing field: title"),
    ("---\ntitle: x\neffective_from: 2026-13-45\n---\nx", 3, "is not a date"),
    ("---\ntitle: x\neffective_from: '2026-02-30'\n---\nx", 3, "not a date"),
    ("---\ntitle: x\neffective_from: soon\n---\nx", 3, "not a date"),
    ("---\ntitle: x\nreview_by: 99999-01-01\n---\nx", 3, "not a date"),
    ("---\ntitle: x\neffective_from: 2026-02-01\neffective_to: 2026-01-01\n---\nx", 4, "must come after"),
    ("---\ntitle: x\nbasis:\n  - {title: y, date: '2026'}\n---\nx", 3, "not a date"),
    ("---\ntitle: x\npublished_at: 2099-01-01\n---\nx", 3, "future"),
    ("---\ntitle: x\nretired: {at: 2020-01-01, reason: y}\npublished_at: 2021-01-01\n---\nx", 3, "before the last"),
    ("---\ntitle: x\nretired: {reason: y}\n---\nx", 3, "must have at"),
    ("---\ntitle: x\nretired: {at: 2026-01-01, successor: other}\n---\nx", 3, "not stored"),
    ("---\ntitle: x\nretired: {at: 2026-01-01}\n---\nx", 3, "successor or a reason"),
    ("---\ntitle: x\nowner: nowhere\n---\nx", 3, "unknown department 'nowhere'"),
    ("---\ntitle: x\nco_owners: [nowhere]\n---\nx", 3, "unknown department 'nowhere'"),
    ("---\ntitle: x\naudience: everybody\n---\nx", 3, "not one of public, agent"),
    ("---\ntitle: x\nlang: fr\n---\nx", 3, "not one of zh, en"),
    ("---\ntitle: x\nkeywords: a, b\n---\nx", 3, "must be a list"),
    ("---\ntitle: x\nkeywords: ['']\n---\nx", 3, "keywords"),
    ("---\ntitle: x\nrevision: two\n---\nx", 3, "whole number"),
    ("---\ntitle: x\nminor: maybe\n---\nx", 3, "true or false"),
    ("---\ntitle: x\nattachments: [{name: a, sha256: b}]\n---\nx", 3, "sha256"),
    ("---\ntitle: x\nstate: published\n---\nx", 3, "not one of draft, approved"),
    ("---\ntitle: x\nwritten_by: me\n---\nx", 3, "unknown front matter key"),
    ("---\ntitle: x\nauthor: a\napprovers: [a]\n---\nx", 3, "own text"),
    ("---\ntitle: x\napprovers: a\n---\nx", 3, "list of logins"),
    (f"---\ntitle: {'x' * 301}\n---\nx", 2, "limit is 300"),
    ("---\ntitle: x\nsummary: \"a\\u0007b\"\n---\nx", 3, "U+0007"),
    ("---\ntitle: x\nsummary: \"a\\u202Eb\"\n---\nx", 3, "U+202E"),
    ("---\ntitle: x\n---\n", 1, "no text"),
    ("---\ntitle: x\n---\nok\n\x1b", 5, "control character"),
    (b"---\ntitle: x\n---\nok\n\xff", 5, "not UTF-8"),
    ("---\ntitle: x\n---\n" + "x" * 50_001, 4, "limit is 50000"),
])
def test_a_bad_file_is_reported_with_line_and_reason_and_stores_nothing(
    database: Database, settings: Settings, folder: Path, content: str | bytes, line: int, reason: str
) -> None:
    (folder / "card.md").write_bytes(content if isinstance(content, bytes) else content.encode())
    write(folder, "good.md", "title: 好")
    report = imported(database, settings, folder)
    assert [file for file, _ in report.failed] == [str(folder / "card.md")]
    assert report.failed[0][1].startswith(f"line {line}: "), report.failed
    assert reason in report.failed[0][1]
    assert "\n" not in report.failed[0][1]
    assert (report.created, report.files, stored(database)) == (1, 2, [("good", 1, "published")])


def test_an_oversized_file_is_refused_before_it_is_read_whole(database: Database, settings: Settings,
                                                              folder: Path) -> None:
    write(folder, body="x\n" * 300_000)
    report = imported(database, settings, folder)
    assert "larger than 400000 bytes" in report.failed[0][1]
    assert stored(database) == []


@pytest.mark.parametrize(("name", "reason"), [
    ("Card.md", "lower-case"), ("补卡.md", "lower-case"), ("a b.md", "lower-case"), ("a_b.md", "lower-case"),
    ("x\u202e.md", "lower-case"), ("-card.md", "lower-case"), ("c\u0430rd.md", "lower-case"),
    (f"{'x' * 121}.md", "lower-case"),
])
def test_fault_09_a_file_name_that_is_no_slug_is_refused(database: Database, settings: Settings, folder: Path,
                                                         name: str, reason: str) -> None:
    write(folder, name)
    report = imported(database, settings, folder)
    assert reason in report.failed[0][1]
    assert stored(database) == []


def test_a_slug_used_in_two_folders_is_refused_in_both(database: Database, settings: Settings, folder: Path) -> None:
    (folder.parent / "fund").mkdir()
    write(folder)
    write(folder.parent / "fund")
    report = imported(database, settings, folder.parent)
    assert len(report.failed) == 2
    assert any("two folders" in reason for _, reason in report.failed)
    assert stored(database) == []


@pytest.mark.parametrize(("files", "reason"), [
    ({"card.md": "revision: 1", "card.r1.md": "revision: 1"}, "two files"),
    ({"card.md": "revision: 1", "card.r2.md": ""}, "two files"),
    ({"card.r3.md": "revision: 2"}, "file name says 3"),
])
def test_revision_numbers_that_do_not_fit_are_refused(database: Database, settings: Settings, folder: Path,
                                                      files: dict[str, str], reason: str) -> None:
    for name, front in files.items():
        write(folder, name, f"title: {name}\n{front}")
    report = imported(database, settings, folder)
    assert any(reason in why for _, why in report.failed), report.failed
    assert len(report.failed) == len(files)


def test_numbers_that_are_not_given_follow_the_file_names(database: Database, settings: Settings, folder: Path) -> None:
    for name in ("card.r2.md", "card.r5.md", "card.md"):
        write(folder, name, body=name)
    assert imported(database, settings, folder).failed == []
    assert [number for _, number, _ in stored(database)] == [2, 5, 6]


def test_an_articles_files_land_together_or_not_at_all(database: Database, settings: Settings, folder: Path) -> None:
    write(folder, "card.r1.md", body="一")
    write(folder, "card.r2.md", "title: 补卡\nowner: nowhere", body="二")
    write(folder, "card.md", body="三")
    report = imported(database, settings, folder)
    assert stored(database) == []
    assert [reason for _, reason in report.failed] == [
        "not imported: card.r2.md failed",
        "line 3: unknown department 'nowhere'; add it to departments.yaml", "not imported: card.r2.md failed"]


def test_another_text_under_a_number_that_is_taken_is_refused(database: Database, settings: Settings,
                                                              folder: Path) -> None:
    write(folder)
    imported(database, settings, folder)
    write(folder, body="20元。")
    report = imported(database, settings, folder)
    assert "stored with another text" in report.failed[0][1]
    assert (report.created, report.unchanged) == (0, 0)


@pytest.mark.parametrize(("first", "second"), [
    ("Passport", "P\u0430ssport"), ("力工", "カエ"), ("第1号", "第l号"), ("办事——指南", "办事--指南"),
])
def test_fault_09_a_title_that_counterfeits_another_is_refused(database: Database, settings: Settings, folder: Path,
                                                               first: str, second: str) -> None:
    write(folder, "a.md", f"title: {first}")
    write(folder, "b.md", f"title: {second}")
    report = imported(database, settings, folder)
    assert "looks like that of the article a" in report.failed[0][1]
    assert stored(database) == [("a", 1, "published")]
    write(folder, "b.md", f"title: {second}")
    assert "looks like" in imported(database, settings, folder / "b.md").failed[0][1]  # against what is stored, too


def test_fault_09_a_slug_that_counterfeits_another_is_refused(database: Database, settings: Settings,
                                                              folder: Path) -> None:
    write(folder, "card-l0.md", "title: 一")
    write(folder, "card-1o.md", "title: 二")
    report = imported(database, settings, folder)
    assert (report.created, len(report.failed)) == (2, 0)  # o is not 0: only their capital letters look alike
    write(folder, "card-ll.md", "title: 三")
    write(folder, "card-1l.md", "title: 四")
    assert "looks like the article" in imported(database, settings, folder).failed[0][1]


def test_the_same_title_in_two_articles_is_no_counterfeit(database: Database, settings: Settings,
                                                          folder: Path) -> None:
    write(folder, "a.md")
    write(folder, "b.md")
    assert imported(database, settings, folder).failed == []


def test_fault_22_without_an_approver_everything_lands_as_draft(database: Database, settings: Settings,
                                                                folder: Path) -> None:
    write(folder, front="title: 补卡\nstate: approved\napprovers: [zhao]\npublished_at: 2020-01-01\n"
                        "retired: {at: 2021-01-01, reason: x}")
    assert imported(database, settings, folder, approver=None).created == 1
    assert (stored(database), written(database)) == ([], [("card", "operator")])
    with database.reading() as session:
        assert live.live_by_slug(session, CITIZEN, live.Moment(NOW, NOW), "card") is None
        assert session.scalars(select(Article.retired_at)).one() is None


def test_importing_again_takes_nothing_of_what_was_written_since(database: Database, settings: Settings,
                                                                  folder: Path) -> None:
    write(folder)
    assert imported(database, settings, folder, actor=EDITOR, approver=None).created == 1
    with database.transaction() as session:
        mine = drafts.list_drafts(session, EDITOR)[0]
        drafts.save(session, EDITOR, mine.id, replace(mine.text, source="改过。"), seen=1, now=NOW, origin="test")
    assert imported(database, settings, folder, actor=EDITOR, approver=None, days=2).unchanged == 1
    write(folder, body="又改。")
    report = imported(database, settings, folder, actor=EDITOR, approver=None)
    assert "was written in since" in report.failed[0][1]
    with database.reading() as session:
        assert [(d.version, d.text.source) for d in drafts.list_drafts(session, EDITOR)] == [(2, "改过。")]


def test_a_draft_that_was_taken_over_is_not_brought_again(database: Database, settings: Settings, folder: Path) -> None:
    write(folder)
    assert imported(database, settings, folder, approver=None).created == 1
    with database.transaction() as session:
        draft = drafts.list_drafts(session, EDITOR)[0]
        drafts.take_over(session, EDITOR, draft.id, seen=1, now=NOW, origin="test")
    assert imported(database, settings, folder, approver=None, days=1).unchanged == 1
    write(folder, body="新。")
    assert imported(database, settings, folder, approver=None).created == 1
    with database.reading() as session:
        assert sorted(d.author for d in drafts.list_drafts(session, EDITOR)) == ["operator", "zhang"]


def test_s6_a_number_in_a_file_that_becomes_a_draft_takes_none_from_the_owner(database: Database, settings: Settings,
                                                                            folder: Path) -> None:
    with database.transaction() as session:
        session.add(Department(code="fund", name_zh="公积金", name_en="Fund", phone=""))
    write(folder, body="一。")
    assert imported(database, settings, folder).created == 1
    (folder / "card.md").unlink()
    write(folder, "card.r999999.md", body="二。")
    stranger = Actor("u-qian", "qian", frozenset({Role.EDITOR}), frozenset({(Role.EDITOR, "fund")}))
    report = imported(database, settings, folder, actor=stranger, approver=None)
    assert report.created == 0 and len(report.failed) == 1
    assert imported(database, settings, folder, actor=EDITOR, approver=None).created == 1
    with database.transaction() as session:
        mine = drafts.list_drafts(session, EDITOR)[0]
        assert submission.submit(session, EDITOR, mine.id, seen=mine.version, now=NOW, origin="test").number == 2


def test_an_untouched_draft_follows_its_file(database: Database, settings: Settings, folder: Path) -> None:
    for body in ("一。", "二。", "三。"):
        write(folder, body=body)
        assert imported(database, settings, folder, approver=None).created == 1
    with database.reading() as session:
        assert [(d.version, d.text.source) for d in drafts.list_drafts(session, EDITOR)] == [(3, "三。")]
        assert [e.action for e in audit.tail(session)] == ["save_draft", "save_draft", "draft"]


def test_fault_22_an_editors_import_bears_their_own_name_and_department(database: Database, settings: Settings,
                                                                        folder: Path) -> None:
    with database.transaction() as session:
        session.add(Department(code="fund", name_zh="公积金", name_en="Fund", phone=""))
    write(folder, "a.md", "title: 一\nauthor: somebody-else\ncreated_at: 2020-01-01")
    write(folder, "b.md", "title: 二\nowner: fund")
    report = imported(database, settings, folder, actor=EDITOR, approver=None)
    assert [reason for _, reason in report.failed] == ["zhang may not import drafts for department fund"]
    with database.reading() as session:
        assert session.execute(select(Draft.author, Draft.created_at)).all() == [("zhang", NOW)]
    assert imported(database, settings, folder / "a.md", actor=EDITOR, approver=None).unchanged == 1


def test_an_approver_signs_only_for_their_departments_and_never_their_own_text(database: Database, settings: Settings,
                                                                               folder: Path) -> None:
    with database.transaction() as session:
        session.add(Department(code="fund", name_zh="公积金", name_en="Fund", phone=""))
        session.flush()
        people.create_user(session, OPERATOR, login="zhou", name="", grants=[(Role.APPROVER, "hrss")], password=None,
                           now=NOW)
    with database.reading() as session:
        approver = people.actor_of(session, "zhou", now=NOW)
    write(folder, "mine.md", "title: 一\nauthor: zhou")
    write(folder, "other.md", "title: 二\nowner: fund")
    write(folder, "shared.md", "title: 三\nco_owners: [fund]")
    write(folder, "right.md", "title: 四")
    report = imported(database, settings, folder, approver=approver)
    assert {Path(file).name: reason for file, reason in report.failed} == {
        "mine.md": "line 3: zhou may not approve their own text",
        "other.md": "zhou may not approve for department fund",
        "shared.md": "zhou may not approve for department fund"}
    assert stored(database) == [("right", 1, "published")]


def test_drafts_of_an_earlier_import_are_published_by_a_later_one(database: Database, settings: Settings,
                                                                  folder: Path) -> None:
    write(folder)
    write(folder, "kept.md", "title: 稿\nstate: draft")
    imported(database, settings, folder, approver=None)
    report = imported(database, settings, folder, days=1)
    assert (report.created, report.unchanged) == (1, 1)
    assert (stored(database), written(database)) == ([("card", 1, "published")], [("kept", "operator")])


def test_a_retired_article_keeps_its_successor_whatever_the_order_of_the_files(database: Database, settings: Settings,
                                                                               folder: Path) -> None:
    write(folder, "a.md", "title: 一\nretired: {at: 2026-05-01, reason: 合并, successor: b}")
    write(folder, "b.md", "title: 二\nretired: {at: 2026-06-01, successor: c}")
    write(folder, "c.md", "title: 三\npublished_at: 2026-01-01")
    for name in ("a", "b"):
        write(folder, f"{name}.md", (folder / f"{name}.md").read_text(encoding="utf-8").split("\n", 1)[1]
              .split("\n---")[0] + "\npublished_at: 2026-01-01")
    assert imported(database, settings, folder).failed == []
    with database.reading() as session:
        names = {a.id: a.slug for a in session.scalars(select(Article))}
        assert {a.slug: names.get(a.successor_id or "") for a in session.scalars(select(Article))} == {
            "a": "b", "b": "c", "c": None}
        assert session.scalar(select(func.count()).where(Publication.superseded_at.is_(None))) == 1


def test_successors_in_a_circle_are_refused(database: Database, settings: Settings, folder: Path) -> None:
    write(folder, "a.md", "title: 一\nretired: {at: 2026-05-01, successor: b}\npublished_at: 2026-01-01")
    write(folder, "b.md", "title: 二\nretired: {at: 2026-05-01, successor: a}\npublished_at: 2026-01-01")
    write(folder, "c.md", "title: 三\nretired: {at: 2026-05-01, successor: c}\npublished_at: 2026-01-01")
    report = imported(database, settings, folder)
    assert (report.created, len(report.failed)) == (0, 3)
    assert stored(database) == []


def test_links_are_reported_and_not_followed(database: Database, settings: Settings, folder: Path,
                                             tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("# 秘密\n\n内容", encoding="utf-8")
    (folder / "link.md").symlink_to(secret)
    (folder / "elsewhere").symlink_to(tmp_path)
    (folder / ".hidden").mkdir()
    write(folder / ".hidden", "draft.md")
    report = imported(database, settings, folder)
    assert report.failed == [(str(folder / "link.md"), "not a regular file; links are not followed")]
    assert stored(database) == []


def test_lists_in_the_folder_come_first_and_count(database: Database, settings: Settings, folder: Path) -> None:
    root = folder.parent
    (root / "fund").mkdir()
    write(root / "fund", "loan.md")
    (root / "departments.yaml").write_text("departments:\n  - {code: fund, name_zh: 公积金中心, name_en: Fund}\n",
                                           encoding="utf-8")
    (root / "lexicon.yaml").write_text("words: [公积金]\ngroups: [[]]\n", encoding="utf-8")
    report = imported(database, settings, root)
    assert (report.created, report.unchanged) == (2, 0)
    assert report.failed == [(str(root / "lexicon.yaml"), "groups[0] must have 2 to 50 different terms")]
    again = imported(database, settings, root)
    assert (again.created, again.unchanged, len(again.failed)) == (0, 2, 1)
    assert imported(database, settings, root, actor=EDITOR, approver=None).files == 2  # wrong, whoever brings it


def test_limits_are_the_settings(database: Database, folder: Path, tmp_path: Path) -> None:
    write(folder, body="x\n" * 200)
    small = load_settings(tmp_path, {}, data={"dir": str(tmp_path / "data")}, limits={"article_lines": 100})
    assert "the limit is 100" in imported(database, small, folder).failed[0][1]


@pytest.mark.parametrize("text", ["10:45", "12:30:45", "yes", "0x1F", "010", "3.10", "007"])
def test_a_text_of_a_file_is_stored_as_it_is_written(database: Database, settings: Settings, folder: Path,
                                                     text: str) -> None:
    write(folder, front=f"title: {text}\nsummary: {text}\nkeywords: [on, 1_000, {text}]\nrevision: 3\nminor: yes\n"
                        f"effective_from: 2026-3-1 9:00:00\nreview_by: 2027-03-01\nbasis: [{{title: {text}, "
                        f"number: {text}, date: 2026-02-01}}]")
    assert imported(database, settings, folder).failed == []
    with database.reading() as session:
        revision = session.scalars(select(Revision).options(selectinload(Revision.bases))).one()
        assert (revision.title, revision.summary, revision.keywords) == (text, text, ["on", "1_000", text])
        assert (revision.number, revision.is_minor) == (3, True)
        assert revision.effective_from == datetime(2026, 3, 1, 1, tzinfo=UTC)
        assert [(b.title, b.number, str(b.issued_on)) for b in revision.bases] == [(text, text, "2026-02-01")]


@pytest.mark.parametrize(("front", "line", "reason"), [
    ("revision: 0x3", 3, "revision must be a whole number from 1"), ("revision: 007", 3, "revision must be a whole"),
    ("minor: 1", 3, "minor must be true or false"), ("review_by: 2026-13-45", 3, "'2026-13-45' is not a date"),
    ("basis: [{title: x, date: 10:45}]", 3, "is not a date"), ("effective_from: 10:45", 3, "is not a date")])
def test_what_is_to_be_a_number_or_a_day_is_refused_with_its_line(
        database: Database, settings: Settings, folder: Path, front: str, line: int, reason: str) -> None:
    write(folder, front=f"title: 补卡\n{front}")
    [(_, told)] = imported(database, settings, folder).failed
    assert told.startswith(f"line {line}: ") and reason in told


def test_an_author_of_history_may_be_a_stranger_and_the_act_stays_the_importers(
        database: Database, settings: Settings, folder: Path) -> None:
    with database.transaction() as session:
        session.add(User(id="u1", login="someone", name="某人", created_at=NOW))
        record(session, OPERATOR, "create_user", "user:someone", now=NOW, origin="test", after={"grants": []})
    write(folder, front="title: 补卡\nauthor: ghost\napprovers: [phantom]")
    assert imported(database, settings, folder).failed == []
    with database.reading() as session:
        signature = session.scalars(select(Signature)).one()
        assert (signature.author, signature.signer, signature.is_imported) == ("ghost", "phantom", True)
        assert {entry.actor for entry in audit.tail(session)} <= {OPERATOR.name, "system"}
        assert verification.verify(session).finding is None


def test_a_title_that_the_department_has_already_is_told_and_stored(database: Database, settings: Settings,
                                                                    folder: Path) -> None:
    write(folder, "card.md")
    assert imported(database, settings, folder).twins == []
    write(folder, "again.md")
    (folder.parent / "fund").mkdir()
    (folder.parent / "departments.yaml").write_text(
        "departments:\n  - {code: fund, name_zh: 公积金中心, name_en: Fund}\n", encoding="utf-8")
    write(folder.parent / "fund", "fund-card.md")
    report = imported(database, settings, folder.parent)
    assert report.failed == []
    assert report.twins == [(f"{folder}/again.md", "card"), (f"{folder}/card.md", "again")]

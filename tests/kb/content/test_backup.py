"""A backup holds every row, is refused when a byte of it changed, and comes back whole or not at all."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import pytest

from kb.cli import main
from kb.content.backup import archive
from kb.content.backup.archive import Manifest
from kb.content.backup.restore import restore
from kb.content.backup.take import backup
from kb.db import Database
from kb.errors import Conflict, Invalid, KbError, Unavailable
from kb.record import audit
from kb.settings import Settings, load_settings
from tests.conftest import NOW
from tests.kb.factories import add_department, published, revision_text

pytestmark = pytest.mark.only_on("sqlite")  # the file of a knowledge base; PostgreSQL's stand in test_two_databases

ROOT = Path(__file__).parents[3]
SESSION = ("INSERT INTO user_account (id, login, name, created_at) VALUES ('u1', 'li', '李', '2026-01-01 00:00:00'); "
           "INSERT INTO web_session (id_sha256, user_id, created_at, expires_at) VALUES "
           "('s1', 'u1', '2026-11-01 00:00:00', '2027-11-01 00:00:00'); "
           "INSERT INTO sign_in_attempt (key, at) VALUES ('k', '2026-11-24 00:00:00')")


def file_of(settings: Settings) -> Path:
    return settings.data_dir / "kb.sqlite3"


def rows(file: Path, *without: str) -> dict[str, list[str]]:
    with closing(sqlite3.connect(file)) as connection:
        names = [n for n, in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {n: sorted(map(repr, connection.execute(f'SELECT * FROM "{n}"'))) for n in names if n not in without}


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[tuple[Database, Settings]]:
    """Where there is no knowledge base yet."""
    settings = load_settings(tmp_path, {}, data={"dir": str(tmp_path / "other")})
    database = Database(settings)
    yield database, settings
    database.close()


@pytest.fixture
def taken(database: Database, settings: Settings, tmp_path: Path) -> Path:
    published(database, revision_text("补卡费用：免费。"))
    backup(database, settings, tmp_path / "b.kbz", now=NOW)
    return tmp_path / "b.kbz"


def left_in(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if p.name not in ("data", "other"))


def altered(taken: Path, change: dict[str, object], database: bytes | None = None) -> Path:
    """The backup with another manifest or database, hashed anew, as somebody would who knows the format."""
    with zipfile.ZipFile(taken) as whole:
        manifest = json.loads(whole.read("manifest.json"))
        content = database if database is not None else whole.read(archive.DATABASE)
    made = taken.with_name("altered")
    (made.with_name("db")).write_bytes(content)
    archive.pack(made, Manifest(**{**manifest, **change}), made.with_name("db"), lambda _d, _o: None)
    return made


def test_every_row_comes_back_and_only_the_restore_itself_is_added(
        taken: Path, settings: Settings, elsewhere: tuple[Database, Settings]) -> None:
    done = restore(*elsewhere, taken, now=NOW)
    before, after = rows(file_of(settings), "audit_entry"), rows(file_of(elsewhere[1]), "audit_entry")
    assert before == after
    with elsewhere[0].reading() as session:
        verdict, newest = audit.verify(session), audit.tail(session, 1)[0]
    assert verdict.broken_at is None and verdict.entries == done.manifest.audit_entries + 1
    assert newest.action == "restore_backup" and newest.previous_hash == done.manifest.audit_head


def test_o3_backup_and_restored_database_are_for_their_owner_alone(
        taken: Path, elsewhere: tuple[Database, Settings]) -> None:
    restore(*elsewhere, taken, now=NOW)
    for file in (taken, file_of(elsewhere[1])):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_open_sessions_and_failed_sign_ins_of_the_backup_end_and_are_counted(
        database: Database, settings: Settings, tmp_path: Path, elsewhere: tuple[Database, Settings]) -> None:
    with closing(sqlite3.connect(file_of(settings))) as connection:
        connection.executescript(SESSION)
    backup(database, settings, tmp_path / "b.kbz", now=NOW)
    done = restore(*elsewhere, tmp_path / "b.kbz", now=NOW)
    assert (done.sessions_ended, done.attempts_forgotten) == (1, 1)
    with closing(sqlite3.connect(file_of(elsewhere[1]))) as connection:
        assert connection.execute("SELECT count(*) FROM web_session WHERE revoked_at IS NULL").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM sign_in_attempt").fetchone() == (0,)


def test_a_backup_taken_while_another_writes_is_one_moment(
        database: Database, settings: Settings, tmp_path: Path, elsewhere: tuple[Database, Settings]) -> None:
    """Each write adds an article, its revision and audit entries together; the copy never holds a part of one."""
    stop, begun = threading.Event(), threading.Event()

    def write() -> None:
        own, n = Database(settings), 0
        while not stop.is_set():
            n += 1
            published(own, revision_text(f"第{n}条。" * 500), slug=f"busy-{n}")
            begun.set()
        own.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert begun.wait(30)
        manifests = [backup(database, settings, tmp_path / f"b{n}.kbz", now=NOW) for n in range(4)]
    finally:
        stop.set()
        writer.join()
    assert all(m.counts["article"] == m.counts["revision"] == m.counts["publication"] for m in manifests)
    assert manifests[-1].counts["article"] > manifests[0].counts["article"]
    assert restore(*elsewhere, tmp_path / "b3.kbz", now=NOW).log_holds


def test_a_change_of_any_byte_is_refused(taken: Path, elsewhere: tuple[Database, Settings]) -> None:
    whole = taken.read_bytes()
    for position in [*range(0, len(whole), max(1, len(whole) // 150)), *range(len(whole) - 100, len(whole))]:
        taken.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1:])
        with pytest.raises(Invalid, match=r"altered|no backup"):
            restore(*elsewhere, taken, now=NOW)
    assert list(elsewhere[1].data_dir.iterdir()) == []


def test_a_truncated_or_foreign_file_is_refused(taken: Path, elsewhere: tuple[Database, Settings]) -> None:
    whole = taken.read_bytes()
    for content in (b"", b"kb", whole[:100], whole[:len(whole) // 2], whole[:-1], whole + b"\n", os.urandom(5000)):
        taken.write_bytes(content)
        with pytest.raises(Invalid, match=r"no backup|altered"):
            restore(*elsewhere, taken, now=NOW)
    with zipfile.ZipFile(taken, "w") as foreign:
        foreign.writestr("../../etc/x", "x")
    with pytest.raises(Invalid, match="no backup"):
        restore(*elsewhere, taken, now=NOW)
    assert list(elsewhere[1].data_dir.iterdir()) == []


def test_a_folder_and_a_file_that_is_not_there_are_refused_as_what_they_are(
        elsewhere: tuple[Database, Settings], tmp_path: Path) -> None:
    for path, words in ((tmp_path, "is a folder: give the file that `kb backup` wrote"),
                        (tmp_path / "none.kbz", "no such file")):
        with pytest.raises(Invalid) as caught:
            restore(*elsewhere, path, now=NOW)
        assert caught.value.code == "no_backup" and words in caught.value.message


@pytest.mark.parametrize(("change", "content", "says"), [
    ({"bytes": 1}, None, "altered"),
    ({"sha256": "0" * 64}, None, "altered"),
    ({"counts": {}}, None, "manifest"),
    ({"audit_head": "1" * 64}, None, "manifest"),
    ({"format": 2}, None, "format 2"),
    ({"created_at": "2026-11-24\x1b[31m"}, None, "altered"), ({"created_at": "yesterday"}, None, "altered"),
    ({"product": "1.0\x1b]0;x\x07"}, None, "altered"), ({"product": "x" * 200}, None, "altered"),
    ({"schema": ["0001"]}, None, "altered"),
    ({"bytes": 90_000_000}, b"\0" * 90_000_000, "limits.archive_ratio"),
])
def test_what_was_hashed_anew_is_refused_too(
        taken: Path, elsewhere: tuple[Database, Settings], change: dict[str, object], content: bytes | None,
        says: str) -> None:
    with pytest.raises((Invalid, Unavailable), match=says):
        restore(*elsewhere, altered(taken, change, content), now=NOW)
    assert list(elsewhere[1].data_dir.iterdir()) == []


@pytest.mark.parametrize(("statement", "says"), [
    ("UPDATE alembic_version SET version_num = '9999'", "does not know"),
    ("UPDATE audit_entry SET actor = 'x' WHERE id = 1", "altered since .entry 1"),
    ("UPDATE department SET phone = '0540-0000000'", "altered since .*department"),
    ("DELETE FROM department", "damaged"),
    ("CREATE TRIGGER quiet AFTER INSERT ON answer BEGIN UPDATE role_grant SET role = 'admin'; END", "trigger quiet"),
    ("CREATE VIEW quiet AS SELECT * FROM user_account", "view quiet"),
])
def test_a_newer_schema_and_what_does_not_hold_are_refused(
        taken: Path, elsewhere: tuple[Database, Settings], statement: str, says: str) -> None:
    with zipfile.ZipFile(taken) as whole:
        file = taken.with_name("changed")
        file.write_bytes(whole.read(archive.DATABASE))
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(statement)
    with closing(sqlite3.connect(file)) as connection:
        schema, = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        departments, = connection.execute("SELECT count(*) FROM department").fetchone()
    with zipfile.ZipFile(taken) as whole:
        counts = {**json.loads(whole.read("manifest.json"))["counts"], "department": departments}
    change = {"schema": schema, "counts": counts, "bytes": file.stat().st_size, "sha256": archive.file_sha256(file)}
    with pytest.raises((Invalid, Unavailable), match=says):
        restore(*elsewhere, altered(taken, change, file.read_bytes()), now=NOW)
    assert list(elsewhere[1].data_dir.iterdir()) == []


def test_an_existing_file_is_replaced_with_force_alone(taken: Path, database: Database, settings: Settings) -> None:
    before = taken.read_bytes()
    with pytest.raises(Conflict, match="--force"):
        backup(database, settings, taken, now=NOW)
    assert taken.read_bytes() == before
    add_department(database, "tax")
    assert backup(database, settings, taken, now=NOW, force=True).counts["department"] == 2
    with pytest.raises(Conflict, match="the database itself"):
        backup(database, settings, file_of(settings), now=NOW, force=True)


def test_a_present_knowledge_base_is_replaced_with_force_alone_and_kept_aside(
        taken: Path, database: Database, settings: Settings) -> None:
    add_department(database, "tax")
    with pytest.raises(Conflict, match="--force"):
        restore(database, settings, taken, now=NOW)
    present = rows(file_of(settings))
    done = restore(database, settings, taken, now=NOW, force=True)
    assert done.kept_aside is not None and "before-20261124" in done.kept_aside.name
    assert rows(done.kept_aside) == present
    assert len(rows(file_of(settings))["department"]) == 1


def test_a_database_in_use_is_not_replaced(taken: Path, database: Database, settings: Settings) -> None:
    server = Database(settings)
    with server.reading() as session:
        audit.tail(session, 1)
    present = file_of(settings).read_bytes()
    with pytest.raises(Conflict, match="stop it first"):
        restore(database, settings, taken, now=NOW, force=True)
    assert file_of(settings).read_bytes() == present
    server.close()
    restore(database, settings, taken, now=NOW, force=True)


def test_a_damaged_database_is_replaced_with_its_log(taken: Path, database: Database, settings: Settings) -> None:
    database.close()
    file_of(settings).write_bytes(b"damaged" * 999)
    file_of(settings).with_name("kb.sqlite3-wal").write_bytes(b"old")
    done = restore(database, settings, taken, now=NOW, force=True)
    assert done.kept_aside is not None and done.kept_aside.read_bytes() == b"damaged" * 999
    with database.reading() as session:
        assert audit.verify(session).broken_at is None


STEP = """
import os, signal, sys
from pathlib import Path
from kb.content.backup.restore import restore
from kb.content.backup.take import backup
from kb.clock import utc_now
from kb.db import Database
from kb.settings import load_settings
act, file, at, data = sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4]
settings = load_settings(Path.cwd(), {}, data={"dir": data})
def killed(event, args):
    if event == at:
        os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(killed)
{"backup": backup, "restore": restore}[act](Database(settings), settings, file, now=utc_now(), force=True)
"""


@pytest.mark.parametrize(("act", "at"), [
    ("backup", "tempfile.mkdtemp"), ("backup", "sqlite3.connect"), ("backup", "os.rename"),
    ("restore", "tempfile.mkdtemp"), ("restore", "os.chmod"), ("restore", "os.link"), ("restore", "os.rename"),
])
def test_killed_in_the_middle_the_old_state_stays(
        taken: Path, database: Database, settings: Settings, act: str, at: str) -> None:
    add_department(database, "tax")
    database.close()
    before, whole = rows(file_of(settings)), taken.read_bytes()
    ended = subprocess.run([sys.executable, "-c", STEP, act, str(taken), at, str(settings.data_dir)],
                           cwd=taken.parent, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True)
    assert ended.returncode == -9, ended.stderr
    assert rows(file_of(settings)) == before and taken.read_bytes() == whole
    restore(database, settings, taken, now=NOW, force=True)


def test_fault_64_a_full_disk_is_one_line_and_leaves_nothing(
        database: Database, settings: Settings, tmp_path: Path) -> None:
    published(database, revision_text("补卡免费。"))
    database.close()
    limited = ("import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
               "resource.setrlimit(resource.RLIMIT_FSIZE, (60000, 60000)); from kb.cli import main; "
               "sys.exit(main(sys.argv[1:]))")
    ended = subprocess.run([sys.executable, "-c", limited, "backup", str(tmp_path / "b.kbz")], cwd=tmp_path, text=True,
                           env={**os.environ, "PYTHONPATH": str(ROOT), "KB__DATA__DIR": str(settings.data_dir)},
                           capture_output=True)
    assert ended.returncode == 3 and ended.stderr.count("\n") == 1 and "space" in ended.stderr
    assert left_in(tmp_path) == []


def test_fault_64_a_folder_that_takes_no_file_is_one_line(
        database: Database, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for target in (tmp_path / "file/b.kbz", tmp_path / "none/b.kbz"):
        with pytest.raises(Unavailable, match="check the folder"):
            backup(database, settings, target, now=NOW)
    assert left_in(tmp_path) == ["file"]


def test_fault_65_an_index_newer_than_the_backup_is_built_anew(
        database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str]) -> None:
    """The event numbers of the discarded time come again with other articles: a kept index would miss them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KB__DATA__DIR", str(settings.data_dir))
    monkeypatch.setenv("KB__EMBEDDING__PROVIDER", "none")

    def kb(*words: str, code: int = 0) -> str:
        assert main(words) == code, capsys.readouterr().err
        return capsys.readouterr().out

    published(database, revision_text("补办社会保障卡收费20元。", title="社会保障卡补办"))
    kb("backup", "b.kbz")
    published(database, revision_text("办理老年公交卡收费35元。", title="老年公交卡办理"), slug="bus")
    kb("index", "update")
    assert "35" in kb("search", "老年公交卡")
    database.close()
    assert "kb index update" in kb("restore", "b.kbz", "--force")
    assert not (settings.data_dir / "index/CURRENT").exists()
    published(database, revision_text("殡仪馆骨灰寄存每年收费60元。", title="骨灰寄存"), slug="urn")
    kb("index", "update")
    kb("index", "verify")
    assert "60" in kb("search", "骨灰寄存") and "35" not in kb("search", "老年公交卡", code=1)
    assert "20元" in kb("ask", "补办社会保障卡收费多少")


def test_without_a_knowledge_base_there_is_nothing_to_back_up(
        elsewhere: tuple[Database, Settings], tmp_path: Path) -> None:
    with pytest.raises(KbError, match="kb init"):
        backup(*elsewhere, tmp_path / "b.kbz", now=NOW)
    assert left_in(tmp_path) == []


def test_the_report_for_programs_is_the_manifest(
        taken: Path, elsewhere: tuple[Database, Settings], monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(taken.parent)
    monkeypatch.setenv("KB__DATA__DIR", str(elsewhere[1].data_dir))
    assert main(["restore", str(taken), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["kept_aside"] is None and Manifest(**told["manifest"]).counts["article"] == 1
    assert main(["backup", "again.kbz", "--json"]) == 0
    assert json.loads(capsys.readouterr().out).keys() >= asdict(Manifest(**told["manifest"])).keys()

"""A signed checkpoint, kept elsewhere, finds a log that was cut or hashed anew, and cannot be forged or altered."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from kb.actor import OPERATOR
from kb.cli import main
from kb.db import Database
from kb.errors import Invalid
from kb.models import AuditEntry
from kb.record import audit, checkpoints
from kb.record.audit import Head
from kb.settings import Settings
from tests.conftest import NOW
from tests.kb.factories import published


def written(database: Database, settings: Settings, folder: Path) -> Path:
    with database.reading() as session:
        head = audit.head(session)
    made = checkpoints.write(head, folder, checkpoints.signing_key(settings.data_dir), now=NOW)
    assert made is not None
    return made


def key_of(settings: Settings) -> Path:
    return settings.data_dir / checkpoints.PUBLIC_KEY


def heads(settings: Settings, folder: Path) -> list[Head]:
    return [c.head for c in checkpoints.read(folder, checkpoints.public_key(key_of(settings)))]


def test_each_head_is_signed_once_and_read_again(database: Database, settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    published(database)
    first = written(database, settings, folder)
    with database.reading() as session:
        head = audit.head(session)
    key = checkpoints.signing_key(settings.data_dir)
    assert checkpoints.write(head, folder, key, now=NOW + timedelta(hours=1)) is None
    published(database, slug="other")
    written(database, settings, folder)
    assert heads(settings, folder)[0] == head and len(heads(settings, folder)) == 2
    assert (settings.data_dir / checkpoints.KEY).stat().st_mode & 0o777 == 0o600
    assert first.name.startswith("audit-000000000002-")


def test_fault_37_a_cut_or_rehashed_log_is_found_by_a_kept_checkpoint(
        database: Database, settings: Settings, tmp_path: Path) -> None:
    for n in range(3):
        published(database, slug=f"a{n}")
    written(database, settings, tmp_path / "kept")
    with database.transaction() as session:
        session.execute(delete(AuditEntry).where(AuditEntry.id > 3))
    with database.reading() as session:
        assert audit.verify(session).broken_at is None  # the chain alone does not know
        assert audit.verify(session, heads(settings, tmp_path / "kept")).broken_at == 4
    for n in range(3, 6):
        with database.transaction() as session:
            audit.append(session, OPERATOR, "publish", f"revision:{n}", now=NOW, origin="test")
    with database.reading() as session:
        assert audit.verify(session).broken_at is None
        assert "written anew" in str(audit.verify(session, heads(settings, tmp_path / "kept")).reason)


@pytest.mark.parametrize("change", [
    {"head": "3:" + "0" * 64}, {"at": "2026-01-01T00:00:00+00:00"}, {"signature": "AAAA"}, {"signature": "ä"},
    {"head": None}, {"at": 5},
])
def test_an_altered_checkpoint_is_named(database: Database, settings: Settings, tmp_path: Path,
                                        change: dict[str, object]) -> None:
    published(database)
    made = written(database, settings, tmp_path / "kept")
    made.write_text(json.dumps({**json.loads(made.read_text()), **change}), encoding="utf-8")
    with pytest.raises(Invalid, match=made.name):
        heads(settings, tmp_path / "kept")


def test_a_checkpoint_of_another_installation_is_refused(database: Database, settings: Settings, tmp_path: Path,
                                                         ) -> None:
    published(database)
    made = written(database, settings, tmp_path / "kept")
    checkpoints.signing_key(tmp_path / "other")
    with pytest.raises(Invalid, match=made.name):
        checkpoints.read(tmp_path / "kept", checkpoints.public_key(tmp_path / "other" / checkpoints.PUBLIC_KEY))


def test_a_folder_without_checkpoints_proves_nothing(database: Database, settings: Settings, tmp_path: Path) -> None:
    published(database)
    made = written(database, settings, tmp_path / "kept")
    made.write_text("[" * 3_000)
    with pytest.raises(Invalid, match=made.name):
        heads(settings, tmp_path / "kept")
    made.rename(made.with_name("other.json"))
    for folder in (tmp_path / "kept", tmp_path / "nowhere"):
        with pytest.raises(Invalid, match="folder"):
            heads(settings, folder)


@pytest.mark.only_on("sqlite")
def test_the_shell_signs_and_verifies_by_what_was_kept(
        database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("KB__DATA__DIR", str(settings.data_dir))
    published(database)
    kept = tmp_path / "kept"
    assert main(["audit", "checkpoint", "--out", str(kept)]) == 0
    assert str(key_of(settings)) in capsys.readouterr().out
    assert main(["audit", "verify", "--checkpoints", str(kept)]) == 0
    assert "1 signed checkpoints" in capsys.readouterr().out
    assert main(["audit", "verify", "--public-key", str(key_of(settings))]) == 2
    with database.transaction() as session:
        last = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        session.delete(last)
    assert main(["audit", "verify", "--checkpoints", str(kept), "--public-key", str(key_of(settings))]) == 1
    assert "cut off" in capsys.readouterr().out

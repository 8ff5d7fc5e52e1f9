"""The audit chain finds every tampering."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from kb.actor import SYSTEM
from kb.db import Database
from kb.record import audit
from tests.conftest import NOW


@pytest.mark.parametrize("tampering", [
    "UPDATE audit_entry SET actor = 'other' WHERE id = 2",
    "DELETE FROM audit_entry WHERE id = 2",
    "UPDATE audit_entry SET id = 9 WHERE id = 2",
])
def test_fault_37_an_edit_removal_or_reordering_is_found(database: Database, tampering: str) -> None:
    with database.transaction() as session:
        for number in range(3):
            audit.append(session, SYSTEM, "publish", f"revision:{number}", now=NOW, origin="test")
    with database.reading() as session:
        assert audit.verify(session).broken_at is None
    with database.transaction() as session:
        session.execute(text(tampering))
    with database.reading() as session:
        assert audit.verify(session).broken_at is not None

"""What the server processes share: how much of its allowance each asker has used."""

from __future__ import annotations

from sqlalchemy import Double, String
from sqlalchemy.orm import Mapped, mapped_column

from kb.db import Base


class Allowance(Base):
    """One asker's allowance by the minute, as the one instant that it takes (see kb/people/allowances.py)."""

    __tablename__ = "allowance"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)  # a hash: who asked is not kept
    due: Mapped[float] = mapped_column(Double, index=True)  # seconds since 1970 at which it is whole again

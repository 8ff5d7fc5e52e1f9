"""What the knowledge managers keep: categories with their risk, and how many signatures a text needs."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from kb.db import Base


class SignatureRule(Base):
    """How many signatures of the owner a text needs, for a department (empty: any) and a category (empty: any)."""

    __tablename__ = "signature_rule"
    __table_args__ = (CheckConstraint("owner_signatures BETWEEN 1 AND 5", name="owner_signatures"),)

    department: Mapped[str] = mapped_column(String(64), primary_key=True, default="")
    category: Mapped[str] = mapped_column(String(100), primary_key=True, default="")
    owner_signatures: Mapped[int]


class Category(Base):
    """What a text is about, from a list that the knowledge managers keep; its signature rules name it.

    ``review_days`` is how long a text of it may go unreviewed, where the hotline's own interval does not fit.
    """

    __tablename__ = "category"
    __table_args__ = (
        CheckConstraint("risk IN ('low', 'normal', 'high')", name="risk"),
        CheckConstraint("review_days BETWEEN 1 AND 3650", name="review_days"),
    )

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    risk: Mapped[str] = mapped_column(String(10), default="normal")
    review_days: Mapped[int | None]

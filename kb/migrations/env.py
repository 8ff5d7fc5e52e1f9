"""Alembic's entry: runs the chain on the engine that ``migrate`` hands over."""

from alembic import context

import kb.models  # noqa: F401  registers every table
from kb.db import Base
from kb.dialects import foreign_keys_off

engine = context.config.attributes["engine"]
# SQLite changes a table by making another in its place, which breaks references until all is done.
with engine.connect() as connection, foreign_keys_off(connection):
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()

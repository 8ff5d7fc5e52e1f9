"""Alembic's entry: runs the chain on the engine that ``migrate`` hands over."""

from alembic import context

import kb.models  # noqa: F401  registers every table
from kb.db import Base

engine = context.config.attributes["engine"]
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()

"""Pages for who administers: people, their roles, passwords, tokens and sessions; departments."""

from web.admin import departments, tokens
from web.admin.routes import admin

__all__ = ["admin", "departments", "tokens"]

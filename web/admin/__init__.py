"""Pages for who administers: people, their roles, passwords, tokens and sessions."""

"""From ranked passages to a quoted, verified answer, and why."""

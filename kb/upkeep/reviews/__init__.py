"""The review cycle: tasks are opened, reminded of, escalated, put off, handed on, and decided."""

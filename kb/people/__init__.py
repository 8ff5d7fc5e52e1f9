"""People, departments, and what each may do."""

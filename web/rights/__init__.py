"""Why somebody may or may not do what can be done with a text."""

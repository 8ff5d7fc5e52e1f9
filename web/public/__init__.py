"""What everybody sees: asking, searching, browsing."""

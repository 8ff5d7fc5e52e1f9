"""What a question says: its words, its kind, its dialogue."""

"""Stages of finding beside the ranking: typing errors, another topic, known sections, the database's own search."""

"""Articles: their revisions, the way to approval, publication, and what is in force."""

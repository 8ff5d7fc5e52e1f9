"""What an edit does to the answers: what changed in substance, and which questions rest on it."""

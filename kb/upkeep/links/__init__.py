"""Whether the pages that texts name as their source are still there, and still say what they said."""

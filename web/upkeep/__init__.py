"""How departments keep their articles: what is stale and why, and all of them side by side."""

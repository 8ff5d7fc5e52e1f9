"""Article text: its parse, its rendering, the front matter above it."""

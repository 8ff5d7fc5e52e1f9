"""One article: its page, its history, its differences, the panel beside an answer."""

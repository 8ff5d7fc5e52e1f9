"""``kb eval --errors``: what went wrong in a run, worst first, as a page or as plain text."""

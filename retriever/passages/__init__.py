"""An article's text in pieces that can be found, and in units that can be quoted."""

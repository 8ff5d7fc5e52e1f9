"""Files that are attached to texts: put to a draft, taken off it, handed out."""

"""Two texts compared as readers see them: blocks, table cells and words aligned, merged into one marked document."""

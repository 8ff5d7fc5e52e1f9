"""What pages show of articles: lists, one revision, its standing, differences."""

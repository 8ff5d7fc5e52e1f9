"""What keeps the house in order: what was kept long enough is removed."""

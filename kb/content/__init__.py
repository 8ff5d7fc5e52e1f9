"""Texts on their way in and out: import, export, backup, and the city's own words."""

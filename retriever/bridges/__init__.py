"""Doors to other frameworks."""

"""Signing in and out, one's own password, the language of the pages."""

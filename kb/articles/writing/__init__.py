"""Texts that are being written: drafts, what becomes of two of them, and their way into review."""

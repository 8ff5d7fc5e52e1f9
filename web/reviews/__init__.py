"""Reviewing: what waits for a signature, one text in review, comments on it, and known questions to release."""

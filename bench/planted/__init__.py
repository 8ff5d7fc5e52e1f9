"""Faults planted in generated articles, and what only looks like one: the ground truth for every kind of signal.

The generator knows what signals mean (docs/departments.md) and nothing of how they are found. What it plants it writes
down; what the scan finds is compared with that. Nothing here tells anybody what the law is.
"""

"""Measuring and training: loaded on demand, never needed to answer."""

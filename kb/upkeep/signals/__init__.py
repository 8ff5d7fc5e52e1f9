"""Signals of staleness: each kind a file that finds its evidence, one registry, one scan that raises and clears."""

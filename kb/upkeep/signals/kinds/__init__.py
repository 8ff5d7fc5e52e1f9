"""The kinds of signals, one a module: each finds its evidence, and says in words what was found."""

"""Do two texts of live articles state the same thing differently?

Pure: two texts in, pairs of statements out that seem to be about one matter, with what speaks for and against. Whoever
has a model of meaning weighs them (retriever/checking/contradicting.py); this package knows none.
"""

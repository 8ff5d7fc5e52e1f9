"""The figures that a text states: phones, sums, shares, time limits, ages, counts, hours, dates, documents, addresses.

One extractor for whoever reads figures: what is kept of a published revision, where a number is used, whether two
texts contradict each other, whether a date is gone. It is pure: text in, values out; it knows nothing of articles.
"""

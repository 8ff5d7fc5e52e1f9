"""What people are told: texts with named places, their values, and the one catalogue that has them in Chinese.

It knows nothing of the domain: pages, API and shell use it alike, and the retriever's core too.
"""

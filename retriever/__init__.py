"""Finding and answering: passages, engines, ranking, evidence, quoted answers.

The core (records, passages, analysis, engines, embedding, ranking, evidence, quoting, verification) runs on any
corpus and imports nothing of ``kb``; the rim (indexing, authority, ask, factory, commands) joins it to the domain.
"""

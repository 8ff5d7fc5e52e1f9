"""The domain: departments, articles, revisions, publications, people, the audit log and the outbox.

Knows nothing of search or of HTTP. Every change is a service function ``verb(session, actor, thing, *, now)``
that checks permission, checks state, changes, audits and writes the outbox; the edge holds the transaction.
"""

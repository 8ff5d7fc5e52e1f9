"""From the knowledge base to an engine: read revisions, cut passages, replay the outbox, rebuild, verify."""

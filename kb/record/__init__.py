"""What happened: the audit log, the events for others, and the answers that were given."""

"""What keeps a knowledge base true and in order while nobody looks.

Jobs by the clock, each done by one process (jobs/). Signals of what may be stale, and review tasks that people are
given for them (signals/, reviews/, calendar). What flows back from answers: gaps and calls to be made again (gaps,
callbacks). Telling people and other systems (notices, delivery, mailing, webhooks/). Asking other servers, for links
and webhooks (fetching/, links/). And forgetting what was kept long enough (retention, forgetting, past_matters).
"""

"""Other systems that hear of notices: who they are, how a call is signed, sending, and what became of it."""

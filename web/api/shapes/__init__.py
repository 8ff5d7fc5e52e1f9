"""What requests and replies look like, as pydantic models: what checks a body is what describes it."""

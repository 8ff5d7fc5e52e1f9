"""What an explanation tells, part by part; answering/explain.py puts it together."""

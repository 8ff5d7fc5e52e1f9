"""What those who use answers say of them, and what becomes of it."""

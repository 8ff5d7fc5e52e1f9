"""Asking other servers: which addresses may be asked, within which bounds, and the one way out."""

"""What leaves the system by itself: other systems that hear of notices, and mail that could not be sent."""

from web.outgoing import mail, routes
from web.outgoing.blueprint import pages

__all__ = ["mail", "pages", "routes"]

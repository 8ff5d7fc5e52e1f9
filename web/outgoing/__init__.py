"""What leaves the system by itself: other systems that hear of notices, and what could not be sent."""

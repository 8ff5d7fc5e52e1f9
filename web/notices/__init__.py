"""What people are told, each their own, and how they want to hear of it."""

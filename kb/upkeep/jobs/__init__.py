"""Jobs by the clock: when each is due, one process that takes a run up and does it, and what people see of them."""

"""Review tasks as people see them: queues of them, one with its evidence, and how the departments stand."""

"""Review tasks: queues, one task with its evidence and outcomes, the departments' standing, and out of the office."""

from web.tasks import (
    absence,  # noqa: F401  they add their routes to the blueprint
    routes,  # noqa: F401
)
from web.tasks.blueprint import tasks

__all__ = ["tasks"]

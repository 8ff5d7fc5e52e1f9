"""What flows back from answers, as pages: verdicts, gaps, calls to be made again."""

from web.insights import callbacks, gaps, judging, routes
from web.insights.blueprint import insights

__all__ = ["callbacks", "gaps", "insights", "judging", "routes"]

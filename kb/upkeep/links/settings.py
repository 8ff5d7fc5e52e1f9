"""Which sources are looked at, and how often; without a list of hosts none is."""

from __future__ import annotations

from dataclasses import dataclass

from kb.settings import option
from kb.upkeep.fetching.addresses import hosts_in


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """How the pages that texts rest on are looked at."""

    hosts: str = option("", "hosts whose pages are looked at, such as www.gov.cn *.binhai.gov.cn; empty: none is")
    hours: int = option(24, "hours after which a page is looked at again", minimum=1, maximum=2_160)
    pause_seconds: float = option(2.0, "pause between two requests to one host", minimum=0.5, maximum=60)
    round_seconds: float = option(20.0, "how long a round may take", minimum=1, maximum=600)
    failures: int = option(3, "failures in a row after which a page may count as gone", minimum=1, maximum=100)
    days: int = option(3, "days that it must have failed by then", minimum=0, maximum=90)

    def __post_init__(self) -> None:
        """Raise Invalid for a host that is none."""
        hosts_in(self.hosts, key="links.hosts")

    @property
    def listed(self) -> frozenset[str]:
        """The hosts."""
        return hosts_in(self.hosts, key="links.hosts")

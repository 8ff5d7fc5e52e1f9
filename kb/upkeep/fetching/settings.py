"""How this system asks other servers; apart from what asks, so that reading the settings loads nothing of that."""

from __future__ import annotations

from dataclasses import dataclass

from kb.settings import option
from kb.upkeep.fetching.addresses import Policy, networks_in


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """How this system asks other servers, where a list of hosts lets it ask any."""

    seconds: float = option(15.0, "how long a reply may take, all of it", minimum=0.5, maximum=120)
    bytes: int = option(2_000_000, "most bytes that are read of a reply", minimum=1_000, maximum=50_000_000)
    networks: str = option("", "private networks whose hosts may be asked if they are listed, such as 10.20.0.0/16; "
                               "empty: none")

    def __post_init__(self) -> None:
        """Raise Invalid for networks that are none, or that nothing may open."""
        networks_in(self.networks, key="fetching.networks")

    def policy(self, hosts: frozenset[str]) -> Policy:
        """What may be asked of these hosts."""
        return Policy(hosts, networks=networks_in(self.networks, key="fetching.networks"))

    @property
    def bounds(self) -> Bounds:
        """The bounds of one reply."""
        return Bounds(self.seconds, self.bytes)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long all of it may take, redirects included, and how many bytes are read."""

    seconds: float
    bytes: int

"""Which hosts may be told of notices, and how a call to them is made; without a list of hosts none is."""

from __future__ import annotations

from dataclasses import dataclass

from kb.errors import Invalid
from kb.settings import option
from kb.upkeep.fetching.addresses import Policy, hosts_in
from kb.upkeep.fetching.settings import Bounds, FetchSettings

_READ = 4_096  # bytes of a reply: nobody reads what a receiver says beside its status


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """How other systems are told of notices."""

    hosts: str = option("", "hosts that may be told, such as oa.binhai.gov.cn; empty: none is")
    ports: str = option("80 443", "their ports, with blanks between them")
    seconds: float = option(10.0, "how long one call may take, all of it", minimum=0.5, maximum=60)
    round_seconds: float = option(30.0, "how long a round of calls may take", minimum=1, maximum=600)
    tries: int = option(8, "times that a call is made, after 1, 4, 16 … minutes, a day at most, before it is given up",
                        minimum=1, maximum=20)
    key: str = option("", "key that the receivers' secrets are sealed with, where several machines serve one database: "
                          "in KB__WEBHOOKS__KEY or KB__WEBHOOKS__KEY_FILE, never here; empty: a file of the data "
                          "folder", secret=True)

    def __post_init__(self) -> None:
        """Raise Invalid for a host or a port that is none."""
        hosts_in(self.hosts, key="webhooks.hosts")
        if not self._ports:
            raise Invalid("bad_setting", "setting {key}: {value!r} is not ports, such as 80 443", key="webhooks.ports",
                          value=self.ports[:100])

    def policy(self, fetching: FetchSettings) -> Policy:
        """What may be called."""
        return Policy(hosts_in(self.hosts, key="webhooks.hosts"), self._ports,
                      fetching.policy(frozenset()).networks)

    @property
    def bounds(self) -> Bounds:
        """The bounds of one call."""
        return Bounds(self.seconds, _READ)

    @property
    def _ports(self) -> frozenset[int]:
        """The ports; none where one of them is no port."""
        given = self.ports.replace(",", " ").split()
        if not all(port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65_536 for port in given):
            return frozenset()
        return frozenset(map(int, given))

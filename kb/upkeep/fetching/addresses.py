"""Which addresses this system itself may ask: hosts that somebody has listed, and only where they lead outside.

An address comes from a text or a form, so it is anybody's to make up. It is taken apart once, in one strict way, and
what is not plain is refused: other schemes, names and passwords in it, numbers in place of a dotted address (which
resolvers read as one), blanks and backslashes (which parsers read differently). What a name stands for is judged when
it is asked (``fetch``): an address of this machine, of a private or link-local network, of a cloud's metadata service,
or one of these dressed as IPv6, is refused whatever the list says, unless its network is listed too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from urllib.parse import quote, urlsplit

from kb.errors import AddressRefused, Invalid
from kb.messages.message import Message

LONGEST = 2_000  # characters of an address
SCHEMES = {"http": 80, "https": 443}

IpAddress = IPv4Address | IPv6Address
IpNetwork = IPv4Network | IPv6Network

_NOT_PLAIN = re.compile(r"[\x00-\x20\x7f\\]")  # what parsers strip, or read as a slash
_HOST = re.compile(r"(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_A_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # the last part of a name: all of it is read as an IPv4 address
_UNICAST = IPv6Network("2000::/3")  # all that is routed
_NAT64 = IPv6Network("64:ff9b::/96")
_MAPPED = IPv6Network("::ffff:0:0/96")
_SIX_TO_FOUR = IPv6Network("2002::/16")
_ISATAP = (0x00005EFE, 0x02005EFE)
# Beside what `is_global` knows: protocol assignments (a cloud's metadata at 192.0.0.192), relays of 6to4, and the
# address at which a cloud speaks to its own machines.
_INSIDE = tuple(map(IPv4Network, ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32")))
# What no setting opens: this machine, its link, and where clouds keep the keys of their machines.
_NEVER: tuple[IpNetwork, ...] = tuple(map(ip_network, (
    "0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "100.100.100.200/32", "168.63.129.16/32",
    "224.0.0.0/3", "::/96", "::ffff:0:0/96", "64:ff9b::/96", "2002::/16", "fe80::/10", "fec0::/10", "fd00:ec2::/32",
    "ff00::/8")))


@dataclass(frozen=True, slots=True)
class Policy:
    """What may be asked. ``hosts`` are names, or ``*.name`` for all names below one; without any, nothing is asked.

    ``networks`` are those that are reached though they are not outside: an intranet's, never this machine's own.
    """

    hosts: frozenset[str]
    ports: frozenset[int] = frozenset(SCHEMES.values())
    networks: tuple[IpNetwork, ...] = ()

    def lists(self, host: str) -> bool:
        """Whether the host is on the list."""
        return host in self.hosts or any(
            host.endswith(entry[1:]) for entry in self.hosts if entry.startswith("*.") and not _is_literal(host))

    def opens(self, ip: IpAddress) -> bool:
        """Whether a connection to this may be made."""
        return is_outside(ip) or any(form in network for form in _forms(ip) for network in self.networks
                                     if form.version == network.version)


@dataclass(frozen=True, slots=True)
class Target:
    """An address taken apart: ``host`` as it stands in the head Host, ``path`` with its query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host, and port where it is not the scheme's."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == SCHEMES[self.scheme] else f"{name}:{self.port}"

    @property
    def address(self) -> str:
        """The address in its one form."""
        return f"{self.scheme}://{self.authority}{self.path}"


def target_of(address: str, policy: Policy) -> Target:
    """The address taken apart; raises AddressRefused where it may not be asked, whatever its name stands for."""
    target = plain(address)
    if target.port not in policy.ports:
        raise AddressRefused("address_port", "port {port} is not asked; allowed: {ports}", port=target.port,
                             ports=sorted(policy.ports))
    if not policy.lists(target.host):
        raise AddressRefused("address_host", "the host {host} is not on the list of those that may be asked",
                             host=target.host)
    return target


def plain(address: str) -> Target:
    """The address taken apart, wherever it leads; raises AddressRefused unless it is a plain one of the web."""
    if not 1 <= len(address) <= LONGEST or _NOT_PLAIN.search(address):
        raise _refused(Message("it must be one word of at most {longest} characters", longest=LONGEST))
    try:
        parts = urlsplit(address)
        port = parts.port
        if parts.scheme not in SCHEMES:
            raise _refused(Message("it must begin with http:// or https://"))
        if "@" in parts.netloc or not parts.hostname or parts.netloc.endswith(":") or (
                "[" in parts.netloc and ":" not in parts.hostname):
            raise _refused(Message("it must name a host, without a user or password"))
        host = host_of(parts.hostname)
    except ValueError as error:  # of the parser: brackets, ports
        raise _refused(Message("it cannot be read")) from error
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    return Target(parts.scheme, host, SCHEMES[parts.scheme] if port is None else port,
                  f"{path}?{query}" if query else path)


def host_of(name: str) -> str:
    """A host's name in its one form: lower case, in ASCII, no dot at the end; raises AddressRefused for what is none.
    """
    try:
        if ":" in name:
            return str(IPv6Address(name)) if "%" not in name else _no_host()
        host = name.encode("idna").decode("ascii").lower().removesuffix(".")
        if _A_NUMBER.fullmatch(host.rpartition(".")[2]):  # 2130706433, 0x7f.1, 127.1: only a plain one is taken
            return str(IPv4Address(host))
    except ValueError:
        return _no_host()
    return host if _HOST.fullmatch(host) else _no_host()


def hosts_in(text: str, *, key: str) -> frozenset[str]:
    """The hosts that a setting lists, with blanks or commas between them; raises Invalid naming the setting."""
    found = set()
    for entry in re.split(r"[\s,，、]+", text.strip()):
        below = entry.startswith("*.")
        if not entry:
            continue
        try:
            host = host_of(entry.removeprefix("*."))
        except AddressRefused:
            host = ""
        if not host or (below and ("." not in host or _is_literal(host))):
            raise Invalid("bad_setting", "setting {key}: {value!r} is no host, nor *. before a name of two parts",
                          value=entry[:100], key=key)
        found.add(f"*.{host}" if below else host)
    return frozenset(found)


def networks_in(text: str, *, key: str) -> tuple[IpNetwork, ...]:
    """The networks that a setting lists; raises Invalid naming the setting, also for one that nothing may open."""
    found = []
    for entry in filter(None, re.split(r"[\s,，、]+", text.strip())):
        try:
            network = ip_network(entry)
        except ValueError as error:
            raise Invalid("bad_setting", "setting {key}: {value!r} is no network, such as 10.20.0.0/16",
                          value=entry[:100], key=key) from error
        if any(network.version == shut.version and network.overlaps(shut) for shut in _NEVER):
            raise Invalid("bad_setting", "setting {key}: {value!r} holds addresses of this machine, its link or a "
                          "cloud's metadata, which are never asked", value=entry[:100], key=key)
        found.append(network)
    return tuple(found)


def is_outside(ip: IpAddress) -> bool:
    """Whether it is an address of the open internet, however an IPv4 address is dressed."""
    if isinstance(ip, IPv4Address):
        return ip.is_global and not ip.is_multicast and not any(ip in network for network in _INSIDE)
    carried = _carried(ip)
    if carried is not None and not is_outside(carried):
        return False
    if ip in _NAT64 or ip in _MAPPED:
        return True
    return ip in _UNICAST and ip.is_global


def _carried(ip: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one leads to: mapped, translated, or through a tunnel."""
    if ip in _NAT64 or ip in _MAPPED:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    if ip in _SIX_TO_FOUR:
        return IPv4Address(int(ip) >> 80 & 0xFFFFFFFF)
    return IPv4Address(int(ip) & 0xFFFFFFFF) if int(ip) >> 32 & 0xFFFFFFFF in _ISATAP else None


def _forms(ip: IpAddress) -> tuple[IpAddress, ...]:
    """The address, or the one that it carries: a listed network holds what is really reached."""
    carried = _carried(ip) if isinstance(ip, IPv6Address) else None
    return (ip,) if carried is None else (carried,)


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _no_host() -> str:
    raise _refused(Message("it names no host that can be asked"))


def _refused(reason: Message) -> AddressRefused:
    return AddressRefused("address", "this address is not asked: {reason}", reason=reason,
                          fields={"url": reason})

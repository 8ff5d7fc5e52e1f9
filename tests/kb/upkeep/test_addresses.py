"""Addresses that may be asked: plain ones of listed hosts, and only what lies outside."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.errors import AddressRefused, Invalid
from kb.upkeep.fetching.addresses import LONGEST, Policy, host_of, hosts_in, is_outside, networks_in, plain, target_of

LISTED = Policy(frozenset({"www.gov.cn", "*.binhai.gov.cn", "127.0.0.1", "8.8.8.8"}))


@pytest.mark.parametrize(("address", "form"), [
    ("https://www.gov.cn/zhengce/2020.htm", "https://www.gov.cn/zhengce/2020.htm"),
    ("HTTP://WWW.GOV.CN:80", "http://www.gov.cn/"),
    ("http://rsj.binhai.gov.cn/政策/一?号=五#段", "http://rsj.binhai.gov.cn/%E6%94%BF%E7%AD%96/%E4%B8%80?%E5%8F%B7=%E4%BA%94"),
    ("https://www.gov.cn:443/a%20b", "https://www.gov.cn/a%20b"),
    ("http://a.b.binhai.gov.cn./x", "http://a.b.binhai.gov.cn/x"),
    ("http://８.８.8。8/", "http://8.8.8.8/"),
])
def test_a_plain_address_of_a_listed_host_has_one_form(address: str, form: str) -> None:
    assert target_of(address, LISTED).address == form


@pytest.mark.parametrize("address", [
    "", "www.gov.cn", "//www.gov.cn/", "file:///etc/passwd", "ftp://www.gov.cn/", "gopher://www.gov.cn/",
    "data:text/html,x", "javascript:alert(1)", "http://", "http:///x", "http://user@www.gov.cn/",
    "http://user:word@www.gov.cn/", "http://www.gov.cn@evil.example/", "http://www.gov.cn\\@evil.example/",
    "http://www.gov.cn\t/", "http://www.gov.cn/\r\nHost: x", " http://www.gov.cn/", "http://www.gov.cn:/",
    "http://www.gov.cn:0x50/", "http://www.gov.cn:99999/", "http://[::1", "http://[fe80::1%25eth0]/",
    "http://[v1.x]/", "http://-x.binhai.gov.cn/", "http://a..binhai.gov.cn/", "http://www.gov.cn%00.evil.example/",
    "http://x/" + "a" * LONGEST,
])
def test_fault_72_what_is_no_plain_address_of_the_web_is_refused(address: str) -> None:
    with pytest.raises(AddressRefused):
        plain(address)


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0x7f.1", "127.1", "0177.0.0.1", "127.0.0.01",
                                  "１２７。1", "0x7f.0.0.1", "1.2.3", "1.2.3.256", "evil.0x1"])
def test_fault_72_a_number_is_no_host_but_in_its_plain_form(host: str) -> None:
    with pytest.raises(AddressRefused):
        host_of(host)
    assert host_of("127.0.0.1") == "127.0.0.1"


@pytest.mark.parametrize("address", [
    "http://gov.cn/", "http://evil-binhai.gov.cn/", "http://binhai.gov.cn/", "http://www.gov.cn.evil.example/",
    "http://127.0.0.2/", "http://[::1]/", "http://localhost/", "http://metadata.google.internal/",
])
def test_a_host_that_is_not_listed_is_refused(address: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        target_of(address, LISTED)
    assert refused.value.code == "address_host"


def test_other_ports_are_refused_and_without_a_list_nothing_is_asked() -> None:
    with pytest.raises(AddressRefused) as refused:
        target_of("http://www.gov.cn:22/", LISTED)
    assert refused.value.code == "address_port"
    with pytest.raises(AddressRefused):
        target_of("http://www.gov.cn/", Policy(frozenset()))


INSIDE = [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254", "169.254.169.254",
    "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
    "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "168.63.129.16",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808", "2002:7f00:1::1", "2002:a00:1::1",
    "2002:a9fe:a9fe::1", "2001:0:808:808::1", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "100::1",
    "2001:db8::1", "2606:4700::5efe:7f00:1", "2606:4700::200:5efe:a00:1",
]


@pytest.mark.parametrize("ip", INSIDE)
def test_fault_72_addresses_inside_are_known_however_they_are_dressed(ip: str) -> None:
    assert not is_outside(ip_address(ip)) and not LISTED.opens(ip_address(ip))


@pytest.mark.parametrize("ip", ["8.8.8.8", "114.114.114.114", "::ffff:8.8.8.8", "64:ff9b::808:808", "2606:4700::1111",
                                "2002:808:808::1", "240e:1::1"])
def test_addresses_outside_are_open(ip: str) -> None:
    assert is_outside(ip_address(ip))


@given(st.ip_addresses(v=4))
def test_an_address_is_judged_alike_in_every_dress(ip: IPv4Address) -> None:
    dressed = (IPv6Address(0xFFFF << 32 | int(ip)), IPv6Address(int(IPv6Address("64:ff9b::")) | int(ip)),
               IPv6Address(0x2002 << 112 | int(ip) << 80))
    assert {is_outside(form) for form in dressed} == {is_outside(ip)}


def test_a_listed_network_is_reached_also_when_it_is_dressed() -> None:
    intranet = Policy(frozenset(), networks=(ip_network("10.20.0.0/16"),))
    assert intranet.opens(ip_address("10.20.1.1")) and intranet.opens(ip_address("::ffff:10.20.1.1"))
    assert not intranet.opens(ip_address("10.21.1.1")) and not intranet.opens(ip_address("::ffff:10.21.1.1"))


def test_settings_list_hosts_and_networks_and_a_wrong_one_is_named() -> None:
    assert hosts_in(" WWW.gov.cn, *.binhai.gov.cn、政务.cn\n", key="links.hosts") == {
        "www.gov.cn", "*.binhai.gov.cn", "xn--zfr164b.cn"}
    assert hosts_in("", key="links.hosts") == frozenset()
    assert networks_in("10.20.0.0/16 fd12::/48", key="k") == (ip_network("10.20.0.0/16"), ip_network("fd12::/48"))
    for wrong in ("*", "*.cn", "*.1.2.3.4", "http://www.gov.cn", "a_b..c"):
        with pytest.raises(Invalid) as refused:
            hosts_in(wrong, key="links.hosts")
        assert "links.hosts" in str(refused.value)


@pytest.mark.parametrize("network", ["127.0.0.0/8", "0.0.0.0/0", "169.254.0.0/16", "169.254.169.254/32", "::/0",
                                     "::1/128", "fe80::/10", "fd00:ec2::/32", "::ffff:10.0.0.0/104", "100.64.0.0/10",
                                     "10.0.0.1/8", "intranet"])
def test_fault_72_no_setting_opens_this_machine_its_link_or_a_clouds_metadata(network: str) -> None:
    with pytest.raises(Invalid):
        networks_in(network, key="fetching.networks")

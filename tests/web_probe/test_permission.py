from __future__ import annotations

import ipaddress

import pytest

from ocsp_staple_exporter.config.permission import Network, Permission

PUBLIC = ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::1", "::ffff:8.8.8.8"]
NOT_PUBLIC = [
    "0.0.0.0",  # noqa: S104 - to be refused
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.31.255.255",
    "192.0.2.1",
    "192.168.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::10.0.0.1",
    "::8.8.8.8",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1%eth0",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::808:808",
    "100::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
    "2002:a00:1::",
    "2002:7f00:1::1",
    "4000::1",
    "fc00::1",
    "fe80::1",
    "fe80::1%eth0",
    "ff02::1",
]


def networks(*texts: str) -> tuple[Network, ...]:
    return tuple(map(ipaddress.ip_network, texts))


@pytest.mark.parametrize("address", [*PUBLIC, *NOT_PUBLIC])
def test_without_a_list_everything_may_be_asked(address: str) -> None:
    assert Permission().permits("www.example.org", address)
    assert Permission().may_permit("www.example.org")
    assert Permission().permits("www.example.org", "www.example.org"), "resolved by a proxy"
    assert Permission().may_permit(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_asked_where_private_ones_are_refused(address: str) -> None:
    assert Permission(refuse_private=True).permits("www.example.org", address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_what_is_not_of_the_public_internet_is_refused_in_every_disguise(address: str) -> None:
    permission = Permission(refuse_private=True)
    assert not permission.permits("www.example.org", address)
    assert not permission.permits(address, address)
    assert not permission.may_permit(address)


@pytest.mark.parametrize("address", ["", "www.example.org", "127.1", "0x7f.1", "1.2.3.4.5", "::g", "8.8.8.8/32"])
def test_what_is_no_address_is_refused(address: str) -> None:
    assert not Permission().permits("host.example.org", address)


@pytest.mark.parametrize(
    ("host", "permitted"),
    [
        ("www.example.org", True),
        ("example.org", False),
        ("www.www.example.org", False),
        ("evilwww.example.org", False),
        ("www.example.org.evil.test", False),
        ("a.wild.test", True),
        ("a.b.wild.test", True),
        ("wild.test", False),
        ("xwild.test", False),
    ],
)
def test_a_name_of_the_list_permits_whatever_it_leads_to(host: str, permitted: bool) -> None:  # noqa: FBT001
    permission = Permission(names=frozenset({"www.example.org", "*.wild.test"}))
    assert permission.may_permit(host) is permitted
    for address in (*PUBLIC, *NOT_PUBLIC):
        assert permission.permits(host, address) is permitted


def test_an_address_is_no_name() -> None:
    permission = Permission(names=frozenset({"*.0.2.1", "192.0.2.1"}))
    assert not permission.may_permit("192.0.2.1")
    assert not permission.permits("192.0.2.1", "192.0.2.1")


@pytest.mark.parametrize("refuse_private", [False, True])
@pytest.mark.parametrize(
    ("address", "permitted"),
    [
        ("10.1.2.3", True),
        ("10.2.0.0", False),
        ("::ffff:10.1.2.3", True),
        ("::ffff:10.2.0.0", False),
        ("64:ff9b::a01:203", True),
        ("64:ff9b::a02:0", False),
        ("2002:a01:203::1", False),
        ("::10.1.2.3", False),
        ("2001:db8::1", True),
        ("2001:db9::1", False),
        ("fe80::1%eth0", True),
        ("fe80::1%eth1", True),
        ("8.8.8.8", False),
    ],
)
def test_a_network_permits_the_addresses_in_it_whatever_name_led_there(
    address: str,
    permitted: bool,  # noqa: FBT001
    refuse_private: bool,  # noqa: FBT001
) -> None:
    permission = Permission(
        networks=networks("10.1.0.0/16", "2001:db8::/32", "fe80::/64"), refuse_private=refuse_private
    )
    assert permission.permits("any.example.org", address) is permitted
    assert permission.permits(address, address) is permitted
    assert permission.may_permit(address) is permitted


def test_a_network_of_all_of_ipv6_holds_no_ipv4() -> None:
    permission = Permission(names=frozenset(), networks=networks("::/0"))
    assert permission.permits("x.test", "2001:db8::1")
    assert not permission.permits("x.test", "::ffff:10.0.0.1")
    assert not permission.permits("x.test", "10.0.0.1")


def test_a_name_does_not_open_a_private_address_where_those_are_refused() -> None:
    permission = Permission(
        names=frozenset({"intranet.example.org"}), networks=networks("10.1.0.0/16"), refuse_private=True
    )
    assert permission.permits("intranet.example.org", "10.1.0.1")
    assert not permission.permits("intranet.example.org", "10.2.0.1")
    assert permission.permits("intranet.example.org", "8.8.8.8")


def test_a_name_that_nothing_could_permit_is_not_worth_resolving() -> None:
    assert not Permission(names=frozenset({"www.example.org"})).may_permit("other.example.org")
    assert not Permission(names=frozenset()).may_permit("other.example.org")
    assert Permission(names=frozenset(), networks=networks("10.0.0.0/8")).may_permit("other.example.org")


def test_a_name_that_a_proxy_resolves_is_permitted_by_its_name_alone() -> None:
    listed = Permission(names=frozenset({"www.example.org", "*.wild.test"}), networks=networks("0.0.0.0/0", "::/0"))

    assert listed.permits("www.example.org", "www.example.org")
    assert listed.permits("a.wild.test", "a.wild.test")
    assert not listed.permits("other.example.org", "other.example.org"), "a network holds no name"
    assert not listed.permits("other.example.org", "www.example.org"), "that is not the name that was asked for"
    assert not Permission(names=frozenset(), networks=networks("::/0")).permits("a.test", "a.test")


def test_a_name_that_a_proxy_resolves_may_lead_to_a_private_address() -> None:
    assert not Permission(refuse_private=True).permits("www.example.org", "www.example.org")
    named = Permission(names=frozenset({"www.example.org"}), refuse_private=True)
    assert not named.permits("www.example.org", "www.example.org")

"""`probe:`, `api:` and files without targets: what may be asked of the exporter over HTTP."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network

import pytest

from ocsp_staple_exporter.config.permission import Permission
from ocsp_staple_exporter.model import Module
from tests.config.conftest import NOTHING_TO_DO, Complaints, Load


def allowed(load: Load, *entries: str) -> Permission:
    quoted = ", ".join(f"'{entry}'" for entry in entries)
    return load(f"probe: {{allow: [{quoted}]}}").permission


@pytest.mark.parametrize("text", ["probe:", "probe: {}", "probe: {refuse_private: false}", "targets: [a]"])
def test_without_a_list_everything_may_be_asked(load: Load, text: str) -> None:
    permission = load(text).permission
    assert permission == Permission(names=None, networks=(), refuse_private=False)
    assert permission.permits("a.example", "10.0.0.1")


def test_a_list_allows_what_stands_in_it_and_nothing_else(load: Load) -> None:
    permission = allowed(load, "www.example.com", "*.example.org", "192.0.2.7", "2001:db8::/32")
    assert permission == Permission(
        names=frozenset({"www.example.com", "*.example.org"}),
        networks=(IPv4Network("192.0.2.7/32"), IPv6Network("2001:db8::/32")),
    )
    assert permission.permits("www.example.com", "198.51.100.1")
    assert permission.permits("a.example.org", "198.51.100.1")
    assert permission.permits("elsewhere.example", "192.0.2.7")
    assert not permission.permits("elsewhere.example", "198.51.100.1")


def test_a_list_of_networks_allows_no_name_by_itself(load: Load) -> None:
    permission = allowed(load, "192.0.2.0/24")
    assert permission.names == frozenset()
    assert not permission.permits("www.example.com", "198.51.100.1")


def test_private_addresses_are_refused_where_the_file_says_so(load: Load) -> None:
    open_to_all, refusing = load("probe: {allow: [a]}"), load("probe: {allow: [a], refuse_private: true}")
    assert open_to_all.permission.permits("a", "127.0.0.1")
    assert not refusing.permission.permits("a", "127.0.0.1")
    assert refusing.permission.permits("a", "1.1.1.1")


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("WWW.Example.COM.", "www.example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("*.BÜCHER.example.", "*.xn--bcher-kva.example"),
        ("*.com", "*.com"),
        ("_sip._tls.example", "_sip._tls.example"),
    ],
)
def test_names_are_compared_as_they_are_resolved(load: Load, written: str, compared: str) -> None:
    assert allowed(load, written).names == frozenset({compared})


@pytest.mark.parametrize(
    ("written", "network"),
    [
        ("192.0.2.7", "192.0.2.7/32"),
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("2001:DB8::1", "2001:db8::1/128"),
        ("[2001:db8::1]", "2001:db8::1/128"),
        ("2001:db8::/32", "2001:db8::/32"),
        ("::/0", "::/0"),
        ("::ffff:192.0.2.7", "192.0.2.7/32"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
    ],
)
def test_addresses_and_networks_are_read(load: Load, written: str, network: str) -> None:
    assert allowed(load, written).networks == (ip_network(network),)


def test_an_entry_that_stands_twice_counts_once(load: Load) -> None:
    permission = allowed(load, "a", "A.", "192.0.2.7", "192.0.2.7/32")
    assert permission.names == frozenset({"a"})
    assert permission.networks == (IPv4Network("192.0.2.7/32"),)


FAULTS = {
    "https://a.example/x": '"https://a.example/x" is a URL: drop its scheme and path, "a.example"',
    "a.example/x": '"a.example/x" is neither a name nor a network: write example.com or 10.0.0.0/8',
    "a.example:443": '"a.example:443" holds a port, and every port may be asked: drop it',
    "192.0.2.7:443": '"192.0.2.7:443" holds a port, and every port may be asked: drop it',
    "[2001:db8::1]:443": '"[2001:db8::1]:443" holds a port, and every port may be asked: drop it',
    "a b": '"a b" is no host name: " " may not stand in it',
    "": '"" is no host name: it is empty',
    "*": '"*" would allow every name: remove the list to allow everything',
    "*.": '"" is no host name: it is empty',
    "*example.com": '"*example.com": "*" stands only at the beginning, before a dot, as in *.example.com',
    "www.*.com": '"www.*.com": "*" stands only at the beginning, before a dot, as in *.example.com',
    "*.*.com": '"*.*.com": "*" stands only at the beginning, before a dot, as in *.example.com',
    "10.0.0.1/8": (
        '"10.0.0.1/8" has bits beyond its prefix: write "10.0.0.0/8" for the network or "10.0.0.1" for the one address'
    ),
    "2001:db8::1/32": (
        '"2001:db8::1/32" has bits beyond its prefix: '
        'write "2001:db8::/32" for the network or "2001:db8::1" for the one address'
    ),
    "10.0.0.0/255.0.0.0": '"10.0.0.0/255.0.0.0" has a mask: write the number of its bits, "10.0.0.0/8"',
    "10.0.0.0/33": '"10.0.0.0/33" is no network: write it as in 10.0.0.0/8 or 2001:db8::/32',
    "10.0.0.0/": '"10.0.0.0/" is no network: write it as in 10.0.0.0/8 or 2001:db8::/32',
    "[2001:db8::]/32": '"[2001:db8::]/32" is no network: write it as in 10.0.0.0/8 or 2001:db8::/32',
    "10.0.0": '"10.0.0" is no IP address: write all four numbers, or a network as in 10.0.0.0/8',
    "10.0.0.256": '"10.0.0.256" is no IP address: write all four numbers, or a network as in 10.0.0.0/8',
    "[192.0.2.7]": '"[192.0.2.7]" is no IPv6 address: drop the brackets',
    "fe80::1%eth0": '"fe80::1%eth0" has a zone: drop it, "fe80::1"',
}


@pytest.mark.parametrize(("entry", "said"), FAULTS.items())
def test_an_entry_that_is_neither_is_told_with_how_to_mend_it(complaints: Complaints, entry: str, said: str) -> None:
    assert complaints(f"probe: {{allow: [a, '{entry}']}}") == [f"config.yaml:1:20: probe.allow[1]: {said}"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "probe:\n  allow:\n#  - a",
            "config.yaml:2:9: probe.allow: is empty: list what may be probed, or remove the key",
        ),
        ("probe: {allow: []}", "config.yaml:1:16: probe.allow: is empty: list what may be probed, or remove the key"),
        ("probe: {allow: a}", 'config.yaml:1:16: probe.allow: must be a list, not "a"'),
        ("probe: {allow: [{}]}", "config.yaml:1:17: probe.allow[0]: must be text, not a mapping"),
        ("probe: [a]", "config.yaml:1:8: probe: must be a mapping, not a list"),
        ("probe: {refuse_private: 1}", "config.yaml:1:25: probe.refuse_private: must be true or false, not 1"),
    ],
)
def test_a_list_that_was_meant_to_bound_is_never_taken_for_none(
    complaints: Complaints, text: str, message: str
) -> None:
    assert complaints(text) == [message]


def test_a_wildcard_without_quotes_is_told_to_need_them(complaints: Complaints) -> None:
    assert complaints("probe:\n  allow:\n    - *.example.com") == [
        'config.yaml:3:8: a text that begins with "*" needs quotes'
    ]


def test_the_api_may_probe_only_where_the_file_says_so(load: Load) -> None:
    assert load("targets: [a]\napi: {probe: true}").probe_on_demand
    for text in ("", "api:", "api: {}", "api: {probe: false}"):
        assert not load(f"targets: [a]\n{text}").probe_on_demand


@pytest.mark.parametrize("targets", ["", "targets:\n", "targets: []\n"])
@pytest.mark.parametrize("rest", ["probe:", "modules: {strict: {}}", "modules:"])
def test_prometheus_may_name_the_targets_instead(load: Load, targets: str, rest: str) -> None:
    config = load(targets + rest)
    assert config.targets == ()
    assert config.modules["default"] == Module()


@pytest.mark.parametrize("rest", ["limits: {}", "api: {probe: true}"])
def test_a_file_that_says_nothing_to_probe_is_told(complaints: Complaints, rest: str) -> None:
    assert complaints(rest) == [f"config.yaml:1:1: targets: missing: {NOTHING_TO_DO}"]
    assert complaints(f"{rest}\nprobe:") == []

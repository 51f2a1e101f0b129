from __future__ import annotations

from datetime import timedelta

import pytest
from multidict import MultiDict

from ocsp_staple_exporter.model import Endpoint, IPFamily, KeyType, Module, Proxy, ProxyScheme, StartTLS, TLSVersion
from ocsp_staple_exporter.web.probe.question import cut, read_question

BOTH_KEYS, BOTH_VERSIONS = (KeyType.ECDSA, KeyType.RSA), (TLSVersion.TLS_1_3, TLSVersion.TLS_1_2)
MODULES = {
    "default": Module(),
    "strict": Module(name="strict", server_name="module.example"),
    "one": Module(name="one", key_types=BOTH_KEYS[:1], tls_versions=BOTH_VERSIONS[:1]),
    "two": Module(name="two", key_types=BOTH_KEYS, tls_versions=BOTH_VERSIONS),
    "quiet": Module(name="quiet", sni=False),
}
OFFSET = timedelta(seconds=0.5)


def asked(**parameters: str) -> Endpoint:
    return read_question(MultiDict(parameters), MODULES).endpoint


def test_a_target_without_a_port_gets_that_of_its_module_s_protocol() -> None:
    modules = {"mail": Module(name="mail", starttls=StartTLS.IMAP)}
    for target, port in (("mail.example", 143), ("mail.example:993", 993)):
        endpoint = read_question(MultiDict([("target", target), ("module", "mail")]), modules).endpoint
        assert (endpoint.port, endpoint.target) == (port, f"mail.example:{port}")


@pytest.mark.parametrize(
    ("family", "address", "other"),
    [(IPFamily.IPV4, "192.0.2.1", "2001:db8::1"), (IPFamily.IPV6, "2001:db8::1", "192.0.2.1")],
)
def test_an_address_is_of_the_family_that_the_module_probes(family: IPFamily, address: str, other: str) -> None:
    modules = {
        "default": Module(ip_family=family),
        "source": Module(source_address="192.0.2.9" if family is IPFamily.IPV4 else "2001:db8::9"),
        "far": Module(ip_family=family, proxy=Proxy(scheme=ProxyScheme.SOCKS5H, host="proxy", port=1)),
    }

    def read(target: str, address: str, module: str = "default") -> Endpoint:
        return read_question(MultiDict(target=target, address=address, module=module), modules).endpoint

    assert read("a.example", address).address == address
    assert read(f"[{other}]" if ":" in other else other, address).address == address
    assert read("a.example", other, "far").address == other
    with pytest.raises(ValueError, match=rf'^address: "{other}" is .* and ip_family {family.value}: it can never be'):
        read("a.example", other)
    with pytest.raises(ValueError, match=rf'^target: "{other}" is .* and ip_family {family.value}: it can never be'):
        read(f"[{other}]" if ":" in other else other, "")
    assert read("a.example", address, "source").address == address
    with pytest.raises(ValueError, match=rf'^address: "{other}" is .* and source_address {family.value}: it can'):
        read("a.example", other, "source")


@pytest.mark.parametrize(
    ("target", "name", "host", "port", "server_name"),
    [
        ("www.example.org", "www.example.org:443", "www.example.org", 443, "www.example.org"),
        ("WWW.Example.ORG.:8443", "www.example.org:8443", "www.example.org", 8443, "www.example.org"),
        ("192.0.2.1", "192.0.2.1:443", "192.0.2.1", 443, None),
        ("[2001:DB8::1]:993", "[2001:db8::1]:993", "2001:db8::1", 993, None),
        ("bücher.example", "bücher.example:443", "xn--bcher-kva.example", 443, "xn--bcher-kva.example"),
    ],
)
def test_a_target_is_read_as_in_the_configuration(
    target: str, name: str, host: str, port: int, server_name: str | None
) -> None:
    endpoint = asked(target=target)
    assert (endpoint.target, endpoint.host, endpoint.port, endpoint.server_name) == (name, host, port, server_name)
    assert (endpoint.labels, endpoint.module) == ((), MODULES["default"])


def test_the_server_name_is_the_one_asked_for_then_the_modules_then_the_host() -> None:
    assert asked(target="a.example", module="strict", server_name="B.example.").server_name == "b.example"
    assert asked(target="a.example", module="strict").server_name == "module.example"
    assert asked(target="a.example", module="").server_name == "a.example"
    assert asked(target="192.0.2.1", server_name="b.example").server_name == "b.example"


def test_one_probe_takes_the_part_that_is_asked_for() -> None:
    endpoint = asked(target="a.example", address="[2001:DB8::1]", key_type="rsa", tls_version="1.2")
    assert endpoint.fan_out == (("address", "2001:db8::1"), ("key_type", "rsa"), ("tls_version", "1.2"))
    assert endpoint.host == endpoint.server_name == "a.example"


@pytest.mark.parametrize(
    ("module", "key_type", "tls_version"),
    [("one", KeyType.ECDSA, TLSVersion.TLS_1_3), ("two", None, None), ("default", None, None)],
)
def test_what_is_not_asked_for_is_the_modules_where_it_names_only_one(
    module: str, key_type: KeyType | None, tls_version: TLSVersion | None
) -> None:
    endpoint = asked(target="a.example", module=module)
    assert (endpoint.address, endpoint.key_type, endpoint.tls_version) == (None, key_type, tls_version)
    assert endpoint.offered_versions == frozenset(MODULES[module].tls_versions)


def test_a_name_is_not_sent_where_that_is_asked_for() -> None:
    def names(**parameters: str) -> tuple[str | None, str | None]:
        endpoint = asked(**parameters)
        return endpoint.server_name, endpoint.certificate_name

    assert names(target="a.example", sni="false") == (None, "a.example")
    assert names(target="192.0.2.1", sni="false", server_name="b.example") == (None, "b.example")
    assert names(target="192.0.2.1", sni="false") == (None, None)
    assert names(target="a.example", module="quiet") == (None, "a.example")
    assert names(target="a.example", module="quiet", sni="") == (None, "a.example")
    assert names(target="a.example", module="quiet", sni="true") == ("a.example", None)


def test_parameters_that_nobody_knows_are_passed_over_and_empty_ones_are_not_given() -> None:
    assert asked(target="a.example", hostname="x", module="", server_name="", debug="") == asked(target="a.example")


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ([], "say what to probe: /probe?target=HOST[:PORT]"),
        ([("target", "")], "say what to probe: /probe?target=HOST[:PORT]"),
        ([("Target", "a.example")], "say what to probe"),
        ([("target", "a.example"), ("target", "a.example")], "target is given 2 times: give it once"),
        ([("target", "https://a.example/")], 'target: "https://a.example/" is a URL: drop its scheme and path'),
        ([("target", "2001:db8::1")], 'target: "2001:db8::1" needs brackets, as an IPv6 address'),
        ([("target", "a.example:0")], 'target: port "0" is no whole number from 1 to 65535'),
        ([("target", "a.example:x")], 'target: port "x" is no whole number from 1 to 65535'),
        ([("target", ":443")], 'target: "" is no host name: it is empty'),
        ([("target", "127.1")], "no host name ends in a number"),
        ([("target", "0x7f000001")], "no host name ends in a number"),
        ([("target", "2130706433")], "no host name ends in a number"),
        ([("target", "a\x00.example")], r'target: "a\x00.example" is no host name'),
        ([("target", "a.example"), ("module", "strikt")], 'module "strikt" is not defined under modules (did you mean'),
        ([("target", "a.example"), ("module", "strict"), ("module", "strict")], "module is given 2 times"),
        ([("target", "a.example"), ("server_name", "192.0.2.1")], "server_name: "),
        ([("target", "a.example"), ("server_name", "a b")], 'server_name: "a b" is no host name'),
        ([("target", "a.example"), ("address", "b.example")], 'address: "b.example" is no IP address'),
        ([("target", "a.example"), ("key_type", "ec")], 'key_type: "ec" is none of "rsa", "ecdsa", "ed25519", "ed448"'),
        ([("target", "a.example"), ("tls_version", "1.4")], 'tls_version: "1.4" is none of "1.0", "1.1", "1.2", "1.3"'),
        ([("target", "a.example"), ("key_type", "rsa"), ("key_type", "ecdsa")], "key_type is given 2 times"),
        ([("target", "a.example"), ("sni", "no")], 'sni: "no" is neither true nor false'),
        ([("target", "a.example"), ("debug", "1")], 'debug: "1" is neither true nor false'),
    ],
)
def test_what_cannot_be_probed_is_refused_with_a_sentence(query: list[tuple[str, str]], says: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the text is looked at below
        read_question(MultiDict(query), MODULES)
    assert says in str(refused.value)
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(("debug", "wanted"), [("true", True), ("false", False), ("", False)])
def test_debug_is_true_or_false(debug: str, wanted: bool) -> None:  # noqa: FBT001
    assert read_question(MultiDict(target="a.example", debug=debug), MODULES).debug is wanted


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 15),
        ("", 15),
        ("60", 15),
        ("15.5", 15),
        ("10", 9.5),
        ("1.5", 1.0),
        (" 10 ", 9.5),
        ("1", 0.5),
        ("0.5", 0.25),
        ("0.1", 0.05),
        ("ten", 15),
        ("nan", 15),
        ("inf", 15),
        ("-inf", 15),
        ("-3", 15),
        ("0", 15),
        ("1e308", 15),
        ("10s", 15),
    ],
)
def test_the_timeout_is_cut_to_what_the_scrape_leaves(header: str | None, seconds: float) -> None:
    endpoint = asked(target="a.example")
    assert cut(endpoint, header, OFFSET).module.timeout.total_seconds() == pytest.approx(seconds)


def test_a_timeout_that_is_short_enough_stays() -> None:
    endpoint = asked(target="a.example")
    assert cut(endpoint, "60", OFFSET) is endpoint

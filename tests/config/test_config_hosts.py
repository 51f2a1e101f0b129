from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocsp_staple_exporter.config.hosts import parse_host, parse_name, split_host_port
from tests.config.conftest import Complaints, Load

LONGEST_LABEL = "a" * 63
LONGEST_NAME = f"{LONGEST_LABEL}.{LONGEST_LABEL}.{LONGEST_LABEL}.{'a' * 61}"


@pytest.mark.parametrize(
    ("written", "target", "host", "server_name"),
    [
        ("example.com", "example.com:443", "example.com", "example.com"),
        ("Example.COM.:8443", "example.com:8443", "example.com", "example.com"),
        ("localhost", "localhost:443", "localhost", "localhost"),
        ("_dmarc.example_1.com", "_dmarc.example_1.com:443", "_dmarc.example_1.com", "_dmarc.example_1.com"),
        ("1.example", "1.example:443", "1.example", "1.example"),
        ("192.0.2.7:8443", "192.0.2.7:8443", "192.0.2.7", None),
        ("[2001:DB8:0::1]", "[2001:db8::1]:443", "2001:db8::1", None),
        ("[2001:db8::1]:8443", "[2001:db8::1]:8443", "2001:db8::1", None),
        ("[fe80::1%eth0.5]", "[fe80::1%eth0.5]:443", "fe80::1%eth0.5", None),
        ("Bücher.example:65535", "bücher.example:65535", "xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("例え。テスト", "例え。テスト:443", "xn--r8jz45g.xn--zckzah", "xn--r8jz45g.xn--zckzah"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example:443", "xn--bcher-kva.example", "xn--bcher-kva.example"),
        (LONGEST_NAME, f"{LONGEST_NAME}:443", LONGEST_NAME, LONGEST_NAME),
    ],
)
def test_a_host_is_named_as_written_and_resolved_in_ascii(
    load: Load, written: str, target: str, host: str, server_name: str | None
) -> None:
    (found,) = load(f"targets: ['{written}']").targets
    assert (found.name, found.host, found.server_name) == (target, host, server_name)


@pytest.mark.parametrize("written", ["2001:db8::1", "[2001:db8::1]"])
def test_an_ipv6_address_as_host_needs_no_brackets(load: Load, written: str) -> None:
    (found,) = load(f"targets: [{{host: '{written}', port: 1}}]").targets
    assert (found.name, found.host) == ("[2001:db8::1]:1", "2001:db8::1")


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("", '"" is no host name: it is empty'),
        (":443", '"" is no host name: it is empty'),
        (".", '"." is no host name: it is empty'),
        ("https://example.com/", '"https://example.com/" is a URL: drop its scheme and path, "example.com"'),
        ("HTTPS://a:1/x?y", '"HTTPS://a:1/x?y" is a URL: drop its scheme and path, "a:1"'),
        ("example.com/path", '"example.com/path" holds a path: drop it, "example.com"'),
        ("2001:db8::1", '"2001:db8::1" needs brackets, as an IPv6 address: "[2001:db8::1]"'),
        ("[2001:db8::1", '"[2001:db8::1" is no host[:port]: too many colons or brackets'),
        ("a:b:c", 'port "b:c" is no whole number from 1 to 65535'),
        ("[::1]x", '"[::1]x" is no host[:port]: too many colons or brackets'),
        ("[]", '"" is no IPv6 address'),
        ("[192.0.2.1]", '"192.0.2.1" is no IPv6 address'),
        ("[fe80::1%e/0]", '"[fe80::1%e/0]" holds a path: drop it, "[fe80::1%e"'),
        ("[fe80::1%e 0]", '"fe80::1%e 0" is no IPv6 address'),
        ("example.com:", 'port "" is no whole number from 1 to 65535'),
        ("example.com:https", 'port "https" is no whole number from 1 to 65535'),
        ("example.com:0", 'port "0" is no whole number from 1 to 65535'),
        ("example.com:65536", 'port "65536" is no whole number from 1 to 65535'),
        ("example.com:٤٤٣", 'port "٤٤٣" is no whole number from 1 to 65535'),
        ("192.0.2.256", '"192.0.2.256" is no IPv4 address, and no host name ends in a number'),
        ("192.0.2", '"192.0.2" is no IPv4 address, and no host name ends in a number'),
        ("127.1.", '"127.1." is no IPv4 address, and no host name ends in a number'),
        ("0x7f.0x1", '"0x7f.0x1" is no IPv4 address, and no host name ends in a number'),
        ("010.0.0.1", '"010.0.0.1" is no IPv4 address, and no host name ends in a number'),
        ("*.example.com", '"*.example.com" is no host name: a wildcard names no host'),
        ("a b", '"a b" is no host name: " " may not stand in it'),
        ("user@example.com", '"user@example.com" is no host name: "@" may not stand in it'),
        ("a..b", '"a..b" is no host name: it has an empty part between its dots'),
        ("a.-b", '"a.-b" is no host name: its part "-b" begins or ends with a hyphen'),
        ("a-.b", '"a-.b" is no host name: its part "a-" begins or ends with a hyphen'),
        (
            f"a{LONGEST_LABEL}.b",
            f'"a{LONGEST_LABEL}.b" is no host name: its part "a{LONGEST_LABEL}" is longer than 63 characters',
        ),
        (f"a{LONGEST_NAME}", f'"a{LONGEST_NAME}" is too long: a DNS name has at most 253 characters'),
        ("b\u00fc\u202echer", '"b\u00fc\\u202echer" holds characters that cannot be seen'),
    ],
)
def test_what_is_no_host_is_told_with_its_flaw(complaints: Complaints, written: str, message: str) -> None:
    assert complaints(f"targets: ['{written}']") == [f"config.yaml:1:11: targets[0]: {message}"]


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("\uff11\uff12\uff17.\uff11", "1"),
        ("\uff11\uff12\uff17\uff0e\uff10\uff0e\uff10\uff0e\uff11", "1"),
        ("127。0。0。1", "1"),
        ("2130706433。", "2130706433"),
        ("0x7f000001。", "0x7f000001"),
        ("①", "1"),
        ("bücher.①", "1"),
    ],
)
def test_what_idna_turns_into_a_number_is_no_name(complaints: Complaints, written: str, number: str) -> None:
    flaw = f'"{written}" is no host name: it ends in a number, "{number}", as IP addresses do'
    assert complaints(f"targets: ['{written}']") == [f"config.yaml:1:11: targets[0]: {flaw}"]
    with pytest.raises(ValueError, match="ends in a number"):
        parse_name(written)


@pytest.mark.parametrize("name", ["1.2.3.999", "127.1", "2130706433", "0x7F000001.", "0x"])
def test_a_server_name_does_not_end_in_a_number(name: str) -> None:
    with pytest.raises(ValueError, match=r'" is no host name: it ends in a number, "[0-9xf]+", as IP addresses do$'):
        parse_name(name)


@pytest.mark.parametrize("name", ["1.example", "①.example", "127.0.0.1.nip.io", "0x7g", "1a", "_1"])
def test_a_number_elsewhere_in_a_name_is_no_flaw(name: str) -> None:
    assert parse_name(name) == name.replace("①", "1")


def test_an_internationalised_name_that_idna_forbids_is_told(complaints: Complaints) -> None:
    (message,) = complaints("targets: ['a♥.example']")
    assert message.startswith('config.yaml:1:11: targets[0]: "a♥.example" is no internationalised host name: ')


def test_an_internationalised_name_counts_in_ascii(complaints: Complaints) -> None:
    name = ".".join(["ü" * 30] * 8)
    (message,) = complaints(f"targets: ['{name}']")
    assert message.startswith(f'config.yaml:1:11: targets[0]: "{name}" is ')
    assert complaints(f"targets: ['{name[:100]}']") == []


@given(st.text() | st.from_regex(r"[a-z0-9.:\[\]%*_-]{0,20}", fullmatch=True))
def test_any_text_is_a_host_or_a_value_error(text: str) -> None:
    try:
        host, _ = split_host_port(text)
        found = parse_host(host)
    except ValueError:
        return
    assert found.resolved.isascii()
    assert found.written.isprintable()
    assert parse_host(found.written).resolved == found.resolved

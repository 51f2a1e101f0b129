"""The way to a host, as a module says it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocsp_staple_exporter.config.proxies import parse_proxy_url
from ocsp_staple_exporter.model import Credentials, Module, Proxy, ProxyProtocol, ProxyScheme
from tests.config.conftest import Complaints, Load

SECRET = "open sesame"  # noqa: S105 - one of the tests'


def module(load: Load, options: str) -> Module:
    return load(f"modules: {{default: {{{options}}}}}\ntargets: [a]").modules["default"]


@pytest.mark.parametrize(
    ("url", "proxy", "shown"),
    [
        (
            "http://proxy.example.com:3128",
            Proxy(scheme=ProxyScheme.HTTP, host="proxy.example.com", port=3128),
            "http://proxy.example.com:3128",
        ),
        (
            "HTTP://Bücher.Example:80/",
            Proxy(scheme=ProxyScheme.HTTP, host="xn--bcher-kva.example", port=80),
            "http://xn--bcher-kva.example:80",
        ),
        (
            "socks5://prober:open%20sesame%40home@[2001:db8::1]:1080",
            Proxy(
                scheme=ProxyScheme.SOCKS5,
                host="2001:db8::1",
                port=1080,
                credentials=Credentials("prober", "open sesame@home"),
            ),
            "socks5://[2001:db8::1]:1080",
        ),
        (
            "socks5h://a:b@c:d@[fe80::1%25eth0]:1",
            Proxy(scheme=ProxyScheme.SOCKS5H, host="fe80::1%eth0", port=1, credentials=Credentials("a", "b@c:d")),
            "socks5h://[fe80::1%eth0]:1",
        ),
    ],
)
def test_a_url_says_what_is_spoken_where_and_by_whom(url: str, proxy: Proxy, shown: str) -> None:
    assert parse_proxy_url(url) == proxy
    assert str(proxy) == shown
    assert "sesame" not in repr(proxy)


def test_every_option_of_the_way_reaches_the_module(load: Load) -> None:
    Path("secret").write_text(f"{SECRET}\n")
    config = load(
        "modules:\n"
        "  default:\n"
        "    proxy_url: http://prober@proxy.example:3128\n"
        "    proxy_password_file: secret\n"
        "    proxy_protocol: v2\n"
        "    source_address: '[2001:DB8::99]'\n"
        "    sni: false\n"
        "targets: [a.example]\n"
    )

    (target,) = config.targets
    assert target.module.proxy == parse_proxy_url(f"http://prober:{SECRET}@proxy.example:3128")
    assert target.module.proxy_protocol is ProxyProtocol.V2
    assert target.module.source_address == "2001:db8::99"
    assert (target.server_name, target.certificate_name) == (None, "a.example")
    assert config.files == (Path("config.yaml"), Path("secret")), "a change of the password is a reason to reload"
    assert "sesame" not in repr(config)


def test_a_target_says_for_itself_whether_its_name_is_sent(load: Load) -> None:
    config = load(
        "modules: {quiet: {sni: false, server_name: module.example}}\n"
        "targets:\n"
        "  - {host: a.example, module: quiet}\n"
        "  - {host: b.example, module: quiet, sni: true}\n"
        "  - {host: 192.0.2.1, server_name: c.example, sni: false}\n"
        "  - {host: 192.0.2.2, sni: false}\n"
        "  - {host: d.example}\n"
    )

    assert [(target.server_name, target.certificate_name) for target in config.targets] == [
        (None, "module.example"),
        ("module.example", None),
        (None, "c.example"),
        (None, None),
        ("d.example", None),
    ]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ("proxy_url: proxy.example:3128", "has no scheme: write it as in http://proxy.example.com:3128"),
        ("proxy_url: 'http:/a:sesame@proxy.example:3128'", "has no scheme"),
        ("proxy_url: 'http://a:sesame@proxy.example'", "has no port, and proxies have none in common"),
        ("proxy_url: 'https://a:sesame@proxy.example:1'", "is the URL of a proxy that is spoken to in TLS"),
        ("proxy_url: 'socks4://proxy.example:1'", "is no URL of a SOCKS5 proxy: write socks5://, or socks5h://"),
        ("proxy_url: 'ftp://a:sesame@proxy.example:1'", 'has the unknown scheme "ftp": use http://'),
        ("proxy_url: 'http://a:sesame@proxy.example:1/path'", '"proxy.example:1/path" holds a path'),
        ("proxy_url: 'http://a:sesame@:1'", "is no host name: it is empty"),
        ("proxy_url: 'http://a:sesame@proxy.example:0'", 'port "0" is no whole number'),
        ("proxy_url: 'http://:sesame@proxy.example:1'", "has no user before its @"),
        ("proxy_url: 'http://a@proxy.example:1'", "proxy_url names a user without a password"),
        ("proxy_url: 'http://a%3Ab:sesame@proxy.example:1'", "a user of an HTTP proxy has no colon"),
        ("proxy_url: 'http://a:sesame%0d%0a@proxy.example:1'", "hold no control characters"),
        (f"proxy_url: 'socks5://a:{'sesame' * 43}@proxy.example:1'", "have at most 255 bytes"),
        ("proxy_url: 'http://a:sesame@proxy.example:1', proxy_password_file: secret", "remove one"),
        ("proxy_url: 'http://proxy.example:1', proxy_password_file: secret", "needs a user in proxy_url"),
        ("proxy_password_file: secret", "proxy_password_file is of no use without proxy_url"),
        ("proxy_url: 'http://a@proxy.example:1', proxy_password_file: gone", '"gone" cannot be read: No such file'),
        ("proxy_url: 'http://a@proxy.example:1', proxy_password_file: empty", '"empty" is empty'),
        ("proxy_url: 'http://a@proxy.example:1', proxy_password_file: two", '"two" holds more than one line'),
        ("proxy_url: 'http://a@proxy.example:1', proxy_password_file: noise", '"noise" is not UTF-8 text'),
        ("proxy_url: 'http://a@proxy.example:1', proxy_password_file: bell", "hold no control characters"),
        ("proxy_url: 3128", '3128 is a number: write it in quotes, "3128"'),
        ("proxy_url: 'http://a:sesame'", "lacks the @ after user and password"),
        ("proxy_url: 'http://a:sesame/proxy.example:1'", "lacks the @ after user and password"),
        ("proxy_url: 'http://a:sesame:proxy.example:1'", "lacks the @ after user and password"),
        ("proxy_protocol: 2", '2 is not accepted: write "v1" or "v2"'),
        ("proxy_protocol: v3", '"v3" is not accepted: write "v1" or "v2"'),
        ("source_address: proxy.example", '"proxy.example" is no IP address'),
        ("source_address: 192.0.2.1, ip_family: ipv6", "source_address is ipv4 and ip_family ipv6"),
        ("source_address: '2001:db8::1', ip_family: ipv4", "source_address is ipv6 and ip_family ipv4"),
    ],
)
def test_what_is_wrong_with_the_way_is_told_without_the_password(
    complaints: Complaints, options: str, complaint: str
) -> None:
    files = {"secret": b"sesame", "empty": b"\n", "two": b"sesame\nsesame\n", "noise": b"\xff", "bell": b"sesame\a"}
    for name, content in files.items():
        Path(name).write_bytes(content)

    (told,) = complaints(f"modules: {{default: {{{options}}}}}\ntargets: [a]")

    assert complaint in told
    assert "sesame" not in told


@pytest.mark.parametrize(
    "options",
    [
        "source_address: 192.0.2.1, ip_family: ipv4",
        "source_address: 192.0.2.1, ip_family: ipv6, proxy_url: 'socks5://proxy.example:1'",  # towards the proxy
        f"proxy_url: 'socks5://a:{'x' * 255}@proxy.example:1'",
        f"proxy_url: 'http://a:{'x' * 256}@proxy.example:1'",
        "proxy_url: 'socks5://a%3Ab:c@proxy.example:1'",
    ],
)
def test_what_fits_together_is_taken(load: Load, options: str) -> None:
    assert module(load, options) != Module()


@pytest.mark.parametrize(
    ("written", "ascii_name"),
    [
        ("faß.example", "xn--fa-hia.example"),  # IDNA 2003 made fass.example of it
        ("βόλος.example", "xn--nxasmm1c.example"),
        ("例え.example", "xn--r8jz45g.example"),
        ("XN--BCHER-KVA.example.", "xn--bcher-kva.example"),
    ],
)
def test_internationalised_names_are_sent_in_ascii_and_shown_as_written(
    load: Load, written: str, ascii_name: str
) -> None:
    """IDNA 2008 (RFC 5891)."""
    (target,) = load(f"targets: ['{written}']").targets

    assert (target.host, target.server_name) == (ascii_name, ascii_name)
    assert target.name == f"{written.lower().removesuffix('.')}:443"

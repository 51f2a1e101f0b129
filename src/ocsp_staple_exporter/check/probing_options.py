"""The options of `check` that say how hosts are probed."""

from __future__ import annotations

import enum
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import click

from ocsp_staple_exporter.check.options import Group, Option, Use
from ocsp_staple_exporter.check.values import (
    complete_modules,
    parse_address,
    parse_proxy,
    parse_server_name,
    parse_span,
)
from ocsp_staple_exporter.model import IPFamily, KeyType, ProxyProtocol, StartTLS, TLSVersion

DEFAULT_CONCURRENCY = 32
MOST_AT_ONCE = 512
"""Each takes a file descriptor, and most systems allow a process 1024."""

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

probing_option = partial(click.option, cls=Option, use=Use.HOSTS, group=Group.PROBING)


def _values(words: type[enum.Enum]) -> list[str]:
    return [word.value for word in words]


_OPTIONS = (
    probing_option(
        "--module",
        metavar="NAME",
        shell_complete=complete_modules,
        help="Probe as this module of the config file says.",
    ),
    probing_option(
        "--server-name",
        metavar="NAME",
        callback=parse_server_name,
        help="Ask for this name (SNI), not for HOST.",
    ),
    probing_option("--no-sni", is_flag=True, help="Send no name; the certificate must be for it all the same."),
    probing_option(
        "--proxy",
        metavar="URL",
        callback=parse_proxy,
        help="Go through this proxy: http://, socks5:// or socks5h:// (which resolves HOST), then HOST:PORT. "
        "One that wants a password is for a module of the config file.",
    ),
    probing_option(
        "--proxy-protocol",
        metavar="VERSION",
        type=click.Choice(_values(ProxyProtocol)),
        help="Send a header of the PROXY protocol first, as a server behind a load balancer expects it: "
        f"{' or '.join(_values(ProxyProtocol))}.",
    ),
    probing_option(
        "--source-address",
        metavar="IP",
        callback=parse_address,
        help="Connect from this address of this machine.",
    ),
    probing_option(
        "--timeout",
        metavar="DURATION",
        callback=parse_span,
        help="Wait that long for a host; 15s by default.",
    ),
    probing_option(
        "--address",
        metavar="IP",
        callback=parse_address,
        help="Connect to this address, whatever HOST resolves to.",
    ),
    probing_option("--all-addresses", is_flag=True, help="Probe every address of HOST, each by itself."),
    probing_option(
        "--key-type",
        "key_types",
        metavar="TYPE",
        type=click.Choice(_values(KeyType)),
        multiple=True,
        help="Ask for a certificate with this kind of key, as hosts with several have them: "
        f"{', '.join(_values(KeyType))}. Several: each by itself.",
    ),
    probing_option(
        "--tls-version",
        "tls_versions",
        type=click.Choice(_values(TLSVersion)),
        multiple=True,
        help="Offer only this version of TLS. Several: each by itself.",
    ),
    probing_option(
        "--ip-family",
        type=click.Choice(_values(IPFamily)),
        help="Connect to an address of this kind; any by default.",
    ),
    probing_option(
        "--starttls",
        metavar="PROTOCOL",
        type=click.Choice(_values(StartTLS)),
        help="Ask for TLS in the clear text of this protocol, on its port unless HOST names another: "
        f"{', '.join(_values(StartTLS))}.",
    ),
    probing_option(
        "--handshakes",
        metavar="N",
        type=click.IntRange(1, 100),
        help="Shake hands with a host that often: does a staple come always, sometimes or never? 1 by default.",
    ),
    probing_option(
        "--retries",
        "staple_retries",
        metavar="N",
        type=click.IntRange(0, 100),
        help="While none came and one is due, try that often more, a second apart; 1 by default. "
        "nginx fetches a staple when it is first asked for one.",
    ),
    probing_option(
        "--concurrency",
        metavar="N",
        type=click.IntRange(1, MOST_AT_ONCE),
        default=DEFAULT_CONCURRENCY,
        show_default=True,
        help="Probe that many hosts at once.",
    ),
)


def probing_options(command: Decorated) -> Decorated:
    """All of them, in their order."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command

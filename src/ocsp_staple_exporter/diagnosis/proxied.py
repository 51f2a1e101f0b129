"""The way through a proxy failed: which of the two is at fault, the proxy or the host behind it."""

from __future__ import annotations

from collections.abc import Mapping

from ocsp_staple_exporter.diagnosis.diagnosis import Fix
from ocsp_staple_exporter.diagnosis.story import Story
from ocsp_staple_exporter.model import ProbeFailure

_TRY_THE_PROXY = Fix(
    software=None,
    text="Try the same way from the exporter's machine with another client.",
    snippet="curl -v --proxy $proxy https://$connect",
)
_REACH_THE_PROXY = Fix(
    software=None,
    text="See whether the proxy can be reached from the exporter's machine.",
    snippet="getent ahosts $proxy_host\ntimeout 5 bash -c ': >/dev/tcp/'$proxy_host/$proxy_port && echo connected",
)
_CREDENTIALS = Fix(
    software=None,
    text="Give the module the user that the proxy knows, and the password in a file beside the configuration.",
    snippet="# configuration of the exporter\nmodules:\n  default:\n"
    "    proxy_url: http://USER@proxy.example.com:3128\n    proxy_password_file: proxy-password",
)
_ALLOW = Fix(
    software=None,
    text="Let the proxy's rules permit CONNECT from the exporter to this port. Most proxies permit 443 alone at first.",
    snippet="# Squid: squid.conf, before http_access deny CONNECT !SSL_ports\nacl SSL_ports port $port",
)
_SCHEME = Fix(
    software=None,
    text="Write the scheme of `proxy_url` that the proxy speaks: http:// (also for hosts with TLS), socks5:// or "
    "socks5h://. Proxies that are themselves spoken to in TLS (https://) are not supported.",
)
_FROM_THE_PROXY = Fix(
    software=None,
    text="Try from the proxy's machine: the host may be down, or its name unknown there.",
    snippet="getent ahosts $host\ntimeout 5 bash -c ': >/dev/tcp/'$host/$port && echo connected",
)

_ONLY_THE_EXPORTER = "Visitors do not come through this proxy: what they see is not known."


def _failing(headline: str, cause: str, *fixes: Fix) -> Story:
    return Story(headline=headline, effect=_ONLY_THE_EXPORTER, cause=cause, fixes=fixes, runbook="OCSPProbeFailing")


OF_PROXIES: Mapping[ProbeFailure, Story] = {
    ProbeFailure.PROXY_UNREACHABLE: _failing(
        "The proxy of the module cannot be reached",
        "$detail. It is down, its name or port is wrong, or a firewall stands before it.",
        _REACH_THE_PROXY,
        _TRY_THE_PROXY,
    ),
    ProbeFailure.PROXY_TIMEOUT: _failing(
        "The proxy gave no answer about $host within $timeout",
        "$detail. The proxy is overloaded, or waits for a host that does not answer it.",
        _FROM_THE_PROXY,
        _TRY_THE_PROXY,
    ),
    ProbeFailure.PROXY_AUTHENTICATION: _failing(
        "The proxy does not know the exporter",
        "$detail. User and password are missing or wrong, or the proxy asks for another kind of authentication.",
        _CREDENTIALS,
        _TRY_THE_PROXY,
    ),
    ProbeFailure.PROXY_REFUSED: _failing(
        "The proxy does not let the exporter through to $host, port $port",
        "$detail. Its rules forbid the host, the port or the exporter.",
        _ALLOW,
        _TRY_THE_PROXY,
    ),
    ProbeFailure.PROXY_CONNECT_FAILED: _failing(
        "The proxy did not reach $host, port $port",
        "$detail. The host is down, refuses connections, or its name does not resolve where the proxy runs.",
        _FROM_THE_PROXY,
        _TRY_THE_PROXY,
    ),
    ProbeFailure.PROXY_MALFORMED: _failing(
        "What answers at the proxy's port does not speak the proxy's protocol",
        "$detail. The port is that of another service, or the scheme of `proxy_url` is not the proxy's.",
        _SCHEME,
        _TRY_THE_PROXY,
    ),
}

"""Shell commands about an endpoint. Whatever goes into them is quoted."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.model import Endpoint, KeyType, Proxy, ProxyScheme, StartTLS, TLSVersion

# OpenSSL 3 offers the old versions only where it is told to be lax.
_ONLY = {
    frozenset({TLSVersion.TLS_1_0}): "-tls1 -cipher ALL:@SECLEVEL=0 ",
    frozenset({TLSVersion.TLS_1_1}): "-tls1_1 -cipher ALL:@SECLEVEL=0 ",
    frozenset({TLSVersion.TLS_1_2}): "-tls1_2 ",
    frozenset({TLSVersion.TLS_1_3}): "-tls1_3 ",
}
_SIGNATURES = {
    KeyType.RSA: "RSA-PSS+SHA256:RSA+SHA256",
    KeyType.ECDSA: "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512",
    KeyType.ED25519: "ed25519",
    KeyType.ED448: "ed448",
    KeyType.ML_DSA_44: "mldsa44",
    KeyType.ML_DSA_65: "mldsa65",
    KeyType.ML_DSA_87: "mldsa87",
}
"""What makes a server with several certificates show the one with such a key."""

_PLAIN_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", re.ASCII)

SOME_SITE = "www.example.org"


def openssl_command(endpoint: Endpoint) -> str:
    """The command that shows what a probe of this endpoint sees: `openssl s_client -connect ... -status`.

    It is one line for a POSIX shell. OpenSSL does not speak RDP: there it is our own `check`.
    """
    protocol = endpoint.module.starttls
    if protocol is StartTLS.RDP:
        name = "" if endpoint.server_name is None else f"--server-name {quoted(endpoint.server_name)} "
        return f"ocsp-staple-exporter check --starttls rdp {name}{connect(endpoint)}"
    only = _ONLY.get(endpoint.offered_versions, "")
    if endpoint.key_type is not None:
        only += f"-sigalgs {_SIGNATURES[endpoint.key_type]} "
    through = _through(endpoint.module.proxy)
    starttls = "" if protocol is None else f"{_starttls(protocol, endpoint)} "
    return (
        f"openssl s_client {through}-connect {connect(endpoint)} {starttls}{_server_name(endpoint)} "
        f"{only}-status </dev/null"
    )


def connect(endpoint: Endpoint) -> str:
    """`HOST:PORT` for a POSIX shell; an IPv6 address in brackets."""
    where = endpoint.address or endpoint.host
    host = f"[{where}]" if ":" in where else where
    return quoted(f"{host}:{endpoint.port}")


def proxy_facts(endpoint: Endpoint) -> Mapping[str, str]:
    """The blanks of snippets about a proxy; its user is left for people to fill in."""
    proxy = endpoint.module.proxy
    if proxy is None:
        return {"proxy": "PROXY", "proxy_host": "PROXY", "proxy_port": "PORT"}
    url = str(proxy).replace("://", "://USER@", 1) if proxy.credentials else str(proxy)
    return {"proxy": quoted(url), "proxy_host": quoted(proxy.host), "proxy_port": str(proxy.port)}


def quoted(text: str) -> str:
    """One word for a POSIX shell, on one line."""
    return shlex.quote(printable(text))


def site(endpoint: Endpoint) -> str:
    """A name that may stand in a configuration and in a file's name as it is: the endpoint's, or an example."""
    name = endpoint.reference_identifier
    return name if _PLAIN_NAME.fullmatch(name) else SOME_SITE


def _through(proxy: Proxy | None) -> str:
    """s_client speaks to HTTP proxies alone; to them by name and port."""
    if proxy is None or proxy.scheme is not ProxyScheme.HTTP:
        return ""
    host = f"[{proxy.host}]" if ":" in proxy.host else proxy.host
    user = "-proxy_user USER -proxy_pass pass:PASSWORD " if proxy.credentials else ""
    return f"-proxy {quoted(f'{host}:{proxy.port}')} {user}"


def _starttls(protocol: StartTLS, endpoint: Endpoint) -> str:
    """XMPP servers are addressed by their domain."""
    if protocol not in (StartTLS.XMPP, StartTLS.XMPP_SERVER):
        return f"-starttls {protocol.value}"
    return f"-starttls {protocol.value} -xmpphost {quoted(endpoint.reference_identifier)}"


def _server_name(endpoint: Endpoint) -> str:
    if endpoint.server_name is None:
        return "-noservername"  # else s_client sends the host of -connect
    return f"-servername {quoted(endpoint.server_name)}"

"""No handshake could be read."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ocsp_staple_exporter.diagnosis.diagnosis import Fix, Software
from ocsp_staple_exporter.diagnosis.failing import failing
from ocsp_staple_exporter.diagnosis.proxied import OF_PROXIES
from ocsp_staple_exporter.diagnosis.refusals import NO_SUCH_KEY, NO_SUCH_VERSION
from ocsp_staple_exporter.diagnosis.servers import APACHE_VERSIONS, LOOK, NGINX_VERSIONS
from ocsp_staple_exporter.diagnosis.starttls import SAY_STARTTLS
from ocsp_staple_exporter.diagnosis.starttls import STORIES as STARTTLS_STORIES
from ocsp_staple_exporter.diagnosis.story import Story
from ocsp_staple_exporter.model import Endpoint, ProbeError, ProbeFailure

_RESOLVE = Fix(
    software=None,
    text="Ask the name service on the machine that the exporter runs on.",
    snippet="getent ahosts $host\ncat /etc/resolv.conf",
)
_LISTENING = Fix(
    software=None,
    text="On the server: see whether it runs and on which addresses it listens.",
    snippet="ss -ltnp 'sport = :$port'",
)
_FIREWALL = Fix(
    software=None,
    text="Try from the exporter's machine, and from another; then look at firewalls and routes in between.",
    snippet="timeout 5 bash -c ': >/dev/tcp/'$host/$port && echo connected\ntracepath $host",
)
_PROXIED = Fix(
    software=None,
    text="Behind a load balancer: the port may expect the PROXY protocol, and drops whoever does not send it. Let the "
    "module send it.",
    snippet="# configuration of the exporter\nmodules:\n  default:\n    proxy_protocol: v2",
)
_APACHE_SLOW = Fix(
    software=Software.APACHE,
    text="Apache asks the responder within the handshake and waits up to 10 s, for several certificates one after "
    "another. Mend the way to the responder, and shorten the wait. Give the exporter's `timeout` more than that.",
    snippet="# outside of <VirtualHost>, beside SSLUseStapling\nSSLStaplingResponderTimeout 3",
)
_JAVA_SLOW = Fix(
    software=Software.JAVA,
    text="Java waits up to 5 s for the responder in every handshake while it fails; the wait is in milliseconds.",
    snippet="# on the JVM's command line\n-Djdk.tls.stapling.responseTimeout=1000",
)
_APACHE_INTERNAL_ERROR = Fix(
    software=Software.APACHE,
    text="Apache aborts handshakes that ask for a staple where the certificate names a responder by https:// "
    "(AH01940, AH01955 in its log). Turn stapling off for that host.",
    snippet="# in the VirtualHost\nSSLUseStapling off",
)
_ENVOY_STRICT = Fix(
    software=Software.ENVOY,
    text="With `STRICT_STAPLING` or `MUST_STAPLE` Envoy aborts handshakes while its staple is stale: renew the file, "
    "and let Envoy leave a stale one out.",
    snippet="# DownstreamTlsContext\nocsp_staple_policy: LENIENT_STAPLING",
)
_CERTIFICATE_FILE = Fix(
    software=None,
    text="See what the server sends with another client. If that fails too, the server's certificate, key or software "
    "is at fault.",
    snippet="$look",
)
_SERVER_NAME = Fix(
    software=None,
    text="Set `server_name` of the target to a name that the server knows; it sends `$name` now.",
    snippet="# configuration of the exporter\ntargets:\n  - host: $site\n    port: $port\n    server_name: "
    "www.example.org",
)
_WITHOUT_STATUS = Fix(
    software=None,
    text="Connect with and without asking for a staple. If only the first fails, the server's stapling is at fault.",
    snippet="$look\n$plain_look",
)
_OVERLOADED = Fix(
    software=None,
    text="Look into the server's log at the time of the probe; it may be overloaded, or limit connections.",
)

_NOBODY_GETS_IN = "If visitors come the same way as the exporter, nobody gets in."


def _breaking(headline: str, *fixes: Fix) -> Story:
    """The server, or something in between, does not keep to the protocol."""
    cause = "$detail. A broken TLS library, a device in between that rewrites traffic, or damage on the way."
    return failing(headline, cause, *fixes, _CERTIFICATE_FILE, effect="Browsers mostly fail in the same way.")


STORIES: Mapping[ProbeFailure, Story] = {
    ProbeFailure.RESOLVE_FAILED: failing(
        "The name $host cannot be resolved",
        "The name is misspelt or gone, or the exporter's machine asks a name service that does not know it ($detail).",
        _RESOLVE,
        effect=_NOBODY_GETS_IN,
    ),
    ProbeFailure.RESOLVE_TIMEOUT: failing(
        "The name service did not answer about $host",
        "The name servers of the exporter's machine are down or out of reach ($detail).",
        _RESOLVE,
    ),
    ProbeFailure.ADDRESS_NOT_ALLOWED: failing(
        "The exporter may not connect to this address",
        "$detail: the configuration bounds what may be asked of /probe, or the name resolves to an inner address.",
        Fix(
            software=None,
            text="Add the name or the network to what is allowed, if it should be.",
            snippet="# configuration of the exporter\nprobe:\n  allow:\n    - $site",
        ),
    ),
    ProbeFailure.CONNECT_REFUSED: failing(
        "$host refuses connections to port $port",
        "The server is not running, or listens on another port or another address; or a firewall rejects.",
        _LISTENING,
        _FIREWALL,
        effect=_NOBODY_GETS_IN,
    ),
    ProbeFailure.CONNECT_TIMEOUT: failing(
        "$host does not answer on port $port",
        "A firewall drops the connection, the host is down, or its address is no longer this one ($detail).",
        _FIREWALL,
        _LISTENING,
        effect=_NOBODY_GETS_IN,
    ),
    ProbeFailure.CONNECT_FAILED: failing(
        "No connection to $host, port $port: $detail",
        "No route, or an address family that the exporter's machine does not have (IPv6 without IPv6 routes).",
        _FIREWALL,
        Fix(
            software=None,
            text="Where this machine has no IPv6, let the module ask for IPv4 only.",
            snippet="# configuration of the exporter\nmodules:\n  default:\n    ip_family: ipv4",
        ),
    ),
    **OF_PROXIES,
    **STARTTLS_STORIES,
    ProbeFailure.HANDSHAKE_TIMEOUT: failing(
        "The connection stands, but the handshake did not end within $timeout",
        "Apache waits for its OCSP responder within the handshake, 10 s for each certificate; Java 5 s. Or the server "
        "waits for another protocol than TLS, or is overloaded.",
        _APACHE_SLOW,
        _JAVA_SLOW,
        _WITHOUT_STATUS,
        SAY_STARTTLS,
        effect="Visitors whose browser asks for a staple wait as long.",
    ),
    ProbeFailure.CONNECTION_CLOSED: failing(
        "$host closed the connection before the handshake was complete",
        "$detail. A load balancer without a backend, a limit on connections, a wrong server name, or the PROXY "
        "protocol.",
        _WITHOUT_STATUS,
        _PROXIED,
        _OVERLOADED,
    ),
    ProbeFailure.CONNECTION_RESET: failing(
        "The connection to $host was reset before the handshake was complete",
        "$detail. A firewall or load balancer that cuts connections, or a server process that crashed.",
        _WITHOUT_STATUS,
        _PROXIED,
        _OVERLOADED,
    ),
    ProbeFailure.NOT_TLS: failing(
        "What answers on port $port of $host does not speak TLS",
        "$detail. The port is wrong, or the protocol wants STARTTLS first.",
        SAY_STARTTLS,
        Fix(
            software=Software.NGINX,
            text="The server block listens without TLS.",
            snippet="# in the server block\nlisten $port ssl;",
        ),
        Fix(
            software=Software.APACHE,
            text="The virtual host has TLS off.",
            snippet="# in the VirtualHost\nSSLEngine on",
        ),
    ),
    ProbeFailure.ALERT_RECEIVED: failing(
        "$host refused the handshake: $detail",
        "The server's log has the reason, at the time of the probe.",
        _WITHOUT_STATUS,
        LOOK,
    ),
    ProbeFailure.TOO_MUCH_DATA: _breaking("The server sends more than a handshake may hold"),
    ProbeFailure.MALFORMED_MESSAGE: _breaking("The server sends a message that cannot be decoded"),
    ProbeFailure.UNEXPECTED_MESSAGE: _breaking("The server sends a message out of turn"),
    ProbeFailure.UNEXPECTED_STATUS_TYPE: _breaking("The server sends a certificate status that is not OCSP"),
    ProbeFailure.ILLEGAL_PARAMETER: _breaking(
        "The server chose something that was not offered, or an impossible value"
    ),
    ProbeFailure.UNSUPPORTED_VERSION: failing(
        "The server chose a TLS version that was not offered",
        "$detail. It knows SSL 3.0 only, or the module's `tls_versions` leave out what it knows.",
        NGINX_VERSIONS,
        APACHE_VERSIONS,
        LOOK,
        effect="Current browsers refuse a server that has neither TLS 1.2 nor TLS 1.3.",
    ),
    ProbeFailure.DOWNGRADE_DETECTED: _breaking("Somebody in between forced an older TLS version"),
    ProbeFailure.BAD_RECORD_MAC: _breaking("A record of the server was damaged on its way"),
    ProbeFailure.NO_CERTIFICATE: _breaking("The server sent no certificate"),
    ProbeFailure.CERTIFICATE_UNREADABLE: _breaking("The server's certificate cannot be read"),
    ProbeFailure.SIGNATURE_INVALID: _breaking("The server did not prove that it has the certificate's key"),
    ProbeFailure.FINISHED_INVALID: _breaking("The handshake was changed on its way"),
    ProbeFailure.INTERNAL_ERROR: failing(
        "The exporter failed: a bug of its own",
        "$detail. Its log has the traceback.",
        Fix(software=None, text="Report it with the log and, if you may, the output of this command.", snippet="$look"),
    ),
}

HANDSHAKE_FAILURE = 40
PROTOCOL_VERSION = 70
"""AlertDescription (RFC 8446 §6)."""

ALERTS: Mapping[int, Story] = {
    HANDSHAKE_FAILURE: failing(
        "$host refused the handshake: $detail",
        "Envoy with a stale staple and a strict policy; a server name that no virtual host serves; no cipher suite or "
        "key type in common; or a client certificate is demanded and refused early.",
        _ENVOY_STRICT,
        _WITHOUT_STATUS,
        _SERVER_NAME,
    ),
    PROTOCOL_VERSION: failing(
        "$host refused the TLS versions that were offered: $detail",
        "The module's `tls_versions` leave out what the server knows, or it knows SSL 3.0 only.",
        LOOK,
        effect="Current browsers refuse a server that has neither TLS 1.2 nor TLS 1.3.",
    ),
    80: failing(
        "$host failed during the handshake: $detail",
        "Apache whose certificate names a responder by https://, or one whose stapling has no responder (AH02621). It "
        "fails only for clients that ask for a staple, which browsers do. Or a server given a broken staple file.",
        _APACHE_INTERNAL_ERROR,
        _WITHOUT_STATUS,
        effect="Browsers that ask for a staple, Firefox among them, cannot connect.",
    ),
    112: failing(
        "$host does not know the name $name: $detail",
        "No virtual host has this name, and the server refuses instead of showing another's certificate.",
        _SERVER_NAME,
        LOOK,
        effect="Visitors of this name cannot connect.",
    ),
    116: failing(
        "$host demands a client certificate: $detail",
        "It ended the handshake before the staple was shown.",
        _WITHOUT_STATUS,
    ),
}
"""By AlertDescription (RFC 8446 §6)."""

_NUMBER = re.compile(r"\((\d{1,3})\)")


def story_of_failure(endpoint: Endpoint, error: ProbeError) -> Story:
    """Alerts tell more than that one came: their number stands in the detail.

    A server that refuses what one endpoint alone asks for has no fault that others would see.
    """
    alert = _alert(error)
    if endpoint.key_type is not None and alert == HANDSHAKE_FAILURE:
        return NO_SUCH_KEY
    if endpoint.tls_version is not None and (
        alert == PROTOCOL_VERSION or error.reason is ProbeFailure.UNSUPPORTED_VERSION
    ):
        return NO_SUCH_VERSION
    return STORIES[error.reason] if alert is None else ALERTS.get(alert, STORIES[error.reason])


def _alert(error: ProbeError) -> int | None:
    if error.reason is not ProbeFailure.ALERT_RECEIVED:
        return None
    number = _NUMBER.search(error.detail)
    return int(number[1]) if number else None

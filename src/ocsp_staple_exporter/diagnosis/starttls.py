"""The server was asked for TLS in clear text, and TLS did not begin."""

from __future__ import annotations

from collections.abc import Mapping

from ocsp_staple_exporter.diagnosis.diagnosis import Fix
from ocsp_staple_exporter.diagnosis.failing import failing
from ocsp_staple_exporter.diagnosis.servers import LOOK
from ocsp_staple_exporter.diagnosis.story import Story
from ocsp_staple_exporter.model import ProbeFailure, StartTLS

PROTOCOL_NAMES: Mapping[StartTLS | None, str] = {
    None: "TLS",
    StartTLS.SMTP: "SMTP",
    StartTLS.LMTP: "LMTP",
    StartTLS.IMAP: "IMAP",
    StartTLS.POP3: "POP3",
    StartTLS.FTP: "FTP",
    StartTLS.XMPP: "XMPP",
    StartTLS.XMPP_SERVER: "XMPP",
    StartTLS.LDAP: "LDAP",
    StartTLS.POSTGRES: "PostgreSQL",
    StartTLS.MYSQL: "MySQL",
    StartTLS.NNTP: "NNTP",
    StartTLS.SIEVE: "ManageSieve",
    StartTLS.IRC: "IRC",
    StartTLS.RDP: "RDP",
}

SAY_STARTTLS = Fix(
    software=None,
    text="Probe the port that speaks TLS from the first byte on (HTTPS 443, SMTPS 465, IMAPS 993, POP3S 995, LDAPS "
    "636), or say in the target's module what is spoken before TLS.",
    snippet="# configuration of the exporter\nmodules:\n  mail:\n    starttls: smtp",
)
"""Of endpoints that are probed without."""

_WITHOUT_STARTTLS = Fix(
    software=None,
    text="See whether the port speaks TLS from the first byte on. If so, use a module without `starttls` for it.",
    snippet="openssl s_client -connect $connect </dev/null",
)
_LET_IN = Fix(
    software=None,
    text="Let the exporter's address in: raise limits of connections for it, take it off block lists, add it to what "
    "may connect. The server's log has the reason at the time of the probe.",
)
_HOST_BLOCKED = Fix(
    software=None,
    text="MySQL and MariaDB lock a machine out after `max_connect_errors` connections in a row that broke off before "
    "a login: handshakes that fail, port scans, health checks. Let it in again, and raise that number if need be.",
    snippet="# in SQL, as an administrator of the database\nFLUSH HOSTS;\nSET GLOBAL max_connect_errors = 10000;",
)
_NAME = Fix(
    software=None,
    text="An XMPP server wants to be addressed by a domain that it serves: `server_name` of the target; it is $name "
    "now.",
)
_TURN_ON = Fix(
    software=None,
    text="Turn TLS on for this port: give the server its certificate and key, and let it offer STARTTLS to the "
    "exporter's address as well. Then see whether it is listed.",
    snippet="$look",
)
_CERTIFICATE = Fix(
    software=None,
    text="Look into the server's log at the time of the probe: it offers TLS but has no certificate or key that it "
    "can use, or may not read them.",
)
_ELSEWHERE = Fix(
    software=None,
    text="Probe the server from its own network. If it is well there, something on the way changes what is said.",
    snippet="$look",
)
_UPDATE = Fix(
    software=None,
    text="Update the server, or the proxy before it: it must drop whatever was said before TLS.",
)

_IN_THE_CLEAR = "Clients that insist on TLS do not get in; the others go on in clear text."

STORIES: Mapping[ProbeFailure, Story] = {
    ProbeFailure.STARTTLS_TIMEOUT: failing(
        "$host did not let TLS begin within $timeout",
        "The port speaks TLS from the first byte on and waits for it; it speaks another protocol than $protocol; or "
        "the greeting is held back, as spam filters and slow look-ups of names do it ($detail).",
        _WITHOUT_STARTTLS,
        LOOK,
    ),
    ProbeFailure.STARTTLS_TURNED_AWAY: failing(
        "$host turns the exporter away: $detail",
        "A limit on connections, a block list, an address that may not connect, or a name that is not served.",
        _LET_IN,
        _HOST_BLOCKED,
        _NAME,
    ),
    ProbeFailure.STARTTLS_NOT_OFFERED: failing(
        "$host offers no STARTTLS: $detail",
        "TLS is off for this port or for clients of this address, or something in between takes the offer away.",
        _TURN_ON,
        _ELSEWHERE,
        effect=_IN_THE_CLEAR,
    ),
    ProbeFailure.STARTTLS_REFUSED: failing(
        "$host refused STARTTLS: $detail",
        "TLS is turned on and does not work: mostly a certificate or a key that is missing or cannot be read.",
        _CERTIFICATE,
        LOOK,
        effect=_IN_THE_CLEAR,
    ),
    ProbeFailure.STARTTLS_UNEXPECTED: failing(
        "What answers on port $port of $host does not speak $protocol: $detail",
        "The port or the module's `starttls` is wrong, or the server is broken.",
        _WITHOUT_STARTTLS,
        LOOK,
    ),
    ProbeFailure.STARTTLS_INJECTION: failing(
        "Clear text came between STARTTLS and TLS: $detail",
        "A server or proxy that keeps what was said before TLS (CVE-2011-0411 and its kin), or somebody on the way "
        "who puts words into the server's mouth.",
        _UPDATE,
        _ELSEWHERE,
        effect="A careless client takes such words for the server's own, vouched for by TLS.",
    ),
}

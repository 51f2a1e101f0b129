"""The tables of docs/compatibility.md."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A heading, what is said below it, and the columns."""

    heading: str
    text: str
    columns: tuple[str, ...]
    identity: tuple[str, ...]
    """The columns that tell one row from another; what tests say of the same row is listed in it together."""

    varying: tuple[str, ...] = ()
    """Columns that differ from machine to machine: listed, never compared."""


STACKS = Table(
    heading="TLS stacks",
    text="""\
For each type of key and each version of TLS that the table lists, the test reads the server with the
exporter and with `openssl s_client -status -msg`: both have to see the chain and the staple that the server was
given, byte for byte. Then it makes sure that the server's log holds no error: it shakes hands once more
with a client that distrusts the certificate, and only that one may have been logged.
`none` stands for a server that does not staple, in this version or this build: then the test sees
that neither of the two clients reads a staple.

One log is not silent: after a handshake of TLS 1.3, lighttpd with mod_wolfssl may write
`SSL: -308 -1 error state on socket`. Its session tickets came after the exporter had said goodbye and closed.""",
    columns=(
        "Server",
        "Version",
        "TLS library",
        "Its version",
        "TLS 1.2",
        "TLS 1.3",
        "The staple",
        "Logs broken handshakes",
    ),
    identity=("Server",),
    varying=("Version", "Its version"),
)

STARTTLS = Table(
    heading="STARTTLS",
    text="""\
The same, for servers that begin in the clear: the exporter reads them with the `starttls` that stands in the first
column, OpenSSL with `openssl s_client -starttls` (IRC and RDP through a relay that speaks their first words, which
OpenSSL 3.0 does not master), and both have to see the chain and the staple that the server was given. In the
server's log nobody may have broken off but the client that distrusts the certificate; INN's, which is syslog, is not
looked at, nor what Dovecot says of LMTP. The last column is what a probe says of the same server with TLS switched
off.""",
    columns=(
        "Protocol",
        "Server",
        "Version",
        "TLS library",
        "Its version",
        "TLS",
        "The staple",
        "TLS switched off",
    ),
    identity=("Protocol", "Server"),
    varying=("Version", "Its version"),
)

TABLES = (STACKS, STARTTLS)

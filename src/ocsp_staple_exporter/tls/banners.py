"""Who answers when it is not a TLS server."""

from __future__ import annotations

from ocsp_staple_exporter.foreign_text import printable

BANNERS = (
    (b"HTTP/", "HTTP"),
    (b"<", "HTML or XMPP"),
    (b"SSH-", "SSH"),
    (b"220", "SMTP or FTP (a greeting: STARTTLS may be due first)"),
    (b"554", "SMTP"),
    (b"421", "SMTP or FTP"),
    (b"+OK", "POP3"),
    (b"* OK", "IMAP"),
    (b"* BYE", "IMAP"),
    (b"-ERR", "Redis or POP3"),
    (b"RFB ", "VNC"),
    (b"AMQP", "AMQP"),
    (b"@RSYNCD", "rsync"),
)
"""How the first bytes of other protocols begin."""


def describe_stranger(received: bytes) -> str:
    """Say what the first bytes look like and quote their first line."""
    for beginning, protocol in BANNERS:
        if received.startswith(beginning):
            line = received.splitlines()[0]
            return f'the server speaks {protocol}: "{printable(line[:200], 80)}"'
    return f"bytes that are no TLS record: {received[:16].hex(' ')}"

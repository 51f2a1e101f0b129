"""The protocols that begin in the clear and turn to TLS when they are asked to."""

from __future__ import annotations

import enum
from collections.abc import Mapping

HTTPS_PORT = 443
"""Where TLS comes first and no port is named."""


class StartTLS(enum.Enum):
    """Values are configuration words, those of `openssl s_client -starttls` and one more, `rdp`."""

    SMTP = "smtp"
    LMTP = "lmtp"
    IMAP = "imap"
    POP3 = "pop3"
    FTP = "ftp"
    XMPP = "xmpp"
    XMPP_SERVER = "xmpp-server"
    LDAP = "ldap"
    POSTGRES = "postgres"
    MYSQL = "mysql"
    NNTP = "nntp"
    SIEVE = "sieve"
    IRC = "irc"
    RDP = "rdp"


DEFAULT_PORTS: Mapping[StartTLS, int] = {
    StartTLS.SMTP: 25,
    StartTLS.LMTP: 24,
    StartTLS.IMAP: 143,
    StartTLS.POP3: 110,
    StartTLS.FTP: 21,
    StartTLS.XMPP: 5222,
    StartTLS.XMPP_SERVER: 5269,
    StartTLS.LDAP: 389,
    StartTLS.POSTGRES: 5432,
    StartTLS.MYSQL: 3306,
    StartTLS.NNTP: 119,
    StartTLS.SIEVE: 4190,
    StartTLS.IRC: 6667,
    StartTLS.RDP: 3389,
}
"""IANA's, but for LMTP, which has none: RFC 2033 §5 forbids 25, and 24 (any private mail system) is what is used."""

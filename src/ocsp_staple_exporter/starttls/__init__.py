"""What is said before TLS begins, for each protocol that begins in the clear. Pure, sans-IO.

Each dialogue reads like the clause that its docstring names, and ends when the next byte on the wire is TLS. A
server that says more than it was asked to before that has had its words, or ours, put into its mouth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ocsp_staple_exporter.dialogue import Conversation, Dialogue, DialogueError, Wire
from ocsp_staple_exporter.model import ProbeFailure, StartTLS
from ocsp_staple_exporter.starttls.answers import QUIT, Names, quoted
from ocsp_staple_exporter.starttls.ftp import ftp
from ocsp_staple_exporter.starttls.imap import LOGOUT as IMAP_LOGOUT
from ocsp_staple_exporter.starttls.imap import imap
from ocsp_staple_exporter.starttls.irc import irc
from ocsp_staple_exporter.starttls.ldap import UNBIND, ldap
from ocsp_staple_exporter.starttls.mysql import FAREWELL as MYSQL_LOGIN
from ocsp_staple_exporter.starttls.mysql import mysql
from ocsp_staple_exporter.starttls.nntp import nntp
from ocsp_staple_exporter.starttls.pop3 import pop3
from ocsp_staple_exporter.starttls.postgres import postgres
from ocsp_staple_exporter.starttls.rdp import rdp
from ocsp_staple_exporter.starttls.sieve import LOGOUT as SIEVE_LOGOUT
from ocsp_staple_exporter.starttls.sieve import sieve
from ocsp_staple_exporter.starttls.smtp import lmtp, smtp
from ocsp_staple_exporter.starttls.xmpp import xmpp, xmpp_server

__all__ = ["DIALOGUES", "FAREWELLS", "Names", "conversation_of", "injected"]

DIALOGUES: Mapping[StartTLS, Callable[[Wire, Names], Dialogue]] = {
    StartTLS.SMTP: smtp,
    StartTLS.LMTP: lmtp,
    StartTLS.IMAP: imap,
    StartTLS.POP3: pop3,
    StartTLS.FTP: ftp,
    StartTLS.XMPP: xmpp,
    StartTLS.XMPP_SERVER: xmpp_server,
    StartTLS.LDAP: ldap,
    StartTLS.POSTGRES: postgres,
    StartTLS.MYSQL: mysql,
    StartTLS.NNTP: nntp,
    StartTLS.SIEVE: sieve,
    StartTLS.IRC: irc,
    StartTLS.RDP: rdp,
}

FAREWELLS: Mapping[StartTLS, bytes] = {
    StartTLS.SMTP: QUIT,
    StartTLS.LMTP: QUIT,
    StartTLS.IMAP: IMAP_LOGOUT,
    StartTLS.POP3: QUIT,
    StartTLS.FTP: QUIT,
    StartTLS.LDAP: UNBIND,
    StartTLS.MYSQL: MYSQL_LOGIN,
    StartTLS.NNTP: QUIT,
    StartTLS.SIEVE: SIEVE_LOGOUT,
    StartTLS.IRC: QUIT,
}
"""What is said inside TLS before we go, so that servers log no lost connection and hold none against us. XMPP would
have to be told of a new stream before it could be left, and RDP and PostgreSQL of a session."""


def conversation_of(protocol: StartTLS, names: Names) -> Conversation:
    """The dialogue of that protocol, at whose end nothing may be left unread."""
    return Conversation(lambda wire: _alone(wire, DIALOGUES[protocol](wire, names)))


def _alone(wire: Wire, dialogue: Dialogue) -> Dialogue:
    yield from dialogue
    if wire.unread:
        raise injected(f"{quoted(wire.unread)} came with the word that TLS may begin")


def injected(detail: str) -> DialogueError:
    """Clear text between the word that TLS may begin and TLS: what a client reads then, anybody may have written.

    CVE-2011-0411 and its kin; RFC 3207 §4.2, RFC 9051 §6.2.1 and others have it discarded.
    """
    return DialogueError(ProbeFailure.STARTTLS_INJECTION, detail)

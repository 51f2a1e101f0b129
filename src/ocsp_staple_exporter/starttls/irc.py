"""IRC: the capability `tls` and the command STARTTLS of IRCv3, which its authors deprecate for TLS from the start."""

from __future__ import annotations

import re

from ocsp_staple_exporter.dialogue import Dialogue, Reading, Wire
from ocsp_staple_exporter.starttls.answers import (
    QUIT,
    Names,
    not_offered,
    quoted,
    refused,
    text_line,
    turned_away,
    unexpected,
)

_MESSAGE = re.compile(rb"(?:@\S+ +)?(?::\S* +)?(?P<command>[A-Za-z]+|\d{3})(?P<parameters> .*)?", re.DOTALL)
"""RFC 1459 §2.3.1, and the tags of IRCv3 before it."""

LONGEST_MESSAGE = 512
"""Bytes (RFC 1459 §2.3): who asks more often before we can answer is not answered."""

_UNKNOWN = frozenset({b"421", b"451", b"462"})
"""ERR_UNKNOWNCOMMAND, ERR_NOTREGISTERED, ERR_ALREADYREGISTRED (RFC 1459 §6.1): no such command before registration."""


def irc(wire: Wire, _names: Names) -> Dialogue:
    """CAP LS where the server knows it, STARTTLS, 670; the next byte is TLS. The client speaks first."""
    wire.say(b"CAP LS 302\r\n")
    capabilities = yield from _capabilities(wire)
    if capabilities is not None and b"tls" not in capabilities:
        wire.say(QUIT)
        raise not_offered(f"tls is not among {quoted(b' '.join(capabilities))}")
    wire.say(b"STARTTLS\r\n")
    while True:
        command, line = yield from _message(wire)
        if command == b"670":  # RPL_STARTTLS
            return
        if command == b"691":  # ERR_STARTTLS
            wire.say(QUIT)
            raise refused(line)
        if command in _UNKNOWN:
            wire.say(QUIT)
            raise not_offered(f"to STARTTLS it said {quoted(line)}")


def _capabilities(wire: Wire) -> Reading[list[bytes] | None]:
    """What CAP LS lists, over several lines where all but the last have an asterisk; None: it knows no CAP."""
    listed: list[bytes] = []
    while True:
        command, line = yield from _message(wire)
        if command in _UNKNOWN:
            return None
        if command == b"CAP":
            head, _, names = line.partition(b" LS ")
            listed += [name.partition(b"=")[0] for name in names.removeprefix(b"* ").removeprefix(b":").split()]
            if head == line or not names.startswith(b"* "):
                return listed


def _message(wire: Wire) -> Reading[tuple[bytes, bytes]]:
    """The command of the next message that is not small talk, and its line. Answers PING, ends at ERROR."""
    while True:
        line = yield from text_line(wire, "message of IRC")
        match = _MESSAGE.fullmatch(line)
        if match is None:
            raise unexpected("message of IRC", line)
        command = match["command"].upper()
        if command == b"ERROR":  # RFC 1459 §4.6.4
            raise turned_away(line)
        if command == b"PING" and len(wire.unsent) < LONGEST_MESSAGE:  # RFC 1459 §4.6.2; some ask this first of all
            wire.say(b"PONG%s\r\n" % (match["parameters"] or b""))
        elif command not in (b"PING", b"NOTICE"):
            return command, line

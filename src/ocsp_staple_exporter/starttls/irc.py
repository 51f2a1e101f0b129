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
    """CAP LS and STARTTLS, 670; the next byte is TLS. The client speaks first, and asks both at once:
    InspIRCd is silent on commands that it does not know, among them CAP where no module teaches it.
    """
    wire.say(b"CAP LS 302\r\nSTARTTLS\r\n")
    server = _Server(wire)
    listed: list[bytes] = []
    cap_is_answered = False
    while True:
        command, line = yield from server.message()
        if command == b"670":  # RPL_STARTTLS
            return
        if command == b"691":  # ERR_STARTTLS
            wire.say(QUIT)
            raise refused(line)
        if command == b"CAP":
            names, cap_is_answered = _names_in(line)
            listed += names
            if cap_is_answered and b"tls" not in listed:
                wire.say(QUIT)
                raise not_offered(f"tls is not among {quoted(b' '.join(listed))}")
        elif command in _UNKNOWN:
            if cap_is_answered or b" STARTTLS " in line:
                wire.say(QUIT)
                raise not_offered(f"to STARTTLS it said {quoted(line)}")
            cap_is_answered = True


def _names_in(line: bytes) -> tuple[list[bytes], bool]:
    """What one line of the answer to CAP LS lists, and whether it is the last: all others have an asterisk."""
    head, _, names = line.partition(b" LS ")
    without_values = [name.partition(b"=")[0] for name in names.removeprefix(b"* ").removeprefix(b":").split()]
    return without_values, head == line or not names.startswith(b"* ")


class _Server:
    """What the server says, message by message.

    A PING is answered (RFC 1459 §4.6.2), as a server may wait for that before it goes on. But the answer stands
    behind our STARTTLS: who has accepted that would take it for TLS. So it is said only once all that has come is
    read, and 670 was not among it.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._owed = b""

    def message(self) -> Reading[tuple[bytes, bytes]]:
        """The command of the next message that is not small talk, and its line. Ends at ERROR."""
        while True:
            if not self._wire.unread:
                self._wire.say(self._owed)
                self._owed = b""
            line = yield from text_line(self._wire, "message of IRC")
            match = _MESSAGE.fullmatch(line)
            if match is None:
                raise unexpected("message of IRC", line)
            command = match["command"].upper()
            if command == b"ERROR":  # RFC 1459 §4.6.4
                raise turned_away(line)
            if command == b"PING" and len(self._owed) < LONGEST_MESSAGE:
                self._owed += b"PONG%s\r\n" % (match["parameters"] or b"")
            elif command not in (b"PING", b"NOTICE"):
                return command, line

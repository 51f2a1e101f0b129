"""Whatever a proxy says: the way is open, the client waits for more, or one DialogueError without our password.

python -m fuzz.fuzz_proxies [input...]
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import atheris

from fuzz.session import fuzz, prepare

with atheris.instrument_imports(include=["ocsp_staple_exporter.dialogue", "ocsp_staple_exporter.proxies"]):
    from ocsp_staple_exporter.dialogue import LARGEST_DIALOGUE, Conversation, DialogueError
    from ocsp_staple_exporter.model import Credentials, ProbeFailure
    from ocsp_staple_exporter.proxies import http_connect, socks5

SECRET = Credentials("prober", "0p3n-s3s4m3")
AS_A_USER = (http_connect("www.example", 443, SECRET), socks5("www.example", 443, SECRET))
WAYS = (*AS_A_USER, http_connect("2001:db8::1", 443, None), socks5("192.0.2.1", 443, None))
HEADER = 2
"""Bytes: which way, and how what the proxy says is cut."""

LONGEST_DETAIL = 2400

ESCAPE = re.compile(r"\\(?:x..|u....|U........|.)")

REASONS = frozenset(
    {
        ProbeFailure.PROXY_AUTHENTICATION,
        ProbeFailure.PROXY_REFUSED,
        ProbeFailure.PROXY_CONNECT_FAILED,
        ProbeFailure.PROXY_MALFORMED,
        ProbeFailure.TOO_MUCH_DATA,
    }
)

Outcome = ProbeFailure | bytes | None
"""A failure, what is left for the host, or that the client waits."""


def ask(data: bytes) -> None:
    header, words = data[:HEADER].ljust(HEADER, b"\x00"), data[HEADER:]
    width = 1 + header[1] % 32
    pieces = [words[begin : begin + width] for begin in range(0, len(words), width)]
    whole, cut = outcome_of(header[0], [words]), outcome_of(header[0], pieces)
    assert whole == cut, (whole, cut)
    assert not isinstance(whole, bytes) or words.endswith(whole)


def outcome_of(which: int, pieces: list[bytes]) -> Outcome:
    conversation = Conversation(WAYS[which % len(WAYS)])
    said = conversation.receive(b"")
    waiting = iter(pieces)
    try:
        for piece in waiting:
            said += conversation.receive(piece)
            if conversation.done:
                return conversation.unread + b"".join(waiting)
    except DialogueError as error:
        check_failure(error)
        check_secrecy(which, error.detail)
        return error.reason
    assert len(said) < LARGEST_DIALOGUE
    return None


def check_failure(error: DialogueError) -> None:
    """It has a printable reason."""
    assert error.reason in REASONS, error
    assert error.detail.isprintable(), error.detail
    assert len(error.detail) < LONGEST_DETAIL, error.detail


def check_secrecy(which: int, detail: str) -> None:
    """The password that was sent is told nobody. The last digit of an escape may look like its first character."""
    if WAYS[which % len(WAYS)] in AS_A_USER:
        told = ESCAPE.sub(" ", detail)
        assert SECRET.password not in told
        assert SECRET.basic.decode() not in told


def seeds() -> Iterator[tuple[str, bytes]]:
    """File names and inputs: answers of proxies, for each of the ways."""
    answers = (
        b"HTTP/1.1 200 OK\r\nVia: 1.1 a\r\n\r\n220 mail",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200\r\n\r\n",
        b"HTTP/1.1 407 Who\r\nProxy-Authenticate: Digest realm=x, Basic realm=y\r\n\r\n",
        b"HTTP/1.1 502 No\r\nProxy-Status: a; error=b\r\nContent-Type: text/plain\r\n\r\n0p3n-s3s4m3",
        b"HTTP/1.1 403 Basic " + SECRET.basic + b"\r\n\r\n",
        b"\x05\x02\x01\x00\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00220 mail",
        b"\x05\x00\x05\x00\x00\x03\x05proxy\x00\x00",
        b"\x05\x00\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00",
        b"\x05\x00\x05\x00\x00\x04" + bytes(18),
        b"\x05\xff",
    )
    for way in range(len(WAYS)):
        for number, answer in enumerate(answers):
            yield f"{way}-{number}", bytes([way, number * 3]) + answer


if __name__ == "__main__":
    fuzz(prepare("proxies", seeds()), ask)

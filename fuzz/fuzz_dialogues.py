"""Whatever a server says before TLS: TLS may begin, the client waits for more, or one DialogueError.

python -m fuzz.fuzz_dialogues [input...]
"""

from __future__ import annotations

from collections.abc import Iterator

import atheris

from fuzz.session import fuzz, prepare

with atheris.instrument_imports(include=["ocsp_staple_exporter.dialogue", "ocsp_staple_exporter.starttls"]):
    from ocsp_staple_exporter.dialogue import LARGEST_DIALOGUE
    from ocsp_staple_exporter.model import ProbeFailure, StartTLS
    from tests.starttls.transcript import ALL, outcome_of

PROTOCOLS = tuple(StartTLS)
HEADER = 2
"""Bytes: the protocol, and where what the server says is cut."""

LONGEST_DETAIL = 1920

REASONS = frozenset(
    {
        None,
        ProbeFailure.STARTTLS_TURNED_AWAY,
        ProbeFailure.STARTTLS_NOT_OFFERED,
        ProbeFailure.STARTTLS_REFUSED,
        ProbeFailure.STARTTLS_UNEXPECTED,
        ProbeFailure.STARTTLS_INJECTION,
        ProbeFailure.TOO_MUCH_DATA,
    }
)


def talk(data: bytes) -> None:
    header, stream = data[:HEADER].ljust(HEADER, b"\x00"), data[HEADER:]
    protocol = PROTOCOLS[header[0] % len(PROTOCOLS)]
    whole = outcome_of(protocol, [stream])
    assert whole.reason in REASONS, whole
    assert whole.detail.isprintable(), whole.detail
    assert len(whole.detail) < LONGEST_DETAIL, whole.detail
    assert len(whole.said) < LARGEST_DIALOGUE
    width = 1 + header[1] % 32
    pieces = [stream[begin : begin + width] for begin in range(0, len(stream), width)]
    in_pieces = outcome_of(protocol, pieces)
    if whole.reason is ProbeFailure.STARTTLS_INJECTION:
        # The bytes after the last word may come with it or, for TLS to find, after it.
        assert in_pieces.reason in (None, whole.reason), in_pieces
    elif protocol is StartTLS.IRC:
        # How often a PING is answered depends on how often we may speak.
        assert (in_pieces.reason, in_pieces.detail, in_pieces.open) == (whole.reason, whole.detail, whole.open)
    else:
        assert in_pieces == whole, (in_pieces, whole)


def seeds() -> Iterator[tuple[str, bytes]]:
    """File names and inputs: what the servers of the transcripts say, and something after it."""
    for number, transcript in enumerate(ALL):
        header = bytes([PROTOCOLS.index(transcript.protocol), number % 256])
        yield f"{transcript.protocol.value}-{number}", header + transcript.from_server
        yield f"{transcript.protocol.value}-{number}-more", header + transcript.from_server + b"250 more\r\n"


if __name__ == "__main__":
    fuzz(prepare("dialogues", seeds()), talk)

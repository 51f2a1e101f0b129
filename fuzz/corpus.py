"""Seeds for the fuzzers, made by the laboratory: every flaw of a staple, every message of a handshake."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from ocsp_staple_exporter.lab.ca import Authority
from ocsp_staple_exporter.lab.flaws import FLAWS, ODDITIES
from ocsp_staple_exporter.lab.keys import KeyType, generate_key
from ocsp_staple_exporter.lab.staples import staple

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
"""The moment at which every staple is judged."""

SEPARATOR = b"\x00\xff~\xff\x00"
"""Stands between staple, leaf and issuer."""

RAW, IN_FLIGHT, IN_MESSAGE = range(3)
"""What is done with the bytes of a handshake's input: sent as they are, put into a flight, put into a message."""

WHOLE = 0xFFFF
"""A length that is never reached: what is put in replaces all from there."""

MESSAGES = 7
"""Messages that a server sends in its first flight, at most."""


def judge_seeds() -> Iterator[tuple[str, bytes]]:
    """File names and inputs: each of them staple, leaf and issuer."""
    key_types: tuple[KeyType, ...] = ("ecdsa", "rsa", "ed25519")
    for key_type in key_types:
        issuer = Authority.root(now=NOW).issue_authority(key=generate_key(key_type))
        leaf = issuer.issue_leaf("www.example", ocsp_urls=["http://ocsp.example/"], must_staple=True)
        responder = issuer.issue_responder(key=generate_key(key_type))
        flaws = [None, *FLAWS, *ODDITIES] if key_type == "rsa" else [None, "entry_in_the_middle", "revoked"]
        for flaw in flaws:
            response = staple(leaf, issuer, now=NOW, responder=responder, flaw=flaw)
            name = f"{key_type}-{flaw or 'sound'}".replace(":", "-")
            yield name, SEPARATOR.join([response, leaf.der, issuer.der])


def handshake_seeds() -> Iterator[tuple[str, bytes]]:
    """The genuine messages, in place of themselves, and a few beginnings of servers that speak no TLS."""
    for options in range(8):
        for number in range(MESSAGES):
            yield f"genuine-{options}-{number}", edit(IN_MESSAGE, options, number, 0, 0, b"")
            yield f"cut-{options}-{number}", edit(IN_MESSAGE, options, number, 4, WHOLE, b"")
        yield f"flight-{options}", edit(IN_FLIGHT, options, 0, 60, 2, b"\x00\x17")
    for name, first in {
        "alert": b"\x15\x03\x01\x00\x02\x02\x28",
        "http": b"HTTP/1.1 400 Bad Request\r\n",
        "smtp": b"220 mail.test ESMTP\r\n",
        "hello": b"\x16\x03\x03\x00\x2e\x02\x00\x00\x2a\x03\x03" + bytes(32) + b"\x00\x13\x01\x00\x00\x02\x00\x2b",
    }.items():
        yield name, edit(RAW, 0, 0, 0, 0, first)


def edit(kind: int, options: int, number: int, position: int, length: int, put: bytes) -> bytes:
    """An input of `fuzz_handshake`."""
    return bytes([kind, options, number]) + position.to_bytes(2) + length.to_bytes(2) + put


def write(seeds: Iterator[tuple[str, bytes]], directory: Path) -> None:
    """Write the seeds, unless they are there: those that were found since have the same keys."""
    if directory.exists():
        return
    directory.mkdir(parents=True)
    for name, content in seeds:
        (directory / name).write_bytes(content)

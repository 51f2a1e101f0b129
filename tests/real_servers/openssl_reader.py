"""What `openssl s_client` reads in a handshake: the chain and the leaf's staple."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ocsp_staple_exporter.model import TLSVersion

CERTIFICATE = 11
CERTIFICATE_STATUS = 22
STATUS_REQUEST = 5

MESSAGE = re.compile(r"^<<< TLS 1\.\d, Handshake \[length [0-9a-f]+\], \w+\n((?:    [0-9a-f ]+\n)+)", re.MULTILINE)
"""How `-msg` shows a handshake message that came from the server."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a server showed."""

    chain: tuple[bytes, ...]
    staple: bytes | None


async def read_with_openssl(
    host: str,
    port: int,
    server_name: str,
    *,
    tls_version: TLSVersion | None = None,
    signatures: str | None = None,
    options: Sequence[str] = (),
) -> Reading:
    """One handshake that asks for a staple.

    `signatures` is OpenSSL's list, to ask for a type of key; `options` are more of `s_client`.
    """
    command = ["openssl", "s_client", "-connect", f"{host}:{port}", "-servername", server_name, "-status", "-msg"]
    command += options
    command += {TLSVersion.TLS_1_2: ["-tls1_2"], TLSVersion.TLS_1_3: ["-tls1_3"], None: []}[tls_version]
    command += ["-sigalgs", signatures] if signatures else []
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    messages = dict(handshake_messages(said.decode("utf-8", "replace")))
    if CERTIFICATE not in messages:
        raise ConnectionError(said.decode("utf-8", "replace"))
    return reading_of_tls12(messages) if b"TLSv1.2, Cipher is" in said else reading_of_tls13(messages)


def handshake_messages(said: str) -> Iterator[tuple[int, bytes]]:
    """Type and body (RFC 8446 §4) of what the server sent."""
    for match in MESSAGE.finditer(said):
        message = bytes.fromhex(match[1])
        yield message[0], message[4:]


def reading_of_tls12(messages: dict[int, bytes]) -> Reading:
    """RFC 5246 §7.4.2: a list of certificates; RFC 6066 §8: the staple is a message of its own."""
    status = messages.get(CERTIFICATE_STATUS)
    chain = tuple(vectors(vector(messages[CERTIFICATE], 3)[0], 3))
    return Reading(chain, None if status is None else vector(status[1:], 3)[0])


def reading_of_tls13(messages: dict[int, bytes]) -> Reading:
    """RFC 8446 §4.4.2: each certificate is followed by its extensions, the staple among them."""
    _context, rest = vector(messages[CERTIFICATE], 1)
    entries, _ = vector(rest, 3)
    chain, staples = [], []
    while entries:
        certificate, entries = vector(entries, 3)
        extensions, entries = vector(entries, 2)
        chain.append(certificate)
        staples.append(staple_among(extensions))
    return Reading(tuple(chain), staples[0])


def staple_among(extensions: bytes) -> bytes | None:
    while extensions:
        number = int.from_bytes(extensions[:2], "big")
        body, extensions = vector(extensions[2:], 2)
        if number == STATUS_REQUEST:
            return vector(body[1:], 3)[0]
    return None


def vector(data: bytes, prefix: int) -> tuple[bytes, bytes]:
    """What a length of `prefix` octets announces, and what follows it (RFC 8446 §3.4)."""
    end = prefix + int.from_bytes(data[:prefix], "big")
    return data[prefix:end], data[end:]


def vectors(data: bytes, prefix: int) -> Iterator[bytes]:
    while data:
        first, data = vector(data, prefix)
        yield first

"""Files of certificates: PEM bundles and single DER certificates."""

from __future__ import annotations

import base64
import binascii
import functools
import re
from pathlib import Path

from cryptography import x509

from ocsp_staple_exporter.config.source import read_bytes
from ocsp_staple_exporter.config.words import quoted

LARGEST = 16 * 1024 * 1024
"""Bytes. The trust store of a distribution is a quarter of a megabyte."""

_BEGIN = re.compile(rb"^[ \t]*-----BEGIN ([A-Z0-9 ]+)-----", re.MULTILINE)


def read_certificates(path: Path) -> tuple[bytes, ...]:
    """The certificates of a file, in DER, each once; raises ValueError, whose text names the file and its flaw.

    PEM may hold several, and comments between them (RFC 7468 §5.2); DER holds one.
    Files of the same content give the same tuple.
    """
    try:
        data = read_bytes(path, LARGEST)
        certificates = _read_pem(data) if _BEGIN.search(data) else (_read_der(data),)
    except ValueError as error:
        raise ValueError(f"{quoted(str(path))} {error}") from None
    return _one_for_all(tuple(dict.fromkeys(certificates)))


@functools.lru_cache(maxsize=32)
def _one_for_all(certificates: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """The first tuple of that content: what a reload read anew is then compared at a glance."""
    return certificates


def _read_der(data: bytes) -> bytes:
    if not data.strip():
        raise ValueError("is empty")
    if not _is_certificate(data):
        raise ValueError("holds no certificate: neither PEM nor one certificate in DER")
    return data


def _read_pem(data: bytes) -> list[bytes]:
    begins = list(_BEGIN.finditer(data))
    ends = [begin.start() for begin in begins[1:]] + [len(data)]
    certificates: list[bytes] = []
    for begin, end in zip(begins, ends, strict=True):
        line = data.count(b"\n", 0, begin.start()) + 1
        _refuse_others(begin[1].decode("ascii"), line)
        place = f"certificate number {len(certificates) + 1} (line {line})"
        certificates.append(_read_block(data[begin.end() : end], place))
    return certificates


def _refuse_others(label: str, line: int) -> None:
    if "PRIVATE KEY" in label:
        raise ValueError(f"holds a private key (line {line}): only certificates belong in it")
    if label != "CERTIFICATE":
        raise ValueError(f"holds a {label} (line {line}): only certificates belong in it")


def _read_block(block: bytes, place: str) -> bytes:
    body, end, _ = block.partition(b"-----END CERTIFICATE-----")
    if not end:
        raise ValueError(f"is cut off: {place} has no END line")
    try:
        der = base64.b64decode(b"".join(body.split()), validate=True)
    except binascii.Error:
        raise ValueError(f"is damaged: {place} is not Base64") from None
    if not _is_certificate(der):
        raise ValueError(f"is damaged: {place} cannot be decoded")
    return der


def _is_certificate(der: bytes) -> bool:
    try:
        x509.load_der_x509_certificate(der)
    except (ValueError, x509.InvalidVersion):
        return False
    return True

"""The files that `check` is given: a staple, certificates; DER, PEM (RFC 7468) or bare Base64.

What is no staple but could be one by its armour is not refused here: that is for the judge.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.ocsp import UnreadableCertificate, read_certificate

STDIN = "-"

LARGEST = 16 * 1024 * 1024
"""Bytes. A staple has one to three thousand, a bundle of all public CAs a quarter of a million."""

_BEGIN = re.compile(rb"^[ \t]*-----BEGIN ([A-Z0-9 ]{1,64})-----[ \t]*\r?$", re.MULTILINE)
_CERTIFICATE_LABELS = frozenset({"CERTIFICATE", "X509 CERTIFICATE"})  # RFC 7468 §5.1
_RESPONSE_LABEL = "OCSP RESPONSE"
_SEQUENCE = b"\x30"


class UnusableFileError(Exception):
    """A file that cannot be judged, in words that follow its name; safe to show."""


class Form(enum.Enum):
    """How a staple was written down. Values stand in the JSON output."""

    DER = "der"
    PEM = "pem"
    BASE64 = "base64"


@dataclass(frozen=True, slots=True)
class Staple:
    der: bytes
    form: Form


@dataclass(frozen=True, slots=True)
class _Block:
    """What stands between a BEGIN and an END line."""

    label: str
    line: int
    body: bytes


def read_file(path: str, stdin: BinaryIO) -> bytes:
    """The bytes of a file, of `stdin` for `-`; raises UnusableFileError."""
    try:
        if path == STDIN:
            return _bounded(stdin)
        with open(path, "rb") as file:  # noqa: PTH123 - the text as given, surrogates included
            return _bounded(file)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = error.strerror if isinstance(error, OSError) else None
        raise UnusableFileError(f"cannot be read: {reason or error}") from error


def _bounded(file: BinaryIO) -> bytes:
    data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise UnusableFileError(f"is larger than {LARGEST // 1024**2} MiB")
    return data.removeprefix(codecs.BOM_UTF8)  # which editors on Windows put before PEM; no DER begins so


def parse_staple(data: bytes) -> Staple:
    """Take the armour off, if there is any; raises UnusableFileError for armour around something else."""
    blocks = list(_blocks(data))
    if blocks:
        responses = [block for block in blocks if block.label == _RESPONSE_LABEL]
        if len(responses) != 1:
            raise UnusableFileError(f"holds {_listed(blocks)}, where one {_RESPONSE_LABEL} belongs")
        return Staple(_decoded(responses[0]), Form.PEM)
    der = _decode_base64(data)
    if der is not None and der.startswith(_SEQUENCE):
        return Staple(der, Form.BASE64)
    return Staple(data, Form.DER)


def parse_certificates(data: bytes) -> tuple[bytes, ...]:
    """The certificates of a file in their order, at least one; raises UnusableFileError.

    Keys and parameters beside them, as HAProxy keeps them in one file, are passed over.
    """
    blocks = list(_blocks(data))
    certificates = [block for block in blocks if block.label in _CERTIFICATE_LABELS]
    if blocks and not certificates:
        raise UnusableFileError(f"holds {_listed(blocks)}, but no CERTIFICATE")
    if not blocks:
        return (_readable(data, "holds no certificate, neither PEM nor DER"),)
    return tuple(_readable(_decoded(block), f"is damaged in line {block.line}") for block in certificates)


def _readable(der: bytes, complaint: str) -> bytes:
    if not der:
        raise UnusableFileError("is empty")
    certificate = read_certificate(der)
    if isinstance(certificate, UnreadableCertificate):
        raise UnusableFileError(f"{complaint}: {certificate.detail}")
    return der


def _blocks(data: bytes) -> Iterator[_Block]:
    """Raises UnusableFileError where an END line is missing."""
    begins = list(_BEGIN.finditer(data))
    places = [begin.start() for begin in begins] + [len(data)]
    line, counted = 1, 0
    for begin, end in zip(begins, places[1:], strict=True):
        label, line = begin[1].decode("ascii"), line + data.count(b"\n", counted, begin.start())
        counted = begin.start()
        body, found, _ = data[begin.end() : end].partition(b"-----END " + begin[1] + b"-----")
        if not found:
            raise UnusableFileError(f"is cut off: the {label} that begins in line {line} has no END line")
        yield _Block(label, line, body)


def _decoded(block: _Block) -> bytes:
    der = _decode_base64(block.body)
    if der is None:
        raise UnusableFileError(f"is damaged: the {block.label} that begins in line {block.line} is no Base64")
    return der


def _decode_base64(text: bytes) -> bytes | None:
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except binascii.Error:
        return None


def _listed(blocks: list[_Block]) -> str:
    return printable(", ".join(f"{block.label} (line {block.line})" for block in blocks))

"""Files that options name, and what to say of those that are of no use."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import BinaryIO, TypeVar

from ocsp_staple_exporter.check.files import STDIN, UnusableFileError, read_file
from ocsp_staple_exporter.check.options import Unusable
from ocsp_staple_exporter.foreign_text import printable

_MENDS = {
    "--staple": "give an OCSP response, such as the file of ssl_stapling_file: DER, or PEM or Base64 of it",
    "--leaf": "give the server's certificate, such as the file of ssl_certificate: DER, or PEM with the leaf first",
    "--issuer": "give the certificate of the CA that issued the leaf: DER, or PEM",
    "--ca-file": "give the certificates of the CAs that you trust: PEM, or one in DER",
    "--targets": "give a text file with one host[:port] per line",
}

Parsed = TypeVar("Parsed")


def read_option(option: str, path: str, parse: Callable[[bytes], Parsed]) -> Parsed:
    """What the file of that option holds; `-` stands for the standard input. Raises Unusable."""
    try:
        return parse(read_file(path, _standard_input()))
    except UnusableFileError as error:
        raise Unusable(f"{option}: {shown(path)} {error}\nTo mend it, {_MENDS[option]}.") from error


def shown(path: str) -> str:
    return "standard input" if path == STDIN else printable(path)


def _standard_input() -> BinaryIO:
    """Empty where the command was started without one."""
    return sys.stdin.buffer if sys.stdin else io.BytesIO()

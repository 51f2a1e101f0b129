from __future__ import annotations

import sys
from functools import partial

from OpenSSL import SSL

from tests.compatibility.launching import PROGRAMS, Files, serving
from tests.compatibility.stack import Stack, pypi


def command(files: Files) -> list[str]:
    arguments = (PROGRAMS / "pyopenssl_server.py", files.port, files.chain, files.key, files.staple)
    return [sys.executable, *map(str, arguments)]


def openssl_version() -> str:
    """Of the OpenSSL inside `cryptography`: "OpenSSL 4.0.3 ..."."""
    return SSL.SSLeay_version(SSL.SSLEAY_VERSION).decode().split()[1]


STACK = Stack(
    name="pyOpenSSL",
    library="OpenSSL",
    needs=partial(pypi, "pyopenssl"),
    start=partial(serving, command),
    version=partial(pypi, "pyopenssl"),
    library_version=openssl_version,
    staple="a callback",
    complaint="failed:",
)

from __future__ import annotations

from functools import partial

from tests.compatibility.apart import apart, find_apart
from tests.compatibility.launching import Files, serving
from tests.compatibility.stack import Stack, debian

find = partial(find_apart, "gnutls-serv", "gnutls-bin")


def command(files: Files) -> list[str]:
    identity = ["--x509certfile", files.chain, "--x509keyfile", files.key, "--ocsp-response", files.staple]
    return apart(files, find(), "--port", files.port, "--http", "--nodb", *identity)


STACK = Stack(
    name="gnutls-serv",
    library="GnuTLS",
    needs=find,
    start=partial(serving, command),
    version=partial(debian, "gnutls-bin"),
    library_version=partial(debian, "libgnutls30"),
    staple="`--ocsp-response`",
    complaint="Error in handshake",
    complaints=3,  # two look whether it listens: the test, and what leads to it
)

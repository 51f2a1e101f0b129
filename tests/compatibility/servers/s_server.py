from __future__ import annotations

from functools import partial

from ocsp_staple_exporter.lab.process import find_program
from tests.compatibility.launching import Files, serving
from tests.compatibility.stack import Stack, debian, openssl

find = partial(find_program, "openssl", package="openssl")


def command(files: Files) -> list[str]:
    """A server of one client at a time, that answers HTTP."""
    identity = ["-cert", str(files.chain), "-cert_chain", str(files.intermediates), "-key", str(files.key)]
    staple = ["-status_file", str(files.staple)]
    return [find(), "s_server", "-accept", f"127.0.0.1:{files.port}", "-www", *identity, *staple]


STACK = Stack(
    name="openssl s_server",
    library="OpenSSL",
    needs=find,
    start=partial(serving, command),
    version=partial(debian, "openssl"),
    library_version=openssl,
    staple="`-status_file`",
    complaint=":error:",
)

from __future__ import annotations

import re
from functools import partial
from importlib import metadata
from pathlib import Path

from tests.compatibility.launching import Files, serving
from tests.compatibility.stack import NO_STAPLE, Stack, find_in_environment, pypi

PROGRAMS = Path(__file__).parents[1] / "programs"

find = partial(find_in_environment, "granian")


def command(files: Files) -> list[str]:
    address = ["--host", "127.0.0.1", "--port", str(files.port)]
    identity = ["--ssl-certificate", str(files.chain), "--ssl-keyfile", str(files.key)]
    application = ["--interface", "wsgi", "--working-dir", str(PROGRAMS), "application:application"]
    return [find(), *address, *identity, "--ssl-protocol-min", "tls1.2", "--log-level", "debug", *application]


def rustls_version() -> str:
    """It is built in; panic messages name its sources."""
    (extension,) = (file for file in metadata.files("granian") or () if file.name.startswith("_granian.c"))
    found = re.search(rb"rustls-(\d+\.\d+\.\d+)/", extension.read_binary())
    return found[1].decode() if found else "unknown"


STACK = Stack(
    name="granian",
    library="rustls",
    needs=find,
    start=partial(serving, command),
    version=partial(pypi, "granian"),
    library_version=rustls_version,
    staple=NO_STAPLE,
    complaint="TlsAcceptError",
)

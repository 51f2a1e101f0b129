from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from ocsp_staple_exporter.lab.apache import PACKAGE, VirtualHost, apache
from ocsp_staple_exporter.lab.process import Server, find_program
from tests.compatibility.stack import Site, Stack, debian, openssl


@contextmanager
def start(site: Site) -> Iterator[Server]:
    with apache([VirtualHost(server_name=site.name, identities=(site.leaf,))], site.directory) as server:
        yield server


STACK = Stack(
    name="Apache",
    library="OpenSSL",
    needs=partial(find_program, "apache2", package=PACKAGE),
    start=start,
    version=partial(debian, "apache2-bin"),
    library_version=openssl,
    staple="fetched in the handshake",
    complaint="AH01998: Connection closed to child \\d+ with abortive shutdown",
)

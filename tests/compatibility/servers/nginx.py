from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from ocsp_staple_exporter.lab.nginx import PACKAGE, StapleFile, VirtualHost, nginx
from ocsp_staple_exporter.lab.process import Server, find_program
from tests.compatibility.stack import Site, Stack, debian, openssl


@contextmanager
def start(site: Site) -> Iterator[Server]:
    host = VirtualHost(server_name=site.name, identities=(site.leaf,), stapling=StapleFile(site.staple))
    with nginx([host], site.directory) as server:
        yield server


STACK = Stack(
    name="nginx",
    library="OpenSSL",
    needs=partial(find_program, "nginx", package=PACKAGE),
    start=start,
    version=partial(debian, "nginx-common"),
    library_version=openssl,
    staple="`ssl_stapling_file`",
    complaint="SSL_do_handshake\\(\\) failed|closed connection (in SSL handshake|while SSL handshaking)",
)

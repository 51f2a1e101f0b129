"""nginx, as administrators set it up to staple.

Behaviour worth knowing: the first connection of each worker gets no staple, it only makes
nginx fetch one; a failed fetch is tried again after 300 s; `ssl_stapling_file` is served
verbatim and never checked.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ocsp_staple_exporter.lab.ca import Identity
from ocsp_staple_exporter.lab.certificates import pem
from ocsp_staple_exporter.lab.process import Server, find_program, reserved_port, running

PACKAGE = "nginx-light"


@dataclass(frozen=True, slots=True)
class FetchedStaple:
    """`ssl_stapling on`: nginx asks the responder that the leaf names."""

    trusted: tuple[bytes, ...] = ()
    """Certificates (DER) of `ssl_trusted_certificate`; with any, `ssl_stapling_verify` is on. Takes issuer and root."""


@dataclass(frozen=True, slots=True)
class StapleFile:
    """`ssl_stapling_file`: any DER that can be decoded, never checked."""

    der: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualHost:
    """One `server` block; the first of several answers clients without SNI."""

    server_name: str
    identities: tuple[Identity, ...]
    """At most one per type of key; their chains are sent as they are."""

    address: str = "127.0.0.1"
    """Of loopback."""

    stapling: FetchedStaple | StapleFile | None = None
    directives: str = ""
    """More of nginx's own configuration for this host."""


@contextmanager
def nginx(hosts: Sequence[VirtualHost], directory: Path, *, workers: int = 1) -> Iterator[Server]:
    """Serve all hosts on one port, one of them at 127.0.0.1. Raises ProgramMissingError and ServerFailedError.

    `directory` must exist; everything that nginx reads or writes stands in it. Of several workers the kernel
    chooses one for each connection by its ports (`reuseport`), so that none is left out for long.
    """
    program = find_program("nginx", package=PACKAGE)
    with reserved_port() as port:
        configuration = directory / "nginx.conf"
        configuration.write_text(_configuration(hosts, directory, port, workers))
        error_log = directory / "error.log"
        command = [program, "-p", str(directory), "-c", str(configuration), "-e", str(error_log)]
        with running(command, port=port, directory=directory, error_log=error_log) as server:
            yield server


def _configuration(hosts: Sequence[VirtualHost], directory: Path, port: int, workers: int) -> str:
    temporary = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return f"""
{"user root;" if os.geteuid() == 0 else ""}
daemon off;
worker_processes {workers};
pid {directory}/nginx.pid;
error_log {directory}/error.log info;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    ssl_protocols TLSv1.2 TLSv1.3;
    server_names_hash_bucket_size 256;
    {" ".join(f"{kind}_temp_path {directory}/temp;" for kind in temporary)}
{"".join(_server(host, directory, _listen(host, port, workers, index), index) for index, host in enumerate(hosts))}
}}
"""


def _listen(host: VirtualHost, port: int, workers: int, index: int) -> str:
    reuse = " reuseport" if workers > 1 and index == 0 else ""
    return f"listen {host.address}:{port} ssl{reuse};"


def _server(host: VirtualHost, directory: Path, listen: str, index: int) -> str:
    prefix = directory / f"host-{index}"
    return f"""
    server {{
        {listen}
        server_name {host.server_name};
        {" ".join(_certificate(identity, Path(f"{prefix}-{n}")) for n, identity in enumerate(host.identities))}
        {_stapling(host.stapling, prefix)}
        {host.directives}
        return 204;
    }}
"""


def _certificate(identity: Identity, prefix: Path) -> str:
    chain, key = identity.write(prefix)
    return f"ssl_certificate {chain}; ssl_certificate_key {key};"


def _stapling(stapling: FetchedStaple | StapleFile | None, prefix: Path) -> str:
    match stapling:
        case None:
            return ""
        case StapleFile(der):
            file = Path(f"{prefix}-staple.der")
            file.write_bytes(der)
            return f"ssl_stapling on; ssl_stapling_file {file};"
        case FetchedStaple(trusted) if trusted:
            file = Path(f"{prefix}-trusted.pem")
            file.write_bytes(pem(*trusted))
            return f"ssl_stapling on; ssl_stapling_verify on; ssl_trusted_certificate {file};"
        case _:
            return "ssl_stapling on;"

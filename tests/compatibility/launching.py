"""A server on a port of loopback, with the files that it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ocsp_staple_exporter.lab.certificates import pem
from ocsp_staple_exporter.lab.process import Server, reserved_port, running
from tests.compatibility.stack import Site


@dataclass(frozen=True, slots=True)
class Files:
    """A site as servers like to read it, and the port where they are to show it."""

    name: str
    port: int
    directory: Path
    chain: Path
    """PEM, the leaf first."""

    key: Path
    """PKCS #8 in PEM."""

    bundle: Path
    """Key and chain in one file."""

    staple: Path
    """DER."""

    intermediates: Path
    """What follows the leaf in the chain, in PEM."""

    authorities: Path
    """The issuer and its root in PEM."""

    def write(self, name: str, text: str) -> Path:
        """Write a file beside the others."""
        path = self.directory / name
        path.write_text(text)
        return path


PROGRAMS = Path(__file__).with_name("programs")
"""Servers of a few lines, for libraries that come without one."""

Command = Callable[[Files], Sequence[str]]
"""Writes the server's configuration; gives its command, which stays in the foreground and logs to its output."""


@contextmanager
def serving(command: Command, site: Site) -> Iterator[Server]:
    """Run the server until the context ends. Raises ProgramMissingError and ServerFailedError."""
    with reserved_port() as port:
        files = write_files(site, port)
        error_log = site.directory / "error.log"
        with running(command(files), port=port, directory=site.directory, error_log=error_log) as server:
            yield server


def write_files(site: Site, port: int) -> Files:
    """All that Files names."""
    chain, key = site.leaf.write(site.directory / "leaf")
    root = site.issuer.parent or site.issuer
    contents = {
        "bundle.pem": site.leaf.key_pem + site.leaf.chain_pem,
        "staple.der": site.staple,
        "intermediates.pem": pem(*site.leaf.chain[1:]),
        "authorities.pem": pem(site.issuer.der, root.der),
    }
    for name, content in contents.items():
        (site.directory / name).write_bytes(content)
    return Files(site.name, port, site.directory, chain, key, *(site.directory / name for name in contents))

"""Apache httpd with mod_ssl, as administrators set it up to staple.

Behaviour worth knowing: it fetches inside the handshake, so the first connection is stapled
or waits for up to 10 s; it does not check signatures; when the responder cannot be reached
it staples a `tryLater` of its own making.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ocsp_staple_exporter.lab.ca import Identity
from ocsp_staple_exporter.lab.process import Server, find_program, reserved_port, running

PACKAGE = "apache2"
MODULES = Path("/usr/lib/apache2/modules")
LOADED = ("mpm_event", "ssl", "socache_shmcb")


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualHost:
    """One `<VirtualHost>`; the first of several answers clients without SNI."""

    server_name: str
    identities: tuple[Identity, ...]
    """At most one per type of key; their chains are sent as they are."""

    stapling: bool = True
    """`SSLUseStapling`."""

    directives: str = ""
    """More of Apache's own configuration for this host."""


@contextmanager
def apache(hosts: Sequence[VirtualHost], directory: Path) -> Iterator[Server]:
    """Serve all hosts on one port of 127.0.0.1. Raises ProgramMissingError and ServerFailedError.

    `directory` must exist; everything but its modules that Apache reads or writes stands in it.
    """
    program = find_program("apache2", package=PACKAGE)
    with reserved_port() as port:
        configuration = directory / "httpd.conf"
        configuration.write_text(_configuration(hosts, directory, port))
        command = [program, "-d", str(directory), "-f", str(configuration), "-DFOREGROUND"]
        with running(command, port=port, directory=directory, error_log=directory / "error.log") as server:
            yield server


def _configuration(hosts: Sequence[VirtualHost], directory: Path, port: int) -> str:
    """Apache refuses to run as root: its children change to Debian's user for web servers."""
    modules = "".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so\n" for name in LOADED)
    account = "User www-data\nGroup www-data\n" if os.geteuid() == 0 else ""
    return f"""
{modules}{account}
ServerName localhost
DefaultRuntimeDir "{directory}"
PidFile "{directory}/apache.pid"
ErrorLog "{directory}/error.log"
LogLevel warn ssl:info
Listen 127.0.0.1:{port} https
SSLSessionCache none
SSLProtocol -all +TLSv1.2 +TLSv1.3
SSLStaplingCache "shmcb:{directory}/stapling(128000)"
{"".join(_virtual_host(host, directory, port, index) for index, host in enumerate(hosts))}
"""


def _virtual_host(host: VirtualHost, directory: Path, port: int, index: int) -> str:
    return f"""
<VirtualHost 127.0.0.1:{port}>
ServerName {host.server_name}
SSLEngine on
{"".join(_certificate(identity, directory / f"host-{index}-{n}") for n, identity in enumerate(host.identities))}
SSLUseStapling {"on" if host.stapling else "off"}
{host.directives}
</VirtualHost>
"""


def _certificate(identity: Identity, prefix: Path) -> str:
    chain, key = identity.write(prefix)
    return f'SSLCertificateFile "{chain}"\nSSLCertificateKeyFile "{key}"\n'

from __future__ import annotations

import subprocess
from functools import partial
from pathlib import Path

from ocsp_staple_exporter.lab.process import ProgramMissingError
from ocsp_staple_exporter.model import StartTLS
from tests.compatibility.launching import Files
from tests.compatibility.stack import debian, openssl
from tests.compatibility.starttls.service import Place, Product, as_user, give

PACKAGE = "postgresql-15"
PROGRAMS = Path("/usr/lib/postgresql/15/bin")
USER = "postgres"
"""It refuses to run as root."""


def find() -> Path:
    if not PROGRAMS.is_dir():
        raise ProgramMissingError(f"PostgreSQL is not installed: apt-get install {PACKAGE}")
    return PROGRAMS


def command(place: Place) -> list[str]:
    programs, cluster = find(), place.make("cluster")
    give(USER, cluster)
    initialise = [str(programs / "initdb"), "--pgdata", str(cluster), "--no-sync", "--auth=reject", "--locale=C"]
    subprocess.run([*as_user(USER), *initialise], check=True, capture_output=True)
    return [
        *as_user(USER),
        str(programs / "postgres"),
        "-D",
        str(cluster),
        "-h",
        "127.0.0.1",
        "-p",
        str(place.ports[StartTLS.POSTGRES]),
        "-F",  # no fsync
        *place.if_tls(with_tls).split(),
        "-c",
        "unix_socket_directories=",
    ]


def with_tls(files: Files) -> str:
    """It wants the key to be its own, and nobody else's."""
    files.key.chmod(0o600)
    give(USER, files.key)
    return f"-c ssl=on -c ssl_cert_file={files.chain} -c ssl_key_file={files.key}"


PRODUCT = Product(
    name="PostgreSQL",
    library="OpenSSL",
    protocols=(StartTLS.POSTGRES,),
    needs=find,
    command=command,
    version=partial(debian, PACKAGE),
    library_version=openssl,
    complaint="could not accept SSL connection",
)

from __future__ import annotations

import getpass
import subprocess
from functools import partial
from pathlib import Path

from ocsp_staple_exporter.lab.process import find_program
from ocsp_staple_exporter.model import StartTLS
from tests.compatibility.launching import Files
from tests.compatibility.stack import debian, openssl
from tests.compatibility.starttls.service import Place, Product

PACKAGE = "mariadb-server-core"
SCRIPTS = Path("/usr/share/mysql")
TABLES = ("mysql_system_tables.sql", "mysql_system_tables_data.sql")
BEGINNING = b"""
create database mysql;
use mysql;
set @skip_auth_anonymous = 1, @auth_root_socket = NULL;
"""
find = partial(find_program, "mariadbd", package=PACKAGE)


def command(place: Place) -> list[str]:
    general = [
        find(),
        "--no-defaults",
        f"--user={getpass.getuser()}",
        f"--datadir={place.make('data')}",
        "--skip-innodb",
        "--default-storage-engine=Aria",
    ]
    users = BEGINNING + b"".join((SCRIPTS / name).read_bytes() for name in TABLES)
    subprocess.run([*general, "--bootstrap"], input=users, check=True, capture_output=True)
    return [
        *general,
        f"--socket={place.directory}/socket",
        f"--pid-file={place.directory}/pid",
        "--bind-address=127.0.0.1",
        f"--port={place.ports[StartTLS.MYSQL]}",
        "--skip-networking=OFF",
        "--skip-name-resolve",
        *place.if_tls(with_tls, "--skip-ssl").split(),
    ]


def with_tls(files: Files) -> str:
    return f"--ssl-cert={files.chain} --ssl-key={files.key}"


PRODUCT = Product(
    name="MariaDB",
    library="OpenSSL",
    protocols=(StartTLS.MYSQL,),
    needs=find,
    command=command,
    version=partial(debian, PACKAGE),
    library_version=openssl,
    complaint="Aborted connection",
    heard_at_start=1,
)

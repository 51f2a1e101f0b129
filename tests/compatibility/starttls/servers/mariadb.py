from __future__ import annotations

import getpass
from functools import partial

from ocsp_staple_exporter.lab.process import find_program
from ocsp_staple_exporter.model import StartTLS
from tests.compatibility.launching import Files
from tests.compatibility.stack import debian, openssl
from tests.compatibility.starttls.service import Place, Product

PACKAGE = "mariadb-server-core"
find = partial(find_program, "mariadbd", package=PACKAGE)


def command(place: Place) -> list[str]:
    """Without the tables of users: nobody logs in."""
    return [
        find(),
        "--no-defaults",
        f"--user={getpass.getuser()}",
        f"--datadir={place.make('data')}",
        f"--socket={place.directory}/socket",
        f"--pid-file={place.directory}/pid",
        "--bind-address=127.0.0.1",
        f"--port={place.ports[StartTLS.MYSQL]}",
        "--skip-networking=OFF",
        "--skip-grant-tables",
        "--skip-innodb",
        "--default-storage-engine=MyISAM",
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
    complaint=None,  # it writes the same of all clients that do not log in
)

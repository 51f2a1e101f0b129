from __future__ import annotations

from functools import partial

from ocsp_staple_exporter.lab.process import find_program
from ocsp_staple_exporter.model import StartTLS
from tests.compatibility.launching import Files
from tests.compatibility.stack import debian, openssl
from tests.compatibility.starttls.service import Place, Product

find = partial(find_program, "xrdp", package="xrdp")


def command(place: Place) -> list[str]:
    configuration = place.write(
        "xrdp.ini",
        f"""
[Globals]
ini_version=1
fork=true
port=tcp://127.0.0.1:{place.ports[StartTLS.RDP]}
{place.if_tls(with_tls, "security_layer=rdp")}
[Logging]
LogFile={place.log}
LogLevel=DEBUG
EnableSyslog=false
""",
    )
    return [find(), "--nodaemon", "--config", str(configuration)]


def with_tls(files: Files) -> str:
    return f"""
security_layer=tls
certificate={files.chain}
key_file={files.key}
ssl_protocols=TLSv1.2, TLSv1.3
"""


PRODUCT = Product(
    name="xrdp",
    library="OpenSSL",
    protocols=(StartTLS.RDP,),
    needs=find,
    command=command,
    version=partial(debian, "xrdp"),
    library_version=openssl,
    complaint="SSL_accept",
)

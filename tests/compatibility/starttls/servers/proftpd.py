"""ProFTPD fetches the staple in the handshake, and staples a `tryLater` of its own making where it cannot."""

from __future__ import annotations

from functools import partial

from ocsp_staple_exporter.lab.process import find_program
from ocsp_staple_exporter.model import StartTLS
from tests.compatibility.launching import Files
from tests.compatibility.stack import debian, openssl
from tests.compatibility.starttls.service import Place, Product

PACKAGE = "proftpd-mod-crypto"
find = partial(find_program, "proftpd", package=PACKAGE)


def command(place: Place) -> list[str]:
    configuration = place.write(
        "proftpd.conf",
        f"""
LoadModule mod_tls.c
LoadModule mod_tls_shmcache.c
ServerType standalone
DefaultAddress 127.0.0.1
Port {place.ports[StartTLS.FTP]}
UseIPv6 off
UseReverseDNS off
WtmpLog off
TransferLog none
AuthOrder mod_auth_file.c
ControlsEngine off
User nobody
Group nogroup
PidFile {place.directory}/pid
ScoreboardFile {place.directory}/scoreboard
SystemLog {place.log}
{place.if_tls(with_tls, "TLSEngine off")}
TLSLog {place.log}
""",
    )
    return [find(), "--nodaemon", "--quiet", "--config", str(configuration)]


def with_tls(files: Files) -> str:
    return f"""
TLSEngine on
TLSProtocol TLSv1.2 TLSv1.3
TLSECCertificateFile {files.chain}
TLSECCertificateKeyFile {files.key}
TLSCACertificateFile {files.intermediates}
TLSSessionCache off
TLSStapling on
TLSStaplingCache shm:/file={files.directory}/stapling
"""


PRODUCT = Product(
    name="ProFTPD",
    library="OpenSSL",
    protocols=(StartTLS.FTP,),
    needs=find,
    command=command,
    version=partial(debian, PACKAGE),
    library_version=openssl,
    staple="fetched in the handshake",
    complaint="unable to accept TLS connection",
)

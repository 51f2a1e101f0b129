from __future__ import annotations

from functools import partial

from ocsp_staple_exporter.lab.process import find_program
from ocsp_staple_exporter.model import StartTLS
from tests.compatibility.launching import Files
from tests.compatibility.stack import debian
from tests.compatibility.starttls.service import Place, Product

find = partial(find_program, "slapd", package="slapd")


def command(place: Place) -> list[str]:
    """Its own two databases, schema and configuration, are enough to negotiate TLS."""
    configuration = place.write(
        "slapd.conf",
        f"""
pidfile {place.directory}/pid
argsfile {place.directory}/args
{place.if_tls(with_tls)}
""",
    )
    address = f"ldap://127.0.0.1:{place.ports[StartTLS.LDAP]}/"
    return [find(), "-d", "stats", "-f", str(configuration), "-h", address]


def with_tls(files: Files) -> str:
    return f"""
TLSCertificateFile {files.chain}
TLSCertificateKeyFile {files.key}
"""


PRODUCT = Product(
    name="OpenLDAP slapd",
    library="GnuTLS",
    protocols=(StartTLS.LDAP,),
    needs=find,
    command=command,
    version=partial(debian, "slapd"),
    library_version=partial(debian, "libgnutls30"),
    complaint="TLS negotiation failure",
)

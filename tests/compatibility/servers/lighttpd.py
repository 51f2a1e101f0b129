"""lighttpd, which Debian builds with five TLS libraries."""

from __future__ import annotations

from functools import partial

from ocsp_staple_exporter.lab.keys import KeyType
from ocsp_staple_exporter.lab.process import find_program
from ocsp_staple_exporter.model import TLSVersion
from tests.compatibility.launching import Files, serving
from tests.compatibility.stack import KEY_TYPES, NO_STAPLE, Stack, debian

find = partial(find_program, "lighttpd", package="lighttpd")


def command(module: str, directives: str, files: Files) -> list[str]:
    configuration = files.write(
        "lighttpd.conf",
        f"""
server.document-root = "{files.directory}"
server.bind = "127.0.0.1"
server.port = {files.port}
server.modules += ("mod_{module}")
debug.log-ssl-noise = "enable"
ssl.engine = "enable"
ssl.pemfile = "{files.chain}"
ssl.privkey = "{files.key}"
{directives.format(files=files)}
""",
    )
    return [find(), "-D", "-f", str(configuration)]


def stapling(
    module: str, library: str, package: str, complaint: str, key_types: tuple[KeyType, ...] = KEY_TYPES
) -> Stack:
    """lighttpd with one of its modules; `package` is that of the library."""
    directives = 'ssl.stapling-file = "{files.staple}"'
    return Stack(
        name=f"lighttpd with mod_{module}",
        library=library,
        needs=find,
        start=partial(serving, partial(command, module, directives)),
        version=partial(debian, f"lighttpd-mod-{module}"),
        library_version=partial(debian, package),
        staple="`ssl.stapling-file`",
        complaint=complaint,
        key_types=key_types,
    )


WOLFSSL = Stack(
    name="lighttpd with mod_wolfssl",
    library="wolfSSL",
    needs=find,
    start=partial(serving, partial(command, "wolfssl", 'ssl.ca-file = "{files.authorities}"')),
    version=partial(debian, "lighttpd-mod-wolfssl"),
    library_version=partial(debian, "libwolfssl35"),
    staple=NO_STAPLE,
    complaint=r"SSL: -\d+ [a-z]",
    complaints=4,  # each one twice
)
"""It takes `ssl.stapling-file`, and sends nothing of it.

Lines with a second number tell what happened after a handshake: its tickets met a closed socket.
"""

MBEDTLS = Stack(
    name="lighttpd with mod_mbedtls",
    library="mbedTLS",
    needs=find,
    start=partial(serving, partial(command, "mbedtls", "")),
    version=partial(debian, "lighttpd-mod-mbedtls"),
    library_version=partial(debian, "libmbedtls14"),
    staple=NO_STAPLE,
    complaint="MTLS:",
    key_types=("rsa", "ecdsa"),
    tls_versions=(TLSVersion.TLS_1_2,),
)

STACKS = (
    stapling("openssl", "OpenSSL", "libssl3", "SSL:"),
    stapling("gnutls", "GnuTLS", "libgnutls30", "GnuTLS: mod_gnutls_read_err"),
    stapling("nss", "NSS", "libnss3", "NSS:", ("rsa", "ecdsa")),
    WOLFSSL,
    MBEDTLS,
)

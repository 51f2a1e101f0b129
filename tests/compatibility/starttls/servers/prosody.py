from __future__ import annotations

from functools import partial

from ocsp_staple_exporter.lab.process import find_program
from ocsp_staple_exporter.model import StartTLS
from tests.compatibility.launching import Files
from tests.compatibility.stack import debian, openssl
from tests.compatibility.starttls.service import Place, Product

find = partial(find_program, "prosody", package="prosody")


WITHOUT_TLS = """
modules_disabled = { "tls" }
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
"""


def command(place: Place) -> list[str]:
    configuration = place.write(
        "prosody.cfg.lua",
        f"""
run_as_root = true
pidfile = "{place.directory}/pid"
data_path = "{place.make("data")}"
certificates = "{place.directory}"
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {place.ports[StartTLS.XMPP]} }}
s2s_ports = {{ {place.ports[StartTLS.XMPP_SERVER]} }}
c2s_direct_tls_ports = {{}}
s2s_direct_tls_ports = {{}}
modules_enabled = {{ "c2s", "s2s", "saslauth", "dialback", "tls" }}
log = {{ debug = "{place.log}" }}
VirtualHost "www.example"
{place.if_tls(with_tls, WITHOUT_TLS)}
""",
    )
    return [find(), "-F", "--config", str(configuration)]


def with_tls(files: Files) -> str:
    return f"""ssl = {{ certificate = "{files.chain}"; key = "{files.key}" }}"""


PRODUCT = Product(
    name="Prosody",
    library="OpenSSL",
    protocols=(StartTLS.XMPP, StartTLS.XMPP_SERVER),
    needs=find,
    command=command,
    version=partial(debian, "prosody"),
    library_version=openssl,
    complaint="TLS handshake error",
)

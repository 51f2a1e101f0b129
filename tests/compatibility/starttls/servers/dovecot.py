from __future__ import annotations

import getpass
import grp
import os
from functools import partial

from ocsp_staple_exporter.lab.process import find_program
from ocsp_staple_exporter.model import StartTLS
from tests.compatibility.launching import Files
from tests.compatibility.stack import debian, openssl
from tests.compatibility.starttls.service import Place, Product

PACKAGES = ("dovecot-imapd", "dovecot-pop3d", "dovecot-lmtpd", "dovecot-managesieved")
find = partial(find_program, "dovecot", package=" ".join(PACKAGES))

SERVICES = {
    StartTLS.IMAP: ("imap-login", "imap"),
    StartTLS.POP3: ("pop3-login", "pop3"),
    StartTLS.SIEVE: ("managesieve-login", "sieve"),
    StartTLS.LMTP: ("lmtp", "lmtp"),
}
"""The names of service and listener in Dovecot's configuration."""


WITHOUT_ROOT = f"""
default_internal_user = {getpass.getuser()}
default_internal_group = {grp.getgrgid(os.getegid()).gr_name}
default_login_user = {getpass.getuser()}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
}}
service pop3-login {{
  chroot =
}}
service managesieve-login {{
  chroot =
}}
"""


def command(place: Place) -> list[str]:
    place.make("run").chmod(0o755)
    configuration = place.write(
        "dovecot.conf",
        f"""
base_dir = {place.directory}/run
state_dir = {place.directory}
log_path = {place.log}
listen = 127.0.0.1
protocols = imap pop3 lmtp sieve
passdb {{
  driver = static
  args = nopassword=y
}}
userdb {{
  driver = static
  args = uid=65534 gid=65534 home=/nonexistent
}}
service imap-login {{
  inet_listener imaps {{
    port = 0
  }}
}}
service pop3-login {{
  inet_listener pop3s {{
    port = 0
  }}
}}
{"".join(listener(*SERVICES[protocol], port) for protocol, port in place.ports.items())}
{place.if_tls(with_tls, "ssl = no")}
{"" if os.geteuid() == 0 else WITHOUT_ROOT}
""",
    )
    return [find(), "-F", "-c", str(configuration)]


def listener(service: str, name: str, port: int) -> str:
    return f"""
service {service} {{
  inet_listener {name} {{
    port = {port}
  }}
}}
"""


def with_tls(files: Files) -> str:
    return f"""
ssl = yes
ssl_cert = <{files.chain}
ssl_key = <{files.key}
"""


PRODUCT = Product(
    name="Dovecot",
    library="OpenSSL",
    protocols=tuple(SERVICES),
    needs=find,
    command=command,
    version=partial(debian, "dovecot-core"),
    library_version=openssl,
    complaint="TLS handshaking",
    taciturn=StartTLS.LMTP,
)

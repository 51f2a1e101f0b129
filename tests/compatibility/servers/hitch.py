from __future__ import annotations

import os
from functools import partial

from ocsp_staple_exporter.lab.process import find_program
from tests.compatibility.launching import Files, serving
from tests.compatibility.stack import Stack, debian, openssl

find = partial(find_program, "hitch", package="hitch")


def command(files: Files) -> list[str]:
    user = 'user = "nobody"' if os.geteuid() == 0 else ""
    configuration = files.write(
        "hitch.conf",
        f"""
frontend = "[127.0.0.1]:{files.port}"
backend = "[127.0.0.1]:1"
{user}
workers = 1
daemon = off
syslog = off
log-level = 2
tls-protos = TLSv1.2 TLSv1.3
pem-file = {{
    cert = "{files.bundle}"
    ocsp-resp-file = "{files.staple}"
}}
""",
    )
    return [find(), "--config", str(configuration)]


STACK = Stack(
    name="hitch",
    library="OpenSSL",
    needs=find,
    start=partial(serving, command),
    version=partial(debian, "hitch"),
    library_version=openssl,
    staple="`ocsp-resp-file`",
    complaint="Handshake failure",
)

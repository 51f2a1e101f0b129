from __future__ import annotations

from functools import partial

from ocsp_staple_exporter.lab.process import find_program
from tests.compatibility.launching import Files, serving
from tests.compatibility.stack import NO_STAPLE, Stack, debian, openssl

find = partial(find_program, "stunnel4", package="stunnel4")


def command(files: Files) -> list[str]:
    configuration = files.write(
        "stunnel.conf",
        f"""
foreground = yes
pid =
syslog = no
debug = info
[site]
accept = 127.0.0.1:{files.port}
exec = /bin/true
cert = {files.chain}
key = {files.key}
CAfile = {files.authorities}
""",
    )
    return [find(), str(configuration)]


STACK = Stack(
    name="stunnel",
    library="OpenSSL",
    needs=find,
    start=partial(serving, command),
    version=partial(debian, "stunnel4"),
    library_version=openssl,
    staple=NO_STAPLE,
    complaint="SSL_accept",
)

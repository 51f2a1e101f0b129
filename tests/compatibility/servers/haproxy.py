from __future__ import annotations

from functools import partial

from ocsp_staple_exporter.lab.process import find_program
from tests.compatibility.launching import Files, serving
from tests.compatibility.stack import Stack, debian, openssl

find = partial(find_program, "haproxy", package="haproxy")


def command(files: Files) -> list[str]:
    """The staple stands beside the certificate, as its name with .ocsp."""
    files.bundle.with_name("bundle.pem.ocsp").write_bytes(files.staple.read_bytes())
    configuration = files.write(
        "haproxy.cfg",
        f"""
global
    log stdout format raw local0
    tune.ssl.default-dh-param 2048
defaults
    log global
    timeout client 10s
    timeout connect 10s
    timeout server 10s
frontend site
    mode http
    option httplog
    bind 127.0.0.1:{files.port} ssl crt {files.bundle}
    http-request return status 204
""",
    )
    return [find(), "-f", str(configuration), "-db"]


STACK = Stack(
    name="HAProxy",
    library="OpenSSL",
    needs=find,
    start=partial(serving, command),
    version=partial(debian, "haproxy"),
    library_version=openssl,
    staple="a file beside the certificate's (`.ocsp`)",
    complaint="(closed during SSL handshake|SSL handshake failure)$",
)

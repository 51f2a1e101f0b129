from __future__ import annotations

from functools import partial

from ocsp_staple_exporter.lab.process import find_program
from tests.compatibility.launching import Files, serving
from tests.compatibility.stack import Stack, debian, openssl

find = partial(find_program, "nghttpx", package="nghttp2-proxy")


def command(files: Files) -> list[str]:
    configuration = files.write("nghttpx.conf", "")
    addresses = [f"--frontend=127.0.0.1,{files.port}", "--backend=127.0.0.1,1", f"--conf={configuration}"]
    log = ["--log-level=INFO", "--errorlog-file=/dev/stderr", "--accesslog-file=/dev/null"]
    return [find(), *addresses, "--workers=1", "--no-verify-ocsp", *log, str(files.key), str(files.chain)]


STACK = Stack(
    name="nghttpx",
    library="OpenSSL",
    needs=find,
    start=partial(serving, command),
    version=partial(debian, "nghttp2-proxy"),
    library_version=openssl,
    staple="fetched at start by its script",
    fetches=True,
    complaint="tls: handshake libssl error",
)

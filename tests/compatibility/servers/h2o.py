from __future__ import annotations

import os
from functools import partial

from ocsp_staple_exporter.lab.process import find_program
from tests.compatibility.launching import Files, serving
from tests.compatibility.stack import Stack, debian, openssl

find = partial(find_program, "h2o", package="h2o")


def command(files: Files) -> list[str]:
    configuration = files.write(
        "h2o.yaml",
        f"""
{"user: root" if os.geteuid() == 0 else ""}
num-threads: 1
error-log: /dev/stderr
listen:
  host: 127.0.0.1
  port: {files.port}
  ssl:
    certificate-file: {files.chain}
    key-file: {files.key}
hosts:
  "{files.name}:{files.port}":
    paths:
      "/":
        file.dir: {files.directory}
""",
    )
    return [find(), "--mode", "worker", "--conf", str(configuration)]


STACK = Stack(
    name="h2o",
    library="OpenSSL",
    needs=find,
    start=partial(serving, command),
    version=partial(debian, "h2o"),
    library_version=openssl,
    staple="fetched at start by its script",
    fetches=True,
    complaint=None,
    complaints=0,
    key_types=("rsa", "ecdsa"),
)

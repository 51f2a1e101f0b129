from __future__ import annotations

import subprocess
from functools import partial
from pathlib import Path

import playwright

from tests.compatibility.launching import PROGRAMS, Files, serving
from tests.compatibility.stack import Stack

NODE = Path(playwright.__file__).with_name("driver") / "node"
"""Playwright brings the Node.js that it runs on."""


def command(files: Files) -> list[str]:
    return [str(NODE), *map(str, (PROGRAMS / "server.mjs", files.port, files.chain, files.key, files.staple))]


def version_of(part: str) -> str:
    command = [str(NODE), "--print", f"process.versions.{part}"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


STACK = Stack(
    name="Node.js",
    library="OpenSSL",
    needs=NODE.stat,
    start=partial(serving, command),
    version=partial(version_of, "node"),
    library_version=partial(version_of, "openssl"),
    staple="the event `OCSPRequest`",
    complaint="failed:",
)

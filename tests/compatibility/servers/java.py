from __future__ import annotations

import re
import subprocess
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

from ocsp_staple_exporter.lab.process import find_program
from tests.compatibility.launching import PROGRAMS, Files, serving
from tests.compatibility.stack import Stack

java = partial(find_program, "java", package="openjdk-17-jre-headless")
find_compiler = partial(find_program, "ecj", package="ecj")


def find() -> tuple[str, str]:
    return java(), find_compiler()


def command(files: Files) -> list[str]:
    """JSSE takes key and certificates from a keystore."""
    (files.directory / "Server.class").write_bytes(compiled())
    keystore = files.directory / "keystore.p12"
    identity = ["-inkey", str(files.key), "-in", str(files.chain), "-out", str(keystore), "-passout", "pass:password"]
    subprocess.run(["openssl", "pkcs12", "-export", *identity], check=True)
    options = ["-Djdk.tls.server.enableStatusRequestExtension=true", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
    return [java(), *options, "-cp", str(files.directory), "Server", str(files.port), str(keystore)]


@cache
def compiled() -> bytes:
    """The class of the server; compiling takes longer than starting it."""
    with TemporaryDirectory() as directory:
        subprocess.run([find_compiler(), "-17", "-proc:none", "-d", directory, PROGRAMS / "Server.java"], check=True)
        return (Path(directory) / "Server.class").read_bytes()


def version() -> str:
    said = subprocess.run([java(), "--version"], check=True, capture_output=True, text=True).stdout
    found = re.search(r"openjdk (\S+)", said)
    return found[1] if found else said


STACK = Stack(
    name="Java",
    library="JSSE",
    needs=find,
    start=partial(serving, command),
    version=version,
    library_version=version,
    staple="fetched in the handshake",
    complaint="failed:",
)

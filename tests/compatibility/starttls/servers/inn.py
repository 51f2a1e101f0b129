"""nnrpd, the part of INN that news readers speak to."""

from __future__ import annotations

import os
import subprocess
from functools import partial
from pathlib import Path

from ocsp_staple_exporter.lab.process import ProgramMissingError
from ocsp_staple_exporter.model import ProbeFailure, StartTLS
from tests.compatibility.launching import Files
from tests.compatibility.stack import debian, openssl
from tests.compatibility.starttls.service import Place, Product, give

PACKAGE = "inn2"
PROGRAMS = Path("/usr/lib/news/bin")
USER = "news"
"""It becomes this user, and ends where it cannot."""

STORAGE = """
method trash {
    class: 0
    newsgroups: *
}
"""
READERS = """
auth everybody { hosts: "*" default: "<anonymous>" }
access everything { users: "*" newsgroups: "*" }
"""


def find() -> Path:
    if os.geteuid() != 0:
        raise ProgramMissingError(f"nnrpd becomes {USER}, which takes root")
    if not PROGRAMS.is_dir():
        raise ProgramMissingError(f"INN is not installed: apt-get install {PACKAGE}")
    return PROGRAMS


def command(place: Place) -> list[str]:
    programs = find()
    configuration = place.write("inn.conf", settings(place))
    place.write("storage.conf", STORAGE)
    place.write("readers.conf", READERS)
    place.write("active", "junk 0000000000 0000000001 y\n")
    place.write("newsgroups", "")
    place.write("history", "")
    give(USER, place.directory, *place.directory.iterdir())
    environment = [f"INNCONF={configuration}"]
    subprocess.run(["env", *environment, programs / "makehistory", "-O", "-x", "-F"], check=True)  # the overview
    port = str(place.ports[StartTLS.NNTP])
    return ["env", *environment, str(programs / "nnrpd"), "-D", "-f", "-4", "127.0.0.1", "-p", port]


def settings(place: Place) -> str:
    names = ("news", "run", "etc", "db", "articles", "overview", "spool", "log", "tmp")
    paths = "\n".join(f"path{name}: {place.directory}" for name in names)
    return f"""
domain: example
mta: /bin/true
hismethod: hisv6
enableoverview: true
ovmethod: tradindexed
runasuser: {USER}
runasgroup: {USER}
pathbin: {PROGRAMS}
{paths}
tlscapath: {place.directory}
{place.if_tls(with_tls)}
"""


def with_tls(files: Files) -> str:
    """It wants the key to be its own, and nobody else's."""
    files.key.chmod(0o600)
    return f"tlscertfile: {files.chain}\ntlskeyfile: {files.key}"


PRODUCT = Product(
    name="INN nnrpd",
    library="OpenSSL",
    protocols=(StartTLS.NNTP,),
    needs=find,
    command=command,
    version=partial(debian, PACKAGE),
    library_version=openssl,
    complaint=None,  # it writes to syslog only
    without_tls=ProbeFailure.STARTTLS_REFUSED,
)
